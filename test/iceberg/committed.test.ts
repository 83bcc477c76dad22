/** What manifests say, which of them changed, and the months that they are in. */
import { gunzipSync } from 'node:zlib';
import {
  changedPartitions,
  decodeVersions,
  encodeVersions,
  listVersions,
  readCommitted,
} from '../../lambda/iceberg/committed';
import { groupOf, groupOfManifest, Totals } from '../../lambda/iceberg/groups';
import { manifestPrefix } from '../../lib/dataset/layout';
import type { DataFile, ManifestFile } from '../../lib/iceberg';
import { testDataset } from '../compaction/support/test-dataset';
import { IcebergLake } from './lake';

const dataset = testDataset();
const PARTITION = 'year=2026/month=06/day=15';
const OTHER = 'year=2026/month=06/day=16';

let world: IcebergLake;
beforeEach(() => {
  world = new IcebergLake();
});
afterEach(() => world.close());

const key = (partition: string): string => `${manifestPrefix(dataset.name, partition)}manifest`;
const etagOf = async (partition: string): Promise<string> =>
  (await world.store.get('curated', key(partition)))?.etag as string;

test('a version is that of a manifest, in seconds; nothing else is one', async () => {
  world.time = Date.parse('2026-06-20T00:00:00.999Z');
  await world.commit(dataset, PARTITION, [`data/events/${PARTITION}/part-1-000.parquet`]);
  for (const name of [
    `${PARTITION}/other`,
    `${PARTITION}/xmanifest`,
    'year=2026/month=13/day=15/manifest',
    'manifest',
  ]) {
    await world.store.put('curated', manifestPrefix(dataset.name) + name, Buffer.from('x'));
  }
  const versions = await listVersions(world.lake, dataset);
  expect([...versions]).toEqual([
    [PARTITION, `${await etagOf(PARTITION)} ${Date.parse('2026-06-20T00:00:00Z') / 1000}`],
  ]);
  const [read] = await readCommitted(world.lake, dataset, [PARTITION]);
  expect(read?.version).toBe(versions.get(PARTITION));
});

test('what is committed are the files with rows, of the manifest as it is', async () => {
  const at = (name: string): string => `data/events/${PARTITION}/${name}-${'0'.repeat(32)}-000.parquet`;
  await world.commit(dataset, PARTITION, [at('part'), at('tomb')]);
  expect(await readCommitted(world.lake, dataset, [OTHER, PARTITION])).toEqual([
    { partition: OTHER, version: undefined, files: [] },
    { partition: PARTITION, version: expect.any(String), files: [at('part')] },
  ]);
});

test.each([
  [{ a: '1' }, { a: '1' }, []],
  [{ a: '1' }, { a: '2' }, ['a']],
  [{}, { a: '1' }, ['a']],
  [{ a: '1', b: '1' }, { b: '1' }, ['a']],
  [{ a: '1', b: '1', c: '1' }, { b: '2', c: '1', d: '1' }, ['b', 'd', 'a']],
  [{}, {}, []],
])('from %j to %j, %j changed', (before, now, wanted) => {
  const map = (of: object) => new Map(Object.entries(of) as [string, string][]);
  expect(changedPartitions(map(before), map(now))).toEqual(wanted);
});

test('versions are stored in the order of partitions, whatever the order in which they came', () => {
  const given: [string, string][] = [
    ['b', '2'],
    ['a', '1'],
    ['c', '3'],
  ];
  const encoded = encodeVersions(new Map(given));
  expect(String(gunzipSync(encoded))).toBe('[["a","1"],["b","2"],["c","3"]]');
  expect(encodeVersions(new Map([...given].reverse()))).toEqual(encoded);
  expect(new Map([...decodeVersions(encoded)])).toEqual(new Map(given));
});

describe('the group of a partition is its month', () => {
  const span = { from: '2026-01-01', to: '2026-12-31' } as const;

  test.each([
    ['day', 'year=2026/month=06/day=15'],
    ['hour', 'year=2026/month=06/day=15/hour=23'],
    ['dt', 'dt=2026-06-15'],
    ['month', 'year=2026/month=06'],
  ] as const)('by %s', (scheme, partition) => {
    expect(groupOf(testDataset({ partition: { scheme, ...span } }), partition)).toBe('2026-06');
  });

  test('and what is no partition has none', () => {
    expect(() => groupOf(dataset, 'year=2026/month=06')).toThrow(
      "partition path 'year=2026/month=06' of dataset events: must have the form year=<yyyy>/month=<MM>/day=<dd>",
    );
  });

  test.each([
    ['s3://b/iceberg/events/metadata/m-2026-06-77.avro', '2026-06'],
    ['s3://b/iceberg/events/metadata/m-2026-6-77.avro', ''],
    ['s3://b/m-2026-06-77/other.avro', ''],
    ['s3://b/xm-2026-06-77.avro', ''],
    ['s3://b/m-2026-06-.avro/', ''],
    ['', ''],
  ])('as the name of a manifest says: %s', (path, wanted) => {
    expect(groupOfManifest({ manifest_path: path } as ManifestFile)).toBe(wanted);
  });
});

test('totals count files, rows and bytes', () => {
  const totals = new Totals();
  totals.add({ record_count: 3, file_size_in_bytes: 100 } as DataFile);
  totals.add({ record_count: 4, file_size_in_bytes: 50 } as DataFile);
  expect({ ...totals }).toEqual({ files: 2, rows: 7, bytes: 150 });
});
