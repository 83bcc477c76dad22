import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

/**
 * What happens to a request. `lost`: the events are stored, and the connection breaks before the answer. `broken`: it breaks
 * before anything is stored. `half`: half of them are stored, and the answer is 503 with results. `proxy`: something else
 * answers 200.
 */
export type Fault =
  | ('none' | 'lost' | 'broken' | 'half' | 'proxy' | 'hang')
  | (429 | 500 | 502 | 503)
  | (400 | 401 | 403 | 404 | 405 | 415);

export interface Received {
  readonly at: number;
  readonly key: string;
  readonly authorization: string;
  readonly headers: IncomingMessage['headers'];
  readonly path: string;
  readonly lines: readonly string[];
  readonly fault: Fault;
}

export interface StandInOptions {
  /** Fault of each request, by its number from 0. @default none */
  readonly fault?: (request: number) => Fault;
  readonly retryAfter?: string;
  readonly maxEvents?: number;
  /** Milliseconds before an answer. @default 0 */
  readonly delayMs?: number;
}

/** The gateway's protocol with faults that a real one shows seldom. Events with `"status":"broken"` are rejected. */
export class GatewayStandIn {
  readonly received: Received[] = [];
  /** How often each event was put, by id. */
  readonly stored = new Map<string, number>();
  readonly #options: StandInOptions;
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  inFlight = 0;
  mostInFlight = 0;

  constructor(options: StandInOptions) {
    this.#options = options;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.inFlight += 1;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
    response.on('close', () => {
      this.inFlight -= 1;
    });
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const text = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString();
    const lines = text.split('\n').filter((line) => line !== '');
    const fault = this.#options.fault?.(this.received.length) ?? 'none';
    this.received.push({
      at: performance.now(),
      key: String(request.headers['idempotency-key']),
      authorization: String(request.headers.authorization),
      headers: request.headers,
      path: String(request.url),
      lines,
      fault,
    });
    if (this.#options.delayMs !== undefined) await new Promise((done) => setTimeout(done, this.#options.delayMs));
    this.#play(fault, lines, response);
  }

  #play(fault: Fault, lines: readonly string[], response: ServerResponse): void {
    if (fault === 'hang') return;
    if (fault === 'broken') {
      response.destroy();
    } else if (fault === 'lost') {
      this.#store(lines);
      response.destroy();
    } else if (fault === 'proxy') {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Welcome</h1>');
    } else if (typeof fault === 'number') {
      this.#problem(response, fault, 'made-up');
    } else if (lines.length > (this.#options.maxEvents ?? Number.POSITIVE_INFINITY)) {
      this.#problem(response, 413, 'too-many-events');
    } else {
      const failing = fault === 'half' ? Math.floor(lines.length / 2) : lines.length;
      const results = [
        ...this.#store(lines.slice(0, failing)),
        ...lines.slice(failing).map((_, i) => ({ index: failing + i, status: 'failed' })),
      ];
      this.#account(response, results);
    }
  }

  #problem(response: ServerResponse, status: number, code: string): void {
    const { retryAfter } = this.#options;
    response.writeHead(status, {
      'content-type': 'application/problem+json',
      ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
    });
    response.end(JSON.stringify({ type: `urn:lake:ingest:${code}`, status, detail: 'as the test wants it' }));
  }

  #store(lines: readonly string[]): { index: number; status: string; [more: string]: unknown }[] {
    return lines.map((line, index) => {
      const { event_id: id, status } = JSON.parse(line) as { event_id: string; status?: unknown };
      if (status === 'broken') {
        return { index, line: index + 1, status: 'rejected', code: 'invalid', field: 'status', message: 'no int' };
      }
      const times = this.stored.get(id) ?? 0;
      this.stored.set(id, times + 1);
      return { index, line: index + 1, status: times === 0 ? 'stored' : 'duplicate' };
    });
  }

  #account(response: ServerResponse, results: readonly { readonly status: string }[]): void {
    const count = (wanted: string): number => results.filter(({ status }) => status === wanted).length;
    const [stored, duplicates, rejected, failed] = ['stored', 'duplicate', 'rejected', 'failed'].map(count);
    const status = failed === 0 ? (rejected === 0 ? 200 : stored === 0 && duplicates === 0 ? 422 : 207) : 503;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ requestId: 'r', stored, duplicates, rejected, failed, skipped: 0, results }));
  }
}

const started: GatewayStandIn[] = [];

afterEach(async () => {
  for (const server of started.splice(0)) await server.stop();
});

export async function standIn(options: StandInOptions = {}): Promise<GatewayStandIn> {
  const server = new GatewayStandIn(options);
  await server.start();
  started.push(server);
  return server;
}
