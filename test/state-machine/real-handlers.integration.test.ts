/** The synthesized state machine with the real planner and compactor, against an S3 endpoint of this process. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Template } from 'aws-cdk-lib/assertions';
import { compact } from '../../lambda/compaction/compactor';
import { plan } from '../../lambda/compaction/planner';
import { createS3Client } from '../../lambda/compaction/runtime/lake';
import type { CompactionSettings } from '../../lambda/compaction/runtime/settings';
import { S3ObjectStore } from '../../lambda/compaction/store/s3-object-store';
import { manifestPrefix, RAW_PREFIX, REJECTED_LINES_PREFIX } from '../../lib/dataset/layout';
import { type Fault, type RequestEvent, type S3Server, startS3Server } from '../../packages/s3-loopback/src';
import { settingsFor } from '../compaction/support/settings';
import { EXECUTION_ARN, execute, type Json, type JsonObject, type Outcome, render } from '../support/asl';
import { compactionDefinition, compactionTemplate, NAMES } from '../support/asl/compaction';
import { fastFolder } from '../support/fast-folder';

const BUCKETS: Readonly<Record<string, string>> = {
  Raw: 'raw-bucket',
  Curated: NAMES.curated,
  Quarantine: 'quarantine-bucket',
};

let template: Template;
let root: string;
let server: S3Server;
let store: S3ObjectStore;
let fault: (event: RequestEvent) => Fault | undefined;
const environment = { ...process.env };
const client = { destroy: () => {} };

/** The variables that the stack gives to a function, references replaced. */
function variablesOf(handler: string): Record<string, string> {
  const [found] = Object.values(template.findResources('AWS::Lambda::Function', { Properties: { Handler: handler } }));
  if (found === undefined) throw new Error(`No function has the handler ${handler}`);
  const { NODE_OPTIONS: _options, ...variables } = found.Properties.Environment.Variables as JsonObject;
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [
      name,
      render(value, (reference) => {
        const text = JSON.stringify(reference);
        return BUCKETS[Object.keys(BUCKETS).find((bucket) => text.includes(`Ref${bucket}`)) ?? ''] ?? text;
      }),
    ]),
  );
}

const settingsOf = (name: 'planner' | 'compactor'): CompactionSettings =>
  settingsFor(server.endpoint, { ...variablesOf(`${name}.handler`), LAKE_LOG: '1' });

beforeAll(() => {
  template = compactionTemplate();
});

beforeEach(async () => {
  root = fs.mkdtempSync(path.join(fastFolder(), 'state-machine-'));
  fault = () => undefined;
  server = await startS3Server({
    root,
    buckets: Object.fromEntries(Object.values(BUCKETS).map((name) => [name, { versioned: true }])),
    onRequest: (event) => (event.phase === 'before' ? fault(event) : undefined),
  });
  process.env.AWS_MAX_ATTEMPTS = '1'; // so that every fault reaches the state machine
  const s3 = createS3Client(settingsOf('planner').s3);
  client.destroy = () => s3.destroy();
  store = new S3ObjectStore(s3);
});

afterEach(async () => {
  client.destroy();
  await server.close();
  process.env = { ...environment };
  fs.rmSync(root, { recursive: true, force: true });
  jest.restoreAllMocks();
});

const reading = (sensor: string, day: string): string => `${sensor},${day}T10:00:00Z,21.5,40.25,90,1.2.0,2026-01-01\n`;
const HEADER = 'sensor_id,measured_at,temperature,humidity,battery,firmware,calibrated_on\n';

async function upload(day: string, name: string, ...rows: string[]): Promise<void> {
  const key = `${RAW_PREFIX}sensor_readings/dt=${day}/${name}.csv`;
  await store.put(BUCKETS.Raw as string, key, Buffer.from(HEADER + rows.join('')));
}

interface Run extends Outcome {
  readonly messages: JsonObject[];
  /** What the compactor answered, by partition. */
  readonly results: JsonObject[];
}

async function run(input: Json = { mode: 'compact' }): Promise<Run> {
  const messages: JsonObject[] = [];
  const results: JsonObject[] = [];
  const outcome = await execute(compactionDefinition(template), input, {
    services: {
      'arn:aws:states:::lambda:invoke': async ({ FunctionName, Payload }) => {
        if (FunctionName === NAMES.planner)
          return { Payload: await plan(Payload as Parameters<typeof plan>[0], settingsOf('planner')) };
        const result = await compact(Payload as unknown as Parameters<typeof compact>[0], settingsOf('compactor'));
        results.push(result as unknown as JsonObject);
        return { Payload: result };
      },
      'arn:aws:states:::sqs:sendMessage': async (parameters) => {
        messages.push(parameters);
        return { MessageId: '1' };
      },
    },
    readObject: async (bucket, key) => {
      const object = await store.get(bucket, key);
      if (object === undefined) throw new Error('NoSuchKey');
      return object.body.toString();
    },
  });
  return { ...outcome, messages, results };
}

async function keys(bucket: string, prefix: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of store.list(bucket, prefix)) found.push(key);
  return found;
}

const pending = () => keys(BUCKETS.Raw as string, RAW_PREFIX);
const committed = () => keys(NAMES.curated, manifestPrefix('sensor_readings'));
const sum = (results: readonly JsonObject[], field: string): number =>
  results.reduce((total, result) => total + Number(result[field]), 0);

const silence = () => jest.spyOn(process.stdout, 'write').mockReturnValue(true);

test('compacts what is pending, finds nothing the second time, and then maintains', async () => {
  silence();
  await upload('2026-06-15', 'a', reading('s1', '2026-06-15'), reading('s2', '2026-06-15'));
  await upload('2026-06-15', 'b', reading('s3', '2026-06-15'), 's4,not a time,1,1,1,x,2026-01-01\n');
  await upload('2026-06-16', 'c', reading('s1', '2026-06-16'), reading('s1', '2026-06-16'));

  const first = await run();
  expect(first).toMatchObject({ status: 'SUCCEEDED', output: { tasks: 2, failed: 0 }, messages: [] });
  expect({
    in: sum(first.results, 'rowsIn'),
    out: sum(first.results, 'rowsOut'),
    quarantined: sum(first.results, 'rowsQuarantined'),
    duplicates: sum(first.results, 'duplicates'),
  }).toEqual({ in: 6, out: 4, quarantined: 1, duplicates: 1 });
  expect(await pending()).toEqual([]);
  expect(await committed()).toHaveLength(2);
  expect(await keys(BUCKETS.Quarantine as string, REJECTED_LINES_PREFIX)).toHaveLength(1);

  const second = await run();
  expect(second.history.at(-1)).toMatchObject({ state: 'NothingToDo' });
  expect(await run({ mode: 'maintain' })).toMatchObject({ status: 'SUCCEEDED', messages: [] });
});

test('S3 that asks for patience is retried, and every row is in the lake once', async () => {
  silence();
  await upload('2026-06-15', 'a', reading('s1', '2026-06-15'), reading('s2', '2026-06-15'));
  let refusals = 2;
  fault = ({ operation, key }) =>
    operation === 'PutObject' && key.startsWith('manifests/') && refusals-- > 0
      ? { status: 503, code: 'SlowDown' }
      : undefined;

  const outcome = await run();
  expect(outcome).toMatchObject({ status: 'SUCCEEDED', messages: [] });
  expect(outcome.history.filter(({ event }) => event === 'retried')).toEqual([
    expect.objectContaining({ state: 'Compact', error: 'SlowDown', wait: 5 }),
    expect.objectContaining({ state: 'Compact', error: 'SlowDown', wait: 10 }),
  ]);
  expect(sum(outcome.results, 'rowsOut')).toBe(2);
  expect(await pending()).toEqual([]);
});

test('a partition that cannot be compacted is reported and stays pending; the others are not held up, and it heals', async () => {
  silence();
  for (const day of ['2026-06-14', '2026-06-15', '2026-06-16']) await upload(day, 'a', reading('s1', day));
  fault = ({ operation, key }) =>
    operation === 'PutObject' && key.includes('dt=2026-06-15') ? { status: 403, code: 'AccessDenied' } : undefined;

  const outcome = await run();
  expect(outcome).toMatchObject({ status: 'SUCCEEDED', output: { tasks: 3, failed: 0 } });
  expect(outcome.messages).toEqual([
    {
      QueueUrl: NAMES.queue,
      MessageBody: expect.objectContaining({
        task: expect.objectContaining({ kind: 'compact', dataset: 'sensor_readings', partition: 'dt=2026-06-15' }),
        error: 'AccessDenied',
      }),
    },
  ]);
  expect(await pending()).toEqual(['raw/sensor_readings/dt=2026-06-15/a.csv']);
  expect(await committed()).toHaveLength(2);

  fault = () => undefined;
  expect(await run()).toMatchObject({ status: 'SUCCEEDED', output: { tasks: 1, failed: 0 }, messages: [] });
  expect(await pending()).toEqual([]);
});

test('a planner that may not list fails the run with the error of S3', async () => {
  silence();
  fault = ({ operation }) => (operation === 'ListObjectsV2' ? { status: 403, code: 'AccessDenied' } : undefined);
  expect(await run()).toMatchObject({ status: 'FAILED', error: 'AccessDenied' });
});

/** All that fake timers can replace, but the date. */
const UNTOUCHED = [
  ...(['hrtime', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate', 'clearImmediate'] as const),
  ...(['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] as const),
];

describe('logs', () => {
  type Line = Readonly<Record<string, unknown>>;
  const captured = (): (() => readonly Line[]) => {
    let text = '';
    jest.spyOn(process.stdout, 'write').mockImplementation((more) => {
      text += String(more);
      return true;
    });
    return () =>
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Line);
  };
  const planText = async (): Promise<string> => {
    const [key = ''] = await keys(NAMES.curated, 'plans/');
    return (await store.get(NAMES.curated, key))?.body.toString() ?? '';
  };

  test("lead from the file of a row to its commit, its task, the task's line in the plan, and the execution", async () => {
    const lines = captured();
    await upload('2026-06-15', 'a', reading('s1', '2026-06-15'));
    await upload('2026-06-16', 'b', reading('s2', '2026-06-16'));
    await run();

    // As "$path" names it in a query on the row.
    const [file = ''] = await keys(NAMES.curated, 'data/sensor_readings/dt=2026-06-16/');
    const commits = lines().filter(({ message }) => message === 'Committed');
    const own = commits.filter(({ commit }) => file.includes(`part-${commit}-`));
    expect(own).toEqual([expect.objectContaining({ partition: 'dt=2026-06-16', added: 1, removed: 0, run: 'run' })]);
    const [{ task, commit } = {}] = own;

    const plan = (await planText()).trimEnd().split('\n');
    expect(JSON.parse(plan[Number(task) - 1] ?? '')).toMatchObject({
      partition: 'dt=2026-06-16',
      run: 'run',
      id: task,
    });
    const planned = lines().filter(({ message }) => message === 'Planned');
    expect(planned).toEqual([expect.objectContaining({ run: EXECUTION_ARN.split(':').at(-1), tasks: 2 })]);

    // Every line of the task says it, metrics included; and the commit as soon as there is one.
    const ofTask = lines().filter((line) => line.task === task);
    const at = ofTask.findIndex(({ message }) => message === 'Committed');
    expect(ofTask.slice(at).map((line) => line.commit)).toEqual(ofTask.slice(at).map(() => commit));
    expect(ofTask.slice(at).some(({ _aws }) => _aws !== undefined)).toBe(true);
    expect(ofTask.at(-1)).toMatchObject({ message: 'Compacted', rowsOut: 1, commit });
    expect(lines().filter((line) => line.run !== 'run')).toEqual([]);
    expect(
      lines().filter((line) => line.task === undefined && line.message !== 'Planned' && line._aws === undefined),
    ).toEqual([]);
  });

  test('of maintenance say the same', async () => {
    const lines = captured();
    for (const name of ['a', 'b']) {
      await upload('2026-06-15', name, reading(name, '2026-06-15'));
      await run();
    }
    const task = {
      kind: 'maintain',
      dataset: 'sensor_readings',
      partition: 'dt=2026-06-15',
      run: 'other',
      id: 7,
    } as const;
    // Files that are young are not merged yet: two days later, they are.
    jest.useFakeTimers({ now: Date.now() + 2 * 86_400_000, doNotFake: [...UNTOUCHED] });
    const { filesReplaced } = await compact(task, settingsOf('compactor')).finally(() => jest.useRealTimers());
    expect(filesReplaced).toBe(2);
    const own = lines().filter(({ run }) => run === 'other');
    expect(own.map(({ task: number }) => number)).toEqual(own.map(() => 7));
    const [committed] = own.filter(({ message }) => message === 'Committed');
    expect(committed).toMatchObject({ added: 1, removed: 2, commit: expect.stringMatching(/^[0-9a-f]{32}$/) });
    expect(own.at(-1)).toMatchObject({ message: 'Compacted', kind: 'maintain', commit: committed?.commit });
  });

  test('name the task that failed, and why', async () => {
    const lines = captured();
    await upload('2026-06-15', 'a', reading('s1', '2026-06-15'));
    fault = ({ operation, key }) =>
      operation === 'PutObject' && key.startsWith('manifests/') ? { status: 403, code: 'AccessDenied' } : undefined;
    await run();
    const failed = lines().filter(({ message }) => message === 'Failed');
    expect(failed.length).toBeGreaterThan(0);
    for (const line of failed)
      expect(line).toMatchObject({ level: 'error', run: 'run', task: 1, error: 'AccessDenied' });
    expect(lines().filter(({ message }) => message === 'Committed')).toEqual([]);
  });

  test('of a planner that fails name the run', async () => {
    const lines = captured();
    fault = ({ operation }) => (operation === 'ListObjectsV2' ? { status: 403, code: 'AccessDenied' } : undefined);
    await run();
    expect(lines()).toContainEqual(expect.objectContaining({ message: 'Failed', run: 'run', error: 'AccessDenied' }));
  });
});
