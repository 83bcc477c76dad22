/** What each field becomes in the line of JSON, by its type and dialect, wherever it stands and however lines are read. */
import type { CsvSettings } from '../../lib/dataset';
import { CsvValidator, type VetoList } from '../../lib/rows';
import { columnsOf, cut, feed, keep } from './helpers';

/** Lines as they are read usually, and one by one. */
const WAYS: readonly (VetoList | undefined)[] = [undefined, new Map()];

/** The token of a value, or why there is none, which is the same in each place of a line. */
function tokenOf(type: string, field: string, settings: CsvSettings = {}): string {
  const csv = { delimiter: ',', ...settings };
  const found = new Set<string>();
  for (const place of [0, 1, 2]) {
    const names = ['l', 'r'].toSpliced(place, 0, 'v');
    const columns = columnsOf(Object.fromEntries(names.map((name) => [name, name === 'v' ? type : 'string'])));
    const fields = ['a b', 'c'].toSpliced(place, 0, field);
    const bytes = Buffer.from(`${names.join(csv.delimiter)}\n${fields.join(csv.delimiter)}\n`);
    // The places at the ends once each: to begin reading takes longer than reading.
    for (const vetoes of place === 1 ? WAYS : [WAYS[place / 2]]) {
      for (const cuts of place === 1 ? [[], Array.from(bytes.keys())] : [[]]) {
        const rejected: { line: number; reason: string; raw: string }[] = [];
        const validator = new CsvValidator({ columns, input: { formats: ['csv'], csv } }, keep(rejected), vetoes);
        const line = feed(validator, cut(bytes, cuts)).toString();
        const [before = '', after = ''] = ['"l":"a b"', '"r":"c"'].toSpliced(place, 0, '"v":').join(',').split('"v":');
        if (rejected.length === 0) {
          expect(line.startsWith(`{${before}"v":`) && line.endsWith(`${after}}\n`)).toBe(true);
          found.add(line.slice(before.length + 5, line.length - after.length - 2));
        } else {
          expect([line, rejected]).toEqual([
            '',
            [{ line: 2, reason: expect.anything(), raw: Buffer.from(fields.join(csv.delimiter)).toString('latin1') }],
          ]);
          found.add(`! ${rejected[0]?.reason.replace(/^v: /, '')}`);
        }
      }
    }
  }
  expect([...found]).toHaveLength(1);
  return [...found][0] ?? '';
}

describe('texts', () => {
  test.each([
    ['', 'null'],
    ['""', '""'],
    ['a', '"a"'],
    ['"a"', '"a"'],
    ['abcd', '"abcd"'],
    ['abcdefgh', '"abcdefgh"'],
    ['é漢\u{1f600}', '"é漢\u{1f600}"'],
    ['"é, 漢"', '"é, 漢"'],
    ['"""a"" ""b"""', '"\\"a\\" \\"b\\""'],
    ['"a""b\\c"', '"a\\"b\\\\c"'],
    ['""""', '"\\""'],
    ['a\\b', '"a\\\\b"'],
    ['"a\\b"', '"a\\\\b"'],
    ["it's", '"it\'s"'],
    [' a ', '" a "'],
    ['null', '"null"'],
    ['"\n"', '"\\u000a"'],
    ['"a\r\nb"', '"a\\u000d\\u000ab"'],
    ['a\rb', '"a\\u000db"'],
    ['\u007f', '"\u007f"'],
  ])('%j is %s', (field, token) => {
    expect(tokenOf('string', field)).toBe(token);
  });

  test('control characters are written as JSON has them, whatever stands around them', () => {
    const bytes = Array.from({ length: 0x1f }, (_, index) => index + 1).filter(
      (byte) => byte !== 0x0a && byte !== 0x0d,
    );
    const text = bytes.map((byte) => `ab${String.fromCharCode(byte)}c`).join('');
    const escaped = bytes.map((byte) => `ab\\u00${byte.toString(16).padStart(2, '0')}c`).join('');
    expect(tokenOf('string', text)).toBe(`"${escaped}"`);
    expect(tokenOf('string', '"x""\u0001\u001f"')).toBe('"x\\"\\u0001\\u001f"');
  });

  test.each<[settings: CsvSettings, field: string, token: string]>([
    [{ quote: "'" }, "'a,''b\"'", '"a,\'b\\""'],
    [{ quote: "'" }, '"a"', '"\\"a\\""'],
    [{ quote: "'" }, "''", '""'],
    [{ quote: false }, '"a"', '"\\"a\\""'],
    [{ quote: false }, "'", '"\'"'],
    [{ empty: 'string' }, '', '""'],
    [{ empty: 'string' }, '""', '""'],
    [{ empty: 'null' }, '', 'null'],
    [{ nulls: ['-'] }, '-', 'null'],
    [{ nulls: ['-'] }, '"-"', '"-"'],
    [{ nulls: ['-'] }, '--', '"--"'],
    [{ nulls: ['-'] }, '+', '"+"'],
    [{ nulls: ['"-"'] }, '-', '"-"'],
    [{ nulls: ['"-"'] }, '"-"', 'null'],
    [{ nulls: ['n/a', '-'] }, 'n/a', 'null'],
    [{ nulls: ['n/a', '-'] }, '-', 'null'],
    [{ nulls: ['n/a', '-'] }, 'n/b', '"n/b"'],
    [{ nulls: ['n/a'] }, '12', '"12"'],
    [{ nulls: ['n/a'] }, '"1"', '"1"'],
    [{ nulls: ['\\N'] }, '\\N', 'null'],
    [{ nulls: ['""'] }, '""', 'null'],
    [{ delimiter: '\t' }, 'a,b', '"a,b"'],
    [{ delimiter: '\u0001' }, 'a\tb', '"a\\u0009b"'],
  ])('of the dialect %j: %j is %s', (settings, field, token) => {
    expect(tokenOf('string', field, settings)).toBe(token);
  });

  test.each([
    ['a\\,b', '"a,b"'],
    ['"a\\"b"', '"a\\"b"'],
    ['"a\\nb"', '"a\\u000ab"'],
    ['a\\tb\\\\', '"a\\u0009b\\\\"'],
    ['"\\N"', '"N"'],
    ['\\N', "! \\N stands for null where it is declared: add '\\\\N' to the nulls of input.csv"],
    ['\\Na', '"Na"'],
    ['a""b"', '! not CSV: a quote inside a field that is not quoted'],
    ['"a""\\b"', '"a\\"\\u0008"'],
    ['a\\,\u0001\u0001', '"a,\\u0001\\u0001"'],
    ['a\\"b', '"a\\"b"'],
  ])('with backslashes that take the meaning away: %j is %s', (field, token) => {
    expect(tokenOf('string', field, { escape: 'backslash' })).toBe(token);
  });
});

describe.each<[type: string, cases: [field: string, token: string, settings?: CsvSettings][]]>([
  [
    'int',
    [
      ['', 'null'],
      ['""', 'null'],
      ['7', '7'],
      ['"7"', '7'],
      ['-12', '-12'],
      ['-', '! expected an int, found the string "-"'],
      ['-', 'null', { nulls: ['-'] }],
      ['007', '! expected an int, found the string "007"'],
      ['7 ', '! expected an int, found the string "7 "'],
      ['7x', '! expected an int, found the string "7x"'],
      ['true', '! expected an int, found the string "true"'],
      ['"7""8"', '! expected an int, found the string "7\\"8"'],
      ["1'234", '1234', { thousands: "'" }],
      ['1234', '1234', { thousands: "'" }],
      ["1'23", '! expected an int, found the string "1\'23"', { thousands: "'" }],
      ['1\\2', '12', { escape: 'backslash' }],
      ['a\\2', '! expected an int, found the string "a2"', { escape: 'backslash' }],
      ['', 'null', { empty: 'string' }],
      ['""', 'null', { empty: 'string' }],
    ],
  ],
  [
    'tinyint',
    [
      ['1 ', '! expected a tinyint, found the string "1 "'],
      ['"1,0"', '! expected a tinyint, found 1.0', { decimal: ',' }],
      ['1,5', '! expected 3 fields as in the header, found 4', { decimal: ',' }],
    ],
  ],
  [
    'smallint',
    [
      ['1', '1'],
      ["1'234", '1234', { thousands: "'" }],
    ],
  ],
  [
    'bigint',
    [
      ['9223372036854775807', '9223372036854775807'],
      ["1'000", '1000', { thousands: "'" }],
    ],
  ],
  ['float', [['1,5', '1.5', { decimal: ',', delimiter: ';' }]]],
  [
    'double',
    [
      ['-1.5e3', '-1.5e3'],
      ['"1,5"', '1.5', { decimal: ',' }],
      ['1.5', '! expected a double, found the string "1.5"', { decimal: ',' }],
      ['1\\,5', '1.5', { decimal: ',', escape: 'backslash' }],
      ['1.', '! expected a double, found the string "1."'],
      ['"-0"', '-0.0'],
    ],
  ],
  [
    'decimal(12,2)',
    [
      ['', 'null'],
      ['""', 'null'],
      ['12.50', '"12.50"'],
      ['"12.50"', '"12.50"'],
      ['x', '! expected a decimal(12,2), found the string "x"'],
      ['1.234,50', '"1234.50"', { decimal: ',', thousands: '.', delimiter: ';' }],
      ['12.50', '! expected a number as 1234,5, found "12.50"', { decimal: ',', delimiter: ';' }],
      ['1.234.5', '! expected a number as 1.234,5, found "1.234.5"', { decimal: ',', thousands: '.', delimiter: ';' }],
      ['1\\,5', '"1.5"', { decimal: ',', escape: 'backslash' }],
      ['x\\,5', '! expected a number as 1234,5, found "x,5"', { decimal: ',', escape: 'backslash' }],
      ['1\\2', '"12"', { escape: 'backslash' }],
    ],
  ],
  [
    'boolean',
    [
      ['', 'null'],
      ['true', 'true'],
      ['"false"', 'false'],
      ['tru', '! expected a boolean, found the string "tru"'],
      ['trues', '! expected a boolean, found the string "trues"'],
      ['falsy', '! expected a boolean, found the string "falsy"'],
      ['falses', '! expected a boolean, found the string "falses"'],
      ['1', '! expected a boolean, found the string "1"'],
      ['null', '! expected a boolean, found the string "null"'],
      ['t\\rue', '! expected a boolean, found the string "t\\u000due"', { escape: 'backslash' }],
      ['tr\\ue', 'true', { escape: 'backslash' }],
    ],
  ],
  [
    'date',
    [
      ['', 'null'],
      ['""', 'null'],
      ['2026-06-15', '"2026-06-15"'],
      ['"2026-06-15"', '"2026-06-15"'],
      ['2026\\-06-15', '"2026-06-15"', { escape: 'backslash' }],
      ['20260615', '! expected a date (yyyy-MM-dd), found the string "20260615"'],
    ],
  ],
  [
    'timestamp',
    [
      ['', 'null'],
      ['""', 'null'],
      ['2026-06-15T10:00:00Z', '"2026-06-15T10:00:00Z"'],
      ['"2026-06-15 10:00:00"', '"2026-06-15 10:00:00"'],
      ['1781500000123', '"2026-06-15T05:06:40.123"'],
      ['"1781500000123"', '"2026-06-15T05:06:40.123"'],
      ['-1', '"1969-12-31T23:59:59.999"'],
      ['17815000001\\23', '"2026-06-15T05:06:40.123"', { escape: 'backslash' }],
      [
        '2026-06-15T10:00:00\\Z',
        '! expected a timestamp (yyyy-MM-ddTHH:mm:ss, or milliseconds since 1970), found the string "2026-06-15T10:00:00\\u001a"',
        { escape: 'backslash' },
      ],
      ['"1""2"', '! expected a timestamp (yyyy-MM-ddTHH:mm:ss, or milliseconds since 1970), found the string "1\\"2"'],
      [
        "'1''2'",
        '! expected a timestamp (yyyy-MM-ddTHH:mm:ss, or milliseconds since 1970), found the string "1\'2"',
        { quote: "'" },
      ],
      [
        '1\t2',
        '! expected a timestamp (yyyy-MM-ddTHH:mm:ss, or milliseconds since 1970), found the string "1\\u00092"',
      ],
    ],
  ],
  [
    'binary',
    [
      ['QUI=', '"QUI="'],
      ['"QUI="', '"QUI="'],
      ['', 'null'],
      ['""', 'null'],
      ['QU\\I=', '"QUI="', { escape: 'backslash' }],
    ],
  ],
  [
    'array<string>',
    [
      ['', 'null'],
      ['[]', '[]'],
      ['"[""x"",null]"', '["x",null]'],
      ['" [""x""] "', ' ["x"] '],
      ['"[""x"""', '! expected an array, found the string "[\\"x\\""'],
      ['"[""x""]y"', '! expected an array, found the string "[\\"x\\"]y"'],
      ['["x"]', '["x"]', { quote: false }],
      ["'[\"it''s\"]'", '["it\'s"]', { quote: "'" }],
      ['"[\\"x\\"]"', '["x"]', { escape: 'backslash' }],
      ['"{}"', '! expected an array, found an object'],
      ['7', '! expected an array, found 7'],
      ['x', '! expected an array, found the string "x"'],
    ],
  ],
  [
    'map<string,int>',
    [
      ['"{""a"":1}"', '{"a":1}'],
      ['"{""a"":1"', '! expected an object, found the string "{\\"a\\":1"'],
    ],
  ],
  [
    'struct<a:int>',
    [
      ['"{""a"":1}"', '{"a":1}'],
      ['" {""a"": 1 } "', ' {"a": 1 } '],
      ['{', '! expected an object, found the string "{"'],
    ],
  ],
])('%s', (type, cases) => {
  test.each(cases)('%j is %s', (field, token, settings = {}) => {
    expect(tokenOf(type, field, settings)).toBe(token);
  });
});
