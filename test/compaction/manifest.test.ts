import type { Lake } from '../../lambda/compaction/protocol/lake';
import {
  formatManifest,
  parseManifest,
  readManifest,
  replaceManifest,
} from '../../lambda/compaction/protocol/manifest';
import { manifestKey } from '../../lib/dataset';
import { MemoryBuckets, MemoryStore } from './support/memory-store';
import { PARTITION, testDataset } from './support/test-dataset';

test('a manifest has one URI a line, one final newline and no blank line', () => {
  expect(formatManifest(['data/a', 'data/b'], 'lake')).toBe('s3://lake/data/a\ns3://lake/data/b\n');
});

test('an empty partition is an empty object: a lone newline would fail every query', () => {
  expect(formatManifest([], 'lake')).toBe('');
  expect(parseManifest('', 'lake')).toEqual([]);
});

test('reads back what it wrote, with or without the final newline', () => {
  const files = ['data/a b', 'data/ü=1'];
  const text = formatManifest(files, 'lake');
  expect(parseManifest(text, 'lake')).toEqual(files);
  expect(parseManifest(text.slice(0, -1), 'lake')).toEqual(files);
});

test('refuses to list a file twice: its rows would count twice', () => {
  expect(() => formatManifest(['data/a', 'data/a'], 'lake')).toThrow('must not list a file twice');
});

test.each([
  ['a blank line', 's3://lake/data/a\n\n'],
  ['a lone newline', '\n'],
  ['a file of another bucket', 's3://other/data/a\n'],
])('refuses to work on a manifest with %s', (_, text) => {
  expect(() => parseManifest(text, 'lake')).toThrow('must be a URI under s3://lake/');
});

describe('the manifest of a partition', () => {
  const ref = { dataset: testDataset(), partition: PARTITION };
  const at = async (): Promise<void> => {};
  const open = (): { buckets: MemoryBuckets; lake: Lake } => {
    const buckets = new MemoryBuckets();
    const zones = { raw: 'raw', curated: 'lake', quarantine: 'quarantine' };
    return {
      buckets,
      lake: { store: new MemoryStore(buckets, at, at), buckets: zones, now: () => new Date(), sleep: at },
    };
  };
  const NONE = { files: [], etag: undefined, lastModified: undefined };

  test('lists nothing before the first commit', async () => {
    expect(await readManifest(open().lake, ref)).toEqual(NONE);
  });

  test('is replaced by whoever has read the version that is current, and by nobody else', async () => {
    const { buckets, lake } = open();
    expect(await replaceManifest(lake, ref, NONE, ['data/a'])).toBe('committed');
    expect(await replaceManifest(lake, ref, NONE, ['data/b'])).toBe('conflict');
    const first = await readManifest(lake, ref);
    expect(first).toEqual({ files: ['data/a'], etag: expect.any(String), lastModified: expect.any(Date) });
    expect(await replaceManifest(lake, ref, first, ['data/a', 'data/c'])).toBe('committed');
    expect(await replaceManifest(lake, ref, first, ['data/d'])).toBe('conflict');
    expect((await readManifest(lake, ref)).files).toEqual(['data/a', 'data/c']);
    expect(buckets.get('lake', manifestKey('events', PARTITION))?.body.toString()).toBe(
      's3://lake/data/a\ns3://lake/data/c\n',
    );
  });

  test('an error of unknown outcome is thrown as it came', async () => {
    const { lake } = open();
    const error = new Error('no answer');
    const store = Object.assign(Object.create(lake.store), { put: () => Promise.reject(error) });
    await expect(replaceManifest({ ...lake, store }, ref, NONE, [])).rejects.toBe(error);
  });

  test('the line that is wrong is named, counted from 1', () => {
    expect(() => parseManifest('s3://lake/a\nb\n', 'lake')).toThrow(
      'Manifest line 2 must be a URI under s3://lake/, but is "b"',
    );
  });
});
