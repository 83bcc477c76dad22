import { type Dataset, type DatasetDefinition, parseDataset } from '../../lib/dataset';
import { type Change, compareDatasets, RULES } from '../../lib/dataset/evolution';
import { section, tableRows } from '../docs/pages';
import { datasets } from '../fixtures/datasets';

const COLUMNS: DatasetDefinition['columns'] = [
  { name: 'id', type: 'string', notNull: true },
  { name: 'at', type: 'timestamp', notNull: true },
  { name: 'n', type: 'int' },
  { name: 'big', type: 'bigint' },
  { name: 'ratio', type: 'float' },
  { name: 'price', type: 'decimal(10,2)' },
  { name: 'born', type: 'date' },
  { name: 'items', type: 'array<struct<sku:string,count:int>>' },
  { name: 'labels', type: 'map<string,int>' },
];

const base: DatasetDefinition = {
  name: 'events',
  description: 'Events',
  columns: COLUMNS,
  partition: {
    scheme: 'day',
    from: '2026-01-01',
    to: '2026-12-31',
    leading: [{ name: 'tenant', kind: 'enum', values: ['a', 'b'] }],
  },
  eventTime: 'at',
  input: { formats: ['ndjson', 'parquet'] },
  retention: { curatedDays: 100 },
};

const { leading: _, ...plain } = base.partition;
const replaced = (name: string, change: Partial<DatasetDefinition['columns'][number]>): Partial<DatasetDefinition> => ({
  columns: COLUMNS.map((column) => (column.name === name ? { ...column, ...change } : column)),
});
const without = (name: string): DatasetDefinition['columns'] => COLUMNS.filter((column) => column.name !== name);

/** As a baseline has it. */
const kept = (all: readonly Dataset[]): readonly Dataset[] => JSON.parse(JSON.stringify(all));
const told = (changes: readonly Change[]): readonly string[] =>
  changes.map(({ subject, rule }) => `${subject}: ${rule}`);
const changesTo = (change: Partial<DatasetDefinition>): readonly string[] =>
  told(compareDatasets(kept([parseDataset(base)]), [parseDataset({ ...base, ...change })]));

const CASES: readonly (readonly [string, Partial<DatasetDefinition>, readonly string[]])[] = [
  ['nothing', {}, []],
  ['a description', { description: 'Other words' }, []],
  ['a comment', replaced('n', { comment: 'how many' }), []],
  ['the order of columns', { columns: [...COLUMNS].reverse() }, []],
  [
    'a wider type of the values of a map',
    replaced('labels', { type: 'map<string,bigint>' }),
    ['labels{}: type-widened-inside'],
  ],
  [
    'one column for two of its type, of which either may be the old one',
    {
      columns: [...without('born'), ...['date_of', 'birthday'].map((name) => ({ name, type: 'date' }))],
    },
    ['born: removed', 'date_of: column-added', 'birthday: column-added'],
  ],
  ['a new column', { columns: [...COLUMNS, { name: 'extra', type: 'string' }] }, ['extra: column-added']],
  [
    'a new column that must not be null',
    { columns: [...COLUMNS, { name: 'extra', type: 'string', notNull: true }] },
    ['extra: column-added-not-null'],
  ],
  ['a column that must not be null any more', replaced('n', { notNull: true }), ['n: not-null-added']],
  ['a column that may be null now', replaced('id', { notNull: false }), ['id: not-null-removed']],
  ['a column that is gone', { columns: without('n') }, ['n: removed']],
  [
    'another name',
    { columns: [...without('born'), { name: 'date_of', type: 'date' }] },
    ['born: removed', 'date_of: column-added', 'born: renamed'],
  ],
  ['int to bigint', replaced('n', { type: 'bigint' }), ['n: type-widened']],
  ['int to double', replaced('n', { type: 'double' }), ['n: type-widened']],
  ['int to string', replaced('n', { type: 'string' }), ['n: type-widened']],
  ['int to smallint', replaced('n', { type: 'smallint' }), ['n: type-narrowed']],
  ['bigint to int', replaced('big', { type: 'int' }), ['big: type-narrowed']],
  ['bigint to double', replaced('big', { type: 'double' }), ['big: type-changed']],
  ['float to double', replaced('ratio', { type: 'double' }), ['ratio: type-widened']],
  ['float to int', replaced('ratio', { type: 'int' }), ['ratio: type-changed']],
  ['a longer decimal', replaced('price', { type: 'decimal(12,2)' }), ['price: type-widened']],
  ['a shorter decimal', replaced('price', { type: 'decimal(5,2)' }), ['price: type-narrowed']],
  ['another scale', replaced('price', { type: 'decimal(12,4)' }), ['price: type-changed']],
  ['date to timestamp', replaced('born', { type: 'timestamp' }), ['born: type-changed']],
  ['string to int', replaced('id', { type: 'int' }), ['id: type-changed']],
  ['array to string', replaced('items', { type: 'string' }), ['items: type-changed']],
  [
    'a field more in a struct of an array',
    replaced('items', { type: 'array<struct<sku:string,count:int,price:double>>' }),
    ['items[].price: field-added'],
  ],
  ['a field less', replaced('items', { type: 'array<struct<sku:string>>' }), ['items[].count: removed']],
  [
    'a wider field',
    replaced('items', { type: 'array<struct<sku:string,count:bigint>>' }),
    ['items[].count: type-widened-inside'],
  ],
  ['a narrower value of a map', replaced('labels', { type: 'map<string,tinyint>' }), ['labels{}: type-narrowed']],
  ['another key of a map', replaced('labels', { type: 'map<int,int>' }), ['labels{key}: type-changed']],
  ['a source', replaced('n', { from: 'N' }), ['n: source']],
  ['a format', replaced('at', { format: { epoch: 's' } } as never), ['at: source']],
  ['a dedupe key', { dedupeKey: ['id'] }, ['dedupe: dedupe']],
  ['sorting', { sortBy: ['id'] }, ['sortBy: files', 'compaction.rowGroupRows: files']],
  ['a codec', { compaction: { codec: 'zstd' } }, ['compaction.codec: files']],
  ['a format of the input less', { input: { formats: ['ndjson'] } }, ['input: input']],
  [
    'a wider range and one value more',
    {
      partition: {
        ...base.partition,
        from: '2025-01-01',
        to: '2027-12-31',
        leading: [{ name: 'tenant', kind: 'enum', values: ['c', 'b', 'a'] }],
      },
    },
    ['partition.from: range-widened', 'partition.to: range-widened', 'partition.leading.tenant: range-widened'],
  ],
  [
    'a narrower range and one value less',
    {
      partition: {
        ...base.partition,
        from: '2026-02-01',
        to: '2026-11-30',
        leading: [{ name: 'tenant', kind: 'enum', values: ['a'] }],
      },
    },
    ['partition.from: range-narrowed', 'partition.to: range-narrowed', 'partition.leading.tenant: range-narrowed'],
  ],
  ['a scheme', { partition: { ...base.partition, scheme: 'month' } }, ['partition.scheme: partition-keys']],
  ['no leading key', { partition: plain }, ['partition.leading: partition-keys']],
  [
    'another kind of leading key',
    { partition: { ...plain, leading: [{ name: 'tenant', kind: 'injected' }] } },
    ['partition.leading: partition-keys'],
  ],
  ['a longer retention', { retention: { curatedDays: 200 } }, ['retention.curatedDays: retention-longer']],
  ['none', { retention: {} }, ['retention.curatedDays: retention-longer']],
  ['a shorter one', { retention: { curatedDays: 50 } }, ['retention.curatedDays: retention-shorter']],
];

test.each(CASES)('%s', (_name, change, expected) => {
  expect(changesTo(change)).toEqual(expected);
});

test('event time', () => {
  const columns = [...COLUMNS, { name: 'seen', type: 'timestamp', notNull: true }];
  const [before, after] = ['at', 'seen'].map((eventTime) => parseDataset({ ...base, columns, eventTime }));
  expect(told(compareDatasets([before as Dataset], [after as Dataset]))).toEqual(['eventTime: event-time']);
});

test('datasets that come and go; a new name is both', () => {
  const [one, other] = [parseDataset(base), parseDataset({ ...base, name: 'other' })];
  expect(compareDatasets([one], [one, other])).toMatchObject([
    { dataset: 'other', rule: 'dataset-added', class: 'safe' },
  ]);
  expect(compareDatasets([one], [other])).toMatchObject([
    { dataset: 'events', rule: 'dataset-removed', class: 'refused' },
    { dataset: 'other', rule: 'dataset-added' },
  ]);
});

test('a lake is equal to itself, read from JSON', () => {
  expect(datasets.length).toBeGreaterThan(1);
  expect(compareDatasets(kept(datasets), datasets)).toEqual([]);
});

test('every rule is the answer to one of these changes', () => {
  const seen = CASES.flatMap(([, , expected]) => expected.map((one) => one.split(': ')[1]));
  expect([...new Set([...seen, 'event-time', 'dataset-added', 'dataset-removed'])].sort()).toEqual(
    Object.keys(RULES).sort(),
  );
});

test('the table of the guide is that of the rules', () => {
  const words = { safe: 'safe', care: 'needs care', refused: '**refused**' };
  expect(tableRows(section('docs/guide.md', '## Changing a dataset'), /^change$/)).toEqual(
    Object.values(RULES).map((rule) => [rule.change, words[rule.class], rule.effect]),
  );
});

test.each([
  ['int to double', replaced('n', { type: 'double' }), 'n: type-changed'],
  ['int to string', replaced('n', { type: 'string' }), 'n: type-changed'],
  ['int to bigint', replaced('n', { type: 'bigint' }), 'n: type-widened'],
  ['float to double', replaced('ratio', { type: 'double' }), 'ratio: type-widened'],
  ['a longer decimal', replaced('price', { type: 'decimal(12,2)' }), 'price: type-widened'],
])('of an Iceberg table, %s', (_, change, expected) => {
  const changed = parseDataset({ ...base, ...change, iceberg: true });
  for (const before of [base, { ...base, iceberg: true }])
    expect(told(compareDatasets(kept([parseDataset(before)]), [changed]))).toContain(expected);
});

/** What is told of the one change from a type to another, with both. */
const typeChange = (before: string, after: string): readonly unknown[] => {
  const of = (type: string) => parseDataset({ ...base, partition: plain, columns: [...COLUMNS, { name: 'x', type }] });
  return compareDatasets(kept([of(before)]), [of(after)]).map(({ subject, rule, from, to }) => [
    subject,
    rule,
    from,
    to,
  ]);
};

test.each([
  ['tinyint', 'smallint', 'type-widened'],
  ['smallint', 'tinyint', 'type-narrowed'],
  ['smallint', 'double', 'type-widened'],
  ['bigint', 'double', 'type-changed'],
  ['bigint', 'string', 'type-widened'],
  ['bigint', 'float', 'type-changed'],
  ['int', 'float', 'type-changed'],
  ['int', 'decimal(10,0)', 'type-changed'],
  ['int', 'boolean', 'type-changed'],
  ['double', 'float', 'type-narrowed'],
  ['double', 'string', 'type-changed'],
  ['float', 'string', 'type-changed'],
  ['float', 'decimal(5,2)', 'type-changed'],
  ['string', 'double', 'type-changed'],
  ['string', 'float', 'type-changed'],
  ['boolean', 'string', 'type-changed'],
  ['boolean', 'double', 'type-changed'],
  ['decimal(5,2)', 'double', 'type-changed'],
  ['decimal(5,2)', 'decimal(5,1)', 'type-changed'],
  ['decimal(5,2)', 'decimal(6,2)', 'type-widened'],
  ['decimal(6,2)', 'decimal(5,2)', 'type-narrowed'],
  ['struct<a:int>', 'map<string,int>', 'type-changed'],
  ['map<string,int>', 'struct<a:int>', 'type-changed'],
  ['array<int>', 'map<string,int>', 'type-changed'],
  ['struct<a:int>', 'array<int>', 'type-changed'],
])('%s to %s is %s', (before, after, rule) => {
  expect(typeChange(before, after)).toEqual([['x', rule, before, after]]);
});

test.each([
  ['array<int>', 'array<bigint>', ['x[]', 'type-widened-inside', 'int', 'bigint']],
  ['array<bigint>', 'array<int>', ['x[]', 'type-narrowed', 'bigint', 'int']],
  ['map<string,int>', 'map<string,double>', ['x{}', 'type-widened-inside', 'int', 'double']],
  ['map<int,int>', 'map<bigint,int>', ['x{key}', 'type-widened-inside', 'int', 'bigint']],
  ['struct<a:int>', 'struct<a:bigint>', ['x.a', 'type-widened-inside', 'int', 'bigint']],
  ['struct<a:int,b:int>', 'struct<b:int>', ['x.a', 'removed', 'a', undefined]],
  ['struct<a:int>', 'struct<a:int,b:array<int>>', ['x.b', 'field-added', undefined, 'array<int>']],
  ['struct<a:struct<b:int>>', 'struct<a:struct<b:string>>', ['x.a.b', 'type-widened-inside', 'int', 'string']],
])('%s to %s is told where it is', (before, after, expected) => {
  expect(typeChange(before, after)).toEqual([expected]);
});

test('formats and sources of columns and fields are told with both', () => {
  const of = (...more: DatasetDefinition['columns']) => parseDataset({ ...base, columns: [...COLUMNS, ...more] });
  const before = of(
    { name: 'x', type: 'timestamp', format: { epoch: 's' } },
    { name: 'y', type: 'string' },
    { name: 'z', type: 'struct<a:int>' },
  );
  const after = of(
    { name: 'x', type: 'timestamp', format: { epoch: 'ms' } },
    { name: 'y', type: 'string', from: 'Y' },
    { name: 'z', type: 'struct<a:int>', fields: { a: { from: 'A' } } },
  );
  const common = { dataset: 'events', rule: 'source', class: 'care' };
  expect(compareDatasets(kept([before]), [after])).toEqual([
    {
      ...common,
      subject: 'x',
      from: '{"kind":"timestamp","format":{"epoch":"s"}}',
      to: '{"kind":"timestamp","format":{"epoch":"ms"}}',
    },
    { ...common, subject: 'y', from: undefined, to: '[["Y"]]' },
    { ...common, subject: 'z.a', from: undefined, to: '[["A"]]' },
  ]);
});

test.each<readonly [string, Partial<DatasetDefinition>, readonly (readonly unknown[])[]]>([
  ['a new column', { columns: [...COLUMNS, { name: 'x', type: 'array<int>' }] }, [['x', undefined, 'array<int>']]],
  ['a column that is gone', { columns: without('n') }, [['n', 'n', undefined]]],
  [
    'a rename',
    { columns: [...without('born'), { name: 'date_of', type: 'date' }] },
    [
      ['born', 'born', undefined],
      ['date_of', undefined, 'date'],
      ['born', 'born', 'date_of'],
    ],
  ],
  [
    'two columns that may be the new name',
    { columns: [...without('born'), { name: 'day_a', type: 'date' }, { name: 'day_b', type: 'date' }] },
    [
      ['born', 'born', undefined],
      ['day_a', undefined, 'date'],
      ['day_b', undefined, 'date'],
    ],
  ],
  ['not null', replaced('n', { notNull: true }), [['n', undefined, undefined]]],
  ['a codec', { compaction: { codec: 'zstd' } }, [['compaction.codec', '"snappy"', '"zstd"']]],
  ['a grace', { compaction: { graceHours: 48 } }, [['compaction.graceHours', '24', '48']]],
  ['a longer retention', { retention: { curatedDays: 200 } }, [['retention.curatedDays', '100', '200']]],
  ['a retention without an end', { retention: {} }, [['retention.curatedDays', '100', undefined]]],
  [
    'a shorter one of raw objects',
    { retention: { rawNoncurrentDays: 29, curatedDays: 100 } },
    [['retention.rawNoncurrentDays', '30', '29']],
  ],
  ['a scheme', { partition: { ...base.partition, scheme: 'hour' } }, [['partition.scheme', 'day', 'hour']]],
  ['no leading key', { partition: plain }, [['partition.leading', 'tenant (enum)', '']]],
  [
    'a key more',
    {
      partition: {
        ...base.partition,
        leading: [...(base.partition.leading ?? []), { name: 'device', kind: 'injected' }],
      },
    },
    [['partition.leading', 'tenant (enum)', 'tenant (enum), device (injected)']],
  ],
  [
    'another range',
    { partition: { ...base.partition, from: '2026-02-01', to: '2027-12-31' } },
    [
      ['partition.from', '2026-01-01', '2026-02-01'],
      ['partition.to', '2026-12-31', '2027-12-31'],
    ],
  ],
  [
    'other values',
    { partition: { ...base.partition, leading: [{ name: 'tenant', kind: 'enum', values: ['c', 'd'] }] } },
    [
      ['partition.leading.tenant', 'a, b', undefined],
      ['partition.leading.tenant', undefined, 'c, d'],
    ],
  ],
])('%s is told with what was and what is', (_, change, expected) => {
  const changes = compareDatasets(kept([parseDataset(base)]), [parseDataset({ ...base, ...change })]);
  expect(changes.map(({ subject, from, to }) => [subject, from, to])).toEqual(expected);
  expect(changes.every((one) => one.dataset === 'events' && one.class === RULES[one.rule].class)).toBe(true);
});

test('a retention that gets an end is shorter', () => {
  const [before, after] = [{}, { curatedDays: 36_500 }].map((retention) => parseDataset({ ...base, retention }));
  expect(compareDatasets(kept([before as Dataset]), [after as Dataset])).toEqual([
    {
      ...{ dataset: 'events', subject: 'retention.curatedDays', rule: 'retention-shorter', class: 'care' },
      ...{ from: undefined, to: '36500' },
    },
  ]);
});

test('of an Iceberg table, what is inside a column is refused alike, and other changes are told as they are', () => {
  const before = parseDataset({ ...base, iceberg: true });
  const after = parseDataset({
    ...base,
    iceberg: true,
    columns: [
      ...without('items').filter(({ name }) => name !== 'labels'),
      { name: 'items', type: 'array<struct<sku:string,count:string>>' },
      { name: 'labels', type: 'map<string,bigint>' },
      { name: 'extra', type: 'string' },
      { name: 'share', type: 'double' },
    ],
  });
  expect(
    compareDatasets(kept([before]), [after]).map(({ subject, rule, from, to }) => [subject, rule, from, to]),
  ).toEqual([
    ['extra', 'column-added', undefined, 'string'],
    ['share', 'column-added', undefined, 'double'],
    ['items[].count', 'type-changed', 'int', 'string'],
    ['labels{}', 'type-widened-inside', 'int', 'bigint'],
  ]);
});
