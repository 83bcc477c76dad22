import { Readable } from 'node:stream';
import * as zlib from 'node:zlib';
import { FairQueue } from '../work/fair-queue';
import { GrowingBuffer } from './growing-buffer';
import { RefusedError } from './problems';

/** Compressed bodies up to this size are inflated synchronously, unless they turn out larger: a thread costs more. */
const SMALL = 4_096;
const SMALL_INFLATED = 65_536;
/** Compressed bytes of a step. */
const STEP = 32_768;
/** Deflate expands a byte to at most this many. */
const LARGEST_RATIO = 1_032;

export interface InflateOptions {
  readonly subject: string;
  /** Limit of inflated bytes. */
  readonly limit: number;
  /** Called before the buffer grows to this many bytes. @throws when there is no room */
  readonly room: (bytes: number) => void;
  /** Called before the work that produces this many bytes. @throws when they are beyond the subject's limit (also as a rejection) */
  readonly pay: (bytes: number) => void | Promise<void>;
}

// With `info`, which the types lack, the result says how much of the input was used.
const inflateHere = zlib.gunzipSync as unknown as (
  body: Buffer,
  options: object,
) => { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } };

/** Inflates gzip bodies: the small ones at once, of the others one at a time, each subject in turn. */
export class Inflater {
  readonly #waiting = new FairQueue<() => Promise<void>>();
  #isBusy = false;

  /**
   * The uncompressed body, followed by a newline. Gzip with any number of members; nothing may be missing, and nothing
   * may follow. The limit applies to inflated bytes, counted as they are produced.
   *
   * @throws RefusedError
   */
  async inflate(body: Buffer, options: InflateOptions): Promise<Buffer> {
    await options.pay(body.length);
    if (body.length <= SMALL) {
      const inflated = inflateSmall(body, options);
      if (inflated !== undefined) return inflated;
    }
    return new Promise<Buffer>((resolve, reject) => {
      this.#waiting.push(options.subject, () => inflateAside(body, options).then(resolve, reject));
      if (!this.#isBusy) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#isBusy = true;
    for (let next = this.#waiting.take(); next !== undefined; next = this.#waiting.take()) await next.item();
    this.#isBusy = false;
  }
}

/** @returns undefined when it inflates to more than may be done here */
function inflateSmall(body: Buffer, { limit, room }: InflateOptions): Buffer | undefined {
  try {
    const { buffer, engine } = inflateHere(body, { maxOutputLength: Math.min(limit, SMALL_INFLATED), info: true });
    if (engine.bytesWritten !== body.length) throw othersFollow();
    const whole = new GrowingBuffer(buffer.length, room);
    whole.append(buffer);
    return whole.withNewline();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') throw problemOf(error);
    if (limit <= SMALL_INFLATED) throw tooMuch(limit);
    return undefined;
  }
}

async function inflateAside(body: Buffer, { limit, room, pay }: InflateOptions): Promise<Buffer> {
  // The last member says how many bytes it holds. That may be false: then further bytes are paid for as they are produced.
  const claimed = body.length < 18 ? 0 : body.readUInt32LE(body.length - 4);
  const expected = Math.min(claimed, limit, LARGEST_RATIO * body.length);
  let paid = Math.max(body.length, expected);
  await pay(paid);
  const inflated = new GrowingBuffer(limit, (bytes) => room(body.length + bytes));
  const gunzip = zlib.createGunzip({ chunkSize: SMALL_INFLATED });
  try {
    for await (const chunk of Readable.from(steps(body)).pipe(gunzip) as AsyncIterable<Buffer>) {
      const length = inflated.length + chunk.length;
      if (length > limit) throw tooMuch(limit);
      if (length > paid) {
        paid = Math.min(limit, 2 * length);
        await pay(paid);
      }
      inflated.append(chunk, expected);
    }
  } catch (error) {
    throw problemOf(error);
  } finally {
    gunzip.destroy();
  }
  if (gunzip.bytesWritten !== body.length) throw othersFollow();
  return inflated.withNewline();
}

function* steps(body: Buffer): Generator<Buffer> {
  for (let from = 0; from < body.length; from += STEP) yield body.subarray(from, from + STEP);
}

function problemOf(error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  const isOfZlib = code?.startsWith('Z_') === true || code === 'ERR_BUFFER_TOO_LARGE';
  return isOfZlib ? badBody(`the gzip data is damaged: ${message}`) : error;
}

const badBody = (detail: string): RefusedError => new RefusedError({ status: 400, code: 'bad-body', detail });
const othersFollow = (): RefusedError => badBody('other bytes follow the gzip data');
const tooMuch = (limit: number): RefusedError =>
  new RefusedError({ status: 413, code: 'too-large', detail: `the body inflates to more than ${limit} bytes` });
