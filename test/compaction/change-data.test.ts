import { isTombstones } from '../../lambda/compaction/protocol/names';
import { RealLake, testDataset } from './support/real-lake';

let lake: RealLake;
beforeEach(async () => {
  lake = await RealLake.open();
  lake.now = () => new Date('2026-06-15T12:00:00Z');
});
afterEach(() => lake.close());

const dataset = testDataset({
  columns: [
    { name: 'id', type: 'string', notNull: true },
    { name: 'at', type: 'timestamp', notNull: true },
    { name: 'seq', type: 'bigint', notNull: true },
    { name: 'op', type: 'string', notNull: true },
    { name: 'n', type: 'int', notNull: true },
  ],
  dedupe: { key: ['id'], keep: 'latest', by: 'seq', deleted: { column: 'op', values: ['D'] } },
  compaction: { maxUndersizedFiles: 2 },
});

const row = (id: string, seq: number, n: number, op = 'U'): string =>
  `${JSON.stringify({ id, at: '2026-06-15T10:00:00Z', seq, op, n })}\n`;
const rows = async (): Promise<string[]> =>
  (await lake.query(dataset, "id || ' ' || seq || ' ' || n AS text", 'ORDER BY text')).map(({ text }) => String(text));

test('a later row takes the place of an earlier one, and an earlier one that comes later does not', async () => {
  await lake.put(dataset, 'a.json', row('1', 1, 10) + row('2', 5, 20) + row('2', 4, 0));
  const [first] = await lake.compact(dataset);
  expect(first).toMatchObject({ rowsIn: 3, rowsOut: 2, superseded: 1, deletions: 0, rowsReplaced: 0, duplicates: 0 });
  await lake.put(dataset, 'b.json', row('1', 2, 11) + row('2', 3, 21) + row('3', 1, 30));
  const [second] = await lake.compact(dataset);
  expect(second).toMatchObject({ rowsIn: 3, rowsOut: 2, superseded: 1, rowsReplaced: 1 });
  expect(await rows()).toEqual(['1 2 11', '2 5 20', '3 1 30']);
});

test('a key that was deleted stays so for older rows, in later runs and after merges, and comes back with a later row', async () => {
  await lake.put(dataset, 'a.json', row('1', 1, 10) + row('2', 1, 20));
  await lake.compact(dataset);
  await lake.put(
    dataset,
    'b.json',
    `${JSON.stringify({ id: '1', seq: 5, op: 'D' })}\n${JSON.stringify({ id: '9', seq: 5, op: 'D' })}\n`,
  );
  const [deleted] = await lake.compact(dataset);
  expect(deleted).toMatchObject({ rowsIn: 2, rowsOut: 0, deletions: 2, rowsReplaced: 1 });
  expect(await rows()).toEqual(['2 1 20']);
  for (const [index, id] of ['3', '4', '5', '6'].entries()) {
    await lake.put(dataset, `c${index}.json`, row('1', 4, 14) + row('9', 3, 90) + row(id, 1, 30));
    await lake.compact(dataset);
  }
  expect(await rows()).toEqual(['2 1 20', '3 1 30', '4 1 30', '5 1 30', '6 1 30']);
  await lake.put(dataset, 'd.json', row('9', 6, 96));
  await lake.compact(dataset);
  expect(await rows()).toContain('9 6 96');
  const files = await lake.files(dataset);
  expect(files.filter(isTombstones)).toHaveLength(1);
  expect(files.length).toBeLessThanOrEqual(4);
});

test('a deletion needs nothing but key and order; any other row needs all', async () => {
  await lake.put(
    dataset,
    'a.json',
    `${JSON.stringify({ id: '1', seq: 5, op: 'D' })}\n${JSON.stringify({ id: '2', seq: 5, op: 'U' })}\n`,
  );
  const [result] = await lake.compact(dataset);
  expect(result).toMatchObject({ rowsIn: 2, rowsQuarantined: 1, deletions: 1 });
  expect((await lake.quarantined()).map(({ reason }) => reason)).toEqual([
    'at: no value, and only a row that deletes needs none',
  ]);
});
