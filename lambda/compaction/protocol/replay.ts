import { randomUUID } from 'node:crypto';
import { comparesRows, DAY_MS, supersedes } from '../../../lib/dataset';
import { BudgetMeter, type TaskBudget } from '../planning/pending';
import type { ObjectInfo, ObjectVersion } from '../store/object-store';
import { graceMillis, isClosed, isExpired } from './ages';
import { addRewritten, NOTHING_REWRITTEN, uploadChanges, writtenChanges } from './changes';
import type { Batch, Converter, LoadedInput, LocalFiles } from './converter';
import { listDataFiles, putOnce, statFiles } from './data-files';
import { erasedLines, type KeptErasure, readErasures, sameErasures, whyNotErased } from './erasures';
import { type Lake, nameOf, type PartitionRef } from './lake';
import { MalformedManifestError, readManifest } from './manifest';
import { chooseMerge, mergePolicy } from './merge-policy';
import { dataFileKey, isTombstones, transactionId } from './names';
import { ReplayDenied, ReplayQuarantine, ReplayRefusal } from './replay-quarantine';
import { nameOfVersion, type ReplaySource, type ReplayTransaction, readReplaySource } from './replay-source';
import { copyFile } from './restore';
import { addCounts, countRows, NO_ROWS, type RowCounts, withRepeats, writtenFiles } from './result';
import { commitVersion, readVersion, retryContended } from './transaction';

export interface ReplaySettings {
  /** Raw objects that are converted at a time. */
  readonly budget: TaskBudget;
  /** Whether to build from what is still there when raw versions have expired. @default false */
  readonly incomplete?: boolean;
  /** Called with the number of raw objects that are read, of how many. @default nothing */
  readonly onProgress?: (done: number, all: number) => void;
}

export interface ReplayOutcome {
  /** Of the replay; `rowsIn = rowsOut + rowsQuarantined + duplicates + superseded + deletions`. */
  readonly counts: RowCounts;
  /** What the transactions counted that are replayed. */
  readonly recorded: RowCounts;
  /** Rows and rejected lines that were left out because they were erased. They are in no count. */
  readonly erased: number;
  /** Of the new version. */
  readonly files: readonly string[];
}

/**
 * Builds the files of a partition anew from the raw objects that were compacted into it, and makes them its files by one
 * replacement of the manifest: a reader sees the version before it or the one after it. Raw objects that wait are left alone.
 *
 * Each object is taken in the place that it had in the order of commits, so that the same row of each key stays. If another
 * commit comes first, what it took in is added, and the commit is tried again. A replay that dies leaves files that no
 * manifest lists, which a vacuum deletes.
 *
 * Rows that were erased are left out. An erase finds the files of a replay that has not seen it; one that has seen it begins anew.
 *
 * @throws ReplayRefusal when the partition cannot be built with all its rows: its files are as they were
 * @throws ReplayDenied when S3 lets the caller read no raw version
 */
export async function replay(
  lake: Lake,
  ref: PartitionRef,
  converter: Converter,
  settings: ReplaySettings,
): Promise<ReplayOutcome> {
  let rebuilt: Rebuilt | undefined;
  /** Of an attempt that had not seen an erase. */
  const abandoned = new Set<string>();
  const attempt = async (): Promise<ReplayOutcome | undefined> => {
    // As in every transaction: what is consumed after this version was read changes the manifest, and the commit is refused.
    const { manifest } = await readVersion(lake, ref).catch(notMalformed);
    const source = await readReplaySource(lake, ref);
    const erasures = await readErasures(lake, ref);
    const problem = whyNot(lake, ref, source, erasures, settings.incomplete ?? false);
    if (problem !== undefined) {
      // Of a transaction that committed in between, the inputs may not be deleted yet.
      if ((await readManifest(lake, ref)).etag !== manifest.etag) return undefined;
      throw new ReplayRefusal(problem);
    }
    if (rebuilt === undefined || !sameErasures(rebuilt.erasures, erasures)) {
      // What may have been listed may be in a snapshot.
      const deletable = ref.dataset.iceberg === true ? rebuilt?.unseen() : rebuilt?.uploaded;
      for (const key of deletable ?? []) abandoned.add(key);
      rebuilt = new Rebuilt(lake, ref, converter, erasures);
    }
    const all = source.transactions.flatMap(({ objects }) => objects).length;
    for (const group of groupsOf(ref, source.transactions, rebuilt, settings.budget)) {
      await rebuilt.add(group, source, (done) => settings.onProgress?.(done, all));
    }
    await rebuilt.pack();
    await rebuilt.renew();
    // All files are there: an erase that begins from here on finds them.
    if (!sameErasures(await readErasures(lake, ref), erasures)) return undefined;
    rebuilt.offer();
    const { files, counts, erased } = rebuilt;
    if (!(await commitVersion(lake, ref, manifest, files))) return undefined;
    // What nobody can have seen does not wait for the vacuum: an erase would meet it.
    for (const key of rebuilt.unseen()) abandoned.add(key);
    const left = abandoned.size === 0 ? [] : await listDataFiles(lake, ref);
    await lake.store.deleteMatching(
      lake.buckets.curated,
      left.filter(({ key }) => abandoned.has(key)),
    );
    return { counts, recorded: source.recorded, erased, files };
  };
  try {
    return await retryContended(lake, nameOf(ref), 'replays met faster writers', attempt);
  } catch (error) {
    const quarantined = rebuilt?.quarantined ?? 0;
    if (!(error instanceof ReplayRefusal) || quarantined === 0) throw error;
    const both = `Rows of ${quarantined} objects that fit no more are in quarantine already, and in the table until a replay of the partition ends`;
    throw new ReplayRefusal(`${error.message}. ${both}`, { cause: error });
  }
}

/** What keeps a partition from being rebuilt, with what to do; undefined: nothing. */
export function whyNot(
  lake: Pick<Lake, 'now'>,
  ref: PartitionRef,
  source: ReplaySource,
  erasures: readonly KeptErasure[],
  incomplete: boolean,
): string | undefined {
  const { dataset } = ref;
  if (isExpired(lake, ref)) {
    return `it is older than ${dataset.retention.curatedDays} days: the next maintenance would empty it again`;
  }
  const { expired, pendingRetries, begins, transactions } = source;
  const [again] = source.pendingAgain;
  if (again !== undefined) {
    return `${source.pendingAgain.length} of its raw objects are in the inbox again, ${again.key} first: compact them first`;
  }
  if (pendingRetries.length > 0) {
    return `${pendingRetries.length} objects that were put back from quarantine wait, ${pendingRetries[0]?.key} first: compact them first`;
  }
  const days = dataset.retention.rawNoncurrentDays;
  const kept = `Raw versions of the dataset are kept for ${days} days`;
  if (!incomplete && begins !== undefined) {
    return `its first commits were before ${begins.toISOString()}, and nothing tells any more what they took in. ${kept}, records of commits for the noncurrentDays of the stage`;
  }
  if (!incomplete && expired.length > 0) {
    return `${expired.length} of its raw objects are gone, ${expired[0]?.key} first. ${kept}`;
  }
  if (transactions.length === 0) return 'there is no raw version to build it from, or no record of what was compacted';
  return whyNotErased(ref, erasures);
}

function notMalformed(error: unknown): never {
  if (!(error instanceof MalformedManifestError)) throw error;
  throw new ReplayRefusal(`${error.message}: repair it first (verify --repair), or restore a version`, {
    cause: error,
  });
}

/** Until when all raw versions of a partition are kept; undefined when there is none. */
export function keptUntil({ dataset }: PartitionRef, { firstCommit }: ReplaySource): Date | undefined {
  if (firstCommit === undefined) return undefined;
  return new Date(firstCommit.getTime() + dataset.retention.rawNoncurrentDays * DAY_MS);
}

interface Group {
  readonly objects: readonly ObjectVersion[];
  /** Whose rows are left out: those that were erased after the objects were committed. */
  readonly erasures: readonly KeptErasure[];
}

/**
 * What is converted together. Of rows with one key the first commit counts, and within one the earliest event: then each
 * transaction is converted by itself. Otherwise the division does not matter. A group may be empty.
 */
function* groupsOf(
  { dataset }: PartitionRef,
  transactions: readonly ReplayTransaction[],
  rebuilt: Rebuilt,
  budget: TaskBudget,
): Generator<Group> {
  const isAlone = dataset.dedupe.key.length > 0 && !supersedes(dataset);
  let objects: ObjectVersion[] = [];
  let erasures: readonly KeptErasure[] = [];
  let meter = new BudgetMeter(budget);
  for (const transaction of transactions) {
    const todo = transaction.objects.filter((object) => !rebuilt.has(object));
    const own = rebuilt.erasures.filter(({ at }) => at >= transaction.at);
    if (isAlone) {
      yield { objects: todo, erasures: own };
      continue;
    }
    for (const object of todo) {
      if (!meter.take(object) || !sameErasures(own, erasures)) {
        yield { objects, erasures };
        objects = [];
        erasures = own;
        meter = new BudgetMeter(budget);
        meter.take(object);
      }
      objects.push(object);
    }
  }
  yield { objects, erasures };
}

const linesOf = (inputs: readonly LoadedInput[]): number =>
  inputs.reduce((sum, { rejected }) => sum + rejected.length, 0);

/** Files that are uploaded and in no manifest yet. Their names are random: those of the lost files may be taken. */
class Rebuilt {
  files: readonly string[] = [];
  counts = NO_ROWS;
  /** Rows and rejected lines. */
  erased = 0;
  readonly uploaded: string[] = [];
  readonly #offered = new Set<string>();
  readonly erasures: readonly KeptErasure[];
  readonly #lake: Lake;
  readonly #ref: PartitionRef;
  readonly #converter: Converter;
  readonly #done = new Set<string>();
  /** Objects with rows that this replay put into quarantine. */
  quarantined = 0;
  #quarantine: ReplayQuarantine | undefined;

  constructor(lake: Lake, ref: PartitionRef, converter: Converter, erasures: readonly KeptErasure[]) {
    this.erasures = erasures;
    this.#lake = lake;
    this.#ref = ref;
    this.#converter = converter;
  }

  /** From now on the files may have been listed. */
  offer(): void {
    for (const key of this.files) this.#offered.add(key);
  }

  /** Those that were uploaded, and replaced before they were offered. */
  unseen(): readonly string[] {
    return this.uploaded.filter((key) => !this.#offered.has(key));
  }

  has(object: ObjectVersion): boolean {
    return this.#done.has(nameOfVersion(object));
  }

  async add({ objects, erasures }: Group, source: ReplaySource, onBatch: (done: number) => void): Promise<void> {
    const isErased = erasedLines(this.#ref, erasures);
    this.#quarantine ??= await ReplayQuarantine.open(this.#lake, this.#ref);
    for (let rest = objects; rest.length > 0; ) {
      const batch = await this.#converter.load(this.#ref, rest, erasures);
      try {
        const { inputs } = batch;
        const offered = this.#taken(rest, batch);
        const kept = inputs.map((input) => ({
          ...input,
          rejected: input.rejected.filter(({ raw }) => !isErased(raw, input.key)),
        }));
        this.quarantined += await this.#quarantine.settle(inputs, kept, source, erasures.length > 0);
        const counts = supersedes(this.#ref.dataset) ? await this.#change(batch, kept) : await this.#write(batch, kept);
        this.counts = addCounts(this.counts, counts);
        this.erased += linesOf(inputs) - linesOf(kept);
        for (const input of inputs) this.#done.add(nameOfVersion(input));
        rest = rest.slice(offered);
      } finally {
        await batch.dispose();
      }
      onBatch(this.#done.size);
    }
  }

  /** How many of the objects the batch holds. @throws ReplayRefusal unless it holds all that it was to hold */
  #taken(objects: readonly ObjectVersion[], { inputs, refused, complete }: Batch): number {
    const [first] = refused;
    if (first !== undefined && inputs.length === 0 && refused.every(({ error }) => error.includes('AccessDenied'))) {
      throw new ReplayDenied(`${first.key}: ${first.error}`);
    }
    if (first !== undefined) {
      throw new ReplayRefusal(
        `S3 does not return ${refused.length} of its raw objects, ${first.key}: ${first.error}. Whoever replays needs ` +
          's3:GetObjectVersion on the raw bucket, and kms:Decrypt with the key of the object',
      );
    }
    const loaded = new Set(inputs.map(nameOfVersion));
    const last = objects.findLastIndex((object) => loaded.has(nameOfVersion(object)));
    const offered = complete ? objects.length : last + 1;
    const gone = objects.slice(0, Math.max(1, offered)).find((object) => !loaded.has(nameOfVersion(object)));
    if (gone === undefined) return offered;
    throw new ReplayRefusal(`${gone.key} expired while it was read, version ${gone.versionId}`);
  }

  async #write(batch: Batch, inputs: readonly LoadedInput[]): Promise<RowCounts> {
    const base = comparesRows(this.#ref.dataset) ? await this.#stat() : [];
    const local = await batch.write(base);
    try {
      const counted = withRepeats(this.#ref.dataset, { inputs, checks: batch.checks }, local);
      const counts = countRows(counted, writtenFiles(local), nameOf(this.#ref));
      this.erased += local.erased ?? 0;
      this.#replace([], await this.#upload(local));
      return counts;
    } finally {
      await local.dispose();
    }
  }

  async #change(batch: Batch, inputs: readonly LoadedInput[]): Promise<RowCounts> {
    let parts = NOTHING_REWRITTEN;
    for (;;) {
      const base = await this.#stat();
      const changes = await batch.change(base);
      try {
        const { keys, remove, rewritten, complete } = await uploadChanges(this.#lake, this.#ref, base, changes);
        this.#replace(remove, keys);
        if (complete) {
          this.erased += changes.erased ?? 0;
          return countRows(
            { inputs, checks: batch.checks },
            writtenChanges(changes, parts, rewritten),
            nameOf(this.#ref),
          );
        }
        parts = addRewritten(parts, rewritten);
      } finally {
        await changes.dispose();
      }
    }
  }

  /** Merges as the next run would, so that no reader meets the small files of many commits. */
  async pack(): Promise<void> {
    for (;;) {
      const files = (await this.#stat()).filter(({ key }) => !isTombstones(key));
      const group = chooseMerge(files, mergePolicy(this.#ref.dataset), isClosed(this.#lake, this.#ref));
      if (group.length === 0) return;
      const merged = await this.#converter.merge(this.#ref, group);
      try {
        const keys = await this.#upload(merged);
        this.#replace(
          group.map(({ key }) => key),
          keys,
        );
        if (keys.length >= group.length) return;
      } finally {
        await merged.dispose();
      }
    }
  }

  /**
   * A vacuum deletes files that no manifest lists once they are older than the grace: copies of them are young. Once offered to a
   * manifest, files may have been listed without an answer, and an erase that replaced them deletes them at any time.
   */
  async renew(): Promise<void> {
    const limit = this.#lake.now().getTime() - graceMillis(this.#ref.dataset) / 2;
    for (const file of await this.#stat()) {
      if (!this.#offered.has(file.key) && file.lastModified.getTime() >= limit) continue;
      const copy = await copyFile(this.#lake, this.#ref, file);
      if (copy === undefined) throw new Error(`${file.key} was deleted before it could be committed; start again`);
      this.#replace([file.key], [copy]);
    }
  }

  #stat(): Promise<ObjectInfo[]> {
    return statFiles(this.#lake, this.#ref, this.files);
  }

  #replace(remove: readonly string[], add: readonly string[]): void {
    this.uploaded.push(...add);
    this.files = [...this.files.filter((key) => !remove.includes(key)), ...add];
  }

  async #upload({ paths }: LocalFiles): Promise<string[]> {
    const id = transactionId([], [], randomUUID());
    const keys = paths.map((_, index) => dataFileKey(this.#ref, id, index));
    for (const [index, path] of paths.entries()) await putOnce(this.#lake, this.#ref, keys[index] as string, path);
    return keys;
  }
}
