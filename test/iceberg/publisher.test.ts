/** The function as it is deployed, over S3 and Glue of this machine. */

import { RealLake } from '../compaction/support/real-lake';
import { testDataset } from '../compaction/support/test-dataset';
import { Glue } from './glue';

const declared = [testDataset({ name: 'one', iceberg: true }), testDataset({ name: 'two' })];

let glue: Glue;
let lake: RealLake;
let written: string[];
beforeEach(async () => {
  Object.defineProperty(globalThis, '__LAKE_DATASETS__', { configurable: true, value: declared });
  glue = new Glue();
  (await glue.open()).destroy();
  lake = await RealLake.open();
  written = [];
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  Object.assign(process.env, {
    RAW_BUCKET: 'raw',
    CURATED_BUCKET: 'curated',
    QUARANTINE_BUCKET: 'quarantine',
    ICEBERG_DATABASE: 'lake_iceberg',
    AWS_ENDPOINT_URL_S3: lake.server.endpoint,
    AWS_ENDPOINT_URL_GLUE: glue.endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    LAKE_LOG: '1',
  });
});
afterEach(async () => {
  jest.restoreAllMocks();
  await lake.close();
  await glue.close();
});

type Handler = typeof import('../../lambda/iceberg/publisher', { with: { 'resolution-mode': 'require' }}).handler;
/** In a process of its own, which reads its environment once. */
const handle = async (...of: Parameters<Handler>) => {
  jest.resetModules();
  return await (require('../../lambda/iceberg/publisher') as { handler: Handler }).handler(...of);
};
const limitOf = (left: number) => ({ getRemainingTimeInMillis: () => left, awsRequestId: 'request' });

test('publishes what is declared, takes what is not out of the catalog, and says so in every line', async () => {
  glue.tables.set('gone', { input: { Name: 'gone' }, version: 0 });
  expect(await handle({ execution: 'run 1', input: {} }, limitOf(60_000))).toEqual({ published: 1, unchanged: 0 });
  expect([...glue.tables.keys()]).toEqual(['one']);
  const location = glue.tables.get('one')?.input.Parameters?.metadata_location ?? '';
  expect(await lake.keys('curated', 'iceberg/')).toContain(location.replace('s3://curated/', ''));
  expect(new Set(glue.requests.map(([, { DatabaseName }]) => DatabaseName))).toEqual(new Set(['lake_iceberg']));
  const lines = written.map((text) => JSON.parse(text) as Record<string, unknown>);
  expect(new Set(lines.map(({ run, request }) => `${run} ${request}`))).toEqual(new Set(['run 1 request']));
  expect(lines.find(({ message }) => message === 'Published')).toMatchObject({
    level: 'info',
    dataset: 'one',
    outcome: 'published',
    partitions: 0,
  });
  expect(await handle()).toEqual({ published: 0, unchanged: 1 });
});

test('takes nothing out of the catalog when it is asked for some datasets', async () => {
  glue.tables.set('gone', { input: { Name: 'gone' }, version: 0 });
  expect(await handle({ datasets: ['two'] })).toEqual({ published: 0, unchanged: 0 });
  expect(await handle({ execution: 'run 1', input: { datasets: ['one'] } })).toEqual({ published: 1, unchanged: 0 });
  expect([...glue.tables.keys()]).toEqual(['gone', 'one']);
});

test('without its database says what must be set', async () => {
  delete process.env.ICEBERG_DATABASE;
  await expect(handle()).rejects.toThrow('Environment variable ICEBERG_DATABASE must be set');
});
