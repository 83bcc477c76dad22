import { createHash, randomUUID } from 'node:crypto';
import { rawPrefix, setAsidePrefix } from '../../../lib/dataset/layout';
import { mapConcurrently } from '../concurrency';
import type { ObjectInfo } from '../store/object-store';
import type { RefusedObject } from './converter';
import type { Lake, PartitionRef } from './lake';
import { inputDigest, type PinnedInput } from './names';

/** Number of runs in which S3 must refuse an object before it is set aside. */
const RUNS = 2;
/** How long an object that is set aside waits before it is retried, in milliseconds. */
export const RETRY_MILLIS = 6 * 3_600_000;
const WRITES_IN_FLIGHT = 8;

/** `pending`: to be compacted. `due`: set aside, and to be retried now. `waiting`: set aside, and not to be retried yet. */
export type Standing = 'pending' | 'due' | 'waiting';

/** The refusals may be caused by the role or the key rather than by the objects: nothing is set aside, and the task fails. */
export class NothingReadableError extends Error {
  override readonly name = 'NothingReadableError';
}

/**
 * What S3 refused to earlier runs. Each refused GET leaves one mark, `set-aside/<dataset>/<partition>/<digest>-<run>.json`,
 * named after the object's state and the run: two marks of an object are two runs. Marks are only added and deleted, so
 * that tasks at work on one partition need not agree on anything; and a rewritten object is another one, without marks.
 */
export class SetAside {
  readonly #lake: Lake;
  readonly #marks = new Map<string, ObjectInfo[]>();

  private constructor(lake: Lake) {
    this.#lake = lake;
  }

  /** For a dataset without marks. */
  static none(lake: Lake): SetAside {
    return new SetAside(lake);
  }

  /** Reads the names of the marks of a dataset, or of one partition of it. */
  static async read(lake: Lake, dataset: string, partition = ''): Promise<SetAside> {
    const found = new SetAside(lake);
    for await (const mark of lake.store.list(lake.buckets.curated, setAsidePrefix(dataset, partition))) {
      const [, digest] = /\/([0-9a-f]{32})-[0-9a-f]{8}\.json$/.exec(mark.key) ?? [];
      if (digest === undefined) continue;
      const marks = found.#marks.get(digest) ?? [];
      found.#marks.set(digest, [...marks, mark]);
    }
    return found;
  }

  standing(object: PinnedInput): Standing {
    const marks = this.#of(object);
    if (marks.length < RUNS) return 'pending';
    const last = Math.max(...marks.map(({ lastModified }) => lastModified.getTime()));
    return this.#lake.now().getTime() < last + RETRY_MILLIS ? 'waiting' : 'due';
  }

  /**
   * Writes the marks of this run's refusals.
   *
   * @returns the objects that are set aside now
   * @throws NothingReadableError, and writes no mark, when the cause is not the objects
   */
  async mark(ref: PartitionRef, refused: readonly RefusedObject[], run: string): Promise<readonly RefusedObject[]> {
    if (refused.length === 0) return [];
    await assertReadable(this.#lake, ref, refused);
    const name = createHash('sha256').update(run).digest('hex').slice(0, 8);
    await mapConcurrently(refused, WRITES_IN_FLIGHT, async (object) => {
      const digest = digestOf(object);
      const marks = this.#marks.get(digest) ?? [];
      const own = `${setAsidePrefix(ref.dataset.name, ref.partition)}${digest}-${name}.json`;
      // An object with enough marks gets another one: the age of a mark decides when the next retry is due.
      const key = marks.length < RUNS ? own : (marks[0] as ObjectInfo).key;
      const body = Buffer.from(JSON.stringify({ ...object, at: this.#lake.now().toISOString() }));
      const etag = await this.#lake.store.put(this.#lake.buckets.curated, key, body);
      const mark = { key, etag, size: body.length, lastModified: this.#lake.now() };
      this.#marks.set(digest, [...marks.filter((other) => other.key !== key), mark]);
    });
    return refused.filter((object) => this.#of(object).length >= RUNS);
  }

  /** Deletes the marks of objects that were compacted. */
  async forget(taken: readonly PinnedInput[]): Promise<void> {
    const marks = taken.flatMap((object) => this.#of(object));
    await this.#lake.store.deleteMatching(this.#lake.buckets.curated, marks);
  }

  #of(object: PinnedInput): readonly ObjectInfo[] {
    return this.#marks.size === 0 ? [] : (this.#marks.get(digestOf(object)) ?? []);
  }
}

/** A listing has no version ids, so the digest has none either. */
const digestOf = ({ key, etag }: PinnedInput): string => inputDigest({ key, etag });

/**
 * Checks that the cause is the objects. A GET of a key that does not exist must return 404: 403 would mean that the role may read
 * nothing here. And an object written with the lake's own key must be readable: otherwise that key is the cause.
 */
async function assertReadable(lake: Lake, ref: PartitionRef, refused: readonly RefusedObject[]): Promise<void> {
  const { raw, curated } = lake.buckets;
  const proof = `${setAsidePrefix(ref.dataset.name, ref.partition)}proof.json`;
  try {
    await lake.store.get(raw, `${rawPrefix(ref.dataset.name, ref.partition)}_probe-${randomUUID()}`);
    await lake.store.put(curated, proof, Buffer.from('{}'));
    await lake.store.get(curated, proof);
  } catch (error) {
    const { name, message } = error as Error;
    // A stalled or broken connection says nothing about permissions: the error is thrown unchanged.
    if (!REFUSALS.test(name)) throw error;
    const [first] = refused;
    throw new NothingReadableError(
      `S3 refuses more than the ${refused.length} objects of ${ref.dataset.name}/${ref.partition} that it refused, ` +
        `${first?.key}: ${first?.error} among them. The role or the key of the lake is refused too: ${name}: ${message}`,
      { cause: error },
    );
  }
}

const REFUSALS = /^(AccessDenied|AllAccessDisabled|KMS\..+|Forbidden|403|400)$/;
