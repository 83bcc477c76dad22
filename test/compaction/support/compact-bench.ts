import { compactOnce } from '../../../lambda/compaction/protocol/compact';
import type { Batch, Changes, Converter, LoadedInput, LocalFiles } from '../../../lambda/compaction/protocol/converter';
import { hiveRange, type KeyRange } from '../../../lambda/compaction/protocol/key-ranges';
import type { PartitionRef } from '../../../lambda/compaction/protocol/lake';
import { dataFileKey } from '../../../lambda/compaction/protocol/names';
import type { ObjectInfo } from '../../../lambda/compaction/store/object-store';
import type { DatasetDefinition } from '../../../lib/dataset';
import { MemoryLake } from './memory-lake';
import { PARTITION, testDataset } from './test-dataset';

export const FOLDER = `raw/events/${PARTITION}/`;
export const MANIFEST = `curated/manifests/events/${PARTITION}/manifest`;
export const refOf = (more: Partial<DatasetDefinition> = {}) => ({ dataset: testDataset(more), partition: PARTITION });
export const [BASE, OTHER] = ['a', 'b'].map((letter) => dataFileKey(refOf(), letter.repeat(32), 0)) as [string, string];

/** Names of raw objects. */
export const names = (keys: readonly { readonly key: string }[]): string[] =>
  keys.map(({ key }) => key.slice(FOLDER.length));

/** What the engine answers instead of what it would by itself. */
export type Answer = Partial<Omit<Batch, 'write' | 'change'>> & {
  readonly write?: (base: readonly ObjectInfo[]) => LocalFiles;
  readonly change?: (base: readonly ObjectInfo[]) => Changes;
};

export async function everything(objects: AsyncIterable<ObjectInfo>): Promise<ObjectInfo[]> {
  const all: ObjectInfo[] = [];
  for await (const object of objects) all.push(object);
  return all;
}

/** Transactions of a partition in which three objects wait, with an engine whose every answer a test may give. */
export class CompactBench {
  readonly lake = new MemoryLake();
  loads = 0;
  disposed = 0;
  /** The files with which rows were compared, each time. */
  readonly asked: (readonly string[])[] = [];

  constructor() {
    for (const name of ['a', 'b', 'c']) this.lake.put('raw', FOLDER + name, name);
  }

  /** An engine that takes each object as two rows. */
  engine(answer: (inputs: readonly LoadedInput[]) => Answer = () => ({})): Converter {
    return {
      load: async (_ref, objects) => {
        this.loads++;
        const loaded = objects.map(({ key, etag, size }) => {
          return { key, etag, size, versionId: 'v', accepted: 2, rejected: [] };
        });
        const { write, change, ...more } = answer(loaded);
        const inputs = more.inputs ?? loaded;
        const rows = inputs.reduce((sum, { accepted }) => sum + accepted, 0);
        const ask = (base: readonly ObjectInfo[]) => this.asked.push(base.map(({ key }) => key));
        return {
          refused: [],
          complete: true,
          ...more,
          inputs,
          write: async (base) => {
            ask(base);
            return write?.(base) ?? this.lake.files(['rows'], { rows });
          },
          change: async (base) => {
            ask(base);
            return change?.(base) as Changes;
          },
          dispose: async () => void this.disposed++,
        };
      },
      merge: () => Promise.reject(new Error('a compaction merges nothing')),
    };
  }

  /** Whatever comes of it, the disk is free afterwards. */
  async compacted(
    own: PartitionRef = refOf(),
    converter = this.engine(),
    ranges: readonly KeyRange[] = [hiveRange(own)],
    take = everything,
  ) {
    try {
      return await compactOnce(this.lake, own, ranges, converter, take);
    } finally {
      expect(this.disposed).toBe(this.loads);
      expect(this.lake.held).toBe(0);
    }
  }

  /** Around the next write of the manifest, and no other operation. */
  onWrite(when: 'before' | 'after', effect: () => void): void {
    this.lake[when] = (operation) => {
      if (operation !== `put ${MANIFEST}`) return;
      this.lake[when] = () => undefined;
      effect();
    };
  }
}
