import type { Dataset } from '../../../lib/dataset';
import { ChecksFailedError } from './checks-failed';
import type { CheckCounts, LoadedInput, LocalFiles } from './converter';

/**
 * What became of the rows of a set of raw objects. Invariant:
 * `rowsIn = rowsOut + rowsQuarantined + duplicates + superseded + deletions`.
 */
export interface RowCounts extends CheckCounts {
  /** Non-blank lines (CSV: records, Parquet: rows) of readable objects. */
  readonly rowsIn: number;
  readonly rowsOut: number;
  readonly rowsQuarantined: number;
  /** Rows whose key already existed. */
  readonly duplicates: number;
  /** Where rows supersede each other: rows for whose key there is a later or equal row. */
  readonly superseded: number;
  /** Rows that delete their key and are the latest row of that key. */
  readonly deletions: number;
  /** Rows of committed files that were removed because a later row superseded them, or because their key was deleted. */
  readonly rowsReplaced: number;
  /** Consumed raw objects, including unreadable ones. */
  readonly objectsIn: number;
  /** Bytes of those objects as stored. */
  readonly bytesIn: number;
  /** Raw objects that could not be read at all and are in quarantine byte for byte; their rows are unknown. */
  readonly objectsQuarantined: number;
  /** Of the readable rows, duplicates included, those whose event time is more than a day outside of the partition. */
  readonly rowsOutsidePartition: number;
  /** Data files committed and their bytes. */
  readonly filesOut: number;
  readonly bytesOut: number;
}

export const NO_ROWS: RowCounts = {
  rowsIn: 0,
  rowsOut: 0,
  rowsQuarantined: 0,
  duplicates: 0,
  superseded: 0,
  deletions: 0,
  rowsReplaced: 0,
  objectsIn: 0,
  bytesIn: 0,
  objectsQuarantined: 0,
  rowsOutsidePartition: 0,
  rowsWarned: 0,
  rowsFailed: 0,
  failedChecks: {},
  filesOut: 0,
  bytesOut: 0,
};

/** Records from before there were checks have no counts of them. */
export function addCounts(
  { failedChecks: before = {}, ...a }: RowCounts,
  { failedChecks: more = {}, ...b }: RowCounts,
): RowCounts {
  return { ...sumOf(a, b), failedChecks: sumOf(before, more) };
}

function sumOf<T extends { readonly [name in keyof T]: number }>(a: T, b: T): T {
  const sum: Record<string, number> = { ...a };
  for (const [name, value] of Object.entries<number>(b)) sum[name] = (sum[name] ?? 0) + value;
  return sum as T;
}

/** Only the counts of a value that has more fields. */
export function countsOf(counted: RowCounts): RowCounts {
  const names = Object.keys(NO_ROWS) as (keyof RowCounts)[];
  return Object.fromEntries(names.map((name) => [name, counted[name]])) as unknown as RowCounts;
}

/** Rows and files that a transaction writes. */
export type Written = Pick<RowCounts, 'rowsOut' | 'duplicates' | 'rowsOutsidePartition' | 'filesOut' | 'bytesOut'> &
  Partial<Pick<RowCounts, 'superseded' | 'deletions' | 'rowsReplaced'>> & {
    /** Rows that are left out because they were erased: they do not count as rows in. @default 0 */
    readonly erased?: number | undefined;
  };

export interface CountedBatch {
  readonly inputs: readonly LoadedInput[];
  readonly checks?: CheckCounts | undefined;
}

/**
 * What happens to the rows of inputs once the written files are committed.
 *
 * @throws Error when rows are unaccounted for; nothing has been committed then
 */
export function countRows(
  { inputs, checks }: CountedBatch,
  { erased = 0, ...written }: Written,
  where: string,
): RowCounts {
  const rowsQuarantined = sum(inputs, ({ rejected }) => rejected.length);
  const counts = {
    superseded: 0,
    deletions: 0,
    rowsReplaced: 0,
    ...(checks ?? { rowsWarned: 0, rowsFailed: 0, failedChecks: {} }),
    ...written,
    rowsIn: sum(inputs, ({ accepted }) => accepted) - erased + rowsQuarantined,
    rowsQuarantined,
    objectsIn: inputs.length,
    bytesIn: sum(inputs, ({ size }) => size),
    objectsQuarantined: sum(inputs, ({ unreadable }) => (unreadable === undefined ? 0 : 1)),
  };
  assertBalanced(counts, where);
  return counts;
}

/**
 * The counts of a batch with those of rows that repeat what should be unique.
 *
 * @throws ChecksFailedError when one of these checks fails the commit
 */
export function withRepeats(
  { name, checks = [] }: Pick<Dataset, 'name' | 'checks'>,
  { inputs, checks: counted }: CountedBatch,
  { repeats = {} }: Pick<LocalFiles, 'repeats'>,
): CountedBatch {
  const failed = checks.filter(({ onFail }) => onFail === 'fail');
  const total = sum(Object.values(repeats), (rows) => rows);
  const fail = sum(failed, (check) => repeats[check.name] ?? 0);
  if (fail > 0) throw new ChecksFailedError(name, failed, { byName: repeats, fail }, undefined);
  if (total === 0 || counted === undefined) return { inputs, checks: counted };
  const failedChecks = { ...counted.failedChecks, ...repeats };
  return { inputs, checks: { ...counted, rowsWarned: counted.rowsWarned + total, failedChecks } };
}

/** The counts of files that a batch was written to. */
export const writtenFiles = (files: LocalFiles): Written => ({
  rowsOut: files.rows,
  duplicates: files.duplicates,
  rowsOutsidePartition: files.rowsOutsidePartition ?? 0,
  erased: files.erased,
  filesOut: files.paths.length,
  bytesOut: files.bytes,
});

const sum = <T>(items: readonly T[], value: (item: T) => number): number =>
  items.reduce((total, item) => total + value(item), 0);

function assertBalanced(counts: RowCounts, where: string): void {
  const { rowsOut, rowsQuarantined, duplicates, superseded, deletions } = counts;
  const accounted = rowsOut + rowsQuarantined + duplicates + superseded + deletions;
  if (counts.rowsIn !== accounted) {
    throw new Error(
      `${where}: ${counts.rowsIn} rows in, but ${rowsOut} out + ${rowsQuarantined} quarantined + ${duplicates} duplicates + ` +
        `${superseded} superseded + ${deletions} deletions = ${accounted}; nothing was committed`,
    );
  }
}
