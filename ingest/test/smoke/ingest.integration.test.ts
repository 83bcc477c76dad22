/** What the smoke test asks the ingest tier, answered by gateways of the product behind a stand-in for load balancer and firewall. */
import '../../../test/fixtures/datasets/given';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compactLake } from '../../../cli/compact';
import { type LocalLake, openLake } from '../../../cli/lake';
import { runChecks, type SmokeCheck } from '../../../cli/smoke/check';
import type { SmokeContext } from '../../../cli/smoke/context';
import { clean, reserve } from '../../../cli/smoke/reserve';
import { standIn } from '../../../cli/test/smoke/stand-in';
import { folderWith } from '../../../cli/test/support/folder';
import type { OperatedLake } from '../../../cli/verbs/lake';
import { createS3Client, openLake as lakeOf } from '../../../lambda/compaction/runtime/lake';
import { datasetByName, datasets } from '../../../test/fixtures/datasets';
import dev from '../../../test/fixtures/stages/dev';
import { parseStage } from '../../../test/support/extensions';
import { ingestSmokeChecks } from '../../smoke';
import { ATTACKS } from '../../smoke/firewall';
import { frontOf } from '../../smoke/front';
import { createIssuer } from '../gateway/support/tokens';
import { INGEST, OPEN_INGEST_STAGE } from '../support/definitions';
import { Tier, type TierFaults } from './tier';

const orders = datasetByName('orders');
let local: LocalLake;
let tier: Tier;
let context: SmokeContext;

async function compactNow({ input }: { input: string }) {
  const { datasets: chosen } = JSON.parse(input) as { datasets: readonly string[] };
  for (const name of chosen) await compactLake(local, datasetByName(name), { update: () => {}, done: () => {} });
  return { executionArn: 'arn:run' };
}

/** A smoke test of its own, of the same lake. */
async function newContext(): Promise<SmokeContext> {
  const folder = folderWith();
  const file = join(folder, 'token');
  writeFileSync(file, `${await issuer.token()}\n`);
  const stand = standIn({
    answers: { ...tier.answers, StartExecution: compactNow, DescribeExecution: { status: 'SUCCEEDED' } },
    outputs: { GroupName: 'lake-dev-ingest' },
  });
  const { buckets } = local.settings;
  const s3 = createS3Client(local.settings.s3);
  const lake: OperatedLake = {
    ...stand.lake,
    ...lakeOf(s3, buckets),
    ...{ s3, settings: local.settings, datasets, place: { stage: 'dev' } },
    sleep: () => new Promise((resolve) => setTimeout(resolve, 5)),
    close: async () => s3.destroy(),
  };
  return {
    ...stand,
    lake,
    began: new Date(),
    settings: parseStage({ ...dev, ...OPEN_INGEST_STAGE }),
    given: { ingestUrl: tier.url, ingestTokenFile: file },
    reserved: await reserve(lake, orders, datasets),
    async until(what, _, look) {
      for (let looked = 0; looked < 100; looked++) {
        const answer = await look();
        if (answer !== undefined) return answer;
        await lake.sleep(5);
      }
      throw new Error(`there was no ${what}`);
    },
  };
}

const issuerOf = createIssuer();
let issuer: Awaited<typeof issuerOf>;

beforeAll(async () => {
  issuer = await issuerOf;
  local = await openLake();
  const jwks = join(folderWith(), 'jwks.json');
  writeFileSync(jwks, issuer.jwks);
  tier = await Tier.start(local, jwks);
  context = await newContext();
}, 60_000);

afterAll(async () => {
  await context.lake.close();
  await tier.close();
  await local.close();
});

afterEach(() => tier.repair());

async function resultOf(check: SmokeCheck, faults: TierFaults = {}, asked = context) {
  tier.faults = faults;
  const [outcome] = await runChecks([{ ...check, needs: [] }], asked);
  return { result: outcome?.result, detail: outcome?.detail };
}

const byId = (id: string): SmokeCheck => {
  const found = ingestSmokeChecks.find((check) => check.id === id);
  if (found === undefined) throw new Error(`there is no check ${id}`);
  return found;
};

test.each(ingestSmokeChecks.map((check) => [check.id, check] as const))(
  '%s passes on a tier that works',
  async (_, check) => {
    expect(await resultOf(check)).toEqual({ result: 'passed', detail: expect.any(String) });
  },
);

test('the launch template has its own version alone again', async () => {
  await resultOf(byId('ingest-rollback'));
  expect([[...tier.versions.keys()], tier.version]).toEqual([['7'], '7']);
});

const quotes = (text: string) => ({
  blocks: (_: unknown, body: string) => body.includes(JSON.stringify(text).slice(1, -1)),
});

test.each<[string, string, TierFaults, RegExp]>([
  ['a target is unhealthy', 'ingest-targets', { unhealthy: true }, /InService, unhealthy, .*502/],
  ['acknowledged events are lost', 'ingest-events', { loses: 'always' }, /of 201 acknowledged events, 201 are not in/],
  ['an acknowledged event is lost', 'ingest-user-agent', { loses: 'always' }, /1 are not in/],
  ['the firewall blocks events', 'ingest-events', { blocks: () => true }, /one event: 403/],
  [
    'the firewall wants a User-Agent',
    'ingest-user-agent',
    { blocks: (headers) => headers['user-agent'] === undefined },
    /without User-Agent: 403/,
  ],
  ...Object.entries(ATTACKS).map(([what, text]): [string, string, TierFaults, RegExp] => [
    `the firewall blocks what attacks ${what}`,
    'ingest-attacks',
    quotes(text),
    new RegExp(`attacks ${what}: 403`),
  ]),
  [
    'the firewall blocks large bodies',
    'ingest-attacks',
    { blocks: (_, body) => body.length > 8_192 },
    /large body: 403/,
  ],
  ['nothing blocks attacks elsewhere', 'ingest-attacks', { hasNoFirewall: true }, /404 instead of 403/],
  [
    'payloads are changed',
    'ingest-attacks',
    { changes: (body) => body.replaceAll('script>', 'scr1pt>') },
    /is <scr1pt>.* instead of <script>/,
  ],
  ['what an instance acknowledged goes with it', 'ingest-drain', { loses: 'in trouble' }, /are not in/],
  ['events are refused meanwhile', 'ingest-drain', { refuses: true }, /were not acknowledged meanwhile/],
  [
    'no instance comes in its place',
    'ingest-drain',
    { replacesNothing: true },
    /no group whose instances are all healthy/,
  ],
  ['an instance could not drain', 'ingest-drain', { retains: true }, /did not drain/],
  ['the broken image is taken', 'ingest-rollback', { refreshEnds: 'Successful' }, /still has version|took an image/],
  ['the rollback fails', 'ingest-rollback', { refreshEnds: 'RollbackFailed' }, /ended as RollbackFailed/],
  ['events are lost during the refresh', 'ingest-rollback', { loses: 'in trouble' }, /are not in/],
])('%s: %s fails', async (_, id, faults, message) => {
  expect(await resultOf(byId(id), faults)).toEqual({ result: 'failed', detail: expect.stringMatching(message) });
});

test('a stage without the tier, a partition of now with rows of others, a front without an address or a token', async () => {
  const check = byId('ingest-events');
  const of = async (more: Partial<SmokeContext>) => await resultOf(check, {}, { ...context, ...more });
  expect(await of({ settings: parseStage(dev) })).toEqual({
    result: 'skipped',
    detail: 'the stage has no ingest tier',
  });
  expect(await of({ given: {} })).toEqual({
    result: 'failed',
    detail: expect.stringMatching(/add --ingest-url https/),
  });
  expect(await of({ given: { ingestUrl: tier.url } })).toEqual({
    result: 'failed',
    detail: expect.stringMatching(/tokens come from https:\/\/login.example.com: .* --ingest-token-file FILE/),
  });
  expect(await of({ given: { ...context.given, ingestUrl: 'http://ingest.example.com' } })).toEqual({
    result: 'failed',
    detail: expect.stringMatching(/must be an address such as https/),
  });
  const { dataset } = await frontOf(context);
  const { detail } = await of({ given: { ...context.given, dataset: dataset.name } });
  // One of its tenants holds the rows of the checks before.
  expect(detail).not.toMatch(/holds rows already/);
});

test('a load balancer that nobody reaches from here is no fault of the stage, unless it is for the internet', async () => {
  const given = { ...context.given, ingestUrl: 'http://127.0.0.1:9' };
  const inside = { ...context, given, settings: parseStage({ ...dev, ingest: INGEST }) };
  expect(await resultOf(byId('ingest-events'), {}, inside)).toEqual({
    result: 'skipped',
    detail: expect.stringMatching(/no public address: run this in its network/),
  });
  expect(await resultOf(byId('ingest-events'), {}, { ...context, given })).toEqual({
    result: 'failed',
    detail: expect.stringMatching(/is this machine in 0\.0\.0\.0\/0/),
  });
});

describe('cleaning up', () => {
  const keysOf = async (lake: OperatedLake): Promise<readonly string[]> => {
    const keys: string[] = [];
    for (const bucket of [lake.buckets.raw, lake.buckets.curated, lake.buckets.quarantine]) {
      for await (const { key } of lake.store.list(bucket, ''))
        if (!/^(?:plans|newest|progress)\//.test(key)) keys.push(key);
    }
    return keys;
  };

  test('rows of the smoke test go, waiting or committed; where others write, all stay and are named', async () => {
    await clean(context.lake, async () => {}, context.reserved.journal);
    expect(await keysOf(context.lake)).toEqual([]);

    const own = await newContext();
    const { dataset, partition, mark } = await frontOf(own);
    expect((await resultOf(byId('ingest-user-agent'), {}, own)).result).toBe('passed');
    const waiting = `raw/${dataset.name}/${partition}/theirs.json.gz`;
    await own.lake.store.put(own.lake.buckets.raw, waiting, Buffer.from('x'));
    expect(await clean(own.lake, async () => {}, own.reserved.journal)).toMatchObject({ kept: [] });
    expect(await keysOf(own.lake)).toEqual([waiting]);
    await own.lake.store.deleteMatching(own.lake.buckets.raw, [
      { key: waiting, etag: (await own.lake.store.get(own.lake.buckets.raw, waiting))?.etag ?? '' },
    ]);
    await own.lake.close();

    const beside = await newContext();
    const front = await frontOf(beside);
    expect((await resultOf(byId('ingest-user-agent'), {}, beside)).result).toBe('passed');
    const key = `raw/${front.dataset.name}/${front.partition}/theirs.json`;
    const other = { ...EXAMPLES[front.dataset.name], [dataset.eventTime]: new Date(front.time).toISOString() };
    await beside.lake.store.put(beside.lake.buckets.raw, key, Buffer.from(JSON.stringify(other)));
    await compactNow({ input: JSON.stringify({ datasets: [front.dataset.name] }) });
    const before = (await keysOf(beside.lake)).filter((one) => one.includes(front.partition));
    const cleaned = await clean(beside.lake, async () => {}, beside.reserved.journal);
    expect(cleaned?.kept).toEqual([{ dataset: front.dataset, partition: front.partition, mark: front.mark }]);
    expect(await keysOf(beside.lake)).toEqual(before);
    expect(mark).not.toBe(front.mark);
    await beside.lake.close();
  });
});

const EXAMPLES: Readonly<Record<string, object>> = {
  orders: { order_id: 'theirs', status: 'placed', currency: 'EUR', total: '1.00' },
};

test('ingest/docs/infrastructure.md has a row for each check', () => {
  const text = readFileSync(join(__dirname, '../../docs', 'infrastructure.md'), 'utf8');
  const rows = [...text.matchAll(/^\| `(ingest-[\w-]+)` \|/gm)].map(([, id]) => id);
  expect(rows).toEqual(ingestSmokeChecks.map(({ id }) => id));
});
