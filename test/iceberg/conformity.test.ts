/** What the specification says of the metadata of a table and its snapshots: https://iceberg.apache.org/spec/ */

import { graceMillis } from '../../lambda/compaction/protocol/ages';
import { readFooter } from '../../lambda/iceberg/footer';
import { publish } from '../../lambda/iceberg/publish';
import { tableShape } from '../../lib/iceberg';
import { testDataset } from '../compaction/support/test-dataset';
import { IcebergLake } from './lake';

const dataset = testDataset({
  partition: {
    scheme: 'day',
    from: '2026-01-01',
    to: '2026-12-31',
    leading: [{ name: 'tenant', kind: 'enum', values: ['a', 'bb', '7'] }],
  },
});
/** One value is shorter than the keys with leading zeros, another one is a number. */
const [A, BB, SEVEN] = ['a', 'bb', '7'].map((tenant) => `tenant=${tenant}/year=2026/month=05/day=01`) as [
  string,
  string,
  string,
];

let world: IcebergLake;
beforeEach(() => {
  world = new IcebergLake();
});
afterEach(() => world.close());

const file = async (partition: string, rows: number): Promise<string> => {
  const query = `SELECT 'id-' || i AS id, TIMESTAMP '2026-05-01 10:00:00' AS at, i::INTEGER AS n FROM range(${rows}) t(i)`;
  return await world.put(dataset, partition, await world.parquet(query));
};

async function next(partition: string, files: readonly string[]) {
  world.pass(1);
  await world.commit(dataset, partition, files);
  expect(await publish(world.lake, world.catalog, dataset)).toMatchObject({ outcome: 'published' });
  return await world.metadata(dataset);
}

test('every snapshot follows the one before, counts what it holds, and says what was done', async () => {
  const [a1, a2, b1, seven] = [await file(A, 3), await file(A, 5), await file(BB, 7), await file(SEVEN, 11)];
  const steps: [string, readonly string[], string, readonly string[], number][] = [
    [A, [a1], 'append', [a1], 3],
    [BB, [b1], 'append', [a1, b1], 10],
    [SEVEN, [seven], 'append', [a1, b1, seven], 21],
    [A, [a2], 'overwrite', [a2, b1, seven], 23],
    [BB, [], 'delete', [a2, seven], 16],
    [SEVEN, [], 'delete', [a2], 5],
    [A, [], 'delete', [], 0],
    [BB, [b1], 'append', [b1], 7],
  ];
  let before: Awaited<ReturnType<typeof next>> | undefined;
  for (const [partition, files, operation, live, rows] of steps) {
    const metadata = await next(partition, files);
    const snapshot = metadata.snapshots.at(-1);
    expect((await world.read(metadata)).map(({ file_path }) => file_path)).toEqual(
      live.map((key) => `s3://curated/${key}`).sort(),
    );
    expect(snapshot?.summary).toMatchObject({
      operation,
      'total-data-files': String(live.length),
      'total-records': String(rows),
    });
    expect(Number(snapshot?.summary['total-files-size']) > 0).toBe(rows > 0);
    expect(snapshot?.['parent-snapshot-id']).toBe(before?.['current-snapshot-id']);
    expect(metadata['current-snapshot-id']).toBe(snapshot?.['snapshot-id']);
    expect(snapshot?.['sequence-number']).toBe((before?.['last-sequence-number'] ?? 0) + 1);
    expect(metadata['table-uuid']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(metadata['table-uuid']).toBe(before?.['table-uuid'] ?? metadata['table-uuid']);
    before = metadata;
  }
});

test('the log of snapshots has those that are kept, in their order, and times never go back', async () => {
  const files = [await file(A, 1), await file(A, 2), await file(A, 3)];
  for (const key of files) await next(A, [key]);
  world.time += graceMillis(dataset) - 1_000_000;
  let metadata = await next(BB, [await file(BB, 1)]);
  const kept = metadata.snapshots.map((snapshot) => snapshot['snapshot-id']);
  expect(kept.length).toBeLessThan(4);
  expect(metadata['snapshot-log'].map((entry) => entry['snapshot-id'])).toEqual(kept);
  const { 'last-updated-ms': last } = metadata;
  // The clock of another machine is behind.
  world.time -= 600_000;
  await world.commit(dataset, A, [files[0] as string]);
  await publish(world.lake, world.catalog, dataset);
  metadata = await world.metadata(dataset);
  expect(metadata['last-updated-ms']).toBeGreaterThan(last);
  const times = metadata['snapshot-log'].map((entry) => entry['timestamp-ms']);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(metadata['last-updated-ms']).toBeGreaterThanOrEqual(times.at(-1) ?? 0);
});

test('fields of the partition have ids from 1000 on, each its own', async () => {
  const metadata = await next(A, [await file(A, 1)]);
  const [spec] = metadata['partition-specs'];
  expect(spec?.fields.map((field) => [field['field-id'], field.name])).toEqual([
    [1000, 'tenant'],
    [1001, 'year'],
    [1002, 'month'],
    [1003, 'day'],
  ]);
  expect(metadata['last-partition-id']).toBe(1003);
});

test('values and nulls of a file are counted over all its row groups', async () => {
  const body = await world.parquet(
    `SELECT 'id-' || i AS id, TIMESTAMP '2026-05-01 10:00:00' AS at, CASE WHEN i % 5 = 0 THEN NULL ELSE i END::INTEGER AS n
     FROM range(5000) t(i)`,
    'ROW_GROUP_SIZE 2048',
  );
  const key = await world.put(dataset, A, body);
  const object = { key, etag: (await world.store.get('curated', key))?.etag as string, size: body.length };
  const shape = tableShape(dataset);
  const { metrics } = await readFooter(world.store, 'curated', { ...object, lastModified: new Date(0) }, shape);
  const of = (counts: readonly { readonly key: number; readonly value: unknown }[]) =>
    ['id', 'at', 'n'].map((path) => counts.find((own) => own.key === shape.leaves.get(path)?.id)?.value);
  expect(of(metrics.value_counts)).toEqual([5000, 5000, 5000]);
  expect(of(metrics.null_value_counts)).toEqual([0, 0, 1000]);
});
