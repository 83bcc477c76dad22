import { objectAt } from '../../../lambda/compaction/store/object-at';
import { MemoryBuckets, MemoryStore } from '../support/memory-store';

const nothing = async (): Promise<void> => {};

test.each([
  [[], undefined],
  [['a/b'], 'a/b'],
  [['a/b', 'a/b.json', 'a/b/c'], 'a/b'],
  // What only begins as it does is another one.
  [['a/b.json'], undefined],
  [['a/b/', 'a/b/c'], undefined],
  [['a/a', 'a/c'], undefined],
])('of %j the object at a/b is %p', async (keys, wanted) => {
  const buckets = new MemoryBuckets();
  for (const key of keys) buckets.put('bucket', key, Buffer.from(key));
  const found = await objectAt(new MemoryStore(buckets, nothing, nothing), 'bucket', 'a/b');
  expect(found?.key).toBe(wanted);
  if (wanted !== undefined) expect(found).toEqual(buckets.list('bucket', wanted)[0]);
});
