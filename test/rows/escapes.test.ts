/** What fields with backslashes stand for. */
import { isNullEscape, unescaped } from '../../lib/rows/escapes';

const text = (written: string, doubled = -1): string => {
  const source = Buffer.from(`\\"${written}41`);
  return unescaped(source, 2, source.length - 2, doubled).toString('latin1');
};
const latin1 = (utf8: string): string => Buffer.from(utf8).toString('latin1');
const QUOTE = 0x22;

test('each byte behind a backslash stands for itself, but for the letters of control characters and x', () => {
  const CONTROLS: Readonly<Record<string, string>> = {
    b: '\b',
    f: '\f',
    n: '\n',
    r: '\r',
    t: '\t',
    v: '\v',
    '0': '\0',
    Z: '\u001a',
  };
  for (let byte = 0; byte < 256; byte++) {
    const source = Buffer.from([0x61, 0x5c, byte, 0x62]);
    const char = String.fromCharCode(byte);
    expect([byte, unescaped(source, 0, 4, -1).toString('latin1')]).toEqual([byte, `a${CONTROLS[char] ?? char}b`]);
  }
});

test.each([
  ['', ''],
  ['abc', 'abc'],
  ['\\\\n', '\\n'],
  ['a\\', 'a\\'],
  ['\\', '\\'],
  ['\\\\', '\\'],
  ['\\x41\\x7a\\x7Ab', 'Azzb'],
  ['\\x00\\x0a\\x1F', '\0\n\u001f'],
  ['\\x', 'x'],
  ['\\x4', 'x4'],
  ['\\x4g', 'x4g'],
  ['\\xg4', 'xg4'],
  ['\\x4/', 'x4/'],
  ['\\x:4', 'x:4'],
  ['\\x4@', 'x4@'],
  ['\\x`4', 'x`4'],
  ['\\X41', 'X41'],
  ['\\x7f', '\u007f'],
  ['\\xc3\\xa9', latin1('é')],
  ['\\xc3\\xa9\\xe6\\xbc\\xa2!', latin1('é漢!')],
  ['\\xC3\\xA9', latin1('é')],
  ['\\x80', '\\x80'],
  ['\\xff', '\\xff'],
  ['\\xc3', '\\xc3'],
  ['\\xc3a\\xa9', '\\xc3a\\xa9'],
  ['\\xc3\\xa9\\xff', '\\xc3\\xa9\\xff'],
  ['\\xc3\\xa9\\x41\\xff', latin1('éA\\xff')],
  ['\\xc3\\xa9\\n', latin1('é\n')],
  ['\\xc3\\xa9\\xa', latin1('éxa')],
  ['\\xc3\\xa', '\\xc3xa'],
  ['\\xc3\\x', '\\xc3x'],
  ['\\xc3\\', '\\xc3\\'],
  ['\\xc3/xa9', '\\xc3/xa9'],
  ['\\xc3\\ya9', '\\xc3ya9'],
  ['\\xc3xxa9', '\\xc3xxa9'],
])('%j is %j', (written, expected) => {
  expect(text(written)).toBe(expected);
});

test('quotes that stand twice are one, where they are told', () => {
  expect(text('a""b""', QUOTE)).toBe('a"b"');
  expect(text('a""b')).toBe('a""b');
  expect(text('a\\"b', QUOTE)).toBe('a"b');
});

test('null is a backslash and N, and nothing else', () => {
  const is = (written: string, from = 0, to = written.length): boolean => isNullEscape(Buffer.from(written), from, to);
  expect([is('\\N'), is('x\\N', 1), is('\\Nx', 0, 2)]).toEqual([true, true, true]);
  expect([is('\\n'), is('/N'), is('\\N '), is('N'), is('\\N', 0, 1), is('\\N', 1), is('')]).toEqual(
    Array(7).fill(false),
  );
});
