import { closeSync, existsSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import type { Checksum } from './checksums';
import { APPEND, atPath, openReal, REPLACE } from './no-links';

/** One version of an object (or a delete marker), as the index holds it. */
export interface ObjectVersion {
  readonly key: string;
  /** Unique in the bucket; names the file of a noncurrent version. */
  readonly id: string;
  /** `null` when written while versioning was not enabled. */
  readonly versionId: string;
  readonly marker: boolean;
  /** Bytes. */
  readonly size: number;
  /** With quotes; empty for a hand-placed file that nobody has asked about yet. */
  readonly etag: string;
  /** Last-Modified, in milliseconds since the epoch. */
  readonly modified: number;
  /** Modification time of the file in milliseconds: with the size it tells which record a file belongs to. */
  readonly stamp: number;
  /** Lower-case response headers: content-type, x-amz-meta-*, … */
  readonly headers: Readonly<Record<string, string>>;
  readonly checksum?: Checksum | undefined;
}

/** One line of a journal: a version that was written, or the id of a record that no longer counts. */
export type JournalRecord = ObjectVersion | { readonly removed: string };

/** Lines that a journal may grow by, beyond its own size, before it is rewritten. */
const COMPACT_SLACK = 100_000;

/**
 * What a bucket knows about its files beyond their bytes: one JSON line for each version written. A line is appended
 * before the file takes its place, so a line without its file means nothing, and a file never lacks its line.
 */
export class Journal {
  #fd: number;
  #lines: number;
  #compactAt: number;

  private constructor(
    private readonly path: string,
    lines: number,
  ) {
    this.#fd = openReal(path, APPEND);
    this.#lines = lines;
    this.#compactAt = 2 * lines + COMPACT_SLACK;
  }

  /** Lines that do not parse (the tail of a killed process) are passed over. */
  static read(path: string): { records: JournalRecord[]; intact: boolean } {
    const records: JournalRecord[] = [];
    if (!existsSync(path)) return { records, intact: true };
    const lines = readFileSync(path, 'utf8').split('\n');
    let intact = lines.pop() === '';
    for (const line of lines) {
      const record = parseRecord(line);
      if (record === undefined) intact = false;
      else records.push(record);
    }
    return { records, intact };
  }

  /** Opens a journal for appending; with `live` it is first rewritten to hold just those records. */
  static open(path: string, lines: number, live?: Iterable<ObjectVersion>): Journal {
    return new Journal(path, live === undefined ? lines : rewrite(path, live));
  }

  append(record: JournalRecord): void {
    writeSync(this.#fd, `${JSON.stringify(record)}\n`);
    this.#lines++;
  }

  /** Rewrites the journal once most of its lines may be history. */
  compact(live: () => Iterable<ObjectVersion>): void {
    if (this.#lines < this.#compactAt) return;
    this.#lines = rewrite(this.path, live());
    this.#compactAt = 2 * this.#lines + COMPACT_SLACK;
    closeSync(this.#fd);
    this.#fd = openReal(this.path, APPEND);
  }

  close(): void {
    closeSync(this.#fd);
  }
}

function rewrite(path: string, live: Iterable<ObjectVersion>): number {
  const lines: string[] = [];
  for (const record of live) lines.push(`${JSON.stringify(record)}\n`);
  const fd = openReal(`${path}.new`, REPLACE);
  try {
    writeFileSync(fd, lines.join(''));
  } finally {
    closeSync(fd);
  }
  atPath(path, (real) => renameSync(`${real}.new`, real));
  return lines.length;
}

function parseRecord(line: string): JournalRecord | undefined {
  try {
    const record: unknown = JSON.parse(line);
    return typeof record === 'object' && record !== null && ('id' in record || 'removed' in record)
      ? (record as JournalRecord)
      : undefined;
  } catch {
    return undefined;
  }
}
