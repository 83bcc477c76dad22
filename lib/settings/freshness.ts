import type { Dataset } from '../dataset/model';
import type { StageProblem } from './errors';
import { rateSeconds } from './schedules';

/**
 * Limits of freshness that are shorter than the time between two runs: only a run makes rows visible, so that such a limit is
 * passed by data that is on time.
 */
export function freshnessProblems(
  schedule: string,
  datasets: readonly Pick<Dataset, 'name' | 'freshness'>[],
): readonly StageProblem[] {
  const interval = rateSeconds(schedule);
  if (interval === undefined) return [];
  return datasets.flatMap(({ name, freshness = {} }) =>
    (['warnAfter', 'errorAfter'] as const).flatMap((limit) => {
      const seconds = freshness[`${limit}Seconds`];
      if (seconds === undefined || seconds >= interval) return [];
      return [
        {
          field: 'compaction.schedule',
          problem: `${schedule} is longer than freshness.${limit} of dataset ${name}, ${seconds / 60} minutes: the alarm would ring between two runs`,
          fix: `run more often, or write a longer ${limit} in config/datasets/${name}.ts`,
        },
      ];
    }),
  );
}
