import type { Dataset } from '../../lib/dataset';
import { JsonRecords, type Place, type RecordReader, UnreadableObjectError } from '../../lib/rows';
import { skipValue } from '../../lib/rows/json';
import { Extent } from '../../lib/rows/json-extent';
import { decoded } from './decode';
import { lines } from './lines';

/** A record of a file, or a piece of it that is not one. */
export interface FileRecord extends Place {
  /** In one line, without a line end, and with what is carried to it; a broken piece as it came. */
  readonly bytes: Buffer;
  /** Why it is not a record; empty where only its bytes say so. */
  readonly problem: string | undefined;
}

/** The records of a JSON file as compaction finds them, whatever is in them, with flat memory. */
export async function* jsonRecords(path: string, dataset: Dataset): AsyncGenerator<FileRecord> {
  const found: FileRecord[] = [];
  const reader = new Pieces((bytes, problem) => {
    found.push({ ...records.place, bytes: Buffer.from(bytes), problem });
  });
  const { json } = dataset.input;
  const snake = dataset.columns.some(({ from }) => from === 'snake');
  const records = new JsonRecords(reader, json && { ...json, snake });
  for await (const chunk of decoded(path, true)) {
    records.push(chunk);
    yield* found.splice(0);
  }
  records.end();
  yield* found.splice(0);
}

/** Whether a JSON file is one record a line and nothing else, as the raw table of `ndjson` reads it. */
export async function isOneALine(path: string, dataset: Dataset): Promise<boolean> {
  if (dataset.input.json !== undefined) return false;
  const records = jsonRecords(path, dataset);
  try {
    for await (const { bytes } of lines(path)) {
      const { value } = await records.next();
      if (value === undefined || value.bytes.toString('latin1').trim() !== bytes.toString('latin1').trim())
        return false;
    }
    return (await records.next()).done === true;
  } catch (error) {
    if (error instanceof UnreadableObjectError) return false;
    throw error;
  } finally {
    await records.return(undefined);
  }
}

/** A record as a line of its own, in an envelope where the dataset wants one. */
export function asLine({ input }: Dataset, record: Buffer): Buffer {
  if (input.json === undefined) return record;
  const { unwrap } = input.json;
  const before = unwrap.map((name) => `{${JSON.stringify(name)}:`).join('');
  return Buffer.concat([Buffer.from(before), record, Buffer.from('}'.repeat(unwrap.length))]);
}

/** Takes records without looking into them. */
class Pieces implements RecordReader {
  readonly reason = '';
  readonly takesTwice = true;
  readonly records = 0;
  readonly lines = 0;
  to = 0;
  readonly #extent = new Extent();

  constructor(private readonly onPiece: (bytes: Buffer, problem: string | undefined) => void) {}

  read(buf: Buffer, at: number): number {
    const end = skipValue(buf, at);
    if (end >= 0) return end;
    const lineEnd = buf.indexOf('\n', at);
    return this.#extent.scan(buf, at, lineEnd, true) === 'whole' ? this.#extent.at : -1;
  }

  acceptRun(buf: Buffer, at: number): number {
    this.to = this.read(buf, at);
    return at;
  }

  explain(): string {
    return '';
  }

  forget(): void {}
  keep(): void {}

  accept(buf: Buffer, from: number, to: number, isLine: boolean): void {
    let end = isLine ? to - 1 : to;
    while (end > from && (buf[end - 1] as number) <= 0x20) end -= 1;
    this.onPiece(buf.subarray(from, end), undefined);
  }

  reject(reason: string, raw: Buffer): void {
    this.onPiece(raw, reason);
  }
}
