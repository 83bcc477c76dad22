import { randomUUID } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';
import { datasetByName } from '../../config/datasets';
import { parsePartitionPath } from '../../lib/dataset';
import { RequestSigner } from './download/request-signer';
import { type ConverterSettings, DuckDbConverter } from './engine/duckdb-converter';
import { BudgetMeter, placeRawObject, taskBudget } from './planning/pending';
import type { CompactionTask, CompactTask } from './planning/tasks';
import { compactOnce } from './protocol/compact';
import type { Converter, RefusedObject } from './protocol/converter';
import type { Lake, PartitionRef } from './protocol/lake';
import { maintain, mergeFiles } from './protocol/maintain';
import { addCounts, NO_ROWS, type RowCounts } from './protocol/result';
import { SetAside } from './protocol/set-aside';
import { compactorSettings } from './runtime/compactor-settings';
import { type Findings, FindingsCollector } from './runtime/findings';
import { createS3Client, lakeFromEnvironment } from './runtime/lake';
import { emitMetrics, log } from './runtime/telemetry';
import { type TimeLimit, withDeadline } from './runtime/time-limit';
import type { ObjectInfo } from './store/object-store';

/** What one task did. `rowsIn = rowsOut + rowsQuarantined + duplicates`, always. */
export interface CompactionResult extends RowCounts {
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
  /** Raw objects that S3 did not hand out in this run; they stay where they are. The first are named. */
  readonly objectsRefused: number;
  /** Those of them that two runs were refused: they are left alone for some hours. */
  readonly objectsSetAside: number;
  readonly refusals: readonly Refusal[];
  /** False when time ran out before the range was done: the rest stays pending for the next run. */
  readonly complete: boolean;
}

export interface Refusal {
  readonly key: string;
  readonly error: string;
  readonly setAside: boolean;
}

/** Refusals that a result names: the results of all tasks of a run are kept together. */
const REFUSALS_NAMED = 20;

/**
 * Runs one task of a plan. Safe to repeat, to run twice at once, and to kill at any instant.
 *
 * @throws DeadlineError when the time of the task is over; what it had not committed is pending as before
 */
export function handler(task: CompactionTask, context?: TimeLimit): Promise<CompactionResult & Findings> {
  return withDeadline(context, (signal) => run(task, context, signal));
}

async function run(
  task: CompactionTask,
  limit: TimeLimit | undefined,
  signal: AbortSignal,
): Promise<CompactionResult & Findings> {
  const dataset = datasetByName(task.dataset);
  const parsed = parsePartitionPath(dataset, task.partition);
  if (!parsed.ok) throw new Error(`Task for ${task.dataset}: ${parsed.problem}`);
  const client = createS3Client(signal);
  const lake = lakeFromEnvironment(client, signal);
  const collector = new FindingsCollector();
  const converter = await createConverter(client, lake, {
    signal,
    onUnknownFields: (fields, others) => collector.addUnknownFields(fields, others),
    onOutsidePartition: (found) => collector.addOutsidePartition(found),
  });
  const counted = await runTask(lake, { dataset, partition: parsed.path }, task, converter, limit);
  const result = { ...counted, ...collector.findings };
  report(result, collector.unknownFieldCount);
  return result;
}

/** The task itself, on any lake and converter. */
export async function runTask(
  lake: Lake,
  ref: PartitionRef,
  task: CompactionTask,
  converter: Converter,
  limit?: TimeLimit,
): Promise<CompactionResult> {
  const start = { kind: task.kind, dataset: ref.dataset.name, partition: ref.partition };
  if (task.kind === 'maintain') {
    const { counts, ...outcome } = await maintain(lake, ref, converter);
    return { ...start, ...counts, ...outcome, ...NONE_REFUSED, complete: true };
  }
  const { counts, complete, ...refused } = await consume(lake, ref, task, converter, limit);
  // Keeps a hot partition within its number of undersized files, run by run.
  const { replaced, written } = await mergeFiles(lake, ref, converter);
  const nothing = { filesExpired: 0, objectsVacuumed: 0 };
  return { ...start, ...counts, filesReplaced: replaced, filesWritten: written, ...nothing, ...refused, complete };
}

/** One transaction after the other until the range is done or the time may not suffice for another. */
async function consume(
  lake: Lake,
  ref: PartitionRef,
  task: CompactTask,
  converter: Converter,
  limit: TimeLimit | undefined,
): Promise<TakenIn> {
  const { maxLocalBytes } = compactorSettings();
  const run = task.run ?? randomUUID();
  const setAside = await SetAside.read(lake, ref.dataset.name, ref.partition);
  let counts = NO_ROWS;
  let refused: Refused = NONE_REFUSED;
  let after = task.after;
  for (;;) {
    const started = Date.now();
    const range = { after, through: task.through };
    const outcome = await compactOnce(lake, ref, range, converter, (objects) =>
      takeWithin(ref, objects, setAside, new BudgetMeter(taskBudget(ref.dataset, maxLocalBytes))),
    );
    counts = addCounts(counts, outcome.counts);
    // After the commit: what S3 refuses keeps nothing else waiting.
    await setAside.forget(outcome.taken);
    refused = addRefused(refused, outcome.refused, await setAside.mark(ref, outcome.refused, run));
    if (outcome.through === undefined) return { counts, ...refused, complete: true };
    after = outcome.through;
    const needed = 2 * (Date.now() - started);
    if (limit !== undefined && limit.getRemainingTimeInMillis() < needed)
      return { counts, ...refused, complete: false };
  }
}

type Refused = Pick<CompactionResult, 'objectsRefused' | 'objectsSetAside' | 'refusals'>;
type TakenIn = Refused & { readonly counts: RowCounts; readonly complete: boolean };

const NONE_REFUSED: Refused = { objectsRefused: 0, objectsSetAside: 0, refusals: [] };

function addRefused(to: Refused, refused: readonly RefusedObject[], aside: readonly RefusedObject[]): Refused {
  if (refused.length === 0) return to;
  const named = refused.map((one) => ({ key: one.key, error: one.error, setAside: aside.includes(one) }));
  for (const one of named) log('warn', one.setAside ? 'Raw object is set aside' : 'Raw object is refused', one);
  return {
    objectsRefused: to.objectsRefused + refused.length,
    objectsSetAside: to.objectsSetAside + aside.length,
    refusals: [...to.refusals, ...named].slice(0, REFUSALS_NAMED),
  };
}

async function takeWithin(
  { dataset }: PartitionRef,
  objects: AsyncIterable<ObjectInfo>,
  setAside: SetAside,
  meter: BudgetMeter,
): Promise<ObjectInfo[]> {
  const taken: ObjectInfo[] = [];
  for await (const object of objects) {
    if (placeRawObject(dataset, object).kind !== 'pending') continue;
    if (setAside.standing(object) === 'waiting') continue;
    if (!meter.take(object)) break;
    taken.push(object);
  }
  return taken;
}

/** The converter of the shipped compactor, sized by the environment. */
export async function createConverter(
  client: S3Client,
  lake: Lake,
  more: Pick<ConverterSettings, 'signal' | 'onUnknownFields' | 'onOutsidePartition'>,
): Promise<DuckDbConverter> {
  const { memoryMiB, spillMiB, threads, maxLocalBytes, maxObjectBytes, stallMillis } = compactorSettings();
  const signer = await RequestSigner.create(client, lake.buckets.raw);
  return new DuckDbConverter(lake.store, lake.buckets.curated, signer, {
    limits: { memoryMiB, spillMiB, threads },
    workers: threads,
    maxLocalBytes,
    maxObjectBytes,
    maxAttempts: await client.config.maxAttempts(),
    stallMillis,
    ...more,
  });
}

function report(result: CompactionResult & Findings, unknownFields: number): void {
  emitMetrics(result.dataset, {
    RowsIn: result.rowsIn,
    RowsOut: result.rowsOut,
    RowsQuarantined: result.rowsQuarantined,
    DuplicatesDropped: result.duplicates,
    ObjectsQuarantined: result.objectsQuarantined,
    RowsOutsidePartition: result.rowsOutsidePartition,
    BytesIn: result.bytesIn,
    BytesOut: result.bytesOut,
    UnknownFields: unknownFields,
    ...(result.objectsSetAside === 0 ? {} : { ObjectsSetAside: result.objectsSetAside }),
  });
  log('info', 'Compacted', { ...result });
}
