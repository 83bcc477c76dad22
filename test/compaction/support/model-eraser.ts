import type { LocalFiles } from '../../../lambda/compaction/protocol/converter';
import type { Eraser } from '../../../lambda/compaction/protocol/erase';
import { isTombstones } from '../../../lambda/compaction/protocol/names';
import {
  type ObjectInfo,
  type ObjectStore,
  PreconditionFailedError,
} from '../../../lambda/compaction/store/object-store';
import type { MemoryBuckets } from './memory-store';
import { decode, encode, type ModelRow, seal, unseal } from './model-rows';

/** Erases the rows of one id from files of the model. */
export class ModelEraser implements Eraser {
  readonly #store: ObjectStore;
  readonly #buckets: MemoryBuckets;
  readonly #isErased: (id: string) => boolean;

  constructor(store: ObjectStore, buckets: MemoryBuckets, isErased: (id: string) => boolean) {
    this.#store = store;
    this.#buckets = buckets;
    this.#isErased = isErased;
  }

  async count(file: ObjectInfo): Promise<number> {
    return (await this.#rows(file)).filter(({ id }) => this.#isErased(id)).length;
  }

  async rest(file: ObjectInfo): Promise<LocalFiles> {
    const rows = (await this.#rows(file)).filter(({ id }) => !this.#isErased(id));
    const body = isTombstones(file.key) ? seal(rows) : encode(rows);
    return this.#files(rows.length === 0 ? [] : [body], rows.length);
  }

  async empty(): Promise<LocalFiles> {
    return this.#files([encode([])], 0);
  }

  #files(bodies: readonly Buffer[], rows: number): LocalFiles {
    const paths = bodies.map((body) => this.#buckets.newFile(body));
    return { paths, rows, duplicates: 0, bytes: 0, dispose: async () => {} };
  }

  async #rows({ key, etag }: ObjectInfo): Promise<readonly ModelRow[]> {
    const found = await this.#store.get('curated', key);
    if (found?.etag !== etag) throw new PreconditionFailedError('GetObject', 'curated', key);
    return isTombstones(key) ? unseal(found.body) : decode(found.body);
  }
}
