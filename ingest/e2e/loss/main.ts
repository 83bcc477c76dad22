/**
 * `npm run test:loss`: several clients post events for a minute while gateways are killed and drained, S3 refuses, is away
 * and commits unseen, Redis is killed and hangs, and compaction runs. Then every acknowledged event must be in the raw
 * zone, and every event in the curated zone once.
 */

import '../../../test/fixtures/datasets/given';
import { wholeNumber } from '../../../cli/program';
import { grouped, Report } from '../../../e2e/tools/report';
import { supervised } from '../../../e2e/tools/supervisor';
import { findRedis } from '../redis-server';
import { runLoss } from './run';
import { gapsOf, problemsOf } from './verdict';

const PROGRAM = {
  name: 'npm run test:loss',
  does: 'Posts events while gateways are killed and S3 and Redis fail, and checks that every acknowledged event is stored.',
  options: {
    seconds: wholeNumber('seconds of posting, 5 to 3,600', { least: 5, most: 3_600, default: 60 }),
    seed: wholeNumber('seed of what happens when', { least: 0, default: 1 }),
  },
};

supervised(PROGRAM, async (supervisor, { seconds, seed }) => {
  const redis = await findRedis(supervisor);
  console.log(`Posting for ${seconds} s, seed ${seed}, with ${redis}.`);
  const result = await runLoss(supervisor, { seconds, seed, clients: 16, gateways: 3, redis });
  const { notes, harm, found, compactions } = result;
  const copies = [...found.raw.values()].reduce((sum, count) => sum + count - 1, 0);
  console.log(`
Sent        ${grouped(notes.sent.size)} events in ${grouped(notes.counts.requests)} requests: ${grouped(notes.counts.retries)} sent again for want of
            an answer that was 200, ${grouped(notes.counts.again)} although it was, ${grouped(notes.counts.abandoned)} given up
Answers     ${[...notes.statuses].map(([status, count]) => `${grouped(count)} x ${status}`).join(', ')}, none ${grouped(notes.counts.unanswered)} times
Gateways    3, killed ${harm.kills} times, drained ${harm.drains} times
S3          ${grouped(harm.refusedPuts)} PUTs refused, ${harm.outages} outages, ${grouped(harm.unseenPuts)} PUTs committed unseen
Redis       killed ${harm.redisKills} times, hung ${harm.redisPauses} times
Raw         ${grouped(found.raw.size)} events in ${grouped(found.rawObjects)} objects, and ${grouped(copies)} copies
Curated     ${grouped(found.curated.size)} events; compacted ${compactions} times meanwhile, and once at the end
`);
  const report = new Report();
  await report.check('trouble of every kind took place', async () => {
    const gaps = gapsOf(result, true);
    if (gaps.length > 0) throw new Error(gaps.join('\n'));
  });
  await report.check(
    `all ${grouped(notes.acknowledged.size)} acknowledged events are safe, and every event is in the curated zone once`,
    async () => {
      const problems = problemsOf(result);
      if (problems.length > 0) throw new Error(problems.join('\n'));
    },
  );
  return report.finish();
});
