/** What is told of what is broken, and of what it leaves behind, however the bytes are cut. */
import { check } from './json-arrangements';

test.each([
  ['[{"id":nul},{"id":2}', 20],
  ['[{"id":nul},\n{\n"id":2\n}', 23],
  ['[{"id":nul},{"id":"x"}', 22],
  ['[{"id":nul},{\n"id":"x"}', 23],
  ['[{"id":1},nul,7', 15],
  ['[{"id":1},nul,{"id":2}, {"id":3}\n', 33],
  ['[{"id":nul}]\n[{"id":1}', 22],
])('that an array ends too early is told where something whole stands behind what is broken: %j', (text, offset) => {
  for (const cuts of [[], Array.from({ length: text.length }, (_, at) => at)]) {
    const { rejected } = check(text, undefined, cuts);
    const begins = text.lastIndexOf('[');
    expect(rejected.at(-1)).toMatchObject({
      reason: `not JSON: the array that begins at byte ${begins} ends too early`,
      offset,
      raw: '',
    });
  }
});

test.each(['[{"id":1},{"id":nul', '[{"id":1},nul', '{"id":1}\n[{"id":2},"x'])(
  'and not where the last thing is broken: %j',
  (text) => {
    for (const cuts of [[], Array.from({ length: text.length }, (_, at) => at)]) {
      expect(check(text, undefined, cuts).rejected).toHaveLength(1);
    }
  },
);

test('blanks at the start of a line belong to what is broken behind them, however many chunks they come in', () => {
  const line = `${' '.repeat(40_000)}{"id":nul}`;
  const text = `{"id":1}\n${line}\n{"id":2}\n`;
  for (const cuts of [[], [33_000], [39_000], [40_009], [40_012], [20_000, 38_000]]) {
    const { rows, rejected } = check(text, undefined, cuts);
    expect(rows).toEqual([{ id: 1 }, { id: 2 }]);
    expect(rejected).toEqual([
      { line: 2, record: 2, offset: 9, reason: 'not JSON: unexpected "n" at byte 40007', raw: line },
    ]);
  }
});

test('bytes that are not UTF-8', () => {
  const bytes = Buffer.from('{"id":1}\n{"id":2,"v":"\xff"}\r\n  \xfe  \n{"id":"x"}', 'latin1');
  for (const cuts of [[], Array.from(bytes.keys())]) {
    const { rows, rejected } = check(bytes, undefined, cuts);
    expect(rows).toEqual([{ id: 1 }]);
    expect(rejected).toEqual([
      { line: 2, record: 2, offset: 9, reason: 'not UTF-8', raw: '{"id":2,"v":"\xff"}' },
      { line: 3, record: 3, offset: 27, reason: 'not UTF-8', raw: '  \xfe  ' },
      { line: 4, record: 4, offset: 33, reason: 'id: expected an int, found the string "x"', raw: '{"id":"x"}' },
    ]);
  }
});

test.each(['\u1eff', '\ufec0', '\uf03f'])('what begins with %j, which shares bytes with a byte order mark', (char) => {
  const { rows, rejected } = check(`${char}{"id":1}\n{"id":2}`);
  expect([rows, rejected[0]?.raw]).toEqual([[{ id: 2 }], Buffer.from(`${char}{"id":1}`).toString('latin1')]);
});
