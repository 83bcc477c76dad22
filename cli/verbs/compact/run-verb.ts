import type { PlanMode } from '../../../lib/dataset';
import { count, plural } from '../../format';
import { visible } from '../../visible';
import { type DatasetPlan, planOf, printPlan } from '../plan/plan';
import { type RunVerb, verb } from '../verb';
import { refuseParts, runToEnd } from './run';

/** The verb that starts runs of a mode. */
export const runVerb = (name: PlanMode, about: string): RunVerb =>
  verb({
    name,
    about: `${about} Without --yes it shows what there is to do. Runs may overlap: no row is lost or doubled. A run of a stage is one of its state
machine, and goes on when this command is interrupted; in a folder it is one of this process, and can be interrupted at any time.`,
    flags: {},
    changes: true,
    wrong: 'the run or one of its tasks failed; what was not committed waits as before',
    async run({ lake, selection, mayChange, progress }) {
      refuseParts(lake, selection);
      const look = async (): Promise<readonly DatasetPlan[]> => {
        const plans: DatasetPlan[] = [];
        for (const dataset of selection.datasets) {
          progress('plan', plans.length / selection.datasets.length);
          const own = await planOf(lake, dataset, selection);
          plans.push({ ...own, [name === 'compact' ? 'maintain' : 'compact']: [] });
        }
        return plans;
      };
      const plan = await look();
      const hasWork = plan.some((own) => own[name].length > 0);
      const run =
        mayChange && hasWork ? await runToEnd(lake, name, selection, (done) => progress(name, done)) : undefined;
      const left = run === undefined ? plan : await look();
      return {
        code: run === undefined ? (hasWork && !mayChange ? 3 : 0) : run.failures.length > 0 ? 1 : 0,
        json: { plan, run, left: left.map((own) => ({ dataset: own.dataset, partitions: own[name].length })) },
        print(terminal) {
          for (const own of plan) printPlan(terminal, own, lake.now());
          if (run === undefined) {
            if (hasWork) terminal.line('Nothing was changed: --yes starts a run.');
            return;
          }
          const tasks = run.tasks === undefined ? '' : `, ${plural(run.tasks, 'task')}`;
          const rows =
            run.rows === undefined
              ? ''
              : `: ${count(run.rows.rowsIn)} rows in, ${count(run.rows.rowsOut)} stored, ${count(run.rows.rowsQuarantined)} quarantined; ` +
                `${plural(run.filesReplaced ?? 0, 'file')} merged into ${run.filesWritten}, ${plural(run.objectsVacuumed ?? 0, 'object')} vacuumed`;
          terminal.line(`${run.status}${tasks}${rows}`);
          for (const { what, error } of run.failures)
            terminal.line(terminal.bad(`  ${visible(what)}: ${visible(error)}`));
          const parts = left.reduce((sum, own) => sum + own[name].length, 0);
          if (parts > 0)
            terminal.line(
              `${plural(parts, 'partition')} still to do: see plan, and status if they wait for their checks`,
            );
        },
      };
    },
  });
