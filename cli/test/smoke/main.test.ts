/** `npm run smoke` from its command line to its end, with one check, on a stage whose buckets and services are servers here. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  dataPrefix,
  manifestKey,
  rawPrefix,
  recordPrefix,
  rejectedLinesPrefix,
  rejectedObjectsPrefix,
  setAsidePrefix,
} from '../../../lib/dataset';
import { datasetByName, datasets } from '../../../test/fixtures/datasets';
import { parseStage } from '../../../test/support/extensions';
import { JOURNAL } from '../../smoke/journal';
import { main } from '../../smoke/main';
import { clean, isFree, reserve } from '../../smoke/reserve';
import type { OperatedLake } from '../../verbs/lake';
import { type Answer, jsonFailure } from '../preflight/aws-stand-in';
import { folderWith } from '../support/folder';
import { captured } from '../support/run';
import { BUCKETS, inStage, REGION, withStage } from '../verbs/stage-support';

const stage = parseStage({ name: 'dev', region: REGION });
const orders = datasetByName('orders');

const answers = (state: string): Readonly<Record<string, Answer>> => {
  const functions = ['Planner', 'Compactor'].map(
    (id) =>
      `<member><LogicalResourceId>${id}1</LogicalResourceId><PhysicalResourceId>the-${id}</PhysicalResourceId><ResourceType>AWS::Lambda::Function</ResourceType></member>`,
  );
  const found = { body: { Runtime: 'nodejs24.x', Architectures: ['arm64'], State: state } };
  return {
    ListStackResources: {
      body: `<R><ListStackResourcesResult><StackResourceSummaries>${functions.join('')}</StackResourceSummaries></ListStackResourcesResult></R>`,
    },
    'GET /2015-03-31/functions/the-Planner/configuration': found,
    'GET /2015-03-31/functions/the-Compactor/configuration': found,
    ListExecutions: { body: { executions: [] } },
  };
};

const smoke = (...args: readonly string[]) =>
  captured((terminal) =>
    main(['--stage', 'dev', '--only', 'functions', ...args], terminal, () => ({ stages: [stage], datasets })),
  );

const keysIn = async (lake: OperatedLake): Promise<string[]> => {
  const keys: string[] = [];
  for (const bucket of Object.values(BUCKETS))
    for await (const { key } of lake.store.list(bucket, '')) keys.push(`${bucket}/${key}`);
  return keys;
};

test.each([
  ['Active', 0, '✓ functions: nodejs24.x on arm64, as the emulator says', '1 passed, 0 failed, 0 skipped'],
  [
    'Pending',
    1,
    '✗ functions: the-Planner is nodejs24.x, arm64, Pending instead of nodejs24.x, arm64, Active',
    '0 passed, 1 failed, 0 skipped',
  ],
])('functions that are %s: exit code %i, a report, and nothing left', async (state, code, line, counts) => {
  const folder = folderWith({ 'proof.md': '| row | left |\n' });
  const [report, json, proof] = ['smoke.md', 'smoke.json', 'proof.md'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await withStage(
    answers(state),
    async () => {
      const ended = await smoke('--yes', '--report', report, '--json', json, '--proof', proof);
      expect(ended).toMatchObject({ code, errors: '' });
      expect(ended.output).toContain(`${line} (`);
      expect(ended.output).toContain(`\n${counts}: ${report}\n`);
      expect(ended.output).toMatch(/\nCleaned up: 0 objects deleted\n$/);
      expect(await inStage(keysIn, 'read')).toEqual([]);
    },
    {},
  );
  expect(readFileSync(report, 'utf8')).toContain('on an emulator of AWS, which proves nothing of AWS itself');
  expect(JSON.parse(readFileSync(json, 'utf8'))).toMatchObject({ stage: 'dev', isEmulated: true, proven: [] });
  expect(readFileSync(proof, 'utf8')).toBe('| row | left |\n');
});

const journal = (minutesAgo: number, more: object = {}): string => {
  const then = new Date(Date.now() - minutesAgo * 60_000).toISOString();
  return JSON.stringify({ formatVersion: 1, id: 'another', places: [], since: then, alive: then, ...more });
};

test('while another is at work, or was interrupted, none begins; --clean removes only what was interrupted', async () => {
  const place = { dataset: 'orders', partition: 'tenant=acme/year=2033/month=12/day=31' };
  const left = `${BUCKETS.raw}/${rawPrefix('orders', place.partition)}smoke-rows.json.gz`;
  const own = `${BUCKETS.raw}/${rawPrefix('orders', 'tenant=acme/year=2033/month=12/day=30')}mine.json`;
  const objects = (minutes: number) => ({
    [`${BUCKETS.curated}/${JOURNAL}`]: journal(minutes, { places: [place] }),
    ...{ [left]: 'x', [own]: 'x' },
  });
  const roles = { ListAttachedRolePolicies: { status: 404, body: '<E><Error><Code>NoSuchEntity</Code></Error></E>' } };
  const workgroup = {
    DeleteWorkGroup: { status: 400, body: { __type: 'InvalidRequestException', message: 'WorkGroup x is not found.' } },
  };
  const world = { ...answers('Active'), ...roles, ...workgroup, GetQueueUrl: jsonFailure('QueueDoesNotExist') };
  // Nothing of the one at work is touched: no queue, workgroup or role is even asked for.
  await withStage(
    answers('Active'),
    async () => {
      await expect(smoke('--yes')).rejects.toThrow(/A smoke test of this stage began at .* and has not ended/);
      await expect(smoke('--clean')).rejects.toThrow(/was at work at .*repeat --clean five minutes after that/s);
      expect((await inStage(keysIn, 'read')).length).toBe(3);
    },
    objects(4),
  );
  await withStage(
    world,
    async () => {
      await expect(smoke('--yes')).rejects.toThrow(/has not ended.*remove what it left with --clean/s);
      const ended = await smoke('--clean');
      expect(ended).toMatchObject({ code: 0, output: 'Cleaned up: 1 objects deleted\n' });
      expect(await inStage(keysIn, 'read')).toEqual([own]);
      expect(await smoke('--clean')).toMatchObject({ code: 0, output: 'There is nothing to clean.\n' });
    },
    objects(6),
  );
});

test('a permission that is missing is exit code 2 with what to do, and nothing is left', async () => {
  await withStage(
    { ListExecutions: { body: { executions: [] } }, DescribeStacks: jsonFailure('AccessDenied', 403) },
    async () => {
      const told = 'needs cloudformation:DescribeStacks\n  → Use credentials that may: docs/smoke.md#what-it-touches\n';
      expect(await smoke('--yes')).toMatchObject({ code: 2, errors: told });
      expect(await smoke('--clean')).toMatchObject({ code: 2, errors: told });
    },
    {},
  );
});

test('partitions are reserved from the end of the range, and none in which anything lies, in any zone', async () => {
  const day = (number: number): string => `tenant=acme/year=2033/month=12/day=${number}`;
  const lies = [
    [BUCKETS.raw, rawPrefix('orders', day(31))],
    [BUCKETS.curated, manifestKey('orders', day(30))],
    [BUCKETS.curated, dataPrefix('orders', day(29))],
    [BUCKETS.curated, recordPrefix('orders', day(28))],
    [BUCKETS.curated, setAsidePrefix('orders', day(27))],
    [BUCKETS.quarantine, rejectedLinesPrefix('orders', day(26))],
    [BUCKETS.quarantine, rejectedObjectsPrefix('orders', day(25))],
  ].map(([bucket, prefix]) => [`${bucket}/${prefix}x`, 'x'] as const);
  expect(orders.partition.to).toBe('2033-12-31');
  await withStage(
    {},
    () =>
      inStage(async (lake) => {
        for (let number = 25; number <= 31; number++) expect(await isFree(lake, 'orders', day(number))).toBe(false);
        const reserved = await reserve(lake, orders, [orders]);
        const { rows, poison, empty, emptied, large } = reserved;
        expect([rows, poison, empty, emptied, large]).toEqual([24, 23, 22, 21, 20].map(day));
        await expect(reserve(lake, orders, [orders])).rejects.toThrow('has not ended');
      }),
    Object.fromEntries(lies),
  );
});

test('only the smoke test that wrote the journal cleans up after itself, once no run is at work', async () => {
  await withStage(
    {},
    () =>
      inStage(async (lake) => {
        const { journal: own, rows } = await reserve(lake, orders, [orders]);
        const raw = `${rawPrefix('orders', rows)}smoke.json.gz`;
        const late = manifestKey('orders', rows);
        await lake.store.put(BUCKETS.raw, raw, Buffer.from('x'));
        expect(await clean(lake, async () => {}, { ...own, id: 'another' })).toBeUndefined();
        expect(await keysIn(lake)).toContain(`${BUCKETS.raw}/${raw}`);
        // What a run that was at work commits is deleted, too.
        const quiet = async (): Promise<void> => {
          expect(await keysIn(lake)).not.toContain(`${BUCKETS.raw}/${raw}`);
          await lake.store.put(BUCKETS.curated, late, Buffer.from('x'));
        };
        expect(await clean(lake, quiet, own)).toEqual({ objects: 2, kept: [] });
        expect(await keysIn(lake)).toEqual([]);
      }),
    {},
  );
});
