import type { ColumnDefinition, DatasetDefinition } from '../../lib/dataset';

/**
 * Datasets that hold every column type in every partition scheme, with both kinds of leading keys, every input format as
 * the first (the one that the raw table reads) and every codec of the curated files. A dataset has one scheme and one
 * first format, so it takes a family.
 */

/** Every scalar type that all formats can hold, at the widths where engines differ. */
const SCALARS: readonly ColumnDefinition[] = [
  { name: 'id', type: 'string', notNull: true, comment: 'Unique id of the row' },
  { name: 'happened_at', type: 'timestamp', notNull: true, comment: 'Also the least and the largest timestamp' },
  { name: 'flag', type: 'boolean' },
  { name: 'tiny', type: 'tinyint' },
  { name: 'small', type: 'smallint' },
  { name: 'medium', type: 'int' },
  { name: 'large', type: 'bigint' },
  { name: 'single', type: 'float' },
  { name: 'twice', type: 'double' },
  { name: 'price', type: 'decimal(5,2)', comment: 'Held in 4 bytes' },
  { name: 'amount', type: 'decimal(18,6)', comment: 'Held in 8 bytes' },
  { name: 'huge', type: 'decimal(38,2)', comment: 'Held in 16 bytes' },
  { name: 'text', type: 'string' },
  { name: 'on_day', type: 'date' },
];

const NESTED: readonly ColumnDefinition[] = [
  { name: 'bytes', type: 'binary' },
  { name: 'words', type: 'array<string>' },
  { name: 'numbers', type: 'array<array<int>>' },
  { name: 'by_name', type: 'map<string,decimal(12,2)>' },
  { name: 'by_number', type: 'map<bigint,string>' },
  {
    name: 'nested',
    type: 'struct<label:string,at_time:timestamp,point:struct<x:double,y:double>,items:array<struct<sku:string,quantity:int>>,extra:map<string,array<bigint>>>',
  },
];

const common = {
  eventTime: 'happened_at',
  dedupeKey: ['id'],
} as const;

export const EVERY_TYPE: readonly DatasetDefinition[] = [
  {
    ...common,
    name: 'proof_day',
    description: 'Every type, by day, NDJSON first, Snappy, in the order in which rows came.',
    columns: [...SCALARS, ...NESTED],
    partition: { scheme: 'day', from: '2026-01-01', to: '2035-12-31' },
    input: { formats: ['ndjson', 'parquet'] },
  },
  {
    ...common,
    name: 'proof_hour',
    description: 'Every type, by hour below an enum and an injected key, Parquet first, zstd, sorted.',
    columns: [...SCALARS, ...NESTED],
    partition: {
      scheme: 'hour',
      from: '2026-01-01',
      to: '2035-12-31',
      leading: [
        { name: 'area', kind: 'enum', values: ['eu-west', 'us.east', 'Asia_1'] },
        { name: 'tenant', kind: 'injected' },
      ],
    },
    sortBy: ['happened_at', 'id'],
    input: { formats: ['parquet', 'ndjson'] },
    compaction: { codec: 'zstd' },
  },
  {
    ...common,
    name: 'proof_dt',
    description: 'Every type, by dt below an injected key, NDJSON, gzip, sorted by a decimal that may be null.',
    columns: [...SCALARS, ...NESTED],
    partition: {
      scheme: 'dt',
      from: '2026-01-01',
      to: '2035-12-31',
      leading: [{ name: 'tenant', kind: 'injected' }],
    },
    sortBy: ['huge', 'id'],
    input: { formats: ['ndjson'] },
    compaction: { codec: 'gzip' },
  },
  {
    ...common,
    name: 'proof_csv',
    description: 'Every type that CSV can hold, by dt below an enum key, CSV first, Snappy.',
    columns: SCALARS,
    partition: {
      scheme: 'dt',
      from: '2026-01-01',
      to: '2035-12-31',
      leading: [{ name: 'area', kind: 'enum', values: ['eu-west', 'us.east', 'Asia_1'] }],
    },
    sortBy: ['on_day', 'id'],
    input: { formats: ['csv', 'ndjson', 'parquet'], csv: { delimiter: ';' } },
  },
];

/** What a partition looks like while it is compacted, merged and vacuumed: rows that prove which commits they came with. */
export const CHURN: DatasetDefinition = {
  name: 'proof_churn',
  description: 'Rows that carry the number of their batch, of which one at a time is committed.',
  columns: [
    { name: 'id', type: 'string', notNull: true },
    { name: 'happened_at', type: 'timestamp', notNull: true },
    { name: 'batch', type: 'int', notNull: true, comment: 'Number of the commit that brought the row, from 1' },
    {
      name: 'weight',
      type: 'bigint',
      notNull: true,
      comment: 'Different in every row, so that a sum tells them apart',
    },
    { name: 'padding', type: 'string' },
  ],
  partition: { scheme: 'day', from: '2026-01-01', to: '2035-12-31' },
  eventTime: 'happened_at',
  dedupeKey: ['id'],
  sortBy: ['happened_at'],
  input: { formats: ['ndjson'] },
};
