import type { Dataset } from '../../../lib/dataset';
import type { KeyRange } from '../protocol/key-ranges';
import type { ObjectInfo } from '../store/object-store';
import { BudgetMeter, type Placement, type TaskBudget } from './pending';
import type { CompactTask } from './tasks';

/** Ranges of one task: each is a LIST request, and a task must stay far below the 256 KiB of an item of a Map. */
const MAX_RANGES = 200;
/** Ranges of all tasks that are open, about 300 bytes each. */
const MAX_OPEN_RANGES = 50_000;

/** A task to which objects may still be added. */
interface OpenTask {
  readonly meter: BudgetMeter;
  readonly ranges: KeyRange[];
  last: string;
}

/**
 * Packs pending objects into tasks, in the order of their keys. In Hive folders the objects of a partition are neighbours,
 * and one task is open at a time. Where the date comes late in the path, after an account and a region for instance, the
 * objects of a day lie at many places: a task is open for each partition, and knows the places, not the objects. When they
 * are too many all tasks are closed, and partitions get further ones.
 */
export class TaskPacker {
  readonly #dataset: Dataset;
  readonly #budget: TaskBudget;
  readonly #maxOpenRanges: number;
  readonly #open = new Map<string, OpenTask>();
  #openRanges = 0;

  constructor(dataset: Dataset, budget: TaskBudget, maxOpenRanges = MAX_OPEN_RANGES) {
    this.#dataset = dataset;
    this.#budget = budget;
    this.#maxOpenRanges = maxOpenRanges;
  }

  /** Takes the next object. Returns tasks that are complete. */
  *add(object: ObjectInfo, { partition, prefix }: Extract<Placement, { kind: 'pending' }>): Generator<CompactTask> {
    const open = this.#open.get(partition);
    const range = open?.ranges.at(-1);
    if (open !== undefined && range?.prefix === prefix) {
      if (!open.meter.take(object)) {
        open.ranges[open.ranges.length - 1] = { ...range, through: open.last };
        yield this.#close(partition, open);
        this.#begin(partition, object, { prefix, after: open.last });
      }
      open.last = object.key;
      return;
    }
    // Only here, between two ranges: nothing that comes lies in a range that is closed.
    if (this.#openRanges >= this.#maxOpenRanges || (this.#isHive && open === undefined)) yield* this.end();
    const task = this.#open.get(partition);
    if (task !== undefined && task.ranges.length < MAX_RANGES && task.meter.take(object)) {
      task.ranges.push({ prefix });
      task.last = object.key;
      this.#openRanges++;
      return;
    }
    if (task !== undefined) yield this.#close(partition, task);
    this.#begin(partition, object, { prefix });
  }

  #begin(partition: string, object: ObjectInfo, range: KeyRange): void {
    const meter = new BudgetMeter(this.#budget);
    meter.take(object);
    this.#open.set(partition, { meter, ranges: [range], last: object.key });
    this.#openRanges++;
  }

  /** Returns what is open. Its last ranges have no end, so that what arrives later comes along. */
  *end(): Generator<CompactTask> {
    for (const [partition, task] of this.#open) yield this.#close(partition, task);
  }

  get #isHive(): boolean {
    return this.#dataset.input.layout === undefined;
  }

  #close(partition: string, { ranges }: OpenTask): CompactTask {
    this.#open.delete(partition);
    this.#openRanges -= ranges.length;
    const start = { kind: 'compact' as const, dataset: this.#dataset.name, partition };
    if (!this.#isHive) return { ...start, ranges };
    const [{ after, through } = {}] = ranges;
    return { ...start, ...(after === undefined ? {} : { after }), ...(through === undefined ? {} : { through }) };
  }
}
