import type { Dataset } from '../../../lib/dataset';
import { RAW_PREFIX, rawPrefix } from '../../../lib/dataset/layout';
import { mapConcurrently } from '../concurrency';
import type { Lake } from '../protocol/lake';
import { SetAside } from '../protocol/set-aside';
import type { ObjectInfo } from '../store/object-store';
import { InboxListing, type InboxListingOptions, type LeafVisitor } from './inbox-listing';
import { type Lane, runLanes, type Step } from './lanes';
import { placeRawObject, type TaskBudget } from './pending';
import type { InboxProgress } from './progress';
import { RangePacker } from './range-packer';
import { type PlannedTask, TaskPacker } from './task-packer';
import type { CompactTask } from './tasks';

export interface PendingSummary {
  objects: number;
  bytes: number;
  oldest: Date | undefined;
  unplaced: number;
  /** Objects that S3 refused to two runs. They wait for a retry, or are planned for one. */
  setAside: number;
  readonly setAsideExamples: string[];
  /** The first unplaced objects, each with what is wrong. */
  readonly unplacedExamples: { key: string; problem: string }[];
}

export const MAX_EXAMPLES = 20;

export function emptySummary(): PendingSummary {
  return {
    objects: 0,
    bytes: 0,
    oldest: undefined,
    unplaced: 0,
    unplacedExamples: [],
    setAside: 0,
    setAsideExamples: [],
  };
}

/** Requests in flight per planner: at 60 ms each about 500 a second, a tenth of the 5,500 GET or HEAD requests a second that S3 supports per
 * prefix: https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html */
export const LISTS_IN_FLIGHT = 32;

export type InboxPlanOptions = Omit<InboxListingOptions, 'visit'>;

/**
 * Plans the inbox of a dataset in one pass over its keys. Everything under the prefix is either in exactly one task's ranges,
 * a marker, or reported; or the listing stopped before it, and the next run continues there.
 */
export class InboxPlan implements Lane {
  readonly #dataset: Dataset;
  readonly #budget: TaskBudget;
  readonly #setAside: SetAside;
  readonly #packer: TaskPacker;
  readonly #listing: InboxListing;
  readonly summary = emptySummary();

  constructor(
    lake: Lake,
    dataset: Dataset,
    budget: TaskBudget,
    setAside: SetAside,
    emit: (planned: PlannedTask) => void,
    options: InboxPlanOptions = {},
  ) {
    this.#dataset = dataset;
    this.#budget = budget;
    this.#setAside = setAside;
    this.#packer = new TaskPacker(dataset, budget, emit);
    this.#listing = new InboxListing(lake, dataset, { ...options, visit: (after) => this.#visit(after) });
  }

  next(): Step | undefined {
    return this.#listing.next();
  }

  /** @returns where the next run continues; undefined when everything was listed */
  end(): Pick<InboxProgress, 'position' | 'resume'> | undefined {
    const rest = this.#listing.end();
    this.#packer.end();
    return rest;
  }

  #visit(after: string | undefined): LeafVisitor {
    const packer = new RangePacker(this.#budget, after, (piece) => this.#packer.add(piece));
    return {
      add: (object) => this.#add(object, packer),
      end: (through) => packer.end(through),
      cut: () => packer.cut(),
    };
  }

  #add(object: ObjectInfo, packer: RangePacker): void {
    const { summary } = this;
    const placement = placeRawObject(this.#dataset, object);
    if (placement.kind === 'unplaced') {
      summary.unplaced++;
      if (summary.unplacedExamples.length < MAX_EXAMPLES) {
        summary.unplacedExamples.push({ key: object.key, problem: placement.problem });
      }
    }
    if (placement.kind !== 'pending') return;
    const standing = this.#setAside.standing(object);
    if (standing !== 'pending') {
      summary.setAside++;
      if (summary.setAsideExamples.length < MAX_EXAMPLES) summary.setAsideExamples.push(object.key);
    }
    if (standing === 'waiting') return;
    summary.objects++;
    summary.bytes += object.size;
    // An object that is set aside has its own alarm, and does not mean that compaction is behind.
    const older = summary.oldest === undefined || object.lastModified < summary.oldest;
    if (older && standing === 'pending') summary.oldest = object.lastModified;
    packer.add(object, placement);
  }
}

/** Plans one dataset to the end; oldest data first. */
export async function planCompaction(
  lake: Lake,
  dataset: Dataset,
  budget: TaskBudget,
): Promise<{ readonly tasks: readonly CompactTask[]; readonly summary: PendingSummary }> {
  const planned: PlannedTask[] = [];
  const setAside = await SetAside.read(lake, dataset.name);
  const inbox = new InboxPlan(lake, dataset, budget, setAside, (task) => planned.push(task));
  await runLanes([inbox], LISTS_IN_FLIGHT);
  inbox.end();
  return { tasks: planned.sort((a, b) => a.oldest - b.oldest).map(({ task }) => task), summary: inbox.summary };
}

/** Most objects counted per undeclared name; the alarm needs one. */
const MAX_COUNTED = 1_000;
/** Most undeclared names whose objects are counted; for each further name only its folder counts. */
const MAX_NAMES = 100;

/** Finds raw objects under names that are not declared datasets: they are in no plan, so they are reported. */
export async function findUndeclared(lake: Lake, declared: readonly Dataset[], summary: PendingSummary): Promise<void> {
  const names = new Set(declared.map(({ name }) => name));
  const known = [...names].join(', ');
  const report = (key: string): void => {
    summary.unplaced++;
    if (summary.unplacedExamples.length >= MAX_EXAMPLES) return;
    summary.unplacedExamples.push({ key, problem: `it is under no declared dataset; declared are ${known}` });
  };
  const { folders, objects } = await lake.store.listFolder(lake.buckets.raw, RAW_PREFIX);
  for (const { key, size } of objects) if (size > 0) report(key);
  const undeclared = folders.filter((name) => !names.has(name));
  const found = await mapConcurrently(undeclared.slice(0, MAX_NAMES), LISTS_IN_FLIGHT, async (folder) => {
    const page = await lake.store.listPage(lake.buckets.raw, rawPrefix(folder), {});
    return page.objects.slice(0, MAX_COUNTED).filter(({ size }) => size > 0);
  });
  for (const { key } of found.flat()) report(key);
  for (const folder of undeclared.slice(MAX_NAMES)) report(rawPrefix(folder));
}
