import { closeSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { MIB } from '../../../lib/dataset/units';

/** Large enough for DuckDB to read one sequentially at full speed, small enough to be spread over its threads. */
const SEGMENT_BYTES = 64 * MIB;
const BUFFER_BYTES = MIB;
/** Bytes that are written as they are: to copy them first would cost more than to write twice. */
const DIRECT_BYTES = 32 * 1024;

/** So many lines of one object, one after the other. */
export interface Run {
  readonly object: number;
  readonly lines: number;
}

/** A file of lines. */
export interface LineFile {
  readonly path: string;
  /** Whose lines it has, in their order. */
  readonly runs: readonly Run[];
}

/** Appends accepted lines to local files of about 64 MiB: one file for about a thousand objects, instead of one file each. */
export class SegmentWriter {
  readonly #directory: string;
  readonly #prefix: string;
  readonly #segments: { readonly path: string; readonly runs: Run[] }[] = [];
  readonly #adopted: LineFile[] = [];
  readonly #buffer: Buffer;
  #buffered = 0;
  #file: number | undefined;
  #written = 0;

  /**
   * @param prefix makes the names of this writer's files its own
   * @param bufferBytes size of one write. @default 1 MiB
   */
  constructor(directory: string, prefix: string, bufferBytes = BUFFER_BYTES) {
    this.#buffer = Buffer.allocUnsafe(bufferBytes);
    this.#directory = directory;
    this.#prefix = prefix;
  }

  /** @param run whose lines they are */
  append(slices: readonly Buffer[], run: Run): void {
    if (run.lines === 0) return;
    this.#open();
    this.#segments.at(-1)?.runs.push(run);
    for (const slice of slices) {
      const isDirect = slice.length >= DIRECT_BYTES;
      if (isDirect || this.#buffered + slice.length > this.#buffer.length) this.#flush();
      if (isDirect) this.#write(slice);
      else this.#buffered += slice.copy(this.#buffer, this.#buffered);
    }
    if (this.#written + this.#buffered >= SEGMENT_BYTES) this.#finishSegment();
  }

  /** Takes over the finished files of another writer. */
  adopt(segments: readonly LineFile[]): void {
    this.#adopted.push(...segments);
  }

  /** Closes the last file and returns all. */
  finish(): LineFile[] {
    this.#finishSegment();
    return [...this.#segments, ...this.#adopted];
  }

  /** Closes the file, complete or not, and returns the paths of all files, for deletion. */
  discard(): string[] {
    this.#buffered = 0;
    return this.finish().map(({ path: file }) => file);
  }

  #flush(): void {
    if (this.#buffered === 0) return;
    this.#write(this.#buffer.subarray(0, this.#buffered));
    this.#buffered = 0;
  }

  #open(): number {
    if (this.#file !== undefined) return this.#file;
    const name = path.join(this.#directory, `${this.#prefix}-${this.#segments.length}.ndjson`);
    this.#file = openSync(name, 'wx');
    this.#segments.push({ path: name, runs: [] });
    return this.#file;
  }

  #write(bytes: Buffer): void {
    const file = this.#open();
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    this.#written += bytes.length;
  }

  #finishSegment(): void {
    this.#flush();
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    this.#written = 0;
  }
}
