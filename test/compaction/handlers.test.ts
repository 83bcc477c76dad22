/** The two functions as Lambda calls them: with what the environment says, a task from a plan, and a time limit. */
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { compact, handler as compactor } from '../../lambda/compaction/compactor';
import { plan, handler as planner } from '../../lambda/compaction/planner';
import type { CompactionTask } from '../../lambda/compaction/planning/tasks';
import { transactionOf } from '../../lambda/compaction/protocol/names';
import { processSettings, retriesUnlessSet } from '../../lambda/compaction/runtime/environment';
import { createS3Client, openLake } from '../../lambda/compaction/runtime/lake';
import { RealLake } from './support/real-lake';
import { BUCKETS, settingsFor } from './support/settings';

const PARTITION = 'dt=2026-06-15';
const CSV = 'sensor_id,measured_at,extra\ns,2026-06-15T10:00:00Z,1.5\n';

let lake: RealLake;
let written: string[];
beforeAll(async () => {
  lake = await RealLake.open();
});
afterAll(() => lake.close());
beforeEach(() => {
  written = [];
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  const credentials = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_REGION: 'us-east-1' };
  Object.assign(process.env, { ...BUCKETS, ...credentials, LAKE_LOG: '1', AWS_ENDPOINT_URL_S3: lake.server.endpoint });
});
afterEach(() => {
  jest.restoreAllMocks();
});

type Line = Readonly<Record<string, unknown>>;
const lines = (): Line[] => written.map((text) => JSON.parse(text) as Line);
/** The lines of the log with such a message. */
const told = (message: string): Line[] => lines().filter((line) => line.message === message);
const limitOf = (left: number) => ({ getRemainingTimeInMillis: () => left, awsRequestId: 'request' });

test('the planner writes a plan of what waits, and the compactor runs a task of it, which each of its lines names', async () => {
  await lake.store.put('raw', `raw/sensor_readings/${PARTITION}/a.csv`, Buffer.from(CSV));
  const found = await planner({ execution: 'run 1', input: { datasets: ['sensor_readings'] } }, limitOf(60_000));
  expect(found).toMatchObject({ tasks: 1, objects: 1 });
  const body = (await lake.store.get('curated', found.key))?.body.toString() ?? '';
  const task = JSON.parse(body) as CompactionTask;
  expect(task).toEqual({ kind: 'compact', dataset: 'sensor_readings', partition: PARTITION, run: 'run 1', id: 1 });
  expect(new Set(lines().map(({ run, request }) => `${run} ${request}`))).toEqual(new Set(['run 1 request']));
  written.length = 0;
  const report = await compactor(task, limitOf(60_000));
  expect(report).toMatchObject({ dataset: 'sensor_readings', partition: PARTITION, objectsIn: 1, complete: true });
  expect(report).toMatchObject({ rowsIn: 1, rowsOut: 1, unknownFields: { extra: 1 }, otherUnknownFields: 0 });
  const [file = ''] = await lake.keys('curated', 'data/');
  const commit = transactionOf(file);
  const context = { run: 'run 1', task: 1, request: 'request', commit };
  expect(told('Committed')).toEqual([
    {
      ...context,
      level: 'info',
      message: 'Committed',
      dataset: 'sensor_readings',
      partition: PARTITION,
      added: 1,
      removed: 0,
    },
  ]);
  expect(told('Compacted')).toMatchObject([{ ...context, ...report }]);
  expect(await lake.keys('raw')).toEqual([]);
});

test('a raw object that S3 refuses is logged by its task', async () => {
  await lake.store.put('raw', `raw/sensor_readings/${PARTITION}/refused.csv`, Buffer.from(CSV.replace('\ns,', '\nt,')));
  lake.refuse = (_, key) => (key.endsWith('refused.csv') ? { status: 403, code: 'AccessDenied' } : undefined);
  const task = { kind: 'compact', dataset: 'sensor_readings', partition: PARTITION, run: 'run 2', id: 1 } as const;
  expect(await compactor(task, limitOf(60_000))).toMatchObject({ objectsRefused: 1, rowsIn: 0 });
  lake.refuse = () => undefined;
  expect(told('Raw object is refused')).toMatchObject([{ run: 'run 2', task: 1, setAside: false }]);
  expect(await compactor(task, limitOf(60_000))).toMatchObject({ objectsRefused: 0, rowsOut: 1 });
});

test('without an event the planner plans compaction of all datasets', async () => {
  expect(await planner()).toMatchObject({ tasks: 0, unplaced: 0 });
  expect(
    lines()
      .filter(({ Dataset }) => Dataset !== undefined)
      .map(({ Dataset }) => Dataset),
  ).toEqual(expect.arrayContaining(['access_logs', 'orders', 'sensor_readings']));
});

test('a dataset that nobody declares is an error', async () => {
  await expect(planner({ datasets: ['other'] })).rejects.toThrow("'other'");
});

test('a plan that fails is told with its run', async () => {
  const settings = settingsFor(lake.server.endpoint, { LAKE_LOG: '1', CURATED_BUCKET: 'missing' });
  await expect(plan({ execution: 'run 1', input: {} }, settings)).rejects.toThrow();
  expect(told('Failed')).toMatchObject([{ run: 'run 1', level: 'error' }]);
});

test('a task of no partition of its dataset fails, and says why', async () => {
  const task = { kind: 'maintain', dataset: 'sensor_readings', partition: 'dt=2026-06-31', run: 'r', id: 3 } as const;
  await expect(compactor(task)).rejects.toThrow(/^Task for sensor_readings: .*2026-06-31/);
  expect(told('Failed')).toMatchObject([{ run: 'r', task: 3, level: 'error' }]);
});

test('maintenance of a partition without files does nothing', async () => {
  const task = { kind: 'maintain', dataset: 'sensor_readings', partition: PARTITION } as const;
  expect(await compact(task, settingsFor(lake.server.endpoint))).toMatchObject({ kind: 'maintain', filesWritten: 0 });
});

test('the environment is read once', () => {
  const first = processSettings();
  expect(first).toMatchObject({ buckets: { raw: 'raw', curated: 'curated', quarantine: 'quarantine' } });
  process.env.RAW_BUCKET = 'other';
  expect(processSettings()).toBe(first);
});

describe('a client of S3', () => {
  const settings = () => settingsFor(lake.server.endpoint).s3;

  test('adapts its rate, and tries eight times', async () => {
    const { config } = createS3Client(settings());
    expect([config.retryMode, await config.maxAttempts()]).toEqual(['adaptive', 8]);
  });

  test("unless the SDK's own variables say otherwise, each for itself", () => {
    const defaults = { retryMode: 'adaptive', maxAttempts: 8 };
    expect(retriesUnlessSet(defaults)).toEqual(defaults);
    process.env.AWS_RETRY_MODE = 'standard';
    expect(retriesUnlessSet(defaults)).toEqual({ maxAttempts: 8 });
    process.env.AWS_MAX_ATTEMPTS = '2';
    expect(retriesUnlessSet(defaults)).toEqual({});
    Reflect.deleteProperty(process.env, 'AWS_RETRY_MODE');
    expect(retriesUnlessSet(defaults)).toEqual({ retryMode: 'adaptive' });
  });

  test('sends nothing once its signal is raised', async () => {
    const client = createS3Client(settings(), AbortSignal.abort(new Error('out of time')));
    await expect(client.send(new GetObjectCommand({ Bucket: 'raw', Key: 'x' }))).rejects.toThrow('out of time');
  });
});

describe('a lake on S3', () => {
  const buckets = { raw: 'raw', curated: 'curated', quarantine: 'quarantine' };
  const open = (signal?: AbortSignal) =>
    openLake(createS3Client(settingsFor(lake.server.endpoint).s3), buckets, signal);

  test('has its buckets, and the time of the machine', () => {
    const own = open();
    expect(own.buckets).toBe(buckets);
    jest.useFakeTimers({ now: 5_000 });
    expect(own.now()).toEqual(new Date(5_000));
    jest.useRealTimers();
  });

  test('ends its sleeps when its signal is raised', async () => {
    await expect(open(AbortSignal.abort(new Error('out of time'))).sleep(60_000)).rejects.toThrow('out of time');
    expect(await open().sleep(0)).toBeUndefined();
  });

  test('reads and writes objects', async () => {
    const own = open();
    await own.store.put('curated', 'x', Buffer.from('y'));
    expect((await own.store.get('curated', 'x'))?.body.toString()).toBe('y');
  });
});
