import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';

const MIB = 1024 * 1024;

/** What an attack is made with. */
export interface Target {
  readonly port: number;
  /** Of a subject of its own, with the roles of a producer. */
  readonly token: string;
  readonly isOver: () => boolean;
  /** Counts a request, or a connection. */
  readonly sent: () => void;
}

export type Attack = (target: Target) => Promise<void>;

const head = (token: string, dataset: string, ...headers: string[]): string =>
  [
    `POST /v1/datasets/${dataset}/events HTTP/1.1`,
    'Host: soak',
    `Authorization: Bearer ${token}`,
    'Content-Type: application/x-ndjson',
    ...headers,
    '\r\n',
  ].join('\r\n');

const request = (token: string, dataset: string, body: Buffer, ...headers: string[]): Buffer =>
  Buffer.concat([Buffer.from(head(token, dataset, ...headers, `Content-Length: ${body.length}`)), body]);

const GZIP = 'Content-Encoding: gzip';

function dial(port: number): Socket {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  return socket;
}

/** A caller that is cut off comes back after so long. Faster ones are a flood, which the WAF's rate rule is for. */
const COME_BACK_MS = 1_000;

/** Keeps so many connections, each made anew when it has ended. */
async function keep(target: Target, count: number, use: (socket: Socket) => void): Promise<void> {
  const one = async (): Promise<void> => {
    while (!target.isOver()) {
      const socket = dial(target.port);
      target.sent();
      use(socket);
      const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
      socket.resume();
      while (!target.isOver() && !socket.destroyed) await Promise.race([ended, sleep(250)]);
      socket.destroy();
      await sleep(COME_BACK_MS);
    }
  };
  await Promise.all(Array.from({ length: count }, one));
}

/** Sends the same bytes again and again on so many connections, each when it has its answers, with a pause. */
async function repeat(target: Target, count: number, bytes: Buffer, pauseMs: number, answers = 1): Promise<void> {
  const one = async (): Promise<void> => {
    let socket = dial(target.port);
    while (!target.isOver()) {
      if (socket.destroyed) socket = dial(target.port);
      target.sent();
      socket.write(bytes);
      await new Promise<void>((resolve) => {
        let left = answers;
        const done = (): void => {
          clearTimeout(timer);
          socket.off('data', hear).off('close', done);
          resolve();
        };
        const hear = (chunk: Buffer): void => {
          left -= chunk.toString('latin1').split('HTTP/1.1 ').length - 1;
          if (left <= 0) done();
        };
        const timer = setTimeout(done, 5_000);
        socket.on('data', hear).on('close', done);
      });
      await sleep(pauseMs);
    }
    socket.destroy();
  };
  await Promise.all(Array.from({ length: count }, one));
}

const lines = (count: number, line: (index: number) => string): Buffer =>
  Buffer.from(Array.from({ length: count }, (_, index) => `${line(index)}\n`).join(''));

/** By name; each has a subject of its own. */
export const ATTACKS: Readonly<Record<string, Attack>> = {
  'twelve unfinished bodies of 4 MiB': (target) =>
    keep(target, 12, (socket) => {
      socket.write(head(target.token, 'access_logs', `Content-Length: ${4 * MIB}`));
      socket.write(Buffer.alloc(4 * MIB - 1, 0x20));
    }),

  'bodies by drops': (target) =>
    keep(target, 50, (socket) => {
      socket.write(head(target.token, 'access_logs', 'Content-Length: 1000000'));
      const timer = setInterval(() => socket.write(' '), 500);
      socket.once('close', () => clearInterval(timer));
    }),

  'heads by drops': (target) =>
    keep(target, 100, (socket) => {
      socket.write('POST /v1/datasets/access_logs/events HTTP/1.1\r\nHost: soak\r\nX: ');
      const timer = setInterval(() => socket.write('x'), 500);
      socket.once('close', () => clearInterval(timer));
    }),

  'bodies in pieces of one byte': (target) =>
    keep(target, 2, (socket) => {
      socket.write(head(target.token, 'access_logs', 'Transfer-Encoding: chunked'));
      const pieces = '1\r\n \r\n'.repeat(5_000);
      const timer = setInterval(() => socket.write(pieces), 50);
      socket.once('close', () => clearInterval(timer));
    }),

  'thousands of map members': (target) => {
    const members = Array.from({ length: 1_900 }, (_, i) => `"code-${i}":"1.00"`).join(',');
    const event = (i: number): string =>
      `{"order_id":"soak-${i}","ordered_at":${Date.now()},"status":"paid","currency":"EUR","total":"1.00",` +
      `"tenant":"acme","discounts":{${members}}}`;
    const body = gzipSync(lines(350, event));
    return repeat(target, 4, request(target.token, 'orders', body, GZIP), 20);
  },

  'compressed blanks': (target) => {
    const body = gzipSync(Buffer.alloc(16 * MIB - 1, 0x20));
    return repeat(target, 4, request(target.token, 'access_logs', body, GZIP), 20);
  },

  'compressed newlines': (target) => {
    const body = gzipSync(Buffer.alloc(16 * MIB - 1, 0x0a));
    return repeat(target, 4, request(target.token, 'access_logs', body, GZIP), 20);
  },

  'thousands of gzip members': (target) => {
    const empty = gzipSync('');
    const body = Buffer.concat(Array.from({ length: 100_000 }, () => empty));
    return repeat(target, 2, request(target.token, 'access_logs', body, GZIP), 50);
  },

  'a long partition header': (target) => {
    const event = (i: number): string =>
      `{"order_id":"${i}","ordered_at":${Date.now()},"status":"paid","currency":"EUR","total":"1.00"}`;
    const body = gzipSync(lines(10_000, event));
    const header = `Lake-Partition-Tenant: ${'x'.repeat(14_000)}`;
    return repeat(target, 4, request(target.token, 'orders', body, GZIP, header), 20);
  },

  'ten thousand events that do not fit': (target) => {
    const body = gzipSync(lines(10_000, (i) => `{"${'x'.repeat(500)}":${i}}`));
    return repeat(target, 4, request(target.token, 'access_logs', body, GZIP), 20);
  },

  'answers that nobody takes': (target) => {
    const body = gzipSync(lines(5_000, () => '{"a":1}'));
    const bytes = request(target.token, 'access_logs', body, GZIP);
    return keep(target, 4, (socket) => {
      socket.pause();
      setImmediate(() => socket.pause());
      for (let i = 0; i < 20; i += 1) socket.write(bytes);
    });
  },

  'requests behind one another': (target) => {
    const body = lines(20, (i) => `{"event_id":"p-${i}","event_time":${Date.now()}}`);
    const bytes = Buffer.concat(Array.from({ length: 50 }, () => request(target.token, 'access_logs', body)));
    return repeat(target, 10, bytes, 50, 50);
  },

  'connections that break off': (target) =>
    keep(target, 10, (socket) => {
      socket.write(
        request(
          target.token,
          'access_logs',
          lines(500, (i) => `{"event_id":"b-${i}","event_time":1}`),
        ),
      );
      setTimeout(() => socket.destroy(), 5);
    }),

  'bodies without a token': (target) =>
    repeat(target, 10, request('a.b.c', 'access_logs', Buffer.alloc(200_000, 0x20)), 200),
};
