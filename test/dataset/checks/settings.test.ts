import { columnsOf, dataset } from '../helpers';
import { type Case, mistakes, reports } from './reports';

const delimiterRule =
  "write one character of ASCII that is not a letter, digit, quote, backslash or line end, for example ';' or '\\t'";

reports('input', [
  ['a missing input', { input: undefined }, "input: is missing; write for example { formats: ['ndjson'] }"],
  ['missing formats', { input: {} }, "input.formats: is missing; write for example ['ndjson']"],
  ['no formats', { input: { formats: [] } }, "input.formats: is empty; write for example ['ndjson']"],
  [
    'an unknown format',
    { input: { formats: ['avro'] } },
    "input.formats[0]: 'avro' is not known; write one of 'ndjson', 'json', 'csv', 'lines', 'parquet'",
  ],
  [
    'an envelope of a format that is not taken',
    { input: { formats: ['parquet'], json: { unwrap: 'Records' } } },
    "input.json: settings of a format that the dataset does not accept; add 'json' to input.formats or remove them",
  ],
  [
    'texts for null in nothing but text',
    { input: { formats: ['csv'], nulls: ['-'] } },
    'input.nulls: is about JSON and Parquet, which the dataset does not accept; write input.csv.nulls or input.lines.nulls',
  ],
  [
    'texts for null that are no texts',
    { input: { formats: ['json'], nulls: '-' } },
    "input.nulls: must be an array, but got '-'; write texts as they stand in the input, for example ['-', '\\\\N']",
  ],
  [
    'members carried from no envelope',
    { input: { formats: ['json'], json: { carry: ['owner'] } } },
    "input.json.carry: there is no envelope to carry members from; write for example { unwrap: 'Records' }",
  ],
  [
    'a member that no column takes, and one that holds the records',
    { input: { formats: ['json'], json: { unwrap: { path: ['a', 'b'] }, carry: ['owner', 'a'] } } },
    'input.json.carry[1]: "a" holds the records, or is within them; carry a member that stands beside them',
    'input.json.carry[0]: no column takes "owner"; declare a column of that name, or one whose from names it; or remove it here',
    'input.json.carry[1]: no column takes "a"; declare a column of that name, or one whose from names it; or remove it here',
  ],
  [
    'a path written as one name, and a member to carry',
    { input: { formats: ['json'], json: { unwrap: 'payload.after', carry: ['source.db.name'] } } },
    "input.json.unwrap: 'payload.after' could be a path, or one name with a dot in it; write { path: ['payload', 'after'] } for a member of a member, or { path: ['payload.after'] } for the one name",
    "input.json.carry[0]: 'source.db.name' could be a path, or one name with a dot in it; write { path: ['source', 'db', 'name'] } for a member of a member, or { path: ['source.db.name'] } for the one name",
  ],
  [
    'a misspelled setting of an envelope',
    { input: { formats: ['json'], json: { unwrapp: 'Records' } } },
    "input.json.unwrapp: unknown property; write 'unwrap'",
  ],
  [
    'settings of every format, where it is not known which are taken',
    {
      input: {
        formats: 'json',
        json: { unwrap: 'Records' },
        csv: {},
        lines: { pattern: '(?<id>.*)' },
        nulls: ['-'],
      },
    },
    "input.formats: must be an array, but got 'json'; write for example ['ndjson']",
  ],
  [
    'settings of lines without lines',
    { input: { formats: ['parquet'], lines: { pattern: '(?<id>.*)' } } },
    "input.lines: settings of a format that the dataset does not accept; add 'lines' to input.formats or remove them",
  ],
  [
    'lines without a pattern',
    { input: { formats: ['lines'] } },
    "input.lines: is missing; write how lines are divided, for example { pattern: '^(?<client>\\\\S+) (?<rest>.*)$' }",
  ],
  [
    'a setting that is not known',
    { input: { formats: ['csv'], format: 'csv' } },
    "input.format: unknown property; write 'formats'",
  ],
  [
    'a format twice',
    { input: { formats: ['csv', 'csv'] } },
    "input.formats[1]: format 'csv' occurs twice; remove one of them",
  ],
  [
    'CSV of nested columns and bytes',
    {
      columns: columnsOf('array<int>', 'map<string,int>', 'struct<a:int>', 'binary', 'decimal(4,2)'),
      input: { formats: ['ndjson', 'csv'] },
    },
    ...['array<int>', 'map<string,int>', 'struct<a:int>', 'binary'].map(
      (type, index) =>
        `columns[${index + 2}].type: type '${type}' cannot come from CSV; remove 'csv' from input.formats, or use a scalar type other than binary`,
    ),
  ],
  [
    'CSV settings without CSV',
    { input: { formats: ['ndjson'], csv: {} } },
    "input.csv: settings of a format that the dataset does not accept; add 'csv' to input.formats or remove them",
  ],
  [
    'a delimiter of two characters',
    { input: { formats: ['csv'], csv: { delimiter: 'ab' } } },
    `input.csv.delimiter: 'ab' is not one character; ${delimiterRule}`,
  ],
  ...[
    ['\\t', "'\\t' with one backslash, which is a tab"],
    ['TAB', "'\\t'"],
    ['\\u0001', "'\\u0001', with one backslash, which is that one character"],
    ['\\x01', "'\\u0001', with one backslash, which is that one character"],
    ['\\001', "'\\u0001', with one backslash, which is that one character"],
    ['^A', "'\\u0001'"],
    ['space', "' '"],
    ['\\|', "'|'"],
  ].map(
    ([delimiter, wanted]): Case => [
      `the delimiter ${delimiter} in words or escapes`,
      { input: { formats: ['csv'], csv: { delimiter } } },
      `input.csv.delimiter: '${delimiter}' is not one character; write ${wanted}`,
    ],
  ),
  [
    'an empty delimiter',
    { input: { formats: ['csv'], csv: { delimiter: '' } } },
    `input.csv.delimiter: '' is not one character; ${delimiterRule}`,
  ],
  ...['"', "'", '\\', '\n', '\r', 'a', '0', '§', '\u0000'].map(
    (delimiter): Case => [
      `the delimiter ${JSON.stringify(delimiter)}`,
      { input: { formats: ['csv'], csv: { delimiter } } },
      `input.csv.delimiter: ${JSON.stringify(delimiter)} cannot separate values; ${delimiterRule}`,
    ],
  ),
  [
    'an unknown property',
    { input: { formats: ['csv'], csv: { separator: ';' } } },
    'input.csv.separator: unknown property; remove it; known are delimiter, header, comment, nulls, empty, quote, escape, decimal, thousands, trailingDelimiter, extraFields, missingFields',
  ],
]);

reports('retention', [
  [
    'no days',
    { retention: { rawNoncurrentDays: 0 } },
    'retention.rawNoncurrentDays: 0 is not allowed; write a whole number from 1 to 36,500',
  ],
  [
    'half days',
    { retention: { curatedDays: 1.5 } },
    'retention.curatedDays: 1.5 is not allowed; write a whole number from 1 to 36,500',
  ],
  [
    'NaN',
    { retention: { curatedDays: Number.NaN } },
    'retention.curatedDays: NaN is not allowed; write a whole number from 1 to 36,500',
  ],
  [
    'infinity',
    { retention: { curatedDays: Infinity } },
    'retention.curatedDays: Infinity is not allowed; write a whole number from 1 to 36,500',
  ],
  [
    'days as text',
    { retention: { curatedDays: '30' } },
    "retention.curatedDays: must be a number, but got '30'; write a whole number from 1 to 36,500",
  ],
  [
    'retention shorter than the grace',
    { retention: { rawNoncurrentDays: 1, curatedDays: 2 }, compaction: { graceHours: 49 } },
    'retention.rawNoncurrentDays: 1 day is shorter than the compaction grace of 49 hours; write at least 3, or lower compaction.graceHours',
    'retention.curatedDays: 2 days is shorter than the compaction grace of 49 hours; write at least 3, or lower compaction.graceHours',
  ],
  [
    'default retention shorter than the grace',
    { compaction: { graceHours: 721 } },
    'retention.rawNoncurrentDays: 30 days is shorter than the compaction grace of 721 hours; write at least 31, or lower compaction.graceHours',
  ],
  [
    'an unknown property',
    { retention: { rawDays: 3 } },
    'retention.rawDays: unknown property; remove it; known are rawNoncurrentDays, curatedDays',
  ],
  [
    'retention that is not an object',
    { retention: 30 },
    'retention: must be an object, but got 30; write for example { rawNoncurrentDays: 30 }',
  ],
]);

const wholeNumbers: readonly (readonly [string, number, number])[] = [
  ['targetFileMiB', 128, 512],
  ['rowGroupRows', 2048, 10_000_000],
  ['graceHours', 24, 8760],
  ['maxUndersizedFiles', 2, 64],
  ['closeAfterHours', 0, 8760],
];

reports('compaction', [
  [
    'an unknown codec',
    { compaction: { codec: 'lz4' } },
    "compaction.codec: 'lz4' is not known; write one of 'snappy', 'gzip', 'zstd'",
  ],
  [
    'settings that are no object',
    { compaction: [] },
    'compaction: must be an object, but got an array; write for example { targetFileMiB: 256 }',
  ],
  [
    'an unknown property',
    { compaction: { targetFileMib: 256 } },
    "compaction.targetFileMib: unknown property; write 'targetFileMiB'",
  ],
  ...wholeNumbers.flatMap(([name, min, max]): Case[] => {
    const rule = `write a whole number from ${min.toLocaleString('en-US')} to ${max.toLocaleString('en-US')}`;
    return [
      [
        `${name} too small`,
        { compaction: { [name]: min - 1 } },
        `compaction.${name}: ${min - 1} is not allowed; ${rule}`,
      ],
      [
        `${name} too large`,
        { compaction: { [name]: max + 1 } },
        `compaction.${name}: ${max + 1} is not allowed; ${rule}`,
      ],
      [
        `${name} with a fraction`,
        { compaction: { [name]: min + 0.5 } },
        `compaction.${name}: ${min + 0.5} is not allowed; ${rule}`,
      ],
    ];
  }),
]);

test('what is left out has its default', () => {
  const { input, retention, compaction } = dataset();
  expect(input).toEqual({ formats: ['ndjson'], csv: { delimiter: ',' } });
  expect(retention).toEqual({ rawNoncurrentDays: 30, curatedDays: undefined });
  const defaults = {
    ...{ codec: 'snappy', targetFileMiB: 512, rowGroupRows: 500_000 },
    ...{ graceHours: 24, maxUndersizedFiles: 8, closeAfterHours: 6 },
  };
  expect(compaction).toEqual(defaults);
  expect(dataset({ compaction: {}, retention: {} })).toMatchObject({ compaction: defaults, retention });
  expect(dataset({ sortBy: ['at'] }).compaction).toEqual({ ...defaults, rowGroupRows: 122_880 });
  expect(dataset({ sortBy: ['at'], compaction: { rowGroupRows: 5000 } }).compaction.rowGroupRows).toBe(5000);
});

test('what is written is what the dataset has', () => {
  const input = {
    formats: ['json', 'csv', 'parquet'],
    csv: { delimiter: ';' },
    nulls: ['-', ''],
    layout: '{yyyy}/{MM}/{dd}/',
  };
  const compaction = {
    ...{ codec: 'gzip', targetFileMiB: 200, rowGroupRows: 3000 },
    ...{ graceHours: 30, maxUndersizedFiles: 5, closeAfterHours: 0 },
  };
  const retention = { rawNoncurrentDays: 36_500, curatedDays: 2 };
  expect(dataset({ input, compaction, retention })).toMatchObject({ input, compaction, retention });
});

test('data may be kept for just as long as queries may read it', () => {
  expect(mistakes({ retention: { rawNoncurrentDays: 2, curatedDays: 2 }, compaction: { graceHours: 48 } })).toEqual([]);
  expect(mistakes({ retention: { rawNoncurrentDays: 1, curatedDays: 1 }, compaction: { graceHours: 24 } })).toEqual([]);
});

test.each(wholeNumbers)('takes both ends of the range of %s', (name, min, max) => {
  const retention = { rawNoncurrentDays: 365 };
  expect(mistakes({ retention, compaction: { [name]: min } })).toEqual([]);
  expect(mistakes({ retention, compaction: { [name]: max } })).toEqual([]);
});
