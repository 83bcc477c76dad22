import { randomUUID } from 'node:crypto';
import { BudgetMeter, placeRawObject, taskBudget } from '../planning/pending';
import type { CompactionTask, CompactTask } from '../planning/tasks';
import { ChecksFailedError } from '../protocol/checks-failed';
import { compactOnce } from '../protocol/compact';
import type { Converter } from '../protocol/converter';
import { readHold, writeHold } from '../protocol/hold';
import { hiveRange } from '../protocol/key-ranges';
import type { Lake, PartitionRef } from '../protocol/lake';
import { maintain, mergeFiles } from '../protocol/maintain';
import { addCounts, NO_ROWS, type RowCounts } from '../protocol/result';
import { SetAside } from '../protocol/set-aside';
import type { Telemetry } from '../runtime/telemetry';
import type { TimeLimit } from '../runtime/time-limit';
import type { ObjectInfo } from '../store/object-store';
import { addRefused, NONE_REFUSED, type Refused } from './refusals';

/** What one task did. `rowsIn = rowsOut + rowsQuarantined + duplicates + superseded + deletions`, always. */
export interface CompactionResult extends RowCounts, Refused {
  readonly kind: CompactionTask['kind'];
  readonly dataset: string;
  readonly partition: string;
  /** Data files replaced by merges, and the files that replaced them. */
  readonly filesReplaced: number;
  readonly filesWritten: number;
  /** Data files that left the partition because its retention is over. */
  readonly filesExpired: number;
  /** Superseded or orphaned objects deleted after the grace. */
  readonly objectsVacuumed: number;
  /** Rows that fail a check that fails the commit: their partition waits, and nothing was committed. */
  readonly rowsRefused: number;
  /** False if the partition waits, or if time ran out before the ranges were done: the rest stays pending for the next run. */
  readonly complete: boolean;
}

export interface TaskSettings {
  /** Text on the local disk for one transaction, in bytes. */
  readonly maxLocalBytes: number;
  /** Called for each object that S3 refuses. @default nothing is logged */
  readonly telemetry?: Pick<Telemetry, 'log'>;
  /** A task starts no transaction that may not end before it. @default none */
  readonly limit?: TimeLimit | undefined;
}

/** Runs one task of a plan, on any lake and converter. Safe to repeat, to run twice at once, and to kill at any instant. */
export async function runTask(
  lake: Lake,
  ref: PartitionRef,
  task: CompactionTask,
  converter: Converter,
  settings: TaskSettings,
): Promise<CompactionResult> {
  const start = { kind: task.kind, dataset: ref.dataset.name, partition: ref.partition };
  if (task.kind === 'maintain') {
    const { counts, ...outcome } = await maintain(lake, ref, converter);
    return { ...start, ...counts, ...outcome, ...NONE_REFUSED, rowsRefused: 0, complete: true };
  }
  const hold = await readHold(lake, ref);
  if (hold !== undefined) settings.telemetry?.log('warn', 'Partition waits for its checks', { ...start, ...hold });
  const { counts, complete, ...refused } =
    hold === undefined ? await consumeOrHold(lake, ref, task, converter, settings) : NOTHING_CONSUMED;
  // Keeps a hot partition within its limit of undersized files on every run.
  const { replaced, written } = await mergeFiles(lake, ref, converter);
  const nothing = { filesExpired: 0, objectsVacuumed: 0 };
  return {
    ...start,
    ...counts,
    filesReplaced: replaced,
    filesWritten: written,
    ...nothing,
    ...refused,
    rowsRefused: hold?.rows ?? 0,
    complete,
  };
}

const NOTHING_CONSUMED: Consumed = { counts: NO_ROWS, ...NONE_REFUSED, complete: false };

type Consumed = Refused & { readonly counts: RowCounts; readonly complete: boolean };

/** @throws ChecksFailedError; the partition waits then, so that runs do not fail in the same way one after the other */
async function consumeOrHold(...[lake, ref, ...more]: Parameters<typeof consume>): Promise<Consumed> {
  try {
    return await consume(lake, ref, ...more);
  } catch (error) {
    if (error instanceof ChecksFailedError) await writeHold(lake, ref, error);
    throw error;
  }
}

/** One transaction after the other until the ranges are done or the time may not suffice for another. */
async function consume(
  lake: Lake,
  ref: PartitionRef,
  task: CompactTask,
  converter: Converter,
  { maxLocalBytes, telemetry, limit }: TaskSettings,
): Promise<Consumed> {
  const run = task.run ?? randomUUID();
  const setAside = await SetAside.read(lake, ref.dataset.name, ref.partition);
  let counts = NO_ROWS;
  let refused: Refused = NONE_REFUSED;
  let ranges = task.ranges ?? [hiveRange(ref, task)];
  for (;;) {
    const started = Date.now();
    const outcome = await compactOnce(lake, ref, ranges, converter, (objects) =>
      takeWithin(ref, objects, setAside, new BudgetMeter(taskBudget(ref.dataset, maxLocalBytes))),
    );
    counts = addCounts(counts, outcome.counts);
    // After the commit: refused objects do not delay the others.
    await setAside.forget(outcome.taken);
    refused = addRefused(refused, outcome.refused, await setAside.mark(ref, outcome.refused, run), telemetry);
    if (outcome.rest === undefined) return { counts, ...refused, complete: true };
    ranges = outcome.rest;
    const needed = 2 * (Date.now() - started);
    if (limit !== undefined && limit.getRemainingTimeInMillis() < needed)
      return { counts, ...refused, complete: false };
  }
}

async function takeWithin(
  { dataset, partition }: PartitionRef,
  objects: AsyncIterable<ObjectInfo>,
  setAside: SetAside,
  meter: BudgetMeter,
): Promise<ObjectInfo[]> {
  const taken: ObjectInfo[] = [];
  for await (const object of objects) {
    const place = placeRawObject(dataset, object);
    // A range of keys may hold objects of other partitions, which belong to other tasks.
    if (place.kind !== 'pending' || place.partition !== partition) continue;
    if (setAside.standing(object) === 'waiting') continue;
    if (!meter.take(object)) break;
    taken.push(object);
  }
  return taken;
}
