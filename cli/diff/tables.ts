import type { Table } from '@aws-sdk/client-glue';
import type { Column, ColumnType, Dataset, LeadingKey } from '../../lib/dataset';
import { asDeclared, DECLARED } from '../../lib/dataset/declared';
import { type Change, compareDatasets, RULES } from '../../lib/dataset/evolution';
import { SCHEME_KEYS } from '../../lib/dataset/partitions';
import { formatHiveType, parseType, TypeSyntaxError } from '../../lib/dataset/types';

/** The part of a Glue table from which its dataset can be told. */
export type DeployedTable = Pick<Table, 'Name' | 'PartitionKeys' | 'Parameters' | 'StorageDescriptor'>;

export interface TableChanges {
  readonly changes: readonly Change[];
  /** Datasets whose tables do not say the rest of their declaration: they are of an earlier version of the template. */
  readonly undeclared: readonly string[];
}

/**
 * What changed between deployed tables and datasets of today. A table says its columns, types, keys and ranges, and has all else of the
 * declaration as a parameter.
 *
 * @param tables those of the curated database
 */
export function compareWithTables(tables: readonly DeployedTable[], today: readonly Dataset[]): TableChanges {
  const deployed = new Map(tables.map((table) => [table.Name ?? '', table]));
  const names = new Set(today.map(({ name }) => name));
  const removed = [...deployed.keys()]
    .filter((name) => !names.has(name))
    .map((dataset): Change => {
      const rule = 'dataset-removed';
      return { dataset, subject: '', rule, class: RULES[rule].class, from: undefined, to: undefined };
    });
  const foreign: Change[] = [];
  const undeclared: string[] = [];
  const before = today.flatMap((dataset) => {
    const table = deployed.get(dataset.name);
    if (table === undefined) return [];
    foreign.push(...foreignTypes(table, dataset));
    const declared = asDeclared(dataset, table.Parameters?.[DECLARED]);
    if (declared === undefined) undeclared.push(dataset.name);
    return [asDeployed(table, declared ?? dataset)];
  });
  // A table alone says nothing of where the values of a field come from.
  const isTold = ({ dataset, rule }: Change): boolean => rule !== 'source' || !undeclared.includes(dataset);
  return { changes: [...removed, ...foreign, ...compareDatasets(before, today).filter(isTold)], undeclared };
}

/** Types that somebody else wrote into the table, for columns that there still are. */
const foreignTypes = ({ StorageDescriptor }: DeployedTable, { name: dataset, columns }: Dataset): readonly Change[] =>
  (StorageDescriptor?.Columns ?? []).flatMap(({ Name = '', Type = '' }) => {
    const now = columns.find(({ name }) => name === Name);
    if (now === undefined || typeOf(Type) !== undefined) return [];
    const rule = 'type-changed';
    return [{ dataset, subject: Name, rule, class: RULES[rule].class, from: Type, to: formatHiveType(now.type) }];
  });

/** Undefined for what no dataset declares. */
function typeOf(text: string): ColumnType | undefined {
  try {
    return parseType(text);
  } catch (error) {
    if (!(error instanceof TypeSyntaxError)) throw error;
    return undefined;
  }
}

/** The dataset with the columns and partitions of its table, and all else as it is today. */
function asDeployed(
  { StorageDescriptor, PartitionKeys = [], Parameters = {} }: DeployedTable,
  today: Dataset,
): Dataset {
  const columns = (StorageDescriptor?.Columns ?? []).map(({ Name = '', Type = '' }): Column => {
    const now = today.columns.find(({ name }) => name === Name);
    if (now !== undefined && formatHiveType(now.type) === Type) return now;
    const type = typeOf(Type) ?? now?.type ?? { kind: 'string' };
    return { ...(now ?? { notNull: false, comment: undefined }), name: Name, type };
  });
  const keys = PartitionKeys.map(({ Name = '' }) => Name);
  const schemes = Object.entries(SCHEME_KEYS) as [Dataset['partition']['scheme'], readonly string[]][];
  const [scheme, times] = schemes
    .filter(([, own]) => own.every((name, index) => keys.at(index - own.length) === name))
    .sort(([, a], [, b]) => b.length - a.length)[0] ?? [today.partition.scheme, []];
  const leading = keys.slice(0, keys.length - times.length).map((name): LeadingKey => {
    const values = Parameters[`projection.${name}.values`];
    return values === undefined ? { name, kind: 'injected' } : { name, kind: 'enum', values: values.split(',') };
  });
  return { ...today, columns, partition: { ...today.partition, scheme, leading, ...rangeOf(Parameters, today) } };
}

/** Tables of all schemes but `dt` project whole years. */
function rangeOf(
  parameters: Readonly<Record<string, string>>,
  { partition: { from, to } }: Dataset,
): { readonly from: string; readonly to: string } {
  const [first = from, last = to] = parameters['projection.dt.range']?.split(',') ?? [];
  const [firstYear = first.slice(0, 4), lastYear = last.slice(0, 4)] =
    parameters['projection.year.range']?.split(',') ?? [];
  return {
    from: first.startsWith(firstYear) ? first : `${firstYear}-01-01`,
    to: last.startsWith(lastYear) ? last : `${lastYear}-12-31`,
  };
}
