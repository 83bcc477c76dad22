/** Datasets as strangers declare them, in place of those of the tests: import this before what reads the configuration. */
import { type Dataset, type DatasetDefinition, parseDatasets } from '../../../lib/dataset';

const base = (name: string, changes: Partial<DatasetDefinition>): DatasetDefinition => ({
  name,
  description: 'As a stranger declares it.',
  columns: [
    { name: 'id', type: 'string', notNull: true },
    { name: 'at', type: 'timestamp', notNull: true },
    { name: 'note', type: 'string' },
  ],
  partition: { scheme: 'day', from: '2026-01-01', to: '2026-12-31' },
  eventTime: 'at',
  input: { formats: ['ndjson'] },
  ...changes,
});

const EVERY_TYPE: DatasetDefinition['columns'] = [
  { name: 'id', type: 'bigint', notNull: true },
  { name: 'at', type: 'timestamp', notNull: true },
  { name: 'flag', type: 'boolean' },
  { name: 'tiny', type: 'tinyint' },
  { name: 'small', type: 'smallint' },
  { name: 'n', type: 'int' },
  { name: 'ratio', type: 'float' },
  { name: 'value', type: 'double' },
  { name: 'price', type: 'decimal(12,2)' },
  { name: 'exact', type: 'decimal(38,10)' },
  { name: 'unit', type: 'decimal(5,5)' },
  { name: 'born', type: 'date' },
  { name: 'data', type: 'binary' },
  { name: 'tags', type: 'array<string>' },
  { name: 'counts', type: 'map<string,bigint>' },
  { name: 'codes', type: 'map<int,decimal(20,4)>' },
  { name: 'items', type: 'array<struct<sku:string,price:decimal(18,6),seen_at:timestamp,born:date>>' },
  { name: 'deep', type: 'struct<a:struct<b:map<string,array<timestamp>>,c:array<array<tinyint>>>,d:double>' },
];

const DEFINITIONS: readonly DatasetDefinition[] = [
  base('every_type', { columns: EVERY_TYPE, dedupeKey: ['id'], sortBy: ['at'] }),
  base('every_type_in_parquet', { columns: EVERY_TYPE, dedupeKey: ['id'], input: { formats: ['parquet'] } }),
  base('tab_separated', {
    columns: EVERY_TYPE.slice(0, 12),
    dedupeKey: ['id'],
    input: { formats: ['csv'], csv: { delimiter: '\t' } },
  }),
  base('csv_of_dashes', { input: { formats: ['csv', 'parquet'], csv: { delimiter: '-' } } }),
  base('one_column', { columns: [{ name: 'at', type: 'timestamp', notNull: true }], input: { formats: ['csv'] } }),
  base('by_day_of_a_sensor', {
    columns: [
      { name: 'sensor', type: 'smallint', notNull: true },
      { name: 'measured_on', type: 'date', notNull: true },
      { name: 'grade', type: 'tinyint' },
    ],
    eventTime: 'measured_on',
    partition: { scheme: 'dt', from: '2030-01-01', to: '2030-01-02' },
  }),
  base('for_any_customer', {
    dedupeKey: ['id', 'at'],
    partition: {
      ...{ scheme: 'hour', from: '2019-12-30', to: '2019-12-30' },
      leading: [
        { name: 'customer_id', kind: 'injected' },
        { name: 'plan', kind: 'enum', values: ['free', 'paid'] },
      ],
    },
  }),
  // Most rows share their key with another one; the name of the event time ends that of a column before it.
  base('few_keys_in_another_century', {
    columns: [
      { name: 'is_new', type: 'boolean', notNull: true },
      { name: 'created_at', type: 'timestamp', notNull: true },
      { name: 'at', type: 'timestamp', notNull: true },
      { name: 'note', type: 'string' },
    ],
    dedupeKey: ['is_new'],
    partition: { scheme: 'day', from: '2190-01-01', to: '2190-12-31' },
  }),
  base('of_long_ago', { dedupeKey: ['id'], partition: { scheme: 'dt', from: '1890-01-01', to: '1890-12-31' } }),
  base('of_other_names', {
    columns: [
      { name: 'event_id', type: 'string', notNull: true, from: { firstOf: ['eventID', 'id'] } },
      { name: 'event_time', type: 'timestamp', notNull: true, from: { path: ['detail', '@timestamp'] } },
      { name: 'source_name', type: 'string', from: { path: ['detail', 'say "hi"', '__proto__'] } },
      {
        name: 'items',
        type: 'array<struct<sku:string,seen_at:timestamp,parts:map<string,struct<n:int>>>>',
        from: 'Artikel/Ä',
        fields: { sku: { from: 'SKU' }, 'parts.n': { from: { path: ['count', 'N'] } } },
      },
    ],
    eventTime: 'event_time',
    dedupeKey: ['event_id'],
  }),
  base('in_camel_case', {
    columns: [
      { name: 'event_id', type: 'string', notNull: true },
      { name: 'event_time', type: 'timestamp', notNull: true },
      { name: 'http_status', type: 'int' },
      { name: 'request_of', type: 'struct<client_ip:string,sent_at:timestamp>' },
    ],
    columnNames: 'snake',
    eventTime: 'event_time',
    dedupeKey: ['event_id'],
  }),
  base('csv_of_other_names', {
    columns: [
      { name: 'vendor_id', type: 'int' },
      { name: 'at', type: 'timestamp', notNull: true, from: { firstOf: ['pickup, "local"', { path: ['a', 'b'] }] } },
      { name: 'note', type: 'string', from: '__proto__' },
    ],
    columnNames: 'snake',
    input: { formats: ['csv', 'ndjson'] },
  }),
  base('parquet_of_other_names', {
    columns: [
      { name: 'id', type: 'string', notNull: true, from: 'ID' },
      { name: 'at', type: 'timestamp', notNull: true, from: { path: ['detail', 'time'] } },
    ],
    input: { formats: ['parquet', 'ndjson'] },
  }),
  base('of_other_times', {
    columns: [
      { name: 'id', type: 'string', notNull: true },
      { name: 'at', type: 'timestamp', notNull: true, format: { pattern: '%d/%b/%Y:%T.%f %z' } },
      { name: 'seconds', type: 'timestamp', format: { epoch: 's' } },
      { name: 'nanos', type: 'array<timestamp>', format: { epoch: 'ns' } },
      { name: 'born', type: 'date', format: { pattern: '%A %e. %B %Y' } },
      {
        name: 'detail',
        type: 'struct<seen_at:timestamp>',
        fields: { seen_at: { from: 'Seen At', format: { pattern: '%F %I:%M:%S,%f %p', zone: '-09:30' } } },
      },
    ],
    dedupeKey: ['id'],
  }),
  base('csv_of_other_times', {
    columns: [
      { name: 'id', type: 'string', notNull: true },
      { name: 'at', type: 'timestamp', notNull: true, format: { epoch: 'us' } },
      { name: 'born', type: 'date', format: { pattern: '%d.%m.%Y' } },
      { name: 'local_at', type: 'timestamp', format: { pattern: '%m/%d/%Y, %T.%f', zone: '+02:00' } },
    ],
    dedupeKey: ['id'],
    input: { formats: ['csv', 'ndjson'] },
  }),
  base('parquet_of_other_times', {
    columns: [
      { name: 'id', type: 'string', notNull: true },
      { name: 'at', type: 'timestamp', notNull: true, format: { epoch: 's' } },
      { name: 'born', type: 'date', format: { pattern: '%d.%m.%Y' } },
    ],
    input: { formats: ['parquet', 'ndjson'] },
  }),
  base('of_changes', {
    columns: [
      {
        name: 'id',
        type: 'string',
        notNull: true,
        from: { firstOf: [{ path: ['after', 'id'] }, { path: ['before', 'id'] }] },
      },
      { name: 'at', type: 'timestamp', notNull: true, from: 'ts_ms', format: { epoch: 'ms' } },
      { name: 'lsn', type: 'bigint', notNull: true, from: { path: ['source', 'lsn'] } },
      { name: 'op', type: 'string' },
      { name: 'price', type: 'decimal(10,2)', from: { path: ['after', 'price'] } },
    ],
    dedupe: { key: ['id'], keep: 'latest', by: ['lsn'], deleted: { column: 'op', values: ['d'] } },
  }),
  base('csv_of_changes', {
    columns: [
      { name: 'is_deleted', type: 'boolean' },
      { name: 'id', type: 'int', notNull: true },
      { name: 'at', type: 'timestamp', notNull: true },
      { name: 'note', type: 'string', notNull: true },
    ],
    dedupe: { key: ['id'], keep: 'latest', by: ['at'], deleted: 'is_deleted' },
    input: { formats: ['csv', 'ndjson', 'parquet'] },
  }),
  base('json_in_any_arrangement', {
    columns: [
      { name: 'id', type: 'string', notNull: true },
      { name: 'at', type: 'timestamp', notNull: true },
      { name: 'tags', type: 'array<string>' },
    ],
    dedupeKey: ['id'],
    input: { formats: ['json'] },
  }),
  base('records_in_envelopes', {
    columns: [
      { name: 'id', type: 'string', notNull: true },
      { name: 'at', type: 'timestamp', notNull: true },
      { name: 'owner', type: 'string' },
      { name: 'log_group', type: 'string', from: 'logGroup' },
    ],
    dedupeKey: ['id'],
    input: {
      formats: ['json'],
      json: { unwrap: { path: ['data', 'logEvents'] }, carry: ['owner', { path: ['data', 'logGroup'] }] },
    },
  }),
  // The name of the example, and nothing else of it.
  base('access_logs', { columns: [{ name: 'event_time', type: 'timestamp', notNull: true }], eventTime: 'event_time' }),
];

export const oddDatasets: readonly Dataset[] = parseDatasets(
  DEFINITIONS.map((definition) => ({ file: `${definition.name}.ts`, definition })),
);

Object.defineProperty(globalThis, '__LAKE_DATASETS__', { configurable: true, value: oddDatasets });
