/**
 * `npm run test:kill`: compactors, maintainers and planners run as processes, bundled as for Lambda, against the loopback
 * S3 server behind a proxy that refuses, cuts connections and loses answers; they are killed with SIGKILL at random
 * moments while files arrive, again too, in Hive folders and others, and changes in any order. Then every row must be there once,
 * the latest of each that changes, and nothing left over.
 */
import '../../test/fixtures/datasets/given';
import { join } from 'node:path';
import { wholeNumber } from '../../cli/program';
import { startS3Server } from '../../packages/s3-loopback/src';
import { Report } from '../tools/report';
import { supervised } from '../tools/supervisor';
import { checkKills } from './checks';
import { S3_BUCKETS } from './read';

const PROGRAM = {
  name: 'npm run test:kill',
  does: 'Kills compactors, maintainers and planners at random moments while S3 fails, and checks that every row is there once.',
  options: {
    seconds: wholeNumber('seconds of killing, 5 to 86,400', { least: 5, most: 86_400, default: 40 }),
    seed: wholeNumber('seed of what happens when', { least: 0, default: 1 }),
  },
};

supervised(PROGRAM, async (supervisor, { seconds, seed }) => {
  console.log(`Killing for ${seconds} s, seed ${seed}.`);
  const root = join(supervisor.folder('s3'), 'buckets');
  const server = await startS3Server({ root, buckets: S3_BUCKETS });
  try {
    const report = new Report();
    await checkKills(supervisor, report, { endpoint: server.endpoint, seconds, seed });
    return report.finish();
  } finally {
    await server.close();
  }
});
