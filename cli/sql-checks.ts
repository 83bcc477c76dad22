import { EngineSession } from '../lambda/compaction/engine/session';
import { type SqlProblem, sqlProblems } from '../lambda/compaction/engine/sql-checks';
import { ConfigError, type Dataset } from '../lib/dataset';

/** For expressions alone; no row is read. */
const LIMITS = { memoryMiB: 256, spillMiB: 16, threads: 1 };

/** Whether a check of a dataset is an expression in SQL, which synth does not run. */
export const hasSqlChecks = ({ checks = [] }: Dataset): boolean => checks.some(({ isOwn }) => isOwn === true);

/** What is wrong with checks in SQL, by the engine that runs them. */
export async function problemsOfSqlChecks(
  datasets: readonly Dataset[],
): Promise<readonly (SqlProblem & { readonly dataset: string })[]> {
  const own = datasets.filter(hasSqlChecks);
  if (own.length === 0) return [];
  const session = await EngineSession.open(LIMITS);
  try {
    const found: (SqlProblem & { readonly dataset: string })[] = [];
    for (const dataset of own) {
      for (const problem of await sqlProblems(session, dataset)) found.push({ ...problem, dataset: dataset.name });
    }
    return found;
  } finally {
    await session.close();
  }
}

/** Found out before anything is loaded. @throws ConfigError with each check in SQL that cannot be run */
export async function refuseSqlChecks(dataset: Dataset): Promise<void> {
  const problems = await problemsOfSqlChecks([dataset]);
  if (problems.length === 0) return;
  throw new ConfigError(
    problems.map(({ dataset: subject, check, problem, fix }) => ({ subject, field: `check ${check}`, problem, fix })),
  );
}
