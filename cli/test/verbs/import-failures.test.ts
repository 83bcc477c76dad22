/** An import remembers what could not be copied, up to 10,000 objects. */
import { PreconditionFailedError } from '../../../lambda/compaction/store/object-store';
import { MemoryBuckets, MemoryStore } from '../../../test/compaction/support/memory-store';
import { testDataset } from '../../../test/compaction/support/test-dataset';
import { Copying } from '../../verbs/import/copying';
import { importAll, type Job } from '../../verbs/import/import-all';
import { Journal } from '../../verbs/import/journal';
import type { ImportSource, SourceObject } from '../../verbs/import/source';
import type { OperatedLake } from '../../verbs/lake';
import { Selection } from '../../verbs/selection';

const BATCH = 2_000;
const buckets = { raw: 'raw', curated: 'curated', quarantine: 'quarantine' };

/** An import of so many objects that change all the time. One of each batch does not: without any, an import stops at once. */
async function jobOf(changing: number): Promise<Job> {
  const objects = new MemoryBuckets();
  const nothing = async (): Promise<void> => {};
  const lake = {
    store: new MemoryStore(objects, nothing, nothing),
    buckets,
    now: () => new Date('2026-06-16T00:00:00Z'),
    sleep: nothing,
  } as Partial<OperatedLake> as OperatedLake;
  const dataset = testDataset();
  const all: SourceObject[] = [];
  for (let left = changing; left > 0; ) {
    const name = all.length % BATCH === 0 ? 'still' : 'changing';
    if (name === 'changing') left--;
    const path = `year=2026/month=06/day=15/${String(all.length).padStart(6, '0')}-${name}.json`;
    all.push({ path, size: 1, etag: '"1"' });
  }
  const source: ImportSource = {
    name: '/objects',
    list: async function* () {
      yield* all;
    },
    find: async () => undefined,
    copy: async ({ path }, bucket, key) => {
      if (path.includes('changing')) throw new PreconditionFailedError('CopyObject', bucket, key);
      objects.put(bucket, key, Buffer.from('1'));
    },
    close: nothing,
  };
  const journal = await Journal.read(lake, 'id', source.name, dataset.name);
  const copying = new Copying(lake, dataset, source, 'id', Number.POSITIVE_INFINITY);
  const selection = new Selection([dataset], undefined, undefined);
  return { lake, selection, progress: () => undefined, dataset, source, id: 'id', journal, copying, batch: BATCH };
}

test('10,000 failures are remembered', async () => {
  expect((await importAll(await jobOf(10_000))).failed).toHaveLength(10_000);
});

test('one more ends the import, with what is wrong', async () => {
  const job = await jobOf(10_001);
  await expect(importAll(job)).rejects.toThrow(
    /^More than 10,000 objects could not be copied: it changed while it was imported$/,
  );
  expect([job.journal.failed.length, job.journal.owner]).toEqual([10_001, undefined]);
});
