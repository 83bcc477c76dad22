import { type Dataset, type PartitionValues, partitionForTime } from '../../lib/dataset';

/** A day that the partitions of the dataset cover. */
const dayOf = ({ partition }: Dataset): Date => new Date(Math.min(Date.now(), Date.parse(partition.to)));

/** A value for each partition key before those of the time. */
export const leadingOf = ({ partition }: Dataset): PartitionValues =>
  Object.fromEntries(
    partition.leading.map((key) => [key.name, key.kind === 'enum' ? (key.values[0] as string) : 'any']),
  );

export const partitionOf = (dataset: Dataset): string => partitionForTime(dataset, dayOf(dataset), leadingOf(dataset));

let made = 0;

/** A line of NDJSON with what a row must hold, each time another one. */
export function row(dataset: Dataset, changes: Readonly<Record<string, unknown>> = {}): string {
  made += 1;
  const values = dataset.columns
    .filter(({ notNull }) => notNull)
    .map(({ name, type }): [string, unknown] => {
      if (type.kind === 'timestamp') return [name, dayOf(dataset).toISOString()];
      if (type.kind === 'date') return [name, dayOf(dataset).toISOString().slice(0, 10)];
      return [name, type.kind === 'boolean' ? true : type.kind === 'string' ? `row-${made}` : 1];
    });
  return `${JSON.stringify({ ...Object.fromEntries(values), ...changes })}\n`;
}
