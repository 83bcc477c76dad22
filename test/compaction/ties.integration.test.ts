/** Rows that are equal in all that decides take memory and disk that do not depend on how many they are. */
import { Ranking } from '../../lambda/compaction/engine/ranking';
import { EngineSession } from '../../lambda/compaction/engine/session';
import { quoteText } from '../../lib/dataset/duckdb-types';
import { testDataset } from './support/real-lake';

jest.setTimeout(300_000);

const dataset = testDataset({
  columns: [
    { name: 'id', type: 'bigint', notNull: true },
    { name: 'at', type: 'timestamp', notNull: true },
    { name: 'seq', type: 'bigint', notNull: true },
    { name: 'text', type: 'string', notNull: true },
  ],
  dedupe: { key: ['id'], keep: 'latest', by: 'seq' },
});

/** Less than the rows take: 128 MiB, and half as much on the disk. */
const LIMITS = { memoryMiB: 128, spillMiB: 64, threads: 1 };
/** Rows of 4 KiB each. */
const ROWS = 40_000;

interface Table {
  readonly rows: number;
  readonly id: string;
  readonly text: string;
}

/** Ranks a batch against files; rows are made of their number `i`. */
async function rank<T>(
  tables: readonly Table[],
  read: (session: EngineSession, ranking: Ranking) => Promise<T>,
): Promise<T> {
  const session = await EngineSession.open(LIMITS);
  try {
    const paths: string[] = [];
    for (const [index, { rows, id, text }] of tables.entries()) {
      const path = session.path(`table-${index}.parquet`);
      await session.run(
        `COPY (SELECT (${id})::BIGINT AS id, TIMESTAMP '2026-06-15 10:00:00' AS at, 1::BIGINT AS seq, ${text} AS text
           FROM range(${rows}) t(i)) TO ${quoteText(path)} (FORMAT parquet, ROW_GROUP_SIZE 2048)`,
      );
      paths.push(path);
    }
    const [batch = '', ...files] = paths;
    const ranking = new Ranking(session, dataset, batch);
    await ranking.begin();
    for (const [index, path] of files.entries()) await ranking.add(index + 1, path);
    await ranking.rank(async (source, use) => await use(files[source - 1] ?? batch));
    return await read(session, ranking);
  } finally {
    await session.close();
  }
}

const WIDE = 'repeat(md5(i::VARCHAR), 128)';

test('a batch of wide rows that comes again changes nothing, and copies in several files become one', async () => {
  const counts = await rank(
    [
      { rows: ROWS, id: 'i', text: WIDE },
      { rows: ROWS, id: 'i', text: WIDE },
      { rows: 1000, id: 'i', text: WIDE },
      // The same keys with another text: the greater one stays, of which this is none.
      { rows: 1000, id: `i + ${ROWS / 2}`, text: "''" },
    ],
    (_, ranking) => ranking.count(),
  );
  expect(counts).toMatchObject({ added: 0, superseded: ROWS, deletions: 0 });
  expect([...counts.files]).toEqual([
    [2, { removed: 1000, placed: 0 }],
    [3, { removed: 1000, placed: 0 }],
  ]);
});

test('the greatest of many wide rows of one key, which are more than the engine holds', async () => {
  const expected = [...Array(ROWS).keys()]
    .map((i) => `${i * 7919}`.padStart(10, '0'))
    .sort()
    .at(-1);
  const [winners, counts] = await rank(
    [
      { rows: ROWS, id: '1', text: `repeat(lpad((i * 7919)::VARCHAR, 10, '0'), 400)` },
      { rows: 1, id: '1', text: "'9'" },
    ],
    async (session, ranking) => [await session.rows('SELECT source, row FROM winners'), await ranking.count()] as const,
  );
  expect(expected).toBe(`${(ROWS - 1) * 7919}`.padStart(10, '0'));
  expect(winners.map(({ source, row }) => [Number(source), Number(row)])).toEqual([[1, 0]]);
  expect(counts).toMatchObject({ added: 0, superseded: ROWS });
});

test('rows of which no two are compared at a time, because they are long', async () => {
  const long = (letter: string): string => `repeat('${letter}', 10 * 1024 * 1024) || i`;
  const winners = await rank(
    [
      { rows: 2, id: '1', text: long('a') },
      { rows: 1, id: '1', text: long('a') },
    ],
    (session) => session.rows('SELECT source, row FROM winners'),
  );
  expect(winners.map(({ source, row }) => [Number(source), Number(row)])).toEqual([[0, 1]]);
});
