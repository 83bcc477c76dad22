import { createHash } from 'node:crypto';
import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as the proxy saw it. */
export interface SeenRequest {
  readonly method: string;
  /** Request target, with its query. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
}

/** What becomes of a request. */
export interface Spoil {
  /**
   * - `refuse`: answers in place of the server, which never sees the request
   * - `lose`: the request takes effect, and its answer is replaced by this one
   * - `cut`: the connection ends before the server sees the request
   * - `cut-answer`: the request takes effect, and the connection ends without an answer
   * - `cut-body`: the connection ends in the middle of the answer's body
   */
  readonly kind: 'refuse' | 'lose' | 'cut' | 'cut-answer' | 'cut-body';
  /** Status of `refuse` and `lose`. @default 503 */
  readonly status?: number;
  /** S3's error code for `refuse` and `lose`. @default SlowDown */
  readonly code?: string;
}

export interface Fault extends Spoil {
  /** Matched against `METHOD target`, for example `/^PUT .*partNumber=2/`. */
  readonly on: RegExp;
  /** How many matching requests it meets. @default 1 */
  readonly times?: number;
}

/** Stands between a client and an S3 endpoint, and spoils what it is told to. */
export class FaultProxy {
  readonly requests: SeenRequest[] = [];
  readonly #upstream: URL;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #server = createServer((incoming, answer) => void this.#handle(incoming, answer));
  #faults: { fault: Fault; left: number }[] = [];
  #denied: { key: string; code: string; left: number } | undefined;
  #choose: ((request: SeenRequest) => Spoil | undefined) | undefined;

  private constructor(upstream: string) {
    this.#upstream = new URL(upstream);
  }

  static async start(upstream: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(upstream);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Forgets earlier faults and requests. */
  plan(...faults: readonly Fault[]): void {
    this.#faults = faults.map((fault) => ({ fault, left: fault.times ?? 1 }));
    this.#denied = undefined;
    this.requests.length = 0;
  }

  /** Asks for each request what becomes of it, and keeps none, from now on. */
  spoil(choose: (request: SeenRequest) => Spoil | undefined): void {
    this.plan();
    this.#choose = choose;
  }

  /** So many batches of deletes are answered with this error for this key, until the next plan. */
  denyDelete(key: string, code = 'AccessDenied', times = Number.POSITIVE_INFINITY): void {
    this.#denied = { key, code, left: times };
  }

  /** Requests since the plan that match. */
  count(pattern: RegExp): number {
    return this.requests.filter(({ method, target }) => pattern.test(`${method} ${target}`)).length;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    this.#agent.destroy();
    await closed;
  }

  async #handle(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const { method = '', url: target = '', headers } = incoming;
    const fault = this.#faultOf({ method, target, headers });
    if (fault?.kind === 'cut') {
      incoming.socket.destroy();
      return;
    }
    try {
      if (fault?.kind === 'refuse') {
        // The body is read first: S3 answers early only in rare cases, and a client that still writes sees a reset.
        for await (const _ of incoming);
        sendError(answer, fault);
        return;
      }
      if (this.#denied !== undefined && this.#denied.left > 0 && method === 'POST' && /[?&]delete\b/.test(target)) {
        this.#denied.left--;
        await this.#deleteAllBut(this.#denied, incoming, answer);
        return;
      }
      await this.#forward(incoming, answer, fault);
    } catch {
      incoming.socket.destroy();
    }
  }

  #faultOf(seen: SeenRequest): Spoil | undefined {
    if (this.#choose !== undefined) return this.#choose(seen);
    this.requests.push(seen);
    const planned = this.#faults.find(({ fault, left }) => left > 0 && fault.on.test(`${seen.method} ${seen.target}`));
    if (planned !== undefined) planned.left--;
    return planned?.fault;
  }

  async #deleteAllBut(
    { key: denied, code }: { readonly key: string; readonly code: string },
    incoming: IncomingMessage,
    answer: ServerResponse,
  ): Promise<void> {
    const body = (await readAll(incoming)).toString();
    const objects = body.match(/<Object>.*?<\/Object>/gs) ?? [];
    const kept = objects.filter((object) => !object.includes(`<Key>${denied}</Key>`));
    const error = `<Error><Key>${denied}</Key><Code>${code}</Code><Message>by the test</Message></Error>`;
    if (kept.length === 0) {
      answer.writeHead(200, { 'content-type': 'application/xml' });
      answer.end(`<DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${error}</DeleteResult>`);
      return;
    }
    const sent = Buffer.from(`<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${kept.join('')}</Delete>`);
    const headers = Object.fromEntries(
      Object.entries(incoming.headers).filter(([name]) => !/checksum|content-length|transfer-encoding/.test(name)),
    );
    const outgoing = request({
      hostname: this.#upstream.hostname,
      port: this.#upstream.port,
      method: 'POST',
      path: incoming.url,
      agent: this.#agent,
      headers: {
        ...headers,
        'content-length': sent.length,
        'content-md5': createHash('md5').update(sent).digest('base64'),
        'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
      },
    });
    const received = new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.on('response', resolve).on('error', reject);
    });
    outgoing.end(sent);
    const result = await received;
    const text = (await readAll(result)).toString();
    answer.writeHead(result.statusCode ?? 502, { 'content-type': 'application/xml' });
    answer.end(text.replace('</DeleteResult>', `${error}</DeleteResult>`));
  }

  #forward(incoming: IncomingMessage, answer: ServerResponse, fault: Spoil | undefined): Promise<void> {
    const { hostname, port } = this.#upstream;
    const { method, url: path, headers } = incoming;
    return new Promise((resolve, reject) => {
      const outgoing = request({ hostname, port, method, path, headers, agent: this.#agent }, (received) => {
        if (fault === undefined) {
          answer.writeHead(received.statusCode ?? 502, received.headers);
          received.pipe(answer).on('finish', resolve).on('error', reject);
          return;
        }
        const chunks: Buffer[] = [];
        received.on('data', (chunk: Buffer) => chunks.push(chunk));
        received.on('error', reject);
        received.on('end', () => {
          if (fault.kind === 'lose') sendError(answer, fault);
          else if (fault.kind === 'cut-body') cutBody(answer, received, Buffer.concat(chunks));
          else incoming.socket.destroy();
          resolve();
        });
      });
      outgoing.on('error', reject);
      incoming.on('error', reject);
      incoming.pipe(outgoing);
    });
  }
}

function sendError(answer: ServerResponse, { status = 503, code = 'SlowDown' }: Spoil): void {
  const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>by the test</Message></Error>`;
  answer.writeHead(status, { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(body) });
  answer.end(body);
}

function cutBody(answer: ServerResponse, received: IncomingMessage, body: Buffer): void {
  answer.writeHead(received.statusCode ?? 502, received.headers);
  answer.write(body.subarray(0, Math.floor(body.length / 2)), () => answer.destroy());
}

async function readAll(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
