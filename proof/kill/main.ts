/**
 * `npm run test:kill`: compactors, maintainers and planners run as processes, bundled as for Lambda, against the loopback
 * S3 server behind a proxy that refuses, cuts connections and loses answers; they are killed with SIGKILL at random
 * moments while files arrive, again too. Then every row must be there once, and nothing left over.
 */
import '../../test/fixtures/datasets/given';
import { numberOptions } from '../tools/options';
import { grouped, Report } from '../tools/report';
import { supervised } from '../tools/supervisor';
import { runKills } from './run';
import { gapsOf, problemsOf } from './verdict';

const { seconds, seed } = numberOptions('test:kill', {
  seconds: { default: 40, least: 5, most: 86_400 },
  seed: { default: 1, least: 0 },
});

void supervised(async (supervisor) => {
  console.log(`Killing for ${seconds} s, seed ${seed}.`);
  const result = await runKills(supervisor, seconds, seed);
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
  const report = new Report();
  await report.check('kills and faults of every kind took place, and work was done all the same', async () => {
    const gaps = gapsOf(result);
    if (gaps.length > 0) throw new Error(gaps.join('\n'));
  });
  await report.check('every row and every bad line is there once, and nothing is left over', async () => {
    const problems = problemsOf(result);
    if (problems.length > 0) throw new Error([...problems, `again: --seconds ${seconds} --seed ${seed}`].join('\n'));
  });
  return report.finish();
});
