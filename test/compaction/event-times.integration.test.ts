import type { OutsidePartition } from '../../lambda/compaction/protocol/converter';
import { type Dataset, type DatasetDefinition, partitionInterval } from '../../lib/dataset';
import { RealLake, testDataset } from './support/real-lake';

let lake: RealLake;
beforeEach(async () => {
  lake = await RealLake.open();
});
afterEach(async () => {
  await lake.close();
});

const DAY_MS = 86_400_000;

/** Compacts what lies there; the rows counted, and what was told of them. */
async function compact(dataset: Dataset): Promise<{ rows: number; out: number; found: OutsidePartition[] }> {
  const found: OutsidePartition[] = [];
  const results = await lake.compact(dataset, { onOutsidePartition: (outside) => found.push(outside) });
  return {
    rows: results.reduce((sum, { rowsOutsidePartition }) => sum + rowsOutsidePartition, 0),
    out: results.reduce((sum, { rowsOut }) => sum + rowsOut, 0),
    found,
  };
}

const SCHEMES: readonly [scheme: DatasetDefinition['partition']['scheme'], type: string, partition: string][] = [
  ['day', 'timestamp', 'year=2026/month=06/day=15'],
  ['day', 'date', 'year=2026/month=06/day=15'],
  ['hour', 'timestamp', 'year=2026/month=06/day=15/hour=23'],
  ['dt', 'timestamp', 'dt=2026-06-15'],
  ['dt', 'date', 'dt=2026-06-15'],
];

test.each(SCHEMES)(
  'times more than a day outside of a partition by %s are counted, of a %s, and taken',
  async (scheme, type, partition) => {
    const dataset = testDataset({
      columns: [
        { name: 'id', type: 'string', notNull: true },
        { name: 'at', type, notNull: true },
      ],
      partition: { scheme, from: '2026-01-01', to: '2026-12-31' },
    });
    const { start, end } = partitionInterval(dataset, partition);
    const from = start.getTime() - DAY_MS;
    const to = end.getTime() + DAY_MS;
    const around = (at: number): number[] =>
      [-2, -1, 0, 1, 2].map((step) => at + step * (type === 'date' ? DAY_MS : 1));
    // Either end by itself: together, an interval that is shifted would have as many inside.
    for (const [index, times] of [
      around(from),
      around(to),
      [...around(start.getTime()), ...around(end.getTime())],
      [...around(0), ...around(start.getTime()), ...around(2 ** 42)],
    ].entries()) {
      const values = times.map((time) => {
        const iso = new Date(time).toISOString();
        return type === 'date' ? iso.slice(0, 10) : iso;
      });
      const outside = values.map((value) => Date.parse(value)).filter((time) => time < from || time >= to);
      const lines = values.map((at, id) => `${JSON.stringify({ id: `${id}`, at })}\n`);
      await lake.put(dataset, `${index}.json`, lines.join(''), partition);
      const { rows, out, found } = await compact(dataset);
      expect([rows, out]).toEqual([outside.length, values.length]);
      expect(found.map((one) => one.rows)).toEqual(outside.length === 0 ? [] : [outside.length]);
      for (const { example } of found) expect(outside).toContain(Date.parse(example));
    }
  },
);

test('epoch seconds taken for milliseconds are told from other wrong times, in every format', async () => {
  const dataset = testDataset({ dedupeKey: ['id'] });
  const seconds = Date.parse('2026-06-15T10:00:00Z') / 1000;
  await lake.put(
    dataset,
    'a.json',
    `{"id":"a","at":${seconds}}\n{"id":"b","at":${seconds * 1000}}\n{"id":"a","at":${seconds}}\n`,
  );
  await lake.put(dataset, 'b.csv', `id,at\nc,${seconds}\nd,2026-06-15 10:00:00\n`);
  const file =
    await lake.parquet(`SELECT * FROM (VALUES ('e', make_timestamp_ms(${seconds})), ('f', TIMESTAMP '1999-01-01'),
    ('g', TIMESTAMP '2026-06-14 00:00:00')) t(id, "at")`);
  await lake.put(dataset, 'c.parquet', file);
  // The second `a` is a duplicate: it came in all the same.
  expect(await compact(dataset)).toEqual({
    rows: 5,
    out: 7,
    found: [{ rows: 5, epochSeconds: 4, example: '1970-01-21T14:51:57.600Z' }],
  });
});

/** Spellings of 2026-06-15T10:00:00Z and its neighbours, as producers write them; the numbers are those of the lines. */
const SPELLINGS = [
  '"2026-06-15 10:00:00"',
  '"2026-06-15T10:00:00.123456789Z"',
  '"2026-06-15T10:00:00+02:00"',
  '"2026-06-15T10:00:00+0200"',
  '"2026-06-15T10:00:00+02"',
  '1781517600',
  '1781517600123',
  '1781517600123456',
  '1781517600123456789',
  '1781517600.123',
  '"1781517600"',
  '"1781517600123"',
  '"2016-12-31T23:59:60Z"',
  '"0001-01-01T00:00:00Z"',
  '"9999-12-31T23:59:59.999999Z"',
  '"2026-06-15T24:00:00Z"',
  '0',
  '-1',
];

test('no spelling of a time ends in another year without a word', async () => {
  const dataset = testDataset();
  await lake.put(dataset, 'a.json', SPELLINGS.map((at, index) => `{"id":"${index + 1}","at":${at}}\n`).join(''));
  await lake.put(dataset, 'b.csv', 'id,at\n6,1781517600\n11,"1781517600"\n12,"1781517600123"\n');
  const { rows, found } = await compact(dataset);
  const far = await lake.query(dataset, 'id', `WHERE year("at") <> 2026 ORDER BY id`);
  expect(far.map(({ id }) => id)).toEqual(['11', '14', '15', '17', '18', '6', '6']);
  expect(rows).toBe(far.length);
  expect(found[0]).toMatchObject({ epochSeconds: 3 });
});
