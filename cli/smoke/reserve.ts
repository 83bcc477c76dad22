import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { PreconditionFailedError } from '../../lambda/compaction/store/object-store';
import {
  type Dataset,
  dataPrefix,
  type InputFormat,
  leadingValueProblem,
  manifestPrefix,
  type PartitionValues,
  partitionForTime,
  partitionInterval,
  rawPrefix,
  recordPrefix,
  rejectedLinesPrefix,
  rejectedObjectsPrefix,
  setAsidePrefix,
} from '../../lib/dataset';
import { parseDay } from '../../lib/dataset/calendar';
import { ExpectedError, UsageError } from '../command-line';
import type { OperatedLake } from '../verbs/lake';

/** What the smoke test may write to: partitions at the far end of a dataset's range, which held nothing when it began. */
export interface Reserved {
  readonly dataset: Dataset;
  readonly format: TextFormat;
  /** For good rows, and for bad ones. */
  readonly rows: string;
  readonly poison: string;
}

export type TextFormat = Exclude<InputFormat, 'parquet'>;

/**
 * Written before anything else, and deleted after everything else. While it is there, its partitions belong to the smoke test,
 * and no other may begin.
 */
const JOURNAL = 'smoke/journal.json';

interface Journal {
  readonly formatVersion: 1;
  readonly dataset: string;
  readonly partitions: readonly string[];
  readonly since: string;
}

/** Partitions that are tried, from the last of the range backwards. */
const MOST_TRIED = 200;

/** Where the objects of a partition lie. */
const prefixesOf = ({ buckets }: OperatedLake, dataset: string, partition: string) =>
  [
    // In the order in which they are deleted: what is not planned any more, then what readers see, then what they saw.
    [buckets.raw, rawPrefix(dataset, partition)],
    [buckets.curated, manifestPrefix(dataset, partition)],
    [buckets.curated, dataPrefix(dataset, partition)],
    [buckets.curated, recordPrefix(dataset, partition)],
    [buckets.curated, setAsidePrefix(dataset, partition)],
    [buckets.quarantine, rejectedLinesPrefix(dataset, partition)],
    [buckets.quarantine, rejectedObjectsPrefix(dataset, partition)],
  ] as const;

const isFree = async (lake: OperatedLake, dataset: string, partition: string): Promise<boolean> => {
  for (const [bucket, prefix] of prefixesOf(lake, dataset, partition)) {
    for await (const _ of lake.store.list(bucket, prefix)) return false;
  }
  return true;
};

/** The format in which rows of a dataset are written; undefined when its objects lie in folders of its own. */
function formatOf({ input }: Dataset): TextFormat | undefined {
  if (input.layout !== undefined) return undefined;
  return input.formats.find((format): format is TextFormat => format !== 'parquet');
}

/** The dataset of a name, or the first that can be used. @throws UsageError */
export function usableDataset(datasets: readonly Dataset[], name: string | undefined): Dataset {
  const usable = datasets.filter((dataset) => formatOf(dataset) !== undefined);
  const found = name === undefined ? usable[0] : usable.find((dataset) => dataset.name === name);
  if (found !== undefined) return found;
  const names = usable.map((dataset) => dataset.name).join(', ');
  throw new UsageError(
    '--dataset',
    name === undefined
      ? 'every dataset has a layout of its own, or takes Parquet alone'
      : datasets.some((dataset) => dataset.name === name)
        ? `${name} has a layout of its own, or takes Parquet alone`
        : `there is no dataset "${name}"`,
    names === '' ? 'declare one that takes JSON or CSV, if only to test the stage' : `write one of ${names}`,
  );
}

/** Reserves two partitions, and writes that down. @throws ExpectedError when another smoke test has not ended */
export async function reserve(lake: OperatedLake, dataset: Dataset): Promise<Reserved> {
  const format = formatOf(dataset) ?? 'ndjson';
  const leading = leadingOf(dataset);
  const free: string[] = [];
  let time = (parseDay(dataset.partition.to)?.getTime() ?? Number.NaN) + 1;
  const first = parseDay(dataset.partition.from)?.getTime() ?? Number.NaN;
  for (let tried = 0; free.length < 2 && tried < MOST_TRIED && time >= first; tried++) {
    const partition = partitionForTime(dataset, new Date(time), leading);
    if (await isFree(lake, dataset.name, partition)) free.push(partition);
    time = partitionInterval(dataset, partition).start.getTime() - 1;
  }
  const [rows, poison] = free;
  if (rows === undefined || poison === undefined) {
    throw new UsageError(
      '--dataset',
      `the last ${MOST_TRIED} partitions of ${dataset.name} hold something`,
      'name another one, or extend its range (partition.to)',
    );
  }
  const journal: Journal = {
    formatVersion: 1,
    dataset: dataset.name,
    partitions: [rows, poison],
    since: lake.now().toISOString(),
  };
  try {
    await lake.store.put(lake.buckets.curated, JOURNAL, Buffer.from(JSON.stringify(journal)), { ifAbsent: true });
  } catch (error) {
    if (!(error instanceof PreconditionFailedError)) throw error;
    const { since } = (await readJournal(lake)) ?? journal;
    throw new ExpectedError(
      `A smoke test of this stage began at ${since} and has not ended.\n  → Wait for its end. If it was interrupted, remove what it left with --clean.`,
      2,
    );
  }
  return { dataset, format, rows, poison };
}

/** A value for each key, of which nobody has rows where the key takes any value. */
const leadingOf = ({ partition }: Dataset): PartitionValues =>
  Object.fromEntries(
    partition.leading.map((key) => {
      const value = key.kind === 'enum' ? (key.values[0] ?? '') : 'smoke';
      const problem = leadingValueProblem(key, value);
      if (problem !== undefined) throw new UsageError('--dataset', `${key.name} takes no "${value}"`, problem);
      return [key.name, value];
    }),
  );

async function readJournal(lake: OperatedLake): Promise<Journal | undefined> {
  const found = await lake.store.get(lake.buckets.curated, JOURNAL);
  return found === undefined ? undefined : (JSON.parse(found.body.toString('utf8')) as Journal);
}

/**
 * Deletes every object of the reserved partitions, and the journal last. May be repeated, and after a kill at any moment.
 * Noncurrent versions stay until the lifecycle rules of the buckets expire them.
 *
 * @param quiet resolves when no run of the state machine is at work, which could write to the partitions
 * @returns how many objects; undefined when there was nothing to clean
 */
export async function clean(lake: OperatedLake, quiet: () => Promise<void>): Promise<number | undefined> {
  const journal = await readJournal(lake);
  if (journal === undefined) return undefined;
  const all = journal.partitions.map((partition) => prefixesOf(lake, journal.dataset, partition));
  let objects = 0;
  for (const [raw] of all) if (raw !== undefined) objects += await deleteBelow(lake, ...raw);
  await quiet();
  for (const prefixes of all) for (const prefix of prefixes) objects += await deleteBelow(lake, ...prefix);
  await lake.s3.send(new DeleteObjectCommand({ Bucket: lake.buckets.curated, Key: JOURNAL }));
  return objects;
}

async function deleteBelow(lake: OperatedLake, Bucket: string, prefix: string): Promise<number> {
  const keys: string[] = [];
  for await (const { key } of lake.store.list(Bucket, prefix)) keys.push(key);
  for (const Key of keys) await lake.s3.send(new DeleteObjectCommand({ Bucket, Key }));
  return keys.length;
}
