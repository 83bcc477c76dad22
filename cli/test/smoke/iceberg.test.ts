import { manifestKey } from '../../../lib/dataset';
import { datasetByName } from '../../../test/fixtures/datasets';
import { runChecks } from '../../smoke/check';
import { iceberg } from '../../smoke/checks/iceberg';
import type { SmokeContext } from '../../smoke/context';
import { standIn } from './stand-in';

const COMMITTED = new Date('2026-05-01T12:01:00.000Z');
const METADATA = 'iceberg/orders/metadata/00001-a.metadata.json';
const orders = { ...datasetByName('orders'), iceberg: true };
const ROWS = 'tenant=acme/year=2026/month=05/day=01';

interface World {
  readonly counts?: readonly [curated: string | undefined, iceberg: string | undefined];
  readonly parameters?: Readonly<Record<string, string>>;
  readonly snapshotAt?: number;
  readonly dataset?: SmokeContext['reserved']['dataset'];
}

/** A stage with one published table; Athena answers a count, by the database that the query names. */
async function outcome(world: World = {}) {
  const { counts = ['200', '200'], snapshotAt = COMMITTED.getTime() + 5_000, dataset = orders } = world;
  const { parameters = { table_type: 'ICEBERG', metadata_location: `s3://curated-bucket/${METADATA}` } } = world;
  const metadata = { 'current-snapshot-id': 2, snapshots: [{ 'snapshot-id': 2, 'timestamp-ms': snapshotAt }] };
  const objects = new Map([
    [manifestKey('orders', ROWS), ''],
    [METADATA, JSON.stringify(metadata)],
  ]);
  let asked = '';
  const stand = standIn({
    answers: {
      GetTable: { Table: { Parameters: parameters } },
      StartQueryExecution: ({ QueryString }: { QueryString: string }) => {
        asked = QueryString;
        return { QueryExecutionId: 'q' };
      },
      GetQueryExecution: { QueryExecution: { Status: { State: 'SUCCEEDED' } } },
      GetQueryResults: () => ({
        ResultSet: {
          Rows: [{}, { Data: [{ VarCharValue: counts[asked.includes('"lake_dev_iceberg"."orders"') ? 1 : 0] }] }],
        },
      }),
    },
  });
  const context = {
    ...stand,
    actAs: async () => stand.clients.athena,
    reserved: { ...stand.reserved, dataset, rows: ROWS },
    lake: {
      ...stand.lake,
      store: {
        get: async (_: string, key: string) => {
          const body = objects.get(key);
          return body === undefined ? undefined : { body: Buffer.from(body), etag: 'e', lastModified: COMMITTED };
        },
      },
    },
  } as unknown as SmokeContext;
  const [found] = await runChecks([{ ...iceberg, needs: [] }], context);
  return { result: found?.result, detail: found?.detail };
}

test('passes when both tables have the same rows, and the snapshot is of the last commit', async () => {
  expect(await outcome()).toEqual({
    result: 'passed',
    detail: '200 rows in both; the snapshot is of 2026-05-01T12:01:05.000Z',
  });
  expect((await outcome({ snapshotAt: COMMITTED.getTime() })).result).toBe('passed');
});

test.each<[string, World, string]>([
  [
    'fewer rows of the Iceberg table',
    { counts: ['200', '199'] },
    'Athena reads 200 rows by symlinks, and 199 of the Ice',
  ],
  ['no answer for it', { counts: ['200', undefined] }, 'Athena reads 200 rows by symlinks, and undefined of'],
  ['no rows at all', { counts: ['0', '0'] }, 'Athena reads 0 rows of the curated table'],
  [
    'a snapshot from before the commit',
    { snapshotAt: COMMITTED.getTime() - 1 },
    'there was no snapshot of orders that is later than its last commit; the current one is of 2026-05-01T12:00:59.999Z',
  ],
  ['a table that is no Iceberg table', { parameters: {} }, 'lake_dev_iceberg.orders is of type undefined, not ICEBERG'],
  [
    'metadata elsewhere',
    { parameters: { table_type: 'ICEBERG', metadata_location: 's3://other/x.json' } },
    'its metadata is s3://other/x.json, which is not in s3://curated-bucket/',
  ],
  [
    'metadata that is gone',
    { parameters: { table_type: 'ICEBERG', metadata_location: 's3://curated-bucket/x.json' } },
    's3://curated-bucket/x.json does not exist',
  ],
])('fails with %s', async (_, world, why) => {
  expect(await outcome(world)).toEqual({ result: 'failed', detail: expect.stringContaining(why) });
});

test('is skipped where the dataset is no Iceberg table', async () => {
  expect(await outcome({ dataset: datasetByName('orders') })).toEqual({
    result: 'skipped',
    detail: 'orders is no Iceberg table; choose a dataset with `iceberg: true` with --dataset',
  });
});
