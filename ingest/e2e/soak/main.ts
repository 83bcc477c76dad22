/**
 * `npm run test:soak`: honest callers beside attacks of every kind, through one gateway process. They keep their
 * successes, health checks are answered, and the memory of the process has an end.
 */

import { wholeNumber } from '../../../cli/program';
import { grouped, Report, table } from '../../../e2e/tools/report';
import { supervised } from '../../../e2e/tools/supervisor';
import { percentile, type Seen } from './honest';
import { runSoak } from './run';
import { AIM_TIMES, p99, problemsOf, successShare, times } from './verdict';

const PROGRAM = {
  name: 'npm run test:soak',
  does: 'Runs honest callers beside attacks of every kind through one gateway, and checks that the callers notice nothing.',
  options: { seconds: wholeNumber('seconds of attacks, 5 to 3,600', { least: 5, most: 3_600, default: 60 }) },
};

const milliseconds = (value: number): string => `${value.toFixed(0)} ms`;

const row = (name: string, seen: Seen): string[] => [
  name,
  grouped(seen.requests),
  `${(100 * successShare(seen)).toFixed(2)}%`,
  milliseconds(percentile(seen.latencies, 0.5)),
  milliseconds(p99(seen)),
  milliseconds(seen.latencies.at(-1) ?? 0),
  milliseconds(seen.health.slowestMs),
];

supervised(PROGRAM, async (supervisor, { seconds }) => {
  console.log(`Honest callers for ${seconds / 2} s alone, then for ${seconds} s beside attacks.`);
  const result = await runSoak(supervisor, { seconds, callers: 20 });
  const { quiet, hostile, sent, peakBytes } = result;
  console.log(
    `\n${table([['attack', 'sent'], ...Object.entries(sent).map(([name, count]) => [name, grouped(count)])])}\n`,
  );
  const head = ['callers', 'requests', '200', 'p50', 'p99', 'slowest', 'slowest health check'];
  console.log(`${table([head, row('alone', quiet), row('beside attacks', hostile)])}\n`);
  const ratio = times(result);
  console.log(
    `p99 beside attacks is ${ratio.toFixed(1)} times that alone; within ${AIM_TIMES}: ${ratio <= AIM_TIMES ? 'yes' : 'no'}`,
  );
  if (peakBytes !== undefined)
    console.log(`Most memory of the gateway: ${grouped(Math.round(peakBytes / 2 ** 20))} MB`);
  const report = new Report();
  await report.check('attacks of every kind reach nobody but themselves, and leave nothing behind', async () => {
    const problems = problemsOf(result);
    if (problems.length > 0) throw new Error(problems.join('\n'));
  });
  return report.finish();
});
