/** The shipped adapter and the SDK's client, over a loopback endpoint that speaks Glue's JSON protocol and keeps its rules of versions. */

import type { GlueClient } from '@aws-sdk/client-glue';
import { GlueCatalog } from '../../lambda/iceberg/glue-catalog';
import { publish } from '../../lambda/iceberg/publish';
import { testDataset } from '../compaction/support/test-dataset';
import { Glue } from './glue';
import { IcebergLake } from './lake';

const dataset = testDataset();
const PARTITION = 'year=2026/month=06/day=15';
let glue: Glue;
let client: GlueClient;
let catalog: GlueCatalog;
let world: IcebergLake;
beforeEach(async () => {
  glue = new Glue();
  client = await glue.open();
  catalog = new GlueCatalog(client, 'lake_iceberg');
  world = new IcebergLake();
});
afterEach(async () => {
  client.destroy();
  await glue.close();
  await world.close();
});

const commitOne = async (): Promise<void> => {
  const body = await world.parquet(`SELECT 'a' AS id, TIMESTAMP '2026-06-15 10:00:00' AS at, 1::INTEGER AS n`);
  await world.commit(dataset, PARTITION, [await world.put(dataset, PARTITION, body)]);
};
const publishNow = () => publish(world.lake, catalog, dataset);
const location = (): string => glue.tables.get('events')?.input.Parameters?.metadata_location ?? '';

test('a table is created, and then replaced by version, without an archive of versions', async () => {
  await commitOne();
  expect(await publishNow()).toMatchObject({ outcome: 'published' });
  const first = location();
  expect(glue.tables.get('events')?.input).toMatchObject({
    TableType: 'EXTERNAL_TABLE',
    Parameters: {
      table_type: 'ICEBERG',
      metadata_location: expect.stringMatching(/^s3:\/\/curated\/iceberg\/events\/metadata\/0/),
    },
    StorageDescriptor: {
      Location: 's3://curated/iceberg/events',
      Columns: expect.arrayContaining([
        { Name: 'n', Type: 'int', Parameters: expect.objectContaining({ 'iceberg.field.id': '3' }) },
      ]),
    },
  });
  await commitOne();
  expect(await publishNow()).toMatchObject({ outcome: 'published' });
  expect(glue.requests.at(-1)).toMatchObject(['UpdateTable', { VersionId: '0', SkipArchive: true }]);
  expect(glue.tables.get('events')?.input.Parameters?.previous_metadata_location).toBe(first);
  expect(location()).not.toBe(first);
});

test.each(['ConcurrentModificationException', 'VersionMismatchException'])(
  'a stale version, told as %s, starts over and loses nothing',
  async (error) => {
    await commitOne();
    await publishNow();
    await commitOne();
    // As many as the client tries again by itself.
    glue.faults = { UpdateTable: [{ error }] };
    expect(await publishNow()).toMatchObject({ outcome: 'published' });
    expect(glue.tables.get('events')?.version).toBe(1);
  },
);

test.each(['CreateTable', 'UpdateTable'])(
  'of two that %s at a time, one wins and the other goes on from it',
  async (call) => {
    await commitOne();
    if (call === 'UpdateTable') {
      await publishNow();
      await commitOne();
    }
    let others = 0;
    glue.before = async (operation) => {
      if (operation !== call || others++ > 0) return;
      await commitOne();
      expect(await publishNow()).toMatchObject({ outcome: 'published' });
    };
    expect(await publishNow()).toMatchObject({ outcome: 'unchanged' });
    expect(glue.tables.get('events')?.version).toBe(call === 'UpdateTable' ? 1 : 0);
  },
);

test.each(['CreateTable', 'UpdateTable'])('a lost answer of %s leaves the table published, once', async (call) => {
  await commitOne();
  if (call === 'UpdateTable') {
    await publishNow();
    await commitOne();
  }
  const version = glue.tables.get('events')?.version;
  glue.faults = { [call]: ['lost answer'] };
  // The client asks again by itself, and is told of its own commit.
  expect(await publishNow()).toMatchObject({ outcome: 'unchanged' });
  expect(glue.tables.get('events')?.version).toBe(version === undefined ? 0 : version + 1);
  expect(await publishNow()).toMatchObject({ outcome: 'unchanged', partitions: 0 });
});

test('a database that does not exist is an error, and not a conflict that never ends', async () => {
  glue.database = 'another';
  await commitOne();
  await expect(publishNow()).rejects.toThrow('EntityNotFoundException');
  expect(glue.requests.map(([operation]) => operation)).toEqual(['GetTable', 'CreateTable']);
});

test('a table that is dropped while it is published is made again', async () => {
  await commitOne();
  await publishNow();
  await commitOne();
  let dropped = false;
  glue.before = async (operation) => {
    if (operation !== 'UpdateTable' || dropped) return;
    dropped = true;
    glue.tables.delete('events');
  };
  expect(await publishNow()).toMatchObject({ outcome: 'published', wasForeign: false });
  expect(glue.tables.get('events')?.version).toBe(0);
});

test('a table that is no Iceberg table any more becomes one, over its version', async () => {
  glue.tables.set('events', { input: { Name: 'events', Parameters: { classification: 'parquet' } }, version: 7 });
  await commitOne();
  expect(await publishNow()).toMatchObject({ outcome: 'published', filesAdded: 1 });
  expect(glue.requests.at(-1)).toMatchObject(['UpdateTable', { VersionId: '7' }]);
});

test.each(['GetTable', 'CreateTable'])('%s that is denied is an error at once', async (call) => {
  glue.faults = { [call]: [{ error: 'AccessDeniedException' }] };
  await commitOne();
  await expect(publishNow()).rejects.toThrow('AccessDeniedException');
});

test('a table without a version is an error: nothing could be replaced safely', async () => {
  jest.spyOn(client, 'send').mockImplementationOnce(async () => ({ Table: { Name: 'events' } }) as never);
  await expect(catalog.find('events')).rejects.toThrow('Glue returned no version of lake_iceberg.events');
});

const UPDATE = {
  metadataLocation: 's3://b/1.metadata.json',
  location: 's3://b/t',
  description: 'What it is',
  fields: [
    { id: 1, name: 'id', required: false as const, type: 'string', doc: 'Which one' },
    { id: 2, name: 'n', required: false as const, type: 'long' },
  ],
};
const INPUT = {
  Name: 't',
  Description: 'What it is',
  TableType: 'EXTERNAL_TABLE',
  Parameters: { table_type: 'ICEBERG', metadata_location: 's3://b/1.metadata.json' },
  StorageDescriptor: {
    Location: 's3://b/t',
    Columns: [
      {
        Name: 'id',
        Type: 'string',
        Comment: 'Which one',
        Parameters: {
          'iceberg.field.id': '1',
          'iceberg.field.optional': 'true',
          'iceberg.field.current': 'true',
        },
      },
      {
        Name: 'n',
        Type: 'bigint',
        Parameters: {
          'iceberg.field.id': '2',
          'iceberg.field.optional': 'true',
          'iceberg.field.current': 'true',
        },
      },
    ],
  },
};

test('a table that is made says all that engines and people read', async () => {
  expect(await catalog.replace('t', undefined, UPDATE)).toBe('committed');
  expect(glue.requests).toEqual([['CreateTable', { DatabaseName: 'lake_iceberg', TableInput: INPUT }]]);
  expect(await catalog.find('t')).toEqual({ metadataLocation: 's3://b/1.metadata.json', version: '0' });
});

test('one that is replaced names the version and the metadata before', async () => {
  await catalog.replace('t', undefined, UPDATE);
  const expected = { metadataLocation: 's3://b/0.metadata.json', version: '0' };
  expect(await catalog.replace('t', expected, UPDATE)).toBe('committed');
  const Parameters = { ...INPUT.Parameters, previous_metadata_location: 's3://b/0.metadata.json' };
  expect(glue.requests.at(-1)).toEqual([
    'UpdateTable',
    { DatabaseName: 'lake_iceberg', TableInput: { ...INPUT, Parameters }, VersionId: '0', SkipArchive: true },
  ]);
  expect(await catalog.replace('t', { metadataLocation: undefined, version: '1' }, UPDATE)).toBe('committed');
  expect(glue.requests.at(-1)?.[1].TableInput).toEqual(INPUT);
});

const VERSION = { metadataLocation: undefined, version: '0' };
test.each([
  ['CreateTable', undefined, 'AlreadyExistsException', true],
  ['CreateTable', undefined, 'ConcurrentModificationException', true],
  ['CreateTable', undefined, 'EntityNotFoundException', false],
  ['CreateTable', undefined, 'AccessDeniedException', false],
  ['CreateTable', undefined, 'InvalidInputException', false],
  ['UpdateTable', VERSION, 'ConcurrentModificationException', true],
  ['UpdateTable', VERSION, 'VersionMismatchException', true],
  ['UpdateTable', VERSION, 'EntityNotFoundException', true],
  ['UpdateTable', VERSION, 'AccessDeniedException', false],
  ['UpdateTable', VERSION, 'ResourceNumberLimitExceededException', false],
])('%s over %j: %s is a conflict: %p', async (call, expected, error, isConflict) => {
  await catalog.replace('t', undefined, UPDATE);
  glue.faults = { [call]: Array.from({ length: 5 }, () => ({ error })) };
  const given = catalog.replace('t', expected, UPDATE);
  if (isConflict) expect(await given).toBe('conflict');
  else await expect(given).rejects.toMatchObject({ name: error });
});

test.each(['find', 'list', 'drop'] as const)('%s that is denied is an error', async (call) => {
  const error = { error: 'AccessDeniedException' };
  glue.faults = { GetTable: [error], GetTables: [error], DeleteTable: [error] };
  await expect(call === 'list' ? catalog.list() : catalog[call]('t')).rejects.toMatchObject({
    name: 'AccessDeniedException',
  });
});

test('all tables are listed, page by page', async () => {
  expect(await catalog.list()).toEqual([]);
  for (const name of ['a', 'b', 'c', 'd', 'e']) await catalog.replace(name, undefined, UPDATE);
  glue.requests.length = 0;
  expect(await catalog.list()).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(glue.requests).toEqual(
    [undefined, '2', '4'].map((token) => [
      'GetTables',
      { DatabaseName: 'lake_iceberg', ...(token === undefined ? {} : { NextToken: token }) },
    ]),
  );
});

test('a table that is dropped is gone, and one that is gone already is no error', async () => {
  await catalog.replace('t', undefined, UPDATE);
  await catalog.drop('t');
  expect(await catalog.find('t')).toBeUndefined();
  await catalog.drop('t');
  expect(glue.requests.filter(([operation]) => operation === 'DeleteTable')).toEqual([
    ['DeleteTable', { DatabaseName: 'lake_iceberg', Name: 't' }],
    ['DeleteTable', { DatabaseName: 'lake_iceberg', Name: 't' }],
  ]);
});
