import { estimatedBytes, taskBudget } from '../../lambda/compaction/planning/pending';
import { LISTS_IN_FLIGHT } from '../../lambda/compaction/planning/plan-compaction';
import { mergePolicy } from '../../lambda/compaction/protocol/merge-policy';
import { readCompactor } from '../../lambda/compaction/runtime/settings';
import { PART_BYTES } from '../../lambda/compaction/store/s3-object-store';
import { parseStage } from '../../lib/settings';
import { ASSUMED, MB_PER_PROCESSOR, MEASURED, SHAPE } from './measured';
import { partitionLife } from './partition-life';
import { datasetOf, keyOf, partitionSeconds, type Workload } from './workload';

const DAY = 86_400;
/** A stage that sets nothing: what the figures are for. */
export const ESTIMATED_STAGE = parseStage({ name: 'estimate' });

/** What a workload makes of the lake. All of it a day, unless the name says otherwise. */
export interface Figures {
  /** Bytes as stored: raw, and new rows in Parquet. */
  readonly rawBytes: number;
  readonly parquetBytes: number;
  readonly objects: number;
  readonly objectsPerSecond: number;
  readonly runs: number;
  /** Runs that find data. */
  readonly busyRuns: number;
  readonly tasks: number;
  readonly mergedBytes: number;
  readonly writeAmplification: number;
  /** Files of a partition, when it is closed. */
  readonly filesPerPartition: number;
  readonly mostFilesPerPartition: number;
  readonly partitionsPerDay: number;
  /** Of the compactor. */
  readonly lambdaSeconds: number;
  /** Compactors at the same time, on average. */
  readonly concurrency: number;
  readonly plannerSeconds: number;
  /** Of one plan; undefined when there is nothing to plan. */
  readonly planSeconds: number;
  readonly lists: number;
  readonly writes: number;
  readonly reads: number;
  /** On the busiest prefix, a partition of the raw zone, as producers write. */
  readonly prefixWritesPerSecond: number;
  /** The same, as those compactors read that work on one partition at the same time. */
  readonly prefixReadsPerSecond: number;
  readonly transitions: number;
  /** Bytes that one query reads, and all queries as they are billed. */
  readonly queryBytes: number;
}

export function figuresOf(workload: Workload): Figures {
  const dataset = datasetOf(workload);
  const policy = mergePolicy(dataset);
  const budget = taskBudget(dataset, readCompactor({}).maxLocalBytes);
  const { bytesPerDay, objectBytes, datasets, partitions } = workload;
  const perObject = estimatedBytes({ key: keyOf(workload.inputCodec), size: objectBytes });
  const objects = bytesPerDay === 0 ? 0 : Math.max(1, bytesPerDay / perObject);
  const places = datasets * partitions;

  const runs = DAY / workload.everySeconds;
  // Objects of one partition come one after the other: fewer than runs meet as many runs.
  const busyPerPlace = Math.min(runs, objects / places);
  const busyRuns = Math.min(runs, objects);
  const textPerRun = busyPerPlace === 0 ? 0 : bytesPerDay / places / busyPerPlace;
  const objectsPerRun = busyPerPlace === 0 ? 0 : objects / places / busyPerPlace;
  const tasksPerRun = Math.max(1, Math.ceil(textPerRun / budget.bytes), Math.ceil(objectsPerRun / budget.objects));
  const maintained = objects === 0 ? 0 : places * Math.max(1, DAY / partitionSeconds(workload));
  const tasks = busyPerPlace * places * tasksPerRun + maintained;

  const shrink = workload.outputCodec === 'zstd' ? MEASURED.zstdShare : 1;
  const parquetBytes = (bytesPerDay / MEASURED.textPerParquetByte) * shrink;
  const partitionsPerDay = (places * DAY) / partitionSeconds(workload);
  const runsOfPartition = Math.max(1, Math.round((busyPerPlace * partitionSeconds(workload)) / DAY));
  const added = partitionsPerDay === 0 ? 0 : parquetBytes / partitionsPerDay / runsOfPartition;
  const life = partitionLife(objects === 0 ? 0 : runsOfPartition, added, tasksPerRun, policy);
  const mergedBytes = parquetBytes * (life.writeAmplification - 1);

  const processors = ESTIMATED_STAGE.compaction.memoryMiB / MB_PER_PROCESSOR;
  const copied = MEASURED.copyCpuSecondsPerGB * (MEASURED.textPerParquetByte / shrink);
  const getsOfBenchmark = 10_000 * MEASURED.getCpuSeconds;
  const cpuSeconds =
    (bytesPerDay / 1e9) * (MEASURED.compactCpuSecondsPerGB - getsOfBenchmark) +
    objects * MEASURED.getCpuSeconds +
    (mergedBytes / 1e9) * copied;
  const lambdaSeconds = cpuSeconds / processors + tasks * MEASURED.startSeconds;

  // Two more: names of marks, and of folders that no dataset has.
  const listsPerPlan = datasets + 2 + (objects / Math.max(1, busyRuns) > 1_000 ? 2 * places : 0);
  const lists = runs * listsPerPlan + objects / 1_000 + 2 * datasets;
  const planned = objects / Math.max(1, busyRuns);
  const planSeconds =
    MEASURED.startSeconds +
    planned * MEASURED.planCpuSecondsPerObject +
    Math.ceil((listsPerPlan + planned / 1_000) / LISTS_IN_FLIGHT) * ASSUMED.listSeconds;

  const parts = Math.max(0, parquetBytes + mergedBytes) / PART_BYTES;
  // The plan, and how far it came.
  const writes = lists + 2 * runs + objects / 1_000 + tasks * SHAPE.taskRequests.write + parts;
  const merged = life.merges * partitionsPerDay;
  const reads = objects + runs + tasks * SHAPE.taskRequests.read + merged * policy.maxUndersized;
  const { idle, run, task } = SHAPE.transitions;

  const concurrency = lambdaSeconds / DAY;
  const sideBySide = Math.min(tasksPerRun, Math.max(1, concurrency / places));
  const queryBytes = (parquetBytes / datasets) * workload.queryDays * workload.queryShare;
  return {
    rawBytes: bytesPerDay === 0 ? 0 : bytesPerDay / (perObject / objectBytes),
    parquetBytes,
    objects,
    objectsPerSecond: objects / DAY,
    runs,
    busyRuns,
    tasks,
    mergedBytes,
    writeAmplification: life.writeAmplification,
    filesPerPartition: life.files,
    mostFilesPerPartition: life.mostFiles,
    partitionsPerDay,
    lambdaSeconds,
    concurrency,
    plannerSeconds: runs * MEASURED.startSeconds + busyRuns * (planSeconds - MEASURED.startSeconds),
    planSeconds,
    lists,
    writes,
    reads,
    prefixWritesPerSecond: objects / DAY / places,
    prefixReadsPerSecond: objects === 0 ? 0 : (sideBySide * objects) / lambdaSeconds,
    transitions: (runs - busyRuns) * idle + busyRuns * run + tasks * task,
    queryBytes,
  };
}
