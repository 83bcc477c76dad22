/** Expressions of checks, as the engine reads them. */
import { EngineSession } from '../../lambda/compaction/engine/session';
import { assertSqlChecks, sqlProblems } from '../../lambda/compaction/engine/sql-checks';
import { testDataset } from './support/test-dataset';

let session: EngineSession;
beforeAll(async () => {
  session = await EngineSession.open({ memoryMiB: 256, spillMiB: 16, threads: 1 });
});
afterAll(() => session.close());

const checked = (sql: string) =>
  testDataset({
    columns: [
      { name: 'id', type: 'string', notNull: true },
      { name: 'at', type: 'timestamp', notNull: true },
      { name: 'n', type: 'int' },
      { name: 'price', type: 'decimal(12,2)' },
      { name: 'paid', type: 'boolean' },
      { name: 'tags', type: 'array<string>' },
      { name: 'visitor', type: 'struct<country:string>' },
    ],
    input: { formats: ['ndjson'] },
    checks: [{ name: 'own', sql }],
  });

test.each([
  'paid',
  'n > 1 AND price < 10.5',
  "visitor.country IN ('de', 'fr') OR visitor IS NULL",
  "len(list_filter(tags, t -> t <> '')) = len(tags)",
  "regexp_full_match(id, '[a-z]+')",
  "id LIKE 'a%' AND upper(ID) <> ''",
  `"at" >= TIMESTAMP '2026-01-01' AND "at" < '2026-06-15'::DATE + INTERVAL 1 DAY`,
  'CASE WHEN paid THEN n > 1 ELSE TRY_CAST(id AS INTEGER) IS NULL END',
  "nullif(id, '') IS NOT NULL",
  "id = '; select 1 --'",
])('%s is an expression over a row', async (sql) => {
  expect(await sqlProblems(session, checked(sql))).toEqual([]);
});

test.each([
  ['n > ', 'is not SQL: '],
  ['n', 'gives INTEGER, not BOOLEAN'],
  ["id || ''", 'gives VARCHAR, not BOOLEAN'],
  ['true, true', 'gives STRUCT'],
  ["id > 1 AND nobody = 'x'", "there is no column 'nobody'"],
  ['visitor.contry = id', 'contry'],
  ['n > price + tags', 'Binder Error'],
  ['unheard_of(id)', 'unheard_of'],
  ['"at" > current_timestamp', "there is no column 'current_timestamp'"],
  ['"at"::DATE < current_date', "there is no column 'current_date'"],
  ['"at" > now()', 'uses now, which depends on more than the row'],
  ['"at" > today()', 'uses today, which depends on more than the row'],
  ['age("at") < INTERVAL 1 DAY', 'uses age, which depends on more than the row'],
  ['"at" > ago(INTERVAL 1 DAY)', 'uses ago, which depends on more than the row'],
  ['random() > 0.5', 'uses random, which depends on more than the row'],
  ['uuid() > id', 'uses uuid, which depends on more than the row'],
  ["nextval('s') > 1", 'uses nextval, which depends on more than the row'],
  ["error('x') IS NULL", 'uses error, which depends on more than the row'],
  ["getvariable('x') = 1", 'uses getvariable, which depends on more than the row'],
  ["current_setting('TimeZone') = 'UTC'", 'uses current_setting, which depends on more than the row'],
  ['count(*) > 1', 'depends on more than the row'],
  ['max(n) > 1', 'uses max, which depends on more than the row'],
  ['unnest(tags) = id', 'uses unnest, which depends on more than the row'],
  ['row_number() OVER () > 1', 'holds a window function'],
  ["EXISTS (FROM read_text('/etc/passwd'))", 'holds a query'],
  ["id IN (FROM 'x.parquet')", 'holds a query'],
  ["COLUMNS('n') > 1", 'holds *'],
  ['n > ?', 'holds a parameter'],
  ['n > $1', 'holds a parameter'],
  ['#1 > 1', 'holds the number of a column'],
])('%s is refused', async (sql, problem) => {
  const found = await sqlProblems(session, checked(sql));
  expect(found).toEqual([
    { check: 'own', problem: expect.stringContaining(problem), fix: expect.stringMatching(/^write /) },
  ]);
  await expect(assertSqlChecks(session, checked(sql))).rejects.toThrow(
    /^Check own of dataset events: .*Nothing was committed$/s,
  );
});

// What the configuration would not let through: the engine relies on nobody.
test.each([
  ['true AS a, true', 'is more than one expression'],
  ['true AS a FROM row_of_dataset; SELECT true', 'is more than one expression'],
  ["true AS ok FROM 'x.parquet' --", 'is more than one expression'],
  ['true AS ok FROM other --', 'is more than one expression'],
  ['true; DROP TABLE t; SELECT true', 'is not SQL: '],
])('%s is refused by the engine alone', async (sql, problem) => {
  const { columns } = checked('true');
  const own = { name: 'own', sql, isOwn: true, onFail: 'warn', expects: sql } as const;
  expect(await sqlProblems(session, { columns, checks: [own] })).toEqual([
    {
      check: 'own',
      problem: expect.stringContaining(problem),
      fix: 'write an expression over the columns of one row, which gives the same whenever it runs',
    },
  ]);
  // What the configuration makes itself is not asked.
  const { isOwn: _, ...made } = own;
  expect(await sqlProblems(session, { columns, checks: [made] })).toEqual([]);
});

test('no check has no problem, and the first problem is told', async () => {
  const { columns } = checked('true');
  expect(await sqlProblems(session, { columns })).toEqual([]);
  const of = (name: string, sql: string) => ({ name, sql, isOwn: true, onFail: 'warn', expects: sql }) as const;
  const dataset = {
    ...checked('true'),
    checks: [of('good', 'paid'), of('first', 'now() IS NULL'), of('second', 'nobody')],
  };
  expect((await sqlProblems(session, dataset)).map(({ check }) => check)).toEqual(['first', 'second']);
  await expect(assertSqlChecks(session, dataset)).rejects.toThrow(
    new Error(
      'Check first of dataset events: uses now, which depends on more than the row; write an expression over the columns of one row, which gives the same whenever it runs. Nothing was committed',
    ),
  );
  await expect(assertSqlChecks(session, { ...dataset, checks: [of('good', 'paid')] })).resolves.toBeUndefined();
});
