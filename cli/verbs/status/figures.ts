import { mapConcurrently } from '../../../lambda/compaction/concurrency';
import { type Staleness, stalenessOf } from '../../../lambda/compaction/planning/freshness';
import { emptySummary, findUndeclared } from '../../../lambda/compaction/planning/plan-compaction';
import { readProgress } from '../../../lambda/compaction/planning/progress';
import { readManifest } from '../../../lambda/compaction/protocol/manifest';
import { UNDERSIZED_BYTES } from '../../../lambda/compaction/protocol/merge-policy';
import { readNewest } from '../../../lambda/compaction/protocol/newest';
import type { Dataset } from '../../../lib/dataset';
import { messageOf } from '../../failure';
import { type Held, heldOf } from '../held';
import { censusOf, earlier, type InboxCensus, NOTHING_PENDING, type Pending, type Unplaced } from '../inbox';
import type { OperatedLake } from '../lake';
import { type PartitionObjects, partitionsOf } from '../partitions';
import { quarantineOf } from '../quarantined';
import type { Selection } from '../selection';

export interface Files {
  /** Those that the manifest lists. */
  readonly count: number;
  readonly bytes: number;
  readonly smallest: number;
  readonly largest: number;
  /** Below 128 MiB. */
  readonly undersized: number;
}

export interface Rejected {
  readonly rows: number;
  /** Whole objects that could not be read. */
  readonly objects: number;
}

export interface PartitionStatus {
  readonly partition: string;
  readonly pending: Pending;
  readonly files: Files;
  readonly lastCommit: Date | undefined;
  readonly quarantined: Rejected;
  /** Why the manifest or a file of it cannot be read; `verify` says more. */
  readonly problem?: string;
  readonly held?: Held;
}

export interface DatasetStatus {
  readonly dataset: string;
  readonly pending: Pending;
  /** Seconds that the oldest pending object has waited; 0 when none does. */
  readonly lagSeconds: number;
  readonly files: Files;
  readonly lastCommit: Date | undefined;
  readonly quarantined: Rejected;
  readonly unplaced: InboxCensus['unplaced'];
  readonly setAside: InboxCensus['setAside'];
  /** Of a dataset with `freshness`. */
  readonly freshness?: DatasetFreshness;
  readonly partitions: readonly PartitionStatus[];
}

export interface DatasetFreshness extends Staleness {
  /** Newest event time that is committed. Undefined: no data yet; the age counts from the first run that watches the dataset. */
  readonly newestEvent: Date | undefined;
}

const READS_IN_FLIGHT = 16;

export async function datasetStatus(
  lake: OperatedLake,
  dataset: Dataset,
  selection: Selection,
): Promise<DatasetStatus> {
  const { partitions: pending, unplaced, setAside } = await censusOf(lake, dataset, selection);
  const rejected = await rejectedBy(lake, dataset, selection);
  const committed = await committedBy(lake, dataset, selection);
  const held = await heldBy(lake, dataset, [...pending.keys()]);
  const names = new Set([...pending.keys(), ...committed.keys(), ...rejected.keys()]);
  const partitions = [...names].sort().map(
    (partition): PartitionStatus => ({
      partition,
      pending: pending.get(partition) ?? NOTHING_PENDING,
      files: NO_FILES,
      lastCommit: undefined,
      ...committed.get(partition),
      quarantined: rejected.get(partition) ?? NONE_REJECTED,
      ...held.get(partition),
    }),
  );
  const total = partitions.reduce(
    (sum, own) => ({
      pending: addPending(sum.pending, own.pending),
      files: addFiles(sum.files, own.files),
      quarantined: addRejected(sum.quarantined, own.quarantined),
      lastCommit: later(sum.lastCommit, own.lastCommit),
    }),
    {
      pending: NOTHING_PENDING,
      files: NO_FILES,
      quarantined: NONE_REJECTED,
      lastCommit: undefined as Date | undefined,
    },
  );
  const { oldest } = total.pending;
  const lagSeconds = oldest === undefined ? 0 : Math.max(0, lake.now().getTime() - oldest.getTime()) / 1000;
  const freshness = await freshnessOf(lake, dataset);
  return {
    dataset: dataset.name,
    ...total,
    lagSeconds,
    unplaced,
    setAside,
    ...(freshness === undefined ? {} : { freshness }),
    partitions,
  };
}

/** Partitions that wait for their checks. */
async function heldBy(
  lake: OperatedLake,
  dataset: Dataset,
  partitions: readonly string[],
): Promise<ReadonlyMap<string, Pick<PartitionStatus, 'held'>>> {
  const found = await mapConcurrently(partitions, READS_IN_FLIGHT, async (partition) => {
    const held = await heldOf(lake, { dataset, partition });
    return held === undefined ? [] : [[partition, { held }] as const];
  });
  return new Map(found.flat());
}

/** As the planner reports it. */
export async function freshnessOf(lake: OperatedLake, dataset: Dataset): Promise<DatasetFreshness | undefined> {
  if (dataset.freshness === undefined) return undefined;
  const newest = (await readNewest(lake)).get(dataset.name);
  const now = lake.now().getTime();
  const { watched } = (await readProgress(lake, 'compact'))[dataset.name] ?? {};
  const staleness = stalenessOf(dataset, newest, watched ?? now, now);
  return staleness && { ...staleness, newestEvent: newest === undefined ? undefined : new Date(newest) };
}

/** Raw objects under names that no dataset has. */
export async function undeclared(lake: OperatedLake): Promise<{ objects: number; examples: readonly Unplaced[] }> {
  const summary = emptySummary();
  await findUndeclared(lake, lake.datasets, summary);
  return { objects: summary.unplaced, examples: summary.unplacedExamples };
}

type Committed = Pick<PartitionStatus, 'files' | 'lastCommit' | 'problem'>;

async function committedBy(
  lake: OperatedLake,
  dataset: Dataset,
  selection: Selection,
): Promise<Map<string, Committed>> {
  const found = new Map<string, Committed>();
  let batch: PartitionObjects[] = [];
  const settle = async (): Promise<void> => {
    await mapConcurrently(batch, READS_IN_FLIGHT, async (objects) => {
      found.set(objects.partition, await committed(lake, dataset, objects));
    });
    batch = [];
  };
  for await (const objects of partitionsOf(lake, dataset, selection)) {
    if (objects.manifests.length === 0) continue;
    batch.push(objects);
    if (batch.length === READS_IN_FLIGHT) await settle();
  }
  await settle();
  return found;
}

async function committed(lake: OperatedLake, dataset: Dataset, objects: PartitionObjects): Promise<Committed> {
  const { partition, files, manifests } = objects;
  try {
    const { files: listed, lastModified } = await readManifest(lake, { dataset, partition });
    const sizes = new Map(files.map(({ key, size }) => [key, size]));
    const missing = listed.filter((key) => !sizes.has(key));
    const own = listed.flatMap((key) => sizes.get(key) ?? []).map(filesOf);
    return {
      files: own.reduce(addFiles, NO_FILES),
      lastCommit: lastModified,
      ...(missing.length === 0 ? {} : { problem: `${missing.length} of ${listed.length} files are missing` }),
    };
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('Manifest line')) throw error;
    return { files: NO_FILES, lastCommit: manifests[0]?.lastModified, problem: messageOf(error) };
  }
}

async function rejectedBy(lake: OperatedLake, dataset: Dataset, selection: Selection): Promise<Map<string, Rejected>> {
  const found = new Map<string, Rejected>();
  for await (const { partition, entries } of quarantineOf(lake, dataset, selection)) {
    const rows = entries.filter(({ line }) => line !== null).length;
    const own = { rows, objects: entries.length - rows };
    found.set(partition, addRejected(found.get(partition) ?? NONE_REJECTED, own));
  }
  return found;
}

const NO_FILES: Files = { count: 0, bytes: 0, smallest: 0, largest: 0, undersized: 0 };
const NONE_REJECTED: Rejected = { rows: 0, objects: 0 };

const filesOf = (size: number): Files => ({
  count: 1,
  bytes: size,
  smallest: size,
  largest: size,
  undersized: Number(size < UNDERSIZED_BYTES),
});

function addFiles(a: Files, b: Files): Files {
  if (a.count === 0 || b.count === 0) return a.count === 0 ? b : a;
  return {
    count: a.count + b.count,
    bytes: a.bytes + b.bytes,
    smallest: Math.min(a.smallest, b.smallest),
    largest: Math.max(a.largest, b.largest),
    undersized: a.undersized + b.undersized,
  };
}

const addPending = (a: Pending, b: Pending): Pending => ({
  objects: a.objects + b.objects,
  bytes: a.bytes + b.bytes,
  oldest: earlier(a.oldest, b.oldest),
});

const addRejected = (a: Rejected, b: Rejected): Rejected => ({
  rows: a.rows + b.rows,
  objects: a.objects + b.objects,
});

function later(a: Date | undefined, b: Date | undefined): Date | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return b > a ? b : a;
}
