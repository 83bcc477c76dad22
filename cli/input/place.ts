import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import {
  type Column,
  type Dataset,
  isJoined,
  isPlainCsv,
  PartitionError,
  partitionForTime,
  pathsOf,
  Sources,
  sourceValue,
} from '../../lib/dataset';
import { createValidator, lookAlikes, memberText, quoteName, type Rejection } from '../../lib/rows';
import { inOneLine } from '../../lib/rows/json-extent';
import { csvRecords } from './csv';
import type { InputFile } from './discover';
import { parseEventTime } from './event-time';
import { timeReader } from './format-time';
import { lines } from './lines';
import { keySlug, type Loader, type RejectedRow, type RowOrigins } from './loader';
import { asLine, jsonRecords } from './records';
import { RowTimes } from './row-times';

const compress = promisify(gzip);

/** Text of one partition that becomes one object. */
const OBJECT_BYTES = 16_000_000;
/** Text of all partitions of a file that is held at once; beyond it the fullest partition is written out. */
const HELD_BYTES = 32_000_000;

/**
 * Splits a text file by the event time of its rows into objects of one partition each, with flat memory. The bytes of a
 * row stay as they are. Rows whose time cannot be told go to quarantine: no partition is theirs.
 *
 * @param digest Of path and content; with the file's order of rows it decides every key.
 */
export async function placeByTime(loader: Loader, file: InputFile, digest: string): Promise<void> {
  const { dataset } = loader;
  const partitionOf = textFinder(dataset, file.leading);
  const writer = new SplitWriter(loader, file, digest);
  if (file.format === 'csv' && isPlainCsv(dataset.input.csv) && !isJoined(timeColumn(dataset).from)) {
    let header: readonly string[] | undefined;
    /** Fields that may hold the event time, the best first. */
    let times: readonly number[] = [];
    for await (const { number, bytes, fields, fault } of csvRecords(file.path, dataset.input.csv)) {
      if (header === undefined) {
        header = fields().map(({ text }) => text);
        times = timeFields(dataset, header);
        await writer.begin(bytes);
        continue;
      }
      const values = fields();
      const placed = partitionOf(
        times.map((index) => values[index]?.text).find((text) => text !== undefined && text !== ''),
      );
      // Of a record that is broken, the time is missing only because its fields are.
      const reason = 'problem' in placed ? fault(header.length) : undefined;
      await writer.add({ line: number }, bytes, reason === undefined ? placed : { problem: reason });
    }
  } else if (file.format === 'csv') {
    const time = new RowTimes(dataset, 'csv');
    const find = partitionFinder(dataset, file.leading);
    for await (const { number, bytes, isHeader } of csvRecords(file.path, dataset.input.csv)) {
      if (isHeader) {
        time.begin(bytes);
        await writer.begin(bytes);
        continue;
      }
      const read = time.read(bytes);
      await writer.add({ line: number }, bytes, 'problem' in read ? read : find(read.text));
    }
  } else if (file.format === 'lines') {
    const time = new RowTimes(dataset, 'lines');
    const find = partitionFinder(dataset, file.leading);
    for await (const { number, bytes } of lines(file.path)) {
      const read = time.read(bytes);
      await writer.add({ line: number }, bytes, 'problem' in read ? read : find(read.text));
    }
  } else {
    for await (const record of jsonRecords(file.path, dataset)) {
      const { bytes, problem } = record;
      if (problem === undefined) {
        const placed = placeLine(bytes, dataset, partitionOf);
        await writer.add(record, 'problem' in placed ? bytes : asLine(dataset, bytes), placed);
      } else {
        await writer.add(record, bytes, { problem: problem === '' ? whyNoRecord(dataset, bytes) : problem });
      }
    }
  }
  await writer.end();
}

function timeFields(dataset: Dataset, header: readonly string[]): readonly number[] {
  const sources = new Sources(dataset.columns);
  return header
    .map((name, index) => ({ index, place: sources.place(name) }))
    .filter(({ place }) => place?.target.name === dataset.eventTime)
    .sort((a, b) => (a.place?.rank ?? 0) - (b.place?.rank ?? 0))
    .map(({ index }) => index);
}

type Placed = { readonly partition: string } | { readonly problem: string };
/** `shown` answers the value as it stands in the file. */
type PartitionFinder = (value: unknown, shown?: () => string | undefined) => Placed;

function placeLine(bytes: Buffer, dataset: Dataset, partitionOf: PartitionFinder): Placed {
  const { eventTime } = dataset;
  let row: unknown;
  try {
    row = JSON.parse(bytes.toString('utf8'));
  } catch {
    return { problem: whyNoRecord(dataset, bytes) };
  }
  if (typeof row !== 'object' || row === null || Array.isArray(row)) {
    return { problem: whyNoRecord(dataset, bytes) };
  }
  const column = timeColumn(dataset);
  const value = sourceValue(column, row);
  if (value !== undefined) {
    // The text as it stands, where the member stands in the row itself.
    const name = pathsOf(column).find(([first = '', ...rest]) => rest.length === 0 && Object.hasOwn(row, first))?.[0];
    return partitionOf(value, name === undefined ? undefined : () => memberText(bytes, name));
  }
  const [alike] = lookAlikes([column], Object.keys(row));
  return alike === undefined
    ? partitionOf(undefined)
    : {
        problem:
          `no partition: ${eventTime} is missing, but there is ${quoteName(alike.undeclared[0] ?? '')}; ` +
          'names match exactly',
      };
}

function timeColumn({ columns, eventTime }: Dataset): Column {
  const column = columns.find(({ name }) => name === eventTime);
  if (column === undefined) throw new Error(`there is no column ${eventTime}`);
  return column;
}

/** In the words of compaction. */
function whyNoRecord(dataset: Dataset, bytes: Buffer): string {
  let problem = 'not a JSON object';
  const { json: _, ...input } = dataset.input;
  const checker = createValidator('ndjson', { ...dataset, input }, ({ reason }) => {
    problem = reason;
  });
  checker.push(inOneLine(bytes, 0, bytes.length));
  checker.end();
  return problem;
}

/** Finds partitions by event time; neighbours in time are mostly neighbours in a file, so the last hours are remembered. */
export function partitionFinder(
  dataset: Dataset,
  leading: Readonly<Record<string, string>>,
  kind: 'timestamp' | 'date' = eventTimeKind(dataset),
): PartitionFinder {
  const known = new Map<number, Placed>();
  return (value, shown) => {
    if (value === undefined || value === null) {
      return { problem: `no partition: ${dataset.eventTime} is missing` };
    }
    const csvMillis = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value;
    const time = parseEventTime(csvMillis, kind);
    if (time === undefined) {
      return {
        problem:
          `no partition: ${dataset.eventTime} must be a ${kind}, ` +
          `but got ${shown?.() ?? (typeof value === 'string' ? quoteName(value) : JSON.stringify(value).slice(0, 80))}`,
      };
    }
    const hour = Math.floor(time.getTime() / 3_600_000);
    const placed = known.get(hour) ?? placeTime(dataset, time, leading);
    if (known.size > 10_000) {
      known.clear();
    }
    known.set(hour, placed);
    return placed;
  };
}

/** The same for values as a text file has them, which may be in a format of their own. */
function textFinder(dataset: Dataset, leading: Readonly<Record<string, string>>): PartitionFinder {
  const find = partitionFinder(dataset, leading);
  const read = timeReader(timeColumn(dataset));
  if (read === undefined) return find;
  return (value, shown) => {
    if (value === undefined || value === null) return find(value, shown);
    const time = read(value);
    return 'problem' in time ? { problem: `no partition: ${time.problem}` } : find(time.text, shown);
  };
}

const eventTimeKind = (dataset: Dataset): 'timestamp' | 'date' =>
  timeColumn(dataset).type.kind === 'date' ? 'date' : 'timestamp';

function placeTime(dataset: Dataset, time: Date, leading: Readonly<Record<string, string>>): Placed {
  try {
    return { partition: partitionForTime(dataset, time, leading) };
  } catch (error) {
    if (error instanceof PartitionError) {
      return { problem: `no partition: ${error.message}${inSeconds(dataset, time, leading) ? SECONDS : ''}` };
    }
    throw error;
  }
}

const SECONDS = '. Likely epoch seconds, where milliseconds are expected: times 1,000 it is in the range';

/** Whether the number would be in the range if it were seconds. */
function inSeconds(dataset: Dataset, time: Date, leading: Readonly<Record<string, string>>): boolean {
  const seconds = time.getTime() * 1000;
  if (Number.isNaN(new Date(seconds).getTime())) return false;
  try {
    return partitionForTime(dataset, new Date(seconds), leading) !== '';
  } catch {
    return false;
  }
}

interface OpenObject {
  readonly partition: string;
  readonly lines: Buffer[];
  bytes: number;
  rows: number;
  /** Where the rows stood, if that is to be told. */
  readonly origins: { readonly lines: number[]; readonly from: RowOrigins['from'][number][] } | undefined;
  /** Line of the object that the next row begins in. */
  line: number;
}

class SplitWriter {
  /** First line of every object of a CSV file that has one. */
  #header: Buffer | undefined;
  readonly #open = new Map<string, OpenObject>();
  readonly #parts = new Map<string, number>();
  #held = 0;
  #rejected: RejectedRow[] = [];
  #rejectedBytes = 0;
  #rejectedParts = 0;

  constructor(
    private readonly loader: Loader,
    private readonly file: InputFile,
    private readonly digest: string,
  ) {}

  /** Takes the line of names for the rows that come after it. */
  async begin(header: Buffer): Promise<void> {
    if (this.#header !== undefined && !this.#header.equals(header)) await this.#flushAll();
    this.#header = Buffer.from(header);
  }

  async add(at: Pick<Rejection, 'line' | 'record' | 'offset'>, bytes: Buffer, placed: Placed): Promise<void> {
    if ('problem' in placed) {
      const { line, record, offset } = at;
      const where = record === undefined || offset === undefined ? { line } : { line, record, offset };
      this.#rejected.push({ ...where, reason: placed.problem, raw: Buffer.from(bytes) });
      this.#rejectedBytes += bytes.length;
      if (this.#rejectedBytes >= OBJECT_BYTES) {
        await this.#flushRejected();
      }
      return;
    }
    let object = this.#open.get(placed.partition);
    if (object === undefined) {
      const origins = this.loader.onSplit === undefined ? undefined : { lines: [], from: [] };
      const line = this.#header === undefined ? 1 : 1 + linesIn(this.#header);
      object = { partition: placed.partition, lines: [], bytes: 0, rows: 0, origins, line };
      this.#open.set(placed.partition, object);
    }
    if (object.origins !== undefined) {
      object.origins.lines.push(object.line);
      object.origins.from.push(at.record === undefined ? { line: at.line } : { line: at.line, record: at.record });
      object.line += linesIn(bytes);
    }
    object.lines.push(Buffer.from(bytes), NEWLINE);
    object.bytes += bytes.length + 1;
    object.rows += 1;
    this.#held += bytes.length + 1;
    if (object.bytes >= OBJECT_BYTES) {
      await this.#flush(object);
    } else if (this.#held >= HELD_BYTES) {
      await this.#flush([...this.#open.values()].reduce((a, b) => (b.bytes > a.bytes ? b : a)));
    }
  }

  async end(): Promise<void> {
    await this.#flushAll();
    await this.#flushRejected();
  }

  async #flushAll(): Promise<void> {
    for (const object of this.#open.values()) {
      await this.#flush(object);
    }
  }

  async #flush(object: OpenObject): Promise<void> {
    const { partition, rows } = object;
    this.#open.delete(partition);
    this.#held -= object.bytes;
    const part = this.#parts.get(partition) ?? 0;
    this.#parts.set(partition, part + 1);
    const header = this.#header === undefined ? [] : [this.#header, NEWLINE];
    const content = await compress(Buffer.concat([...header, ...object.lines]));
    const { format, relative: source } = this.file;
    const name = `${this.#name(part)}${format === 'csv' ? '.csv' : format === 'lines' ? '.log' : '.json'}.gz`;
    await this.loader.put({ partition, name, format, content, rows, source, whole: false }, object.origins);
  }

  async #flushRejected(): Promise<void> {
    if (this.#rejected.length === 0) {
      return;
    }
    const rows = this.#rejected;
    this.#rejected = [];
    this.#rejectedBytes = 0;
    await this.loader.reject(this.#name(this.#rejectedParts), this.file.relative, this.digest, rows);
    this.#rejectedParts += 1;
  }

  #name(part: number): string {
    return `${keySlug(this.file.relative)}-${this.digest}-${String(part).padStart(4, '0')}`;
  }
}

const NEWLINE = Buffer.from('\n');

/** Lines of a row that is followed by a line end. */
function linesIn(bytes: Buffer): number {
  let count = 1;
  for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) count += 1;
  return count;
}
