import type { LocalFiles } from '../../../lambda/compaction/protocol/converter';
import type { Commit, Lake } from '../../../lambda/compaction/protocol/lake';
import { formatManifest, parseManifest } from '../../../lambda/compaction/protocol/manifest';
import { manifestKey } from '../../../lib/dataset/layout';
import { MemoryBuckets, MemoryStore } from './memory-store';
import { PARTITION } from './test-dataset';

export const HOUR_MS = 3_600_000;

/** What happens around an operation, such as `put curated/manifests/events/.../manifest`. What it throws is the answer. */
export type Around = (operation: string) => void | Promise<void>;

/** A lake in memory that one test has for itself: it notes what it is asked, and never waits. */
export class MemoryLake implements Lake {
  readonly contents = new MemoryBuckets();
  readonly buckets = { raw: 'raw', curated: 'curated', quarantine: 'quarantine' };
  readonly store: MemoryStore;
  readonly operations: string[] = [];
  /** Milliseconds that it was to wait, one after the other. */
  readonly sleeps: number[] = [];
  readonly commits: Commit[] = [];
  /** Epoch milliseconds, for the lake and for what is put. */
  time = Date.parse('2026-06-20T12:00:00Z');
  /** Before an operation has an effect: it has none if this throws. */
  before: Around = () => undefined;
  /** After the effect, before the answer. */
  after: Around = () => undefined;
  /** Local files that were made, and not disposed of. */
  held = 0;

  constructor() {
    this.contents.now = this.now;
    this.store = new MemoryStore(
      this.contents,
      async (operation) => {
        this.operations.push(operation);
        await this.before(operation);
      },
      async (operation) => await this.after(operation),
    );
  }

  readonly now = (): Date => new Date(this.time);
  readonly sleep = async (milliseconds: number): Promise<void> => void this.sleeps.push(milliseconds);
  readonly committed = (commit: Commit): void => void this.commits.push(commit);

  /** Puts an object as it was so many hours ago. @returns its ETag */
  put(bucket: keyof MemoryLake['buckets'], key: string, body: string | Buffer, hoursAgo = 0): string {
    this.contents.now = () => new Date(this.time - hoursAgo * HOUR_MS);
    const etag = this.contents.put(bucket, key, Buffer.from(body));
    this.contents.now = this.now;
    return etag;
  }

  /** Files of an engine, on the disk that only this lake has. */
  files(bodies: readonly string[], more: Partial<Omit<LocalFiles, 'paths' | 'dispose'>> = {}): LocalFiles {
    const paths = bodies.map((body) => this.contents.newFile(Buffer.from(body)));
    this.held++;
    const dispose = async (): Promise<void> => void this.held--;
    return { rows: bodies.length, duplicates: 0, bytes: bodies.join('').length, ...more, paths, dispose };
  }

  /** Makes files those of the partition, without a transaction. */
  list(files: readonly string[], hoursAgo = 0, partition = PARTITION): string {
    return this.put('curated', manifestKey('events', partition), formatManifest(files, 'curated'), hoursAgo);
  }

  /** What the manifest lists. */
  listed(partition = PARTITION): readonly string[] {
    return parseManifest(this.text('curated', manifestKey('events', partition)) ?? '', 'curated');
  }

  keys(bucket: keyof MemoryLake['buckets'], prefix = ''): readonly string[] {
    return this.contents.list(bucket, prefix).map(({ key }) => key);
  }

  text(bucket: keyof MemoryLake['buckets'], key: string): string | undefined {
    return this.contents.get(bucket, key)?.body.toString();
  }

  /** Operations whose names begin so. */
  did(start: string): readonly string[] {
    return this.operations.filter((operation) => operation.startsWith(start));
  }
}
