/** What is done to the one file of a batch before it is committed: duplicates, order, division, and the times of its rows. */
import { stat } from 'node:fs/promises';
import { deduplicate } from '../../../lambda/compaction/engine/deduplicate';
import { findOutsidePartition, newestEventTime } from '../../../lambda/compaction/engine/event-times';
import { copyTo, orderBy, split } from '../../../lambda/compaction/engine/parquet-output';
import { countRepeats } from '../../../lambda/compaction/engine/repeats';
import type { DatasetDefinition } from '../../../lib/dataset';
import { testDataset } from '../support/test-dataset';
import { TestEngine } from '../support/test-engine';

let engine: TestEngine;
beforeAll(async () => {
  engine = await TestEngine.open();
});
afterAll(() => engine.close());

/** Rows `[id, minute, n]`; null where it says so. */
type Row = readonly [string | null, number, (number | null)?];
const sql = (rows: readonly Row[]): string =>
  `SELECT id, TIMESTAMP '2026-06-15 10:00:00' + to_minutes(m) AS "at", n::INT AS n
   FROM (VALUES ${rows.map(([id, m, n]) => `(${id === null ? 'NULL' : `'${id}'`}, ${m}, ${n ?? 'NULL'})`).join(', ')}) t(id, m, n)`;
const TEXT = `coalesce(id, '-') || ' ' || minute("at") || ' ' || coalesce(n::VARCHAR, '-')`;

describe('duplicates', () => {
  const target = (): string => engine.session.path('made-999');
  async function kept(
    more: Partial<DatasetDefinition>,
    rows: readonly Row[],
    ...base: readonly (readonly Row[])[]
  ): Promise<{ rows: number; same: boolean; texts: string[] }> {
    const dataset = testDataset({ dedupeKey: ['id'], ...more });
    const path = await engine.parquet(sql(rows));
    const files = await Promise.all(base.map((file) => engine.parquet(sql(file))));
    const found = await deduplicate(
      engine.session,
      dataset,
      { path, rows: rows.length, rowBytes: 10 },
      files,
      target(),
    );
    const same = found.path === path;
    expect(same || found.path === target()).toBe(true);
    return { rows: found.rows, same, texts: found.rows === 0 ? [] : await engine.texts([found.path], TEXT) };
  }

  test('none: the file stays as it is', async () => {
    expect(
      await kept({}, [
        ['a', 1],
        ['b', 1],
      ]),
    ).toEqual({ rows: 2, same: true, texts: ['a 1 -', 'b 1 -'] });
    expect(
      await kept(
        {},
        [
          ['a', 1],
          ['b', 1],
        ],
        [['c', 1]],
      ),
    ).toMatchObject({ rows: 2, same: true });
  });

  test('within the batch: the earliest stays, and of equal times the first', async () => {
    expect(
      await kept({}, [
        ['a', 5, 1],
        ['a', 3, 2],
        ['a', 3, 3],
        ['a', 4, 4],
        ['b', 9, 5],
      ]),
    ).toEqual({
      rows: 2,
      same: false,
      texts: ['a 3 2', 'b 9 5'],
    });
  });

  test('of the partition: what is there stays, whatever its time', async () => {
    expect(
      await kept(
        {},
        [
          ['a', 1],
          ['b', 2],
        ],
        [['a', 9]],
      ),
    ).toEqual({ rows: 1, same: false, texts: ['b 2 -'] });
    expect(
      await kept(
        {},
        [
          ['a', 1],
          ['b', 2],
          ['b', 3],
          ['c', 4],
        ],
        [['x', 1]],
        [
          ['a', 9],
          ['a', 8],
        ],
      ),
    ).toEqual({
      rows: 2,
      same: false,
      texts: ['b 2 -', 'c 4 -'],
    });
    expect(
      await kept(
        {},
        [
          ['a', 1],
          ['a', 2],
        ],
        [['a', 9]],
      ),
    ).toEqual({ rows: 0, same: false, texts: [] });
  });

  test('by several columns: all have to be equal', async () => {
    const columns: DatasetDefinition['columns'] = [
      { name: 'id', type: 'string', notNull: true },
      { name: 'at', type: 'timestamp', notNull: true },
      { name: 'n', type: 'int', notNull: true },
    ];
    expect(
      await kept(
        { dedupeKey: ['id', 'n'], columns },
        [
          ['a', 1, 1],
          ['a', 2, 2],
          ['a', 3, 1],
        ],
        [
          ['b', 1, 1],
          ['a', 1, 3],
        ],
      ),
    ).toEqual({
      rows: 2,
      same: false,
      texts: ['a 1 1', 'a 2 2'],
    });
  });

  test('are not left out of a file that has other rows than it should', async () => {
    const path = await engine.parquet(
      sql([
        ['a', 1],
        ['b', 1],
        ['b', 2],
      ]),
    );
    await expect(
      deduplicate(engine.session, testDataset({ dedupeKey: ['id'] }), { path, rows: 5, rowBytes: 10 }, [], target()),
    ).rejects.toThrow(new Error('Dropping 1 of 5 rows left 2'));
  });
});

describe('repeats of values that should be unique', () => {
  const repeats = async (
    columns: readonly string[],
    files: readonly (readonly Row[])[],
    others: readonly (readonly Row[])[] = [],
  ) =>
    await countRepeats(
      engine.session,
      columns,
      await Promise.all(files.map((rows) => engine.parquet(sql(rows)))),
      await Promise.all(others.map((rows) => engine.parquet(sql(rows)))),
    );

  test.each<[string, Row[][], Row[][], number]>([
    [
      'none',
      [
        [
          ['a', 1],
          ['b', 1],
        ],
      ],
      [],
      0,
    ],
    [
      'of a file',
      [
        [
          ['a', 1],
          ['a', 2],
          ['a', 3],
        ],
      ],
      [],
      2,
    ],
    [
      'over files',
      [
        [['a', 1]],
        [
          ['a', 2],
          ['b', 1],
        ],
      ],
      [],
      1,
    ],
    [
      'of the partition',
      [
        [
          ['a', 1],
          ['b', 1],
        ],
      ],
      [
        [
          ['a', 9],
          ['a', 8],
        ],
        [['c', 1]],
      ],
      1,
    ],
    [
      'of both',
      [
        [
          ['a', 1],
          ['a', 2],
          ['b', 1],
        ],
      ],
      [[['a', 9]]],
      2,
    ],
    [
      'of nulls, which are no values',
      [
        [
          [null, 1],
          [null, 2],
        ],
      ],
      [[[null, 1]]],
      0,
    ],
  ])('%s', async (_, files, others, count) => {
    expect(await repeats(['id'], files, others)).toBe(count);
  });

  test('by several columns, of which none is null', async () => {
    expect(
      await repeats(
        ['id', 'n'],
        [
          [
            ['a', 1, 1],
            ['a', 2, 2],
            ['a', 3, 1],
            ['a', 4],
            ['a', 5],
            [null, 6, 1],
          ],
        ],
      ),
    ).toBe(1);
    expect(
      await repeats(
        ['id', 'n'],
        [
          [
            ['a', 1, 1],
            ['b', 1, 2],
          ],
        ],
        [
          [
            ['a', 1, 1],
            ['b', 1, 1],
          ],
        ],
      ),
    ).toBe(1);
  });
});

describe('a file that is written', () => {
  test('is sorted by the columns of the dataset, in their order', async () => {
    expect(orderBy(testDataset({ sortBy: ['n', 'at'] }))).toBe('ORDER BY "n", "at"');
    expect(orderBy(testDataset())).toBe('');
    const path = engine.session.path('made-998');
    const rows = await copyTo(
      engine.session,
      testDataset({ sortBy: ['n', 'at'] }),
      sql([
        ['a', 3, 2],
        ['b', 1, 2],
        ['c', 9, 1],
      ]),
      path,
      10,
    );
    const found = await engine.session.rows(
      `SELECT id FROM read_parquet('${path}', file_row_number = true, hive_partitioning = false) ORDER BY file_row_number`,
    );
    expect([rows, ...found.map(({ id }) => id)]).toEqual([3, 'c', 'b', 'a']);
  });

  test('is divided into equal parts, each row in one, with no more columns than it had', async () => {
    const dataset = testDataset();
    const path = await engine.parquet(
      `SELECT uuid()::VARCHAR AS id, TIMESTAMP '2026-06-15' AS "at", i::INT AS n FROM range(10001) t(i)`,
    );
    const { size } = await stat(path);
    const paths = await split(engine.session, dataset, path, 10_001, size / 2.5);
    expect(paths).toEqual([`${path}-0`, `${path}-1`, `${path}-2`]);
    const spans = await Promise.all(
      paths.map((one) =>
        engine.session.rows(
          `SELECT min(n) AS low, max(n) AS high, count(*)::INT AS rows FROM read_parquet('${one}', hive_partitioning = false)`,
        ),
      ),
    );
    expect(spans.flat()).toEqual([
      { low: 0, high: 3332, rows: 3333 },
      { low: 3333, high: 6666, rows: 3334 },
      { low: 6667, high: 10_000, rows: 3334 },
    ]);
    const names = await engine.session.rows(
      `DESCRIBE SELECT * FROM read_parquet('${paths[0]}', hive_partitioning = false)`,
    );
    expect(names.map(({ column_name }) => column_name)).toEqual(['id', 'at', 'n']);
    expect(await split(engine.session, dataset, path, 10_001, size)).toEqual([path]);
    await expect(split(engine.session, dataset, path, 10_003, size / 2)).rejects.toThrow(
      new Error('Dividing 10003 rows into 2 files wrote 10001'),
    );
  });
});

describe('times of the rows of a partition', () => {
  const DAY = 'year=2026/month=06/day=15';
  const at = (...texts: readonly (string | null)[]): string =>
    `SELECT * FROM (VALUES ${texts.map((text) => `(${text === null ? 'NULL' : `TIMESTAMP '${text}'`})`).join(', ')}) t("at")`;
  const outside = async (query: string) =>
    await findOutsidePartition(engine.session, testDataset(), DAY, await engine.parquet(query));

  test('are within a day of it, to the millisecond', async () => {
    const inside = ['2026-06-14 00:00:00', '2026-06-15 12:00:00', '2026-06-16 23:59:59.999', null];
    expect(await outside(at(...inside))).toBeUndefined();
    expect(await outside(at(...inside, '2026-06-13 23:59:59.999'))).toEqual({
      rows: 1,
      epochSeconds: 0,
      example: '2026-06-13T23:59:59.999Z',
    });
    expect(await outside(at(...inside, '2026-06-17 00:00:00', '2027-01-01 00:00:00'))).toEqual({
      rows: 2,
      epochSeconds: 0,
      example: '2026-06-17T00:00:00.000Z',
    });
  });

  test('that were seconds taken for milliseconds are told, and are the example, within the same day', async () => {
    const asMillis = (text: string): string => new Date(Date.parse(`${text}Z`) / 1000).toISOString().slice(0, -1);
    const first = asMillis('2026-06-14T00:00:00');
    const last = asMillis('2026-06-16T23:59:59');
    expect(await outside(at('1969-01-01 00:00:00', last, first))).toEqual({
      rows: 3,
      epochSeconds: 2,
      example: `${first}Z`,
    });
    expect(await outside(at(asMillis('2026-06-13T23:59:59'), asMillis('2026-06-17T00:00:00')))).toMatchObject({
      rows: 2,
      epochSeconds: 0,
    });
  });

  const NOW = Date.parse('2026-06-15T10:00:00Z');
  const newest = async (query: string, more: Partial<DatasetDefinition> = {}) =>
    await newestEventTime(engine.session, testDataset(more), await engine.parquet(query), NOW);

  test('the newest is the last one up to now', async () => {
    expect(await newest(at('2026-06-15 09:00:00', '2026-06-15 10:00:00', '2026-06-15 10:00:00.001', null))).toBe(NOW);
    expect(await newest(at('2026-06-15 09:00:00.123', '2026-06-15 08:00:00'))).toBe(NOW - 3_600_000 + 123);
    expect(await newest(at('2026-06-16 00:00:00'))).toBeUndefined();
    expect(await newest(at(null))).toBeUndefined();
  });

  test('a date is over at its end, but not later than now', async () => {
    const dates: Partial<DatasetDefinition> = {
      columns: [
        { name: 'id', type: 'string', notNull: true },
        { name: 'at', type: 'date', notNull: true },
      ],
      partition: { scheme: 'month', from: '2026-01-01', to: '2026-12-31' },
    };
    const days = (...texts: readonly string[]): string =>
      `SELECT * FROM (VALUES ${texts.map((text) => `(DATE '${text}')`).join(', ')}) t("at")`;
    expect(await newest(days('2026-06-13', '2026-06-12'), dates)).toBe(Date.parse('2026-06-14T00:00:00Z'));
    expect(await newest(days('2026-06-13', '2026-06-15'), dates)).toBe(NOW);
    expect(await newest(days('2026-06-16'), dates)).toBeUndefined();
  });
});
