import type { Column, ColumnType } from '../../lib/dataset/model';
import { RowChecker } from '../../lib/rows/row';
import { columnsOf } from './helpers';

/** What is said of `{"c0": value}` by the lenient mode, which compaction uses, and by the strict one of the ingest gateway. */
function judged(type: string, value: string, name = 'c0') {
  const columns = columnsOf({ c0: type });
  const line = Buffer.from(`{"${name}":${value}}\n`);
  const say = (checker: RowChecker) => (checker.check(line, 0) >= 0 ? 'taken' : checker.reason);
  return { lenient: say(new RowChecker(columns)), strict: say(new RowChecker(columns, { strict: true })) };
}

test.each([
  ['int', '1'],
  ['bigint', '9007199254740991'],
  ['bigint', '"9007199254740993"'],
  ['bigint', '-0'],
  ['float', '3.4028234663852886e38'],
  ['decimal(18,2)', '1234567890123.25'],
  ['decimal(18,2)', '"1234567890123456.25"'],
  ['timestamp', '"2026-06-15T12:00:00Z"'],
  ['timestamp', '"2026-06-15T12:00:00.123456789-14:00"'],
  ['timestamp', '"\\u0032026-06-15T12:00:00+02:00"'],
  ['timestamp', '0'],
  ['map<int,int>', '{"1":1,"-5":null}'],
  ['struct<a:int>', '{"a":null}'],
])('%s: strict takes %s', (type, value) => {
  expect(judged(type, value).strict).toBe('taken');
});

test.each([
  ['int', '"1"', 'c0: expected an int, found the string "1"'],
  ['smallint', '"1"', 'c0: expected a smallint, found the string "1"'],
  ['tinyint', '"1"', 'c0: expected a tinyint, found the string "1"'],
  [
    'bigint',
    '9007199254740992',
    'c0: 9007199254740992 is beyond 2^53, which JSON numbers do not hold: send it as a string of digits',
  ],
  ['bigint', '"-0"', 'c0: expected a bigint, found the string "-0"'],
  ['float', '3.40282350e38', 'c0: 3.40282350e38 does not fit a float'],
  ['decimal(5,2)', '"1.500"', 'c0: the string "1.500" does not fit a decimal(5,2)'],
  ['decimal(18,2)', '9007199254740991', 'c0: 9007199254740991 has more than 15 digits: send it as a string'],
  ...[
    '2026-06-15 12:00:00Z',
    '2026-06-15T12:00:00',
    '2026-06-15T12:00:00.123',
    '2026-06-15T12:00:00+0200',
    '2026-06-15T12:00:00-14:01',
    '9999-12-31T00:00:00-01:00',
    '0001-01-01T12:00:00+01:00',
  ].map((time) => [
    'timestamp',
    `"${time}"`,
    `c0: expected a timestamp with Z or an offset, yyyy-MM-ddTHH:mm:ssZ, or milliseconds since 1970, found the string "${time}"`,
  ]),
  ['map<int,int>', '{"-0":1}', 'c0[key]: expected an int, found the string "-0"'],
  ['array<struct<a:int>>', '[{"a":1},{"a":1,"b":2}]', 'c0[1]: the member "b" is not declared'],
] as [string, string, string][])('%s: strict refuses %s, which compaction takes', (type, value, reason) => {
  expect(judged(type, value)).toEqual({ lenient: 'taken', strict: reason });
});

test.each<[type: 'timestamp' | 'date', format: object, value: string, strict: string]>([
  ['date', { pattern: '%d/%m/%Y', offset: 0 }, '"2026-06-15"', 'taken'],
  [
    'date',
    { pattern: '%d/%m/%Y', offset: 0 },
    '"15/06/2026"',
    'c0: expected a date (yyyy-MM-dd), found the string "15/06/2026"',
  ],
  [
    'date',
    { pattern: '%Y-%m/%d', offset: 0 },
    '"2026-06/15"',
    'c0: expected a date (yyyy-MM-dd), found the string "2026-06/15"',
  ],
  [
    'date',
    { pattern: '%Y/%m-%d', offset: 0 },
    '"2026/06-15"',
    'c0: expected a date (yyyy-MM-dd), found the string "2026/06-15"',
  ],
  [
    'date',
    { pattern: '%Y-%m-%d x', offset: 0 },
    '"2026-06-15 x"',
    'c0: expected a date (yyyy-MM-dd), found the string "2026-06-15 x"',
  ],
  ['date', { epoch: 's' }, '1781517600', 'c0: expected a date (yyyy-MM-dd), found 1781517600'],
  ['timestamp', { epoch: 's' }, '"2026-06-15T10:00:00Z"', 'taken'],
  [
    'timestamp',
    { pattern: '%d/%m/%YT%H:%M:%SZ', offset: 0 },
    '"15/06/2026T10:00:00Z"',
    'c0: expected a timestamp with Z or an offset, yyyy-MM-ddTHH:mm:ssZ, found the string "15/06/2026T10:00:00Z"',
  ],
  [
    'timestamp',
    { epoch: 's' },
    '1781517600',
    'c0: expected a timestamp with Z or an offset, yyyy-MM-ddTHH:mm:ssZ, found 1781517600',
  ],
  [
    'timestamp',
    { epoch: 's' },
    '"1781517600"',
    'c0: expected a timestamp with Z or an offset, yyyy-MM-ddTHH:mm:ssZ, found the string "1781517600"',
  ],
  [
    'timestamp',
    { pattern: '%d/%m/%Y %H:%M:%SZ', offset: 0 },
    '"15/06/2026 10:00:00Z"',
    'c0: expected a timestamp with Z or an offset, yyyy-MM-ddTHH:mm:ssZ, found the string "15/06/2026 10:00:00Z"',
  ],
])('a %s of the form %j: %s', (kind, format, value, strict) => {
  const columns: readonly Column[] = [
    { name: 'c0', type: { kind, format } as ColumnType, notNull: false, comment: undefined },
  ];
  const line = Buffer.from(`{"c0":${value}}\n`);
  const lenient = new RowChecker(columns);
  expect(lenient.check(line, 0)).toBe(line.length - 1);
  const checker = new RowChecker(columns, { strict: true });
  expect(checker.check(line, 0) >= 0 ? 'taken' : checker.reason).toBe(strict);
});

test('a name that looks like a declared one is said to be that; another one is named', () => {
  expect(judged('string', '"x"', 'C0').strict).toContain('differs from it only in case');
  expect(judged('string', '"x"', 'other').strict).toBe('the member "other" is not declared');
});
