import type { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { unlessAborted } from '../limits/deadline';
import { StalledError, type Transfer, TransferWatch } from '../limits/transfer-watch';

export interface RequestLimits {
  /** Time in which the response to a GET must make progress. @default 30 s */
  readonly stallMillis?: number;
  /** Longest that any other request may take, including its response. @default 2 minutes; 5 for requests that S3 itself works on */
  readonly totalMillis?: number;
  /** Aborts every request, with its reason. @default none */
  readonly signal?: AbortSignal | undefined;
}

/** A part of 16 MiB then needs 140 KB a second. */
const TOTAL_MILLIS = 120_000;
/**
 * S3 copies gigabytes, or assembles parts, before it responds. The latter can take "several minutes":
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
 */
const LONG_MILLIS = 300_000;

interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, unknown>>;
}

/**
 * Limits the time of every attempt of a client's requests, so that the SDK retries stalled requests and finally gives up. Without
 * it the SDK waits for a response forever.
 */
export function boundRequests(client: S3Client, limits: RequestLimits): void {
  const watch = new TransferWatch(limits.stallMillis);
  const handler = client.config.requestHandler;
  const send = handler.handle.bind(handler);
  handler.handle = async (request, options) => {
    limits.signal?.throwIfAborted();
    const bound = new RequestBound(request as Request, watch, limits);
    try {
      const answer = await bound.race(send(request, { ...options, abortSignal: bound.signal }));
      bound.follow(answer.response.body as Readable);
      return answer;
    } catch (error) {
      bound.finish();
      throw bound.signal.aborted ? bound.signal.reason : error;
    }
  };
}

/** One attempt of one request, including the body of its response. */
class RequestBound {
  readonly #control = new AbortController();
  readonly #outer: AbortSignal | undefined;
  readonly #transfer: Transfer | undefined;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #name: string;
  #body: Readable | undefined;

  constructor(request: Request, watch: TransferWatch, { totalMillis, signal }: RequestLimits) {
    this.#name = `${request.method} ${request.path}`;
    this.#outer = signal;
    signal?.addEventListener('abort', this.#onAbort);
    if (request.method === 'GET') {
      this.#transfer = watch.begin(({ message }) => this.#end(new StalledError(`${this.#name}: ${message}`)));
    } else {
      const millis = totalMillis ?? (isLong(request) ? LONG_MILLIS : TOTAL_MILLIS);
      const late = (): void => this.#end(new StalledError(`${this.#name}: no answer in ${millis / 1000} s`));
      this.#timer = setTimeout(late, millis);
    }
  }

  get signal(): AbortSignal {
    return this.#control.signal;
  }

  /** Our own, because the SDK reports an abort only after the body of the request is sent. */
  race<T>(answer: Promise<T>): Promise<T> {
    return unlessAborted(this.signal, answer);
  }

  follow(body: Readable): void {
    this.#body = body;
    // The reader of the body gets the error too; here it must only not count as unhandled.
    body.on('error', () => undefined);
    // Paused, so that the listener does not make it flow before its reader is attached.
    if (this.#transfer !== undefined) body.pause().on('data', ({ length }: Buffer) => this.#transfer?.count(length));
    body.once('end', () => this.finish()).once('close', () => this.finish());
  }

  finish(): void {
    this.#transfer?.end();
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener('abort', this.#onAbort);
  }

  readonly #onAbort = (): void => this.#end(this.#outer?.reason);

  #end(reason: Error): void {
    this.finish();
    this.#control.abort(reason);
    this.#body?.destroy(reason);
  }
}

const isLong = ({ headers, query, method }: Request): boolean =>
  'x-amz-copy-source' in headers || (method === 'POST' && query?.uploadId !== undefined);
