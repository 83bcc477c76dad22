import { mapConcurrently } from '../../../lambda/compaction/concurrency';
import { readFooter } from '../../../lambda/compaction/engine/parquet/footer';
import { EngineSession } from '../../../lambda/compaction/engine/session';
import { fetchColumns } from '../../../lambda/compaction/engine/sparse-file';
import { listDataFiles } from '../../../lambda/compaction/protocol/data-files';
import type { PartitionRef } from '../../../lambda/compaction/protocol/lake';
import type { ObjectInfo } from '../../../lambda/compaction/store/object-store';
import { dataPrefix } from '../../../lib/dataset';
import type { OperatedLake } from '../lake';
import { readManifestText } from '../verify/manifest-text';
import { type ManifestVersion, manifestText, manifestVersions } from '../versions';

/** A version of a partition, as far as the store still knows it. */
export interface PartitionVersion {
  readonly version: string;
  readonly at: Date;
  readonly isCurrent: boolean;
  /** Keys in the curated bucket. Empty for a version that deleted the manifest. */
  readonly files: readonly string[];
  /** Those that do not exist any more. */
  readonly missing: readonly string[];
  /** Undefined when files are missing, or not all of them are known. */
  readonly bytes: number | undefined;
  readonly rows: number | undefined;
  /** What is wrong with the form of the manifest, if anything. */
  readonly problem: string | undefined;
}

const READS_IN_FLIGHT = 8;

/** The versions of a partition that the bucket still keeps, newest first. */
export async function partitionVersions(
  lake: OperatedLake,
  ref: PartitionRef,
  count: (file: ObjectInfo) => Promise<number | undefined>,
): Promise<readonly PartitionVersion[]> {
  const versions = await manifestVersions(lake, ref);
  const existing = new Map((await listDataFiles(lake, ref)).map((file) => [file.key, file]));
  const rows = new Map<string, Promise<number | undefined>>();
  const rowsOf = (file: ObjectInfo): Promise<number | undefined> => {
    const known = rows.get(file.key) ?? count(file);
    rows.set(file.key, known);
    return known;
  };
  return await mapConcurrently(versions, READS_IN_FLIGHT, async (version) => {
    const { files, problem } = await filesOf(lake, ref, version);
    const missing = files.filter((key) => !existing.has(key));
    const found = files.flatMap((key) => existing.get(key) ?? []);
    const counts = await Promise.all(found.map(rowsOf));
    const isWhole = missing.length === 0 && problem === undefined;
    const sum = counts.reduce<number>((total, own) => total + (own ?? 0), 0);
    return {
      version: version.id,
      at: version.at,
      isCurrent: version.isLatest && !version.isDeleted,
      files,
      missing,
      bytes: isWhole ? found.reduce((total, { size }) => total + size, 0) : undefined,
      rows: isWhole && !counts.includes(undefined) ? sum : undefined,
      problem,
    };
  });
}

async function filesOf(
  lake: OperatedLake,
  ref: PartitionRef,
  { id, isDeleted }: ManifestVersion,
): Promise<{ readonly files: readonly string[]; readonly problem: string | undefined }> {
  if (isDeleted) return { files: [], problem: 'the manifest was deleted' };
  const text = await manifestText(lake, ref, id);
  const { files, problems, isClear } = readManifestText(
    text,
    lake.buckets.curated,
    dataPrefix(ref.dataset.name, ref.partition),
  );
  return { files, problem: isClear ? undefined : problems[0] };
}

/** Counts rows by footers. */
export class RowCounter {
  readonly #lake: OperatedLake;
  readonly #session: EngineSession;
  #files = 0;

  private constructor(lake: OperatedLake, session: EngineSession) {
    this.#lake = lake;
    this.#session = session;
  }

  static async open(lake: OperatedLake): Promise<RowCounter> {
    const { memoryMiB, threads, spillMiB, directory } = lake.settings.compactor;
    return new RowCounter(lake, await EngineSession.open({ memoryMiB, threads, spillMiB }, directory));
  }

  /** Undefined for a file that cannot be read. */
  readonly count = async (file: ObjectInfo): Promise<number | undefined> => {
    const { store, buckets } = this.#lake;
    try {
      const path = await fetchColumns(store, buckets.curated, file, [], this.#session, `file-${this.#files++}`);
      return (await readFooter(path)).rows;
    } catch (error) {
      if (error instanceof Error && error.name === 'UnreadableObjectError') return undefined;
      throw error;
    }
  };

  close(): Promise<void> {
    return this.#session.close();
  }
}
