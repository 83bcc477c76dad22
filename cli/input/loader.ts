import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import type { QuarantineEntry } from '../../lambda/compaction/protocol/quarantine';
import {
  type Dataset,
  type InputFormat,
  rawPrefix,
  rejectedLinesPrefix,
  rejectedObjectsPrefix,
} from '../../lib/dataset';
import type { Rejection, UnknownField } from '../../lib/rows';
import { BUCKETS, type LocalLake } from '../lake';

/** Stands for the partition of rows that no partition could be found for. */
export const UNPLACED = 'unplaced';

export interface NewObject {
  readonly partition: string;
  /** Where it lies below the dataset's own prefix, in a layout of producers. @default in Hive folders */
  readonly prefix?: string | undefined;
  /** Last part of the key. The same name must always mean the same content. */
  readonly name: string;
  readonly format: InputFormat;
  /** The content as it is stored, or the file that holds it. */
  readonly content: Buffer | { readonly file: string };
  readonly rows: number | null;
  readonly source: string;
  readonly whole: boolean;
  /** Set for JSON that is anything else than one record a line. @default false */
  readonly arranged?: boolean;
}

/** Where the rows of an object stood in the file that they were taken from, in the order of the object. */
export interface RowOrigins {
  /** Line of the object that each begins in, 1-based and ascending. */
  readonly lines: readonly number[];
  /** For each, where it stood in the file. */
  readonly from: readonly Pick<Rejection, 'line' | 'record'>[];
}

export interface RejectedRow {
  readonly line: number | null;
  /** For JSON, its number in the file and the bytes before it. */
  readonly record?: number;
  readonly offset?: number;
  readonly reason: string;
  readonly raw: Buffer | null;
}

export interface RejectedFile {
  readonly path: string;
  /** Path below the input folder. */
  readonly relative: string;
  readonly digest: string;
  /** Null when it cannot be read to its end. */
  readonly rows: number | null;
}

/** Puts objects into the raw zone once, and writes down what it put. */
export class Loader {
  /** What this run put, as opposed to what the lake held before: raw objects, and rows and bytes in quarantine too. */
  loaded = { objects: 0, rows: 0, bytes: 0 };
  /** Columns that the dataset does not declare, and that were left out on the way into the raw zone. */
  readonly undeclared: UnknownField[] = [];

  /** @param onSplit told of each object that is a part of a file, by its key. @default where rows stood is forgotten */
  constructor(
    readonly lake: LocalLake,
    readonly dataset: Dataset,
    readonly onSplit?: (key: string, origins: RowOrigins) => void,
  ) {}

  async put(object: NewObject, origins?: RowOrigins): Promise<void> {
    const { lake, dataset } = this;
    const place =
      object.prefix === undefined
        ? rawPrefix(dataset.name, object.partition)
        : `${rawPrefix(dataset.name)}${object.prefix}`;
    const key = `${place}${object.name}`;
    if (origins !== undefined) this.onSplit?.(key, origins);
    if (lake.ledger.has(key)) {
      return;
    }
    const { content, partition, format, rows, source, whole, arranged = false } = object;
    let bytes: number;
    if (Buffer.isBuffer(content)) {
      bytes = content.length;
      await lake.store.put(BUCKETS.raw, key, content);
    } else {
      bytes = (await stat(content.file)).size;
      await lake.store.putFile(BUCKETS.raw, key, content.file);
    }
    this.loaded.objects += 1;
    this.#count(rows, bytes);
    const entry = {
      kind: 'object',
      dataset: dataset.name,
      key,
      partition,
      format,
      rows,
      bytes,
      source,
      whole,
    } as const;
    lake.ledger.add(arranged ? { ...entry, arranged } : entry);
  }

  /**
   * Puts rows without a partition straight into quarantine, in the form that compaction writes.
   *
   * @param name The same name must always mean the same rows.
   */
  async reject(name: string, source: string, digest: string, rows: readonly RejectedRow[]): Promise<void> {
    const entries = rows.map((row) => this.#entry(source, digest, row, null));
    const bytes = rows.reduce((sum, { raw }) => sum + (raw?.length ?? 0) + 1, 0);
    await this.#quarantine(name, source, entries, rows.length, bytes);
  }

  /** Puts a file that cannot be read into quarantine, byte for byte. Its rows are all refused, as far as they are known. */
  async rejectFile(name: string, file: RejectedFile, reason: string): Promise<void> {
    const { relative: source, digest, path, rows } = file;
    const key = `${rejectedObjectsPrefix(this.dataset.name, UNPLACED)}${digest}/${name}`;
    await this.lake.store.putFile(BUCKETS.quarantine, key, path);
    const entry = this.#entry(source, digest, { line: null, reason, raw: null }, key);
    await this.#quarantine(name, source, [entry], rows, (await stat(path)).size);
  }

  async #quarantine(
    name: string,
    source: string,
    entries: readonly QuarantineEntry[],
    rows: number | null,
    bytes: number,
  ): Promise<void> {
    const key = `${rejectedLinesPrefix(this.dataset.name, UNPLACED)}${name}.json.gz`;
    if (this.lake.ledger.has(key)) {
      return;
    }
    const body = gzipSync(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
    await this.lake.store.put(BUCKETS.quarantine, key, body);
    this.#count(rows, bytes);
    this.lake.ledger.add({ kind: 'unplaced', dataset: this.dataset.name, key, rows, bytes, source });
  }

  #count(rows: number | null, bytes: number): void {
    this.loaded.rows += rows ?? 0;
    this.loaded.bytes += bytes;
  }

  #entry(
    source: string,
    digest: string,
    { line, record, offset, reason, raw }: RejectedRow,
    objectKey: string | null,
  ): QuarantineEntry {
    const text = raw?.toString('utf8') ?? null;
    const exact = raw === null || (text !== null && Buffer.from(text).equals(raw));
    return {
      dataset: this.dataset.name,
      // Such a row never had a raw object: the key is the path of the file that it came in.
      source_bucket: '',
      source_key: source,
      source_etag: digest,
      source_version: null,
      line,
      reason,
      raw: exact ? text : null,
      raw_base64: exact ? null : (raw?.toString('base64') ?? null),
      object_key: objectKey,
      record: record ?? null,
      byte_offset: offset ?? null,
    };
  }
}

/** A file's path as part of a key: readable, safe in every tool, and told apart by the digest that follows it. */
export function keySlug(path: string): string {
  const slug = path
    .split('/')
    .filter((segment) => !segment.includes('='))
    .join('-')
    .replace(/\.[A-Za-z0-9.]*$/, '')
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[._-]+|[-.]+$/g, '');
  return slug === '' ? 'file' : slug.slice(-80).replace(/^[._-]+/, '');
}

export const digestOf = (...parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
