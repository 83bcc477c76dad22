import { loadConfig } from '../../../config';
import { EngineSession } from '../../../lambda/compaction/engine/session';
import { sqlProblems } from '../../../lambda/compaction/engine/sql-checks';
import { type Check, error, type Finding, ok, skipped } from '../check';

/** For expressions alone; no row is read. */
const LIMITS = { memoryMiB: 256, spillMiB: 16, threads: 1 };

/** Expressions in SQL of `checks`: synth does not run the engine that reads them. */
export const sqlChecks: Check = {
  id: 'sql-checks',
  permissions: () => [],
  async run() {
    const own = loadConfig().datasets.filter(({ checks = [] }) => checks.some(({ isOwn }) => isOwn === true));
    if (own.length === 0) return [skipped('no dataset has a check in SQL')];
    const session = await EngineSession.open(LIMITS);
    try {
      const found: Finding[] = [];
      for (const dataset of own) {
        for (const { check, problem, fix } of await sqlProblems(session, dataset)) {
          found.push(
            error(`check ${check} of dataset ${dataset.name}: ${problem}`, `In its file in config/datasets, ${fix}.`),
          );
        }
      }
      return found.length > 0
        ? found
        : [ok(`the checks in SQL of ${own.map(({ name }) => name).join(', ')} can be run`)];
    } finally {
      await session.close();
    }
  },
};
