import type { Batch, Changes, Converter, LoadedInput, LocalFiles } from '../../../lambda/compaction/protocol/converter';
import { keepErasure, newErasure } from '../../../lambda/compaction/protocol/erasures';
import { type ReplayOutcome, type ReplaySettings, replay } from '../../../lambda/compaction/protocol/replay';
import type { ObjectInfo } from '../../../lambda/compaction/store/object-store';
import type { DatasetDefinition } from '../../../lib/dataset';
import { History } from './history';
import { MemoryLake } from './memory-lake';
import { PARTITION, testDataset } from './test-dataset';

export const GRACE_HOURS = 48;
export const RAW = `raw/events/${PARTITION}/`;
export const MANIFEST = `manifests/events/${PARTITION}/manifest`;

export const refOf = (more: Partial<DatasetDefinition> = {}) => ({
  dataset: testDataset({
    compaction: { graceHours: GRACE_HOURS, maxUndersizedFiles: 2, closeAfterHours: 24 },
    ...more,
  }),
  partition: PARTITION,
});

/** What the engine answers instead of what it would by itself. */
export interface Answer extends Partial<Omit<Batch, 'write' | 'change'>> {
  readonly write?: (base: readonly ObjectInfo[], rows: number) => LocalFiles;
  readonly change?: (base: readonly ObjectInfo[], rows: number) => Changes;
}

/** Replays of a partition that is open, with an engine whose every answer a test may give. */
export class ReplayBench {
  readonly lake = new MemoryLake();
  readonly history = new History(this.lake);
  /** Names of the objects of each load, and how many erasures it is given. */
  readonly loads: [readonly string[], number][] = [];
  merges = 0;
  readonly progress: [number, number][] = [];
  #disposed = 0;

  constructor() {
    // Nothing is packed as yet.
    this.lake.time = Date.parse('2026-06-15T12:00:00Z');
  }

  /** An engine that takes each object as a row: its name. */
  engine(
    answer: (inputs: readonly LoadedInput[], objects: readonly ObjectInfo[]) => Answer = () => ({}),
    merge: (files: readonly ObjectInfo[]) => LocalFiles = () => this.lake.files(['merged']),
  ): Converter {
    return {
      load: async (_ref, objects, erasures = []) => {
        this.loads.push([objects.map(({ key }) => key.slice(RAW.length)), erasures.length]);
        const loaded = objects.map(({ key, etag, size, versionId }) => {
          return { key, etag, size, versionId, accepted: 1, rejected: [] };
        });
        const { write, change, ...more } = answer(loaded, objects);
        const inputs = more.inputs ?? loaded;
        const rows = inputs.reduce((sum, { accepted }) => sum + accepted, 0);
        const text = inputs.map(({ key }) => key.slice(RAW.length)).join(' ');
        return {
          refused: [],
          complete: true,
          ...more,
          inputs,
          write: async (base) => write?.(base, rows) ?? this.lake.files([text], { rows }),
          change: async (base) => change?.(base, rows) as Changes,
          dispose: async () => void this.#disposed++,
        };
      },
      merge: async (_ref, files) => {
        this.merges++;
        return merge(files);
      },
    };
  }

  /** Whatever comes of it, the disk is free afterwards. */
  async replayed(converter = this.engine(), own = refOf(), more: Partial<ReplaySettings> = {}): Promise<ReplayOutcome> {
    const budget = { bytes: 1_000, objects: 100 };
    const onProgress = (...told: [number, number]) => void this.progress.push(told);
    try {
      return await replay(this.lake, own, converter, { budget, onProgress, ...more });
    } finally {
      expect(this.lake.held).toBe(0);
      expect(this.#disposed).toBe(this.loads.length);
    }
  }

  /** Two commits of two objects each. */
  twoCommits(): void {
    this.history.record('a', [this.history.raw('1'), this.history.raw('2')], { rowsIn: 2, rowsOut: 2 });
    this.history.manifest('a');
    this.history.record('b', [this.history.raw('3'), this.history.raw('4')], { rowsIn: 2, rowsOut: 2 });
    this.history.manifest('a', 'b');
  }

  /** An erase of the key `x`. */
  async erase(id: string): Promise<void> {
    const about = { column: 'id', partition: null, from: null, to: null, began: '' };
    await keepErasure(this.lake, 'events', id, newErasure(['x'], ['x'], about));
  }

  /** What the files of the manifest hold. */
  texts(): readonly (string | undefined)[] {
    return this.lake.listed().map((key) => this.lake.text('curated', key));
  }

  /** Something that happens once, around an operation. */
  once(when: 'before' | 'after', operation: string | RegExp, effect: () => unknown): void {
    this.lake[when] = async (done) => {
      if (typeof operation === 'string' ? done !== operation : !operation.test(done)) return;
      this.lake[when] = () => undefined;
      await effect();
    };
  }
}
