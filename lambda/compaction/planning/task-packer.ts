import type { Dataset } from '../../../lib/dataset';
import type { KeyRange } from '../protocol/key-ranges';
import type { TaskBudget } from './pending';
import type { Piece } from './range-packer';
import type { CompactTask } from './tasks';

/** A task of the plan, with what decides when its turn comes. */
export interface PlannedTask {
  readonly task: CompactTask;
  /** When the first of its objects arrived, epoch milliseconds. */
  readonly oldest: number;
}

/** Most ranges of one task: each is a LIST request. */
const MAX_RANGES = 200;
/** Most characters of the ranges of one task: a task must stay far below the 256 KiB limit of an item of a Map, whatever the keys are. */
const MAX_RANGE_TEXT = 48 * 1024;
/** Most ranges of all open tasks, about 300 bytes each. */
const MAX_OPEN_RANGES = 50_000;

/** A task to which pieces may still be added. */
interface OpenTask {
  readonly ranges: KeyRange[];
  text: number;
  objects: number;
  bytes: number;
  oldest: number;
}

/**
 * Makes tasks from pieces, in whatever order these arrive. In Hive folders a piece is a task. Where the date comes
 * late in the path, for instance after an account and a region, the objects of a day lie in many places: a task is open for
 * each partition, and holds the places, not the objects. When there are too many, all tasks are closed, and partitions get
 * further tasks.
 */
export class TaskPacker {
  readonly #dataset: Dataset;
  readonly #budget: TaskBudget;
  readonly #emit: (planned: PlannedTask) => void;
  readonly #maxOpenRanges: number;
  readonly #open = new Map<string, OpenTask>();
  #openRanges = 0;

  constructor(
    dataset: Dataset,
    budget: TaskBudget,
    emit: (planned: PlannedTask) => void,
    maxOpenRanges = MAX_OPEN_RANGES,
  ) {
    this.#dataset = dataset;
    this.#budget = budget;
    this.#emit = emit;
    this.#maxOpenRanges = maxOpenRanges;
  }

  add(piece: Piece): void {
    const { partition, range, oldest } = piece;
    const start = { kind: 'compact' as const, dataset: this.#dataset.name, partition };
    if (this.#dataset.input.layout === undefined) {
      const { after, through } = range;
      const ends = { ...(after === undefined ? {} : { after }), ...(through === undefined ? {} : { through }) };
      this.#emit({ task: { ...start, ...ends }, oldest });
    } else if (piece.isFull) {
      this.#emit({ task: { ...start, ranges: [range] }, oldest });
    } else {
      if (this.#openRanges >= this.#maxOpenRanges) this.end();
      this.#join(piece);
    }
  }

  /** Closes all tasks. */
  end(): void {
    for (const [partition, task] of this.#open) this.#close(partition, task);
  }

  #join({ partition, range, objects, bytes, oldest }: Piece): void {
    const text = JSON.stringify(range).length;
    let task = this.#open.get(partition);
    if (
      task !== undefined &&
      (task.ranges.length === MAX_RANGES ||
        task.text + text > MAX_RANGE_TEXT ||
        task.objects + objects > this.#budget.objects ||
        task.bytes + bytes > this.#budget.bytes)
    ) {
      this.#close(partition, task);
      task = undefined;
    }
    if (task === undefined) {
      task = { ranges: [], text: 0, objects: 0, bytes: 0, oldest };
      this.#open.set(partition, task);
    }
    task.ranges.push(range);
    task.text += text;
    task.objects += objects;
    task.bytes += bytes;
    task.oldest = Math.min(task.oldest, oldest);
    this.#openRanges++;
  }

  #close(partition: string, { ranges, oldest }: OpenTask): void {
    this.#open.delete(partition);
    this.#openRanges -= ranges.length;
    this.#emit({ task: { kind: 'compact', dataset: this.#dataset.name, partition, ranges }, oldest });
  }
}
