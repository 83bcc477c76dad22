import type { Dedupe } from './dedupe';

/**
 * What becomes of a row that fails a check. `warn`: it is stored and counted. `quarantine`: it is put in quarantine, with the name of the
 * check as its reason. `fail`: nothing of its commit is stored; the raw objects stay where they are.
 */
export type CheckAction = 'warn' | 'quarantine' | 'fail';

/**
 * A value of a column of the check. Numbers for numbers, `true` and `false` for booleans, and texts for all else: `'2026-06-15'` for a
 * date or, as midnight in UTC, a timestamp; `'2026-06-15T10:00:00.5Z'` for a timestamp. A text of digits for a `bigint` or `decimal` that
 * has more digits than a JavaScript number keeps.
 */
export type CheckValue = string | number | boolean;

export interface CheckSettings {
  /**
   * What it is called in quarantine, logs and records of commits. Lowercase letters, digits and underscores, beginning with a letter, at most
   * 64 characters; each check of a dataset has its own. @default made of its columns and what it asks, such as `amount_range`
   */
  readonly name?: string;
  /** @default 'warn' */
  readonly onFail?: CheckAction;
}

export interface ColumnCheck extends CheckSettings {
  /** A column, or a field of structs with dots between the names: `'visitor.country'`. */
  readonly column: string;
}

/** 1 to 1,000 values, of a boolean, integer, decimal, string, date or timestamp. */
export interface InCheck extends ColumnCheck {
  readonly in: readonly CheckValue[];
}

/** The same, none of which a row should have. */
export interface NotInCheck extends ColumnCheck {
  readonly notIn: readonly CheckValue[];
}

/** Limits of a number, date or timestamp, both inclusive, of which one may be left out. `NaN` is in no range. */
export interface RangeCheck extends ColumnCheck {
  readonly min?: CheckValue;
  readonly max?: CheckValue;
}

/** A regular expression for the whole text of a `string`, in the syntax of `input.lines.pattern`. It takes linear time. */
export interface MatchesCheck extends ColumnCheck {
  readonly matches: string;
}

/**
 * A boolean expression over the columns of a row, in the SQL of DuckDB: `'shipped_at >= ordered_at'`. It reads nothing else, and uses no function
 * that depends on more than the row, such as the time of day. An expression that fails with an error, such as a cast, fails the check. Needs `name`.
 */
export interface SqlCheck extends CheckSettings {
  readonly sql: string;
}

/**
 * Columns of which no two rows of a partition have the same values: rows of the commit, and those of the partition's files at that time. Rows
 * with a null in one of them are never the same. Not with `onFail: 'quarantine'`, because it is not known which of the rows is wrong.
 */
export interface UniqueCheck extends CheckSettings {
  readonly unique: readonly string[];
}

/**
 * What the values of rows should be. A value that is null passes, as in SQL: `notNull` of a column refuses nulls.
 *
 * @example
 * ```ts
 * { column: 'amount', min: 0, max: 1_000_000, onFail: 'quarantine' }
 * ```
 */
export type CheckDefinition = InCheck | NotInCheck | RangeCheck | MatchesCheck | SqlCheck | UniqueCheck;

/** A check of a row, as SQL of the engine. */
export interface RowCheck {
  readonly name: string;
  readonly onFail: CheckAction;
  /** What it expects, in words: `amount from 0 to 1000000`. */
  readonly expects: string;
  /** A boolean expression over the columns of a row, which fails the check where it is false. */
  readonly sql: string;
  /** Whether it was written by hand: the engine has to check it, and it may fail with an error. */
  readonly isOwn?: true;
  /** Columns whose values no other row of the partition has; no row fails by itself. */
  readonly unique?: readonly string[];
}

/** The checks of a dataset that compare rows of a partition. */
export const uniqueChecks = ({ checks = [] }: { readonly checks?: readonly RowCheck[] }): readonly RowCheck[] =>
  checks.filter(({ unique }) => unique !== undefined);

/** Why a row that fails checks is in quarantine. */
export const failedChecks = (checks: readonly Pick<RowCheck, 'name' | 'expects'>[]): string =>
  checks.map(({ name, expects }) => `check ${name}: expected ${expects}`).join('; ');

/** Whether what is stored of a commit's rows depends on those that the partition has. */
export const comparesRows = (dataset: { readonly dedupe: Dedupe; readonly checks?: readonly RowCheck[] }): boolean =>
  dataset.dedupe.key.length > 0 || uniqueChecks(dataset).length > 0;
