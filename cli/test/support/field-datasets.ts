/** Datasets of what the field delivers, in place of those of the tests: import this before what reads the configuration. */
import { type DatasetDefinition, parseDatasets, type TimeFormat } from '../../../lib/dataset';

const partition = { scheme: 'day', from: '2002-01-01', to: '2026-12-31' } as const;

export const TAXI: DatasetDefinition = {
  name: 'taxi',
  description: 'Trips of taxis, as a public CSV has them.',
  columns: [
    { name: 'vendor_id', type: 'int', notNull: true },
    { name: 'tpep_pickup_datetime', type: 'timestamp', notNull: true },
    { name: 'passenger_count', type: 'double' },
    { name: 'fare_amount', type: 'decimal(10,2)' },
    { name: 'pu_location_id', type: 'int' },
  ],
  columnNames: 'snake',
  partition,
  eventTime: 'tpep_pickup_datetime',
  input: { formats: ['csv'] },
};

const TRAIL: DatasetDefinition = {
  name: 'trail',
  description: 'Records of CloudTrail, one a line.',
  columns: [
    { name: 'event_id', type: 'string', notNull: true },
    { name: 'event_time', type: 'timestamp', notNull: true },
    { name: 'event_name', type: 'string' },
    { name: 'event_source', type: 'string', from: { firstOf: ['eventSource', 'eventsource'] } },
    { name: 'user_type', type: 'string', from: { path: ['userIdentity', 'type'] } },
  ],
  columnNames: 'snake',
  partition,
  eventTime: 'event_time',
  dedupeKey: ['event_id'],
  input: { formats: ['ndjson'] },
};

const CONTAINERS: DatasetDefinition = {
  name: 'containers',
  description: 'Log lines of containers, as Fluent Bit writes them.',
  columns: [
    { name: 'at', type: 'timestamp', notNull: true, from: '@timestamp' },
    { name: 'message', type: 'string', from: 'log' },
    { name: 'pod', type: 'string', from: { path: ['kubernetes', 'pod_name'] } },
    { name: 'app', type: 'string', from: { path: ['kubernetes', 'labels', 'app.kubernetes.io/name'] } },
  ],
  partition,
  eventTime: 'at',
  input: { formats: ['ndjson'] },
};

const NAMED_TIME: DatasetDefinition = {
  name: 'named_time',
  description: 'CSV whose time stands in one of two columns.',
  columns: [
    { name: 'id', type: 'string', notNull: true, from: 'ID' },
    { name: 'at', type: 'timestamp', notNull: true, from: { firstOf: ['new time', 'old time'] } },
  ],
  partition,
  eventTime: 'at',
  dedupeKey: ['id'],
  input: { formats: ['csv'] },
};

const laidOut = (name: string, layout: string, more: Partial<DatasetDefinition> = {}): DatasetDefinition => ({
  name,
  description: 'Rows whose producer has folders of its own.',
  columns: [
    { name: 'account', type: 'string', notNull: true },
    { name: 'id', type: 'bigint', notNull: true },
    { name: 'at', type: 'timestamp', notNull: true },
    { name: 'v', type: 'string' },
  ],
  partition,
  eventTime: 'at',
  dedupeKey: ['account', 'id'],
  ...more,
  input: { formats: ['ndjson', 'csv', 'parquet'], layout },
});

const PLAIN: DatasetDefinition['columns'] = [
  { name: 'id', type: 'bigint', notNull: true },
  { name: 'at', type: 'timestamp', notNull: true },
  { name: 'v', type: 'string' },
];

/** Layouts of producers; the first gives a column, the others do not. */
const LAID_OUT: readonly DatasetDefinition[] = [
  laidOut('accounts', 'AWSLogs/{account}/CloudTrail/{region}/{yyyy}/{MM}/{dd}/', {
    partition: { ...partition, leading: [{ name: 'region', kind: 'injected' }] },
  }),
  laidOut('stream', '{yyyy}/{MM}/{dd}/{HH}/', { columns: PLAIN, dedupeKey: ['id'] }),
  laidOut('monthly', 'year={yyyy}/month={M}/', {
    columns: PLAIN,
    dedupeKey: ['id'],
    partition: { ...partition, scheme: 'month' },
  }),
  laidOut('flat', '*.{yyyy}-{MM}-{dd}-{HH}.', { columns: PLAIN, dedupeKey: [] }),
  {
    ...laidOut('balancer', 'AWSLogs/{account}/elasticloadbalancing/{region}/{yyyy}/{MM}/{dd}/'),
    columns: [
      { name: 'account', type: 'string', notNull: true },
      { name: 'kind', type: 'string' },
      { name: 'at', type: 'timestamp', notNull: true, from: 'time' },
      { name: 'target', type: 'string' },
      { name: 'seconds', type: 'double' },
      { name: 'region', type: 'string', notNull: true },
    ],
    dedupeKey: [],
    input: {
      formats: ['csv'],
      csv: { delimiter: ' ', header: ['kind', 'time', 'target', 'seconds'], nulls: ['-'] },
      layout: 'AWSLogs/{account}/elasticloadbalancing/{region}/{yyyy}/{MM}/{dd}/',
    },
  },
];

const seconds = (name: string, format: TimeFormat): DatasetDefinition => ({
  ...CONTAINERS,
  name,
  columns: [
    { name: 'at', type: 'timestamp', notNull: true, from: 'date', format },
    { name: 'message', type: 'string', from: 'log' },
  ],
});

const FLOW_LOGS: DatasetDefinition = {
  name: 'flow_logs',
  description: 'Flow logs of a VPC, as CSV.',
  columns: [
    { name: 'account_id', type: 'string', notNull: true },
    { name: 'start_time', type: 'timestamp', notNull: true, from: 'start', format: { epoch: 's' } },
    { name: 'end_time', type: 'timestamp', from: 'end', format: { epoch: 's' } },
    { name: 'seen_on', type: 'date', format: { pattern: '%d.%m.%Y' } },
  ],
  columnNames: 'snake',
  partition,
  eventTime: 'start_time',
  input: { formats: ['csv'] },
};

const EVENTS: DatasetDefinition = {
  name: 'events',
  description: 'Events as streams and exports deliver them.',
  columns: [
    { name: 'id', type: 'int', notNull: true },
    { name: 'at', type: 'timestamp', notNull: true },
    { name: 'v', type: 'string' },
  ],
  partition,
  eventTime: 'at',
  dedupeKey: ['id'],
  input: { formats: ['ndjson'] },
};

const LOG_EVENTS: DatasetDefinition = {
  name: 'log_events',
  description: 'Events of a subscription of CloudWatch Logs, as Firehose writes them.',
  columns: [
    { name: 'id', type: 'string', notNull: true },
    { name: 'at', type: 'timestamp', notNull: true, from: 'timestamp' },
    { name: 'message', type: 'string' },
    { name: 'owner', type: 'string' },
    { name: 'log_group', type: 'string', from: 'logGroup' },
  ],
  partition,
  eventTime: 'at',
  dedupeKey: ['id'],
  input: { formats: ['json'], json: { unwrap: 'logEvents', carry: ['owner', 'logGroup'] } },
};

const ADDED = [
  EVENTS,
  LOG_EVENTS,
  {
    ...TRAIL,
    name: 'trail_files',
    input: { formats: ['json'], json: { unwrap: 'Records' } },
  } satisfies DatasetDefinition,
  seconds('epoch_seconds', { epoch: 's' }),
  seconds('sql_times', { pattern: '%Y-%m-%d %H:%M:%S.%f' }),
  FLOW_LOGS,
];

Object.defineProperty(globalThis, '__LAKE_DATASETS__', {
  configurable: true,
  value: parseDatasets(
    [TAXI, TRAIL, CONTAINERS, NAMED_TIME, ...ADDED, ...LAID_OUT].map((definition) => ({
      file: `${definition.name}.ts`,
      definition,
    })),
  ),
});
