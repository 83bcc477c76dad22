/** What a version of a table says of itself, and how the next one is built on whatever the current one is. */
import { CLOCK_MARGIN_MS, publish } from '../../lambda/iceberg/publish';
import { manifestPrefix } from '../../lib/dataset/layout';
import type { Snapshot, TableMetadata } from '../../lib/iceberg';
import { testDataset } from '../compaction/support/test-dataset';
import { IcebergLake } from './lake';

const dataset = testDataset();
const MAY = 'year=2026/month=05/day=01';
const JUNE = 'year=2026/month=06/day=01';
const START = Date.parse('2026-06-20T00:00:00Z');

let world: IcebergLake;
beforeEach(() => {
  world = new IcebergLake();
});
afterEach(() => world.close());

const publishNow = () => publish(world.lake, world.catalog, dataset);
const file = async (partition: string, rows: number): Promise<{ key: string; bytes: number }> => {
  const query = `SELECT 'id-' || i AS id, TIMESTAMP '2026-05-01 10:00:00' AS at, i::INTEGER AS n FROM range(${rows}) t(i)`;
  const body = await world.parquet(query);
  return { key: await world.put(dataset, partition, body), bytes: body.length };
};
const table = () => world.catalog.tables.get(dataset.name) as { location: string; version: number };
const latest = async (): Promise<Snapshot> => (await world.metadata(dataset)).snapshots.at(-1) as Snapshot;
const nameOf = (uri: string): string => uri.slice(uri.lastIndexOf('/') + 1);

test('a snapshot says what it added, removed and holds', async () => {
  const [a, b, c] = [await file(MAY, 3), await file(MAY, 4), await file(JUNE, 5)];
  await world.commit(dataset, MAY, [a.key, b.key]);
  const first = await publishNow();
  expect(await latest()).toEqual({
    'snapshot-id': first.snapshotId,
    'sequence-number': 1,
    'timestamp-ms': START,
    'schema-id': 0,
    'manifest-list': `s3://curated/iceberg/events/metadata/snap-${first.snapshotId}.avro`,
    summary: {
      operation: 'append',
      'added-data-files': '2',
      'added-records': '7',
      'added-files-size': String(a.bytes + b.bytes),
      'deleted-data-files': '0',
      'deleted-records': '0',
      'removed-files-size': '0',
      'total-data-files': '2',
      'total-records': '7',
      'total-files-size': String(a.bytes + b.bytes),
      'total-delete-files': '0',
      'total-position-deletes': '0',
      'total-equality-deletes': '0',
      'lake.state': `s3://curated/iceberg/events/metadata/state-${first.snapshotId}.json.gz`,
      'lake.read-at': String(START - CLOCK_MARGIN_MS),
    },
  });
  world.pass(1);
  await world.commit(dataset, MAY, [b.key]);
  await world.commit(dataset, JUNE, [c.key]);
  const second = await publishNow();
  expect(second).toMatchObject({ partitions: 2, filesAdded: 1, filesRemoved: 1, snapshotsExpired: 0 });
  expect(await latest()).toMatchObject({
    'parent-snapshot-id': first.snapshotId,
    'sequence-number': 2,
    'timestamp-ms': START + 3_600_000,
    summary: {
      operation: 'overwrite',
      'added-data-files': '1',
      'added-records': '5',
      'added-files-size': String(c.bytes),
      'deleted-data-files': '1',
      'deleted-records': '3',
      'removed-files-size': String(a.bytes),
      'total-data-files': '2',
      'total-records': '9',
      'total-files-size': String(b.bytes + c.bytes),
    },
  });
  for (const { snapshotId } of [first, second]) {
    expect(Number.isSafeInteger(snapshotId) && snapshotId > 0).toBe(true);
  }
});

test('of a file the manifest says where and what it is', async () => {
  const { key, bytes } = await file(MAY, 3);
  await world.commit(dataset, MAY, [key]);
  await publishNow();
  expect(await world.read(await world.metadata(dataset))).toMatchObject([
    {
      content: 0,
      file_path: `s3://curated/${key}`,
      file_format: 'PARQUET',
      record_count: 3n,
      file_size_in_bytes: BigInt(bytes),
    },
  ]);
});

test('keys of the path keep their zeros: what is in them is found again', async () => {
  const hourly = testDataset({ partition: { scheme: 'hour', from: '2026-01-01', to: '2026-12-31' } });
  const [partition, other] = ['year=2026/month=05/day=01/hour=03', 'year=2026/month=05/day=11/hour=13'];
  const query = `SELECT 'a' AS id, TIMESTAMP '2026-05-01 03:00:00' AS at, 1::INTEGER AS n`;
  const put = async (own: string) => await world.put(hourly, own, await world.parquet(query));
  const kept = await put(other);
  await world.commit(hourly, partition, [await put(partition)]);
  await world.commit(hourly, other, [kept]);
  await publish(world.lake, world.catalog, hourly);
  world.pass(1);
  await world.commit(hourly, partition, []);
  expect(await publish(world.lake, world.catalog, hourly)).toMatchObject({ filesAdded: 0, filesRemoved: 1 });
  const found = await world.read(await world.metadata(hourly));
  expect(found.map(({ file_path }) => file_path)).toEqual([`s3://curated/${kept}`]);
  expect(Object.values(found[0]?.partition as object)).toEqual([2026, 5, 11, 13]);
});

test('versions are counted in the names of their files', async () => {
  const names: string[] = [];
  for (const rows of [1, 2, 3]) {
    world.pass(1);
    await world.commit(dataset, MAY, [(await file(MAY, rows)).key]);
    await publishNow();
    names.push(nameOf(table().location));
  }
  expect(names.map((name) => name.slice(0, 6))).toEqual(['00000-', '00001-', '00002-']);
  for (const name of names) expect(name).toMatch(/^\d{5}-[0-9a-f]{32}\.metadata\.json$/);
});

describe('somebody else', () => {
  let first: number;
  let key: string;
  beforeEach(async () => {
    ({ key } = await file(MAY, 3));
    await world.commit(dataset, MAY, [key]);
    first = (await publishNow()).snapshotId;
    world.pass(1);
  });

  /** Makes a file the current metadata. */
  async function write(name: string, body: string | undefined): Promise<void> {
    const location = `s3://curated/iceberg/events/metadata/${name}`;
    if (body !== undefined) {
      await world.store.put('curated', location.slice('s3://curated/'.length), Buffer.from(body));
    }
    world.catalog.tables.set(dataset.name, { location, version: table().version + 1 });
  }
  const changed = async (change: (metadata: TableMetadata) => unknown): Promise<string> =>
    JSON.stringify(change(await world.metadata(dataset)));
  const files = async (): Promise<string[]> =>
    (await world.read(await world.metadata(dataset))).map(({ file_path }) => file_path);

  test.each([
    ['00041-x.metadata.json', '00042-'],
    ['123456-x.metadata.json', '123457-'],
    ['v3.metadata.json', '00000-'],
    ['00041.metadata.json', '00000-'],
    ['x00041-x.metadata.json', '00000-'],
    ['00041-x.metadata.json.gz', '00000-'],
  ])('who names a file %s is followed by %s', async (name, next) => {
    await write(name, await changed((metadata) => ({ ...metadata, location: 's3://else' })));
    expect(await publishNow()).toMatchObject({ outcome: 'published', wasForeign: true, filesAdded: 1 });
    expect(nameOf(table().location).slice(0, next.length)).toBe(next);
  });

  test('whose version can be read keeps ids and snapshots; the table is written over as a whole', async () => {
    await write('00001-x.metadata.json', await changed((metadata) => ({ ...metadata, 'table-uuid': 'their own' })));
    const { snapshotId } = await publishNow();
    const metadata = await world.metadata(dataset);
    expect(metadata['table-uuid']).toBe('their own');
    expect(metadata.snapshots.map((own) => own['snapshot-id'])).toEqual([first, snapshotId]);
    expect(await latest()).toMatchObject({
      'sequence-number': 2,
      summary: { operation: 'overwrite', 'total-data-files': '1', 'total-records': '3' },
    });
    expect(await latest()).not.toHaveProperty('parent-snapshot-id');
    expect(await files()).toEqual([`s3://curated/${key}`]);
    // Readers may have found theirs.
    expect(metadata['metadata-log'].map((own) => nameOf(own['metadata-file']))).toContain('00001-x.metadata.json');
  });

  test.each<[string, (metadata: TableMetadata) => unknown]>([
    ['of another format version', (metadata) => ({ ...metadata, 'format-version': 1 })],
    ['without snapshots', ({ snapshots: _, ...metadata }) => metadata],
    ['whose snapshots are no list', (metadata) => ({ ...metadata, snapshots: {} })],
    ['without its schema', (metadata) => ({ ...metadata, 'current-schema-id': 9 })],
    ['that is null', () => null],
  ])('writes metadata %s: nothing of it is taken', async (_, change) => {
    await write('00001-x.metadata.json', await changed(change));
    const { snapshotId, wasForeign } = await publishNow();
    const metadata = await world.metadata(dataset);
    expect(wasForeign).toBe(true);
    expect(metadata.snapshots.map((own) => own['snapshot-id'])).toEqual([snapshotId]);
    expect(await latest()).toMatchObject({ 'sequence-number': 1, summary: { operation: 'append' } });
    expect(metadata['metadata-log']).toEqual([]);
    expect(await files()).toEqual([`s3://curated/${key}`]);
  });

  test.each(['s3://curated/iceberg/events/metadata/gone.metadata.json', 's3://elsewhere/x.metadata.json'])(
    'names metadata that cannot be read, %s: the table is built from nothing',
    async (location) => {
      world.catalog.tables.set(dataset.name, { location, version: 7 });
      expect(await publishNow()).toMatchObject({ outcome: 'published', wasForeign: true, filesAdded: 1 });
      expect((await world.metadata(dataset)).snapshots).toHaveLength(1);
    },
  );

  test('takes away what the last snapshot read: it is read anew', async () => {
    await world.lake.store.deleteMatching('curated', [...(await objectsOf(`iceberg/events/metadata/state-${first}`))]);
    expect(await publishNow()).toMatchObject({ outcome: 'published', wasForeign: true, filesAdded: 1 });
    expect(await files()).toEqual([`s3://curated/${key}`]);
  });

  const objectsOf = async (prefix: string) => {
    const found = [];
    for await (const object of world.store.list('curated', prefix)) found.push(object);
    return found;
  };

  test.each<[string, object]>([
    ['a time that is none', { 'lake.read-at': 'yesterday' }],
    ['no time', { 'lake.read-at': undefined }],
    ['a time that is no whole number', { 'lake.read-at': '1.5' }],
    ['no state', { 'lake.state': undefined }],
  ])('keeps a snapshot with %s, which is not kept by us', async (_, summary) => {
    const text = await changed((metadata) => ({
      ...metadata,
      snapshots: metadata.snapshots.map((own) => ({ ...own, summary: { ...own.summary, ...summary } })),
    }));
    await write('00001-x.metadata.json', text);
    const { snapshotId, readSince } = await publishNow();
    expect((await world.metadata(dataset)).snapshots.map((own) => own['snapshot-id'])).toEqual([snapshotId]);
    expect(readSince).toBe(world.time - CLOCK_MARGIN_MS);
  });

  test('writes snapshots in another order: theirs is that of sequence numbers', async () => {
    await world.commit(dataset, MAY, [key, (await file(MAY, 4)).key]);
    const second = (await publishNow()).snapshotId;
    world.pass(1);
    const reversed = (metadata: TableMetadata) => ({ ...metadata, snapshots: [...metadata.snapshots].reverse() });
    await write('00002-x.metadata.json', await changed(reversed));
    const third = (await publishNow()).snapshotId;
    const metadata = await world.metadata(dataset);
    expect(metadata.snapshots.map((own) => own['snapshot-id'])).toEqual([first, second, third]);
  });
});

test('of a clock that goes back, each snapshot is later than what was there', async () => {
  await world.commit(dataset, MAY, [(await file(MAY, 1)).key]);
  await publishNow();
  world.time -= 10_000;
  await world.commit(dataset, MAY, [(await file(MAY, 2)).key]);
  await publishNow();
  expect((await latest())['timestamp-ms']).toBe(START + 1);
});

test('months are written in their order, those of partitions that are gone too', async () => {
  await world.commit(dataset, MAY, [(await file(MAY, 1)).key]);
  await world.commit(dataset, JUNE, [(await file(JUNE, 1)).key]);
  await publishNow();
  world.pass(1);
  await world.commit(dataset, JUNE, [(await file(JUNE, 2)).key]);
  world.buckets.objects.delete(`curated/${manifestPrefix(dataset.name, MAY)}manifest`);
  const puts: string[] = [];
  const { put } = world.store;
  jest.spyOn(world.store, 'put').mockImplementation(async (bucket, key, ...rest) => {
    puts.push(nameOf(key).slice(0, 9));
    return await put.call(world.store, bucket, key, ...rest);
  });
  expect(await publishNow()).toMatchObject({ partitions: 2, filesAdded: 1, filesRemoved: 2 });
  expect(puts.filter((name) => name.startsWith('m-'))).toEqual(['m-2026-05', 'm-2026-06']);
  expect(await world.read(await world.metadata(dataset))).toHaveLength(1);
  // What is gone is gone: nothing changes any more.
  expect(await publishNow()).toMatchObject({ outcome: 'unchanged', partitions: 0 });
});
