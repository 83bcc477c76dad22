/**
 * The load generator, a process of its own: reads one JSON document with its orders from its input, and prints one with
 * what it measured. Raw sockets, because an HTTP client would cost more than the gateway that it measures.
 */

import { connect, type Socket } from 'node:net';
import { Bodies } from './events';

export interface Orders {
  readonly port: number;
  /** One for each user; connections take them in turn. */
  readonly tokens: readonly string[];
  readonly connections: number;
  readonly eventsARequest: number;
  /** Requests a second over all connections; undefined: each sends again as soon as it has its answer. */
  readonly rate?: number;
  readonly warmupSeconds: number;
  readonly seconds: number;
  /** Ids of events begin here. */
  readonly runId: number;
}

export interface Load {
  readonly requests: number;
  readonly seconds: number;
  /** Milliseconds from when a request was due to its answer. */
  readonly average: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly statuses: Readonly<Record<string, number>>;
  /** Requests that were due while every connection was waiting. */
  readonly late: number;
}

class Connection {
  dueAt = 0;
  isBusy = false;
  #text = '';

  constructor(
    readonly socket: Socket,
    readonly bodies: Bodies,
    readonly onAnswer: (connection: Connection, status: string) => void,
  ) {
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#read(chunk.toString('latin1')));
    socket.on('close', () => {
      if (this.isBusy) this.onAnswer(this, 'closed');
    });
    socket.on('error', () => {});
  }

  send(dueAt: number): void {
    this.dueAt = dueAt;
    this.isBusy = true;
    this.socket.write(this.bodies.next());
  }

  #read(text: string): void {
    this.#text += text;
    const headEnd = this.#text.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(this.#text.slice(0, headEnd))?.[1] ?? 0);
    if (this.#text.length < headEnd + 4 + length) return;
    const status = this.#text.slice(9, 12);
    this.#text = '';
    this.isBusy = false;
    this.onAnswer(this, status);
  }
}

async function run(orders: Orders): Promise<Load> {
  const { rate, tokens } = orders;
  const latencies: number[] = [];
  const statuses: Record<string, number> = {};
  let measuredFrom = Number.POSITIVE_INFINITY;
  let isOver = false;
  let late = 0;
  const idle: Connection[] = [];
  const answered = (connection: Connection, status: string): void => {
    const now = performance.now();
    if (connection.dueAt >= measuredFrom) {
      latencies.push(now - connection.dueAt);
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
    if (status === 'closed' || isOver) return;
    if (rate === undefined) connection.send(now);
    else idle.push(connection);
  };
  const pools = new Map<string, Bodies>();
  let made = 0;
  const bodiesFor = (token: string): Bodies => {
    const known = pools.get(token);
    if (known !== undefined) return known;
    const type = orders.eventsARequest === 1 ? 'application/json' : 'application/x-ndjson';
    const head = (bytes: number): string =>
      `POST /v1/datasets/access_logs/events HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer ${token}\r\n` +
      `Content-Type: ${type}\r\nContent-Length: ${bytes}\r\n\r\n`;
    const bodies = new Bodies(orders.eventsARequest, head, orders.runId + made * 1_000_000);
    made += 1;
    pools.set(token, bodies);
    return bodies;
  };
  const connections = await openAll(orders, (socket, index) => {
    const token = tokens[index % tokens.length] as string;
    return new Connection(socket, bodiesFor(token), answered);
  });

  process.stdout.write('go\n');
  const started = performance.now();
  measuredFrom = started + orders.warmupSeconds * 1000;
  const end = measuredFrom + orders.seconds * 1000;
  if (rate === undefined) {
    for (const connection of connections) connection.send(started);
    await pause(end - performance.now());
  } else {
    idle.push(...connections);
    let at = 0;
    for (let due = started; due < end; ) {
      const now = performance.now();
      for (; due <= now && due < end; due += 1000 / rate) {
        const connection = idle[at];
        if (connection === undefined) {
          late += 1;
          continue;
        }
        at += 1;
        connection.send(due);
      }
      // What has been taken from the front is dropped now and then, not at each step.
      if (at > 20_000) {
        idle.splice(0, at);
        at = 0;
      }
      await pause(Math.max(0, Math.min(2, due - performance.now())));
    }
  }
  isOver = true;
  const finished = performance.now();
  for (let i = 0; i < 500 && connections.some(({ isBusy }) => isBusy); i += 1) await pause(10);
  for (const { socket } of connections) socket.destroy();
  return summary(latencies, statuses, (finished - measuredFrom) / 1000, late);
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => (milliseconds <= 0 ? setImmediate(resolve) : setTimeout(resolve, milliseconds)));

async function openAll(
  { connections, port }: Orders,
  make: (socket: Socket, index: number) => Connection,
): Promise<Connection[]> {
  const all: Connection[] = [];
  while (all.length < connections) {
    const wave = Array.from({ length: Math.min(200, connections - all.length) }, (_, index) => {
      return new Promise<Connection>((resolve, reject) => {
        const socket = connect(port, '127.0.0.1');
        socket.once('error', reject);
        socket.once('connect', () => {
          socket.removeListener('error', reject);
          resolve(make(socket, all.length + index));
        });
      });
    });
    all.push(...(await Promise.all(wave)));
  }
  return all;
}

function summary(latencies: number[], statuses: Record<string, number>, seconds: number, late: number): Load {
  const sorted = Float64Array.from(latencies).sort();
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  const sum = sorted.reduce((total, latency) => total + latency, 0);
  return {
    requests: sorted.length,
    seconds,
    average: sum / Math.max(1, sorted.length),
    p50: at(0.5),
    p99: at(0.99),
    max: at(1),
    statuses,
    late,
  };
}

async function main(): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  const load = await run(JSON.parse(Buffer.concat(chunks).toString('utf8')) as Orders);
  process.stdout.write(`${JSON.stringify(load)}\n`, () => process.exit(0));
}

void main();
