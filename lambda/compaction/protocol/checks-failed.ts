import type { RowCheck } from '../../../lib/dataset';

/** Rows fail a check that fails the commit. Nothing of the batch is committed, and its raw objects stay where they are. */
export class ChecksFailedError extends Error {
  override readonly name = 'ChecksFailedError';
  /** Rows by the name of the check. */
  readonly failedChecks: Readonly<Record<string, number>>;
  /** Rows that fail one of them or more. */
  readonly rows: number;

  /** @param example one of the rows, for people */
  constructor(
    dataset: string,
    checks: readonly Pick<RowCheck, 'name' | 'expects'>[],
    found: { readonly byName: Readonly<Record<string, number>>; readonly fail: number },
    example: string | undefined,
  ) {
    const failed = checks.filter(({ name }) => (found.byName[name] ?? 0) > 0);
    const words = failed.map(({ name, expects }) => `${name}, which expects ${expects} (${found.byName[name]} rows)`);
    super(
      `nothing of ${dataset} was committed: ${found.fail} rows fail ${words.join(', and ')}. ` +
        `${example === undefined ? '' : `For example ${example}. `}The raw objects stay where they are`,
    );
    this.failedChecks = Object.fromEntries(failed.map(({ name }) => [name, found.byName[name] ?? 0]));
    this.rows = found.fail;
  }
}
