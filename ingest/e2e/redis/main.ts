/** `npm run test:redis`: the rate limit and the shared memory of events, with a real Redis or Valkey. */

import { Redis } from 'ioredis';
import { freePort } from '../../../e2e/tools/ports';
import { Report } from '../../../e2e/tools/report';
import { supervised } from '../../../e2e/tools/supervisor';
import { findRedis, startRedis } from '../redis-server';
import { checkGateways } from './gateways';
import { checkLimit } from './limit';
import { checkScript } from './script';
import { checkSecured } from './secured';

const PROGRAM = {
  name: 'npm run test:redis',
  does: 'Tests the rate limit and the shared memory of events with a real Redis or Valkey.',
  options: {},
};

supervised(PROGRAM, async (supervisor) => {
  const binary = await findRedis(supervisor);
  const { stdout } = await supervisor.run(binary, ['--version']);
  console.log(stdout.trim());
  const report = new Report();
  const port = await freePort();
  const server = await startRedis(supervisor, binary, { port });
  const redis = new Redis(port, '127.0.0.1');
  redis.on('error', () => {});
  try {
    report.section('The script');
    await checkScript(report, redis);
    report.section('Many processes');
    await checkLimit(report, supervisor, redis, `redis://127.0.0.1:${port}`);
    report.section('Gateways that share a store');
    await checkGateways(report, supervisor, binary, { port, server, redis });
    report.section('A store with TLS and passwords');
    await checkSecured(report, supervisor, binary);
  } finally {
    redis.disconnect();
  }
  return report.finish();
});
