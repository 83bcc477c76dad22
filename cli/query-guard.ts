import type { Dataset } from '../lib/dataset';
import { messageOf } from './failure';
import { QueryEngine } from './tables/engine';
import { zoneTables } from './tables/views';

/** A statement that `npm run query` does not run. */
export class RefusedQuery extends Error {
  override readonly name = 'RefusedQuery';
}

const EXPLAIN = /^\s*explain(?:\s+analyze)?(?:\s*\([^)]*\))?\s+/i;

/**
 * Lets one SELECT pass, and an EXPLAIN of one. DuckDB says what a statement is, in an engine that may touch nothing at all:
 * merely preparing an EXPORT makes its folder.
 *
 * @param tables what the query sees. @default the curated tables
 * @throws RefusedQuery
 */
export async function checkQuery(
  datasets: readonly Dataset[],
  sql: string,
  scratch: string,
  tables = datasets.map((dataset) => zoneTables(dataset).curated),
): Promise<void> {
  const planner = await QueryEngine.open(scratch);
  try {
    for (const table of tables) await planner.createEmptyTable(table);
    await planner.lock([]);
    await checkInjectedKeys(planner, datasets, await selectOf(planner, sql));
  } catch (error) {
    throw asRefusal(error);
  } finally {
    planner.close();
  }
}

/** The SELECT that a query is, or that it explains. */
async function selectOf(planner: QueryEngine, sql: string): Promise<string> {
  const kinds = await planner.statementKinds(sql);
  const [kind] = kinds;
  if (kind === undefined) throw new RefusedQuery('There is no statement in the query.');
  if (kinds.length > 1) throw new RefusedQuery(`The query has ${kinds.length} statements; give one at a time.`);
  if (kind === 'EXPLAIN' && EXPLAIN.test(sql)) return selectOf(planner, sql.replace(EXPLAIN, ''));
  if (kind !== 'SELECT') throw new RefusedQuery(`${kind} is refused: a query reads, with SELECT. ${UNSAFE}`);
  return sql;
}

const UNSAFE = 'With --unsafe DuckDB runs everything that it can.';

/** What the engine's lock forbids, in words that say what to do. */
export function asRefusal(error: unknown): unknown {
  if (error instanceof RefusedQuery) return error;
  const message = messageOf(error);
  return /^Permission Error|has been locked|disabled (?:by|through) configuration/.test(message)
    ? new RefusedQuery(`${message}\nA query reads the tables of the lake and nothing else. ${UNSAFE}`)
    : error;
}

/** Equality with constants, as the plan of DuckDB spells it: one value, or several. */
function equality(key: string): RegExp {
  const text = `'(?:[^']|'')*'`;
  const one = `"?${key}"? ?= ?${text}`;
  return new RegExp(`^(?:optional: )?(?:${one}(?: OR ${one})*|"?${key}"? IN \\(${text}(?:, ${text})*\\))$`);
}

/**
 * Holds injected partition keys to their equality, as Athena does: it computes partitions from the values in the query
 * and cannot list them. Which conditions reach a table is for a query planner to say, so DuckDB plans the query over
 * empty tables of the same columns.
 */
async function checkInjectedKeys(planner: QueryEngine, datasets: readonly Dataset[], sql: string): Promise<void> {
  const injected = new Map(
    datasets.map((dataset) => [
      dataset.name,
      dataset.partition.leading.filter(({ kind }) => kind === 'injected').map(({ name }) => name),
    ]),
  );
  if ([...injected.values()].every((keys) => keys.length === 0)) return;
  for (const { table, filters } of await planner.scans(sql)) {
    for (const key of injected.get(table) ?? []) {
      if (!filters.some((filter) => equality(key).test(filter))) throw missingEquality(key);
    }
  }
}

/** https://docs.aws.amazon.com/athena/latest/ug/partition-projection-dynamic-id-partitioning.html has the message. */
const missingEquality = (key: string): RefusedQuery =>
  new RefusedQuery(
    `CONSTRAINT_VIOLATION: For the injected projected partition column ${key}, the WHERE clause must contain only static ` +
      `equality conditions, and at least one such condition must be present.\nWrite WHERE ${key} = 'VALUE', or ` +
      `${key} IN ('VALUE', ...), for every table in the query that has this key.`,
  );
