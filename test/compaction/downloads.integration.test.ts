/** Every way out of a download ends it: the connection closes, and the worker can be finished. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { DownloadOutcome } from '../../lambda/compaction/download/job';
import { loadObjects } from '../../lambda/compaction/download/loader';
import { inlineWorker, threadWorker } from '../../lambda/compaction/download/workers';
import { Deadline, within } from '../../lambda/compaction/limits/deadline';
import type { ObjectInfo } from '../../lambda/compaction/store/object-store';
import { inputFormat } from '../../lib/dataset';
import { fastFolder } from '../support/fast-folder';
import { type Answer, HostileServer } from './support/hostile-server';
import { line, testDataset } from './support/real-lake';

const MIB = 1024 * 1024;
/** Short, so that a stall is soon one; and long enough that a busy machine does not make one. */
const STALL_MILLIS = 600;
/** No way out of a download may take longer; the tests of a stall wait for one. */
const BOUND_MILLIS = 60_000;

const dataset = testDataset({ input: { formats: ['ndjson', 'csv'] } });

let directory: string;
let server: HostileServer;
beforeEach(async () => {
  directory = await mkdtemp(path.join(fastFolder(), 'downloads-'));
});
afterEach(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

const settings = (more: { maxObjectBytes?: number; directory?: string } = {}) => ({
  dataset,
  directory,
  name: 'test',
  maxObjectBytes: 64 * MIB,
  stallMillis: STALL_MILLIS,
  ...more,
});

interface Case {
  readonly name?: string;
  /** As listed. @default the length of the body */
  readonly size?: number;
  readonly more?: Parameters<typeof settings>[0];
}

const WORKERS = { 'in this thread': inlineWorker, 'in a worker': threadWorker };

/** Downloads one object, and finishes the worker. Both, and the end of the connection, must come in time. */
async function download(
  answer: Answer,
  { name = 'x.json', size = 0, more = {} }: Case,
  open: keyof typeof WORKERS = 'in this thread',
): Promise<DownloadOutcome> {
  server = await HostileServer.open(answer);
  const worker = WORKERS[open](settings(more));
  const request = { origin: server.origin, path: '/x', headers: {} };
  const job = { id: 1, request, size, format: inputFormat(dataset, name) };
  const outcome = await within(BOUND_MILLIS, 'the download', worker.download(job));
  // Not only with its worker, which may have hours to go.
  if (outcome.status === 'unreadable') await within(BOUND_MILLIS, 'the end of the response', server.allClosed());
  await within(BOUND_MILLIS, 'the end of the worker', worker.finish());
  await within(BOUND_MILLIS, 'the end of the connection', server.allClosed());
  return outcome;
}

/** A body that is sent at once. */
const whole =
  (body: Buffer): Answer =>
  (response) =>
    response.writeHead(200, { 'content-length': body.length }).end(body);

/** The start of an object, and then nothing: what nobody ends stays open. */
const start =
  (body: Buffer, size: number): Answer =>
  (response) =>
    void response.writeHead(200, { 'content-length': size }).write(body);

/** Four kB: an object of few lines is read fast. */
const LONG_LINE = line('x'.repeat(4_000));
const OPEN_QUOTE = Buffer.concat([Buffer.from('id,at,n\n1,"'), Buffer.alloc(18 * MIB, 'x')]);
const ODD_LINES = Buffer.from(`${'x'.repeat(999)}\n`.repeat(80_000));

describe('an object that is refused before its end is read', () => {
  const cases: [string, string, Buffer, RegExp, NonNullable<Case['more']>][] = [
    ['a CSV with a wrong header', 'x.csv', Buffer.from(`a,b\n${'1,2\n'.repeat(200)}`), /column/, {}],
    ['a line of 17 MiB', 'x.json', Buffer.alloc(17 * MIB, ' x'), /line|bytes/, {}],
    ['a record that never ends', 'x.json', Buffer.from(`[{"a":[${'"1",'.repeat(5_000_000)}`), /longer/, {}],
    ['a quote that never ends', 'x.csv', OPEN_QUOTE, /quote|record|bytes/, {}],
    [
      'a format that the dataset does not declare',
      'x.parquet',
      Buffer.from(`PAR1${'x'.repeat(9_999)}`),
      /declares/,
      {},
    ],
    ['more than 64 MiB of rejected lines', 'x.json', ODD_LINES, /rejected/, { maxObjectBytes: 512 * MIB }],
    ['more than 100,000 rejected lines', 'x.json', Buffer.from('12345\n'.repeat(200_000)), /100000.*rejected/, {}],
    [
      'more than it may inflate to',
      'x.json.gz',
      gzipSync(Buffer.alloc(4 * MIB, '\n')),
      /inflates/,
      { maxObjectBytes: MIB },
    ],
    [
      'bytes that are no gzip',
      'x.json.gz',
      Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.alloc(99_999, 7)]),
      /gzip/,
      {},
    ],
  ];
  test.each(cases)('%s, by a server that sends no more', async (_, name, body, reason, more) => {
    const outcome = await download(start(body, 200 * MIB), { name, size: 200 * MIB, more });
    expect(outcome).toMatchObject({ status: 'unreadable', reason: expect.stringMatching(reason) });
    expect(await readdir(directory)).toEqual([]);
  });

  test('Parquet that is not declared, in pieces of one byte', async () => {
    const answer: Answer = async (response) => {
      response.writeHead(200, { 'content-length': 200 * MIB });
      for (const letter of 'PAR1') {
        response.write(letter);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      response.write('x'.repeat(9_999));
    };
    expect(await download(answer, { size: 200 * MIB })).toMatchObject({
      status: 'unreadable',
      reason: expect.stringMatching(/parquet.* declares/),
    });
  });

  test('while the server goes on sending', async () => {
    const answer: Answer = (response) => {
      response.writeHead(200, { 'content-length': 400 * MIB });
      server.every(1, response, Buffer.alloc(64 * 1024, 'a,b\n'));
    };
    expect(await download(answer, { name: 'x.csv', size: 400 * MIB })).toMatchObject({ status: 'unreadable' });
  });

  test('in a worker', async () => {
    const answer = start(Buffer.from(`a,b\n${'1,2\n'.repeat(200)}`), 200 * MIB);
    const outcome = await download(answer, { name: 'x.csv', size: 200 * MIB }, 'in a worker');
    expect(outcome).toMatchObject({ status: 'unreadable' });
  });
});

test('an object that cannot be written to the disk fails the task', async () => {
  const more = { directory: path.join(directory, 'missing') };
  const body = Buffer.from(line('1').repeat(30_000));
  const outcome = await download(start(body, 200 * MIB), { size: 200 * MIB, more });
  expect(outcome).toMatchObject({ status: 'failed', error: expect.stringContaining('ENOENT') });
});

describe.each([
  ['a small object', 1_000],
  ['a large one', 20 * MIB],
])('%s', (_, size) => {
  test.each([
    ['whose server says nothing', () => undefined],
    ['whose body stops', (response) => void response.writeHead(200, { 'content-length': size }).write('{')],
    [
      'whose body comes byte by byte',
      (response) => {
        response.writeHead(200, { 'content-length': size });
        server.every(20, response, '\n');
      },
    ],
  ] satisfies [string, Answer][])('%s is given up, and may be tried again', async (__, answer) => {
    expect(await download(answer, { size })).toMatchObject({
      status: 'failed',
      retryable: true,
      error: expect.stringMatching(/no progress: \d+ bytes came in 0.6 s/),
    });
  });

  test.each([
    ['whose connection breaks', (response) => void response.writeHead(200, { 'content-length': size }).destroy()],
    [
      'that is cut short',
      (response) => void response.writeHead(200, { 'transfer-encoding': 'chunked' }).end('\n'.repeat(99)),
    ],
    [
      'that is longer than listed',
      (response) =>
        void response.writeHead(200, { 'transfer-encoding': 'chunked' }).write(Buffer.alloc(size + 1, LONG_LINE)),
    ],
  ] satisfies [string, Answer][])('%s is not an object, and may be tried again', async (__, answer) => {
    expect(await download(answer, { size })).toMatchObject({ status: 'failed', retryable: true });
  });

  test.each([
    ['that never ends', true],
    ['of 100 MB', false],
  ])('that is refused with a text %s: the status is what counts', async (__, endless) => {
    const answer: Answer = (response) => {
      response.writeHead(403, { 'content-type': 'application/xml' });
      response.write('<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code>');
      if (endless) server.every(20, response, ' ');
      else response.end(Buffer.alloc(100e6, ' '));
    };
    expect(await download(answer, { size })).toMatchObject({ error: 'HTTP 403 AccessDenied' });
  });

  test('that is not there any more, by a server that never says so to the end', async () => {
    const answer: Answer = (response) => void response.writeHead(404).write('<Error>');
    expect(await download(answer, { size })).toMatchObject({ status: 'changed' });
  });
});

test('a connection is used again after an object that was read to its end', async () => {
  const body = Buffer.from(LONG_LINE.repeat(1_300));
  server = await HostileServer.open(whole(body));
  const worker = inlineWorker(settings());
  for (let id = 0; id < 6; id++) {
    const request = { origin: server.origin, path: '/x', headers: {} };
    const outcome = await worker.download({ id, request, size: body.length, format: 'ndjson' });
    expect(outcome).toMatchObject({ status: 'taken' });
  }
  // The next request may begin before the connection of the last one is known to be free.
  expect(server.openSockets).toBeLessThanOrEqual(2);
  await worker.finish();
});

test('a reader that takes long between pieces is not the fault of the server', async () => {
  const body = Buffer.from(LONG_LINE.repeat(500));
  server = await HostileServer.open(whole(body));
  const worker = inlineWorker({ ...settings(), stallMillis: 20 });
  const request = { origin: server.origin, path: '/x', headers: {} };
  const busy = setInterval(() => {
    for (const end = Date.now() + 40; Date.now() < end; );
  }, 1);
  try {
    const outcome = await worker.download({ id: 0, request, size: body.length, format: 'ndjson' });
    expect(outcome).toMatchObject({ status: 'taken' });
  } finally {
    clearInterval(busy);
  }
  await worker.finish();
});

describe('a batch', () => {
  const object = (key: string, size: number): ObjectInfo => ({ key, size, etag: '"e"', lastModified: new Date() });
  const load = (objects: readonly ObjectInfo[], more: object = {}) =>
    loadObjects({ get: async (key) => ({ origin: server.origin, path: `/${key}`, headers: {} }) }, objects, {
      ...settings(),
      workers: 2,
      maxLocalBytes: 64 * MIB,
      maxAttempts: 2,
      ...more,
    });

  test('tries a stalled download again, then gives up with its key', async () => {
    server = await HostileServer.open((response, { url }) => {
      if (url === '/good.json') response.end(line('1'));
    });
    const batch = load([object('good.json', line('1').length), object('stuck.json', 100)]);
    await expect(within(BOUND_MILLIS, 'the batch', batch)).rejects.toThrow(
      /GET stuck.json: no progress: 0 bytes came in 0.6 s \(attempt 2 of 2\)/,
    );
    expect(server.requests).toBe(3);
    await server.allClosed();
  });

  test('a stall that passes costs one more request', async () => {
    server = await HostileServer.open((response) => {
      if (server.requests > 1) response.end(line('1'));
    });
    const { objects } = await within(BOUND_MILLIS, 'the batch', load([object('a.json', line('1').length)]));
    expect(objects).toMatchObject([{ status: 'taken', accepted: 1 }]);
  });

  test.each([
    ['in this thread', 2 * MIB],
    ['in workers', 20 * MIB],
  ])('ends at the deadline, with the keys under way, %s', async (_, size) => {
    server = await HostileServer.open((response) => {
      response.writeHead(200, { 'content-length': size });
      server.every(20, response, '\n');
    });
    const deadline = new Deadline(1_000);
    const batch = load([object('a.json', size), object('b.json', size)], {
      signal: deadline.signal,
      stallMillis: 60_000,
    });
    await expect(within(BOUND_MILLIS, 'the batch', batch)).rejects.toThrow(
      expect.objectContaining({
        name: 'DeadlineError',
        message: expect.stringMatching(/given up after 1 s, its limit, downloading (a|b)\.json/),
      }),
    );
    await within(BOUND_MILLIS, 'the end of the connections', server.allClosed());
  });

  test('ends at the deadline while it waits to try again', async () => {
    server = await HostileServer.open((response) => response.writeHead(503).end());
    const deadline = new Deadline(300);
    const batch = load([object('a.json', 10)], { signal: deadline.signal, maxAttempts: 1_000 });
    await expect(within(BOUND_MILLIS, 'the batch', batch)).rejects.toThrow(/downloading a.json/);
  });
});
