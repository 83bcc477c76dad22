import { compareKeys } from '../../../lambda/compaction/store/key-order';
import type { ObjectInfo } from '../../../lambda/compaction/store/object-store';
import { type Dataset, replayPrefix } from '../../../lib/dataset';
import type { OperatedLake } from '../lake';
import type { Selection } from '../selection';

/** Which partitions of a dataset a replay has rebuilt: one small object for each, until the replay is done. */
export class Journal {
  readonly #lake: OperatedLake;
  readonly #dataset: Dataset;
  readonly #done: Map<string, Pick<ObjectInfo, 'key' | 'etag'>>;

  private constructor(lake: OperatedLake, dataset: Dataset, done: Map<string, Pick<ObjectInfo, 'key' | 'etag'>>) {
    this.#lake = lake;
    this.#dataset = dataset;
    this.#done = done;
  }

  /** What an unfinished replay of the same partitions, or of some of them, has left. */
  static async read(lake: OperatedLake, dataset: Dataset, selection: Selection): Promise<Journal> {
    const done = new Map<string, ObjectInfo>();
    const root = replayPrefix(dataset.name);
    for await (const object of lake.store.list(lake.buckets.curated, root)) {
      const partition = object.key.slice(root.length).replace(/\/[^/]*$/, '');
      if (selection.includes(dataset, partition)) done.set(partition, object);
    }
    return new Journal(lake, dataset, done);
  }

  /** In the order of their keys. */
  get partitions(): readonly string[] {
    return [...this.#done.keys()].sort(compareKeys);
  }

  has(partition: string): boolean {
    return this.#done.has(partition);
  }

  async add(partition: string): Promise<void> {
    const key = `${replayPrefix(this.#dataset.name, partition)}done.json`;
    const body = Buffer.from(JSON.stringify({ at: this.#lake.now().toISOString() }));
    this.#done.set(partition, { key, etag: await this.#lake.store.put(this.#lake.buckets.curated, key, body) });
  }

  async clear(): Promise<void> {
    await this.#lake.store.deleteMatching(this.#lake.buckets.curated, [...this.#done.values()]);
    this.#done.clear();
  }
}
