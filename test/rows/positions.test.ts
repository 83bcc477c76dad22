/** Where lines, whole characters and records begin and end in bytes that are cut anywhere. */
import { Piecewise } from '../../lib/rows/piecewise';
import { firstBorder, indexIn, lastBorder, lastByte, wholeCharacters } from '../../lib/rows/positions';

test('the last byte that is no line end', () => {
  const buf = Buffer.from('ab\ncd');
  expect([1, 2, 3, 4, 5].map((at) => lastByte(buf, at))).toEqual([...'abbcd'].map((char) => char.charCodeAt(0)));
  expect([lastByte(Buffer.from('\n'), 1), lastByte(Buffer.from('x'), 0)]).toEqual([undefined, undefined]);
});

test('the first line end of a part, be it short or long', () => {
  for (const length of [0, 1, 5, 63, 64, 65, 200]) {
    const buf = Buffer.from(`\n${'x'.repeat(length)}\n${'y'.repeat(100)}\n`);
    const end = length + 1;
    expect(indexIn(buf, 1, buf.length)).toBe(end);
    expect(indexIn(buf, 1, end + 1)).toBe(end);
    expect(indexIn(buf, 1, end)).toBe(-1);
    expect(indexIn(buf, 0, end)).toBe(0);
    expect(indexIn(buf, end + 1, buf.length - 1)).toBe(-1);
  }
});

test('a character that is cut off is left for later, and nothing else is', () => {
  for (const char of ['a', 'é', '漢', '\u{1f600}']) {
    const bytes = Buffer.from(`xyz${char}`);
    for (let length = 0; length <= bytes.length - 3; length++) {
      const end = 3 + length;
      expect(wholeCharacters(bytes, 0, end)).toBe(length === bytes.length - 3 ? end : 3);
      // What comes before the start is not looked at.
      expect(wholeCharacters(bytes, end, end)).toBe(end);
    }
  }
  // No character is so long: that it is none is found out by others.
  expect(wholeCharacters(Buffer.from([0x80, 0x80, 0x80, 0x80]), 0, 4)).toBe(4);
  expect(wholeCharacters(Buffer.from([0xf0, 0x80, 0x80, 0x80]), 1, 4)).toBe(4);
  expect(wholeCharacters(Buffer.from([0xf0, 0x80, 0x80]), 0, 3)).toBe(0);
  expect(wholeCharacters(Buffer.from([0xf0, 0x80, 0x80, 0x80, 0x80]), 0, 5)).toBe(5);
});

test.each<[text: string, first: number, last: number]>([
  ['{"a":1}{"b":2}', 7, 7],
  ['{"a":1},{"b":2}', 8, 8],
  ['{"a":1} , \t\r\n {"b":2}', 14, 14],
  ['{"a":1},{"b":2},{"c":3}', 8, 16],
  ['{"a":{"b":2}}', -1, -1],
  ['{"a":[{"b":2}]}', -1, -1],
  ['{"a":1},,{"b":2}', -1, -1],
  ['{"a":1}x{"b":2}', -1, -1],
  ['}{', 1, 1],
  ['},{', 2, 2],
  [',{', -1, -1],
  [' {', -1, -1],
  ['{', -1, -1],
  ['', -1, -1],
])('in %j, a record seems to begin behind another', (text, first, last) => {
  for (const before of ['', '}', '},', '} ']) {
    const buf = Buffer.from(`${before}${text}{`);
    const [from, to] = [before.length, before.length + text.length];
    const shifted = (at: number): number => (at < 0 ? -1 : at + from);
    expect(firstBorder(buf, from, to)).toBe(shifted(first));
    expect(lastBorder(buf, from, to)).toBe(shifted(last));
  }
});

describe('pieces of an object that is cut anywhere', () => {
  /** Reads objects that begin with a brace and end with the next one, as far as they are there; with what else there is. */
  function reader() {
    const pieces: { readonly text: string; readonly at: number; readonly final: boolean }[] = [];
    let looked = 0;
    const piecewise: Piecewise = new Piecewise(
      (buf, start, end, final) => {
        expect(buf[end] === 0x0a || buf[end - 1] === 0x0a).toBe(true);
        looked += end - start;
        let at = start;
        for (;;) {
          const close = buf.indexOf(0x7d, at);
          if (close < 0 || close >= end) break;
          pieces.push({ text: buf.toString('latin1', at, close + 1), at: piecewise.base + at, final });
          at = close + 1;
        }
        if (!final) return at;
        if (at < end) pieces.push({ text: buf.toString('latin1', at, end), at: piecewise.base + at, final });
        return end;
      },
      () => new Error('too long'),
    );
    return { piecewise, pieces, looked: () => looked };
  }

  const RECORDS = Array.from({ length: 900 }, (_, n) => `{"n":${n},\n"text":"${'x'.repeat((n * 41) % 211)}"\n}`);

  test.each([
    ['lines', '\n', RECORDS],
    ['records after commas', ',', RECORDS],
    ['records with nothing between', '', RECORDS],
    ['records in one line', ',', RECORDS.map((record) => record.replaceAll('\n', ''))],
    ['records in one line, with nothing between', '', RECORDS.map((record) => record.replaceAll('\n', ''))],
  ])('of %s: each once, whole, and where it stands', (_, between, records) => {
    for (const size of [1, 100, 5000, 33_000, 70_000]) {
      const text = records.slice(0, size < 100 ? 9 : 900).join(between);
      const bytes = Buffer.from(text);
      const { piecewise, pieces, looked } = reader();
      for (let at = 0; at < bytes.length; at += size) {
        const chunk = Buffer.from(bytes.subarray(at, at + size));
        const before = Buffer.from(chunk);
        piecewise.push(chunk);
        // A byte that was a newline for a while is what it was; and nothing of a chunk is needed later.
        expect(chunk.equals(before)).toBe(true);
        chunk.fill('?');
      }
      piecewise.end();
      expect(pieces.map(({ text: one }) => one).join('')).toBe(text);
      expect(pieces.every(({ text: one, at }) => text.startsWith(one, at))).toBe(true);
      expect(piecewise.base).toBe(bytes.length);
      // Hardly any byte of a chunk is looked at twice, unless chunks are shorter than pieces.
      expect(looked() / bytes.length).toBeLessThan(size < 1000 ? 2.5 : 1.1);
    }
  });

  test('that are long are not looked at once a chunk', () => {
    const { piecewise, pieces, looked } = reader();
    const chunk = Buffer.from(`${'x'.repeat(1023)}\n`);
    const chunks = 4096;
    for (let n = 0; n < chunks; n++) piecewise.push(Buffer.from(chunk));
    piecewise.push(Buffer.from('}'));
    piecewise.end();
    expect(pieces.map(({ text }) => text.length)).toEqual([chunks * chunk.length + 1]);
    expect(looked() / (chunks * chunk.length)).toBeLessThan(4);
  });

  test('are refused when one has more than 16 MiB, and not before', () => {
    const most = 16 * 1024 * 1024;
    const { piecewise } = reader();
    piecewise.push(Buffer.alloc(most, 'x'));
    expect(() => piecewise.push(Buffer.from('x'))).toThrow(new Error('too long'));
    const other = reader();
    other.piecewise.push(Buffer.alloc(most - 1, 'x'));
    other.piecewise.push(Buffer.from('}'));
    other.piecewise.end();
    expect(other.pieces.map(({ text }) => text.length)).toEqual([most]);
  });

  test('of a long line are taken before it ends', () => {
    const { piecewise, pieces } = reader();
    const text = RECORDS.map((record) => record.replaceAll('\n', '')).join(',');
    piecewise.push(Buffer.from(text.slice(0, 40_000)));
    const first = pieces.length;
    expect(first).toBeGreaterThan(300);
    piecewise.push(Buffer.from(text.slice(40_000, 41_000)));
    piecewise.push(Buffer.from(text.slice(41_000, 75_000)));
    expect(pieces.length).toBeGreaterThan(first + 200);
  });

  test('that are short wait for their line, and are looked at when it ends', () => {
    const { piecewise, pieces, looked } = reader();
    piecewise.push(Buffer.from('{"a":1'));
    piecewise.push(Buffer.from(',"b":2},{"c"'));
    expect([pieces.length, looked()]).toEqual([0, 0]);
    piecewise.push(Buffer.from(':3}\n{'));
    expect(pieces.map(({ text }) => text)).toEqual(['{"a":1,"b":2}', ',{"c":3}']);
    piecewise.end();
    expect(pieces.map(({ text, final }) => [text, final])).toEqual([
      ['{"a":1,"b":2}', false],
      [',{"c":3}', false],
      ['\n{', true],
    ]);
  });
});
