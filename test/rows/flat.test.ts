/** Bytes of several lines, read as if they stood in one. */
import { Flat } from '../../lib/rows/flat';

const flat = (text: string, start = 0): Flat => {
  const buf = Buffer.from(text);
  return new Flat(buf, start, buf.length);
};

test('is a copy, with a newline behind it', () => {
  const buf = Buffer.from('xx{\n}');
  const { bytes, end } = new Flat(buf, 2, 4);
  expect([bytes.toString('latin1', 2), end]).toEqual(['{\n\n', 4]);
  bytes[3] = 0x09;
  expect(buf.toString()).toBe('xx{\n}');
});

test.each([
  ['{}\n{}', 0, 3],
  ['{}\n{},\n{', 0, 7],
  ['{"a":{}}', 0, -1],
  ['{}', 0, -1],
  ['{}{', 1, 2],
])('the last record of %j from %d seems to begin at %d', (text, start, at) => {
  expect(flat(text, start).lastRecord).toBe(at);
});

describe('line ends that were met', () => {
  const many = (count: number): Flat => {
    const lines = flat('ab\n'.repeat(count));
    for (let line = 0; line < count; line++) lines.meet(3 * line + 2);
    return lines;
  };

  test('are blanks afterwards', () => {
    expect(many(2).bytes.toString()).toBe('ab\tab\t\n');
  });

  test('are counted, and tell where a line begins, however many they are', () => {
    for (const count of [0, 1, 5, 1024, 1025, 3000]) {
      const lines = many(count);
      expect(lines.lines(0, 3 * count)).toBe(count);
      for (const line of [0, 1, 2, 511, 1023, 1024, 2999].filter((one) => one < count)) {
        const end = 3 * line + 2;
        expect([
          lines.lines(0, end),
          lines.lines(0, end + 1),
          lines.lines(end, 3 * count),
          lines.lines(end + 1, 3 * count),
        ]).toEqual([line, line + 1, count - line, count - line - 1]);
        expect([lines.lineStart(end), lines.lineStart(end + 1)]).toEqual([line === 0 ? -1 : end - 2, end + 1]);
      }
    }
  });

  test('are told as they are met', () => {
    const lines = flat('ab\n'.repeat(4));
    lines.meet(2);
    expect([lines.spans(0, 3), lines.spans(3, 5)]).toEqual([true, false]);
    lines.meet(5);
    expect([lines.spans(3, 6), lines.spans(6, 8)]).toEqual([true, false]);
  });

  test('are in what was read, or are not', () => {
    const lines = many(4);
    expect([lines.spans(0, 2), lines.spans(0, 3), lines.spans(1, 2), lines.spans(2, 3)]).toEqual([
      false,
      true,
      false,
      true,
    ]);
    expect([
      lines.spans(3, 5),
      lines.spans(3, 6),
      lines.spans(6, 12),
      lines.spans(9, 11),
      lines.spans(9, 12),
      lines.spans(12, 20),
    ]).toEqual([false, true, true, false, true, false]);
  });
});

test.each<[text: string, onlyAfterCommas: boolean, at: number, met: string]>([
  ['\n{', false, 1, '\t{'],
  [' \r\n\t{', false, 4, ' \r\t\t{'],
  ['\n\n \nx', false, 4, '\t\t \tx'],
  ['{', false, -1, '{'],
  [' {', false, -1, ' {'],
  [',{', false, -1, ',{'],
  [',\n{', false, 2, ',\t{'],
  ['\n,{', false, -1, '\t,{'],
  ['\n,\n{', false, 3, '\t,\t{'],
  [',,\n{', false, -1, ',,\n{'],
  ['\n', false, -1, '\t'],
  ['', false, -1, ''],
  ['\n{', true, -1, '\t{'],
  [',\n{', true, 2, ',\t{'],
  ['\n , \n {', true, 6, '\t , \t {'],
  [',{', true, -1, ',{'],
])('the next line behind a record, %j, after commas only: %p, begins at %d', (text, onlyAfterCommas, at, met) => {
  const lines = flat(`{}${text}`);
  expect(lines.nextLine(2, onlyAfterCommas)).toBe(at < 0 ? -1 : at + 2);
  expect(lines.bytes.toString('utf8', 2)).toBe(`${met}\n`);
});
