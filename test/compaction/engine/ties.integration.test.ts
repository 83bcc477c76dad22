/** Of rows that are equal in all that decides, the greatest by its columns stays, however few of them are compared at a time. */
import { Ranking } from '../../../lambda/compaction/engine/ranking';
import { testDataset } from '../support/test-dataset';
import { TestEngine } from '../support/test-engine';

let engine: TestEngine;
beforeAll(async () => {
  engine = await TestEngine.open();
});
afterAll(() => engine.close());

const changing = (keep: 'latest' | 'earliest') =>
  testDataset({
    columns: [
      { name: 'id', type: 'string', notNull: true },
      { name: 'at', type: 'timestamp', notNull: true },
      { name: 'part', type: 'string', notNull: true },
      { name: 'seq', type: 'bigint', notNull: true },
      { name: 'a', type: 'string' },
      { name: 'b', type: 'string' },
    ],
    dedupe: { key: ['id', 'part'], keep, by: 'seq' },
  });

/** `[id, a, b]`; null where it says so. */
type Row = readonly [string, string | null, (string | null)?];
const sql = (rows: readonly Row[], columns = 'id, "at", part, seq, a, b'): string => {
  const text = (value: string | null): string => (value === null ? 'NULL' : `'${value}'`);
  const values = rows.map(([id, a, b = null]) => `('${id}', ${text(a)}, ${text(b)})`);
  return `SELECT ${columns} FROM (SELECT id, TIMESTAMP '2026-06-15 10:00:00' AS "at", 'p' AS part, 1::BIGINT AS seq, a::VARCHAR AS a, b::VARCHAR AS b
    FROM (VALUES ${values.join(', ')}) t(id, a, b))`;
};

interface Given {
  readonly keep?: 'latest' | 'earliest';
  /** Bytes of rows that are compared at a time. */
  readonly slice?: number;
  readonly columns?: string;
}

/** Where the row of each key is that stays: source, and number of the row; the batch is source 0. */
async function winners(batch: readonly Row[], files: readonly (readonly Row[])[] = [], given: Given = {}) {
  const { keep = 'latest', slice, columns } = given;
  const { session } = engine;
  const memory = Object.getOwnPropertyDescriptor(session, 'memoryMiB') as PropertyDescriptor;
  if (slice !== undefined) Object.defineProperty(session, 'memoryMiB', { ...memory, value: (8 * slice) / 1024 ** 2 });
  try {
    const path = await engine.parquet(sql(batch));
    const paths = await Promise.all(files.map((rows) => engine.parquet(sql(rows, columns))));
    const ranking = new Ranking(session, changing(keep), path);
    await ranking.begin();
    for (const [index, file] of paths.entries()) await ranking.add(index + 1, file);
    const opened: number[] = [];
    await ranking.rank(async (source, use) => {
      opened.push(source);
      await use(paths[source - 1] as string);
    });
    const found = await session.rows('SELECT k0, source, row FROM winners ORDER BY k0');
    expect(await engine.leftovers()).toEqual([]);
    return { at: Object.fromEntries(found.map(({ k0, source, row }) => [k0, `${source}.${row}`])), opened };
  } finally {
    Object.defineProperty(session, 'memoryMiB', memory);
  }
}

test('the columns decide in their order, and nulls come last', async () => {
  const batch: Row[] = [
    ['x', 'p', 'z'],
    ['x', 'q', 'b'],
    ['x', 'q', 'c'],
    ['x', 'q', null],
    ['x', null, 'zz'],
    ['y', null],
    ['y', 'a'],
  ];
  expect((await winners(batch)).at).toEqual({ x: '0.2', y: '0.6' });
  expect((await winners(batch, [], { keep: 'earliest' })).at).toEqual({ x: '0.0', y: '0.6' });
});

test('of equal rows the first that is committed stays, and without one the first that arrived', async () => {
  const same: Row = ['x', 'p', 'q'];
  expect((await winners([same, same])).at).toEqual({ x: '0.0' });
  expect((await winners([same], [[['o', 'o'], same], [same]])).at).toEqual({ x: '1.1' });
  expect((await winners([['x', 'a'], same], [[['x', 'b']], [['x', 'c'], same]])).at).toEqual({ x: '2.1' });
});

test('a file is opened once, and only where it has rows that are equal to others', async () => {
  const { at, opened } = await winners(
    [
      ['x', 'a'],
      ['y', 'a'],
    ],
    [[['o', 'a']], [['x', 'b']], [['x', 'c']], [['y', 'b']]],
  );
  expect([at, opened]).toEqual([{ x: '3.0', y: '4.0' }, [2, 3, 4]]);
  expect((await winners([['x', 'a']], [[['o', 'a']]])).opened).toEqual([]);
});

test('a file from before a column was there has nulls in it', async () => {
  const columns = 'id, "at", part, seq, a';
  expect((await winners([['x', 'p', 'b']], [[['x', 'p', 'z']]], { columns })).at).toEqual({ x: '0.0' });
  expect((await winners([['x', 'o', 'b']], [[['x', 'p', 'z']], [['x', 'p', 'z']]], { columns })).at).toEqual({
    x: '1.0',
  });
});

test.each([20, 150, 1e6])('by slices of %i bytes the same row stays', async (slice) => {
  const letters = [...'hcgbfaed'];
  const long = (letter: string): string => letter.repeat(20);
  const batch = letters.flatMap((letter): Row[] => [
    ['x', long(letter), letter],
    ['y', 'same', long(letter)],
    [`only-${letter}`, 'z'],
  ]);
  const files: Row[][] = [
    [
      ['x', long('i'), 'a'],
      ['y', 'same', long('c')],
    ],
    [
      ['x', long('i'), 'b'],
      ['y', 'same', long('g')],
      ['x', long('i'), 'b'],
    ],
    [['x', long('i'), 'a']],
  ];
  const { at, opened } = await winners(batch, files, { slice });
  expect(at).toMatchObject({ x: '2.0', y: '0.1' });
  expect(Object.keys(at)).toHaveLength(10);
  expect(opened).toEqual([1, 2, 3]);
  expect((await winners(batch, [], { slice, keep: 'earliest' })).at).toMatchObject({ x: '0.15', y: '0.16' });
});
