import fc from 'fast-check';
import { ConfigError, type Problem, parseDataset, parseDatasets } from '../../../lib/dataset';
import { definition, problemsOf } from '../helpers';
import { mistakes, range, reports } from './reports';

const tableRule = 'use lowercase letters, digits and underscores, beginning with a letter';

test('accepts the valid definition that all cases start from', () => {
  expect(mistakes({})).toEqual([]);
});

reports('name', [
  ['a missing name', { name: undefined }, `name: is missing; ${tableRule}`],
  ['a name that is not a string', { name: 7 }, `name: must be a string, but got 7; ${tableRule}`],
  ['an empty name', { name: '' }, `name: is empty; ${tableRule}`],
  ['uppercase', { name: 'WebLogs' }, "name: 'WebLogs' is not a lowercase name; write 'web_logs'"],
  ['a hyphen', { name: 'web-logs' }, "name: 'web-logs' is not a lowercase name; write 'web_logs'"],
  ['a digit in front', { name: '1st' }, `name: '1st' is not a lowercase name; ${tableRule}`],
  ['an underscore in front', { name: '_logs' }, "name: '_logs' is not a lowercase name; write 'logs'"],
  [
    'a reserved word',
    { name: 'order' },
    "name: 'order' is a reserved word of Athena; write another name, for example 'order_events'",
  ],
  ['a name that only columns cannot have', { name: 'file_row_number' }],
  ['a name as long as can be', { name: 'a'.repeat(64) }],
  ['a long name', { name: 'a'.repeat(65) }, 'name: has 65 characters; write at most 64'],
]);

reports('description', [
  ['a missing one', { description: undefined }, 'description: is missing; write what a row is and where it comes from'],
  ['a blank one', { description: ' ' }, 'description: is empty; write what a row is and where it comes from'],
  ['one as long as can be', { description: 'é'.repeat(1024) }],
  ['a long one', { description: 'é'.repeat(1025) }, 'description: has 2,050 bytes; write at most 2,048'],
  [
    'a line break',
    { description: 'a\nb' },
    'description: holds a line break or control character; write it as one line',
  ],
]);

reports('the definition', [
  [
    'an unknown property that is not a name',
    { '': 1 },
    'definition[""]: unknown property; remove it; known are name, description, columns, columnNames, partition, eventTime, ' +
      'dedupe, dedupeKey, sortBy, input, delivery, freshness, iceberg, checks, retention, compaction',
  ],
  ['an unknown property', { partitions: {} }, "partitions: unknown property; write 'partition'"],
]);

test.each([undefined, null, 'events', [], () => definition()])('reports a default export that is %p', (value) => {
  const [problem, ...others] = problemsOf(() => parseDataset(value as never, 'config/datasets/events.ts'));
  expect(others).toEqual([]);
  expect(problem).toMatchObject({
    file: 'config/datasets/events.ts',
    subject: '(unnamed)',
    field: 'definition',
    fix: 'make a DatasetDefinition the default export',
  });
});

test('lists every mistake of every file at once', () => {
  const sources = [
    {
      file: 'config/datasets/clicks.ts',
      definition: definition({
        name: 'clicks',
        columns: [{ name: 'At', type: 'datetime' }],
        partition: { scheme: 'day', from: '2026-01-01', to: '2025-01-01' },
        compaction: { targetFileMiB: 64 },
      }),
    },
    { file: 'config/datasets/good.ts', definition: definition() },
    { file: 'config/datasets/more.ts', definition: definition({ name: 'clicks', sortBy: ['x'] }) },
  ];
  const run = () => parseDatasets(sources);

  expect(run).toThrow(ConfigError);
  expect(run).toThrow(
    new Error(
      [
        '7 mistakes in the dataset configuration:',
        "  config/datasets/clicks.ts: dataset 'clicks', columns[0].name: 'At' is not a lowercase name",
        "    fix: write 'at'",
        "  config/datasets/clicks.ts: dataset 'clicks', columns[0].type: unknown type 'datetime' at character 1",
        '    fix: write timestamp',
        "  config/datasets/clicks.ts: dataset 'clicks', partition.from: the range starts on 2026-01-01, after its end on 2025-01-01",
        '    fix: write the earlier day as from',
        "  config/datasets/clicks.ts: dataset 'clicks', eventTime: there is no column 'at'",
        "    fix: write 'At'",
        "  config/datasets/clicks.ts: dataset 'clicks', compaction.targetFileMiB: 64 is not allowed",
        '    fix: write a whole number from 128 to 512',
        "  config/datasets/more.ts: dataset 'clicks', sortBy[0]: there is no column 'x'",
        '    fix: write the name of one of the columns',
        "  config/datasets/more.ts: dataset 'clicks', name: 'clicks' is also the name of the dataset in config/datasets/clicks.ts",
        '    fix: give each dataset its own name',
      ].join('\n'),
    ),
  );
});

test('the first dataset of a name keeps it, whatever its case, and mistakes of files are told first', () => {
  const named = (file: string, name: unknown) => ({ file, definition: definition({ name }) });
  const told = (sources: readonly ReturnType<typeof named>[], others: readonly Problem[] = []): readonly string[] =>
    problemsOf(() => parseDatasets(sources, others)).map(({ file, subject, field, problem }) =>
      [file, subject, field, problem].join(' | '),
    );
  const taken = (name: string, file: string) => `'${name}' is also the name of the dataset in ${file}`;
  expect(told([named('a.ts', 'clicks'), named('b.ts', 'clicks'), named('c.ts', 'clicks')])).toEqual([
    `b.ts | clicks | name | ${taken('clicks', 'a.ts')}`,
    `c.ts | clicks | name | ${taken('clicks', 'a.ts')}`,
  ]);
  expect(told([named('a.ts', 'clicks'), named('b.ts', 'Clicks')])).toEqual([
    "b.ts | Clicks | name | 'Clicks' is not a lowercase name",
    `b.ts | Clicks | name | ${taken('Clicks', 'a.ts')}`,
  ]);
  expect(told([named('a.ts', ''), named('b.ts', '')])).toEqual([
    'a.ts | (unnamed) | name | is empty',
    'b.ts | (unnamed) | name | is empty',
  ]);
  const broken: Problem = { file: 'x.ts', subject: 'x.ts', problem: 'cannot be loaded', fix: 'mend it' };
  expect(told([named('a.ts', 5)], [broken])).toEqual([
    'x.ts | x.ts |  | cannot be loaded',
    'a.ts | (unnamed) | name | must be a string, but got 5',
  ]);
  expect(told([named('a.ts', 'clicks')], [broken])).toHaveLength(1);
  const names = parseDatasets([named('a.ts', 'clicks'), named('b.ts', 'visits')]).map(({ name }) => name);
  expect(names).toEqual(['clicks', 'visits']);
});

test('a definition by itself is told as one that stands inline', () => {
  expect(problemsOf(() => parseDataset(definition({ name: 'A' })))).toEqual([
    {
      ...{ file: '(inline)', subject: 'A', field: 'name' },
      ...{ problem: "'A' is not a lowercase name", fix: "write 'a'" },
    },
  ]);
});

test('a dataset has no more than what is declared and what has a default', () => {
  const plain = parseDataset(definition());
  expect(Object.keys(plain).sort()).toEqual([
    ...['columns', 'compaction', 'dedupe', 'description', 'eventTime', 'input', 'name', 'partition', 'retention'],
    'sortBy',
  ]);
  expect(plain.columns).toEqual([
    { name: 'id', type: { kind: 'string' }, notNull: true, comment: undefined },
    { name: 'at', type: { kind: 'timestamp' }, notNull: true, comment: undefined },
  ]);
  expect(plain.columns.some((column) => 'from' in column)).toBe(false);
  const more = { delivery: 'alb', freshness: { warnAfter: '2 hours' }, iceberg: true, checks: [{ unique: ['id'] }] };
  expect(parseDataset(definition(more))).toMatchObject({
    ...{ delivery: 'alb', freshness: { warnAfterSeconds: 7200 }, iceberg: true, checks: [{ name: 'id_unique' }] },
  });
  expect(parseDataset(definition({ iceberg: false, checks: [] }))).toEqual(plain);
  expect(mistakes({ delivery: 'albs' })).toEqual([
    "delivery: 'albs' is not known; write one of 'alb', 'cloudfront', 'cloudtrail', 'firehose', 'nlb', 'resolver-query-logs', 's3-access-logs', 'vpc-flow-logs', 'waf'",
  ]);
});

test('whatever a definition holds, the answer is a dataset or a ConfigError', () => {
  const base = definition({
    partition: { scheme: 'hour', ...range, leading: [{ name: 'tenant', kind: 'enum', values: ['a'] }] },
    dedupeKey: ['id'],
    sortBy: ['at'],
    input: { formats: ['csv'], csv: { delimiter: ';' } },
    retention: { rawNoncurrentDays: 5, curatedDays: 5 },
    compaction: { codec: 'zstd', graceHours: 30 },
  });
  const paths = [...pathsOf(base)];
  const anything = fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true });
  fc.assert(
    fc.property(fc.constantFrom(...paths), anything, (path, value) => {
      const run = () => parseDatasets([{ file: 'a.js', definition: replaced(base, path, value) as never }]);
      for (const problem of problemsOf(run)) {
        expect(problem).toMatchObject({
          file: 'a.js',
          field: expect.stringMatching(/./),
          fix: expect.stringMatching(/./),
        });
      }
    }),
    { numRuns: 200 },
  );
});

function* pathsOf(value: unknown, path: readonly string[] = []): Generator<readonly string[]> {
  yield path;
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) yield* pathsOf(inner, [...path, name]);
}

function replaced(base: unknown, [name, ...rest]: readonly string[], value: unknown): unknown {
  if (name === undefined) return value;
  const copy: Record<string, unknown> | unknown[] = Array.isArray(base) ? [...base] : { ...(base as object) };
  const inner = (base as Record<string, unknown>)[name];
  (copy as Record<string, unknown>)[name] = replaced(inner, rest, value);
  return copy;
}
