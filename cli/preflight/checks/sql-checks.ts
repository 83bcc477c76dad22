import { loadConfig } from '../../../config';
import { hasSqlChecks, problemsOfSqlChecks } from '../../sql-checks';
import { type Check, error, ok, skipped } from '../check';

/** Expressions in SQL of `checks`: synth does not run the engine that reads them. */
export const sqlChecks: Check = {
  id: 'sql-checks',
  permissions: () => [],
  async run() {
    const own = loadConfig().datasets.filter(hasSqlChecks);
    if (own.length === 0) return [skipped('no dataset has a check in SQL')];
    const found = await problemsOfSqlChecks(own);
    return found.length > 0
      ? found.map(({ dataset, check, problem, fix }) =>
          error(`check ${check} of dataset ${dataset}: ${problem}`, `In its file in config/datasets, ${fix}.`),
        )
      : [ok(`the checks in SQL of ${own.map(({ name }) => name).join(', ')} can be run`)];
  },
};
