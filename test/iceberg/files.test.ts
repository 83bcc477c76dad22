/** The metadata files of a table: written once, read where they are, removed when nothing refers to them. */
import { PreconditionFailedError } from '../../lambda/compaction/store/object-store';
import { removeUnused } from '../../lambda/iceberg/expire';
import { digestOf, TableFiles } from '../../lambda/iceberg/files';
import {
  encodeManifest,
  encodeManifestList,
  nextMetadata,
  type Snapshot,
  schemaOf,
  type TableMetadata,
  tableShape,
} from '../../lib/iceberg';
import { testDataset } from '../compaction/support/test-dataset';
import { IcebergLake } from './lake';

let world: IcebergLake;
let files: TableFiles;
beforeEach(() => {
  world = new IcebergLake();
  files = new TableFiles(world.store, 'curated', 'iceberg/events/');
});
afterEach(async () => {
  jest.restoreAllMocks();
  await world.close();
});
const bytes = (text: string): Buffer => Buffer.from(text);
const at = (name: string): string => `iceberg/events/metadata/${name}`;

test('are below the table, and have addresses that readers understand', async () => {
  expect(files.prefix).toBe('iceberg/events/metadata/');
  expect(files.uri('a.avro')).toBe('s3://curated/iceberg/events/metadata/a.avro');
  expect(await files.write('a.avro', bytes('one'))).toBe(files.uri('a.avro'));
  expect(String(await files.read(files.uri('a.avro')))).toBe('one');
  expect(String(await files.readExisting(files.uri('a.avro')))).toBe('one');
});

test.each(['s3://curated/iceberg/events/metadata/none', 's3://other/a', 's3://curated-too/a', 'file:///a', ''])(
  'what is not there, or elsewhere, is not read: %p',
  async (uri) => {
    await world.store.put('other', 'a', bytes('x'));
    expect(await files.read(uri)).toBeUndefined();
    await expect(files.readExisting(uri)).rejects.toThrow(`${uri} is part of the table, and does not exist`);
  },
);

describe('a file that is written', () => {
  test('again is the same file, and is not replaced', async () => {
    await files.write('a', bytes('one'));
    const [before] = world.buckets.versions.get(`curated/${at('a')}`) ?? [];
    expect(await files.write('a', bytes('one'))).toBe(files.uri('a'));
    expect(world.buckets.versions.get(`curated/${at('a')}`)).toEqual([before]);
  });

  test('with other bytes is an error, and nothing is replaced', async () => {
    await files.write('a', bytes('one'));
    await expect(files.write('a', bytes('two'))).rejects.toThrow(
      's3://curated/iceberg/events/metadata/a holds other bytes than its name says',
    );
    expect(String(await files.read(files.uri('a')))).toBe('one');
  });

  test('while another upload of its name fails is tried again, five times at most', async () => {
    const put = jest
      .spyOn(world.store, 'put')
      .mockImplementation((_, bucket, key) =>
        Promise.reject(new PreconditionFailedError('PutObject', bucket, String(key))),
      );
    await expect(files.write('a', bytes('one'))).rejects.toThrow(
      's3://curated/iceberg/events/metadata/a: 5 uploads met other uploads of the same name',
    );
    expect(put).toHaveBeenCalledTimes(5);
    expect(put.mock.calls.map(([bucket, key, body, condition]) => [bucket, key, String(body), condition])).toEqual(
      Array.from({ length: 5 }, () => ['curated', at('a'), 'one', { ifAbsent: true }]),
    );
  });

  test('and fails for another reason is not tried again', async () => {
    const put = jest.spyOn(world.store, 'put').mockRejectedValue(new Error('denied'));
    await expect(files.write('a', bytes('one'))).rejects.toThrow('denied');
    expect(put).toHaveBeenCalledTimes(1);
  });
});

test('a digest is 32 digits of all parts', () => {
  expect(digestOf('a', Buffer.from('bc'))).toBe('ba7816bf8f01cfea414140de5dae2223');
  expect(digestOf('abc')).toBe(digestOf('a', 'b', 'c'));
});

test('only what is older than a time is removed, and only what nothing uses', async () => {
  const asked: string[] = [];
  for (const name of ['old', 'used', 'same', 'new']) {
    world.buckets.now = () => new Date(name === 'new' ? 1_001 : name === 'same' ? 1_000 : 999);
    await files.write(name, bytes(name));
  }
  await world.store.put('curated', 'iceberg/events/elsewhere', bytes('x'));
  const removed = await files.removeOld(1_000, (uri) => {
    asked.push(uri);
    return !uri.endsWith('used');
  });
  expect(removed).toBe(1);
  expect(asked.sort()).toEqual([files.uri('old'), files.uri('used')]);
  expect([...world.buckets.objects.keys()].sort()).toEqual(
    ['iceberg/events/elsewhere', at('new'), at('same'), at('used')].map((key) => `curated/${key}`),
  );
});

describe('of what nothing refers to', () => {
  const shape = tableShape(testDataset());
  const schema = schemaOf(shape, []);
  const location = 's3://curated/iceberg/events/metadata/00002-b.metadata.json';
  const snapshotOf = (id: number): Snapshot => ({
    'snapshot-id': id,
    'sequence-number': id,
    'timestamp-ms': id,
    'schema-id': 0,
    'manifest-list': files.uri(`snap-${id}.avro`),
    summary: { 'lake.state': files.uri(`state-${id}.json.gz`) },
  });
  const metadataOf = (ids: readonly number[]): TableMetadata => ({
    ...nextMetadata({
      previous: undefined,
      previousLocation: undefined,
      uuid: 'u',
      location: 's3://curated/iceberg/events',
      shape,
      schema,
      mapping: [],
      lastColumnId: 6,
      snapshots: ids.map(snapshotOf),
      now: 1,
      logSince: 0,
    }),
    'metadata-log': [{ 'timestamp-ms': 1, 'metadata-file': files.uri('00001-a.metadata.json') }],
  });
  const sweep = (ids: readonly number[], before = 2_000): Promise<number> =>
    removeUnused(files, metadataOf(ids), location, 'lake.state', before);
  const names = (): string[] =>
    [...world.buckets.objects.keys()].map((path) => path.slice('curated/iceberg/events/metadata/'.length)).sort();

  /** The list of a snapshot, with the manifests that it names. */
  const writeList = async (id: number, manifests: readonly string[]): Promise<void> => {
    const ref = { id, parent: undefined, sequence: id };
    const listed = manifests.map((name) => encodeManifest(files.uri(name), ref, schema, [], []).file);
    await files.write(`snap-${id}.avro`, encodeManifestList(ref, listed));
  };

  beforeEach(() => {
    world.buckets.now = () => new Date(1_000);
  });

  test('is removed what the follower wrote, and nothing else', async () => {
    await writeList(5, ['m-2026-05-3.avro']);
    const kept = [
      'snap-6.avro',
      'state-5.json.gz',
      'state-6.json.gz',
      // Of an older snapshot, and in the list of the oldest that is kept.
      'm-2026-05-3.avro',
      // Of a later snapshot that is kept.
      'm-2026-06-6.avro',
      '00001-a.metadata.json',
      '00002-b.metadata.json',
      // What the follower did not write.
      'version-hint.text',
      'm-2026-6-7.avro',
      'm-2026-06-7.avro.crc',
      'xm-2026-06-7.avro',
      'snap-x.avro',
      'snap-7.avro.tmp',
      'state-7.json',
      'x-a.metadata.json',
      '00003-a.metadata.json.gz',
    ];
    const gone = [
      'snap-4.avro',
      'state-4.json.gz',
      'm-2026-05-4.avro',
      'm-2026-05-7.avro',
      'm-2026-06-55.avro',
      '00000-z.metadata.json',
      '00003-crashed.metadata.json',
    ];
    for (const name of [...kept, ...gone]) await world.store.put('curated', at(name), bytes(name));
    expect(await sweep([5, 6])).toBe(gone.length);
    expect(names()).toEqual([...kept, 'snap-5.avro'].sort());
  });

  test('nothing is removed that is younger than the grace', async () => {
    await writeList(5, []);
    await world.store.put('curated', at('snap-4.avro'), bytes('x'));
    expect(await sweep([5], 1_000)).toBe(0);
    expect(await sweep([5], 1_001)).toBe(1);
  });

  test('nothing is removed when the oldest list is not there to say what it uses', async () => {
    await world.store.put('curated', at('snap-4.avro'), bytes('x'));
    expect(await sweep([5])).toBe(0);
    expect(names()).toEqual(['snap-4.avro']);
  });

  test('a snapshot without a state keeps its list', async () => {
    await writeList(5, []);
    const metadata = metadataOf([5]);
    const [only] = metadata.snapshots as [Snapshot];
    const bare = { ...metadata, snapshots: [{ ...only, summary: {} }] };
    await world.store.put('curated', at('state-5.json.gz'), bytes('x'));
    expect(await removeUnused(files, bare, location, 'lake.state', 2_000)).toBe(1);
    expect(names()).toEqual(['snap-5.avro']);
  });
});
