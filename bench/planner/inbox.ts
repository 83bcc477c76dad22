import { createHash } from 'node:crypto';
import { parseDataset } from '../../lib/dataset';

/** What the benchmark plans: a partition for each hour. */
export const EVENTS = parseDataset({
  name: 'events',
  description: 'Events of the benchmark',
  columns: [
    { name: 'id', type: 'string', notNull: true },
    { name: 'at', type: 'timestamp', notNull: true },
  ],
  partition: { scheme: 'hour', from: '2025-01-01', to: '2034-12-31' },
  eventTime: 'at',
  input: { formats: ['ndjson'] },
});

const FIRST = Date.UTC(2025, 0, 1);

/** Hive path of the n-th partition. */
export function partitionOf(index: number): string {
  const time = new Date(FIRST + index * 3_600_000).toISOString();
  return `year=${time.slice(0, 4)}/month=${time.slice(5, 7)}/day=${time.slice(8, 10)}/hour=${time.slice(11, 13)}`;
}

/** Objects that are made up when they are asked for, so that ten million take no memory. */
export interface Keyspace {
  /** Of all keys, `raw/events/`. */
  readonly root: string;
  readonly partitions: number;
  readonly perPartition: number;
  /** Name of the n-th object of a partition, in the order of keys. */
  readonly name: (partition: number, index: number) => string;
  readonly size: (partition: number, index: number) => number;
  readonly time: (partition: number) => Date;
}

/** Files of one minute each in name, as agents write them. */
export const rawName = (partition: number, index: number): string =>
  `part-${String(index).padStart(7, '0')}-${digest(partition * 1_000_003 + index).slice(0, 12)}.json.gz`;

export const digest = (seed: number): string => createHash('md5').update(String(seed)).digest('hex');
