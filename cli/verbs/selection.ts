import { DAY_MS, type Dataset, HOUR_MS, parsePartitionPath, partitionForm, partitionInterval } from '../../lib/dataset';
import { closest } from '../../lib/dataset/checks/closest';
import { UsageError } from '../command-line';

/** What a verb looks at: some datasets, and of these one partition or those of some time. */
export class Selection {
  constructor(
    readonly datasets: readonly Dataset[],
    /** Hive path; then there is one dataset. */
    readonly partition: string | undefined,
    /** Epoch milliseconds: partitions of which a part lies within. */
    readonly time: { readonly from: number; readonly to: number } | undefined,
  ) {}

  /** Whether datasets are taken as a whole. */
  get isWhole(): boolean {
    return this.partition === undefined && this.time === undefined;
  }

  /** Whether a partition is meant; one that the dataset does not have is only part of a whole. */
  includes(dataset: Dataset, partition: string): boolean {
    if (this.partition !== undefined) return partition === this.partition;
    if (this.time === undefined) return true;
    if (!parsePartitionPath(dataset, partition).ok) return false;
    const { start, end } = partitionInterval(dataset, partition);
    return start.getTime() < this.time.to && end.getTime() > this.time.from;
  }
}

interface SelectionValues {
  readonly dataset?: readonly string[] | undefined;
  readonly partition?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** @throws UsageError naming the option */
export function parseSelection(values: SelectionValues, known: readonly Dataset[]): Selection {
  const chosen = values.dataset?.map((name) => datasetOf(name, known)) ?? known;
  const datasets = known.filter((dataset) => chosen.includes(dataset));
  const { partition, from, to } = values;
  if (partition !== undefined && (from !== undefined || to !== undefined)) {
    throw new UsageError('--partition', 'it is given together with --from or --to', 'write one of the two');
  }
  if (partition !== undefined) return new Selection(datasets, onePartition(datasets, partition), undefined);
  if (from === undefined && to === undefined) return new Selection(datasets, undefined, undefined);
  const time = {
    from: from === undefined ? Number.NEGATIVE_INFINITY : parseTime('--from', from).start,
    to: to === undefined ? Number.POSITIVE_INFINITY : parseTime('--to', to).end,
  };
  if (time.from >= time.to) throw new UsageError('--from', 'it is after --to', 'exchange the two');
  return new Selection(datasets, undefined, time);
}

function datasetOf(name: string, known: readonly Dataset[]): Dataset {
  const found = known.find((dataset) => dataset.name === name);
  if (found !== undefined) return found;
  const names = known.map((dataset) => dataset.name);
  const near = closest(name, names);
  throw new UsageError(
    '--dataset',
    `there is no dataset "${name}"`,
    near === undefined ? `write one of ${names.join(', ')}` : `write ${near}`,
  );
}

function onePartition(datasets: readonly Dataset[], text: string): string {
  const [dataset, ...others] = datasets;
  if (dataset === undefined || others.length > 0) {
    throw new UsageError('--partition', 'it needs one dataset', 'add --dataset NAME');
  }
  const partition = text.replace(/\/$/, '');
  const parsed = parsePartitionPath(dataset, partition);
  if (parsed.ok) return parsed.path;
  throw new UsageError('--partition', parsed.problem, `write ${partitionForm(dataset)}`);
}

/** A day or an hour of UTC, as a span. */
function parseTime(option: string, text: string): { readonly start: number; readonly end: number } {
  const [, day, hour] = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}))?$/.exec(text) ?? [];
  const start = Date.parse(`${day}T${hour ?? '00'}:00:00Z`);
  // Of February 30, the parser makes a day of March.
  if (day === undefined || Number.isNaN(start) || !new Date(start).toISOString().startsWith(text)) {
    throw new UsageError(option, `"${text}" is no day`, 'write yyyy-MM-dd, or yyyy-MM-ddTHH for an hour, both in UTC');
  }
  return { start, end: start + (hour === undefined ? DAY_MS : HOUR_MS) };
}
