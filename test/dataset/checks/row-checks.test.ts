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
  expect(declare).toThrow('is not for a dataset whose rows replace each other');
});

test('a bound itself is taken: a hundred checks, a thousand values, a range of one value, zeros behind the scale', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => ({ name: `c${index}`, column: 'tiny', min: 0 }));
  expect(problem(hundred)).toBe('none');
  expect(problem([...hundred, { column: 'tiny', max: 1 }])).toContain('has 101 checks');
  expect(problem({ column: 'id', in: Array.from({ length: 1_000 }, (_, index) => `${index}`) })).toBe('none');
  expect(problem({ column: 'tiny', min: 5, max: 5 })).toBe('none');
  expect(problem({ column: 'price', min: '1.2500' })).toBe('none');
});
