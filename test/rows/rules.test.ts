import { checkNdjson, columnsOf } from './helpers';

/** Checks one value in a column `v` of a type: the line that is passed on, or why there is none. */
function verdict(type: string, value: string): string {
  const { output, rejected } = checkNdjson(columnsOf({ v: type }), [Buffer.from(`{"v":${value}}\n`)]);
  return rejected[0]?.reason ?? output.toString().slice(5, -2);
}

const SAME = 'passed on as it is';

describe.each<[type: string, cases: [value: string, result: string][]]>([
  [
    'boolean',
    [
      ['true', SAME],
      ['null', SAME],
      ['1', 'v: expected a boolean, found 1'],
      ['"true"', 'v: expected a boolean, found the string "true"'],
      ['True', 'not JSON: unexpected "T" at byte 6'],
      ['tru', 'not JSON: unexpected "t" at byte 6'],
      ['falze', 'not JSON: unexpected "f" at byte 6'],
      ['nul', 'not JSON: unexpected "n" at byte 6'],
      ['truex', 'not JSON: unexpected "x" at byte 10'],
    ],
  ],
  [
    'int',
    [
      ['-2147483648', SAME],
      ['2147483648', 'v: 2147483648 does not fit an int (-2147483648 to 2147483647)'],
      ['-0', SAME],
      ['"12"', SAME],
      ['"\\u0031"', '"1"'],
      ['"0000-00-00"', 'v: expected an int, found the string "0000-00-00"'],
      ['" 12"', 'v: expected an int, found the string " 12"'],
      ['""', 'v: expected an int, found the string ""'],
      ['1.0', 'v: expected an int, found 1.0'],
      ['1e2', 'v: expected an int, found 1e2'],
      ['"1e2"', 'v: expected an int, found the string "1e2"'],
      ['01', 'not JSON: unexpected "1" at byte 7'],
      ['+1', 'not JSON: unexpected "+" at byte 6'],
      ['true', 'v: expected an int, found true'],
      ['[1]', 'v: expected an int, found an array'],
      ['99999999999999999999', 'v: 99999999999999999999 does not fit an int (-2147483648 to 2147483647)'],
    ],
  ],
  [
    'bigint',
    [
      ['9007199254740993', SAME],
      ['"9223372036854775807"', SAME],
      ['-9223372036854775808', SAME],
      [
        '9223372036854775808',
        'v: 9223372036854775808 does not fit a bigint (-9223372036854775808 to 9223372036854775807)',
      ],
    ],
  ],
  ['tinyint', [['-129', 'v: -129 does not fit a tinyint (-128 to 127)']]],
  ['smallint', [['32768', 'v: 32768 does not fit a smallint (-32768 to 32767)']]],
  [
    'double',
    [
      ['1.5E+3', SAME],
      ['-0', '-0.0'],
      ['1e999', 'v: 1e999 does not fit a double'],
      ['NaN', 'not JSON: unexpected "N" at byte 6'],
      ['-Infinity', 'not JSON: unexpected "I" at byte 7'],
      ['"1.5"', 'v: expected a double, found the string "1.5"'],
      ['1.', 'not JSON: unexpected "}" at byte 8'],
      ['.5', 'not JSON: unexpected "." at byte 6'],
    ],
  ],
  [
    'float',
    [
      ['3.4028235e38', SAME],
      ['3.4028236e38', 'v: 3.4028236e38 does not fit a float'],
    ],
  ],
  [
    'decimal(20,4)',
    [
      ['12345678901.1234', SAME],
      ['123456789012.1234', '"123456789012.1234"'],
      ['"1234567890123456.1234"', SAME],
      ['1234567890123456', '"1234567890123456"'],
      ['1.50000', SAME],
      ['1.00005', 'v: 1.00005 does not fit a decimal(20,4)'],
      ['12345678901234567', 'v: 12345678901234567 does not fit a decimal(20,4)'],
      ['1e2', 'v: expected a decimal(20,4), found 1e2'],
      ['"1e2"', 'v: expected a decimal(20,4), found the string "1e2"'],
      ['".5"', 'v: expected a decimal(20,4), found the string ".5"'],
      ['true', 'v: expected a decimal(20,4), found true'],
    ],
  ],
  [
    'decimal(2,2)',
    [
      ['0.25', SAME],
      ['-0.5', SAME],
      ['0', SAME],
      ['1', 'v: 1 does not fit a decimal(2,2)'],
      ['0.125', 'v: 0.125 does not fit a decimal(2,2)'],
    ],
  ],
  [
    'decimal(18,15)',
    [
      ['0.5', SAME],
      ['0.123456789012345', SAME],
      ['1.5', '"1.5"'],
      ['123', SAME],
      ['-123.0', '"-123.0"'],
      ['1234', 'v: 1234 does not fit a decimal(18,15)'],
    ],
  ],
  [
    'string',
    [
      ['"\\ud83d\\ude00 \\/\\u0000"', SAME],
      ['5', 'v: expected a string, found 5'],
      ['{"a":1}', 'v: expected a string, found an object'],
      [`"${'x'.repeat(60)}`, 'not JSON: the line ends too early'],
      ['"a\tb"', 'not JSON: control character 0x09 at byte 8'],
      ['"\\x"', 'not JSON: invalid escape or lone surrogate at byte 7'],
      ['"\\ud83d"', 'not JSON: invalid escape or lone surrogate at byte 7'],
      ['"\\ude00\\ud83d"', 'not JSON: invalid escape or lone surrogate at byte 7'],
    ],
  ],
  [
    'date',
    [
      ['"2024-02-29"', SAME],
      ['"2024\\u002d02-29"', '"2024-02-29"'],
      ['"2023-02-29"', 'v: the string "2023-02-29" is not a day of the years 0001 to 9999'],
      ['"2000-02-29"', SAME],
      ['"1900-02-29"', 'v: the string "1900-02-29" is not a day of the years 0001 to 9999'],
      ['"2100-02-29"', 'v: the string "2100-02-29" is not a day of the years 0001 to 9999'],
      ['"0000-01-01"', 'v: the string "0000-01-01" is not a day of the years 0001 to 9999'],
      [
        '"0000-00-00"',
        'v: the string "0000-00-00" is not a day of the years 0001 to 9999; it is no date in MySQL: ' +
          'add 0000-00-00 to the nulls of input.csv or input.lines, or let the source send null',
      ],
      ['"2024-2-9"', 'v: expected a date (yyyy-MM-dd), found the string "2024-2-9"'],
      ['20240229', 'v: expected a date (yyyy-MM-dd), found 20240229'],
    ],
  ],
  [
    'timestamp',
    [
      ['"2026-06-15T12:00:00Z"', SAME],
      ['"2026-06-15 12:00:00.5"', SAME],
      ['"2026-06-15T12:00:00.123999Z"', '"2026-06-15T12:00:00.123Z"'],
      ['"1969-12-31T23:59:59.9999"', '"1969-12-31T23:59:59.999"'],
      ['"9999-12-31T23:59:59.999999999Z"', '"9999-12-31T23:59:59.999Z"'],
      ['"2026-06-15T12:00:00+00:00"', '"2026-06-15T12:00:00"'],
      ['"2026-06-15T00:30:00.25+02:00"', '"2026-06-14T22:30:00.250"'],
      ['"2026-12-31T23:30:00-0145"', '"2027-01-01T01:15:00.000"'],
      ['"2026-06-15 12:00:00+00"', '"2026-06-15 12:00:00"'],
      ['"2026-06-15 12:00:00.1234567-07"', '"2026-06-15T19:00:00.123"'],
      [
        '"2026-06-15 12:00:00+1"',
        'v: expected a timestamp (yyyy-MM-ddTHH:mm:ss, or milliseconds since 1970), found the string "2026-06-15 12:00:00+1"',
      ],
      ['"2026-06-15 12:00:00+24"', 'v: the string "2026-06-15 12:00:00+24" is not a time of the years 0001 to 9999'],
      [
        '"0000-00-00 00:00:00"',
        'v: the string "0000-00-00 00:00:00" is not a time of the years 0001 to 9999; it is no date in MySQL: ' +
          'add 0000-00-00 00:00:00 to the nulls of input.csv or input.lines, or let the source send null',
      ],
      [
        '"0000-00-00 x"',
        'v: expected a timestamp (yyyy-MM-ddTHH:mm:ss, or milliseconds since 1970), found the string "0000-00-00 x"; ' +
          'it is no date in MySQL: add 0000-00-00 x to the nulls of input.csv or input.lines, or let the source send null',
      ],
      ['1781500000123', '"2026-06-15T05:06:40.123"'],
      ['-1', '"1969-12-31T23:59:59.999"'],
      ['-62135596800000', '"0001-01-01T00:00:00.000"'],
      ['253402300800000', 'v: 253402300800000 is not a time of the years 0001 to 9999'],
      [
        '"0001-01-01T00:00:00+01:00"',
        'v: the string "0001-01-01T00:00:00+01:00" is not a time of the years 0001 to 9999',
      ],
      ['"2026-06-30T23:59:60Z"', 'v: the string "2026-06-30T23:59:60Z" is not a time of the years 0001 to 9999'],
      ['"2026-06-15T24:00:00Z"', 'v: the string "2026-06-15T24:00:00Z" is not a time of the years 0001 to 9999'],
      [
        '"2026-06-15T12:00Z"',
        'v: expected a timestamp (yyyy-MM-ddTHH:mm:ss, or milliseconds since 1970), found the string "2026-06-15T12:00Z"',
      ],
      ['1.5', 'v: expected a timestamp (yyyy-MM-ddTHH:mm:ss, or milliseconds since 1970), found 1.5'],
    ],
  ],
  [
    'binary',
    [
      ['"QUI="', SAME],
      ['"\\/+8="', '"/+8="'],
      ['"QUI"', 'v: expected a base64 string, found the string "QUI"'],
      ['"QR=="', 'v: expected a base64 string, found the string "QR=="'],
    ],
  ],
  [
    'array<int>',
    [
      ['[]', SAME],
      ['[ 1 , null ]', SAME],
      ['[1,nul]', 'not JSON: unexpected "n" at byte 9'],
      ['[1 2]', 'not JSON: unexpected "2" at byte 9'],
      ['[\t1\r,\t2 ]', SAME],
      ['[1,"x"]', 'v[1]: expected an int, found the string "x"'],
      ['[1,]', 'not JSON: unexpected "]" at byte 9'],
      ['{}', 'v: expected an array, found an object'],
    ],
  ],
  [
    'map<string,array<int>>',
    [
      ['{"a":[1],"b":null,"":[]}', SAME],
      ['{ "a" : [ 1 ] , "b" :null, "c":\t[] }', SAME],
      ['{}', SAME],
      ['{ }', SAME],
      ['{"a":[1],}', 'not JSON: unexpected "}" at byte 15'],
      ['{"a":[1] "b":[]}', 'not JSON: unexpected "\\"" at byte 15'],
      ['{"a" [1]}', 'not JSON: unexpected "[" at byte 11'],
      ['{"a":nul}', 'not JSON: unexpected "n" at byte 11'],
      ['{a:[1]}', 'not JSON: unexpected "a" at byte 7'],
      ['[]', 'v: expected an object, found an array'],
      ['{"a":[1],"b":[1],"a":[]}', 'v: the key "a" occurs twice'],
      ['{"a":[1],"\\u0061":[]}', 'v: the key "a" occurs twice'],
      ['{"a":[true]}', 'v["a"][0]: expected an int, found true'],
    ],
  ],
  [
    'map<int,string>',
    [
      ['{"1":"a","-2":null}', SAME],
      ['{"\\u0031":"a"}', '{"1":"a"}'],
      ['{"x":"a"}', 'v[key]: expected an int, found the string "x"'],
      ['{"0":"a","-0":"b"}', 'v: the key "0" occurs twice'],
      ['{"3000000000":"a"}', 'v[key]: the string "3000000000" does not fit an int (-2147483648 to 2147483647)'],
    ],
  ],
  [
    'struct<a:int,b:struct<c:array<struct<d:double>>>>',
    [
      ['{"b":{"c":[{"d":1},{"d":2,"other":[{}]}]}}', SAME],
      ['{"b":{"c":[{"d":1},{"d":"x"}]}}', 'v.b.c[1].d: expected a double, found the string "x"'],
      ['{"a":1,"a":1}', 'v.a: the key occurs twice'],
    ],
  ],
])('%s', (type, cases) => {
  test.each(cases)('%s: %s', (value, result) => {
    expect(verdict(type, value)).toBe(result === SAME ? value : result);
  });
});

describe('a line', () => {
  const columns = columnsOf({ id: 'string!', n: 'int' });
  const one = (line: string) => checkNdjson(columns, [Buffer.from(line)]);

  test.each([
    ['a missing value', '{"n":1}', 'id: missing, and the column must have a value'],
    ['a null', '{"id":null}', 'id: null in a column that must have a value'],
    ['a key twice', '{"id":"a","id":"a"}', 'id: the key occurs twice'],
    ['a key twice, once escaped', '{"id":"a","\\u0069d":"a"}', 'id: the key occurs twice'],
    [
      'an array of values',
      '[1,2]',
      "expected an object, found an array; write one object a line, for example with jq -c '.[]'",
    ],
    ['a string', '"id"', 'expected an object, found the string "id"'],
    ['an object without the value after a good one', '{"id":"a"} {}', 'id: missing, and the column must have a value'],
    ['text after the object', '{"id":"a"} x', 'not JSON: unexpected "x" at byte 12'],
    ['a trailing comma', '{"id":"a",}', 'not JSON: unexpected "}" at byte 11'],
    ['single quotes', "{'id':'a'}", 'not JSON: unexpected "\'" at byte 2'],
    ['a comment', '{"id":"a"} // x', 'not JSON: unexpected "/" at byte 12'],
    ['an unfinished object', '{"id":"a"', 'not JSON: the line ends too early'],
    [
      'a byte order mark that is not at the start',
      '{"id":"a"}\n\ufeff{"id":"b"}',
      'not JSON: unexpected "\\ufeff" at byte 1',
    ],
    ['an undeclared value that is not JSON', '{"id":"a","x":[01]}', 'not JSON: unexpected "1" at byte 17'],
  ])('is rejected for %s', (_, line, reason) => {
    expect(one(line).rejected.map((rejected) => rejected.reason)).toEqual([reason]);
  });

  test('may have its keys in any order, white space, CRLF, and be the last without a newline', () => {
    const text = '{"n":1,"id":"a"}\r\n \t{ "id" : "b" , "n" : null } \r\n{"id":"c"}';
    expect(one(text)).toEqual({ output: Buffer.from(`${text}\n`.replace(' \t', '')), rejected: [] });
  });

  test('is numbered as an editor does, blank lines counted in the numbers only', () => {
    const { output, rejected } = one('\ufeff{"id":"a"}\n\n \t\r\nx\r\n{"id":"b"}\ny');
    expect(output.toString()).toBe('{"id":"a"}\n{"id":"b"}\n');
    expect(rejected.map(({ line, raw }) => [line, raw])).toEqual([
      [4, 'x'],
      [6, 'y'],
    ]);
  });

  test('that is not UTF-8 is rejected alone', () => {
    const bytes = Buffer.concat([
      Buffer.from('{"id":"é"}\n{"id":"'),
      Buffer.from([0xc3, 0x28]),
      Buffer.from('"}\n{"id":"b"}\n'),
    ]);
    const { output, rejected } = checkNdjson(columns, [bytes]);
    expect(output.toString()).toBe('{"id":"é"}\n{"id":"b"}\n');
    expect(rejected).toMatchObject([{ line: 2, reason: 'not UTF-8' }]);
  });

  test('leaves nothing behind of what it rewrote before it was rejected', () => {
    const types = columnsOf({ at: 'timestamp', n: 'int' });
    const { output } = checkNdjson(types, [Buffer.from('{"at":0,"n":true}\n{"at":1,"n":2}\n')]);
    expect(output.toString()).toBe('{"at":"1970-01-01T00:00:00.001","n":2}\n');
  });
});
