/** Which of the rows with one key stays. */
export interface DedupeDefinition {
  /** Columns that identify a row within its partition. Each must be `notNull` and scalar. */
  readonly key: readonly string[];
  /**
   * - `earliest` without `by`: the row that was committed first; of rows in the same transaction, the one with the earliest event
   *   time. For copies of one event. `dedupeKey` is short for it.
   * - `earliest` or `latest` with `by`: exactly the one with the smallest or largest `by`, whatever the order of arrival.
   */
  readonly keep: 'earliest' | 'latest';
  /**
   * Column, or columns in order of weight, that say which row is later: a time of change, a sequence number. Scalar. A row
   * without a value gives way to any that has one. Of rows that are equal in all of them a deletion counts before any other
   * row, then the event time decides as `keep` says, then the values of all columns. Required for `latest`.
   */
  readonly by?: string | readonly string[];
  /**
   * What tells a row that deletes its key: a boolean column, or a column of strings or integers and the values that say so.
   * Only for `latest`; the first column of `by` must be `notNull`. Such a row may lack values of all columns but those of
   * `key` and `by`. @default no row deletes
   */
  readonly deleted?: string | { readonly column: string; readonly values: readonly (string | number)[] };
}

/** A row in which the column has one of the values deletes its key. */
export interface DeletionMarker {
  readonly column: string;
  readonly values: readonly (string | number | boolean)[];
}

/** A `DedupeDefinition`, checked, or the short form of one. */
export interface Dedupe {
  /** Empty: rows are kept as they arrive. */
  readonly key: readonly string[];
  readonly keep: 'earliest' | 'latest';
  /** Empty: what is committed stays. */
  readonly by: readonly string[];
  readonly deleted: DeletionMarker | undefined;
}

/** Whether the row that stays is decided by its content alone, so that a row of a committed file may have to give way. */
export const supersedes = ({ dedupe }: { readonly dedupe: Dedupe }): boolean => dedupe.by.length > 0;
