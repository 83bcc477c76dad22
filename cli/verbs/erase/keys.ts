import { readFile } from 'node:fs/promises';
import type { EraseCondition } from '../../../lambda/compaction/engine/eraser';
import { pathSql } from '../../../lambda/compaction/engine/erasure-sql';
import { canonical, isUuid } from '../../../lambda/compaction/protocol/key-text';
import { type ColumnType, type Dataset, duckdbType, quoteText } from '../../../lib/dataset';
import { closest } from '../../../lib/dataset/checks/closest';
import { UsageError } from '../../command-line';

/** The rows of one dataset that an erase is about. */
export interface ErasedKeys {
  /** The column, and the fields of structs below it. */
  readonly path: readonly string[];
  /** Name of the partition key, if it is one: then rows are found by their partition. */
  readonly partitionKey: string | undefined;
  readonly values: readonly string[];
  /** The values as {@link valueText} has them. */
  readonly texts: readonly string[];
  readonly sql: EraseCondition;
}

/**
 * @param column name of a column, of a field as `user.id`, or of a partition key
 * @throws UsageError when there is no such column, its type cannot be a key, or a value is not one of its type
 */
export function erasedKeys(dataset: Dataset, column: string, values: readonly string[]): ErasedKeys {
  if (values.length === 0) throw new UsageError('--key', 'no key is given', 'write --key VALUE, or --keys FILE');
  const path = column.split('.');
  const leading = dataset.partition.leading.find(({ name }) => name === column);
  if (leading !== undefined) {
    return { path, partitionKey: column, values, texts: values, sql: { value: 'NULL', condition: 'false' } };
  }
  const type = typeOf(dataset, column, path);
  const literals = values.map((value) => literal(type, value));
  const value = pathSql(column);
  const own = `${value}::${duckdbType(type)}`;
  const uuids = values.filter((one) => type.kind === 'string' && isUuid(one)).map((one) => quoteText(canonical(one)));
  const alike = uuids.length === 0 ? '' : ` OR lower(${own}) IN (${uuids.join(', ')})`;
  return {
    path,
    partitionKey: undefined,
    values,
    texts: values.map((one) => valueText(type, one)),
    sql: { value, condition: `${own} IN (${literals.join(', ')})${alike}` },
  };
}

function typeOf(dataset: Dataset, column: string, path: readonly string[]): ColumnType {
  const [first, ...fields] = path;
  let type = dataset.columns.find(({ name }) => name === first)?.type;
  for (const name of fields) {
    if (type?.kind !== 'struct') {
      const problem =
        type === undefined ? `${dataset.name} has no column "${first}"` : `"${name}" of "${column}" is not in a struct`;
      throw new UsageError('--column', problem, 'name a column, a field of a struct as user.id, or a partition key');
    }
    type = type.fields.find((field) => field.name === name)?.type;
  }
  if (type !== undefined) return type;
  const names = [...dataset.columns, ...dataset.partition.leading].map(({ name }) => name);
  const near = closest(column, names);
  throw new UsageError(
    '--column',
    `${dataset.name} has no column "${column}"`,
    `write ${near ?? `one of ${names.join(', ')}`}`,
  );
}

/** @throws UsageError */
function literal(type: ColumnType, value: string): string {
  const refuse = (kind: string, example: string): never => {
    throw new UsageError('--key', `${JSON.stringify(value)} is not a ${kind}`, `write it as ${example}`);
  };
  switch (type.kind) {
    case 'string':
      return quoteText(value);
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint':
      // A value beyond the type is in no row, and compares as a larger type.
      if (!/^-?\d{1,19}$/.test(value)) refuse('whole number', '42');
      return `${quoteText(value)}::HUGEINT`;
    case 'decimal':
      if (!fits(value, type)) {
        refuse(`decimal(${type.precision},${type.scale})`, type.scale === 0 ? '19' : '19.90');
      }
      return `${quoteText(value)}::${duckdbType(type)}`;
    case 'date':
      if (!/^\d{4}-\d{2}-\d{2}$/.test(value) || Number.isNaN(Date.parse(value))) refuse('date', '2026-06-15');
      return `DATE ${quoteText(value)}`;
    case 'timestamp': {
      const form = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?(Z|[+-]\d{2}:\d{2})$/;
      if (!form.test(value) || Number.isNaN(Date.parse(value))) refuse('time', '2026-06-15T10:00:00Z');
      return `epoch_ms(${Date.parse(value)})`;
    }
    default:
      throw new UsageError(
        '--column',
        `its type is ${type.kind}, and cannot be a key`,
        'name a column of strings, whole numbers, decimals, dates or times',
      );
  }
}

/** A key as the text by which it is compared after its erase: see `erasure-sql.ts`. */
function valueText(type: ColumnType, value: string): string {
  switch (type.kind) {
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint':
      return BigInt(value).toString();
    case 'decimal': {
      const [, sign, whole = '', fraction = ''] = /^(-?)0*(\d*?)(?:\.(\d*?)0*)?$/.exec(value) ?? [];
      const text = fraction === '' ? whole : `${whole || '0'}.${fraction}`;
      return text === '' ? '0' : `${sign}${text}`;
    }
    case 'timestamp':
      return `${BigInt(Date.parse(value)) * 1000n}`;
    default:
      return canonical(value);
  }
}

/** Whether a text is a decimal that the type can hold. */
function fits(value: string, { precision, scale }: { precision: number; scale: number }): boolean {
  const [whole = '', fraction, ...more] = value.replace(/^-/, '').split('.');
  const areDigits = [whole, fraction ?? '0'].every((digits) => /^\d+$/.test(digits));
  const kept = (fraction ?? '').replace(/0+$/, '').length;
  return areDigits && more.length === 0 && whole.length <= Math.max(1, precision - scale) && kept <= scale;
}

/**
 * Reads keys, one a line: a JSON string or number, or a text as it is, in quotes as in CSV where it has quotes. Blank lines are left out.
 *
 * @throws UsageError when the file cannot be read, or a line is JSON of another kind
 */
export async function readKeys(file: string): Promise<readonly string[]> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new UsageError('--keys', `"${file}" cannot be read: ${error.message}`, 'write the path of a file of keys');
  });
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  return lines.flatMap((line, index) => (line.trim() === '' ? [] : [keyOf(line.trim(), file, index + 1)]));
}

function keyOf(line: string, file: string, number: number): string {
  if (line.startsWith('[') || line.startsWith('{') || line === 'null') {
    const problem = `line ${number} of "${file}" is not a key: ${line.slice(0, 40)}`;
    throw new UsageError('--keys', problem, 'write one string or number a line; rows without a key have none to erase');
  }
  if (!line.startsWith('"')) return line;
  try {
    return JSON.parse(line) as string;
  } catch {
    const csv = /^"((?:[^"]|"")*)"$/.exec(line)?.[1];
    if (csv !== undefined) return csv.replaceAll('""', '"');
    throw new UsageError('--keys', `line ${number} of "${file}" has an unclosed quote`, 'write "a ""quoted"" key"');
  }
}

/** Texts of the options, for the help. */
export const KEY_OPTIONS = [
  ['--column NAME', 'the column that has the keys; a field as user.id; or a partition key'],
  ['--key VALUE', 'a key; may be repeated'],
  ['--keys FILE', 'a file of keys, one a line, as JSON or as text'],
] as const;
