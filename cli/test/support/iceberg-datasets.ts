/** Datasets that are Iceberg tables too, in place of those of the tests: import this before what reads the configuration. */
import { type DatasetDefinition, parseDatasets } from '../../../lib/dataset';

const base = {
  description: 'Rows that engines read in two ways.',
  columns: [
    { name: 'id', type: 'string', notNull: true },
    { name: 'at', type: 'timestamp', notNull: true },
    { name: 'tiny', type: 'tinyint' },
    { name: 'price', type: 'decimal(12,2)' },
    { name: 'who', type: 'struct<name:string,tags:array<string>,counts:map<string,bigint>>' },
  ],
  eventTime: 'at',
  dedupeKey: ['id'],
  input: { formats: ['ndjson'] },
  iceberg: true,
} satisfies Partial<DatasetDefinition>;

const range = { from: '2026-01-01', to: '2026-12-31' } as const;

export const DATASETS = parseDatasets(
  [
    { ...base, name: 'by_day', partition: { scheme: 'day', ...range } } as const,
    {
      ...base,
      name: 'by_hour_of_tenants',
      partition: { scheme: 'hour', ...range, leading: [{ name: 'tenant', kind: 'injected' }] },
    } as const,
    { ...base, name: 'by_month', partition: { scheme: 'month', ...range } } as const,
    { ...base, name: 'by_dt', partition: { scheme: 'dt', ...range } } as const,
    { ...base, name: 'not_published', iceberg: false, partition: { scheme: 'day', ...range } } as const,
  ].map((definition) => ({ file: `${definition.name}.ts`, definition })),
);

Object.defineProperty(globalThis, '__LAKE_DATASETS__', { configurable: true, value: DATASETS });
