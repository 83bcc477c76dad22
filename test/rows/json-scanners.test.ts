/** Scanners of JSON syntax: what is a token is what JSON.parse takes, and where it breaks is the first byte that cannot be there. */
import * as json from '../../lib/rows/json';

/** Of a token with the newline behind it that scanners need: the position after it, or `~p`. */
type Scan = (buf: Buffer, at: number) => number;
const scan = (skip: Scan, text: string, at = 0): number => skip(Buffer.from(`${text}\n`), at);

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** All texts of so many of the parts. */
const textsOf = (parts: readonly string[], count: number): readonly string[] =>
  count === 0 ? [''] : textsOf(parts, count - 1).flatMap((text) => parts.map((part) => text + part));

test('a number goes as far as one can go on, and is one if it is whole there', () => {
  const goesOn = new Map<string, boolean>();
  const canGoOn = (text: string): boolean => {
    const known =
      goesOn.get(text) ?? ['', '0', '.0', 'e0'].some((more) => /^[-\d]/.test(text + more) && parses(text + more));
    goesOn.set(text, known);
    return known;
  };
  const wrong = textsOf([...'01-+.eE'], 5).filter((text) => {
    let end = 0;
    while (end < text.length && canGoOn(text.slice(0, end + 1))) end++;
    const isWhole = canGoOn(text.slice(0, end)) && parses(text.slice(0, end));
    return scan(json.skipNumber, `x${text}`, 1) !== (isWhole ? end + 1 : ~(end + 1));
  });
  expect(wrong).toEqual([]);
});

test.each([
  ['/', 0],
  ['0123456789', 10],
  ['0123456789:', 10],
  ['9/', 1],
  ['', 0],
])('digits of %j end at %d', (text, end) => {
  expect(scan(json.skipDigits, text)).toBe(end);
});

test.each([
  ['"', 1],
  ['ab"', 3],
  ['é漢\u{1f600}"', 10],
  [' !#[]~\u007f"', 8],
  ['\\"\\\\\\/\\b\\f\\n\\r\\t"', 17],
  ['\\u0000\\uFFFF\\uabcdX"', 20],
  ['\\ud7ff\\ue000"', 13],
  ['\\ud800\\udc00\\uDBFF\\uDFFF"', 25],
  ['a"b"', 2],
  ['', ~0],
  ['ab', ~2],
  ['a\tb"', ~1],
  ['a\u001fb"', ~1],
  ['a\\', ~1],
  ['a\\x"', ~1],
  ['a\\a"', ~1],
  ['a\\U0000"', ~1],
  ['a\\u"', ~1],
  ['a\\u000"', ~1],
  ['a\\u000g"', ~1],
  ['a\\u000G"', ~1],
  ['a\\u00/0"', ~1],
  ['a\\u00:0"', ~1],
  ['a\\u00@0"', ~1],
  ['a\\u00`0"', ~1],
  ['a\\u0000\\', ~7],
  ['\\ud800"', ~0],
  ['\\ud800\\ud800"', ~0],
  ['\\ud800\\udbff"', ~0],
  ['\\ud800\\ue000"', ~0],
  ['\\ud800xudc00"', ~0],
  ['\\ud800\\xdc00"', ~0],
  ['\\ud800\\u"', ~0],
  ['\\udbff"', ~0],
  ['\\udc00"', ~0],
  ['\\udc00\\udc00"', ~0],
  ['\\udfff"', ~0],
])('a string that goes on with %j ends or breaks at %d', (text, at) => {
  expect(scan(json.skipString, `"${text}`, 1)).toBe(at < 0 ? ~(~at + 1) : at + 1);
});

describe.each([
  ['true', json.skipTrue],
  ['false', json.skipFalse],
  ['null', json.skipNull],
] as const)('the word %s', (word, skip) => {
  test('is itself, and nothing that differs in a letter', () => {
    expect(scan(skip, ` ${word}x`, 1)).toBe(word.length + 1);
    for (let at = 0; at < word.length; at++) {
      expect(scan(skip, ` ${word.slice(0, at)}x${word.slice(at + 1)}`, 1)).toBe(~1);
      expect(scan(skip, ` ${word.slice(0, at)}`, 1)).toBe(~1);
    }
  });
});

const VALUES = [
  '{"a":[1,-2.5e+3,"x\\n\\u00e9",true,false,null],"b":{"c":{},"d":[]},"":[[0],{"e":"é"}]}',
  ' [ { "a" : 1 , "b" : [ ] } , [ 2 , { } ] , "s" ] ',
  '[true,[false],{"n":null}]',
  '""',
  'null',
  '-1',
];

test('a value is one where JSON.parse takes it, whichever of its characters is another', () => {
  const wrong = VALUES.map((value) => value.trim()).flatMap((text) =>
    Array.from({ length: text.length + 1 }, (_, at) => at).flatMap((at) =>
      ['', ...'{}[]",:\\ \t01-.etnu', 'x'].filter((part) => {
        const other = text.slice(0, at) + part + text.slice(at + 1);
        if (/^\s/.test(other)) return false;
        const found = scan(json.skipValue, other);
        const isOne = found >= 0 && Buffer.from(other).toString('utf8', found).trim() === '';
        return isOne !== parses(other);
      }),
    ),
  );
  expect(wrong).toEqual([]);
});

test('a value that is cut off breaks at its end', () => {
  for (const text of ['{"a":[1,{"b":"x"}],"c":{}}', '[ 1 , "a" , { } ]'])
    for (let length = 1; length < text.length; length++) {
      expect(scan(json.skipValue, `  ${text.slice(0, length)}`, 2)).toBe(~(length + 2));
    }
});

test.each([
  ['{"a":1}}', 7],
  ['[1]2', 3],
  ['1 ', 1],
  ['"a" ', 3],
  ['{', ~1],
  ['{1', ~1],
  ['{"a"1', ~4],
  ['{"a" 1', ~5],
  ['{"a":}', ~5],
  ['{"a": }', ~6],
  ['{"a":1]', ~6],
  ['{"a":1 "b"', ~7],
  ['{"a":1,}', ~7],
  ['{"a":1, 2', ~8],
  ['[1}', ~2],
  ['[,', ~1],
  ['[1 2', ~3],
  ['[1,]', ~3],
  ['["a\tb"]', ~3],
  ['[{"a":[tru]}]', ~7],
  ['[-]', ~2],
  ['}', ~0],
  [']', ~0],
  ['', ~0],
])('the value %j ends or breaks at %d', (text, at) => {
  expect(scan(json.skipValue, text)).toBe(at);
});

test('64 levels are taken and the bracket of the next one is not, whatever they are', () => {
  const levels = ['[', '{"a":', '[{"":', '{"a":['].map((open) => ({
    open,
    close: [...open]
      .reverse()
      .flatMap((c) => (c === '[' ? [']'] : c === '{' ? ['}'] : []))
      .join(''),
  }));
  for (const { open, close } of levels) {
    const times = 64 / close.length;
    const text = `${open.repeat(times)}1${close.repeat(times)}`;
    expect(scan(json.skipValue, text)).toBe(text.length);
    const deeper = `${open.repeat(times)}${open}1${close}${close.repeat(times)}`;
    expect(scan(json.skipValue, deeper)).toBe(~(open.length * times));
    // Levels beside each other are not below each other.
    expect(scan(json.skipValue, `[${'[],'.repeat(70)}[]]`)).toBe(214);
  }
});

describe('line ends', () => {
  const bytes = Buffer.from(' \t\r\n\n [1,\n2]\n x\n');
  const met: number[] = [];
  const across = (buf: Buffer, end: number) => {
    met.length = 0;
    json.scanAcross({ bytes: buf, end, meet: (at) => met.push(at) });
  };
  afterEach(() => json.scanAcross(undefined));

  test('end white space, unless they are told', () => {
    expect([json.skipSpace(bytes, 0), json.skipSpace(bytes, 4), json.skipSpace(bytes, 5)]).toEqual([3, 4, 6]);
    expect(json.skipValue(bytes, 6)).toBe(~9);
  });

  test('are white space up to the end that is told, and each is met', () => {
    across(bytes, 16);
    expect([json.skipSpace(bytes, 0), met]).toEqual([6, [3, 4]]);
    expect([json.skipValue(bytes, 6), met]).toEqual([12, [3, 4, 9]]);
    across(bytes, 4);
    expect([json.skipSpace(bytes, 0), met]).toEqual([4, [3]]);
    across(bytes, 3);
    expect([json.skipSpace(bytes, 0), met]).toEqual([3, []]);
  });

  test('of other bytes end white space as before', () => {
    across(Buffer.from(bytes), 16);
    expect([json.skipSpace(bytes, 0), met]).toEqual([3, []]);
  });
});
