import { supersedes } from '../../../lib/dataset';
import { recordPrefix } from '../../../lib/dataset/layout';
import { mapConcurrently } from '../concurrency';
import type { ObjectVersion } from '../store/object-store';
import type { CommitIntent } from './commit-intent';
import { readManifestVersions, readVersions } from './kept-versions';
import type { Lake, PartitionRef } from './lake';
import { inputDigest, type PinnedInput } from './names';
import { addCounts, NO_ROWS, type RowCounts } from './result';

/** What a replay reads, and what it cannot read any more. */
export interface ReplaySource {
  /** In the order of the commits. */
  readonly transactions: readonly ReplayTransaction[];
  /** What the transactions counted when they committed. */
  readonly recorded: RowCounts;
  /** Consumed versions that the raw bucket no longer keeps. */
  readonly expired: readonly PinnedInput[];
  /** Consumed versions that are current objects again, since somebody removed their delete markers: they wait for compaction. */
  readonly pendingAgain: readonly ObjectVersion[];
  /** Objects that `quarantine --retry` put into the inbox and that wait there: their rows are also in the object that they are from. */
  readonly pendingRetries: readonly ObjectVersion[];
  /** What a retry ever put into the inbox, with the object that it is from: compacted or not, it has the rows that were rejected there. */
  readonly retries: readonly { readonly of: PinnedInput; readonly object: ObjectVersion }[];
  /** Set when commits came before the oldest version of the manifest that is kept: its time. */
  readonly begins: Date | undefined;
  /** When the first of the transactions committed: the raw versions that it consumed are kept from then on. */
  readonly firstCommit: Date | undefined;
}

/** A transaction that committed, and the versions of raw objects that it consumed. */
export interface ReplayTransaction {
  /** Not after its commit. */
  readonly at: Date;
  readonly objects: readonly ObjectVersion[];
}

const READS_IN_FLIGHT = 16;

/**
 * Finds out what was compacted into a partition: the versions of raw objects that the records of committed transactions name. A
 * record is deleted once its inputs are, and stays as a version; it was committed if a version of the manifest lists its files.
 *
 * A delete marker proves nothing: a raw object that an operator or a producer deleted before it was compacted has one too, and is in
 * no record. Objects whose rows were all rejected, or were all duplicates, may be in no record either: they have no row in the table.
 */
export async function readReplaySource(lake: Lake, ref: PartitionRef): Promise<ReplaySource> {
  const manifests = await manifestVersions(lake, ref);
  const records = await recordVersions(lake, ref);
  const [oldest] = manifests;
  const committed = manifests.flatMap(({ ids, at }) => ids.map((id) => ({ id, at })));
  const order = new Map(committed.toReversed().map(({ id, at }) => [id, at]));
  const ids = [...new Set(committed.map(({ id }) => id))].filter((id) => records.has(id));
  const ours = ids.map((id) => records.get(id) as KeptRecord);

  const inputs = new Map(ours.flatMap((record) => record.inputs).map((input) => [nameOfVersion(input), input]));
  const { found, candidates } = await rawVersions(lake, [...inputs.values()]);
  const seen = new Set<string>();
  const digests = new Map([...candidates, ...inputs.values()].map((input) => [inputDigest(input), input]));
  /** The first object that an object was retried from, perhaps several times, and that is read: it has the same rows. */
  const originOf = ({ key }: PinnedInput): PinnedInput | undefined => {
    let origin: PinnedInput | undefined;
    for (let earlier = retriedFrom(key, digests); earlier; earlier = retriedFrom(earlier.key, digests)) {
      if (found.has(nameOfVersion(earlier))) origin = earlier;
    }
    return origin;
  };
  const retries = candidates.flatMap((object) => {
    const origin = originOf(object);
    return origin === undefined ? [] : [{ of: origin, object }];
  });
  const transactions = ours.map((record) => {
    const objects = record.inputs.flatMap((input) => {
      const name = nameOfVersion(input);
      const object = found.get(name);
      if (object === undefined || seen.has(name)) return [];
      seen.add(name);
      return originOf(object) === undefined ? [object] : [];
    });
    return { at: record.at, objects };
  });
  return {
    transactions: transactions.filter(({ objects }) => objects.length > 0),
    recorded: ours.reduce((sum, { counts }) => addCounts(sum, counts), NO_ROWS),
    expired: [...inputs].flatMap(([name, input]) => (found.has(name) ? [] : [input])),
    pendingAgain: [...found.values()].filter(({ isLatest }) => isLatest),
    pendingRetries: retries.flatMap(({ object }) => (object.isLatest ? [object] : [])),
    retries,
    begins: oldest !== undefined && !isBeginning(ref, oldest.ids, records) ? oldest.at : undefined,
    firstCommit: ids[0] === undefined ? undefined : order.get(ids[0]),
  };
}

export const nameOfVersion = ({ key, versionId }: PinnedInput): string => JSON.stringify([key, versionId]);

/** Whether all rows of the oldest version that is kept are of transactions whose records are kept too. */
function isBeginning(
  { dataset }: PartitionRef,
  ids: readonly string[],
  records: ReadonlyMap<string, CommitIntent>,
): boolean {
  const own = ids.map((id) => records.get(id));
  // A file that replaced others holds rows of earlier transactions too.
  return own.every((record) => record !== undefined && !(supersedes(dataset) && record.counts.rowsReplaced > 0));
}

/** The versions that are kept, the oldest first, with the transactions whose files each lists. */
async function manifestVersions(
  lake: Lake,
  ref: PartitionRef,
): Promise<readonly { readonly at: Date; readonly ids: readonly string[] }[]> {
  const versions = await readManifestVersions(lake, ref);
  return versions.map(({ lastModified: at, body }) => ({ at, ids: idsIn(body.toString('utf8')) })).reverse();
}

/** Whatever else somebody may have done to a manifest. */
const idsIn = (manifest: string): readonly string[] => [
  ...new Set([...manifest.matchAll(/\/(?:part|tomb)-([0-9a-f]{32})-\d+\.parquet$/gm)].map(([, id]) => id as string)),
];

interface KeptRecord extends CommitIntent {
  /** When it was first written. Older versions of the manifest may be gone. */
  readonly at: Date;
}

async function recordVersions(lake: Lake, ref: PartitionRef): Promise<ReadonlyMap<string, KeptRecord>> {
  const prefix = recordPrefix(ref.dataset.name, ref.partition);
  const versions = await readVersions(lake.store, lake.buckets.curated, prefix);
  // Of each, the newest version comes first: the oldest counts.
  return new Map(
    versions.map(({ key, lastModified: at, body }) => {
      const id = key.slice(prefix.length).replace(/\.json$/, '');
      return [id, { ...(JSON.parse(body.toString('utf8')) as CommitIntent), at }];
    }),
  );
}

/**
 * The versions of the inputs that the raw bucket keeps, by name; and what retries made in the same folders. Of each folder it lists
 * what begins as the inputs in it do: some layouts have the objects of all days in one.
 */
async function rawVersions(
  lake: Lake,
  inputs: readonly PinnedInput[],
): Promise<{ found: Map<string, ObjectVersion>; candidates: readonly ObjectVersion[] }> {
  const wanted = new Set(inputs.map(nameOfVersion));
  const found = new Map<string, ObjectVersion>();
  const candidates = new Map<string, ObjectVersion>();
  await mapConcurrently(prefixesOf(inputs), READS_IN_FLIGHT, async (prefix) => {
    for await (const version of lake.store.listVersions(lake.buckets.raw, prefix)) {
      const name = nameOfVersion(version);
      if (wanted.has(name)) found.set(name, version);
      if (RETRY.test(version.key)) candidates.set(name, version);
    }
  });
  return { found, candidates: [...candidates.values()] };
}

function prefixesOf(inputs: readonly PinnedInput[]): readonly string[] {
  const folders = new Map<string, string>();
  for (const { key } of inputs) {
    const folder = key.slice(0, key.lastIndexOf('/') + 1);
    folders.set(folder, commonStart(folders.get(folder) ?? key, key));
  }
  return [...folders].flatMap(([folder, start]) => (start === folder ? [start] : [start, `${folder}retry-`]));
}

function commonStart(a: string, b: string): string {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return a.slice(0, length);
}

/** As `quarantine --retry` names objects: after the object that they are from. */
const RETRY = /\/retry-(?:([0-9a-f]{32})|([0-9a-f]{12})-[^/]*)$/;

function retriedFrom(key: string, digests: ReadonlyMap<string, PinnedInput>): PinnedInput | undefined {
  const [, whole, start] = RETRY.exec(key) ?? [];
  if (whole !== undefined) return digests.get(whole);
  if (start === undefined) return undefined;
  const digest = [...digests.keys()].find((one) => one.startsWith(start));
  return digest === undefined ? undefined : digests.get(digest);
}
