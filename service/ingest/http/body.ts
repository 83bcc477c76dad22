import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { type Events, splitDocument, splitLines } from '../events/split';

/** A body that cannot be read, with the status that says so. */
export class BodyError extends Error {
  override readonly name = 'BodyError';

  constructor(
    readonly status: 400 | 413 | 415,
    message: string,
  ) {
    super(message);
  }
}

/** Smaller ones are inflated here and now; a thread costs more. */
const INFLATED_AT_ONCE = 4_096;

interface Inflated {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}
// With `info`, which the types do not know, the answer says how much of the input was used.
const inflateAside = promisify(zlib.gunzip) as unknown as (body: Buffer, options: object) => Promise<Inflated>;
const inflateHere = zlib.gunzipSync as unknown as (body: Buffer, options: object) => Inflated;

/** One at a time: what comes out is counted against the memory of the process only once it is there. */
let turn: Promise<unknown> = Promise.resolve();

function inflateInTurn(body: Buffer, options: object): Promise<Inflated> {
  const mine = turn.then(() => inflateAside(body, options));
  turn = mine.catch(() => {});
  return mine;
}

/**
 * The body as plain bytes. Gzip of any number of members; nothing may be missing, and nothing may follow. The limit
 * holds for the bytes that come out, counted while they do.
 *
 * @throws BodyError
 */
export async function inflate(body: Buffer, encoding: string | undefined, limit: number): Promise<Buffer> {
  const coding = (encoding ?? 'identity').trim().toLowerCase();
  if (coding === 'identity') return body;
  if (coding !== 'gzip') {
    throw new BodyError(415, `Content-Encoding must be gzip or absent, but is ${JSON.stringify(coding.slice(0, 40))}`);
  }
  const options = { maxOutputLength: limit, info: true };
  try {
    const { buffer, engine } =
      body.length <= INFLATED_AT_ONCE ? inflateHere(body, options) : await inflateInTurn(body, options);
    if (engine.bytesWritten !== body.length) throw new BodyError(400, 'other bytes follow the gzip data');
    return buffer;
  } catch (error) {
    if (error instanceof BodyError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new BodyError(413, `the body inflates to more than ${limit} bytes`);
    }
    throw new BodyError(400, `the gzip data is damaged: ${error instanceof Error ? error.message : String(error)}`);
  }
}

export const NDJSON_TYPES = [
  'application/x-ndjson',
  'application/ndjson',
  'application/jsonl',
  'application/x-jsonlines',
  'application/jsonlines',
] as const;
export const JSON_TYPE = 'application/json';

/** Finds the events of a body by its media type. @throws BodyError, BodySyntaxError, TooManyEventsError */
export function splitBody(body: Buffer, contentType: string | undefined, maxEvents: number): Events {
  const [type = '', ...parameters] = (contentType ?? '').split(';').map((part) => part.trim().toLowerCase());
  const charset = parameters
    .find((parameter) => parameter.startsWith('charset='))
    ?.slice(8)
    .replaceAll('"', '');
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8') {
    throw new BodyError(415, 'the charset must be utf-8');
  }
  if (type === JSON_TYPE) return splitDocument(body, maxEvents);
  if (NDJSON_TYPES.some((known) => known === type)) return splitLines(body, maxEvents);
  const found = type === '' ? 'is missing' : `is ${JSON.stringify(type.slice(0, 60))}`;
  throw new BodyError(415, `Content-Type must be application/json or application/x-ndjson, but ${found}`);
}
