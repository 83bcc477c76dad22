import { type Dataset, parseDataset } from '../../lib/dataset';

export type Scheme = Dataset['partition']['scheme'];
export type InputCodec = 'none' | 'gzip' | 'zstd';

/** What goes into the lake, and what is asked of it. Bytes count as 10^9 a GB. */
export interface Workload {
  /** Raw data a day, as text before compression, of all datasets. */
  readonly bytesPerDay: number;
  /** Of one object in the raw bucket, as stored. */
  readonly objectBytes: number;
  readonly inputCodec: InputCodec;
  readonly outputCodec: 'snappy' | 'zstd';
  readonly datasets: number;
  /** Partitions of each dataset that receive data at a time: values of its leading keys. */
  readonly partitions: number;
  readonly scheme: Scheme;
  /** Between two runs of the compaction. */
  readonly everySeconds: number;
  /** How long curated rows are kept. */
  readonly keptDays: number;
  readonly queriesPerDay: number;
  /** Days of data of one dataset that a query reads. */
  readonly queryDays: number;
  /** Share of the bytes of these days: of the columns, and of the row groups. */
  readonly queryShare: number;
  /** Whether each dataset has both limits of freshness. */
  readonly freshness: boolean;
  /** Whether each dataset is an Iceberg table as well. */
  readonly iceberg: boolean;
  /** Whether the ingest tier takes the data in. */
  readonly ingest: boolean;
}

/** What `npm run lake -- estimate` assumes where nothing is said. */
export const DEFAULT_WORKLOAD: Workload = {
  bytesPerDay: 10e9,
  objectBytes: 1e6,
  inputCodec: 'gzip',
  outputCodec: 'snappy',
  datasets: 3,
  partitions: 1,
  scheme: 'day',
  everySeconds: 15 * 60,
  keptDays: 365,
  queriesPerDay: 100,
  queryDays: 1,
  queryShare: 0.25,
  freshness: false,
  iceberg: false,
  ingest: false,
};

/** A dataset such as the workload has them; sizes of tasks and merges are those that the lake takes from it. */
export const datasetOf = ({ scheme, outputCodec }: Workload): Dataset =>
  parseDataset({
    name: 'estimated',
    description: 'What the estimate is about',
    columns: [
      { name: 'id', type: 'string', notNull: true },
      { name: 'at', type: 'timestamp', notNull: true },
    ],
    partition: { scheme, from: '2026-01-01', to: '2026-12-31' },
    eventTime: 'at',
    input: { formats: ['ndjson'] },
    compaction: { codec: outputCodec },
  });

const ENDINGS: Readonly<Record<InputCodec, string>> = { none: '', gzip: '.gz', zstd: '.zst' };

/** Key of a raw object, by which the planner estimates its text. */
export const keyOf = (codec: InputCodec): string => `part.json${ENDINGS[codec]}`;

const HOURS: Readonly<Record<Scheme, number>> = { hour: 1, day: 24, dt: 24, month: 730 };

/** Seconds in which a partition receives its data. */
export const partitionSeconds = ({ scheme }: Workload): number => HOURS[scheme] * 3_600;
