/** `npm run bench:ingest`: the gateway as one process, under load, on loopback. */

import '../../test/fixtures/datasets/given';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { buildSync } from 'esbuild';
import { ExpectedError } from '../../cli/command-line';
import { flag, names, runProgram, text, type ValuesOf, wholeNumber } from '../../cli/program';
import { freePort } from '../../e2e/tools/ports';
import { datasetsScript } from '../../lib/dataset';
import { datasets } from '../../test/fixtures/datasets';
import { LOCAL_AUDIENCE, LOCAL_ISSUER, type LocalIssuer, localIssuer } from '../local/issuer';
import type { Load, Orders } from './load';
import { firstLine, lastLine, Processes, peakMemory, processorSeconds, programOnPath } from './processes';
import { SCENARIOS, type Scenario, SINKS } from './scenarios';
import { printTable, type Result } from './table';

const PROGRAM = {
  name: 'npm run bench:ingest',
  does:
    'Measures one gateway process with everything in the path: JWT, rate limit (Redis, if redis-server is on the PATH), validation, AWS SDK. ' +
    'The sink accepts PutObject over HTTP and answers after a time drawn from a log-normal distribution. Everything runs on this machine, on loopback.',
  options: {
    seconds: wholeNumber('seconds that each load is measured, 1 to 300', { most: 300, default: 15 }),
    scenario: names(
      'scenario to measure',
      SCENARIOS.map(({ name }) => name),
    ),
    'no-redis': flag('limit rates and remember events in the process only'),
    json: text('FILE', 'write the figures as JSON'),
  },
};

const PROJECT = join(__dirname, '..', '..');
const WARMUP_SECONDS = 5;

async function main({ seconds, json, ...values }: ValuesOf<typeof PROGRAM>): Promise<number> {
  const chosen = SCENARIOS.filter(({ name }) => values.scenario.includes(name));
  refuseFewFiles(Math.max(...chosen.map(({ connections }) => connections)));

  const folder = mkdtempSync(join(tmpdir(), 'bench-ingest-'));
  const processes = new Processes();
  try {
    const bundle = bundleGateway(folder);
    const issuer = await localIssuer(folder);
    const redis = values['no-redis'] ? undefined : await startRedis(processes);
    const results: Result[] = [];
    for (const scenario of chosen) {
      process.stderr.write(`${scenario.name} ...\n`);
      results.push(await measure(processes, scenario, { bundle, issuer, redis, seconds }));
    }
    const machine = {
      processors: availableParallelism(),
      model: cpus()[0]?.model ?? '',
      node: process.version,
      rateLimit: redis?.name ?? 'in memory',
    };
    printTable(machine, results);
    if (json !== undefined) {
      writeFileSync(json, `${JSON.stringify({ machine, seconds, sinks: SINKS, results }, null, 2)}\n`);
    }
    return 0;
  } finally {
    processes.killAll();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @throws ExpectedError when this shell lets a process open too few files for so many connections */
function refuseFewFiles(connections: number): void {
  const limit = Number(execFileSync('/bin/sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }));
  if (limit < connections + 200) {
    throw new ExpectedError(
      `${connections} connections need as many open files, but this shell allows ${limit}: run \`ulimit -n 20000\` first`,
      2,
    );
  }
}

/** As the image has it: one file, with the datasets. */
function bundleGateway(folder: string): string {
  const outfile = join(folder, 'gateway.js');
  buildSync({
    entryPoints: [join(PROJECT, 'ingest/gateway/main.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    banner: { js: datasetsScript(datasets) },
    logLevel: 'error',
  });
  return outfile;
}

async function startRedis(processes: Processes): Promise<{ url: string; name: string; pid: number } | undefined> {
  const binary = programOnPath('redis-server', 'valkey-server');
  if (binary === undefined) return undefined;
  const port = await freePort();
  const child = processes.start(binary, [
    '--bind',
    '127.0.0.1',
    '--port',
    String(port),
    '--save',
    '',
    '--appendonly',
    'no',
  ]);
  child.stdout?.resume();
  return { url: `redis://127.0.0.1:${port}`, name: binary.split('/').at(-1) ?? '', pid: child.pid ?? 0 };
}

interface Setup {
  readonly bundle: string;
  readonly issuer: LocalIssuer;
  readonly redis: { readonly url: string; readonly pid: number } | undefined;
  readonly seconds: number;
}

async function measure(processes: Processes, scenario: Scenario, setup: Setup): Promise<Result> {
  const { issuer, seconds } = setup;
  const tsx = ['--require', 'tsx/cjs'];
  const sink = processes.start(process.execPath, [
    ...tsx,
    join(__dirname, 'sink.ts'),
    ...SINKS[scenario.sink].map(String),
  ]);
  const sinkPort = await firstLine(sink);
  const port = await freePort();
  const gateway = processes.start(
    process.execPath,
    ['--max-old-space-size=256', '--max-semi-space-size=16', setup.bundle],
    {
      AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${sinkPort}`,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'bench',
      AWS_SECRET_ACCESS_KEY: 'bench',
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      RAW_BUCKET: 'raw',
      INGEST_PORT: String(port),
      INGEST_JWKS: issuer.jwksFile,
      INGEST_JWT_ISSUER: LOCAL_ISSUER,
      INGEST_JWT_AUDIENCE: LOCAL_AUDIENCE,
      INGEST_LATENCY_CLASS: 'low',
      INGEST_RATE_PER_SECOND: '1000000',
      INGEST_RATE_BURST: '2000000',
      INGEST_LOG_LEVEL: 'error',
      ...(setup.redis === undefined ? {} : { INGEST_REDIS_URL: setup.redis.url }),
    },
  );
  gateway.stdout?.resume();
  const url = `http://127.0.0.1:${port}`;
  await isReady(url);
  const users = scenario.ownTokens ? scenario.connections : 100;
  const tokens: string[] = [];
  for (let user = 0; user < users; user += 1) tokens.push(await issuer.token(`user-${user}`, ['access_logs'], 1));
  const orders: Orders = {
    port,
    tokens,
    connections: scenario.connections,
    eventsARequest: scenario.eventsARequest,
    ...(scenario.rate === undefined ? {} : { rate: scenario.rate }),
    warmupSeconds: WARMUP_SECONDS,
    seconds,
    // The store remembers events of earlier loads; a duplicate is not put.
    runId: SCENARIOS.indexOf(scenario) * 100_000_000_000,
  };
  const loader = processes.start(process.execPath, [...tsx, join(__dirname, 'load.ts')]);
  loader.stdin?.end(JSON.stringify(orders));
  // Start and first requests of a process say nothing about the others: they are not counted.
  await firstLine(loader);
  await delay(WARMUP_SECONDS * 1000);
  const pids = { gateway: gateway.pid, load: loader.pid, sink: sink.pid, 'rate limit': setup.redis?.pid };
  const before = await readMetrics(url);
  const used = Object.entries(pids).map(([name, pid]) => ({ name, pid, before: processorSeconds(pid ?? 0) }));
  const measured = delay(seconds * 1000).then(() =>
    used.map(
      ({ name, pid, before: then = 0 }) => [name, ((processorSeconds(pid ?? 0) ?? then) - then) / seconds] as const,
    ),
  );
  const load = JSON.parse(await lastLine(loader)) as Load;
  const after = await readMetrics(url);
  const processors = Object.fromEntries((await measured).filter(([, share]) => share > 0));
  const value = (name: string, label?: string): number => after(name, label) - before(name, label);
  const memoryBytes = peakMemory(gateway.pid ?? 0) ?? after('process_resident_memory_bytes');
  await Promise.all([gateway, sink].map((child) => processes.stop(child)));
  const events = value('ingest_events_total');
  if (value('ingest_events_total', 'result="duplicate"') > 0) throw new Error('events were sent twice');
  return {
    ...scenario,
    load,
    eventsPerSecond: ((load.statuses['200'] ?? 0) * scenario.eventsARequest) / load.seconds,
    memoryMb: memoryBytes / 1_000_000,
    cpuMicrosPerEvent: (value('process_cpu_seconds_total') / Math.max(1, events)) * 1_000_000,
    processors,
    eventsPerPut: events / Math.max(1, value('ingest_batches_total')),
  };
}

/** @returns the sum of a metric over its labels, or over those with one of them */
async function readMetrics(url: string): Promise<(name: string, label?: string) => number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return (name, label = '') =>
    [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*${label}[^}]*\\})? ([\\d.e+-]+)`, 'gm'))].reduce(
      (sum, [, number]) => sum + Number(number),
      0,
    );
}

async function isReady(url: string): Promise<void> {
  for (let i = 0; i < 400; i += 1) {
    if ((await fetch(`${url}/readyz`).catch(() => undefined))?.status === 200) return;
    await delay(25);
  }
  throw new Error('the gateway did not start');
}

runProgram(PROGRAM, main);
