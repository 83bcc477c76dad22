import { estimatedBytes } from '../../lambda/compaction/planning/pending';
import type { Batch, Converter, LocalFiles } from '../../lambda/compaction/protocol/converter';
import type { PartitionRef } from '../../lambda/compaction/protocol/lake';
import type { ObjectInfo } from '../../lambda/compaction/store/object-store';
import type { ModelFile, YearStore } from './store';

/** Text of one row. */
export const ROW_BYTES = 500;

export const rowsOf = (object: Pick<ObjectInfo, 'key' | 'size'>): number =>
  Math.max(1, Math.round(estimatedBytes(object) / ROW_BYTES));

/** An engine that only counts: Parquet is smaller than text by a factor, and a merged file as large as its parts. */
export class YearConverter implements Converter {
  readonly #store: YearStore;
  readonly #textPerByte: number;
  #paths = 0;

  constructor(store: YearStore, textPerByte: number) {
    this.#store = store;
    this.#textPerByte = textPerByte;
  }

  async load(_: PartitionRef, objects: readonly ObjectInfo[]): Promise<Batch> {
    this.#store.requests.gets += objects.length;
    const inputs = objects.map((object) => ({
      ...object,
      versionId: object.etag,
      accepted: rowsOf(object),
      rejected: [],
    }));
    const text = objects.reduce((sum, object) => sum + estimatedBytes(object), 0);
    const rows = inputs.reduce((sum, { accepted }) => sum + accepted, 0);
    return {
      inputs,
      refused: [],
      complete: true,
      write: async () => this.#file({ bytes: Math.ceil(text / this.#textPerByte), rows }),
      change: () => {
        throw new Error('the simulated dataset has no changes');
      },
      dispose: async () => {},
    };
  }

  async merge(_: PartitionRef, files: readonly ObjectInfo[]): Promise<LocalFiles> {
    this.#store.requests.gets += files.length;
    const parts = files.map(({ key }) => this.#store.files.get(key) as ModelFile);
    return this.#file({
      bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0),
      rows: parts.reduce((sum, { rows }) => sum + rows, 0),
    });
  }

  #file(file: ModelFile): LocalFiles {
    const path = `file-${++this.#paths}`;
    this.#store.local.set(path, file);
    return { paths: [path], rows: file.rows, duplicates: 0, bytes: file.bytes, dispose: async () => {} };
  }
}
