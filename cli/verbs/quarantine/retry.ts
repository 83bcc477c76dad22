import type { QuarantineEntry } from '../../../lambda/compaction/protocol/quarantine';
import { objectAt } from '../../../lambda/compaction/store/object-at';
import type { Dataset } from '../../../lib/dataset';
import type { OperatedLake } from '../lake';
import type { QuarantineObject } from '../quarantined';
import { wasPut } from '../versions';
import { linesOf } from './lines';
import { besideSource, firstSource } from './names';

/** What becomes of one object in quarantine. */
export interface Retry {
  readonly lines: number;
  readonly objects: number;
  /** Why it stays as it is; undefined for what is put back. */
  readonly problem: string | undefined;
}

/** What is put into the inbox: lines, or an object as it came. */
type Back = { readonly key: string } & ({ readonly body: Buffer } | { readonly copyOf: string });

/**
 * Puts what one object of the quarantine holds back into the inbox, and takes it out of quarantine. It is put under a name of its
 * own, and only while no version of that name was there: so once, also when a retry was killed in between.
 *
 * @param mayChange whether to do it; otherwise only what would become of it is told
 */
export async function retry(
  lake: OperatedLake,
  dataset: Dataset,
  found: QuarantineObject,
  mayChange: boolean,
): Promise<Retry> {
  const { entries } = found;
  const whole = entries.filter(({ object_key: key }) => key !== null);
  const counts = { lines: entries.length - whole.length, objects: whole.length };
  const back = backOf(dataset, found);
  if (typeof back === 'string') return { ...counts, problem: back };
  const problem = await stillPending(lake, entries);
  if (problem !== undefined || !mayChange) return { ...counts, problem };
  const { raw, quarantine } = lake.buckets;
  const copies = (
    await Promise.all(whole.map(({ object_key: key }) => objectAt(lake.store, quarantine, key ?? '')))
  ).filter((copy) => copy !== undefined);
  if (!(await wasPut(lake, raw, back.key))) {
    if ('body' in back) await lake.store.put(raw, back.key, back.body, { ifAbsent: true });
    else {
      const copy = copies.find(({ key }) => key === back.copyOf);
      if (copy === undefined) return { ...counts, problem: 'its copy is gone' };
      await lake.store.copy({ ...copy, bucket: quarantine }, { bucket: raw, key: back.key });
    }
  }
  await lake.store.deleteMatching(quarantine, [...copies, found.object]);
  return { ...counts, problem: undefined };
}

function backOf(dataset: Dataset, { object, entries }: QuarantineObject): Back | string {
  const [first] = entries;
  if (first === undefined) return 'it is empty';
  const beside = besideSource(dataset, object.key, first);
  if (beside.kind === 'marker') return 'the dataset ignores its name now';
  if (beside.kind === 'unplaced') return beside.problem;
  if (first.object_key !== null) return { key: beside.key, copyOf: first.object_key };
  const lines = linesOf(dataset, firstSource(first), entries);
  return typeof lines === 'string' ? lines : { key: beside.key, body: lines };
}

/** Compaction that was interrupted writes the entry again, and the object that it is from is read once more. */
async function stillPending(lake: OperatedLake, entries: readonly QuarantineEntry[]): Promise<string | undefined> {
  const [first] = entries;
  if (first === undefined) return undefined;
  const source = await objectAt(lake.store, first.source_bucket, first.source_key);
  return source?.etag === first.source_etag ? 'the object that it is from is still pending' : undefined;
}
