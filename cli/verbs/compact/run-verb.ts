import type { PlanMode } from '../../../lib/dataset';
import { count, plural } from '../../format';
import { visible } from '../../visible';
import { printHeld } from '../held';
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
    wrong:
      'the run or one of its tasks failed, or partitions wait as rows of them fail a check; what was not committed waits as before',
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
      // A run does not read what waits for its checks.
      const hasWork = plan.some((own) => own.maintain.length > 0 || own.compact.some(({ held }) => held === undefined));
      const run =
        mayChange && hasWork ? await runToEnd(lake, name, selection, (done) => progress(name, done)) : undefined;
      const left = run === undefined ? plan : await look();
      const isHeld = left.some(({ compact }) => compact.some(({ held }) => held !== undefined));
      return {
        code: hasWork && !mayChange ? 3 : isHeld || (run?.failures.length ?? 0) > 0 ? 1 : 0,
        json: { plan, run, left: left.map(leftOf) },
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
          const open = left.flatMap(({ compact, maintain }) => [
            ...compact.filter(({ held }) => held === undefined),
            ...maintain,
          ]);
          if (open.length > 0) terminal.line(`${plural(open.length, 'partition')} still to do: see plan`);
          for (const { compact } of left)
            for (const { partition, held } of compact) if (held !== undefined) printHeld(terminal, partition, held);
        },
      };
    },
  });

function leftOf({ dataset, compact, maintain }: DatasetPlan) {
  const held = compact.flatMap(({ partition, held: own }) => (own === undefined ? [] : [{ partition, ...own }]));
  return { dataset, partitions: compact.length + maintain.length, held };
}
