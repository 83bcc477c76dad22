import { DeleteObjectCommand } from '@aws-sdk/client-s3';
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
import { UsageError } from '../command-line';
import type { OperatedLake } from '../verbs/lake';
import { deleteJournal, type Journal, type Place, readJournal, refuseAtWork, writeJournal } from './journal';
import { deleteOwnCommitted, deleteOwnWaiting, idColumn, type SharedPlace } from './own-rows';

/** What the smoke test may write to: partitions at the far end of a dataset's range, which held nothing when it began. */
export interface Reserved {
  readonly dataset: Dataset;
  readonly format: TextFormat;
  /** For good rows, and for bad ones. */
  readonly rows: string;
  readonly poison: string;
  /** One that stays without objects, and one for a manifest without files. */
  readonly empty: string;
  readonly emptied: string;
  /** For rows that wait: of this dataset or others, one for each format of which raw tables have a reader of their own. */
  readonly waiting: readonly Waiting[];
  /** For an object of some megabytes. */
  readonly large: string;
  readonly journal: Journal;
}

export interface Waiting {
  readonly dataset: Dataset;
  readonly format: TextFormat;
  readonly partition: string;
}

export type TextFormat = Exclude<InputFormat, 'parquet'>;

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

/** Whether nothing lies in a partition, in any zone. */
export const isFree = async (lake: OperatedLake, dataset: string, partition: string): Promise<boolean> => {
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

/**
 * Reserves partitions, and writes that down.
 *
 * @param datasets of the stage, whose raw tables are read
 * @throws UsageError when there is no room
 * @throws ExpectedError when another smoke test has not ended
 */
export async function reserve(lake: OperatedLake, dataset: Dataset, datasets: readonly Dataset[]): Promise<Reserved> {
  const format = formatOf(dataset) ?? 'ndjson';
  const readers = waitingDatasets([dataset, ...datasets]);
  const own = await freePartitions(lake, dataset, 6);
  const [rows, poison, empty, emptied, large, spare] = own;
  if (
    rows === undefined ||
    poison === undefined ||
    empty === undefined ||
    emptied === undefined ||
    large === undefined
  ) {
    throw new UsageError(
      '--dataset',
      `of the last ${MOST_TRIED} partitions of ${dataset.name}, fewer than five are empty`,
      'name another one, or extend its range (partition.to)',
    );
  }
  const waiting: Waiting[] = [];
  for (const other of readers) {
    const [partition] = other === dataset ? [spare] : await freePartitions(lake, other, 1);
    if (partition !== undefined) waiting.push({ dataset: other, format: formatOf(other) ?? 'ndjson', partition });
  }
  const places = [
    ...own.map((partition) => ({ dataset: dataset.name, partition })),
    ...waiting.filter((one) => one.dataset !== dataset).map((one) => placeOf(one)),
  ];
  return { dataset, format, rows, poison, empty, emptied, large, waiting, journal: await writeJournal(lake, places) };
}

const placeOf = ({ dataset, partition }: Waiting): Place => ({ dataset: dataset.name, partition });

/** Of JSON and of CSV, the first dataset whose raw table shows it column by column. */
function waitingDatasets(datasets: readonly Dataset[]): readonly Dataset[] {
  const usable = datasets.filter((dataset) => formatOf(dataset) !== undefined && dataset.input.json === undefined);
  const first = (format: InputFormat): Dataset[] => {
    const found = usable.find(({ input }) => input.formats[0] === format);
    return found === undefined ? [] : [found];
  };
  return [...first('ndjson'), ...first('csv')];
}

async function freePartitions(lake: OperatedLake, dataset: Dataset, wanted: number): Promise<readonly string[]> {
  const leading = leadingOf(dataset);
  const free: string[] = [];
  let time = (parseDay(dataset.partition.to)?.getTime() ?? Number.NaN) + 1;
  const first = parseDay(dataset.partition.from)?.getTime() ?? Number.NaN;
  for (let tried = 0; free.length < wanted && tried < MOST_TRIED && time >= first; tried++) {
    const partition = partitionForTime(dataset, new Date(time), leading);
    if (await isFree(lake, dataset.name, partition)) free.push(partition);
    time = partitionInterval(dataset, partition).start.getTime() - 1;
  }
  return free;
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

/**
 * Deletes every object of the reserved partitions, and the journal last. May be repeated, and after a kill at any moment.
 * Noncurrent versions stay until the lifecycle rules of the buckets expire them.
 *
 * @param quiet resolves when no run of the state machine is at work, which could write to the partitions
 * @param own the journal of this smoke test. @default of one that was interrupted
 * @returns undefined when there was nothing to clean
 * @throws ExpectedError when another smoke test is at work
 */
export async function clean(
  lake: OperatedLake,
  quiet: () => Promise<void>,
  own?: Journal,
): Promise<Cleaned | undefined> {
  const journal = await readJournal(lake);
  if (journal === undefined) return undefined;
  if (own === undefined) refuseAtWork(journal, lake.now());
  else if (journal.id !== own.id) return undefined;
  const all = journal.places
    .filter(({ mark }) => mark === undefined)
    .map(({ dataset, partition }) => prefixesOf(lake, dataset, partition));
  const shared = sharedPlaces(lake, journal);
  let objects = 0;
  for (const place of shared) objects += await deleteOwnWaiting(lake, place);
  for (const [raw] of all) if (raw !== undefined) objects += await deleteBelow(lake, ...raw);
  await quiet();
  for (const prefixes of all) for (const prefix of prefixes) objects += await deleteBelow(lake, ...prefix);
  const kept: SharedPlace[] = [];
  for (const place of shared) {
    const deleted = await deleteOwnCommitted(lake, place);
    if (deleted === undefined) kept.push(place);
    objects += deleted ?? 0;
  }
  await deleteJournal(lake);
  return { objects, kept };
}

/** What a smoke test leaves behind. */
export interface Cleaned {
  /** That were deleted. */
  readonly objects: number;
  /** Where rows of others lie beside rows of the smoke test, so that both stay. */
  readonly kept: readonly SharedPlace[];
}

export const linesOfCleaned = ({ objects, kept }: Cleaned): readonly string[] => [
  `Cleaned up: ${objects} objects deleted`,
  ...kept.map(
    ({ dataset, partition, mark }) =>
      `Rows of others are in ${dataset.name}/${partition}: the rows of this smoke test stay there. Their ` +
      `${idColumn(dataset)} begins with ${mark}; npm run lake -- erase removes rows by their keys.`,
  ),
];

const sharedPlaces = ({ datasets }: OperatedLake, { places }: Journal): readonly SharedPlace[] =>
  places.flatMap(({ dataset: name, partition, mark }) => {
    const dataset = datasets.find((one) => one.name === name);
    return dataset === undefined || mark === undefined ? [] : [{ dataset, partition, mark }];
  });

async function deleteBelow(lake: OperatedLake, Bucket: string, prefix: string): Promise<number> {
  const keys: string[] = [];
  for await (const { key } of lake.store.list(Bucket, prefix)) keys.push(key);
  for (const Key of keys) await lake.s3.send(new DeleteObjectCommand({ Bucket, Key }));
  return keys.length;
}
