/** A partition waits as long as waiting helps: until its time is over, its checks are others, or the object that failed is another. */
import { createHash } from 'node:crypto';
import { ChecksFailedError } from '../../../lambda/compaction/protocol/checks-failed';
import { mayHold, readHold, writeHold } from '../../../lambda/compaction/protocol/hold';
import { MemoryLake } from '../support/memory-lake';
import { PARTITION, testDataset } from '../support/test-dataset';

const dataset = testDataset({ checks: [{ column: 'n', min: 0, onFail: 'fail' }] });
const ref = { dataset, partition: PARTITION };
const KEY = `set-aside/events/${PARTITION}/checks.json`;
const OBJECT = `raw/events/${PARTITION}/bad.json`;
const SIX_HOURS = 6 * 3_600_000;

let lake: MemoryLake;
let etag: string;
beforeEach(() => {
  lake = new MemoryLake();
  etag = lake.put('raw', OBJECT, 'bad');
});

const failed = (object?: { key: string; etag: string }) =>
  new ChecksFailedError(
    'events',
    [{ name: 'n_range', expects: 'n from 0 on' }],
    { byName: { n_range: 2 }, fail: 2 },
    object && { ...object, row: 'a row' },
  );

test('what is kept says since when, why, how many rows, and because of what', async () => {
  const error = failed({ key: OBJECT, etag });
  await writeHold(lake, ref, error);
  const hold = {
    at: '2026-06-20T12:00:00.000Z',
    problem: error.message,
    rows: 2,
    object: { key: OBJECT, etag },
    checks: createHash('sha256').update(JSON.stringify(dataset.checks)).digest('hex').slice(0, 32),
  };
  expect(JSON.parse(lake.text('curated', KEY) ?? '')).toEqual(hold);
  expect(await readHold(lake, ref)).toEqual(hold);
});

test('a partition of which nothing is kept does not wait', async () => {
  expect(await readHold(lake, ref)).toBeUndefined();
});

test('it waits for six hours', async () => {
  await writeHold(lake, ref, failed({ key: OBJECT, etag }));
  lake.time += SIX_HOURS - 1;
  expect(await readHold(lake, ref)).toMatchObject({ rows: 2 });
  lake.time += 1;
  expect(await readHold(lake, ref)).toBeUndefined();
});

test.each<[string, () => void]>([
  ['rewritten', () => void lake.put('raw', OBJECT, 'good')],
  ['gone', () => void lake.contents.objects.delete(`raw/${OBJECT}`)],
])('it does not wait for an object that is %s', async (_, change) => {
  await writeHold(lake, ref, failed({ key: OBJECT, etag }));
  change();
  expect(await readHold(lake, ref)).toBeUndefined();
});

test('an object whose name begins in the same way is another one', async () => {
  await writeHold(lake, ref, failed({ key: OBJECT, etag }));
  lake.contents.objects.delete(`raw/${OBJECT}`);
  lake.put('raw', `${OBJECT}.gz`, 'bad');
  expect(await readHold(lake, ref)).toBeUndefined();
});

test('when no object is known, it waits for the time alone', async () => {
  await writeHold(lake, ref, failed());
  expect(await readHold(lake, ref)).toMatchObject({ rows: 2 });
  expect(lake.did('list raw')).toEqual([]);
});

test('other checks are tried at once', async () => {
  await writeHold(lake, ref, failed({ key: OBJECT, etag }));
  const other = testDataset({ checks: [{ column: 'n', min: -1, onFail: 'fail' }] });
  expect(await readHold(lake, { ...ref, dataset: other })).toBeUndefined();
});

test('a dataset without a check that fails the commit waits for nothing, and reads nothing to find out', async () => {
  await writeHold(lake, ref, failed({ key: OBJECT, etag }));
  lake.operations.length = 0;
  for (const other of [testDataset(), testDataset({ checks: [{ column: 'n', min: 0, onFail: 'warn' }] })]) {
    expect(await readHold(lake, { ...ref, dataset: other })).toBeUndefined();
    expect(mayHold(other)).toBe(false);
  }
  expect(lake.operations).toEqual([]);
});

test('one of its checks is enough', () => {
  const checks = [
    { column: 'n', min: 0, onFail: 'warn' },
    { name: 'most', column: 'n', max: 9, onFail: 'fail' },
  ] as const;
  expect(mayHold(testDataset({ checks: [...checks] }))).toBe(true);
});
