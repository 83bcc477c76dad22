import { parseDay } from './calendar';
import { duckdbType, quoteText } from './duckdb-types';
import { rawPrefix } from './layout';
import {
  type LayoutReader,
  type LayoutTemplate,
  layoutPath,
  layoutReader,
  namesOf,
  parseLayout,
} from './layout-template';
import type { Column, ColumnType, Dataset, InputFormat } from './model';
import { parsePartitionPath, partitionKeys, type TimeKey } from './partitions';

/** The partition of a raw object, and what else its path says. */
export interface RawPlace {
  readonly ok: true;
  /** Hive path of the partition. */
  readonly partition: string;
  /** What the layout covers of the path: objects whose paths begin so are neighbours in a listing. */
  readonly prefix: string;
  /** Values of the columns that the layout names, as text. Undefined: every column comes from the rows. */
  readonly columns: PathValues | undefined;
}

/** Values of columns by name, as they stand in a path. */
export type PathValues = Readonly<Record<string, string>>;

export type RawPlacement = RawPlace | { readonly ok: false; readonly problem: string };

interface Layout {
  readonly template: LayoutTemplate;
  readonly read: LayoutReader;
  /** Columns whose values come from the path. */
  readonly columns: readonly Column[];
}

/** Paths are read by the million, so that what follows from a declaration is computed once. */
const layouts = new WeakMap<Dataset, Layout>();

function layoutOf(dataset: Dataset): Layout | undefined {
  const { layout } = dataset.input;
  if (layout === undefined) return undefined;
  const known = layouts.get(dataset);
  if (known !== undefined) return known;
  const template = parseLayout(layout);
  const names = new Set(namesOf(template));
  const columns = dataset.columns.filter(({ name }) => names.has(name));
  const found = { template, read: layoutReader(template), columns };
  layouts.set(dataset, found);
  return found;
}

/** The layout of a dataset's inbox; undefined for Hive. */
export const layoutTemplate = (dataset: Dataset): LayoutTemplate | undefined => layoutOf(dataset)?.template;

/** Columns whose values come from the path of an object, as far as it lies in the dataset's layout. */
export const pathColumns = (dataset: Dataset): readonly Column[] => layoutOf(dataset)?.columns ?? [];

/** The dataset as the rows of an object have it: without the columns that the path gives. */
export function rowsDataset(dataset: Dataset, values: PathValues | undefined): Dataset {
  if (values === undefined) return dataset;
  return { ...dataset, columns: dataset.columns.filter(({ name }) => !Object.hasOwn(values, name)) };
}

/** A value from a path as an SQL expression of the column's type. */
export const pathValueSql = ({ type }: Column, text: string): string => `${quoteText(text)}::${duckdbType(type)}`;

/**
 * Finds the partition of a raw object.
 *
 * @param path key of the object without `raw/<dataset>/`
 */
export function placeByPath(dataset: Dataset, path: string): RawPlacement {
  if (layoutOf(dataset) === undefined) return placeInHive(dataset, path);
  const placed = placeInLayout(dataset, path);
  if (placed.ok) return placed;
  // What the lake itself writes, the ingest gateway for one, is in Hive folders whatever producers do.
  const own = placeInHive(dataset, path);
  return own.ok ? own : placed;
}

/** The same for a path in the layout of a dataset that has one. */
export function placeInLayout(dataset: Dataset, path: string): RawPlacement {
  const layout = layoutOf(dataset);
  if (layout === undefined) return { ok: false, problem: 'the dataset has no layout of its own' };
  const read = layout.read(path);
  if ('problem' in read) return fail(dataset, read.problem);
  const { prefix, times, values } = read;
  const time: Readonly<Record<TimeKey, string | undefined>> = {
    ...{ year: undefined, month: undefined, day: undefined, hour: undefined },
    ...times,
    dt: `${times.year}-${times.month}-${times.day}`,
  };
  const hive = partitionKeys(dataset)
    .map(({ name }) => `${name}=${values[name] ?? time[name as TimeKey] ?? ''}`)
    .join('/');
  const parsed = parsePartitionPath(dataset, hive);
  if (!parsed.ok) return fail(dataset, parsed.problem);
  if (layout.columns.length === 0) return { ok: true, partition: parsed.path, prefix, columns: undefined };
  const columns: Record<string, string> = {};
  for (const { name, type } of layout.columns) {
    const text = values[name] ?? '';
    if (!fits(type, text)) return fail(dataset, `'${text.slice(0, 60)}' cannot be column ${name}, a ${type.kind}`);
    columns[name] = text;
  }
  return { ok: true, partition: parsed.path, prefix, columns };
}

/** The columns that the key of a raw object gives; undefined when all of them come from its rows. */
export function pathValues(dataset: Dataset, key: string): PathValues | undefined {
  if (pathColumns(dataset).length === 0) return undefined;
  const placed = placeByPath(dataset, key.slice(rawPrefix(dataset.name).length));
  return placed.ok ? placed.columns : undefined;
}

const fail = ({ input }: Dataset, problem: string): RawPlacement => ({
  ok: false,
  problem: `${problem}; the layout is '${input.layout}'`,
});

/** The last folder of each dataset that was read: neighbours in a listing are of one. */
const lastInHive = new WeakMap<Dataset, { readonly head: string; readonly placed: RawPlacement }>();

function placeInHive(dataset: Dataset, path: string): RawPlacement {
  let end = -1;
  for (let left = partitionKeys(dataset).length; left > 0; left--) {
    end = path.indexOf('/', end + 1);
    if (end < 0) break;
  }
  if (end < 0) {
    const parsed = parsePartitionPath(dataset, path);
    return parsed.ok ? { ok: false, problem: 'it is named as the folder of a partition, and lies in none' } : parsed;
  }
  const head = path.slice(0, end);
  const known = lastInHive.get(dataset);
  if (known?.head === head) return known.placed;
  const parsed = parsePartitionPath(dataset, head);
  const placed: RawPlacement = parsed.ok
    ? { ok: true, partition: parsed.path, prefix: `${parsed.path}/`, columns: undefined }
    : parsed;
  lastInHive.set(dataset, { head, placed });
  return placed;
}

const INTEGER_BITS: Readonly<Record<string, bigint>> = { tinyint: 8n, smallint: 16n, int: 32n, bigint: 64n };

/** Types that a column from the path can have. */
export const isPathType = ({ kind }: ColumnType): boolean =>
  kind === 'string' || kind === 'date' || Object.hasOwn(INTEGER_BITS, kind);

/** Whether a text is the one spelling of a value of the type, so that nothing of it is lost. */
function fits({ kind }: ColumnType, text: string): boolean {
  if (kind === 'string') return text.isWellFormed();
  if (kind === 'date') return parseDay(text) !== undefined;
  if (!/^(?:0|-?[1-9]\d{0,18})$/.test(text)) return false;
  const bits = INTEGER_BITS[kind] ?? 0n;
  return BigInt.asIntN(Number(bits), BigInt(text)) === BigInt(text);
}

/**
 * Where a producer puts objects of a moment: the path below `raw/<dataset>/`, up to where its own part begins.
 *
 * @param values of leading keys, and of columns that the layout names
 * @throws RangeError when a value is missing or cannot stand in such a path
 */
export function producerPath(
  dataset: Dataset,
  time: Date,
  values: Readonly<Record<string, string>>,
): string | undefined {
  const template = layoutTemplate(dataset);
  return template === undefined ? undefined : layoutPath(template, time, values);
}

/** Detected from the end of the name; an unknown ending means the dataset's first format. Parquet is detected from its first bytes. */
export function inputFormat(dataset: Dataset, key: string): InputFormat {
  const name = key.toLowerCase().replace(/\.(gz|gzip|zst|zstd)$/, '');
  if (name.endsWith('.csv')) return 'csv';
  const { formats } = dataset.input;
  // Both are read in the same way.
  if (/\.(json|ndjson|jsonl)$/.test(name)) return formats.find((format) => format === 'json') ?? 'ndjson';
  if (name.endsWith('.log') && formats.includes('lines')) return 'lines';
  return formats.find((format) => format !== 'parquet') ?? 'ndjson';
}
