import { isUtf8 } from 'node:buffer';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { rowAsJson } from '../../lambda/compaction/engine/parquet/columns';
import { readFooter, replaceSchema } from '../../lambda/compaction/engine/parquet/footer';
import { type FileNode, fileSchema } from '../../lambda/compaction/engine/parquet/schema';
import { numberedRows } from '../../lambda/compaction/engine/parquet-rows';
import { quoteIdentifier } from '../../lib/dataset';
import type { CsvDialect } from '../../lib/dataset/text-format';
import { namesIn } from '../../lib/rows';
import { type CsvField, csvRecords } from '../input/csv';
import { lines } from '../input/lines';
import { jsonRecords } from '../input/records';
import type { QueryEngine } from '../tables/engine';
import { changedRow } from './debezium';
import { MarkedNumbers } from './decimal-marks';
import { recordsDataset } from './json-look';
import { Members, parseJson } from './json-value';
import type { LineLook } from './line-look';
import { LineReader } from './line-matching';
import { parquetType, widerType } from './parquet-types';
import type { Sample } from './samples';
import type { Row, SampleColumn, SampleTable } from './table';

/** Parquet rows that are read at once. */
const BATCH = 5_000;

/** The rows of a file that can be read, in their order. What cannot be is for the check of the lake to tell. */
export async function* readRows(sample: Sample, engine: QueryEngine, scratch: string): AsyncGenerator<Row> {
  switch (sample.format) {
    case 'json':
      for await (const { bytes } of jsonRecords(sample.path, recordsDataset(sample.look))) {
        const found = objectOf(bytes.toString('utf8'));
        const members = found !== undefined && sample.look.isDebezium === true ? changedRow(found) : found;
        if (members !== undefined) yield { members };
      }
      return;
    case 'delimited':
      yield* delimitedRows(sample.path, sample.dialect.csv);
      return;
    case 'lines':
      yield* patternRows(sample.path, sample.look.lines);
      return;
    case 'parquet':
      yield* parquetRows(sample.path, engine, scratch);
  }
}

async function* delimitedRows(path: string, csv: CsvDialect): AsyncGenerator<Row> {
  const nulls = new Set(csv.nulls);
  const quote = csv.quote === "'" ? "'" : '"';
  const marks = MarkedNumbers.of(csv);
  const textOf = ({ text, quoted }: CsvField): string | undefined => {
    if ((text === '' && !quoted) || nulls.has(quoted ? `${quote}${text}${quote}` : text)) return undefined;
    return marks?.plain(text) ?? text;
  };
  let names = typeof csv.header === 'object' ? csv.header : undefined;
  for await (const { isHeader, bytes, fields } of csvRecords(path, csv)) {
    const found = fields();
    if (isHeader && typeof csv.header === 'string')
      names = namesIn(bytes.toString('utf8').slice(csv.header.length), csv.delimiter);
    else if (isHeader) names = found.map(({ text }) => text);
    else if (names !== undefined && found.length >= names.length) {
      const words = marks && new Set(found.flatMap(({ text }, index) => (marks.has(text) ? [] : [index])));
      yield { names, texts: found.slice(0, names.length).map(textOf), ...(words === undefined ? {} : { words }) };
    }
  }
}

async function* patternRows(path: string, { pattern, nulls = [] }: LineLook['lines']): AsyncGenerator<Row> {
  const reader = new LineReader(pattern);
  for await (const { bytes } of lines(path)) {
    const texts = isUtf8(bytes) ? reader.read(bytes) : undefined;
    if (texts !== undefined)
      yield {
        names: reader.groups,
        texts: texts.map((text) => (text === '' || nulls.includes(text) ? undefined : text)),
      };
  }
}

function objectOf(text: string): Members | undefined {
  try {
    const value = parseJson(text);
    return value instanceof Members ? value : undefined;
  } catch {
    return undefined;
  }
}

/** DuckDB writes numbers that JSON has no word for: what a column holds beside is looked at all the same. */
const withoutNaN = (json: string): string =>
  json.replace(/"(?:[^"\\]|\\.)*"|-?\b(?:nan|inf(?:inity)?)\b/gi, (found) => (found.startsWith('"') ? found : 'null'));

async function* parquetRows(path: string, engine: QueryEngine, scratch: string): AsyncGenerator<Row> {
  const { file, schema, rows } = await openParquet(path, scratch);
  try {
    const source = numberedRows(file);
    for (let from = 0; from < rows; from += BATCH) {
      const found = await engine.rows(`SELECT ${rowAsJson(schema)} AS raw FROM ${source}
        WHERE file_row_number >= ${from} AND file_row_number < ${from + BATCH}`);
      for (const { raw } of found) {
        const members = objectOf(withoutNaN(`${raw}`));
        if (members !== undefined) yield { members };
      }
    }
  } finally {
    await rm(file, { force: true });
  }
}

/** A copy whose bytes are read as such, whatever its schema says of them, as compaction reads it. */
async function openParquet(path: string, scratch: string) {
  const file = join(await mkdtemp(join(scratch, 'parquet-')), 'sample.parquet');
  await copyFile(path, file);
  const footer = await readFooter(file);
  const schema = fileSchema(footer.elements, 'as bytes');
  await replaceSchema(file, footer, schema.elements);
  return { file, schema, rows: footer.rows };
}

/** Notes what the schema of a Parquet file says of its columns. */
export async function declareParquet(
  table: SampleTable,
  path: string,
  engine: QueryEngine,
  scratch: string,
): Promise<void> {
  const { file, schema } = await openParquet(path, scratch);
  try {
    for (const node of schema.columns) {
      const isText = node.shape === 'value' && node.found.kind === 'bytes' && (await isMostlyText(engine, file, node));
      const column = table.column(node.name);
      const label = node.shape === 'value' ? node.found.label : node.shape;
      if (column !== undefined)
        declare(column, { node: parquetType(node, (inner) => (inner === node ? isText : true)), label });
    }
  } finally {
    await rm(file, { force: true });
  }
}

/** Of files with different types the wider one, where there is one. */
function declare(column: SampleColumn, found: NonNullable<SampleColumn['declared']>): void {
  const known = column.declared?.node;
  const { node } = found;
  const wider = known?.kind === 'scalar' && node?.kind === 'scalar' ? widerType(known.type, node.type) : undefined;
  if (column.declared === undefined) column.declared = found;
  else if (wider !== undefined) column.declared = { node: { kind: 'scalar', type: wider }, label: found.label };
  else if (JSON.stringify(known) !== JSON.stringify(node)) column.otherTypes.add(found.label);
}

async function isMostlyText(engine: QueryEngine, file: string, { alias }: FileNode): Promise<boolean> {
  const x = quoteIdentifier(alias);
  const [counts] = await engine.rows(`SELECT count(${x}) AS all_values,
    count(*) FILTER (encode(decode(${x}, 'replace')) = ${x}) AS texts FROM ${numberedRows(file)}`);
  return Number(counts?.texts) >= Number(counts?.all_values) / 2;
}
