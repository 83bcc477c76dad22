import { dataset } from '../helpers';
import { type Case, columnRule, mistakes, range, reports, withColumn } from './reports';

const partitionExample = "write for example { scheme: 'day', from: '2026-01-01', to: '2035-12-31' }";
const dayRule = 'write a day that exists as yyyy-MM-dd, for example 2026-01-31';
const valueRule = "use letters, digits, '.', '_' and '-', beginning with a letter or digit, at most 128 characters";
const enumRule = "list every value of the key, or make it kind 'injected'";

const withLeading = (...leading: unknown[]) => ({ partition: { scheme: 'day', ...range, leading } });
const withEnum = (...values: unknown[]) => withLeading({ name: 'tenant', kind: 'enum', values });

const tenants = (number: number) => [
  { name: 'tenant', kind: 'enum', values: Array.from({ length: number }, (_, index) => `t${index}`) },
];
const tooMany = (partitions: string) =>
  `partition: projects ${partitions} partitions, and a query without a predicate lists all of them; stay below 1,000,000: narrow the range, or make an enum key kind 'injected'`;

reports('partition', [
  ['a missing partition', { partition: undefined }, `partition: is missing; ${partitionExample}`],
  [
    'a partition that is not an object',
    { partition: 'day' },
    `partition: must be an object, but got 'day'; ${partitionExample}`,
  ],
  [
    'an unknown scheme',
    { partition: { scheme: 'week', ...range } },
    "partition.scheme: 'week' is not known; write one of 'day', 'hour', 'dt', 'month'",
  ],
  [
    'months that are not whole',
    { partition: { scheme: 'month', from: '2026-01-02', to: '2027-02-27' } },
    "partition.from: '2026-01-02' is not the first day of a month; write 2026-01-01 for scheme 'month'",
    "partition.to: '2027-02-27' is not the last day of a month; write 2027-02-28 for scheme 'month'",
  ],
  [
    'a missing range',
    { partition: { scheme: 'day' } },
    `partition.from: is missing; ${dayRule}`,
    `partition.to: is missing; ${dayRule}`,
  ],
  [
    'a day that does not exist',
    { partition: { scheme: 'day', from: '2023-02-29', to: '2026-13-01' } },
    `partition.from: '2023-02-29' is not a day of the calendar; ${dayRule}`,
    `partition.to: '2026-13-01' is not a day of the calendar; ${dayRule}`,
  ],
  [
    'a moment instead of a day',
    { partition: { scheme: 'day', ...range, to: '2026-01-01T00:00' } },
    `partition.to: '2026-01-01T00:00' is not a day of the calendar; ${dayRule}`,
  ],
  [
    'a relative range',
    { partition: { scheme: 'dt', from: '2024-01-01', to: 'NOW' } },
    `partition.to: 'NOW' is not a day of the calendar; ${dayRule}`,
  ],
  [
    'a Date',
    { partition: { scheme: 'day', ...range, from: new Date(0) } },
    `partition.from: must be a string, but got an object; ${dayRule}`,
  ],
  [
    'a year of three digits',
    { partition: { scheme: 'day', from: '0999-01-01', to: '1000-01-01' } },
    "partition.from: '0999-01-01' is too early; write a year from 1000 to 9999",
  ],
  [
    'a month that the range cuts',
    { partition: { scheme: 'month', from: '2026-01-02', to: '2026-02-27' } },
    "partition.from: '2026-01-02' is not the first day of a month; write 2026-01-01 for scheme 'month'",
    "partition.to: '2026-02-27' is not the last day of a month; write 2026-02-28 for scheme 'month'",
  ],
  ['too many hours', { partition: { scheme: 'hour', ...range, leading: tenants(40) } }, tooMany('1,071,360')],
  [
    'too many days in one key, counted as the calendar has them',
    { partition: { scheme: 'dt', from: '2024-01-01', to: '2026-12-31', leading: tenants(913) } },
    tooMany('1,000,648'),
  ],
  [
    'too many months',
    { partition: { scheme: 'month', from: '1000-01-01', to: '1099-12-31', leading: tenants(834) } },
    tooMany('1,000,800'),
  ],
  [
    'a range that starts after it ends',
    { partition: { scheme: 'day', from: '2026-01-02', to: '2026-01-01' } },
    'partition.from: the range starts on 2026-01-02, after its end on 2026-01-01; write the earlier day as from',
  ],
  [
    'hours of too many years',
    { partition: { scheme: 'hour', from: '2020-01-01', to: '2030-01-01' } },
    "partition: scheme 'hour' projects the hours of 11 years; narrow the range to 10 years, or use scheme 'day'",
  ],
  [
    'too many partitions',
    {
      partition: {
        scheme: 'day',
        ...range,
        leading: [{ name: 'tenant', kind: 'enum', values: Array.from({ length: 1000 }, (_, i) => `t${i}`) }],
      },
    },
    "partition: projects 1,116,000 partitions, and a query without a predicate lists all of them; stay below 1,000,000: narrow the range, or make an enum key kind 'injected'",
  ],
  [
    'an unknown property',
    { partition: { scheme: 'day', ...range, until: '' } },
    'partition.until: unknown property; remove it; known are scheme, from, to, leading',
  ],
  [
    'a time key that is also a column',
    { ...withColumn({ name: 'day', type: 'int' }) },
    "partition.scheme: partition key 'day' of scheme 'day' is also a column; rename the column, for example to 'event_day'",
  ],
]);

reports('leading keys', [
  [
    'keys that are no array',
    { partition: { scheme: 'day', ...range, leading: 'tenant' } },
    "partition.leading: must be an array, but got 'tenant'; write for example [{ name: 'tenant', kind: 'injected' }]",
  ],
  [
    'a key that is not an object',
    withLeading('tenant'),
    "partition.leading[0]: must be an object, but got 'tenant'; write for example { name: 'tenant', kind: 'injected' }",
  ],
  [
    'an empty key',
    withLeading({}),
    `partition.leading[0].name: is missing; ${columnRule}`,
    "partition.leading[0].kind: is missing; write one of 'enum', 'injected'",
  ],
  [
    'an unknown kind',
    withLeading({ name: 'tenant', kind: 'list' }),
    "partition.leading[0].kind: 'list' is not known; write one of 'enum', 'injected'",
  ],
  [
    'values of an injected key',
    withLeading({ name: 'tenant', kind: 'injected', values: ['a'] }),
    'partition.leading[0].values: unknown property; remove it; known are name, kind',
  ],
  [
    'an uppercase name',
    withLeading({ name: 'Tenant', kind: 'injected' }),
    "partition.leading[0].name: 'Tenant' is not a lowercase name; write 'tenant'",
  ],
  [
    'a reserved name',
    withLeading({ name: 'group', kind: 'injected' }),
    "partition.leading[0].name: 'group' is a reserved word of Athena; write another name, for example 'event_group'",
  ],
  [
    'a key that is also a column',
    withLeading({ name: 'id', kind: 'injected' }),
    "partition.leading[0].name: partition key 'id' is also a column; remove the column: queries read the key from the path",
  ],
  [
    'a key that occurs twice',
    withLeading({ name: 't', kind: 'injected' }, { name: 't', kind: 'injected' }),
    "partition.leading[1].name: partition key 't' occurs twice; give each partition key its own name",
  ],
  [
    'a key that is also a time key',
    withLeading({ name: 'year', kind: 'injected' }),
    "partition.leading[0].name: partition key 'year' occurs twice; give each partition key its own name",
  ],
  [
    'missing values',
    withLeading({ name: 'tenant', kind: 'enum' }),
    `partition.leading[0].values: is missing; ${enumRule}`,
  ],
  ['no values', withEnum(), `partition.leading[0].values: is empty; ${enumRule}`],
  [
    'too many values',
    {
      partition: {
        scheme: 'dt',
        from: '2026-01-01',
        to: '2026-01-31',
        leading: [{ name: 'tenant', kind: 'enum', values: Array.from({ length: 1001 }, (_, i) => `t${i}`) }],
      },
    },
    "partition.leading[0].values: has 1,001 values; write at most 1,000, or make the key kind 'injected'",
  ],
  [
    'a value twice',
    withEnum('a', 'b', 'a'),
    "partition.leading[0].values[2]: value 'a' occurs twice; remove one of them",
  ],
  [
    'values that differ only by case',
    withEnum('acme', 'Acme'),
    "partition.leading[0].values[1]: values 'Acme' and 'acme' differ only by case; use one spelling",
  ],
  [
    'a value that is not a string',
    withEnum(1),
    'partition.leading[0].values[0]: must be a string, but got 1; write a string',
  ],
  ...[
    '',
    ' a',
    'a ',
    'a b',
    'a,b',
    'a/b',
    'a\\b',
    'a=b',
    '100%',
    'a+b',
    'a\u0000',
    'a\tb',
    'a\n',
    '..',
    '.hidden',
    '_skipped',
    '-x',
    'ü',
    "a'b",
    'a$b',
    '{a}',
    'x'.repeat(129),
  ].map(
    (value): Case => [
      `the value ${JSON.stringify(value)}`,
      withEnum(value),
      `partition.leading[0].values[0]: '${value.length > 60 ? `${value.slice(0, 57)}...` : value}' is not safe in an S3 path and in partition projection; ${valueRule}`,
    ],
  ),
]);

test.each([
  ['the earliest year', { scheme: 'dt', from: '1000-01-01', to: '1000-01-31' }],
  ['hours of ten years', { scheme: 'hour', from: '2020-01-01', to: '2029-12-31' }],
  ['a million partitions', { scheme: 'dt', from: '2024-01-01', to: '2026-09-26', leading: tenants(1000) }],
])('takes %s', (_, partition) => {
  expect(mistakes({ partition })).toEqual([]);
});

test('leading keys keep their values, and those of an injected key are not listed', () => {
  const leading = [
    { name: 'tenant', kind: 'enum', values: ['b', 'a'] },
    { name: 'device', kind: 'injected' },
  ];
  expect(dataset({ partition: { scheme: 'day', ...range, leading } }).partition.leading).toEqual(leading);
});

test('a range may be of one day', () => {
  expect(mistakes({ partition: { scheme: 'day', from: '2026-01-01', to: '2026-01-01' } })).toEqual([]);
});
