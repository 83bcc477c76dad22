import {
  type ColumnDefinition,
  type Dataset,
  type DatasetDefinition,
  type DeliveryService,
  parseDatasets,
} from '../../lib/dataset';

const TYPES = ['string', 'bigint', 'double', 'timestamp', 'boolean', 'decimal(18,2)', 'date', 'int'];

/** Each way of dividing rows that datasets have, with and without keys before those of the time. */
const PARTITIONS: readonly DatasetDefinition['partition'][] = [
  { scheme: 'day', from: '2026-01-01', to: '2030-12-31' },
  { scheme: 'hour', from: '2026-01-01', to: '2030-12-31' },
  { scheme: 'month', from: '2026-01-01', to: '2030-12-31' },
  { scheme: 'dt', from: '2026-01-01', to: '2030-12-31', leading: [{ name: 'tenant', kind: 'injected' }] },
  {
    scheme: 'day',
    from: '2026-01-01',
    to: '2030-12-31',
    leading: [{ name: 'kind', kind: 'enum', values: ['a', 'b'] }],
  },
];

/** A twentieth of the datasets is delivered by a service, each by the next one. */
const SERVICES: readonly DeliveryService[] = [
  'firehose',
  'cloudtrail',
  'alb',
  'vpc-flow-logs',
  'waf',
  's3-access-logs',
];
const ONE_IN = 20;

/** Datasets as a big lake has them, `events_0000` and on: 32 columns, of every scheme, some with short retention, some delivered. */
export const manyDefinitions = (count: number, from = 0): readonly DatasetDefinition[] =>
  Array.from({ length: count }, (_, index) => definition(from + index));

function definition(number: number): DatasetDefinition {
  const columns: ColumnDefinition[] = Array.from({ length: 30 }, (_, index) => ({
    name: `column_${index}`,
    type: TYPES[index % TYPES.length] as string,
    comment: `What column number ${index} means`,
  }));
  const delivery = number % ONE_IN === 0 ? SERVICES[(number / ONE_IN) % SERVICES.length] : undefined;
  return {
    name: `events_${String(number).padStart(4, '0')}`,
    description: `Events of source number ${number}`,
    columns: [
      { name: 'event_id', type: 'string', notNull: true, comment: 'Unique id of the event' },
      { name: 'event_time', type: 'timestamp', notNull: true, comment: 'When it happened' },
      ...columns,
    ],
    partition: PARTITIONS[number % PARTITIONS.length] as DatasetDefinition['partition'],
    eventTime: 'event_time',
    dedupeKey: ['event_id'],
    input: { formats: ['ndjson'] },
    retention: { rawNoncurrentDays: number % 3 === 0 ? 14 : 30 },
    ...(delivery === undefined ? {} : { delivery }),
  };
}

export const parsed = (definitions: readonly DatasetDefinition[]): readonly Dataset[] =>
  parseDatasets(definitions.map((definition) => ({ file: `config/datasets/${definition.name}.ts`, definition })));
