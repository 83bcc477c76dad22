import type { LocalFiles } from '../../../lambda/compaction/protocol/converter';
import type { Eraser } from '../../../lambda/compaction/protocol/erase';
import type { ObjectInfo } from '../../../lambda/compaction/store/object-store';
import type { MemoryLake } from './memory-lake';

/** Erases a letter from files of which each letter is a row. */
export class TextEraser implements Eraser {
  readonly #lake: MemoryLake;
  readonly #letter: string;

  constructor(lake: MemoryLake, letter: string) {
    this.#lake = lake;
    this.#letter = letter;
  }

  async count(file: ObjectInfo): Promise<number> {
    return [...(await this.#text(file))].filter((one) => one === this.#letter).length;
  }

  async rest(file: ObjectInfo): Promise<LocalFiles> {
    const rest = (await this.#text(file)).replaceAll(this.#letter, '');
    return this.#lake.files(rest === '' ? [] : [rest]);
  }

  async empty(): Promise<LocalFiles> {
    return this.#lake.files(['']);
  }

  async #text({ key, etag }: ObjectInfo): Promise<string> {
    return (await this.#lake.store.getRange('curated', key, etag, { start: 0 })).toString();
  }
}
