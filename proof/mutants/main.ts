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

const WORKSHOPS = 2;

void supervised(async (supervisor) => {
  const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });
  const chosen = MISTAKES.filter(({ name }) => name.includes(values.only));
  if (chosen.length === 0) throw new CannotRun(`No mistake has "${values.only}" in its name.`);
  const report = new Report();
  const workshops = Array.from({ length: WORKSHOPS }, () => new Workshop(supervisor));

  report.section('Without a mistake');
  await report.check('every test that is named passes', async () => {
    const files = [...new Set(chosen.flatMap(({ tests }) => tests))];
    const titles = chosen.some((mistake) => mistake.titles === undefined)
      ? undefined
      : [...new Set(chosen.map((mistake) => mistake.titles))].join('|');
    const verdict = await (workshops[0] as Workshop).run(files, titles);
    if (verdict.outcome !== 'survived') throw new Error(JSON.stringify(verdict));
  });

  report.section('With a mistake');
  const queue = [...chosen];
  await Promise.all(
    workshops.map(async (workshop) => {
      for (let mistake = queue.shift(); mistake !== undefined; mistake = queue.shift()) {
        const { name } = mistake;
        const judged = workshop.judge(mistake);
        await report.check(name, async () => {
          const verdict = await judged;
          if (verdict.outcome === 'survived') throw new Error('No test noticed.');
          if (verdict.outcome === 'unclear') throw new Error(`Nothing was proven: ${verdict.why}`);
          return verdict.by;
        });
      }
    }),
  );
  return report.finish();
});
