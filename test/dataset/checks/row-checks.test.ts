import { ConfigError, type DatasetDefinition } from '../../../lib/dataset';
import { testDataset } from '../../compaction/support/test-dataset';

const COLUMNS: DatasetDefinition['columns'] = [
  { name: 'id', type: 'string', notNull: true },
  { name: 'at', type: 'timestamp', notNull: true },
  { name: 'born', type: 'date' },
  { name: 'tiny', type: 'tinyint' },
  { name: 'big', type: 'bigint' },
  { name: 'price', type: 'decimal(38,2)' },
  { name: 'ratio', type: 'double' },
  { name: 'share', type: 'float' },
  { name: 'paid', type: 'boolean' },
  { name: 'body', type: 'binary' },
  { name: 'tags', type: 'array<string>' },
  { name: '_old', type: 'string' },
  { name: 'a'.repeat(40), type: 'string' },
  { name: 'b'.repeat(40), type: 'string' },
  { name: 'visitor', type: 'struct<country:string,session:struct<age:int>>' },
];

const parsed = (checks: unknown) =>
  testDataset({
    columns: COLUMNS,
    input: { formats: ['ndjson'] },
    checks: checks as NonNullable<DatasetDefinition['checks']>,
  }).checks;

function problem(check: unknown): string {
  try {
    parsed(Array.isArray(check) ? check : [check]);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message.replaceAll(/\s+/g, ' ');
  }
  return 'none';
}

test('a check has a name of its column and what it asks, warns unless told otherwise, and says what it expects', () => {
  expect(
    parsed([
      { column: 'id', notIn: ['unknown', "O'Neill"] },
      { column: 'price', min: 0, max: '99999999999999999999.99', onFail: 'quarantine' },
      { name: 'adult', column: 'visitor.session.age', min: 18, onFail: 'fail' },
      { column: 'id', matches: '[A-Z]+|é+' },
      { column: 'at', min: '2026-01-01', max: '2026-12-31T23:59:59.999Z' },
      { column: 'ratio', max: 0.1 },
      { column: 'paid', in: [true] },
      { name: 'cheap', sql: ' price <\n ratio' },
    ])?.map(({ name, onFail, expects, sql }) => [name, onFail, expects, sql]),
  ).toEqual([
    ['id_not_in', 'warn', 'id not in "unknown", "O\'Neill"', `"id" NOT IN ('unknown', 'O''Neill')`],
    [
      'price_range',
      'quarantine',
      'price from 0 to 99999999999999999999.99',
      `"price" >= CAST('0' AS DECIMAL(38,2)) AND "price" <= CAST('99999999999999999999.99' AS DECIMAL(38,2))`,
    ],
    [
      'adult',
      'fail',
      'visitor.session.age from 18 on',
      `struct_extract(struct_extract("visitor", 'session'), 'age') >= CAST('18' AS INTEGER)`,
    ],
    ['id_matches', 'warn', 'id to match [A-Z]+|é+', `regexp_full_match("id", '[A-Z]+|(?:é)+')`],
    [
      'at_range',
      'warn',
      'at from 2026-01-01 to 2026-12-31T23:59:59.999Z',
      `"at" >= TIMESTAMP '2026-01-01 00:00:00.000' AND "at" <= TIMESTAMP '2026-12-31 23:59:59.999'`,
    ],
    ['ratio_range', 'warn', 'ratio up to 0.1', `NOT isnan("ratio") AND "ratio" <= CAST('0.1' AS DOUBLE)`],
    ['paid_in', 'warn', 'paid in true', '"paid" IN (true)'],
    ['cheap', 'warn', 'price < ratio', '(\nprice <\n ratio\n)'],
  ]);
  expect(testDataset()).not.toHaveProperty('checks');
  expect(parsed([])).toBeUndefined();
});

test.each([
  [{ column: 'id' }, 'checks[0]: asks nothing'],
  [{ column: 'id', in: ['a'], matches: 'a' }, 'checks[0]: asks for in and matches at once'],
  [{ column: 'ip', in: ['a'] }, "checks[0].column: there is no column 'ip' fix: write 'id'"],
  [{ column: 'visitor.contry', in: ['a'] }, "'visitor' has no field 'contry' fix: write 'visitor.country'"],
  [{ column: 'tags.x', in: ['a'] }, "'tags' has type 'array<string>', which has no field 'x'"],
  [{ column: 'id.x', in: ['a'] }, "'id' has type 'string', which has no field 'x' fix: write 'id'"],
  [{ column: 'tags', in: ['a'] }, "'tags' has type 'array<string>', whose values cannot be listed"],
  [{ column: 'body', in: ['a'] }, "'body' has type 'binary', whose values cannot be listed"],
  [{ column: 'ratio', in: [1] }, 'fix: write min and max'],
  [{ column: 'id', min: 'a' }, "checks[0].column: 'id' has type 'string', which has no range fix: write matches or in"],
  [{ column: 'paid', min: true }, 'which has no range'],
  [{ column: 'tiny', matches: '1' }, "'tiny' has type 'tinyint', which is no text"],
  [
    { column: 'tiny', min: 128 },
    'checks[0].min: 128 is out of the range of tinyint fix: write a number from -128 to 127',
  ],
  [{ column: 'tiny', min: 1.5 }, 'checks[0].min: 1.5 is no tinyint'],
  [{ column: 'tiny', in: [1, '1'] }, 'checks[0].in[1]: 1 occurs twice'],
  [{ column: 'price', in: [1, '1.00'] }, 'checks[0].in[1]: 1.00 occurs twice'],
  [{ column: 'big', max: 2 ** 53 }, '9007199254740992 has more digits than a number of JavaScript keeps'],
  [{ column: 'big', max: '9223372036854775808' }, 'is out of the range of bigint'],
  [{ column: 'price', min: 0.001 }, '0.001 has more than the 2 digits behind the point of decimal(38,2)'],
  [{ column: 'price', min: '1e3' }, "'1e3' is no decimal(38,2)"],
  [{ column: 'price', max: `${'9'.repeat(37)}` }, 'is out of the range of decimal(38,2)'],
  [{ column: 'ratio', min: Number.NaN }, 'NaN is no double'],
  [{ column: 'ratio', min: '1' }, "'1' is no double"],
  [{ column: 'share', min: 1e39 }, '1e+39 is out of the range of float'],
  [{ column: 'big', min: 5, max: 4 }, 'checks[0].max: 4 is less than min, 5'],
  [{ column: 'born', min: '2026-02-30' }, "'2026-02-30' is not in the calendar"],
  [{ column: 'born', min: '2026-02-01T00:00:00Z' }, 'is no date'],
  [{ column: 'at', min: '2026-02-01T24:00:00Z' }, 'is not in the calendar'],
  [{ column: 'at', min: '2026-02-01 10:00' }, 'is no timestamp'],
  [{ column: 'at', min: 1_780_000_000 }, '1780000000 is no timestamp'],
  [{ column: 'id', in: [] }, 'checks[0].in: has 0 values'],
  [{ column: 'id', in: Array.from({ length: 1001 }, (_, i) => `${i}`) }, 'has 1,001 values'],
  [{ column: 'id', in: ['\ud800'] }, 'holds half of a surrogate pair'],
  [{ column: 'id', in: ['a\0'] }, 'holds a character 0'],
  [{ column: 'id', in: [1] }, '1 is no string'],
  [{ column: 'id', matches: '(a+)+' }, 'a group without a name'],
  [{ column: 'id', matches: '(?=a)b' }, 'takes more than linear time'],
  [{ column: 'id', matches: '(?:a|b)\\1' }, 'which refers back'],
  [{ column: 'id', matches: '(?:a{100}){100}' }, 'repeats up to 10000 characters'],
  [
    { column: 'id', in: ['a'], onFail: 'drop' },
    "checks[0].onFail: 'drop' is not known fix: write one of 'warn', 'quarantine', 'fail'",
  ],
  [{ column: 'id', in: ['a'], severity: 'fail' }, 'checks[0].severity: unknown property'],
  [{ name: 'Bad name', column: 'id', in: ['a'] }, "checks[0].name: 'Bad name' is not the name of a check"],
  [
    [
      { column: 'tiny', min: 1 },
      { column: 'tiny', max: 5 },
    ],
    "checks[1]: another check is called 'tiny_range' fix: give each its own name",
  ],
  [{ unique: [] }, 'checks[0].unique: names no column'],
  [{ unique: ['tags'] }, "column 'tags' has type 'array<string>'"],
  [{ unique: ['idd'] }, "there is no column 'idd' fix: write 'id'"],
  [{ unique: ['id', 'id'] }, "column 'id' occurs twice"],
  [{ unique: ['id'], column: 'id' }, 'checks[0].column: is not for unique'],
  [{ unique: ['id'], onFail: 'quarantine' }, "checks[0].onFail: 'quarantine' is not for unique"],
  [{ unique: 'id' }, 'checks[0].unique: must be an array'],
  [{ sql: 'tiny > 1' }, 'checks[0].name: is missing'],
  [{ name: 'a', column: 'id', sql: 'tiny > 1' }, 'checks[0].column: is not for sql'],
  [{ name: 'a', sql: ' ' }, 'checks[0].sql: is empty'],
  [{ name: 'a', sql: 'tiny > 1; DROP TABLE x' }, 'is more than one statement'],
  [{ name: 'a', sql: 'tiny in (select 1)' }, 'holds a query'],
  [{ name: 'a', sql: 'tiny > 1 -- or' }, 'holds a comment'],
  [{ name: 'a', sql: 'tiny > 1 /* or */' }, 'holds a comment'],
  [{ name: 'a', sql: "id = 'x" }, "' is never closed"],
  [{ name: 'a', sql: '(tiny > 1' }, "')' is missing"],
  [{ name: 'a', sql: 'tiny > 1) OR (1 = 1' }, "')' closes nothing"],
  [{ name: 'a', sql: 'tiny > [1)' }, "')' closes nothing"],
  [{ name: 'a', sql: 'x'.repeat(4001) }, 'has 4,001 characters'],
  [{ column: 3, in: ['a'] }, 'checks[0].column: must be a string, but got 3'],
  ['id is not null', 'checks[0]: must be an object'],
  [Array.from({ length: 101 }, (_, i) => ({ name: `c${i}`, column: 'tiny', min: 1 })), 'has 101 checks'],
])('%j is refused, with what to write', (check, message) => {
  expect(problem(check)).toContain(message);
  expect(problem(check)).toContain('fix: ');
});

test('rows that replace each other have no check for unique values', () => {
  const columns = [...COLUMNS, { name: 'seq', type: 'bigint', notNull: true }];
  const dedupe = { key: ['id'], keep: 'latest', by: 'seq' } as const;
  const declare = () =>
    testDataset({ columns, dedupe, input: { formats: ['ndjson'] }, checks: [{ unique: ['tiny'] }] });
  expect(declare).toThrow(
    'checks[0].unique: is not for a dataset whose rows replace each other\n    fix: remove it; dedupe.key is unique anyway',
  );
});

test('a bound itself is taken: a hundred checks, a thousand values, a range of one value, zeros behind the scale', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => ({ name: `c${index}`, column: 'tiny', min: 0 }));
  expect(problem(hundred)).toBe('none');
  expect(problem([...hundred, { column: 'tiny', max: 1 }])).toContain('has 101 checks');
  expect(problem({ column: 'id', in: Array.from({ length: 1_000 }, (_, index) => `${index}`) })).toBe('none');
  expect(problem({ column: 'tiny', min: 5, max: 5 })).toBe('none');
  expect(problem({ column: 'price', min: '1.2500' })).toBe('none');
});

/** The one mistake: its place, what is wrong and what to write. */
const only = (check: unknown): string | undefined =>
  /^1 mistake in the dataset configuration: \S+: dataset '\w+', checks(.*)$/.exec(problem(check))?.[1];

const EXAMPLE = "{ column: 'amount', min: 0, onFail: 'quarantine' }";
const NAME = 'use lowercase letters, digits and underscores, beginning with a letter, at most 64';

test.each<readonly [unknown, string]>([
  [{ column: 'id' }, '[0]: asks nothing fix: write one of in, notIn, min, max, matches, sql, unique'],
  [{ column: 'id', in: ['a'], matches: 'a' }, '[0]: asks for in and matches at once fix: write a check for each'],
  [{ column: 'tiny', min: 1, in: [1] }, '[0]: asks for in and min at once fix: write a check for each'],
  [['x'], `[0]: must be an object, but got 'x' fix: write for example ${EXAMPLE}`],
  [
    { column: 'tags.x', in: ['a'] },
    "[0].column: 'tags' has type 'array<string>', which has no field 'x' fix: name a column or a field of structs",
  ],
  [{ column: 'id.x', in: ['a'] }, "[0].column: 'id' has type 'string', which has no field 'x' fix: write 'id'"],
  [
    { column: 'visitor.session.age.x', min: 1 },
    "[0].column: 'visitor.session.age' has type 'int', which has no field 'x' fix: write 'visitor.session.age'",
  ],
  [{ column: 'visitor.session.xyz', min: 1 }, "[0].column: 'visitor.session' has no field 'xyz' fix: write one of age"],
  [{ column: 'visitor.x', min: 1 }, "[0].column: 'visitor' has no field 'x' fix: write one of country, session"],
  [{ column: 'visitor.contry', in: ['a'] }, "[0].column: 'visitor' has no field 'contry' fix: write 'visitor.country'"],
  [{ in: ['a'] }, '[0].column: is missing fix: write the name of a column'],
  [{ column: 'id', min: 'a' }, "[0].column: 'id' has type 'string', which has no range fix: write matches or in"],
  [
    { column: 'paid', max: true },
    "[0].column: 'paid' has type 'boolean', which has no range fix: name a number, a date or a timestamp",
  ],
  [{ column: 'big', min: 5, max: 4 }, '[0].max: 4 is less than min, 5 fix: write min first, then max'],
  [
    { column: 'ratio', in: [1] },
    "[0].column: 'ratio' has type 'double', whose values cannot be listed fix: write min and max, because its values are rounded",
  ],
  [
    { column: 'share', notIn: [1] },
    "[0].column: 'share' has type 'float', whose values cannot be listed fix: write min and max, because its values are rounded",
  ],
  [
    { column: 'body', in: ['a'] },
    "[0].column: 'body' has type 'binary', whose values cannot be listed fix: name a column or field of a scalar type",
  ],
  [{ column: 'id', in: 'a' }, "[0].in: must be an array, but got 'a' fix: write for example ['unknown']"],
  [{ column: 'id', notIn: [] }, '[0].notIn: has 0 values fix: write 1 to 1,000'],
  [{ column: 'id', in: ['a', 'b', 'a'] }, '[0].in[2]: "a" occurs twice fix: remove one of them'],
  [{ column: 'paid', in: [1] }, '[0].in[0]: 1 is no boolean fix: write true or false'],
  [{ column: 'id', in: [1] }, '[0].in[0]: 1 is no string fix: write a text'],
  [{ column: 'id', in: ['a\0'] }, "[0].in[0]: 'a\0' holds a character 0 fix: write a text that rows can have"],
  [{ column: 'tiny', min: true }, '[0].min: true is no tinyint fix: write a whole number, or its digits as a text'],
  [{ column: 'tiny', max: 128 }, '[0].max: 128 is out of the range of tinyint fix: write a number from -128 to 127'],
  [{ column: 'tiny', max: -129 }, '[0].max: -129 is out of the range of tinyint fix: write a number from -128 to 127'],
  [
    { column: 'big', min: 2 ** 53 },
    '[0].min: 9007199254740992 has more digits than a number of JavaScript keeps fix: write its digits as a text',
  ],
  [{ column: 'price', min: '1.' }, "[0].min: '1.' is no decimal(38,2) fix: write a number, or its digits as a text"],
  [
    { column: 'price', min: '0.001' },
    '[0].min: 0.001 has more than the 2 digits behind the point of decimal(38,2) fix: round it',
  ],
  [
    { column: 'price', max: `1${'0'.repeat(36)}` },
    `[0].max: 1${'0'.repeat(36)} is out of the range of decimal(38,2) fix: write at most 36 digits before the point`,
  ],
  [{ column: 'ratio', min: '1' }, "[0].min: '1' is no double fix: write a number"],
  [
    { column: 'share', max: -1e39 },
    '[0].max: -1e+39 is out of the range of float fix: write a number up to 3.4028234663852886e+38',
  ],
  [{ column: 'born', min: 5 }, "[0].min: 5 is no date fix: write for example '2026-06-15'"],
  [
    { column: 'born', min: '2026-02-30' },
    "[0].min: '2026-02-30' is not in the calendar fix: write for example '2026-06-15'",
  ],
  [
    { column: 'born', min: '0000-02-28' },
    "[0].min: '0000-02-28' is not in the calendar fix: write for example '2026-06-15'",
  ],
  [
    { column: 'at', min: '2026-02-01T10:00:00' },
    "[0].min: '2026-02-01T10:00:00' is no timestamp fix: write for example '2026-06-15' or '2026-06-15T10:00:00Z', which is UTC",
  ],
  [
    { column: 'tiny', matches: '1' },
    "[0].column: 'tiny' has type 'tinyint', which is no text fix: name a string column",
  ],
  [
    { column: 'id', matches: 1 },
    "[0].matches: must be a string, but got 1 fix: write a regular expression for the whole text, such as '[A-Z]{3}'",
  ],
  [
    { column: 'id', matches: 'a{1000}b' },
    '[0].matches: repeats up to 1001 characters fix: write counts that make up at most 1000',
  ],
  [
    { unique: ['a'.repeat(40), 'b'.repeat(40)] },
    `[0]: '${'a'.repeat(40)}_${'b'.repeat(40)}_unique' is longer than the name of a check may be fix: add name, at most 64 characters`,
  ],
  [
    { column: 'price', max: `-1${'0'.repeat(36)}` },
    `[0].max: -1${'0'.repeat(36)} is out of the range of decimal(38,2) fix: write at most 36 digits before the point`,
  ],
  [
    { column: 'price', min: 12345678901234.25 },
    '[0].min: 12345678901234.25 has more digits than a number of JavaScript keeps fix: write its digits as a text',
  ],
  [{ column: 'price', min: 1e21 }, '[0].min: 1e+21 is no decimal(38,2) fix: write a number, or its digits as a text'],
  [{ column: 'tiny', min: 'a1' }, "[0].min: 'a1' is no tinyint fix: write a whole number, or its digits as a text"],
  [{ column: 'tiny', min: '1a' }, "[0].min: '1a' is no tinyint fix: write a whole number, or its digits as a text"],
  [
    { column: 'at', min: '2026-02-01T10:00:00.1234Z' },
    "[0].min: '2026-02-01T10:00:00.1234Z' is no timestamp fix: write for example '2026-06-15' or '2026-06-15T10:00:00Z', which is UTC",
  ],
  [
    { column: 'at', min: '2026-02-01T10:60:00Z' },
    "[0].min: '2026-02-01T10:60:00Z' is not in the calendar fix: write for example '2026-06-15' or '2026-06-15T10:00:00Z', which is UTC",
  ],
  [{ column: 'share', min: Number.POSITIVE_INFINITY }, '[0].min: Infinity is no float fix: write a number'],
  [
    { column: 'id', in: ['\ud800'] },
    "[0].in[0]: '\ud800' holds half of a surrogate pair fix: write a text that rows can have",
  ],
  [{ unique: [] }, "[0].unique: names no column fix: write for example ['order_id']"],
  [{ unique: ['id'], column: 'id' }, '[0].column: is not for unique, which names its columns itself fix: remove it'],
  [
    { unique: ['id'], onFail: 'quarantine' },
    "[0].onFail: 'quarantine' is not for unique, because it is not known which of the rows is wrong fix: write 'warn' or 'fail', or keep one of the rows with dedupe",
  ],
  [{ sql: 'tiny > 1' }, "[0].name: is missing fix: write what the check is called, such as 'ships_after_order'"],
  [
    { name: 'a', column: 'id', sql: 'tiny > 1' },
    '[0].column: is not for sql, which names its columns itself fix: remove it',
  ],
  [{ name: 'Bad name', column: 'id', in: ['a'] }, `[0].name: 'Bad name' is not the name of a check fix: ${NAME}`],
  [{ name: '_a', column: 'id', in: ['a'] }, `[0].name: '_a' is not the name of a check fix: ${NAME}`],
  [{ name: '', column: 'id', in: ['a'] }, `[0].name: '' is not the name of a check fix: ${NAME}`],
  [
    { name: 'a'.repeat(65), column: 'id', in: ['a'] },
    `[0].name: '${'a'.repeat(65)}' is not the name of a check fix: ${NAME}`,
  ],
  [{ name: 5, column: 'id', in: ['a'] }, `[0].name: must be a string, but got 5 fix: ${NAME}`],
  [
    [
      { column: 'tiny', min: 1 },
      { column: 'tiny', max: 5 },
    ],
    "[1]: another check is called 'tiny_range' fix: give each its own name: add name",
  ],
])('%j is one mistake, told as a whole', (check, expected) => {
  expect(only(check)).toBe(expected);
});

test('checks that are no list, and too many, are told as a whole', () => {
  const declare = (checks: unknown): string => {
    try {
      parsed(checks);
      return '';
    } catch (error) {
      return String(error).replace(/^.*?\bchecks: /s, '');
    }
  };
  expect(declare({})).toBe(`must be an array, but got an object\n    fix: write for example [${EXAMPLE}]`);
  const many = Array.from({ length: 101 }, (_, index) => ({ name: `c${index}`, column: 'tiny', min: 1 }));
  expect(declare(many)).toBe('has 101 checks\n    fix: write at most 100');
});

const sqlOf = (check: unknown) => {
  const [found] = parsed([check]) ?? [];
  return [found?.name, found?.expects, found?.sql];
};

test.each<readonly [unknown, readonly [string, string, string]]>([
  [
    { column: 'share', min: -1.5, max: 3 },
    [
      'share_range',
      'share from -1.5 to 3',
      `NOT isnan("share") AND "share" >= CAST('-1.5' AS FLOAT) AND "share" <= CAST('3' AS FLOAT)`,
    ],
  ],
  [
    { column: 'price', min: 1234567890123.25 },
    ['price_range', 'price from 1234567890123.25 on', `"price" >= CAST('1234567890123.25' AS DECIMAL(38,2))`],
  ],
  [
    { column: 'share', max: 3.4028234663852886e38 },
    [
      'share_range',
      'share up to 3.4028234663852886e+38',
      `NOT isnan("share") AND "share" <= CAST('3.4028234663852886e+38' AS FLOAT)`,
    ],
  ],
  [{ column: '_old', in: ['a'] }, ['old_in', '_old in "a"', `"_old" IN ('a')`]],
  [{ column: 'tiny', max: 127 }, ['tiny_range', 'tiny up to 127', `"tiny" <= CAST('127' AS TINYINT)`]],
  [{ column: 'tiny', min: -0 }, ['tiny_range', 'tiny from 0 on', `"tiny" >= CAST('0' AS TINYINT)`]],
  [
    { column: 'big', in: ['9223372036854775807', -5, 2 ** 53 - 1] },
    [
      'big_in',
      'big in "9223372036854775807", -5, 9007199254740991',
      `"big" IN (CAST('9223372036854775807' AS BIGINT), CAST('-5' AS BIGINT), CAST('9007199254740991' AS BIGINT))`,
    ],
  ],
  [
    { column: 'price', min: '-0.5', max: 1.5 },
    [
      'price_range',
      'price from -0.5 to 1.5',
      `"price" >= CAST('-0.5' AS DECIMAL(38,2)) AND "price" <= CAST('1.5' AS DECIMAL(38,2))`,
    ],
  ],
  [
    { column: 'born', notIn: ['2024-02-29'] },
    ['born_not_in', 'born not in "2024-02-29"', `"born" NOT IN (DATE '2024-02-29')`],
  ],
  [
    { column: 'at', min: '2026-06-15T10:00:00.5Z' },
    ['at_range', 'at from 2026-06-15T10:00:00.5Z on', `"at" >= TIMESTAMP '2026-06-15 10:00:00.500'`],
  ],
  [{ column: 'paid', notIn: [false] }, ['paid_not_in', 'paid not in false', '"paid" NOT IN (false)']],
  [
    { column: 'visitor.country', in: ['DE'] },
    ['visitor_country_in', 'visitor.country in "DE"', `struct_extract("visitor", 'country') IN ('DE')`],
  ],
  [
    { column: 'tiny', in: Array.from({ length: 10 }, (_, index) => index) },
    [
      'tiny_in',
      'tiny in 0, 1, 2, 3, 4, 5, 6, 7, 8, 9',
      `"tiny" IN (${Array.from({ length: 10 }, (_, index) => `CAST('${index}' AS TINYINT)`).join(', ')})`,
    ],
  ],
  [
    { column: 'tiny', in: Array.from({ length: 12 }, (_, index) => index) },
    [
      'tiny_in',
      'tiny in 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more',
      `"tiny" IN (${Array.from({ length: 12 }, (_, index) => `CAST('${index}' AS TINYINT)`).join(', ')})`,
    ],
  ],
  [{ name: 'a', sql: 'x'.repeat(200) }, ['a', 'x'.repeat(200), `(\n${'x'.repeat(200)}\n)`]],
  [{ name: 'a', sql: 'x'.repeat(201) }, ['a', `${'x'.repeat(197)}...`, `(\n${'x'.repeat(201)}\n)`]],
  [{ unique: ['id', 'tiny'] }, ['id_tiny_unique', 'id, tiny to be unique in the partition', 'true']],
  [{ name: 'a'.repeat(64), unique: ['id'] }, ['a'.repeat(64), 'id to be unique in the partition', 'true']],
])('%j is asked of the engine, and told in words', (check, expected) => {
  expect(sqlOf(check)).toEqual(expected);
});

test('a check written by hand is known as such, and one of unique values by its columns', () => {
  const all = parsed([
    { name: 'a', sql: 'tiny > 1' },
    { unique: ['id'], onFail: 'fail' },
    { column: 'tiny', min: 1 },
  ]);
  expect(all?.map(({ isOwn, unique }) => [isOwn, unique])).toEqual([
    [true, undefined],
    [undefined, ['id']],
    [undefined, undefined],
  ]);
});
