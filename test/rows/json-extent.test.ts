/** Where a JSON value ends, over lines and at any depth, and what is told of one that does not. */
import { Extent, inOneLine, isBlank, passString, skipBlank } from '../../lib/rows/json-extent';

const extent = new Extent();

/** A newline stands where the bytes end, as scanners need. */
function scan(text: string, { start = 0, final = true } = {}) {
  const buf = Buffer.from(`${text}\n`);
  const found = extent.scan(buf, start, buf.length - 1, final);
  const { at, token, braces, brackets, lines } = extent;
  return { found, at, token, open: [braces, brackets], lines };
}

const NESTED = '{"a":[1,-2.5e+3,"x\\n\\u00e9",true,false,null],"b":{"c":{},"d":[]},"":[[0],{"e":"f"}]}';
const SPREAD = '{\n "a" : [\n  1 , "x",\ttrue ,\r\n [ ] , { } ] ,\n "b"\n:\n{ "c" : null }\n}';

describe('a value is whole', () => {
  test.each([
    ['1', 1],
    ['-1.5e3 x', 6],
    ['"a\\"b"', 6],
    ['true,', 4],
    ['[]', 2],
    ['{}{}', 2],
    ['[[],{}]{', 7],
    [NESTED, NESTED.length],
    [`${NESTED}]`, NESTED.length],
    [SPREAD, SPREAD.length],
    [`${SPREAD} \n,`, SPREAD.length],
    ['[\n]', 3],
    ['{\n}x', 3],
    ['[\n1]', 4],
    ['[\n"a",\n"b"]', 11],
    ['[\nfalse,\ntrue,\nnull]', 20],
    ['\n\n1', 3],
  ])('%j up to %d', (text, at) => {
    for (const before of ['', 'xx']) {
      const found = scan(before + text, { start: before.length });
      expect([found.found, found.at - before.length]).toEqual(['whole', at]);
    }
  });

  test('at any depth, closed by the bracket that opened it', () => {
    for (const parts of [['['], ['{"a":'], ['[', '{"a":', '{"b":'], ['{"a":', '[']]) {
      const opens = Array.from({ length: 300 }, (_, level) => parts[level % parts.length] ?? '');
      const closes = opens.map((open) => (open === '[' ? ']' : '}')).reverse();
      const text = `${opens.join('')}1${closes.join('')}`;
      expect(scan(`${text}]`)).toMatchObject({ found: 'whole', at: text.length, open: [0, 0] });
      for (const level of [0, 1, 150, 170, 235, 236, 237, 299]) {
        const wrong = closes.with(level, closes[level] === ']' ? '}' : ']');
        const at = opens.join('').length + 1 + level;
        const braces = opens.slice(0, 300 - level).filter((open) => open !== '[').length;
        const found = scan(`${opens.join('')}1${wrong.join('')}`);
        expect(found).toMatchObject({ found: 'broken', at, token: at, open: [braces, 300 - level - braces] });
      }
    }
  });

  test('and is told so again after one that was not', () => {
    scan('[[{"a":\n[');
    expect(scan('[\n1]')).toEqual({ found: 'whole', at: 4, token: 3, open: [0, 0], lines: 2 });
    expect(scan('1 ')).toMatchObject({ found: 'whole', at: 1, open: [0, 0], lines: 0 });
  });
});

test('a value that is cut off is open, wherever that is', () => {
  const spread = NESTED.replaceAll(',', ',\n');
  for (const text of [NESTED, SPREAD, spread]) {
    for (let length = 0; length < text.length; length++) {
      for (const final of [true, false]) {
        const { found, at } = scan(text.slice(0, length), { final });
        expect([text.slice(0, length), final, found]).toEqual([text.slice(0, length), final, 'open']);
        // All of it was understood, but for a token that is cut off.
        if (!/[\\a-z\d.+-]$/.test(text.slice(0, length))) expect(at).toBe(length);
      }
    }
  }
});

test('bytes behind the end are not looked at, whatever they are', () => {
  for (const text of [NESTED, SPREAD]) {
    for (let length = 1; length < text.length; length++) {
      for (const behind of [text.slice(length), '}', ']', ',', ':1', '"a":1}', '1']) {
        const buf = Buffer.from(`${text.slice(0, length)}\n${behind}\n`);
        expect([length, behind, extent.scan(buf, 0, length + 1, false)]).toEqual([length, behind, 'open']);
      }
    }
  }
  for (const behind of ['', '"', '1', '[]']) {
    const buf = Buffer.from(`{"a":[\n${behind}]}\n`);
    expect([extent.scan(buf, 0, 7, true), extent.at, extent.token, extent.brackets]).toEqual(['open', 7, 7, 1]);
    expect([extent.scan(buf, 6, 7, true), extent.at]).toEqual(['open', 7]);
  }
});

test.each([
  // What follows may belong to it.
  ['12', false, 'open'],
  ['[\n12', false, 'open'],
  ['12', true, 'whole'],
  ['true', false, 'open'],
  // Nothing more can.
  ['"a"', false, 'whole'],
  ['"a" ', false, 'whole'],
  ['\n"a"', false, 'whole'],
  ['12 ', false, 'whole'],
  ['\n12 ', false, 'whole'],
  ['\n12', true, 'whole'],
  ['\n12', false, 'open'],
  ['{}', false, 'whole'],
  ['{} ', false, 'whole'],
  ['{\n}', false, 'whole'],
])('what stands at the end of the bytes: %j, which are all: %p, is %s', (text, final, found) => {
  expect(scan(text, { final }).found).toBe(found);
});

describe('a value is broken', () => {
  const far = ' '.repeat(20);

  test.each<[text: string, at: number, token: number, open: [number, number], lines: number]>([
    ['x', 0, 0, [0, 0], 0],
    ['}', 0, 0, [0, 0], 0],
    [']', 0, 0, [0, 0], 0],
    [',', 0, 0, [0, 0], 0],
    ['{x', 1, 1, [1, 0], 1],
    ['{]', 1, 1, [1, 0], 1],
    ['{1', 1, 1, [1, 0], 1],
    ['{,', 1, 1, [1, 0], 1],
    ['[}', 1, 1, [0, 1], 1],
    ['[,', 1, 1, [0, 1], 1],
    ['[1}', 2, 2, [0, 1], 1],
    ['[1 2', 3, 3, [0, 1], 1],
    ['[1,]', 3, 3, [0, 1], 1],
    ['{"a"1', 4, 4, [1, 0], 1],
    ['{"a" }', 5, 5, [1, 0], 1],
    ['{"a":}', 5, 5, [1, 0], 1],
    ['{"a":1]', 6, 6, [1, 0], 1],
    ['{"a":1,}', 7, 7, [1, 0], 1],
    ['{"a":1, 2', 8, 8, [1, 0], 1],
    ['{"a":1,"b"]', 10, 10, [1, 0], 1],
    ['{"a":[{"b":nul}', 14, 11, [2, 1], 1],
    ['[tru]', 4, 1, [0, 1], 1],
    ['[trux]', 4, 1, [0, 1], 1],
    ['[falsy]', 5, 1, [0, 1], 1],
    ['[nil]', 2, 1, [0, 1], 1],
    ['[-]', 2, 1, [0, 1], 1],
    ['[1.]', 3, 1, [0, 1], 1],
    ['["a\tb"]', 3, 1, [0, 1], 1],
    ['["a\\xb"]', 3, 1, [0, 1], 1],
    ['{"a\tb":1', 3, 1, [1, 0], 1],
    ['{\n"a\tb":1', 4, 2, [1, 0], 1],
    ['[["a\nb', 4, 2, [0, 2], 1],
    ['{\n"a":\n[1,\n2,\n}', 14, 14, [1, 1], 4],
    ['[\n\n1\n\n}', 6, 6, [0, 1], 2],
    ['{\n"a"\n:\n1\n]', 10, 10, [1, 0], 3],
    ['[\n[]\n,\n[1]\n}', 11, 11, [0, 1], 4],
  ])('%j', (text, at, token, open, lines) => {
    const found = scan(`${text}${far}`);
    expect(found).toEqual({ found: 'broken', at, token, open, lines });
    expect(scan(`${text}${far}`, { final: false })).toEqual(found);
  });

  test('where bytes are still to come, only so far before their end that no escape is cut off there', () => {
    const text = '["\\ud83d';
    for (let more = 0; more < 20; more++) {
      const { found, at } = scan(text + 'x'.repeat(more), { final: false });
      // The escape begins at 2, and a pair of them has 12 bytes.
      expect([more, found, at]).toEqual([more, text.length + more < 14 ? 'open' : 'broken', 2]);
      expect(scan(`[x${'x'.repeat(more)}`, { final: false }).found).toBe(more + 2 < 13 ? 'open' : 'broken');
      expect(scan(`[x${'x'.repeat(more)}`).found).toBe('broken');
    }
  });

  test('an escape that the end of all bytes cuts off is open, one that is wrong long before it is not', () => {
    for (const text of ['["\\', '["\\u', '["\\ud83d', '["\\ud83d\\ude0']) expect(scan(text).found).toBe('open');
    expect(scan('["\\x345678901').found).toBe('open');
    expect(scan('["\\x3456789012')).toMatchObject({ found: 'broken', at: 2 });
  });
});

test('what stands behind a whole value is a fault', () => {
  scan('[1] x');
  extent.resume(4);
  expect([extent.at, extent.token]).toEqual([4, 4]);
});

test('white space is what JSON has, and nothing else', () => {
  const blanks = Array.from({ length: 256 }, (_, byte) => byte).filter(isBlank);
  expect(blanks).toEqual([0x09, 0x0a, 0x0d, 0x20]);
  for (let byte = 0; byte < 256; byte++) {
    expect(skipBlank(Buffer.from([0x20, byte, 0x78]), 1, 3)).toBe(blanks.includes(byte) ? 2 : 1);
  }
  expect([skipBlank(Buffer.from(' \n\r\t x'), 0, 6), skipBlank(Buffer.from('    '), 1, 3)]).toEqual([5, 3]);
});

test.each([
  ['x{\n"a":1\r\n}y', 1, 11, '{\t"a":1\r\t}\n'],
  ['\n\n', 0, 2, '\t\t\n'],
  ['ab\n', 0, 2, 'ab\n'],
  ['\nab', 1, 3, 'ab\n'],
  ['', 0, 0, '\n'],
])('in one line, each line end is a blank: %j', (text, from, to, line) => {
  const buf = Buffer.from(text);
  expect(inOneLine(buf, from, to).toString()).toBe(line);
  expect(buf.toString()).toBe(text);
});

test.each([
  ['"ab"c', 4],
  ['""', 2],
  ['"a\\"b"c', 6],
  ['"a\\\\"c', 5],
  ['"a\tb"', 5],
  ['"ab\ncd"', 3],
  ['"ab\\\ncd"', 4],
  ['"abc', 4],
  ['"ab\\', 4],
  ['"', 1],
])('a string that may be broken, %j, is passed up to %d', (text, at) => {
  const buf = Buffer.from(text);
  expect(passString(buf, 0, buf.length)).toBe(at);
  expect(passString(Buffer.from(`x${text}`), 1, buf.length + 1)).toBe(at + 1);
  // Nothing behind the end counts.
  expect(passString(Buffer.from(`${text}"`), 0, buf.length)).toBe(at);
});
