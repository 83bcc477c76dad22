import { createReadStream, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Authenticator, type BodyPromise } from './auth';
import { type Body, receiveBody } from './body';
import type { Bucket } from './bucket';
import { errorMessage, S3Error } from './errors';
import { checkKey } from './keys';
import type { Call, FileSlice, Operation, Reply } from './operation';
import { type Address, findOperation, parseAddress } from './route';
import type { Credentials } from './signature';
import { Store } from './store';
import { element, errorDocument } from './xml';

/** What the fault hook is told about a request. */
export interface RequestEvent {
  /** `before`: received and checked, nothing has happened yet. `after`: it took effect (or failed), nothing was sent yet. */
  readonly phase: 'before' | 'after';
  /** As the API reference names it, for example `PutObject`. */
  readonly operation: string;
  readonly bucket: string;
  readonly key: string;
  readonly requestId: string;
  /** Status of the answer about to be sent; 0 before the operation. */
  readonly status: number;
}

/** An answer in place of the real one, or `drop`: the connection is destroyed without an answer. */
export type Fault = { readonly status: number; readonly code: string } | 'drop';

export interface S3ServerOptions {
  /** Folder of the buckets; created if it is missing. */
  readonly root: string;
  /** @default 0, any free port */
  readonly port?: number;
  /** Buckets to create unless they exist. @default none */
  readonly buckets?: Readonly<Record<string, { readonly versioned?: boolean }>>;
  /** Time of everything the server writes down. @default the system's clock */
  readonly clock?: () => Date;
  /** Called before and after each operation; may wait, and may return or throw a fault. */
  readonly onRequest?: (event: RequestEvent) => Promise<Fault | undefined> | Fault | undefined;
  /** The only credentials to accept, with their signatures verified. @default any well-formed signature passes */
  readonly credentials?: Credentials;
  /** Whether requests without a signature are served. @default false */
  readonly anonymous?: boolean;
}

export interface S3ServerStats {
  /** Requests by operation, failed ones included. */
  readonly requests: Readonly<Record<string, number>>;
  /** Bytes of request bodies that took part in an operation. */
  readonly bytesReceived: number;
  /** Bytes of response bodies. */
  readonly bytesSent: number;
}

export interface S3Server {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  readonly port: number;
  /** Drops open connections and releases the folder. */
  close(): Promise<void>;
  stats(): S3ServerStats;
}

const MAX_DOCUMENT_BYTES = 8 << 20;
const NO_BODY: Body = { size: 0, md5: '', checksum: undefined, content: Buffer.alloc(0) };
/** Clients keep idle connections for reuse; closing them first would race with their next request. */
const KEEP_ALIVE_MS = 120_000;

/**
 * Serves the S3 protocol over a local folder, on the loopback interface only. Objects are plain files
 * `<root>/<bucket>/<key>`; everything else lies in `<root>/.s3`.
 * @throws Error when another process serves the folder, or the port is taken
 */
export async function startS3Server(options: S3ServerOptions): Promise<S3Server> {
  const clock = options.clock;
  const now = clock === undefined ? Date.now : () => clock().getTime();
  const store = new Store(options.root, now);
  for (const [name, { versioned }] of Object.entries(options.buckets ?? {})) {
    const bucket = store.buckets.get(name) ?? store.create(name);
    if (versioned === true && bucket.versioning === undefined) store.setVersioning(bucket, 'Enabled');
  }
  const handler = new RequestHandler(store, options, now);
  const server = createServer({ keepAlive: true, keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) =>
    handler.handle(request, response),
  );
  server.requestTimeout = 0;
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(options.port ?? 0, '127.0.0.1', resolve);
    });
  } catch (error) {
    store.close();
    throw error;
  }
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    port,
    stats: () => handler.stats(),
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      await handler.idle();
      store.close();
    },
  };
}

class RequestHandler {
  readonly #requests: Record<string, number> = {};
  #bytesReceived = 0;
  #bytesSent = 0;
  #served = 0;
  readonly #running = new Set<Promise<void>>();
  readonly #authenticator: Authenticator;

  constructor(
    private readonly store: Store,
    private readonly options: S3ServerOptions,
    private readonly now: () => number,
  ) {
    this.#authenticator = new Authenticator(options.credentials, options.anonymous === true);
  }

  stats(): S3ServerStats {
    return { requests: { ...this.#requests }, bytesReceived: this.#bytesReceived, bytesSent: this.#bytesSent };
  }

  /** Resolves when no operation is under way any more. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    const running = this.#serve(request, response).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
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
    if (reply === 'drop') request.destroy();
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
    const body = operation.body === undefined ? NO_BODY : await this.#receive(operation, request, promise);
    this.#bytesReceived += body.size;
    try {
      const { bucket, key } = address;
      const event = { operation: operation.name, bucket, key, requestId };
      const before = await this.#hook({ ...event, phase: 'before', status: 0 });
      if (before !== undefined) return faultReply(before, address, requestId);
      const call = new RequestCall(this.store, operation.name, address, headers, requestId, this.now, body);
      let reply: Reply;
      try {
        reply = await operation.run(call);
      } catch (error) {
        reply = errorReply(error, address, requestId);
      }
      const after = await this.#hook({ ...event, phase: 'after', status: reply.status });
      return after === undefined ? reply : faultReply(after, address, requestId);
    } finally {
      if (typeof body.content === 'string') rmSync(body.content, { force: true });
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

  async #hook(event: RequestEvent): Promise<Fault | undefined> {
    if (this.options.onRequest === undefined) return undefined;
    try {
      return await this.options.onRequest(event);
    } catch (thrown) {
      return isFault(thrown) ? thrown : { status: 500, code: 'InternalError' };
    }
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
    if (typeof body === 'string' || Buffer.isBuffer(body)) response.end(body);
    else sendFile(response, body);
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
  stream.on('error', () => response.destroy());
  response.on('close', () => stream.destroy());
  stream.pipe(response);
}

const bodyLength = (body: Reply['body']): number => {
  if (body === undefined) return 0;
  return typeof body === 'string' ? Buffer.byteLength(body) : body.length;
};

const isFault = (thrown: unknown): thrown is Fault =>
  thrown === 'drop' || (typeof thrown === 'object' && thrown !== null && 'status' in thrown && 'code' in thrown);

type Target = Pick<Address, 'bucket' | 'key'>;

function errorReply(error: unknown, target: Target, requestId: string): Reply {
  const known = error instanceof S3Error ? error : internalError(error);
  return document(known.status, known.code, known.message, known.details, known.headers, target, requestId);
}

function internalError(error: unknown): S3Error {
  const reason = error instanceof Error ? error.message : String(error);
  return new S3Error('InternalError', { details: { Reason: reason } });
}

function faultReply(fault: Fault, target: Target, requestId: string): Reply | 'drop' {
  if (fault === 'drop') return 'drop';
  return document(fault.status, fault.code, errorMessage(fault.code), {}, [], target, requestId);
}

function document(
  status: number,
  code: string,
  message: string,
  details: Readonly<Record<string, string>>,
  headers: readonly string[],
  target: Target,
  requestId: string,
): Reply {
  const all = { ...(target.key === '' ? {} : { Resource: `/${target.bucket}/${target.key}` }), ...details };
  const elements = Object.entries(all).map(([name, value]) => element(name, value));
  const content =
    element('Code', code) + element('Message', message) + elements.join('') + element('RequestId', requestId);
  return { status, headers: ['Content-Type', 'application/xml', ...headers], body: errorDocument(content) };
}
