import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Lake } from '../../../lambda/compaction/protocol/lake';
import { compareKeys } from '../../../lambda/compaction/store/key-order';
import { PreconditionFailedError } from '../../../lambda/compaction/store/object-store';
import { importPrefix } from '../../../lib/dataset';
import { ExpectedError } from '../../command-line';
import type { SourceObject } from './source';

/** An object that could not be copied. The next run tries it again. */
export interface Failure {
  readonly path: string;
  readonly problem: string;
}

interface State {
  readonly formatVersion: 1;
  readonly source: string;
  readonly dataset: string;
  /** The run that is at work, unless it was killed. */
  readonly owner: { readonly run: string; readonly host: string; readonly pid: number; readonly since: string } | null;
  /** Of the last batch that was begun, each run counting from 0. */
  readonly pass: number;
  /** Batches of the pass that are done. One more may be open. */
  readonly batches: number;
  readonly imported: { readonly objects: number; readonly bytes: number };
  readonly failed: readonly Failure[];
}

/** Failures that are remembered; with more, an import stops. */
export const MAX_FAILED = 10_000;

/**
 * What an import has done, in the curated bucket. A batch names its objects before the first of them is copied, and is closed
 * after the last. So at any time, and after a kill, every object is in a closed batch (imported, or among the failures), in
 * the one open batch (perhaps imported), or in none (not imported).
 */
export class Journal {
  readonly #lake: Lake;
  readonly #prefix: string;
  #state: State;
  #etag: string | undefined;

  private constructor(lake: Lake, prefix: string, state: State, etag: string | undefined) {
    this.#lake = lake;
    this.#prefix = prefix;
    this.#state = state;
    this.#etag = etag;
  }

  static async read(lake: Lake, id: string, source: string, dataset: string): Promise<Journal> {
    const prefix = importPrefix(id);
    const found = await lake.store.get(lake.buckets.curated, `${prefix}state.json`);
    const state: State =
      found === undefined
        ? { formatVersion: 1, source, dataset, owner: null, pass: 0, batches: 0, imported: NOTHING, failed: [] }
        : (JSON.parse(found.body.toString('utf8')) as State);
    return new Journal(lake, prefix, state, found?.etag);
  }

  get failed(): readonly Failure[] {
    return this.#state.failed;
  }

  get imported(): State['imported'] {
    return this.#state.imported;
  }

  /** The run that is at work, or was killed, in words. */
  get owner(): string | undefined {
    const { owner } = this.#state;
    return owner === null ? undefined : `process ${owner.pid} on ${owner.host}, since ${owner.since}`;
  }

  /** Makes this process the one that is at work. @throws ExpectedError when another was faster */
  async take(): Promise<void> {
    const since = this.#lake.now().toISOString();
    const owner = { run: randomUUID(), host: hostname(), pid: process.pid, since };
    await this.#write({ ...this.#state, owner });
  }

  /** The batch of a run that was killed, and when it was begun. */
  async openBatch(): Promise<
    { readonly objects: readonly SourceObject[]; readonly begun: Date; readonly name: string } | undefined
  > {
    const key = this.#batchKey();
    const { curated } = this.#lake.buckets;
    const found = await this.#lake.store.get(curated, key);
    if (found === undefined) return undefined;
    const objects = JSON.parse(found.body.toString('utf8')) as SourceObject[];
    return { objects, begun: found.lastModified, name: `s3://${curated}/${key}` };
  }

  /** Later batches sort behind all that this import has known so far. */
  async beginPass(): Promise<void> {
    await this.#write({ ...this.#state, pass: this.#state.pass + 1, batches: 0 });
  }

  async begin(objects: readonly SourceObject[]): Promise<void> {
    await this.#lake.store.put(this.#lake.buckets.curated, this.#batchKey(), Buffer.from(JSON.stringify(objects)));
  }

  /** @param failed those of the batch that were not imported */
  async close(
    objects: readonly SourceObject[],
    imported: State['imported'],
    failed: readonly Failure[],
  ): Promise<void> {
    const { imported: before, failed: earlier, batches } = this.#state;
    const own = new Set(objects.map(({ path }) => path));
    await this.#write({
      ...this.#state,
      batches: batches + 1,
      imported: { objects: before.objects + imported.objects, bytes: before.bytes + imported.bytes },
      failed: [...earlier.filter(({ path }) => !own.has(path)), ...failed],
    });
  }

  /** Drops failures whose objects are gone. @param imported how many of them were copied after all */
  async forget(paths: readonly string[], imported: number): Promise<void> {
    const gone = new Set(paths);
    const { failed, imported: before } = this.#state;
    await this.#write({
      ...this.#state,
      imported: { ...before, objects: before.objects + imported },
      failed: failed.filter(({ path }) => !gone.has(path)),
    });
  }

  async release(): Promise<void> {
    await this.#write({ ...this.#state, owner: null });
  }

  /** Tells of paths, asked in their order, whether a batch names them. */
  async known(): Promise<(path: string) => Promise<boolean>> {
    const passes = new Map<string, string[]>();
    for await (const { key } of this.#lake.store.list(this.#lake.buckets.curated, `${this.#prefix}batches/`)) {
      const pass = key.slice(0, key.lastIndexOf('/'));
      const batches = passes.get(pass);
      if (batches === undefined) passes.set(pass, [key]);
      else batches.push(key);
    }
    const readers = await Promise.all([...passes.values()].map((keys) => Paths.open((key) => this.#paths(key), keys)));
    return async (path) => {
      let isKnown = false;
      for (const reader of readers) if (await reader.has(path)) isKnown = true;
      return isKnown;
    };
  }

  async #paths(key: string): Promise<readonly string[]> {
    const found = await this.#lake.store.get(this.#lake.buckets.curated, key);
    if (found === undefined) throw new Error(`${key} is gone, and with it what was imported`);
    return (JSON.parse(found.body.toString('utf8')) as SourceObject[]).map(({ path }) => path);
  }

  #batchKey(): string {
    const { pass, batches } = this.#state;
    return `${this.#prefix}batches/${digits(pass)}/${digits(batches)}.json`;
  }

  async #write(state: State): Promise<void> {
    const body = Buffer.from(JSON.stringify(state));
    const { curated } = this.#lake.buckets;
    const key = `${this.#prefix}state.json`;
    const condition = this.#etag === undefined ? { ifAbsent: true } : { ifMatch: this.#etag };
    try {
      this.#etag = await this.#lake.store.put(curated, key, body, condition);
    } catch (error) {
      if (!(error instanceof PreconditionFailedError)) throw error;
      // An attempt whose answer was lost may have written it.
      const found = await this.#lake.store.get(curated, key);
      if (found?.body.equals(body) !== true) {
        throw new ExpectedError(`Another run of this import is at work: s3://${curated}/${key} changed.`, 1);
      }
      this.#etag = found.etag;
    }
    this.#state = state;
  }
}

const NOTHING = { objects: 0, bytes: 0 };

/** Names then sort as numbers do. */
const digits = (value: number): string => `${value}`.padStart(9, '0');

/** The paths of one pass, which are in order. */
class Paths {
  #batch: readonly string[] = [];
  #index = 0;
  #next = 0;

  private constructor(
    readonly read: (key: string) => Promise<readonly string[]>,
    readonly keys: readonly string[],
  ) {}

  static async open(read: (key: string) => Promise<readonly string[]>, keys: readonly string[]): Promise<Paths> {
    const paths = new Paths(read, keys);
    await paths.#fill();
    return paths;
  }

  async has(path: string): Promise<boolean> {
    for (;;) {
      const head = this.#batch[this.#index];
      if (head === undefined) return false;
      const order = compareKeys(head, path);
      if (order >= 0) return order === 0;
      this.#index++;
      await this.#fill();
    }
  }

  async #fill(): Promise<void> {
    while (this.#index >= this.#batch.length) {
      const key = this.keys[this.#next++];
      if (key === undefined) return;
      this.#batch = await this.read(key);
      this.#index = 0;
    }
  }
}
