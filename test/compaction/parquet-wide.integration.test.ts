import { RealLake, testDataset } from './support/real-lake';

let lake: RealLake;
beforeEach(async () => {
  lake = await RealLake.open();
});
afterEach(async () => {
  await lake.close();
});

/** The footer that the engine reads is written anew: its schema, and the numbers and lengths in it, take several bytes here. */
test.each([
  ['more columns than a byte counts', Array.from({ length: 300 }, (_, i) => `c${i}`)],
  ['names of 127, 128 and 300 characters', [127, 128, 300].map((length) => 'x'.repeat(length))],
])('a file with %s is read', async (_, names) => {
  const dataset = testDataset({
    input: { formats: ['parquet'] },
    columns: [
      { name: 'id', type: 'string', notNull: true },
      { name: 'at', type: 'timestamp', notNull: true },
      { name: 'head', type: 'bigint' },
      { name: 'tail', type: 'struct<a:string>' },
    ],
  });
  const others = names.map((name, i) => `${i}::SMALLINT AS "${name}"`).join(', ');
  const key = "'a' AS id, TIMESTAMP '2026-06-15 10:00:00' AS \"at\"";
  const file = await lake.parquet(`SELECT ${key}, 11::BIGINT AS head, ${others}, {'a': 'z'} AS "tail"`);
  await lake.put(dataset, 'x.parquet', file);
  await lake.compact(dataset);
  expect(await lake.quarantined()).toEqual([]);
  expect(await lake.query(dataset, 'id, head, tail.a AS a')).toEqual([{ id: 'a', head: '11', a: 'z' }]);
});
