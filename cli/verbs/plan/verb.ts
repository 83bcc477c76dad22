import { verb } from '../verb';
import { type DatasetPlan, planOf, printPlan } from './plan';

export const run = verb({
  name: 'plan',
  about: `Shows what the next runs of compaction and maintenance would do, and why, by the planner's own rules. It only reads: a plan is
not handed over to anybody.`,
  flags: {},
  changes: false,
  async run({ lake, selection, progress }) {
    const plans: DatasetPlan[] = [];
    for (const dataset of selection.datasets) {
      progress('plan', plans.length / selection.datasets.length);
      plans.push(await planOf(lake, dataset, selection));
    }
    return {
      code: 0,
      json: { datasets: plans },
      print(terminal) {
        for (const plan of plans) printPlan(terminal, plan, lake.now());
      },
    };
  },
});
