import { closeSync, createReadStream, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import { Authenticator, type BodyPromise } from './auth';
import { type Body, receiveBody } from './body';
import type { Bucket } from './bucket';
import { errorReply, faultReply } from './error-reply';
import type { FileSlice } from './files';
import type { Fault, RequestEvent, RequestHook } from './hook';
import { checkKey } from './keys';
import type { Call, Operation, Reply } from './operation';
import { type Address, findOperation, parseAddress } from './route';
import type { Credentials } from './signature';
import type { Store } from './store';

export interface S3ServerStats {
  /** Requests by operation, failed ones included. */
  readonly requests: Readonly<Record<string, number>>;
  /** Bytes of request bodies that took part in an operation. */
  readonly bytesReceived: number;
  /** Bytes of response bodies. */
  readonly bytesSent: number;
}

export interface HandlerOptions {
  readonly onRequest?: RequestHook;
  readonly credentials?: Credentials;
  readonly anonymous?: boolean;
}

const MAX_DOCUMENT_BYTES = 8 << 20;
const NO_BODY: Body = { size: 0, md5: '', checksum: undefined, content: Buffer.alloc(0) };

/** Takes requests through their life: address, signature, body, hook, operation, hook, answer. */
export class RequestHandler {
  readonly #requests: Record<string, number> = {};
  #bytesReceived = 0;
  #bytesSent = 0;
  #served = 0;
  /** Bodies being received and operations being run; a request that waits in the hook is neither. */
  readonly #busy = new Set<Promise<unknown>>();
  #closed = false;
  readonly #authenticator: Authenticator;

  constructor(
    private readonly store: Store,
    private readonly options: HandlerOptions,
    private readonly now: () => number,
  ) {
    this.#authenticator = new Authenticator(options.credentials, options.anonymous === true);
  }

  stats(): S3ServerStats {
    return { requests: { ...this.#requests }, bytesReceived: this.#bytesReceived, bytesSent: this.#bytesSent };
  }

  /** Lets no further operation begin and waits for those under way. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.#busy.size > 0) await Promise.allSettled(this.#busy);
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = (++this.#served).toString(16).toUpperCase().padStart(16, '0');
    const isHead = request.method === 'HEAD';
    let reply: Reply | 'drop';
    let target = { bucket: '', key: '' };
    try {
      const address = parseAddress(request.url ?? '/', request.headers.host);
      target = address;
      const isCopy = request.headers['x-amz-copy-source'] !== undefined;
      const operation = findOperation(request.method ?? '', address, isCopy);
      this.#requests[operation.name] = (this.#requests[operation.name] ?? 0) + 1;
      reply = await this.#perform(operation, request, address, requestId);
    } catch (error) {
      reply = errorReply(error, target, requestId);
    }
    if (reply === 'drop') request.socket.destroy();
    else this.#send(response, reply, requestId, isHead);
  }

  async #perform(
    operation: Operation,
    request: IncomingMessage,
    address: Address,
    requestId: string,
  ): Promise<Reply | 'drop'> {
    const { headers } = request;
    const signed = { method: request.method ?? '', url: request.url ?? '', headers, query: address.query };
    const promise = this.#authenticator.authenticate(signed);
    checkKey(address.key);
    const body = operation.body === undefined ? NO_BODY : await this.#track(this.#receive(operation, request, promise));
    this.#bytesReceived += body.size;
    const call = new RequestCall(this.store, operation.name, address, headers, requestId, this.now, body);
    try {
      if (this.options.onRequest === undefined) return await this.#run(operation, call);
      return await this.#runHooked(operation, call, this.options.onRequest);
    } finally {
      if (typeof body.content === 'string') rmSync(body.content, { force: true });
    }
  }

  async #runHooked(operation: Operation, call: Call, hook: RequestHook): Promise<Reply | 'drop'> {
    const { bucketName: bucket, key, requestId } = call;
    const event = { operation: operation.name, bucket, key, requestId };
    const before = await askHook(hook, { ...event, phase: 'before', status: 0 });
    if (this.#closed) return 'drop';
    if (before !== undefined) return faultReply(before, { bucket, key }, requestId);
    const reply = await this.#run(operation, call);
    const after = await askHook(hook, { ...event, phase: 'after', status: reply.status });
    if (after === undefined) return reply;
    if (isSlice(reply.body)) closeSync(reply.body.fd);
    return faultReply(after, { bucket, key }, requestId);
  }

  async #run(operation: Operation, call: Call): Promise<Reply> {
    try {
      const result = operation.run(call);
      return result instanceof Promise ? await this.#track(result) : result;
    } catch (error) {
      return errorReply(error, { bucket: call.bucketName, key: call.key }, call.requestId);
    }
  }

  async #track<T>(work: Promise<T>): Promise<T> {
    this.#busy.add(work);
    try {
      return await work;
    } finally {
      this.#busy.delete(work);
    }
  }

  #receive(operation: Operation, request: IncomingMessage, promise: BodyPromise): Promise<Body> {
    if (operation.body === 'xml' && request.headers['content-length'] === undefined) {
      if (request.headers['transfer-encoding'] === undefined) return Promise.resolve(NO_BODY);
    }
    return receiveBody(request, {
      ...promise,
      tempFile: this.store.tempFile,
      digestRequired: operation.digestRequired === true,
      ignoreChecksum: operation.ownChecksum === true,
      ...(operation.body === 'xml' ? { maxBytes: MAX_DOCUMENT_BYTES } : {}),
    });
  }

  #send(response: ServerResponse, reply: Reply, requestId: string, isHead: boolean): void {
    const { body } = reply;
    const length = reply.length ?? bodyLength(body);
    const headers = ['x-amz-request-id', requestId, 'Server', 'AmazonS3', ...(reply.headers ?? [])];
    if (reply.status !== 204 && reply.status !== 304) headers.push('Content-Length', `${length}`);
    response.writeHead(reply.status, headers);
    if (isHead || body === undefined) {
      response.end();
      return;
    }
    this.#bytesSent += length;
    if (isSlice(body)) sendFile(response, body);
    else response.end(body);
  }
}

/** The bucket is looked up on use, so that its absence is answered by the operation that needs it. */
class RequestCall implements Call {
  constructor(
    readonly store: Store,
    readonly operation: string,
    private readonly address: Address,
    readonly headers: IncomingMessage['headers'],
    readonly requestId: string,
    readonly now: () => number,
    readonly body: Body,
  ) {}

  get bucketName(): string {
    return this.address.bucket;
  }

  get key(): string {
    return this.address.key;
  }

  get query(): ReadonlyMap<string, string> {
    return this.address.query;
  }

  get bucket(): Bucket {
    return this.store.bucket(this.address.bucket);
  }
}

function sendFile(response: ServerResponse, { fd, start, length }: FileSlice): void {
  const stream = createReadStream('', { fd, start, end: start + length - 1, highWaterMark: 1 << 20 });
  // A client that goes away, or a file that ends early, only ends the connection.
  pipeline(stream, response, () => {});
}

const isSlice = (body: Reply['body']): body is FileSlice => typeof body === 'object' && 'fd' in body;

const bodyLength = (body: Reply['body']): number => {
  if (body === undefined) return 0;
  return typeof body === 'string' ? Buffer.byteLength(body) : body.length;
};

async function askHook(hook: RequestHook, event: RequestEvent): Promise<Fault | undefined> {
  try {
    return await hook(event);
  } catch (thrown) {
    return isFault(thrown) ? thrown : { status: 500, code: 'InternalError' };
  }
}

const isFault = (thrown: unknown): thrown is Fault =>
  thrown === 'drop' || (typeof thrown === 'object' && thrown !== null && 'status' in thrown && 'code' in thrown);
