import { readManifestVersions, readVersions } from '../../../lambda/compaction/protocol/kept-versions';
import { MemoryLake } from '../support/memory-lake';
import { PARTITION, testDataset } from '../support/test-dataset';

const ref = { dataset: testDataset(), partition: PARTITION };
let lake: MemoryLake;
beforeEach(() => {
  lake = new MemoryLake();
});

test('of each object all versions are read, the newest first, deleted or not', async () => {
  for (const [key, body] of [
    ['x/b', 'b1'],
    ['x/a', 'a1'],
    ['x/b', 'b2'],
    ['y/a', 'elsewhere'],
  ] as const)
    lake.put('curated', key, body);
  lake.put('raw', 'x/a', 'another bucket');
  lake.contents.objects.delete('curated/x/a');
  const found = await readVersions(lake.store, 'curated', 'x/');
  expect(found.map(({ key, isLatest, body }) => [key, isLatest, body.toString()])).toEqual([
    ['x/a', false, 'a1'],
    ['x/b', true, 'b2'],
    ['x/b', false, 'b1'],
  ]);
});

test('only those that are meant are read', async () => {
  lake.put('curated', 'x/a', 'a');
  lake.put('curated', 'x/b', 'b');
  const found = await readVersions(lake.store, 'curated', 'x/', (key) => key === 'x/b');
  expect(found.map(({ key }) => key)).toEqual(['x/b']);
  expect(lake.did('get')).toEqual(['get curated/x/b of a version']);
});

test('one that expires while they are read is left out', async () => {
  lake.put('curated', 'x/a', 'a');
  lake.put('curated', 'x/b', 'b');
  lake.before = (operation) => {
    if (operation === 'get curated/x/a of a version') lake.contents.versions.delete('curated/x/a');
  };
  expect((await readVersions(lake.store, 'curated', 'x/')).map(({ key }) => key)).toEqual(['x/b']);
});

test('of a manifest they are its own, not those of what begins in the same way', async () => {
  const key = `manifests/events/${PARTITION}/manifest`;
  lake.put('curated', key, 'one', 2);
  lake.put('curated', key, 'two', 1);
  lake.put('curated', `${key}.bak`, 'no manifest');
  const found = await readManifestVersions(lake, ref);
  expect(found.map(({ body }) => body.toString())).toEqual(['two', 'one']);
});
