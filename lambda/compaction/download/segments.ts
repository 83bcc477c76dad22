import type { PathValues } from '../../../lib/dataset';
import { type LineFile, SegmentWriter } from './segment-writer';

/** A local file of accepted lines. */
export interface Segment extends LineFile {
  /** Columns that the lines do not have, because their values come from the paths of the objects. */
  readonly columns?: PathValues;
}

/** Most writers open at once, for lines with different values in their paths: each needs a file descriptor and a buffer. */
const MAX_OPEN = 64;
const SMALL_BUFFER_BYTES = 64 * 1024;

/** The segments of one downloader. Lines go to different files when their paths give columns different values. */
export class Segments {
  readonly #directory: string;
  readonly #prefix: string;
  readonly #common: SegmentWriter;
  readonly #open = new Map<string, { readonly writer: SegmentWriter; readonly columns: PathValues }>();
  readonly #finished: Segment[] = [];
  #writers = 0;

  constructor(directory: string, prefix: string) {
    this.#directory = directory;
    this.#prefix = prefix;
    this.#common = new SegmentWriter(directory, prefix);
  }

  /** The writer for lines of objects whose paths give these values. */
  of(columns: PathValues | undefined): SegmentWriter {
    if (columns === undefined) return this.#common;
    const id = JSON.stringify(columns);
    let entry = this.#open.get(id);
    if (entry === undefined) {
      for (const oldest of this.#open.keys()) {
        if (this.#open.size < MAX_OPEN) break;
        this.#finish(oldest);
      }
      const name = `${this.#prefix}-path${this.#writers++}`;
      entry = { writer: new SegmentWriter(this.#directory, name, SMALL_BUFFER_BYTES), columns };
    } else {
      this.#open.delete(id);
    }
    // The most recently used writer is closed last.
    this.#open.set(id, entry);
    return entry.writer;
  }

  /** Closes the last files and returns all. */
  finish(): Segment[] {
    for (const id of this.#open.keys()) this.#finish(id);
    return [...this.#common.finish(), ...this.#finished];
  }

  /** Closes the files, written or not. */
  discard(): void {
    this.#common.discard();
    for (const { writer } of this.#open.values()) writer.discard();
    this.#open.clear();
  }

  #finish(id: string): void {
    const entry = this.#open.get(id);
    this.#open.delete(id);
    for (const file of entry?.writer.finish() ?? []) this.#finished.push({ ...file, columns: entry?.columns ?? {} });
  }
}
