import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { type Column, type ColumnType, type Dataset, duckdbType, quoteIdentifier, quoteText } from '../../lib/dataset';
import type { Logical, LogicalMap, LogicalRow } from './values';

/** How an object is compressed, apart from what its format does itself. */
export type Compression = 'none' | 'gzip' | 'zstd';

const ENDINGS: Readonly<Record<Compression, string>> = { none: '', gzip: '.gz', zstd: '.zst' };

/** One raw object: the end of its key, and its bytes. */
export interface RawFile {
  readonly name: string;
  readonly body: Uint8Array;
}

/** Writes rows as producers would. DuckDB makes Parquet and zstd, from literals, and nothing of the product is used. */
export class Encoder {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  readonly #folder: string;
  #files = 0;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection, folder: string) {
    this.#instance = instance;
    this.#connection = connection;
    this.#folder = folder;
  }

  /** @param folder for files that live as long as one call */
  static async open(folder: string): Promise<Encoder> {
    const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: '300MB' });
    return new Encoder(instance, await instance.connect(), folder);
  }

  close(): void {
    this.#connection.closeSync();
    this.#instance.closeSync();
  }

  async parquet(dataset: Dataset, name: string, rows: readonly LogicalRow[]): Promise<RawFile> {
    const values = rows.map((row) => `(${dataset.columns.map((column) => cell(row, column)).join(', ')})`);
    const names = dataset.columns.map((column) => quoteIdentifier(column.name)).join(', ');
    const path = this.#path();
    await this.#connection.run(
      `COPY (SELECT * FROM (VALUES ${values.join(', ')}) AS rows(${names})) TO ${quoteText(path)} (FORMAT parquet)`,
    );
    return { name: `${name}.parquet`, body: await take(path) };
  }

  /** @param name its end says what the text is; that of the compression is added */
  async text(name: string, text: string, compression: Compression): Promise<RawFile> {
    const body =
      compression === 'zstd' ? await this.#zstd(text) : compression === 'gzip' ? gzipSync(text) : Buffer.from(text);
    return { name: `${name}${ENDINGS[compression]}`, body };
  }

  /** Node.js 20 has no zstd. A CSV of one column and one row, without quotes, is the text itself and a newline. */
  async #zstd(text: string): Promise<Uint8Array> {
    const path = this.#path();
    const copy = await this.#connection.prepare(
      `COPY (SELECT $1::VARCHAR AS text) TO ${quoteText(path)}
       (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\x02', COMPRESSION zstd)`,
    );
    copy.bindVarchar(1, text.replace(/\n$/, ''));
    await copy.run();
    copy.destroySync();
    return await take(path);
  }

  #path(): string {
    return join(this.#folder, `encode-${this.#files++}`);
  }
}

async function take(path: string): Promise<Uint8Array> {
  const body = await readFile(path);
  await rm(path);
  return body;
}

export const ndjsonText = ({ columns }: Dataset, rows: readonly LogicalRow[]): string =>
  rows
    .map((row, index) => {
      const members = columns.flatMap(({ name, type }) => {
        const value = row[name] ?? null;
        // A missing member and null mean the same: both are written.
        return value === null && index % 2 === 0 ? [] : [`${JSON.stringify(name)}:${json(value, type, index)}`];
      });
      return `{${members.join(',')}}\n`;
    })
    .join('');

/** @param style producers spell the same value in different ways: which one is told by a number */
function json(value: Logical, type: ColumnType, style: number): string {
  if (value === null) return 'null';
  switch (type.kind) {
    case 'bigint':
    case 'decimal':
      return style % 2 === 0 ? String(value) : `"${value}"`;
    case 'timestamp':
      return timestampJson(value as string, style);
    case 'binary':
      return JSON.stringify(Buffer.from(value as Uint8Array).toString('base64'));
    case 'array':
      return `[${(value as readonly Logical[]).map((element) => json(element, type.element, style)).join(',')}]`;
    case 'map': {
      const { entries } = value as LogicalMap;
      return `{${entries.map(([key, element]) => `${JSON.stringify(String(key))}:${json(element, type.value, style)}`).join(',')}}`;
    }
    case 'struct': {
      const fields = value as Readonly<Record<string, Logical>>;
      const members = type.fields.flatMap((field) => {
        const own = fields[field.name] ?? null;
        return own === null && style % 2 === 0 ? [] : [`${JSON.stringify(field.name)}:${json(own, field.type, style)}`];
      });
      return `{${members.join(',')}}`;
    }
    case 'double':
    case 'float':
      return Object.is(value, -0) ? '-0.0' : String(value);
    default:
      return JSON.stringify(value);
  }
}

function timestampJson(text: string, style: number): string {
  switch (style % 4) {
    case 0:
      return `"${text}Z"`;
    case 1:
      return `"${text.replace('T', ' ')}"`;
    case 2:
      // Trino's JSON reader loses the fraction of negative ones: a check of its own says so.
      return Date.parse(`${text}Z`) < 0 ? `"${text}"` : String(Date.parse(`${text}Z`));
    default:
      return isWithinHoursOfLimit(text) ? `"${text}"` : `"${shifted(text, 150)}+02:30"`;
  }
}

/** The same instant would have a local year of 0000 or 10000. */
const isWithinHoursOfLimit = (text: string): boolean => /^(9999-12-31|0001-01-01)/.test(text);

const shifted = (text: string, minutes: number): string =>
  new Date(Date.parse(`${text}Z`) + minutes * 60_000).toISOString().slice(0, -1);

export function csvText(dataset: Dataset, rows: readonly LogicalRow[]): string {
  const { delimiter } = dataset.input.csv;
  const line = (fields: readonly string[]): string => `${fields.join(delimiter)}\r\n`;
  const records = rows.map((row) =>
    dataset.columns.map(({ name }) => {
      const field = csvField(row[name] ?? null);
      const needsQuotes = row[name] === '' || /["\r\n]/.test(field) || field.includes(delimiter);
      return needsQuotes ? `"${field.replaceAll('"', '""')}"` : field;
    }),
  );
  return line(dataset.columns.map(({ name }) => name)) + records.map(line).join('');
}

/** The text of a value in CSV, before quoting; what a table of strings shows. */
export const csvField = (value: Logical): string => (value === null ? '' : String(value));

const cell = (row: LogicalRow, { name, type }: Column): string => sql(row[name] ?? null, type);

function sql(value: Logical, type: ColumnType): string {
  const cast = (text: string): string => `${text}::${duckdbType(type)}`;
  if (value === null) return cast('NULL');
  switch (type.kind) {
    case 'binary':
      return `from_hex('${Buffer.from(value as Uint8Array).toString('hex')}')`;
    case 'array':
      return cast(`[${(value as readonly Logical[]).map((element) => sql(element, type.element)).join(', ')}]`);
    case 'map': {
      const { entries } = value as LogicalMap;
      const keys = entries.map(([key]) => sql(key, type.key));
      const values = entries.map(([, element]) => sql(element, type.value));
      return cast(`MAP([${keys.join(', ')}], [${values.join(', ')}])`);
    }
    case 'struct': {
      const fields = value as Readonly<Record<string, Logical>>;
      const members = type.fields.map(
        (field) => `${quoteText(field.name)}: ${sql(fields[field.name] ?? null, field.type)}`,
      );
      return cast(`{${members.join(', ')}}`);
    }
    default:
      return cast(quoteText(String(value)));
  }
}
