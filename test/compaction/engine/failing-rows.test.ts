/** Rows that fail checks: how many, which of them, in which lines, and for which reasons. */
import { writeFile } from 'node:fs/promises';
import type { Segment } from '../../../lambda/compaction/download/segments';
import {
  type AppliedCheck,
  checksThat,
  countFailures,
  exceptErased,
  failingLines,
  failingRows,
  passingRows,
} from '../../../lambda/compaction/engine/row-checks';
import { UnreadableObjectError } from '../../../lib/rows';
import { testDataset } from '../support/test-dataset';
import { TestEngine } from '../support/test-engine';

let engine: TestEngine;
beforeAll(async () => {
  engine = await TestEngine.open();
});
afterAll(() => engine.close());

const check = (
  name: string,
  sql: string,
  onFail: AppliedCheck['onFail'],
  more: Partial<AppliedCheck> = {},
): AppliedCheck =>
  ({
    name,
    sql,
    onFail,
    expects: `${name} to be`,
    columns: [],
    ...more,
  }) as AppliedCheck;
const SMALL = check('small', 'n < 10', 'warn');
const POSITIVE = check('positive', 'n > 0', 'quarantine');
const ODD = check('odd', 'n % 2 = 1', 'quarantine');
const NAMED = check('named', "id <> 'x'", 'fail');

const rows = (...pairs: readonly (readonly [string, number | null])[]): string =>
  `SELECT * FROM (VALUES ${pairs.map(([id, n]) => `('${id}', ${n ?? 'NULL'}::INT)`).join(', ')}) t(id, n)`;
const ROWS = rows(['a', 1], ['b', 11], ['c', -1], ['x', -2], ['d', null], ['e', 12]);

describe('counting', () => {
  const counted = async (query: string, ...checks: readonly AppliedCheck[]) =>
    await countFailures(engine.session, checks, await engine.parquet(query));

  test('by check and by what becomes of the row; null passes, and a warning counts only what is not in quarantine', async () => {
    expect(await counted(ROWS, SMALL, POSITIVE, ODD, NAMED)).toEqual({
      // -1 % 2 is -1, so that -1 is not odd by this check.
      byName: { small: 2, positive: 2, odd: 3, named: 1 },
      warn: 1,
      quarantine: 3,
      fail: 1,
    });
    expect(await counted(ROWS, SMALL)).toEqual({ byName: { small: 2 }, warn: 2, quarantine: 0, fail: 0 });
    expect(await counted(ROWS, check('any', 'n IS NULL OR n > -9', 'fail'))).toEqual({
      byName: {},
      warn: 0,
      quarantine: 0,
      fail: 0,
    });
  });

  test("an expression of one's own fails where it is an error, and passes where it is null", async () => {
    const own = check('number', 'CAST(id AS INTEGER) < n', 'quarantine', { isOwn: true });
    const query = rows(['1', 2], ['2', 2], ['x', 2], ['3', null]);
    expect((await counted(query, own)).byName).toEqual({ number: 2 });
  });

  test('rows that were erased end no commit, and are checked as before otherwise', async () => {
    expect(exceptErased([POSITIVE, NAMED, SMALL], undefined)).toEqual([POSITIVE, NAMED, SMALL]);
    const erased = exceptErased([POSITIVE, NAMED, SMALL], 'n = -2');
    expect(erased).toEqual([POSITIVE, { ...NAMED, unless: 'n = -2' }, SMALL]);
    expect(await counted(ROWS, ...erased)).toMatchObject({ byName: { small: 2, positive: 2 }, fail: 0, quarantine: 2 });
    expect(await counted(ROWS, ...exceptErased([NAMED], 'n = 1'))).toMatchObject({ fail: 1 });
    // Both alternatives of a condition are about the row.
    expect(await counted(ROWS, ...exceptErased([NAMED], 'n = 1 OR n = -2'))).toMatchObject({ fail: 0 });
  });

  test('the checks of an action', () => {
    expect(checksThat([SMALL, POSITIVE, NAMED, ODD], 'quarantine')).toEqual([POSITIVE, ODD]);
    expect(checksThat([SMALL], 'fail')).toEqual([]);
  });

  test('the rows that pass are all others', async () => {
    const path = await engine.parquet(ROWS);
    const passing = async (...checks: readonly AppliedCheck[]) =>
      (await engine.session.rows(`SELECT id FROM (${passingRows(path, checks)}) ORDER BY id`))
        .map(({ id }) => id)
        .join('');
    expect(await passing(POSITIVE, ODD)).toBe('abd');
    expect(await passing()).toBe('abcdex');
  });
});

describe('rows of Parquet', () => {
  const query = `SELECT *, n + 100 AS "row number", '{' || id || '}' AS "row as JSON" FROM (${ROWS})`;

  test('are found in the order of their numbers, with all reasons', async () => {
    const found = await failingRows(engine.session, [POSITIVE, ODD, SMALL], query);
    expect(found.map(({ line, reason, raw }) => [line, reason, raw.toString()])).toEqual([
      [98, 'check positive: expected positive to be; check odd: expected odd to be', '{x}'],
      [99, 'check positive: expected positive to be; check odd: expected odd to be', '{c}'],
      [111, 'check small: expected small to be', '{b}'],
      [112, 'check odd: expected odd to be; check small: expected small to be', '{e}'],
    ]);
  });

  test('are no more than 64 MiB: then their object is one of another dataset', async () => {
    const rows = (bytes: number): string =>
      `SELECT 'i' AS id, -1 AS n, i AS "row number", repeat('x', CASE i WHEN 1 THEN ${bytes} ELSE 16777216 END) AS "row as JSON"
       FROM range(1, 5) t(i)`;
    expect(await failingRows(engine.session, [POSITIVE], rows(16_777_216))).toHaveLength(4);
    await expect(failingRows(engine.session, [POSITIVE], rows(16_777_217))).rejects.toEqual(
      new UnreadableObjectError(
        'more than 67108864 bytes of its rows were rejected; the first was row 1: check positive: expected positive to be',
      ),
    );
  });

  test('are so many as are looked for', async () => {
    const found = await failingRows(engine.session, [POSITIVE, SMALL], query, 2);
    expect(found.map(({ line }) => line)).toEqual([98, 99]);
    expect(await failingRows(engine.session, [check('all', 'true', 'fail')], query)).toEqual([]);
  });
});

describe('lines of text', () => {
  const DATASET = testDataset({ input: { formats: ['ndjson'] } });
  let made = 0;
  /** A segment of lines, of which runs of objects have so many. */
  async function segment(lines: readonly string[], ...runs: readonly (readonly [number, number])[]): Promise<Segment> {
    const path = engine.session.path(`made-${made++}000`);
    await writeFile(path, lines.map((line) => `${line}\n`).join(''));
    return { path, runs: runs.map(([object, count]) => ({ object, lines: count })) } as unknown as Segment;
  }
  const n = (value: number | null): string => JSON.stringify({ id: 'i', n: value });
  const found = async (checks: readonly AppliedCheck[], segments: readonly Segment[], limit?: number) => {
    const vetoes = await failingLines(engine.session, DATASET, checks, segments, limit);
    expect(await engine.leftovers()).toEqual([]);
    return Object.fromEntries([...vetoes].map(([object, list]) => [object, [...list]]));
  };
  const REASON = 'check positive: expected positive to be';

  test('have the numbers of the rows of their objects, which may be in several runs and segments', async () => {
    const segments = [
      await segment([n(1), n(-1), n(1), n(-1), n(null), n(-1)], [7, 2], [3, 3], [7, 1]),
      await segment([n(-1), n(1), n(-1)], [7, 1], [5, 1], [3, 1]),
    ];
    expect(await found([POSITIVE], segments)).toEqual({
      3: [
        [1, REASON],
        [3, REASON],
      ],
      7: [
        [1, REASON],
        [2, REASON],
        [3, REASON],
      ],
    });
    expect(await found([POSITIVE, ODD], [await segment([n(-2)], [0, 1])])).toEqual({
      0: [[0, `${REASON}; check odd: expected odd to be`]],
    });
    expect(await found([POSITIVE], [])).toEqual({});
    expect(await found([POSITIVE], [await segment([n(1), n(2)], [0, 2])])).toEqual({});
  });

  test('are so many as are looked for, over all segments', async () => {
    const segments = [
      await segment([n(-1), n(1), n(-1)], [0, 3]),
      await segment([n(-1), n(-1)], [1, 2]),
      await segment([n(-1)], [2, 1]),
    ];
    const places = async (limit: number) =>
      Object.entries(await found([POSITIVE], segments, limit)).map(([object, list]) => [object, list.length]);
    expect(await places(1)).toEqual([['0', 1]]);
    expect(await places(2)).toEqual([['0', 2]]);
    expect(await places(3)).toEqual([
      ['0', 2],
      ['1', 1],
    ]);
    // Once there are so many, the other segments are not even opened.
    const gone = { ...(segments[1] as Segment), path: engine.session.path('nowhere') };
    const [first] = segments as [Segment, ...Segment[]];
    expect(Object.keys(await found([POSITIVE], [first, gone], 2))).toEqual(['0']);
    expect(await places(9)).toEqual([
      ['0', 2],
      ['1', 2],
      ['2', 1],
    ]);
  });

  test('may have no member, blanks before the first one, and any length', async () => {
    const lines = [
      '{}',
      '{ }',
      '{ \t }',
      `{ \t"n":-1}`,
      '{"n":-1}',
      `{"id":"${'x'.repeat(200_000)}","n":-1}`,
      n(1),
      n(-1),
    ];
    expect(Object.keys((await found([POSITIVE], [await segment(lines, [0, lines.length])]))[0] ?? {})).toHaveLength(4);
    const places = (await found([POSITIVE], [await segment(lines, [0, lines.length])]))[0] ?? [];
    expect(places.map(([line]) => line)).toEqual([3, 4, 5, 7]);
    const missing = check('there', 'n IS NOT NULL', 'quarantine');
    const bare = (await found([missing], [await segment(lines, [0, lines.length])]))[0] ?? [];
    expect(bare.map(([line]) => line)).toEqual([0, 1, 2]);
  });

  test('of a segment with more lines than its objects had rows are an error', async () => {
    const bad = await segment([n(1), n(-1)], [0, 1]);
    await expect(failingLines(engine.session, DATASET, [POSITIVE], [bad])).rejects.toThrow(
      new Error(`${bad.path} has more lines than objects had rows`),
    );
  });
});
