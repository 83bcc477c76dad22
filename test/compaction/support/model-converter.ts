import type {
  Batch,
  Changes,
  Converter,
  LoadedInput,
  LocalFiles,
  RefusedObject,
} from '../../../lambda/compaction/protocol/converter';
import { digestOf, type Erasure } from '../../../lambda/compaction/protocol/erasures';
import type { PartitionRef } from '../../../lambda/compaction/protocol/lake';
import {
  type ObjectInfo,
  type ObjectStore,
  PreconditionFailedError,
  type StoredObject,
} from '../../../lambda/compaction/store/object-store';
import type { MemoryBuckets } from './memory-store';
import { ModelChanges } from './model-changes';
import { decode, encode, type ModelRow, seal } from './model-rows';

let counter = 0;

/** An engine without Parquet: files hold rows as JSON. A row whose id is `bad` does not fit; `poison` is unreadable. */
export class ModelConverter implements Converter {
  readonly #store: ObjectStore;
  readonly #buckets: MemoryBuckets;
  /** Rows of one output file; more rows make several files. */
  readonly #rowsPerFile: number;

  constructor(store: ObjectStore, buckets: MemoryBuckets, rowsPerFile = Number.POSITIVE_INFINITY) {
    this.#store = store;
    this.#buckets = buckets;
    this.#rowsPerFile = rowsPerFile;
  }

  async load(
    { dataset }: PartitionRef,
    objects: readonly ObjectInfo[],
    erasures: readonly Erasure[] = [],
  ): Promise<Batch> {
    const inputs: LoadedInput[] = [];
    const refused: RefusedObject[] = [];
    const rows: ModelRow[] = [];
    let erased = 0;
    const isErased = ({ id }: ModelRow): boolean =>
      erasures.some(({ salt, values }) => values.includes(digestOf(salt, id)));
    for (const { key, etag, size, versionId } of objects) {
      if (this.#buckets.locked.has(`raw/${key} ${etag}`)) {
        // The refused GET is a step like any other: a crash may come before or after it.
        await this.#store.get('raw', key);
        refused.push({ key, etag, error: 'HTTP 403 AccessDenied' });
        continue;
      }
      const found = await this.#read(key, versionId);
      if (found === undefined || (versionId === undefined && found.etag !== etag)) continue;
      const pinned = { key, etag, size, versionId: found.versionId };
      if (found.body.toString() === 'poison') {
        inputs.push({ ...pinned, accepted: 0, rejected: [], unreadable: 'poison' });
        continue;
      }
      const all = decode(found.body);
      const good = all.filter(({ id }) => id !== 'bad');
      const rejected = all.flatMap((row, index) =>
        row.id === 'bad' ? [{ line: index + 1, reason: 'bad', raw: Buffer.from(row.copy) }] : [],
      );
      const kept = good.filter((row) => !isErased(row));
      erased += good.length - kept.length;
      rows.push(...kept);
      inputs.push({ ...pinned, accepted: good.length, rejected });
    }
    const write = async (base: readonly ObjectInfo[]): Promise<LocalFiles> => {
      const seen = new Set<string>();
      for (const file of base) {
        for (const { id } of decode(await this.#store.getRange('curated', file.key, file.etag, { start: 0 })))
          seen.add(id);
      }
      const kept = rows.filter(({ id }) => dataset.dedupe.key.length === 0 || (!seen.has(id) && seen.add(id)));
      return { ...this.#files(kept, rows.length - kept.length), erased };
    };
    const change = async (base: readonly ObjectInfo[]): Promise<Changes> => {
      const changes = new ModelChanges(this.#store, rows, (kept, sealed) => this.#files(kept, 0, sealed));
      return { ...(await changes.plan(base)), erased };
    };
    return { inputs, refused, complete: true, write, change, dispose: async () => {} };
  }

  /** The current version, or the one that is named. */
  async #read(
    key: string,
    versionId: string | undefined,
  ): Promise<Pick<StoredObject, 'body' | 'etag' | 'versionId'> | undefined> {
    if (versionId === undefined) return await this.#store.get('raw', key);
    const body = await this.#store.getVersion('raw', key, versionId);
    return body === undefined ? undefined : { body, versionId, etag: '' };
  }

  async merge(_ref: PartitionRef, files: readonly ObjectInfo[]): Promise<LocalFiles> {
    const rows: ModelRow[] = [];
    for (const { key, etag } of files) {
      const found = await this.#store.get('curated', key);
      if (found?.etag !== etag) throw new PreconditionFailedError('GetObject', 'curated', key);
      rows.push(...decode(found.body));
    }
    return this.#files(rows, 0);
  }

  #files(given: readonly ModelRow[], duplicates: number, sealed = false): LocalFiles {
    if (sealed) {
      const paths = [this.#buckets.newFile(seal(given))];
      return { paths, rows: given.length, duplicates, bytes: 0, dispose: async () => {} };
    }
    // Two conversions of the same rows never give the same bytes, as with an engine of several threads.
    const turn = given.length === 0 ? 0 : counter % given.length;
    const rows = [...given.slice(turn), ...given.slice(0, turn)];
    const paths: string[] = [];
    for (let from = 0; from < rows.length; from += this.#rowsPerFile) {
      counter++;
      paths.push(this.#buckets.newFile(encode(rows.slice(from, from + this.#rowsPerFile))));
    }
    return { paths, rows: rows.length, duplicates, bytes: 0, dispose: async () => {} };
  }
}
