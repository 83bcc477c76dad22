/** What the smoke test asks Athena, answered by a stand-in over HTTP that reads a lake on this machine by its table definitions. */
import '../../../test/fixtures/datasets/given';
import { createS3Client, openLake as lakeOf } from '../../../lambda/compaction/runtime/lake';
import { analystQueries, engineerQueries } from '../../../lib/constructs/query-texts';
import type { Dataset } from '../../../lib/dataset';
import { datasetByName, datasets } from '../../../test/fixtures/datasets';
import { compactLake } from '../../compact';
import { type LocalLake, openLake } from '../../lake';
import { runChecks, type SmokeCheck } from '../../smoke/check';
import { athenaAnalyst } from '../../smoke/checks/athena-analyst';
import { athenaLimit } from '../../smoke/checks/athena-limit';
import { compaction } from '../../smoke/checks/compaction';
import { rawTables } from '../../smoke/checks/raw-tables';
import { savedQueries } from '../../smoke/checks/saved-queries';
import type { SmokeContext } from '../../smoke/context';
import { clean, reserve } from '../../smoke/reserve';
import type { OperatedLake } from '../../verbs/lake';
import { type AthenaFaults, AthenaServer } from './athena-server';
import { standIn } from './stand-in';

let local: LocalLake;
let athena: AthenaServer;
let context: SmokeContext;
let sent: readonly { readonly command: string }[];

const orders = datasetByName('orders');
const names = { curated: 'lake_dev_curated', raw: 'lake_dev_raw', operations: 'lake_dev_operations' };
const byName = (name: string): Dataset => datasets.find((dataset) => dataset.name === name) ?? orders;

async function compactNow({ input }: { input: string }) {
  const { datasets: chosen } = JSON.parse(input) as { datasets: readonly string[] };
  for (const name of chosen) await compactLake(local, byName(name), { update: () => {}, done: () => {} });
  return { executionArn: 'arn:run' };
}

beforeAll(async () => {
  local = await openLake();
  athena = await AthenaServer.start(local);
  const s3 = createS3Client(local.settings.s3);
  const queries = datasets.flatMap((dataset) => [
    ...analystQueries(dataset, names).map((query) => ({
      ...query,
      WorkGroup: 'lake-dev-analyst',
      Database: names.curated,
    })),
    ...engineerQueries(dataset, names).map((query) => ({
      ...query,
      WorkGroup: 'lake-dev-engineer',
      Database: names.raw,
    })),
  ]);
  for (const [index, { name, sql, WorkGroup, Database }] of queries.entries()) {
    athena.named.set(`saved-${index}`, { Name: name, QueryString: sql, WorkGroup, Database });
  }
  const stand = standIn({
    answers: { StartExecution: compactNow, DescribeExecution: { status: 'SUCCEEDED' } },
    resources: [...athena.named.keys()].map((id) => ({ type: 'AWS::Athena::NamedQuery', logicalId: id, id })),
  });
  for (const one of ['analyst', 'engineer', 'dashboard'] as const) {
    const { scanLimitGB } = stand.settings.query[one];
    athena.workgroups.set(`lake-dev-${one}`, { BytesScannedCutoffPerQuery: scanLimitGB * 1e9 });
  }
  const { buckets } = local.settings;
  const lake: OperatedLake = {
    ...stand.lake,
    ...lakeOf(s3, buckets),
    ...{ s3, settings: local.settings, datasets, place: { stage: 'dev' } },
    close: async () => s3.destroy(),
  };
  context = {
    ...stand,
    lake,
    clients: { ...stand.clients, athena: athena.client('admin') },
    reserved: await reserve(lake, orders, datasets),
    actAs: async (person) => athena.client(person),
    async until(what, _, look) {
      for (let looked = 0; looked < 3; looked++) {
        const answer = await look();
        if (answer !== undefined) return answer;
      }
      throw new Error(`there was no ${what}`);
    },
  };
  sent = stand.sent;
  expect(await resultOf(compaction)).toEqual({ result: 'passed', detail: expect.stringContaining('200 rows') });
}, 60_000);

afterAll(async () => {
  await context.lake.close();
  await athena.close();
  await local.close();
});

afterEach(() => {
  athena.faults = {};
});

async function resultOf(check: SmokeCheck, faults: AthenaFaults = {}) {
  athena.faults = faults;
  const [outcome] = await runChecks([{ ...check, needs: [] }], context);
  return { result: outcome?.result, detail: outcome?.detail };
}

const ALL = [athenaAnalyst, rawTables, savedQueries, athenaLimit];

test.each(ALL.map((check) => [check.id, check] as const))('%s passes on a lake that works', async (_, check) => {
  expect(await resultOf(check)).toEqual({
    result: 'passed',
    detail: expect.stringMatching(/^(?:200 rows|ndjson|12 queries|stopped after)/),
  });
});

test('the workgroup of the limit is gone again', () => {
  expect([...athena.workgroups.keys()]).toEqual(['lake-dev-analyst', 'lake-dev-engineer', 'lake-dev-dashboard']);
});

const less = (value: string): string => (/^\d+$/.test(value) ? `${Math.max(0, Number(value) - 1)}` : value);

test.each<[string, SmokeCheck, AthenaFaults, RegExp]>([
  [
    'a row is missing',
    athenaAnalyst,
    { changes: { sql: /^SELECT count\(\*\)/, value: less } },
    /instead of \[\["200"\]\]/,
  ],
  [
    'an element of an array is missing',
    athenaAnalyst,
    { changes: { sql: /cardinality/, value: less } },
    /in Athena, and .* in the files/,
  ],
  [
    'days without data fail',
    athenaAnalyst,
    { fails: { sql: / OR /, reason: 'HIVE_CANNOT_OPEN_SPLIT: no such key' } },
    /HIVE_CANNOT_OPEN_SPLIT/,
  ],
  ['an analyst reads raw data', athenaAnalyst, { allowsAll: true }, /an analyst got an answer to/],
  ['an analyst uses the workgroup of others', athenaAnalyst, { sharesWorkgroups: true }, /an analyst got an answer to/],
  [
    'raw data is refused for another reason',
    athenaAnalyst,
    { allowsAll: true, fails: { sql: /lake_dev_raw/, reason: 'TABLE_NOT_FOUND' } },
    /another reason than permissions: TABLE_NOT_FOUND/,
  ],
  [
    'a reader converts the time',
    rawTables,
    { changes: { sql: /lake_dev_raw/, value: (value) => value.replace('+05:30', 'Z') } },
    /instead of \["5","[^"]+456\+05:30"\]/,
  ],
  [
    'microseconds are cut',
    rawTables,
    { changes: { sql: /lake_dev_raw/, value: (value) => value.replace('456', '') } },
    /instead of/,
  ],
  [
    'the curated time is another',
    rawTables,
    { changes: { sql: /lake_dev_curated/, value: (value) => value.replace(/^(\d{4})-/, '1$1-') } },
    /instead of/,
  ],
  [
    'a saved query fails',
    savedQueries,
    { fails: { sql: /FULL OUTER JOIN/, reason: 'SYNTAX_ERROR' } },
    /^3 of 12 saved queries fail.*SYNTAX_ERROR/,
  ],
  ['a query is not stopped', athenaLimit, { ignoresLimit: true }, /scanned \d+ bytes where 10000000 are the limit/],
  [
    'it ends for another reason',
    athenaLimit,
    { fails: { sql: /UNION ALL/, reason: 'GENERIC_INTERNAL_ERROR' } },
    /another reason than its limit: GENERIC/,
  ],
])('where %s, it fails', async (_, check, faults, message) => {
  expect(await resultOf(check, faults)).toEqual({ result: 'failed', detail: expect.stringMatching(message) });
});

test('a workgroup with another limit than the stage says is found', async () => {
  const limits = athena.workgroups.get('lake-dev-engineer') ?? { BytesScannedCutoffPerQuery: 0 };
  athena.workgroups.set('lake-dev-engineer', { BytesScannedCutoffPerQuery: 1 });
  expect((await resultOf(athenaLimit)).detail).toMatch(/lake-dev-engineer stops at 1 instead of/);
  athena.workgroups.set('lake-dev-engineer', limits);
});

test('nothing is left', async () => {
  await clean(context.lake, async () => {}, context.reserved.journal);
  for (const bucket of Object.values(context.lake.buckets)) {
    for await (const { key } of context.lake.store.list(bucket, '')) {
      expect(key).toMatch(/^(?:plans|progress|newest)\//);
    }
  }
  expect(sent.filter(({ command }) => command === 'StartExecution').length).toBeGreaterThan(1);
});
