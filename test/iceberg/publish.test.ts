import { graceMillis } from '../../lambda/compaction/protocol/ages';
import { vacuum } from '../../lambda/compaction/protocol/maintain';
import { readManifest } from '../../lambda/compaction/protocol/manifest';
import { readSnapshotsSince, storeSnapshotsSince } from '../../lambda/compaction/protocol/snapshots';
import { CLOCK_MARGIN_MS, publish } from '../../lambda/iceberg/publish';
import { ICEBERG_PREFIX, publishedKey } from '../../lib/dataset';
import { COLUMNS, testDataset } from '../compaction/support/test-dataset';
import { Dice } from '../support/dice';
import { IcebergLake } from './lake';

const dataset = testDataset();
const PARTITIONS = ['05', '06'].flatMap((month) =>
  ['01', '02', '15'].map((day) => `year=2026/month=${month}/day=${day}`),
);
const [FIRST, SECOND] = PARTITIONS as [string, string];
const rows = (from: number, count: number): string =>
  `SELECT 'id-' || i AS id, TIMESTAMP '2026-06-15 10:00:00' + to_milliseconds(i) AS at, i::INTEGER AS n
   FROM range(${from}, ${from + count}) t(i)`;

let world: IcebergLake;
beforeEach(() => {
  world = new IcebergLake();
});
afterEach(() => world.close());

const publishNow = () => publish(world.lake, world.catalog, dataset);
const committed = async (): Promise<string[]> => {
  const files: string[] = [];
  for (const partition of PARTITIONS) files.push(...(await readManifest(world.lake, { dataset, partition })).files);
  return files.map((key) => `s3://curated/${key}`).sort();
};
const current = async () => await world.read(await world.metadata(dataset));
const metadataKeys = () =>
  [...world.buckets.objects.keys()].filter((path) => path.startsWith(`curated/${ICEBERG_PREFIX}`)).sort();
const addFile = async (partition: string, body?: Buffer): Promise<string> => {
  const key = await world.put(dataset, partition, body ?? (await world.parquet(rows(0, 3))));
  const { files } = await readManifest(world.lake, { dataset, partition });
  await world.commit(dataset, partition, [...files, key]);
  return key;
};

test('an independent reader finds files, rows, keys and bounds', async () => {
  const key = await addFile(FIRST);
  expect(await publishNow()).toMatchObject({ outcome: 'published', partitions: 1, filesAdded: 1, wasForeign: false });
  const [file, ...others] = await current();
  expect(others).toEqual([]);
  expect(file).toMatchObject({ file_path: `s3://curated/${key}`, record_count: 3n });
  expect(Object.values(file?.partition as object)).toEqual([2026, 5, 1]);
  const bytes = (bounds: unknown): string[] => boundsOf(bounds);
  expect(bytes(file?.lower_bounds).slice(0, 3)).toEqual([
    Buffer.from('id-0').toString('hex'),
    micros('2026-06-15T10:00:00.000Z'),
    '00000000',
  ]);
  expect(bytes(file?.upper_bounds).slice(0, 3)).toEqual([
    Buffer.from('id-2').toString('hex'),
    micros('2026-06-15T10:00:00.002Z'),
    '02000000',
  ]);
});

const boundsOf = (bounds: unknown): string[] =>
  (Array.isArray(bounds) ? bounds.map(({ value }) => value) : Object.values(bounds as object)).map((value) =>
    Buffer.from(value as Uint8Array).toString('hex'),
  );
const micros = (time: string): string => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(Date.parse(time)) * 1000n);
  return bytes.toString('hex');
};

test('the rows of a file are in one snapshot each, until they expire', async () => {
  const before = await addFile(FIRST);
  await publishNow();
  world.pass(1);
  const merged = await world.put(dataset, FIRST, await world.parquet(rows(0, 3)));
  await world.commit(dataset, FIRST, [merged]);
  await publishNow();
  const metadata = await world.metadata(dataset);
  const files = await Promise.all(metadata.snapshots.map((own) => world.read(metadata, own['snapshot-id'])));
  expect(files.map((own) => own.map(({ file_path }) => file_path))).toEqual([
    [`s3://curated/${before}`],
    [`s3://curated/${merged}`],
  ]);
  expect(metadata.snapshots[1]?.summary).toMatchObject({ operation: 'overwrite', 'total-records': '3' });
  world.pass(24);
  expect(await publishNow()).toMatchObject({ outcome: 'unchanged' });
  const keys = metadataKeys();
  world.pass(0.01);
  expect(await publishNow()).toMatchObject({ outcome: 'published', snapshotsExpired: 1, partitions: 0 });
  const after = await world.metadata(dataset);
  expect(after.snapshots.map((own) => own['snapshot-id'])).toEqual([metadata['current-snapshot-id']]);
  // List, state and manifest of the first snapshot, and metadata that no log mentions; not the metadata that was current until now.
  expect(keys.filter((key) => !metadataKeys().includes(key))).toHaveLength(4);
  expect(await current()).toHaveLength(1);
});

test('nothing is committed when nothing changed', async () => {
  await addFile(FIRST);
  const { snapshotId } = await publishNow();
  const keys = metadataKeys();
  expect(await publishNow()).toMatchObject({ outcome: 'unchanged', snapshotId, partitions: 0 });
  expect(metadataKeys()).toEqual(keys);
});

test('a commit rewrites the manifest of the months that it touches', async () => {
  for (const partition of PARTITIONS) await addFile(partition);
  await publishNow();
  const manifests = () => metadataKeys().filter((key) => /\/m-/.test(key));
  expect(manifests()).toHaveLength(2);
  await addFile(SECOND);
  expect(await publishNow()).toMatchObject({ partitions: 1, filesAdded: 1, filesRemoved: 0 });
  expect(manifests().filter((key) => /\/m-2026-05-/.test(key))).toHaveLength(2);
  expect(manifests().filter((key) => /\/m-2026-06-/.test(key))).toHaveLength(1);
  expect(await current()).toHaveLength(PARTITIONS.length + 1);
});

test('the same inputs give the same bytes, and a table that is built from nothing is the same', async () => {
  await addFile(FIRST);
  await publishNow();
  const first = new Map([...world.buckets.objects].filter(([path]) => path.includes(ICEBERG_PREFIX)));
  for (const path of first.keys()) world.buckets.objects.delete(path);
  world.catalog.tables.clear();
  await publishNow();
  for (const [path, { body }] of first) expect(world.buckets.objects.get(path)?.body.equals(body)).toBe(true);
  expect(metadataKeys()).toEqual([...first.keys()].sort());
});

test('a conflict starts over from the version that won', async () => {
  await addFile(FIRST);
  let raced = false;
  world.catalog.beforeReplace = async () => {
    if (raced) return;
    raced = true;
    await addFile(SECOND);
    await publishNow();
  };
  expect(await publishNow()).toMatchObject({ outcome: 'unchanged' });
  expect((await current()).map(({ file_path }) => file_path)).toEqual(await committed());
});

test('after an unknown outcome the next call goes on', async () => {
  await addFile(FIRST);
  world.catalog.lostAnswer = new Error('timed out');
  await expect(publishNow()).rejects.toThrow('timed out');
  world.catalog.lostAnswer = undefined;
  await addFile(SECOND);
  expect(await publishNow()).toMatchObject({ filesAdded: 1 });
  expect((await current()).map(({ file_path }) => file_path)).toEqual(await committed());
});

test.each([
  ['metadata of its own', (text: string) => text.replace('"gc.enabled":"false"', '"gc.enabled":"true"')],
  ['something that is no metadata', () => '{'],
])('a foreign writer with %s is told, and the table is built anew', async (_, change) => {
  await addFile(FIRST);
  await publishNow();
  const table = world.catalog.tables.get(dataset.name) as { location: string; version: number };
  const location = table.location.replace(/-[^-]+\.metadata/, '-foreign.metadata');
  const own = await world.store.get('curated', table.location.slice('s3://curated/'.length));
  await world.store.put('curated', location.slice('s3://curated/'.length), Buffer.from(change(String(own?.body))));
  world.catalog.tables.set(dataset.name, { location, version: table.version + 1 });
  world.pass(1);
  expect(await publishNow()).toMatchObject({ outcome: 'published', wasForeign: true, filesAdded: 1 });
  expect((await world.metadata(dataset)).properties['gc.enabled']).toBe('false');
  expect((await current()).map(({ file_path }) => file_path)).toEqual(await committed());
  expect(await publishNow()).toMatchObject({ outcome: 'unchanged', wasForeign: false });
});

test('snapshots of someone else are not kept, whatever they lack', async () => {
  await addFile(FIRST);
  const { snapshotId } = await publishNow();
  const table = world.catalog.tables.get(dataset.name) as { location: string; version: number };
  const location = table.location.replace(/-[^-]+\.metadata/, '-foreign.metadata');
  const own = await world.metadata(dataset);
  const foreign = {
    'snapshot-id': 2 ** 60,
    'sequence-number': 2,
    'timestamp-ms': world.time,
    'manifest-list': 's3://else/x',
  };
  const { 'metadata-log': _, 'snapshot-log': __, ...rest } = own;
  const body = {
    ...rest,
    'last-sequence-number': 2,
    'current-snapshot-id': 2 ** 60,
    snapshots: [foreign, ...own.snapshots],
  };
  await world.store.put('curated', location.slice('s3://curated/'.length), Buffer.from(JSON.stringify(body)));
  world.catalog.tables.set(dataset.name, { location, version: table.version + 1 });
  world.pass(1);
  expect(await publishNow()).toMatchObject({
    outcome: 'published',
    wasForeign: true,
    readSince: (own.snapshots[0]?.['timestamp-ms'] as number) - CLOCK_MARGIN_MS,
  });
  const after = await world.metadata(dataset);
  expect(after.snapshots.map((one) => one['snapshot-id'])).toEqual([snapshotId, after['current-snapshot-id']]);
  expect(after.snapshots.at(-1)).toMatchObject({ 'sequence-number': 3 });
  expect(after.snapshots.at(-1)).not.toHaveProperty('parent-snapshot-id');
});

test('files of an attempt that failed are in no later snapshot, and are deleted after the grace', async () => {
  await addFile(FIRST);
  await publishNow();
  await addFile(SECOND);
  const before = metadataKeys();
  world.catalog.beforeReplace = () => Promise.reject(new Error('crash'));
  await expect(publishNow()).rejects.toThrow('crash');
  const orphans = metadataKeys().filter((key) => !before.includes(key));
  expect(orphans).toHaveLength(4);
  world.catalog.beforeReplace = async () => {};
  world.pass(23);
  expect(await publishNow()).toMatchObject({ outcome: 'published', filesSwept: 0 });
  expect(metadataKeys()).toEqual(expect.arrayContaining(orphans));
  world.pass(1.01);
  expect(await publishNow()).toMatchObject({ outcome: 'unchanged', filesSwept: 4 });
  expect(metadataKeys().filter((key) => orphans.includes(key))).toEqual([]);
  expect((await current()).map(({ file_path }) => file_path)).toEqual(await committed());
});

describe('what the vacuum may delete', () => {
  const iceberg = testDataset({ iceberg: true });
  const ref = { dataset: iceberg, partition: FIRST };
  const replaceFiles = async (): Promise<string> => {
    const [old = ''] = (await readManifest(world.lake, ref)).files;
    await world.commit(iceberg, FIRST, [await world.put(iceberg, FIRST, await world.parquet(rows(0, 3)))]);
    return old;
  };

  test('nothing before the first publication, and everything again once no snapshot has it', async () => {
    await addFile(FIRST);
    const old = await replaceFiles();
    world.pass(48);
    expect(await vacuum(world.lake, ref)).toBe(0);
    await publish(world.lake, world.catalog, iceberg);
    expect(await vacuum(world.lake, ref)).toBe(1);
    expect(await world.store.get('curated', old)).toBeUndefined();
  });

  test('a manifest is younger than a snapshot only by more than clocks differ', async () => {
    await addFile(FIRST);
    await publish(world.lake, world.catalog, iceberg);
    // The clock of S3 is behind that of the publisher.
    world.time -= 59_000;
    await replaceFiles();
    world.pass(48);
    expect(await vacuum(world.lake, ref)).toBe(0);
  });

  test.each(['', '{', '{"readSince":"1"}', '[]', 'null'])('nothing while what publishers store is %p', async (text) => {
    await addFile(FIRST);
    await replaceFiles();
    world.pass(48);
    await publish(world.lake, world.catalog, iceberg);
    await world.store.put('curated', publishedKey(iceberg.name), Buffer.from(text));
    expect(await vacuum(world.lake, ref)).toBe(0);
    await publish(world.lake, world.catalog, iceberg);
    expect(await vacuum(world.lake, ref)).toBe(1);
  });

  test('an earlier publisher that stores last takes nothing back', async () => {
    await storeSnapshotsSince(world.lake, iceberg, 2_000);
    await storeSnapshotsSince(world.lake, iceberg, 1_000);
    expect(await readSnapshotsSince(world.lake, iceberg)).toBe(2_000);
    await storeSnapshotsSince(world.lake, iceberg, 3_000);
    expect(await readSnapshotsSince(world.lake, iceberg)).toBe(3_000);
  });
});

test('a manifest that lists a file that does not exist fails the publication, and changes nothing', async () => {
  await addFile(FIRST);
  await publishNow();
  const table = world.catalog.tables.get(dataset.name);
  await world.commit(dataset, FIRST, ['data/events/year=2026/month=05/day=01/part-gone.parquet']);
  await expect(publishNow()).rejects.toThrow('which does not exist');
  expect(world.catalog.tables.get(dataset.name)).toEqual(table);
});

test('a column that is added is in the next version, without a snapshot when no file has changed', async () => {
  await addFile(FIRST);
  const { snapshotId } = await publishNow();
  const more = testDataset({ columns: [...COLUMNS, { name: 'extra', type: 'int' }] });
  expect(await publish(world.lake, world.catalog, more)).toMatchObject({ outcome: 'published', snapshotId });
  const metadata = await world.metadata(dataset);
  expect(metadata.schemas).toHaveLength(2);
  expect(metadata['current-schema-id']).toBe(1);
  expect(JSON.parse(metadata.properties['schema.name-mapping.default'] ?? '')).toContainEqual({
    'field-id': 7,
    names: ['extra'],
  });
  expect(await publishNow()).toMatchObject({ outcome: 'published', snapshotId });
  expect((await world.metadata(dataset))['current-schema-id']).toBe(0);
});

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'random history %i: every retained snapshot is what manifests said',
  async (seed) => {
    const dice = new Dice(seed);
    const bodies = [];
    for (const count of [1, 3, 7]) bodies.push(await world.parquet(rows(count * 10, count)));
    /** By snapshot: the files that manifests listed, and their rows. */
    const history = new Map<number, string[]>();
    for (let step = 0; step < 60; step++) {
      world.pass(dice.below(100) / 20);
      const partition = PARTITIONS[dice.below(PARTITIONS.length)] as string;
      const { files } = await readManifest(world.lake, { dataset, partition });
      const choice = dice.below(10);
      if (choice < 4) await addFile(partition, bodies[dice.below(3)]);
      else if (choice < 6 && files.length > 0) {
        // A merge of some, or retention that empties the partition.
        const kept = files.slice(dice.below(files.length + 1));
        const more = dice.chance(0.7) ? [await world.put(dataset, partition, bodies[0] as Buffer)] : [];
        await world.commit(dataset, partition, [...kept, ...more]);
      } else {
        const { snapshotId, readSince } = await publishNow();
        if (!history.has(snapshotId)) history.set(snapshotId, await committed());
        const metadata = await world.metadata(dataset);
        expect(metadata['current-snapshot-id']).toBe(snapshotId);
        const times = metadata.snapshots.map((own) => own['timestamp-ms']);
        expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
        // The last one is current as of now.
        expect(readSince).toBe(Math.min(world.time, ...times.slice(0, -1)) - CLOCK_MARGIN_MS);
        for (const [index, snapshot] of metadata.snapshots.entries()) {
          const found = await world.read(metadata, snapshot['snapshot-id']);
          expect(found.map(({ file_path }) => file_path)).toEqual(history.get(snapshot['snapshot-id']));
          expect(String(found.reduce((sum, file) => sum + Number(file.record_count), 0))).toBe(
            snapshot.summary['total-records'],
          );
          const successor = times[index + 1];
          if (successor !== undefined) expect(successor).toBeGreaterThanOrEqual(world.time - graceMillis(dataset));
        }
      }
    }
    expect(history.size).toBeGreaterThan(5);
  },
);
