/** Nothing in a task waits without a bound: not a request, not a statement, not a sleep, whatever the other side does. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { compact } from '../../lambda/compaction/compactor';
import { RequestSigner } from '../../lambda/compaction/download/request-signer';
import { DuckDbConverter } from '../../lambda/compaction/engine/duckdb-converter';
import { EngineSession } from '../../lambda/compaction/engine/session';
import { Deadline, within } from '../../lambda/compaction/limits/deadline';
import { plan } from '../../lambda/compaction/planner';
import type { CompactionSettings } from '../../lambda/compaction/runtime/settings';
import { withDeadline } from '../../lambda/compaction/runtime/time-limit';
import { boundRequests, type RequestLimits } from '../../lambda/compaction/store/bounded-requests';
import { S3ObjectStore } from '../../lambda/compaction/store/s3-object-store';
import { runTask } from '../../lambda/compaction/task/run-task';
import { fastFolder } from '../support/fast-folder';
import { type Answer, HostileServer } from './support/hostile-server';
import { line, PARTITION, RealLake, testDataset } from './support/real-lake';
import { AMPLE, settingsFor } from './support/settings';

const BOUND_MILLIS = 10_000;

const clientOf = (endpoint: string, maxAttempts: number): S3Client =>
  new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    maxAttempts,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(fastFolder(), 'deadline-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

describe('a request of the SDK', () => {
  let server: HostileServer;
  afterEach(async () => {
    await server.close();
  });

  async function storeOf(answer: Answer, limits: RequestLimits): Promise<S3ObjectStore> {
    server = await HostileServer.open(answer);
    const client = clientOf(server.origin, 2);
    boundRequests(client, limits);
    return new S3ObjectStore(client);
  }

  const OPERATIONS: [string, (store: S3ObjectStore) => Promise<unknown>, RegExp][] = [
    ['a list', (store) => store.listFolder('raw', 'raw/'), /GET \/raw/],
    ['a read', (store) => store.get('raw', 'a/b.json'), /GET \/raw\/a\/b.json/],
    ['a part', (store) => store.getRange('raw', 'a/b.json', '"e"', { start: 0, end: 9 }), /GET \/raw\/a\/b.json/],
    ['a file', (store) => store.getFile('raw', 'a/b.json', '"e"', path.join(directory, 'x')), /GET \/raw\/a\/b.json/],
    ['a write', (store) => store.put('raw', 'a/b.json', Buffer.alloc(9)), /PUT \/raw\/a\/b.json/],
    ['a large write', (store) => store.put('raw', 'a/b.json', Buffer.alloc(15e6)), /PUT \/raw\/a\/b.json/],
    [
      'an upload',
      async (store) => {
        await writeFile(path.join(directory, 'large'), Buffer.alloc(17 * 1024 * 1024));
        await store.putFile('raw', 'a/b.json', path.join(directory, 'large'));
      },
      /POST \/raw\/a\/b.json/,
    ],
    [
      'a copy',
      (store) =>
        store.copy({ bucket: 'raw', key: 'a', etag: '"e"', size: 9 }, { bucket: 'quarantine', key: 'objects/b.json' }),
      /PUT \/quarantine\/objects\/b.json/,
    ],
    ['a delete', (store) => store.deleteMatching('raw', [{ key: 'a', etag: '"e"' }]), /POST \/raw/],
  ];
  const ANSWERS: [string, Answer][] = [
    ['no answer', () => undefined],
    [
      'a body that stops',
      (response) => void response.writeHead(200, { etag: '"e"', 'content-length': 1e6 }).write(' '),
    ],
    [
      'a body that comes byte by byte',
      (response) => {
        response.writeHead(200, { etag: '"e"', 'last-modified': new Date(0).toUTCString() });
        server.every(20, response, ' ');
      },
    ],
  ];
  const cases = OPERATIONS.flatMap(([operation, run, name]) =>
    ANSWERS.map(([what, answer]) => [operation, what, run, answer, name] as const),
  );

  test.each(cases)('%s that gets %s is given up with its name', async (_, __, run, answer, name) => {
    const store = await storeOf(answer, { stallMillis: 60, totalMillis: 60 });
    const failed = within(BOUND_MILLIS, 'the request', run(store)).catch((error: Error) => error);
    expect(await failed).toMatchObject({ name: 'TimeoutError', message: expect.stringMatching(name) });
    await within(BOUND_MILLIS, 'the end of the connections', server.allClosed());
  });

  test.each(cases)('%s that gets %s ends with the task', async (_, __, run, answer) => {
    const deadline = new Deadline(50);
    const store = await storeOf(answer, { signal: deadline.signal });
    const failed = within(BOUND_MILLIS, 'the request', run(store)).catch((error: Error) => error);
    expect(await failed).toMatchObject({ name: 'DeadlineError' });
    await within(BOUND_MILLIS, 'the end of the connections', server.allClosed());
  });

  test('that stalls once is sent again by the SDK', async () => {
    const store = await storeOf(
      (response) => {
        if (server.requests > 1) response.writeHead(200, { etag: '"e"' }).end();
      },
      { stallMillis: 300, totalMillis: 300 },
    );
    expect(await within(BOUND_MILLIS, 'the request', store.put('raw', 'a', Buffer.alloc(9)))).toBe('"e"');
    expect(server.requests).toBe(2);
  });
});

describe('a statement of the engine', () => {
  const limits = { memoryMiB: 512, threads: 1, spillMiB: 64 };
  /** Hours. */
  const LONG = 'SELECT count(*) FROM range(1000000000) a, range(1000000000) b WHERE a.range * b.range % 7 = 3';

  test('is interrupted, and its session closes', async () => {
    const deadline = new Deadline(300);
    const session = await EngineSession.open(limits, directory, deadline.signal);
    await expect(within(BOUND_MILLIS, 'the statement', session.number(LONG))).rejects.toThrow(/given up after/);
    await expect(session.run('SELECT 1')).rejects.toThrow(/given up after/);
    await within(BOUND_MILLIS, 'closing', session.close());
    expect(await readdir(directory)).toEqual([]);
  });

  test('that writes a file is interrupted too', async () => {
    const deadline = new Deadline(300);
    const session = await EngineSession.open(limits, directory, deadline.signal);
    const copy = `COPY (SELECT a.range FROM range(1000000) a, range(1000000) b) TO '${session.path('x.parquet')}'`;
    await expect(within(BOUND_MILLIS, 'the statement', session.number(copy))).rejects.toThrow(/given up after/);
    await session.close();
  });

  test('that has an answer in time gives it', async () => {
    const deadline = new Deadline(60_000);
    const session = await EngineSession.open(limits, directory, deadline.signal);
    expect(await session.number('SELECT 42')).toBe(42);
    deadline.close();
    await session.close();
  });
});

describe('a handler', () => {
  const bound = (left: number) => ({ getRemainingTimeInMillis: () => left });
  let server: HostileServer;
  let settings: CompactionSettings;
  beforeEach(async () => {
    server = await HostileServer.open(() => undefined);
    settings = settingsFor(server.origin);
  });
  afterEach(() => server.close());

  const runs: [string, () => Promise<unknown>][] = [
    [
      'compactor',
      () => compact({ kind: 'compact', dataset: 'access_logs', partition: PARTITION }, settings, bound(1_000)),
    ],
    [
      'maintenance',
      () => compact({ kind: 'maintain', dataset: 'access_logs', partition: PARTITION }, settings, bound(1_000)),
    ],
    ['planner', () => plan({}, settings, bound(1_000))],
  ];
  test.each(runs)('%s gives up before Lambda does', async (_, run) => {
    const failed = await within(
      1_000,
      'the handler',
      run().catch((error: Error) => error),
    );
    expect(failed).toMatchObject({ name: 'DeadlineError' });
  });

  test('has a limit of its own where there is no Lambda', async () => {
    const failed = await within(
      BOUND_MILLIS,
      'the handler',
      plan({}, settingsFor(server.origin, { COMPACTION_TASK_SECONDS: '1' })).catch((error: Error) => error),
    );
    expect(failed).toMatchObject({ name: 'DeadlineError', message: expect.stringContaining('after 1 s') });
  });

  test('answers even if its work does not end', async () => {
    const never = (): Promise<never> => new Promise(() => undefined);
    await expect(within(1_000, 'the answer', withDeadline(bound(1_000), 1, never))).rejects.toThrow(/given up after/);
  });

  test('ends its work in nine tenths of the time that Lambda gives', async () => {
    const times: number[] = [];
    for (const left of [900_000, 60_000, 1_000]) {
      jest.useFakeTimers();
      const started = Date.now();
      const ended = withDeadline(bound(left), 1, () => new Promise(() => undefined)).catch(() => Date.now() - started);
      await jest.advanceTimersByTimeAsync(left);
      times.push(((await ended) as number) / left);
      jest.useRealTimers();
    }
    expect(Math.max(...times)).toBeLessThan(1);
  });
});

test('a task that is given up at any moment has lost and doubled nothing', async () => {
  const dataset = testDataset({ dedupeKey: ['id'], compaction: { maxUndersizedFiles: 2 } });
  const lake = await RealLake.open();
  const task = { kind: 'compact', dataset: 'events', partition: PARTITION } as const;
  const attempt = async (millis: number): Promise<boolean> => {
    const deadline = new Deadline(millis);
    const client = clientOf(lake.server.endpoint, 1);
    boundRequests(client, { signal: deadline.signal });
    const store = new S3ObjectStore(client);
    const converter = new DuckDbConverter(store, 'curated', await RequestSigner.create(lake.client, 'raw'), {
      limits: { memoryMiB: 256, spillMiB: 64, threads: 1 },
      workers: 1,
      maxLocalBytes: 1 << 20,
      maxObjectBytes: 1 << 20,
      maxAttempts: 1,
      directory: lake.directory,
      signal: deadline.signal,
    });
    try {
      await runTask(lake.lake(store), { dataset, partition: PARTITION }, task, converter, AMPLE);
      return true;
    } catch (error) {
      expect(error).toMatchObject({ name: 'DeadlineError' });
      return false;
    } finally {
      deadline.close();
      client.destroy();
    }
  };
  try {
    const expected: string[] = [];
    let given = 0;
    for (let round = 0; round < 24; round++) {
      for (const name of ['a', 'b']) {
        const id = `${String(round).padStart(2, '0')}-${name}`;
        await lake.put(dataset, `${id}.json`, line(id) + line(`${round}-twice`));
        expected.push(id);
      }
      expected.push(`${round}-twice`);
      if (!(await attempt(5 + 10 * round))) given++;
    }
    expect(given).toBeGreaterThan(5);
    while (!(await attempt(60_000)));
    expect(await lake.ids(dataset)).toEqual([...expected].sort());
    expect(await lake.keys('raw')).toEqual([]);
    expect((await readdir(lake.directory)).filter((name) => name.startsWith('compaction-'))).toEqual([]);
  } finally {
    await lake.close();
  }
});
