import type { Lake } from '../protocol/lake';
import type { PartUpload } from '../store/object-store';
import type { Lane, Step } from './lanes';
import type { CompactionTask } from './tasks';

/** Tasks that are held in memory to be sorted, in characters of JSON; also the part size of the plan's upload. */
const WAVE_TEXT = 8 * 1024 * 1024;

/**
 * Writes a plan as it grows: JSON Lines, one task per line, in waves of 8 MiB. Most plans are a single wave. Within a wave,
 * datasets take turns, each with its oldest data first: the Distributed Map starts tasks in that order.
 */
export class PlanWriter {
  readonly #upload: PartUpload;
  readonly #run: string;
  readonly #waveText: number;
  #wave = new Map<string, { readonly line: string; readonly oldest: number }[]>();
  #text = 0;
  #tasks = 0;
  #writing: Promise<void> = Promise.resolve();

  /** @param run the execution that plans: each task gets it, and its number in the plan */
  constructor({ store, buckets }: Lake, key: string, run: string, waveText = WAVE_TEXT) {
    this.#run = run;
    this.#upload = store.openUpload(buckets.curated, key);
    this.#waveText = waveText;
  }

  get tasks(): number {
    return this.#tasks;
  }

  /** @param oldest when the first of the task's objects arrived, epoch milliseconds */
  add(task: CompactionTask, oldest: number): void {
    this.#tasks++;
    const line = `${JSON.stringify({ ...task, run: this.#run, id: this.#tasks })}\n`;
    const own = this.#wave.get(task.dataset);
    if (own === undefined) this.#wave.set(task.dataset, [{ line, oldest }]);
    else own.push({ line, oldest });
    this.#text += line.length;
    if (this.#text >= this.#waveText) this.#flush();
  }

  /** Makes the steps of a lane wait, so that at most one wave is in memory besides the one that is being gathered. */
  keepUp(lane: Lane): Lane {
    const next = (): Step | undefined => {
      const step = lane.next();
      if (step === undefined) return undefined;
      return async () => {
        await step();
        await this.#writing;
      };
    };
    return { next };
  }

  /** Makes the plan visible as a whole, even an empty one. */
  async close(): Promise<void> {
    this.#flush();
    await this.#writing;
    await this.#upload.close();
  }

  /** Leaves no plan behind. */
  async abort(): Promise<void> {
    await this.#writing.catch(() => undefined);
    await this.#upload.abort();
  }

  #flush(): void {
    if (this.#text === 0) return;
    const body = Buffer.from(inTurns([...this.#wave.values()]).join(''));
    this.#wave = new Map();
    this.#text = 0;
    this.#writing = this.#writing.then(() => this.#upload.add(body));
    // The next caller that waits gets the error; until then it must not count as unhandled.
    this.#writing.catch(() => undefined);
  }
}

function inTurns(datasets: readonly { readonly line: string; readonly oldest: number }[][]): string[] {
  const lines: string[] = [];
  for (const own of datasets) own.sort((a, b) => a.oldest - b.oldest);
  for (let turn = 0, left = true; left; turn++) {
    left = false;
    for (const own of datasets) {
      const next = own[turn];
      if (next === undefined) continue;
      lines.push(next.line);
      left = true;
    }
  }
  return lines;
}
