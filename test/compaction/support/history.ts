import type { CommitIntent } from '../../../lambda/compaction/protocol/commit-intent';
import { dataFileKey, type PinnedInput } from '../../../lambda/compaction/protocol/names';
import { NO_ROWS, type RowCounts } from '../../../lambda/compaction/protocol/result';
import type { MemoryLake } from './memory-lake';
import { PARTITION, testDataset } from './test-dataset';

const ref = { dataset: testDataset(), partition: PARTITION };

/** Transactions are named by a letter here. */
export const fileOf = (letter: string): string => dataFileKey(ref, letter.repeat(32), 0);

/** What earlier runs left in a lake: versions. Each step takes a second. */
export class History {
  readonly #lake: MemoryLake;

  constructor(lake: MemoryLake) {
    this.#lake = lake;
  }

  /** A raw object that was consumed right away: its version stays. */
  raw(name: string, body = name, folder = `raw/events/${PARTITION}/`): PinnedInput {
    const key = folder + name;
    const etag = this.#lake.put('raw', key, body);
    const { versionId } = this.#lake.contents.get('raw', key) as { versionId: string };
    this.#lake.contents.objects.delete(`raw/${key}`);
    return { key, etag, versionId };
  }

  /** A transaction whose record is written now, and deleted. */
  record(letter: string, inputs: readonly PinnedInput[], counts: Partial<RowCounts> = {}): void {
    const key = `records/events/${PARTITION}/${letter.repeat(32)}.json`;
    const intent: CommitIntent = {
      files: [fileOf(letter)],
      inputs,
      counts: { ...NO_ROWS, ...counts },
      attempt: letter,
    };
    this.#lake.put('curated', key, JSON.stringify(intent));
    this.#lake.contents.objects.delete(`curated/${key}`);
    this.#lake.time += 1_000;
  }

  /** A version of the manifest. @returns its time */
  manifest(...letters: readonly string[]): number {
    this.#lake.list(letters.map(fileOf));
    this.#lake.time += 1_000;
    return this.#lake.time - 1_000;
  }
}
