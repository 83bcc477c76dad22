import { createHash } from 'node:crypto';
import { type Dataset, supersedes } from '../../../lib/dataset';
import type { ColumnValue } from '../../../lib/rows/column-value';
import type { RowChecker } from '../../../lib/rows/row';

/** The parts of a request that distinguish its events from those of other requests. */
export interface RequestIdentity {
  readonly subject: string;
  /** The `Idempotency-Key` header. */
  readonly key: string | undefined;
}

/** Longer identities are hashed, so that what is remembered has bounded size. */
const LONGEST = 160;

/**
 * What makes two events one: equal identities are stored once. It must never be coarser than compaction, which drops a
 * row only if its dedupe key occurs in the same partition already; where in doubt it is finer, and compaction decides.
 *
 * - With a dedupe key whose rows do not supersede each other: the partition and the values of the key.
 * - Else with an Idempotency-Key: subject, key, index and the event itself, so that a key used for another event by
 *   mistake loses nothing.
 * - Else undefined: the event is stored as often as it is sent.
 */
export class Identifier {
  readonly #name: string;
  /** Columns of the dedupe key. */
  readonly #key: readonly ColumnValue[];
  /** Those of them where JSON.parse may turn two numbers into one. */
  readonly #inexact: readonly ColumnValue[];

  /** @param checker that has accepted the events when they are identified */
  constructor(dataset: Dataset, checker: RowChecker) {
    this.#name = dataset.name;
    // Where a later row of a key replaces an earlier one, two events with one key are two events.
    const key = supersedes(dataset) ? [] : dataset.dedupe.key;
    this.#key = key.map((name) => checker.column(name));
    this.#inexact = dataset.columns
      .filter(({ name, type }) => key.includes(name) && type.kind === 'decimal')
      .map(({ name }) => checker.column(name));
  }

  /** The identity of the event in `bytes`, from `start` to `end`, that the checker has just accepted. */
  identify(
    partition: string,
    request: RequestIdentity,
    index: number,
    { bytes, start, end }: { readonly bytes: Buffer; readonly start: number; readonly end: number },
  ): string | undefined {
    const name = this.#name;
    const key = this.#key;
    const [first] = key;
    if (first !== undefined && this.#inexact.every((column) => typeof column.read(bytes) !== 'number')) {
      const value = key.length === 1 ? first.read(bytes) : key.map((column) => column.read(bytes));
      return bounded(`${name}/${partition}/${typeof value === 'string' ? value : JSON.stringify(value)}`);
    }
    if (request.key === undefined) return undefined;
    const content = createHash('sha256').update(bytes.subarray(start, end)).digest('base64');
    return bounded(JSON.stringify([name, partition, request.subject, request.key, index, content]));
  }
}

function bounded(identity: string): string {
  return identity.length <= LONGEST ? identity : `#${createHash('sha256').update(identity).digest('base64')}`;
}
