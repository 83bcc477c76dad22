import type { LoadedInput, LocalFiles } from './converter';

/** What became of the rows of a set of raw objects. Invariant: `rowsIn = rowsOut + rowsQuarantined + duplicates`. */
export interface RowCounts {
  /** Non-blank lines (CSV: records, Parquet: rows) of readable objects. */
  readonly rowsIn: number;
  readonly rowsOut: number;
  readonly rowsQuarantined: number;
  readonly duplicates: number;
  /** Raw objects taken in, unreadable ones included. */
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
  objectsIn: 0,
  bytesIn: 0,
  objectsQuarantined: 0,
  rowsOutsidePartition: 0,
  filesOut: 0,
  bytesOut: 0,
};

export function addCounts(a: RowCounts, b: RowCounts): RowCounts {
  const sum: Record<string, number> = { ...a };
  for (const [name, value] of Object.entries(b)) sum[name] = (sum[name] ?? 0) + value;
  return sum as unknown as RowCounts;
}

/** The counts alone of something that has them among other things. */
export function countsOf(counted: RowCounts): RowCounts {
  const counts: Record<string, number> = { ...NO_ROWS };
  for (const name of Object.keys(NO_ROWS) as (keyof RowCounts)[]) counts[name] = counted[name];
  return counts as unknown as RowCounts;
}

/**
 * What becomes of the rows of inputs once these files are committed.
 *
 * @throws Error when rows are unaccounted for; nothing has been committed then
 */
export function countRows(inputs: readonly LoadedInput[], files: LocalFiles, where: string): RowCounts {
  const rowsQuarantined = sum(inputs, ({ rejected }) => rejected.length);
  const counts = {
    rowsIn: sum(inputs, ({ accepted }) => accepted) + rowsQuarantined,
    rowsOut: files.rows,
    rowsQuarantined,
    duplicates: files.duplicates,
    objectsIn: inputs.length,
    bytesIn: sum(inputs, ({ size }) => size),
    objectsQuarantined: sum(inputs, ({ unreadable }) => (unreadable === undefined ? 0 : 1)),
    rowsOutsidePartition: files.rowsOutsidePartition ?? 0,
    filesOut: files.paths.length,
    bytesOut: files.bytes,
  };
  assertBalanced(counts, where);
  return counts;
}

const sum = <T>(items: readonly T[], value: (item: T) => number): number =>
  items.reduce((total, item) => total + value(item), 0);

function assertBalanced(counts: RowCounts, where: string): void {
  const accounted = counts.rowsOut + counts.rowsQuarantined + counts.duplicates;
  if (counts.rowsIn !== accounted) {
    throw new Error(
      `${where}: ${counts.rowsIn} rows in, but ${counts.rowsOut} out + ${counts.rowsQuarantined} quarantined + ` +
        `${counts.duplicates} duplicates = ${accounted}; nothing was committed`,
    );
  }
}
