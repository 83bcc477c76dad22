import { grouped, type Report } from '../tools/report';
import type { Supervisor } from '../tools/supervisor';
import { type KillOptions, runKills } from './run';
import { gapsOf, problemsOf } from './verdict';

/** Kills, prints what happened, and reports what is wrong with it. */
export async function checkKills(supervisor: Supervisor, report: Report, options: KillOptions): Promise<void> {
  const result = await runKills(supervisor, options);
  const { delivered, work, faults, queries, found } = result;
  const list = (counts: Iterable<[string, number]>): string =>
    [...counts].map(([name, count]) => `${grouped(count)} x ${name}`).join(', ');
  const rows = [...found.ids.values()].reduce((sum, ids) => sum + ids.size, 0);
  console.log(`
Files       ${grouped(delivered.counts.files)}: ${grouped(delivered.counts.repeated)} repeated, ${grouped(delivered.counts.rewritten)} rewritten, ${delivered.counts.unreadable} unreadable
Killed      ${list(Object.entries(work.kills))}
Done        ${list(Object.entries(work.done))}; ${grouped(work.merged)} files merged away
Faults      ${list(faults)}
Errors      ${list(work.errors)}
Queries     ${grouped(queries.count)} meanwhile
Rows        ${grouped(rows)} in the end
`);
  await report.check('kills and faults of every kind took place, and work was done all the same', async () => {
    const gaps = gapsOf(result);
    if (gaps.length > 0) throw new Error(gaps.join('\n'));
  });
  await report.check('every row and every bad line is there once, and nothing is left over', async () => {
    const problems = problemsOf(result);
    const { seconds, seed } = options;
    if (problems.length > 0) throw new Error([...problems, `again: --seconds ${seconds} --seed ${seed}`].join('\n'));
  });
}
