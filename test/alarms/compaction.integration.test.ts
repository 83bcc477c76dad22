/** What makes each alarm of the compaction ring, with the handlers as they are deployed, before an S3 server on loopback. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { compact } from '../../lambda/compaction/compactor';
import { plan } from '../../lambda/compaction/planner';
import type { CompactionTask } from '../../lambda/compaction/planning/tasks';
import { createS3Client } from '../../lambda/compaction/runtime/lake';
import type { Environment } from '../../lambda/compaction/runtime/settings';
import { S3ObjectStore } from '../../lambda/compaction/store/s3-object-store';
import type { Dataset } from '../../lib/dataset';
import { RAW_PREFIX, rawPrefix } from '../../lib/dataset/layout';
import { type S3Server, startS3Server } from '../../packages/s3-loopback/src';
import { BUCKETS, settingsFor } from '../compaction/support/settings';
import { datasets } from '../fixtures/datasets';
import { type Datum, embeddedMetrics, sectionOf } from '../support/alarms';
import { fastFolder } from '../support/fast-folder';
import { partitionOf, row } from './rows';
import { explainedIn, propertiesOf, ringing, type ShippedStage, shippedStages } from './stages';

const HOUR_MS = 3_600_000;

const environment = { ...process.env };
let root: string;
let server: S3Server;
let store: S3ObjectStore;
let closeClient = (): void => {};
/** Hours ago that objects are put. */
let age: number;
let refused: ReadonlySet<string>;
/** Of the functions of the stage at hand. */
let variables: Readonly<Record<'planner' | 'compactor', Environment>>;

const settingsOf = (name: 'planner' | 'compactor') =>
  settingsFor(server.endpoint, { ...variables[name], ...BUCKETS, AWS_LAMBDA_FUNCTION_NAME: name });

/** The variables of a function that are texts; its buckets are those of the server. */
const variablesOf = (stage: ShippedStage, handler: string): Record<string, string> => {
  const [{ Environment }] = Object.values(propertiesOf(stage, 'AWS::Lambda::Function')).filter(
    ({ Handler }) => Handler === handler,
  ) as [{ readonly Environment: { readonly Variables: Readonly<Record<string, unknown>> } }];
  const { NODE_OPTIONS: _, ...variables } = Environment.Variables;
  return Object.fromEntries(
    Object.entries(variables).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
};

beforeEach(async () => {
  age = 0;
  refused = new Set();
  root = mkdtempSync(join(fastFolder(), 'alarms-'));
  server = await startS3Server({
    root,
    buckets: Object.fromEntries(Object.values(BUCKETS).map((name) => [name, { versioned: true }])),
    clock: () => new Date(Date.now() - age * HOUR_MS),
    onRequest: ({ phase, operation, key }) =>
      phase === 'before' && operation === 'GetObject' && refused.has(key)
        ? { status: 403, code: 'AccessDenied' }
        : undefined,
  });
  process.env.AWS_MAX_ATTEMPTS = '1';
  const client = createS3Client(settingsFor(server.endpoint).s3);
  closeClient = () => client.destroy();
  store = new S3ObjectStore(client);
});

afterEach(async () => {
  closeClient();
  await server.close();
  process.env = { ...environment };
  rmSync(root, { recursive: true, force: true });
  jest.restoreAllMocks();
});

/** What the handlers wrote while `work` went on. */
async function logged(work: () => Promise<void>): Promise<readonly Datum[]> {
  let log = '';
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    log += String(text);
    return true;
  });
  try {
    await work();
  } finally {
    write.mockRestore();
  }
  return embeddedMetrics(log);
}

async function tasks(mode: 'compact' | 'maintain' = 'compact'): Promise<readonly CompactionTask[]> {
  const { bucket, key } = await plan({ mode }, settingsOf('planner'));
  const lines = (await store.get(bucket, key))?.body.toString().split('\n') ?? [];
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as CompactionTask);
}

const planned = () => logged(async () => void (await tasks()));

/** A run of the state machine, with the tasks one after the other. */
const compacted = () =>
  logged(async () => {
    for (const task of await tasks()) await compact(task, settingsOf('compactor'));
  });

const put = (dataset: Dataset, name: string, body: string | Buffer): Promise<string> =>
  store.put(BUCKETS.RAW_BUCKET, `${rawPrefix(dataset.name, partitionOf(dataset))}${name}`, Buffer.from(body));

const forEachDataset = async (act: (dataset: Dataset) => Promise<unknown>): Promise<void> => {
  for (const dataset of datasets) await act(dataset);
};

const soundRows = () => forEachDataset((dataset) => put(dataset, 'sound.json', row(dataset)));

/** What each period of an alarm holds, by the section of the runbook that explains it. The youngest comes last. */
const CAUSES: Readonly<Record<string, (stage: ShippedStage) => Promise<readonly (readonly Datum[])[]>>> = {
  'rows-quarantined': async () => {
    await forEachDataset((dataset) =>
      put(dataset, 'a.json', row(dataset) + row(dataset, { [dataset.eventTime]: 'soon' })),
    );
    return [await compacted()];
  },
  'objects-quarantined': async () => {
    await forEachDataset((dataset) => put(dataset, 'a.json.gz', Buffer.from('1f8b08000000', 'hex')));
    return [await compacted()];
  },
  'rows-outside-partition': async () => {
    const seconds = new Date(Math.floor(Date.now() / 1000)); // taken for milliseconds
    await forEachDataset((dataset) => put(dataset, 'a.json', row(dataset, { [dataset.eventTime]: seconds })));
    return [await compacted()];
  },
  'objects-set-aside': async () => {
    await soundRows();
    refused = new Set(datasets.map((dataset) => `${rawPrefix(dataset.name, partitionOf(dataset))}sound.json`));
    await compacted();
    await compacted();
    return [await compacted()];
  },
  'objects-unplaced': async () => {
    await forEachDataset(({ name }) => store.put(BUCKETS.RAW_BUCKET, `${rawPrefix(name)}a.json`, Buffer.from('{}')));
    await store.put(BUCKETS.RAW_BUCKET, `${RAW_PREFIX}nobody/a.json`, Buffer.from('{}'));
    return [await compacted()];
  },
  // Nothing is compacted any more. The youngest object has just come.
  behind: async (stage) => {
    await soundRows();
    age = longestWait(stage) + 0.01;
    await forEachDataset((dataset) => put(dataset, 'old.json', row(dataset)));
    return [await planned(), await planned()];
  },
};

/** Hours that an object may wait. */
const longestWait = ({ alarms }: ShippedStage): number =>
  Math.max(...alarms.filter((alarm) => sectionOf(alarm) === 'behind').map(({ Threshold }) => Threshold)) / 3600;

describe.each(shippedStages.map((stage) => [stage.name, stage] as const))('the stage %s', (_, stage) => {
  beforeEach(() => {
    variables = { planner: variablesOf(stage, 'planner.handler'), compactor: variablesOf(stage, 'compactor.handler') };
  });

  test('every alarm that reads what the handlers measure has a cause here', () => {
    const own = stage.alarms.filter(({ Namespace }) => Namespace?.startsWith('DataLake/Compaction/') === true);
    expect([...new Set(own.map(sectionOf))].sort()).toEqual(Object.keys(CAUSES).sort());
    expect(own.length).toBeGreaterThanOrEqual(6 * datasets.length);
  });

  test.each(Object.entries(CAUSES))('%s rings for each dataset, and no other alarm does', async (section, cause) => {
    expect(ringing(stage, await cause(stage))).toEqual(explainedIn(stage, section));
  });

  test('sound rows ring nothing, not even when they have waited for as long as they may', async () => {
    age = longestWait(stage) - 0.01;
    await soundRows();
    const waiting = await planned();
    expect(ringing(stage, [waiting])).toEqual([]);
    const first = await compacted();
    const second = await compacted();
    const maintained = await logged(async () => {
      for (const task of await tasks('maintain')) await compact(task, settingsOf('compactor'));
    });
    expect(ringing(stage, [first, second, maintained])).toEqual([]);
  });
});
