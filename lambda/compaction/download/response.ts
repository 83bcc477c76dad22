import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { TransferWatch } from '../limits/transfer-watch';
import type { SignedRequest } from './request-signer';

/** Most bytes that are read of an error response: those of S3 have less than 1 KB. */
export const MAX_ERROR_BYTES = 64 * 1024;

/** A response whose body is read piece by piece. */
export interface StreamedResponse {
  readonly status: number;
  readonly versionId: string | undefined;
  /** The next piece; undefined at the end. @throws Error when another number of bytes came than the object has */
  next(): Promise<Buffer | undefined>;
  /** The text of an error response; only its beginning if it is long. */
  text(): Promise<string>;
}

/**
 * Sends a GET and hands its response to `use`. However that ends, read to the end or not, so does the response: one that
 * were left open would keep its connection forever.
 *
 * @param size bytes of the object
 */
export async function withResponse<T>(
  dispatcher: Dispatcher,
  { origin, path, headers }: SignedRequest,
  size: number,
  watch: TransferWatch,
  use: (response: StreamedResponse) => Promise<T>,
): Promise<T> {
  const control = new AbortController();
  const transfer = watch.begin((error) => control.abort(error));
  let body: Readable | undefined;
  try {
    const response = await dispatcher.request({ origin, path, method: 'GET', headers, signal: control.signal });
    body = response.body;
    // Closing a body early is an error to its stream, and can be ignored.
    body.on('error', () => undefined);
    const iterator = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    let bytes = 0;
    const pull = async (): Promise<Buffer | undefined> => {
      transfer.resume();
      const { done, value } = await iterator.next();
      transfer.pause();
      if (done === true) return undefined;
      bytes += value.length;
      transfer.count(value.length);
      return value;
    };
    const version = response.headers['x-amz-version-id'];
    return await use({
      status: response.statusCode,
      versionId: Array.isArray(version) ? version[0] : version,
      next: async () => {
        const piece = await pull();
        if (bytes > size) throw new Error(`more than the ${size} bytes of the object came`);
        if (piece === undefined && bytes < size) throw new Error(`${bytes} of ${size} bytes came`);
        return piece;
      },
      text: async () => {
        const pieces: Buffer[] = [];
        try {
          for (let piece = await pull(); piece !== undefined; piece = await pull()) {
            pieces.push(piece);
            if (bytes > MAX_ERROR_BYTES) break;
          }
        } catch {
          // The status counts, even if its text never ends.
        }
        return Buffer.concat(pieces).toString();
      },
    });
  } finally {
    transfer.end();
    body?.destroy();
  }
}

/** Bytes from which the format of a body is detected, as `sniff` reads them. */
const MAGIC_BYTES = 4;

/** The first bytes of a body, however small its chunks are, and the whole body, which can be read once. */
export async function peek({ next }: StreamedResponse): Promise<{ head: Buffer; whole: AsyncGenerator<Buffer> }> {
  let head = await next();
  while (head !== undefined && head.length < MAGIC_BYTES) {
    const more = await next();
    if (more === undefined) break;
    head = Buffer.concat([head, more]);
  }
  return { head: head ?? Buffer.alloc(0), whole: replay(head, next) };
}

async function* replay(first: Buffer | undefined, next: StreamedResponse['next']): AsyncGenerator<Buffer> {
  for (let piece = first; piece !== undefined; piece = await next()) yield piece;
}
