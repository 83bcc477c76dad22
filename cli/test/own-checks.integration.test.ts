/** The checks of the local lake themselves: a part that is faulty is a problem of the run. */

import { QueryEngine } from '../tables/engine';
import { start } from './support/run';

afterEach(() => jest.restoreAllMocks());

test('a sound run of the same rows has no problem, and every question has the same answer in both zones', async () => {
  const { code, result } = await start('--rows', '400');
  expect([code, result.problems, result.queries.map(({ equal }) => equal)]).toEqual([0, [], [true, true, true]]);
});

test.each([
  ['changes a value', (rows: object[]) => rows.map((row, n) => (n === 0 ? { ...row, requests: '1000000' } : row))],
  ['leaves a row out', (rows: object[]) => rows.slice(1)],
])('an engine that %s in one zone is a problem of the run', async (_, spoil) => {
  const { rows } = QueryEngine.prototype;
  jest.spyOn(QueryEngine.prototype, 'rows').mockImplementation(async function (this: QueryEngine, sql) {
    const right = await rows.call(this, sql);
    return sql.startsWith('SELECT path, count(*) AS requests FROM curated') ? (spoil(right) as typeof right) : right;
  });
  const { code, result, output } = await start('--rows', '400');
  const problem = '"Most requested paths of all time": the zones give different answers';
  expect([code, result.ok, result.problems]).toEqual([1, false, [problem]]);
  expect(result.queries.map(({ equal }) => equal)).toEqual([true, false, true]);
  expect(output).toContain(problem);
});
