import type { ServerResponse } from 'node:http';
import type { ObjectInfo } from '../../../lambda/compaction/store/object-store';
import type { Answer } from './hostile-server';
import { line } from './test-dataset';

export const MIB = 1024 * 1024;
/** The one row of each object. */
export const ROW = line('x');

/** An object as it is listed. */
export const listed = (key: string, size = ROW.length, more: Partial<ObjectInfo> = {}): ObjectInfo => ({
  key,
  size,
  etag: `"${key}"`,
  lastModified: new Date(0),
  ...more,
});
export const listedMany = (count: number, size = ROW.length): ObjectInfo[] =>
  Array.from({ length: count }, (_, index) => listed(`${index}.json`, size));

/** Lets everything happen that is about to. */
export const turns = async (count = 200): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
};

/** Holds every response back. */
export class Held {
  readonly waiting: { url: string; response: ServerResponse }[] = [];
  #arrived: () => void = () => undefined;
  #later: ((response: ServerResponse) => void) | undefined;
  readonly answer: Answer = (response, { url = '' }) => {
    if (this.#later !== undefined) return this.#later(response);
    this.waiting.push({ url: url.slice(1), response });
    this.#arrived();
  };

  /** Resolves when so many wait, and no more come. */
  async gather(count: number): Promise<void> {
    while (this.waiting.length < count) {
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    }
    await turns();
    expect(this.waiting).toHaveLength(count);
  }

  /** Answers all that wait, and all that come later. */
  end(answer: (response: ServerResponse) => void): void {
    this.#later = answer;
    this.release(this.waiting.length, answer);
  }

  release(count: number, answer: (response: ServerResponse) => void): void {
    for (const { response } of this.waiting.splice(0, count)) answer(response);
  }
}

export const endsWithRow = (response: ServerResponse): void => void response.end(ROW);
export const endsGone = (response: ServerResponse): void => void response.writeHead(404).end();
