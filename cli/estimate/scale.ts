import { type Dataset, parsePartitionPath, partitionInterval } from '../../lib/dataset';
import { ATHENA_MINIMUM_BYTES, DAYS_PER_MONTH, PRICE_LIST, scanDollars } from '../../lib/prices';
import type { Figures as Counted, PartitionFigures } from '../accounting';
import type { QueryResult } from '../query';
import { billOf, type Part, totalOf } from './bill';
import { type Saving, savingsOf } from './estimate';
import { figuresOf } from './figures';
import { limitsOf } from './limits';
import { DEFAULT_WORKLOAD, type InputCodec, type Workload } from './workload';

/** What a run measured, as far as it is carried over to another scale. */
export interface Measured {
  readonly total: Counted;
  readonly partitions: readonly PartitionFigures[];
  readonly queries: readonly QueryResult[];
  /** Of the raw objects, by their names. */
  readonly inputCodec: InputCodec;
}

/** A query of the run on as many times the data as the scale is larger. Bytes, and dollars as Athena bills. */
export interface ScaledQuery {
  readonly title: string;
  readonly raw: { readonly bytes: number; readonly dollars: number };
  readonly curated: { readonly bytes: number; readonly dollars: number };
}

/** The run at the scale of its user. */
export interface Scaled {
  /** As it was written: `1TB/day`. */
  readonly given: string;
  /** Raw data as stored, and what it becomes. */
  readonly day: {
    readonly rawBytes: number;
    readonly objects: number;
    readonly rows: number;
    readonly curatedBytes: number;
  };
  /** Days of data that the run had, and how many times more data a day the scale is. */
  readonly measuredDays: number;
  readonly times: number;
  readonly queries: readonly ScaledQuery[];
  /** Without queries: storage when everything is kept that is to be kept, and compaction. */
  readonly month: { readonly dollars: number; readonly parts: readonly Part[]; readonly keptDays: number };
  /** What all of its queries together cost in a month, each asked so often a day. */
  readonly queriesOfMonth: { readonly timesADay: number; readonly raw: number; readonly curated: number };
  readonly limits: readonly string[];
  /** What larger objects would save in a month, where these are small. */
  readonly savings: readonly Saving[];
  readonly prices: typeof PRICE_LIST;
}

/** How often each query of the run is asked in a day. */
const TIMES_A_DAY = 10;

/**
 * What the same data, queries and lake would read and cost at another scale: everything that the run measured (object size,
 * rows and Parquet for each raw byte, share of a query) is kept, and the amount is changed.
 *
 * @param scale bytes a day of raw data, as stored
 * @returns undefined when the run had no raw data in partitions
 */
export function scaled(
  dataset: Dataset,
  { total, partitions, queries, inputCodec }: Measured,
  scale: { readonly given: string; readonly bytesPerDay: number },
): Scaled | undefined {
  const placed = partitions.filter(({ partition }) => parsePartitionPath(dataset, partition).ok);
  const measuredDays = daysOf(dataset, placed);
  if (total.bytesBefore === 0 || total.filesBefore === 0 || measuredDays === 0) return undefined;
  const times = scale.bytesPerDay / (total.bytesBefore / measuredDays);
  const rawBytes = scale.bytesPerDay;
  const curatedBytes = (rawBytes * total.bytesAfter) / total.bytesBefore;
  const workload = workloadOf(dataset, { total, partitions: placed, inputCodec }, rawBytes);
  const figures = figuresOf(workload);
  // How much smaller rows become is not what was measured elsewhere, but here.
  const part = figures.parquetBytes === 0 ? 0 : curatedBytes / figures.parquetBytes;
  const own = { ...figures, parquetBytes: curatedBytes, mergedBytes: figures.mergedBytes * part };
  const parts = billOf(workload, own).filter(({ dollars }) => dollars > 0);
  const larger = queries.map((query) => scaledQuery(query, times));
  const month = (cost: (query: ScaledQuery) => number): number =>
    larger.reduce((sum, query) => sum + cost(query), 0) * TIMES_A_DAY * DAYS_PER_MONTH;
  return {
    given: scale.given,
    day: {
      rawBytes,
      objects: (rawBytes * total.filesBefore) / total.bytesBefore,
      rows: (rawBytes * total.rowsIn) / total.bytesBefore,
      curatedBytes,
    },
    measuredDays,
    times,
    queries: larger,
    month: { dollars: totalOf(parts), parts, keptDays: workload.keptDays },
    queriesOfMonth: {
      timesADay: TIMES_A_DAY,
      raw: month(({ raw }) => raw.dollars),
      curated: month(({ curated }) => curated.dollars),
    },
    limits: limitsOf(workload, own),
    savings: savingsOf(workload, totalOf(billOf(workload, figures))).filter(({ change }) => /objects/.test(change)),
    prices: PRICE_LIST,
  };
}

function scaledQuery({ title, raw, curated }: QueryResult, times: number): ScaledQuery {
  const cost = (bytes: number) => ({ bytes, dollars: scanDollars(Math.max(bytes, ATHENA_MINIMUM_BYTES)) });
  return { title, raw: cost(raw.bytes * times), curated: cost(curated.bytes * times) };
}

/** How much time the partitions cover, whatever their other keys are. */
function daysOf(dataset: Dataset, partitions: readonly PartitionFigures[]): number {
  const intervals = new Map(
    partitions.map(({ partition }) => {
      const { start, end } = partitionInterval(dataset, partition);
      return [start.getTime(), end.getTime() - start.getTime()];
    }),
  );
  return [...intervals.values()].reduce((sum, millis) => sum + millis, 0) / 86_400_000;
}

function workloadOf(
  dataset: Dataset,
  { total, partitions, inputCodec }: Pick<Measured, 'total' | 'partitions' | 'inputCodec'>,
  rawBytes: number,
): Workload {
  const objectBytes = total.bytesBefore / total.filesBefore;
  const base: Workload = {
    ...DEFAULT_WORKLOAD,
    inputCodec,
    outputCodec: dataset.compaction.codec === 'zstd' ? 'zstd' : 'snappy',
    datasets: 1,
    partitions: Math.max(1, leadingValues(dataset, partitions)),
    scheme: dataset.partition.scheme,
    keptDays: dataset.retention.curatedDays ?? DEFAULT_WORKLOAD.keptDays,
    queriesPerDay: 0,
    freshness: dataset.freshness !== undefined,
    iceberg: dataset.iceberg === true,
    objectBytes,
    bytesPerDay: rawBytes,
  };
  // The estimate counts text, of which compressed objects hold more than they are long.
  const { rawBytes: stored } = figuresOf(base);
  return { ...base, bytesPerDay: stored === 0 ? rawBytes : (rawBytes * rawBytes) / stored };
}

/** Partitions of one time: combinations of the leading keys. */
function leadingValues({ partition }: Dataset, partitions: readonly PartitionFigures[]): number {
  const keys = partition.leading.length;
  return new Set(partitions.map((one) => one.partition.split('/').slice(0, keys).join('/'))).size;
}
