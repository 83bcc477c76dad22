import { createHash } from 'node:crypto';
import type { Dataset } from '../../../lib/dataset';
import { setAsidePrefix } from '../../../lib/dataset/layout';
import { objectAt } from '../store/object-at';
import type { ChecksFailedError } from './checks-failed';
import type { Lake, PartitionRef } from './lake';
import type { PinnedInput } from './names';
import { RETRY_MILLIS } from './set-aside';

/** A partition of which nothing is committed, because rows fail a check that fails the commit. */
export interface Hold {
  /** When they failed, ISO 8601. */
  readonly at: string;
  /** Why, for people. */
  readonly problem: string;
  /** Rows that fail. */
  readonly rows: number;
  /** An object that holds one of them. */
  readonly object: Pick<PinnedInput, 'key' | 'etag'> | undefined;
  /** The checks that they failed: others are tried at once. */
  readonly checks: string;
}

const keyOf = ({ dataset, partition }: PartitionRef): string => `${setAsidePrefix(dataset.name, partition)}checks.json`;

/** Whether something can fail the commit of a dataset. */
export const mayHold = ({ checks = [] }: Dataset): boolean => checks.some(({ onFail }) => onFail === 'fail');

const digestOf = ({ checks = [] }: Dataset): string =>
  createHash('sha256').update(JSON.stringify(checks)).digest('hex').slice(0, 32);

/**
 * Why a partition waits. It is tried again six hours after it failed, when its checks are others, or when the object that is known to fail was
 * rewritten, compacted or deleted: until then each run would download and convert the same rows, to no avail.
 */
export async function readHold(lake: Lake, ref: PartitionRef): Promise<Hold | undefined> {
  if (!mayHold(ref.dataset)) return undefined;
  const found = await lake.store.get(lake.buckets.curated, keyOf(ref));
  if (found === undefined) return undefined;
  const hold = JSON.parse(found.body.toString('utf8')) as Hold;
  if (lake.now().getTime() >= Date.parse(hold.at) + RETRY_MILLIS || hold.checks !== digestOf(ref.dataset))
    return undefined;
  const { object } = hold;
  if (object === undefined) return hold;
  const now = await objectAt(lake.store, lake.buckets.raw, object.key);
  return now?.etag === object.etag ? hold : undefined;
}

export async function writeHold(lake: Lake, ref: PartitionRef, failed: ChecksFailedError): Promise<void> {
  const { message: problem, rows, object } = failed;
  const hold: Hold = { at: lake.now().toISOString(), problem, rows, object, checks: digestOf(ref.dataset) };
  await lake.store.put(lake.buckets.curated, keyOf(ref), Buffer.from(JSON.stringify(hold)));
}
