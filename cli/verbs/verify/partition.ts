import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { mapConcurrently } from '../../../lambda/compaction/concurrency';
import { graceMillis } from '../../../lambda/compaction/protocol/ages';
import { readIntent } from '../../../lambda/compaction/protocol/commit-intent';
import type { PartitionRef } from '../../../lambda/compaction/protocol/lake';
import { isTombstones } from '../../../lambda/compaction/protocol/names';
import type { ObjectInfo } from '../../../lambda/compaction/store/object-store';
import { dataPrefix, manifestKey, supersedes } from '../../../lib/dataset';
import type { OperatedLake } from '../lake';
import type { PartitionObjects } from '../partitions';
import { manifestText, manifestVersions } from '../versions';
import type { FileReader } from './files';
import type { Finding, Kind } from './finding';
import { type ManifestText, readManifestText } from './manifest-text';

const READS_IN_FLIGHT = 4;

/** How much was looked at. */
interface Looked {
  readonly files: number;
  readonly rows: number;
}

/** Looks for everything that is wrong with one partition. Nothing is changed. */
export async function verifyPartition(
  lake: OperatedLake,
  ref: PartitionRef,
  objects: PartitionObjects,
  reader: FileReader,
  deep: boolean,
): Promise<{ readonly findings: readonly Finding[]; readonly looked: Looked }> {
  const check = new PartitionCheck(lake, ref, objects, reader, deep);
  await check.run();
  return { findings: check.findings, looked: { files: check.files, rows: check.rows } };
}

const NO_MANIFEST: ManifestText = { files: [], twice: [], problems: [], isClear: true };

class PartitionCheck {
  readonly findings: Finding[] = [];
  files = 0;
  rows = 0;
  readonly #rowsOf = new Map<string, number>();
  readonly #key: string;

  constructor(
    readonly lake: OperatedLake,
    readonly ref: PartitionRef,
    readonly objects: PartitionObjects,
    readonly reader: FileReader,
    readonly deep: boolean,
  ) {
    this.#key = manifestKey(ref.dataset.name, ref.partition);
  }

  async run(): Promise<void> {
    const manifest = await this.#manifest();
    if (manifest === undefined) return;
    const sizes = new Map(this.objects.files.map((file) => [file.key, file]));
    for (const key of manifest.files) if (!sizes.has(key)) this.#missing(key);
    const present = manifest.files.flatMap((key) => sizes.get(key) ?? []);
    await mapConcurrently(present, READS_IN_FLIGHT, (file) => this.#file(file));
    await this.#counts();
    const readable = present.filter(({ key }) => this.#rowsOf.has(key));
    if (this.deep) await this.#duplicates(readable);
    await this.#orphans(new Set(manifest.files));
  }

  #add(kind: Kind, key: string, problem: string, cure: string, repairable = false): void {
    const { dataset, partition } = this.ref;
    this.findings.push({ kind, dataset: dataset.name, partition, key, problem, cure, repairable });
  }

  /** Undefined when there is none, so that nothing else can be said. */
  async #manifest(): Promise<ManifestText | undefined> {
    const { curated } = this.lake.buckets;
    const prefix = dataPrefix(this.ref.dataset.name, this.ref.partition);
    const read = async (key: string): Promise<ManifestText | undefined> => {
      const found = await this.lake.store.get(curated, key);
      return found && readManifestText(found.body.toString('utf8'), curated, prefix);
    };
    const manifest = await read(this.#key);
    let isMissing = false;
    if (manifest === undefined) {
      // A partition of which nothing was ever committed has none either.
      isMissing = this.objects.manifests.length > 0 || (await manifestVersions(this.lake, this.ref)).length > 0;
      if (isMissing) this.#add('manifest-missing', this.#key, 'it was deleted: no query finds a row', RESTORE);
    } else {
      const [problem] = manifest.problems;
      if (problem !== undefined) {
        this.#add('manifest-malformed', this.#key, problem, manifest.isClear ? REWRITE : RESTORE, manifest.isClear);
      }
      for (const key of manifest.twice) {
        const counted = 'the manifest lists it more than once, so that its rows are counted more than once';
        this.#add('listed-twice', key, counted, REWRITE, manifest.isClear);
      }
    }
    const listed = new Set(manifest?.files);
    for (const { key } of this.objects.manifests) {
      if (key === this.#key) continue;
      const other = await read(key);
      const isEmpty = (other?.files ?? []).every((file) => listed.has(file));
      const isHarmless = manifest !== undefined && isEmpty;
      this.#add(
        'extra-manifest',
        key,
        'queries read every object here as a manifest, but only "manifest" is one',
        isHarmless
          ? '--repair deletes it: it lists nothing that the manifest does not list'
          : 'it lists files that the manifest does not: find out who put it, compare the two, and delete it',
        isHarmless,
      );
    }
    return manifest ?? (isMissing ? undefined : NO_MANIFEST);
  }

  #missing(key: string): void {
    this.#add('file-missing', key, 'the manifest lists it, but it does not exist: queries fail', RESTORE);
  }

  async #file(file: ObjectInfo): Promise<void> {
    this.files++;
    await this.#stored(file);
    const look = await this.reader.look(this.ref, file, this.deep);
    if ('unreadable' in look) {
      this.#add('file-unreadable', file.key, look.unreadable, RESTORE);
      return;
    }
    this.rows += look.rows;
    this.#rowsOf.set(file.key, look.rows);
    if (look.schema !== undefined) {
      this.#add(
        'schema',
        file.key,
        look.schema,
        'undo the change of the declaration, or rebuild the partition: replay',
      );
    }
    if (look.outside !== undefined) {
      this.#add('outside-partition', file.key, look.outside, 'docs/operations.md#rows-outside-partition');
    }
  }

  /** Encryption and versions, as far as the store tells. */
  async #stored({ key }: ObjectInfo): Promise<void> {
    if (this.lake.aws === undefined) return;
    const head = await this.lake.s3.send(new HeadObjectCommand({ Bucket: this.lake.buckets.curated, Key: key }));
    const { ServerSideEncryption: encryption, VersionId: version } = head;
    if (encryption !== undefined && !encryption.startsWith('aws:kms')) {
      const problem = `it is encrypted with ${encryption}, not with the key of the lake`;
      this.#add('encryption', key, problem, 'compare the encryption of the bucket with the template: npx cdk diff');
    }
    if (version === undefined || version === 'null') {
      this.#add('unversioned', key, 'it has no version', 'turn on versioning of the bucket: npx cdk diff');
    }
  }

  /** Of transactions that are not finished, the record still says how many rows their files have. */
  async #counts(): Promise<void> {
    if (supersedes(this.ref.dataset)) return;
    for (const { key } of this.objects.records) {
      const intent = await readIntent(this.lake, key);
      const rows = intent?.record.files.map((file) => this.#rowsOf.get(file)) ?? [undefined];
      if (intent === undefined || rows.includes(undefined)) continue;
      const found = rows.reduce<number>((sum, own) => sum + (own ?? 0), 0);
      const { rowsOut } = intent.record.counts;
      if (found === rowsOut) continue;
      const [file = key] = intent.record.files;
      this.#add('row-count', file, `its commit wrote ${rowsOut} rows, but there are ${found}`, RESTORE);
    }
  }

  async #duplicates(files: readonly ObjectInfo[]): Promise<void> {
    const found = await this.reader.duplicates(this.ref.dataset, files);
    if (found === undefined) return;
    const problem = `${found.keys} dedupe keys are in several rows, such as ${found.example}`;
    this.#add('duplicate-rows', this.#key, problem, 'rebuild the partition: replay');
  }

  /** Files that nobody will ever read: a file that a version listed within the grace may still be read by a query. */
  async #orphans(listed: ReadonlySet<string>): Promise<void> {
    const { lake, ref } = this;
    const before = lake.now().getTime() - graceMillis(ref.dataset);
    const old = this.objects.files.filter(
      ({ key, lastModified }) => !listed.has(key) && lastModified.getTime() < before,
    );
    if (old.length === 0) return;
    const recent = await this.#recentlyListed(before);
    for (const { key } of old.filter((file) => !recent.has(file.key))) {
      const what = isTombstones(key) ? 'deletions' : 'rows';
      const problem = `no manifest has listed it for ${ref.dataset.compaction.graceHours} hours: its ${what} are in no query`;
      this.#add(
        'orphan',
        key,
        problem,
        '--repair vacuums it once the manifest is as old, and so does the next maintenance',
        true,
      );
    }
  }

  async #recentlyListed(before: number): Promise<ReadonlySet<string>> {
    const recent = new Set<string>();
    let replaced = Number.POSITIVE_INFINITY;
    for (const { id, at, isDeleted } of await manifestVersions(this.lake, this.ref)) {
      if (replaced < before) break;
      replaced = at.getTime();
      if (isDeleted) continue;
      const text = await manifestText(this.lake, this.ref, id);
      const { files } = readManifestText(text, this.lake.buckets.curated, '');
      for (const file of files) recent.add(file);
    }
    return recent;
  }
}

const RESTORE = 'go back to a version whose files are all there: restore; or rebuild the partition: replay';
const REWRITE = '--repair writes the manifest in the right form, each file once';
