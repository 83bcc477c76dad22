/** Parquet objects by the thousand: each is read by a query of its own, and the plans of queries take memory that the engine does not count. */
import { convertRows } from '../../../lambda/compaction/engine/batch';
import type { EngineSession } from '../../../lambda/compaction/engine/session';
import { testDataset } from '../support/test-dataset';
import { TestEngine } from '../support/test-engine';

let engine: TestEngine;
beforeAll(async () => {
  engine = await TestEngine.open();
});
afterAll(() => engine.close());

const dataset = testDataset();

/** Converts so many objects of two rows. `asked`: the objects that each statement reads. */
async function convert(count: number) {
  const asked: number[] = [];
  const note = (sql: string): string => {
    asked.push(sql.match(/'object \d+'/g)?.length ?? 0);
    return sql;
  };
  const session = {
    path: (name: string) => engine.session.path(name),
    run: (sql: string) => engine.session.run(note(sql)),
    number: (sql: string) => engine.session.number(note(sql)),
  } as EngineSession;
  const inputs = Array.from({ length: count }, (_, index) => ({ key: String(index), accepted: 2 }));
  const parquet = inputs.map(({ key }) => ({
    key,
    columns: 3,
    bytes: 20,
    query: `SELECT 'object ${key}' AS id, TIMESTAMP '2026-06-15 10:00:00' AS "at", n::INT AS n FROM range(2) t(n)`,
  }));
  const sources = { inputs, segments: [], parquet } as unknown as Parameters<typeof convertRows>[2];
  const { path, rows } = await convertRows(session, dataset, sources);
  const texts = await engine.texts([path], "id || ' ' || n");
  const leftovers = await engine.leftovers();
  return { asked, rows, texts, leftovers };
}
const all = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => [`object ${index} 0`, `object ${index} 1`])
    .flat()
    .sort();

test.each([
  ['one statement', 153, [153]],
  ['one object more', 154, [153, 1, 0]],
  ['several statements', 307, [153, 153, 1, 0]],
])('are converted together in parts that fit in memory: %s', async (_, count, asked) => {
  expect(await convert(count)).toEqual({ asked, rows: 2 * count, texts: all(count), leftovers: ['all.parquet'] });
});
