import { DECLARED, declaredText } from './declared';
import { isMapped, jsonMapping } from './json-mapping';
import { manifestPrefix, rawPrefix } from './layout';
import type { Column, Dataset, InputFormat, TableDefinition } from './model';
import { partitionKeys, SCHEME_KEYS } from './partitions';
import { pathColumns } from './placement';
import { projectedLocation, timeProjection } from './projection';
import { type RawPartitions, rawPartitions } from './raw-partitions';
import { csvStorage, linesStorage, type TextStorage } from './raw-text';
import type { CheckAction } from './row-checks';
import { describeEnvelope, describeSource, isJoined } from './sources';
import { formatHiveType, isScalar, withTextTimestamps } from './types';

export interface TableOptions {
  /** Name of the bucket that holds the zone: a literal, or a CDK token. */
  readonly bucket: string;
}

type Storage = Pick<TableDefinition, 'inputFormat' | 'outputFormat' | 'serializationLibrary' | 'serdeParameters'>;

const PARQUET_SERDE = 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe';
const TEXT_INPUT = 'org.apache.hadoop.mapred.TextInputFormat';
const TEXT_OUTPUT = 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat';

const CLASSIFICATION: Readonly<Record<InputFormat, string>> = {
  ndjson: 'json',
  json: 'json',
  csv: 'csv',
  lines: 'txt',
  parquet: 'parquet',
};

/** The table that analysts query: Parquet files that each partition's manifest lists, every partition key projected. */
export function curatedTable(dataset: Dataset, { bucket }: TableOptions): TableDefinition {
  const location = `s3://${bucket}/${manifestPrefix(dataset.name)}`;
  return {
    name: dataset.name,
    description: curatedDescription(dataset),
    columns: glueColumns(dataset, formatHiveType),
    partitionKeys: partitionKeys(dataset),
    location,
    inputFormat: 'org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat',
    outputFormat: TEXT_OUTPUT,
    serializationLibrary: PARQUET_SERDE,
    serdeParameters: { 'serialization.format': '1' },
    parameters: {
      ...tableParameters('parquet'),
      ...projection(dataset, location),
      [DECLARED]: declaredText(dataset),
    },
  };
}

type TypeOf = (type: Dataset['columns'][number]['type']) => string;

const RAW_TYPES: Readonly<Record<InputFormat, TypeOf>> = {
  // Which spellings of a timestamp a JSON SerDe reads is documented one way and written the other: docs/decisions/raw-serde.md.
  ndjson: (type) => formatHiveType(withTextTimestamps(type)),
  // A line as it came.
  json: () => 'string',
  // Text is read as strings: OpenCSVSerDe knows nothing else, and fails on declared numbers that are empty.
  csv: () => 'string',
  lines: () => 'string',
  parquet: formatHiveType,
};

/** Where a text may mean null, every value is one, and no SerDe reads it as a number. */
const rawTypes = (format: InputFormat, { input }: Dataset): TypeOf =>
  input.nulls === undefined ? RAW_TYPES[format] : (type) => (isScalar(type) ? 'string' : RAW_TYPES[format](type));

/**
 * The table over the inbox, in the first of the dataset's input formats. It shows what is not compacted yet; objects in
 * one of the other formats are not readable through it. Columns that the layout of the inbox names are partition keys here,
 * or missing: no SerDe reads them from a path.
 */
export function rawTable(dataset: Dataset, { bucket }: TableOptions): TableDefinition {
  const format = rawFormat(dataset);
  const location = `s3://${bucket}/${rawPrefix(dataset.name)}`;
  const partitions = rawPartitions(dataset);
  const given = new Set(pathColumns(dataset).map(({ name }) => name));
  const rows = { ...dataset, columns: dataset.columns.filter(({ name }) => !given.has(name)) };
  const commentOf = (column: Column) => rawComment(column, dataset, format);
  const text = textStorage(dataset, format, commentOf);
  return {
    name: dataset.name,
    description: withNote(rawDescription(dataset, partitions), format === 'json' ? lineNote(dataset) : text?.note),
    columns:
      format === 'json'
        ? [{ name: lineColumn(partitions?.keys ?? []), type: 'string', comment: LINE_COMMENT }]
        : (text?.columns ?? glueColumns(rows, rawTypes(format, dataset), commentOf)),
    partitionKeys: partitions?.keys ?? [],
    location,
    ...rawStorage(dataset, format, text),
    parameters: {
      ...tableParameters(CLASSIFICATION[format]),
      ...text?.parameters,
      ...(partitions === undefined ? {} : rawProjection(dataset, partitions, location)),
    },
  };
}

/** What the raw table is of: records that may stand anywhere in an object are beyond every SerDe. */
function rawFormat({ input }: Dataset): InputFormat {
  const [format = 'ndjson'] = input.formats;
  return format === 'ndjson' && input.json !== undefined ? 'json' : format;
}

const LINE_COMMENT = 'A line of an object as it came: one record, several, or a part of one';

function lineNote({ input }: Dataset): string {
  const note = 'each row is a line of JSON as it came, whose records are rows of the curated table';
  return input.json === undefined ? note : `${note}: they stand ${describeEnvelope(input.json)}`;
}

/** A name that is not that of a partition key. */
function lineColumn(keys: readonly { readonly name: string }[]): string {
  let name = 'line';
  while (keys.some((key) => key.name === name)) name = `json_${name}`;
  return name;
}

/** A description with what else is to be said of a table, where there is room for it. */
function withNote(description: string, note: string | undefined): string {
  if (note === undefined) return description;
  const text = `${description} In this table, ${note}.`;
  return Buffer.byteLength(text) > MAX_DESCRIPTION_BYTES ? description : text;
}

function textStorage(dataset: Dataset, format: InputFormat, commentOf: (column: Column) => string | undefined) {
  if (format === 'csv') return csvStorage(dataset, commentOf);
  return format === 'lines' ? linesStorage(dataset, commentOf) : undefined;
}

function rawStorage(dataset: Dataset, format: InputFormat, text: TextStorage | undefined): Storage {
  if (text !== undefined) {
    const { serializationLibrary, serdeParameters } = text;
    return { inputFormat: TEXT_INPUT, outputFormat: TEXT_OUTPUT, serializationLibrary, serdeParameters };
  }
  switch (format) {
    case 'ndjson':
    case 'csv':
    case 'lines':
      return {
        inputFormat: TEXT_INPUT,
        outputFormat: TEXT_OUTPUT,
        // Not org.apache.hive.hcatalog.data.JsonSerDe: one malformed line would fail every query on the table.
        serializationLibrary: 'org.openx.data.jsonserde.JsonSerDe',
        serdeParameters: { 'ignore.malformed.json': 'true', ...jsonMapping(dataset.columns) },
      };
    case 'json':
      return {
        inputFormat: TEXT_INPUT,
        outputFormat: TEXT_OUTPUT,
        serializationLibrary: 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe',
        // No JSON holds this byte, so the one field is the whole line.
        serdeParameters: { 'field.delim': '\u0001', 'serialization.format': '\u0001' },
      };
    case 'parquet':
      return {
        inputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
        outputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
        serializationLibrary: PARQUET_SERDE,
        serdeParameters: { 'serialization.format': '1' },
      };
  }
}

function glueColumns(
  dataset: Dataset,
  type: TypeOf,
  commentOf: (column: Column) => string | undefined = ({ comment }) => comment,
) {
  return dataset.columns.map((column) => {
    const comment = commentOf(column);
    return { name: column.name, type: type(column.type), ...(comment === undefined ? {} : { comment }) };
  });
}

/** Limit of a description in the Glue API, in bytes of UTF-8. */
const MAX_DESCRIPTION_BYTES = 2048;

/** The description, and how rows are checked as they arrive, as far as there is room for it. */
function curatedDescription({ description, checks = [] }: Dataset): string {
  const said = (actions: readonly CheckAction[]): string =>
    checks.flatMap(({ expects, onFail }) => (actions.includes(onFail) ? [expects] : [])).join('; ');
  const [holds, counted] = [said(['quarantine', 'fail']), said(['warn'])];
  const text = [
    description,
    ...(holds === '' ? [] : [`Checked as rows arrive, which are kept out if they fail: ${holds}.`]),
    ...(counted === '' ? [] : [`Checked, and stored all the same: ${counted}.`]),
  ].join(' ');
  return Buffer.byteLength(text) > MAX_DESCRIPTION_BYTES ? description : text;
}

/** The description, and what the layout of the inbox means for queries, as far as there is room for it. */
function rawDescription(dataset: Dataset, partitions: RawPartitions | undefined): string {
  const { layout } = dataset.input;
  if (layout === undefined) return dataset.description;
  const missing = pathColumns(dataset)
    .map(({ name }) => name)
    .filter((name) => partitions?.fromColumns.includes(name) !== true);
  const note = [
    partitions === undefined
      ? `Not partitioned, because no location template of Athena can say ${layout}: every query reads all that waits.`
      : `Shows what waits in the layout ${layout}, and nothing in Hive folders.`,
    ...(missing.length === 0 ? [] : [`Without ${missing.join(', ')}, which only the path has.`]),
  ].join(' ');
  const text = `${dataset.description} (${note})`;
  return Buffer.byteLength(text) > MAX_DESCRIPTION_BYTES ? dataset.description : text;
}

/** Limit of a comment in the Glue API, in bytes of UTF-8. */
const MAX_COMMENT_BYTES = 255;

/** The comment, and where the value stands in the input, as far as there is room for it. */
function rawComment(column: Column, { columns }: Dataset, format: InputFormat): string | undefined {
  const source = describeSource(column);
  if (source === undefined) return column.comment;
  // A CSV table reads by position.
  const isText = (format === 'csv' || format === 'lines') && !isJoined(column.from);
  const shown = isText || (format === 'ndjson' && isMapped(column, columns));
  const note = `From ${source}${shown ? '' : '; not shown by this table'}.`.replace(/\p{Cc}/gu, '\uFFFD');
  const text = column.comment === undefined ? note : `${column.comment} (${note})`;
  return Buffer.byteLength(text) > MAX_COMMENT_BYTES ? column.comment : text;
}

function tableParameters(classification: string): Record<string, string> {
  // has_encrypted_data means client-side encryption here, not SSE-KMS: Athena would fail to decrypt.
  return { EXTERNAL: 'TRUE', classification, has_encrypted_data: 'false' };
}

function projection(dataset: Dataset, location: string): Record<string, string> {
  return {
    ...leadingProjection(dataset),
    ...timeProjection(SCHEME_KEYS[dataset.partition.scheme], dataset.partition),
    ...projectedLocation(location, partitionKeys(dataset)),
  };
}

function rawProjection(
  dataset: Dataset,
  { fromColumns, unpadded, path }: RawPartitions,
  location: string,
): Record<string, string> {
  return {
    ...leadingProjection(dataset),
    ...Object.fromEntries(fromColumns.map((name) => [`projection.${name}.type`, 'injected'])),
    ...timeProjection(SCHEME_KEYS[dataset.partition.scheme], dataset.partition, unpadded),
    'storage.location.template': `${location}${path}`,
  };
}

function leadingProjection({ partition }: Dataset): Record<string, string> {
  const properties: Record<string, string> = { 'projection.enabled': 'true' };
  for (const key of partition.leading) {
    properties[`projection.${key.name}.type`] = key.kind;
    if (key.kind === 'enum') properties[`projection.${key.name}.values`] = key.values.join(',');
  }
  return properties;
}
