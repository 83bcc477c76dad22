/**
 * `npm run test:mutants`: makes named mistakes in a copy of the tree, one at a time, and expects a test to fail for each.
 * `-- --only TEXT` takes those whose name contains the text.
 */
import { parseArgs } from 'node:util';
import { CannotRun } from '../tools/errors';
import { Report } from '../tools/report';
import { supervised } from '../tools/supervisor';
import { MISTAKES } from './mistakes';
import { Workshop } from './workshop';

/** One more than processors, as some of the tests wait. */
const WORKSHOPS = 3;

void supervised(async (supervisor) => {
  const only = parseOnly();
  const chosen = MISTAKES.filter(({ name }) => name.includes(only));
  if (chosen.length === 0) throw new CannotRun(`No mistake has "${only}" in its name.`);
  const report = new Report();
  const workshops = Array.from({ length: WORKSHOPS }, () => new Workshop(supervisor));

  report.section('Without a mistake');
  const files = [...new Set(chosen.flatMap(({ tests }) => tests))];
  await inTurn(workshops, files, (workshop, file) =>
    report.check(file, async () => {
      const named = chosen.filter(({ tests }) => tests.includes(file)).map(({ titles }) => titles);
      const verdict = await workshop.run([file], named.includes(undefined) ? undefined : [...new Set(named)].join('|'));
      if (verdict.outcome !== 'survived') throw new Error(JSON.stringify(verdict));
    }),
  );

  report.section('With a mistake');
  const waitingFirst = [...chosen].sort((a, b) => Number(b.waits ?? false) - Number(a.waits ?? false));
  await inTurn(workshops, waitingFirst, (workshop, mistake) =>
    report.check(mistake.name, async () => {
      const verdict = await workshop.judge(mistake);
      if (verdict.outcome === 'survived') throw new Error('No test noticed.');
      if (verdict.outcome === 'unclear') throw new Error(`Nothing was proven: ${verdict.why}`);
      return verdict.by;
    }),
  );
  return report.finish();
});

function parseOnly(): string {
  try {
    return parseArgs({ options: { only: { type: 'string', default: '' } } }).values.only;
  } catch (error) {
    throw new CannotRun(`${(error as Error).message}\nUsage: npm run test:mutants -- [--only TEXT]`);
  }
}

/** Gives each item to the next workshop that is free. */
async function inTurn<T>(
  workshops: readonly Workshop[],
  items: readonly T[],
  work: (workshop: Workshop, item: T) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  await Promise.all(
    workshops.map(async (workshop) => {
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(workshop, item);
    }),
  );
}
