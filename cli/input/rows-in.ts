import { entriesIn, type QuarantineEntry } from '../../lambda/compaction/protocol/quarantine';
import { type Dataset, rejectedLinesPrefix } from '../../lib/dataset';
import { BUCKETS, type LocalLake } from '../lake';
import { mayBeRetried, retriedKey } from '../verbs/quarantine/names';
import type { LoadedObject } from './ledger';
import { type Quarantined, readQuarantine } from './quarantined';

/** Objects and what was rejected of them, each row of a producer once. */
export interface RowsIn {
  readonly objects: readonly LoadedObject[];
  readonly quarantine: readonly Quarantined[];
  /** Keys of raw objects that a retry put. */
  readonly retried: ReadonlySet<string>;
}

/**
 * What came in, without what `quarantine --retry` put there again. Lines that it put back are rows of the object that they came
 * from: as such they are counted and read, so that one that a retry lost is missing. An object that it put back as a whole stands
 * in the place of its source, whose rows could not be counted.
 *
 * That something was put back is told by the quarantine, which keeps what was deleted as versions, and by the name that a retry
 * makes from it.
 */
export async function readRowsIn(lake: LocalLake, dataset: Dataset): Promise<RowsIn> {
  const objects = lake.ledger.objects(dataset.name);
  const quarantine = await readQuarantine(lake, dataset);
  if (!objects.some(({ key }) => mayBeRetried(key))) return { objects, quarantine, retried: new Set() };
  const retries = new Map<string, Retried>();
  for (const told of await everRejected(lake, dataset)) {
    const { entry, entries } = told;
    const [first] = entries;
    const key = first && retriedKey(dataset, entry, first);
    if (first === undefined || key === undefined || !lake.ledger.has(key)) continue;
    const isWhole = first.object_key !== null;
    // The note that an array or envelope ended too early has no bytes, and is put nowhere.
    const notes = isWhole ? 0 : entries.filter(({ raw, raw_base64: coded }) => (raw ?? coded ?? '') === '').length;
    retries.set(key, { source: first.source_key, entry, isWhole, notes });
  }
  const all = [...retries.values()];
  const ofLines = new Map<string, number>();
  for (const { source, isWhole, notes } of all) if (!isWhole) ofLines.set(source, (ofLines.get(source) ?? 0) + notes);
  const replaced = new Set(all.filter(({ isWhole }) => isWhole).map(({ source }) => source));
  const entries = new Set(all.map(({ entry }) => entry));
  const isCounted = (key: string): boolean => {
    const retried = retries.get(key);
    return retried === undefined || (retried.isWhole && isCounted(retried.source));
  };
  return {
    objects: objects
      .filter(({ key }) => isCounted(key) && !replaced.has(key))
      .map((object) => {
        const notes = ofLines.get(object.key);
        if (notes === undefined) return object;
        const rows = object.rows === null ? null : object.rows - notes;
        // Which lines fit is for today's declaration to say, not for a SerDe that makes null of what does not.
        return { ...object, rows, arranged: object.arranged === true || object.format === 'ndjson' };
      }),
    // Of a retry that was killed, or after a replay, they are there still.
    quarantine: quarantine.filter(({ entry }) => !entries.has(entry)),
    retried: new Set(retries.keys()),
  };
}

/** What a retry did with one object of the quarantine. */
interface Retried {
  /** Key of the raw object that it is from. */
  readonly source: string;
  /** Key in quarantine. */
  readonly entry: string;
  readonly isWhole: boolean;
  /** Entries without bytes. */
  readonly notes: number;
}

/** The newest version of everything that is, or ever was, in the quarantine of a dataset. */
export async function everRejected(
  lake: LocalLake,
  dataset: Dataset,
): Promise<readonly { readonly entry: string; readonly entries: readonly QuarantineEntry[] }[]> {
  const newest = new Map<string, string>();
  for await (const { key, versionId } of lake.store.listVersions(
    BUCKETS.quarantine,
    rejectedLinesPrefix(dataset.name),
  )) {
    if (!newest.has(key)) newest.set(key, versionId);
  }
  const found = [];
  for (const [entry, versionId] of newest) {
    const body = await lake.store.getVersion(BUCKETS.quarantine, entry, versionId);
    if (body !== undefined) found.push({ entry, entries: entriesIn(body) });
  }
  return found;
}
