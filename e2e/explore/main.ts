/**
 * `npm run test:explore`: runs the commit protocol on a model lake in every order of its steps with at most two switches
 * between processes (one beside publishers of snapshots), with every crash and every lost answer in the orders with one fewer, or
 * without a switch where there are three processes or many steps, and then in orders drawn at random.
 * After each step the invariants are checked. One of each kind of meeting also runs with the store that ships over a
 * loopback S3 server, where each HTTP request is a step.
 */
import '../../test/fixtures/datasets/given';
import { cpus } from 'node:os';
import { UsageError } from '../../cli/command-line';
import { text, wholeNumber } from '../../cli/program';
import { decodeSchedule, execute } from '../../test/compaction/explore/explorer';
import { grouped, seconds } from '../tools/report';
import { type Supervisor, supervised } from '../tools/supervisor';
import { RANDOM_EXECUTIONS, type ShardResult } from './shard';

const LEAST_EXECUTIONS = 100_000;

const PROGRAM = {
  name: 'npm run test:explore',
  does:
    'Runs the commit protocol on a model lake in every order of its steps within bounds, then in random orders, and checks the ' +
    'invariants after each step.',
  options: {
    minutes: wholeNumber('continue with random orders for this long', { least: 0, default: 0 }),
    seed: wholeNumber('seed of the random orders', { least: 0, default: 1 }),
    replay: text('LINE', 'repeat one execution, as a finding prints it, and print its history'),
  },
};

supervised(PROGRAM, (supervisor, { minutes, seed, replay: line }) =>
  line === undefined ? explore(supervisor, minutes, seed) : replay(line),
);

async function explore(supervisor: Supervisor, minutes: number, seed: number): Promise<number> {
  const started = Date.now();
  const shards = Math.max(1, Math.min(8, cpus().length));
  const results = await Promise.all(
    Array.from({ length: shards }, async (_, shard) => {
      const args = [`${shard}`, `${shards}`, `${minutes}`, `${seed}`];
      const script = require.resolve('./shard-main.ts');
      const { code, stdout, stderr } = await supervisor.run(process.execPath, ['--import', 'tsx', script, ...args], {
        timeoutSeconds: minutes * 60 + 1_500,
      });
      if (code !== 0) throw new Error(`A shard ended with ${code}:\n${stdout.slice(-2_000)}${stderr.slice(-6_000)}`);
      return JSON.parse(stdout) as ShardResult;
    }),
  );
  const sum = (pick: (result: ShardResult) => number): number => results.reduce((total, one) => total + pick(one), 0);
  const executions = sum(({ exhaustive, s3, random }) => exhaustive + s3 + random);
  for (const { violations } of results) for (const text of violations) console.log(`✗ ${text}\n`);
  console.log(`${grouped(sum(({ exhaustive }) => exhaustive))} executions in memory, every one within the bounds`);
  console.log(
    `${grouped(sum(({ s3 }) => s3))} with the store that ships over an S3 server, every one within its bounds`,
  );
  console.log(`${grouped(sum(({ random }) => random))} different ones at random, seed ${seed}`);
  console.log(`${grouped(executions)} distinct executions in ${seconds(started)}`);
  const violations = sum((result) => result.violations.length);
  const enough = executions >= LEAST_EXECUTIONS;
  if (!enough) console.log(`✗ fewer than ${grouped(LEAST_EXECUTIONS)}: raise ${RANDOM_EXECUTIONS} random ones`);
  console.log(`\n${executions - violations} passed, ${violations} failed`);
  return violations === 0 && enough ? 0 : 1;
}

async function replay(line: string): Promise<number> {
  let found: ReturnType<typeof decodeSchedule>;
  try {
    found = decodeSchedule(line);
  } catch (error) {
    throw new UsageError('--replay', (error as Error).message, 'write a line that a finding of this version prints');
  }
  const { configuration, schedule } = found;
  await execute(configuration, schedule);
  console.log('Every invariant holds in this execution.');
  return 0;
}
