import type { RowCheck } from '../../../lib/dataset';
import type { PinnedInput } from './names';

/** Rows fail a check that fails the commit. Nothing of the batch is committed, and its raw objects stay where they are. */
export class ChecksFailedError extends Error {
  override readonly name = 'ChecksFailedError';
  /** Rows by the name of the check. */
  readonly failedChecks: Readonly<Record<string, number>>;
  /** Rows that fail one of them or more. */
  readonly rows: number;
  /** An object that holds one of them. */
  readonly object: Pick<PinnedInput, 'key' | 'etag'> | undefined;

  /** @param example one of the rows: its object, and where in it and why, for people */
  constructor(
    dataset: string,
    checks: readonly Pick<RowCheck, 'name' | 'expects'>[],
    found: { readonly byName: Readonly<Record<string, number>>; readonly fail: number },
    example: (Pick<PinnedInput, 'key' | 'etag'> & { readonly row: string }) | undefined,
  ) {
    const failed = checks.filter(({ name }) => (found.byName[name] ?? 0) > 0);
    const words = failed.map(
      ({ name, expects }) => `${name}, which expects ${expects} (${rowsOf(found.byName[name] ?? 0)})`,
    );
    super(
      `nothing of ${dataset} was committed: ${rowsOf(found.fail)} ${found.fail === 1 ? 'fails' : 'fail'} ${words.join(', and ')}. ` +
        `${example === undefined ? '' : `For example ${example.row}. `}The raw objects stay where they are`,
    );
    this.failedChecks = Object.fromEntries(failed.map(({ name }) => [name, found.byName[name] ?? 0]));
    this.rows = found.fail;
    this.object = example && { key: example.key, etag: example.etag };
  }
}

const rowsOf = (count: number): string => `${count} ${count === 1 ? 'row' : 'rows'}`;
