/** What a transaction says it will do before it commits: whoever meets it afterwards finishes it, once. */
import {
  type CommitIntent,
  finish,
  readIntent,
  recover,
  writeIntent,
} from '../../../lambda/compaction/protocol/commit-intent';
import { readManifest } from '../../../lambda/compaction/protocol/manifest';
import { NO_ROWS } from '../../../lambda/compaction/protocol/result';
import { readVersion } from '../../../lambda/compaction/protocol/transaction';
import { MemoryLake } from '../support/memory-lake';
import { PARTITION, testDataset } from '../support/test-dataset';

const ref = { dataset: testDataset(), partition: PARTITION };
const RECORDS = `records/events/${PARTITION}/`;
const A = `raw/events/${PARTITION}/a.json`;
const B = `raw/events/${PARTITION}/b.json`;

let lake: MemoryLake;
let record: CommitIntent;
beforeEach(() => {
  lake = new MemoryLake();
  const inputs = [A, B].map((key) => ({ key, etag: lake.put('raw', key, key) }));
  record = { files: ['f1', 'f2'], inputs, counts: { ...NO_ROWS, rowsIn: 3, rowsOut: 3 }, attempt: 'one' };
});

test('it is written beside the partition, under the name of the transaction, and read again', async () => {
  const written = await writeIntent(lake, ref, 'id', record);
  expect(written).toEqual({
    key: `${RECORDS}id.json`,
    etag: lake.contents.get('curated', `${RECORDS}id.json`)?.etag,
    record,
  });
  expect(await readIntent(lake, written.key)).toEqual(written);
});

test('one that another task has finished is not there', async () => {
  expect(await readIntent(lake, `${RECORDS}other.json`)).toBeUndefined();
});

describe('finishing', () => {
  test('deletes the inputs, then the record, and gives its counts', async () => {
    const written = await writeIntent(lake, ref, 'id', record);
    expect(await finish(lake, ref, written)).toEqual(record.counts);
    expect(lake.did('delete')).toEqual([`delete raw/${A}`, `delete raw/${B}`, `delete curated/${RECORDS}id.json`]);
    expect(lake.keys('raw')).toEqual([]);
    expect(lake.keys('curated')).toEqual([]);
  });

  test('an input that was rewritten since is another object, and stays', async () => {
    const written = await writeIntent(lake, ref, 'id', record);
    lake.put('raw', A, 'rewritten');
    expect(await finish(lake, ref, written)).toEqual(record.counts);
    expect(lake.keys('raw')).toEqual([A]);
  });

  test('a second time counts nothing', async () => {
    const written = await writeIntent(lake, ref, 'id', record);
    await finish(lake, ref, written);
    expect(await finish(lake, ref, written)).toEqual(NO_ROWS);
  });

  test('the record of a later attempt stays, and counts nothing yet', async () => {
    const written = await writeIntent(lake, ref, 'id', record);
    await writeIntent(lake, ref, 'id', { ...record, attempt: 'two' });
    expect(await finish(lake, ref, written)).toEqual(NO_ROWS);
    expect(lake.keys('curated')).toEqual([`${RECORDS}id.json`]);
  });

  test('remembers the newest event before the inputs go', async () => {
    const written = await writeIntent(lake, ref, 'id', { ...record, newestEvent: 1_750_000_000_000 });
    await finish(lake, ref, written);
    expect(lake.keys('curated')).toEqual(['newest/events/1750000000000']);
    const mark = lake.operations.indexOf('put curated/newest/events/1750000000000');
    expect(mark).toBeGreaterThan(0);
    expect(mark).toBeLessThan(lake.operations.indexOf(`delete raw/${A}`));
  });

  test('remembers an event of 1970 too, and none where there is none', async () => {
    await finish(lake, ref, await writeIntent(lake, ref, 'id', { ...record, newestEvent: 0 }));
    expect(lake.keys('curated')).toEqual(['newest/events/0000000000000']);
    lake.operations.length = 0;
    await finish(lake, ref, await writeIntent(lake, ref, 'id', record));
    expect(lake.did('list')).toEqual([]);
  });
});

describe('recovering', () => {
  test('finishes what is committed, and adds up its counts; leaves alone what is not', async () => {
    await writeIntent(lake, ref, 'whole', record);
    const more = { ...record, files: ['f3'], inputs: [], counts: { ...NO_ROWS, rowsIn: 4, rowsOut: 4 } };
    await writeIntent(lake, ref, 'more', more);
    await writeIntent(lake, ref, 'part', { ...record, files: ['f1', 'f9'] });
    await writeIntent(lake, ref, 'open', { ...record, files: ['f9'] });
    await writeIntent(lake, { ...ref, partition: 'year=2026/month=06/day=16' }, 'whole', record);
    lake.list(['f1', 'f2', 'f3']);
    const counts = await recover(lake, ref, await readManifest(lake, ref));
    expect(counts).toEqual({ ...NO_ROWS, rowsIn: 7, rowsOut: 7 });
    expect(lake.keys('raw')).toEqual([]);
    expect(lake.keys('curated', 'records/')).toEqual([
      `${RECORDS}open.json`,
      `${RECORDS}part.json`,
      'records/events/year=2026/month=06/day=16/whole.json',
    ]);
  });

  test('deletes no input of a transaction that is not committed', async () => {
    await writeIntent(lake, ref, 'open', { ...record, files: ['f1', 'f9'] });
    lake.list(['f1', 'f2']);
    expect(await recover(lake, ref, await readManifest(lake, ref))).toEqual(NO_ROWS);
    expect(lake.keys('raw')).toEqual([A, B]);
  });

  test('passes over one that is finished while it looks', async () => {
    const { key, etag } = await writeIntent(lake, ref, 'id', record);
    lake.list(['f1', 'f2']);
    const manifest = await readManifest(lake, ref);
    lake.before = async (operation) => {
      if (operation !== `get curated/${key}`) return;
      lake.before = () => undefined;
      await lake.store.deleteMatching('curated', [{ key, etag }]);
    };
    expect(await recover(lake, ref, manifest)).toEqual(NO_ROWS);
  });

  test('a version is read with its transactions finished', async () => {
    await writeIntent(lake, ref, 'id', record);
    const etag = lake.list(['f1', 'f2']);
    const { manifest, recovered } = await readVersion(lake, ref);
    expect(manifest).toEqual({ files: ['f1', 'f2'], etag, lastModified: lake.now() });
    expect(recovered).toEqual(record.counts);
    expect(lake.keys('raw')).toEqual([]);
  });
});
