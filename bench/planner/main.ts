/** `npm run bench:planner`: plans over millions of objects that a server makes up, with the latency of S3. */
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { environment } from '../../cli/environment';
import { flag, runProgram, type ValuesOf, wholeNumber } from '../../cli/program';
import { LISTS_IN_FLIGHT } from '../../lambda/compaction/planning/plan-compaction';
import { bundle, PROJECT_ROOT } from '../../lib/constructs/lambda-bundle/bundle';
import { datasetsScript, type PlanMode } from '../../lib/dataset';
import type { Measured } from './child';
import type { Stats } from './server';

/** Sizes of a run with `--quick`. */
const QUICK = { objects: 100_000, partitions: 200, latency: 10 };

const PROGRAM = {
  name: 'npm run bench:planner',
  does: 'Plans compaction and maintenance of millions of objects, on a server that generates them with the latency of S3.',
  options: {
    objects: wholeNumber('pending objects', { default: 10_000_000 }),
    partitions: wholeNumber('partitions, one for each hour', { default: 10_000 }),
    latency: wholeNumber('milliseconds that each LIST takes', { default: 60 }),
    quick: flag('100,000 objects in 200 partitions at 10 ms instead, with a check of the counts alone'),
  },
};

/** What must hold at the default size. */
const TARGETS = { seconds: 180, peakMiB: 300, cpuMicros: 60 };

async function main({ quick, ...size }: ValuesOf<typeof PROGRAM>): Promise<number> {
  const code = await mkdtemp(path.join(tmpdir(), 'bench-planner-'));
  try {
    bundle({
      projectRoot: PROJECT_ROOT,
      entries: ['bench/planner/child.ts', 'bench/planner/server.ts'],
      outdir: code,
      nodeMajor: Number(process.versions.node.split('.')[0]),
      banner: datasetsScript([]),
    });
    return (await compare(code, quick ? QUICK : size, !quick)) ? 0 : 1;
  } finally {
    await rm(code, { recursive: true, force: true });
  }
}

interface Size {
  readonly objects: number;
  readonly partitions: number;
  readonly latency: number;
}

/** @returns whether everything holds */
async function compare(code: string, size: Size, hasTargets: boolean): Promise<boolean> {
  const { objects, partitions, latency } = size;
  let holds = true;
  const check = (isTrue: boolean, what: string): void => {
    if (isTrue) return;
    holds = false;
    process.stderr.write(`does not hold: ${what}\n`);
  };
  say(`${availableParallelism()} processors (${cpus()[0]?.model}), Node ${process.version}; the server uses them too`);
  say(`${objects} objects in ${partitions} partitions, ${latency} ms a LIST, ${LISTS_IN_FLIGHT} in flight\n`);
  say(`${''.padEnd(30)}  wall s   CPU s  CPU us/object  peak MiB   LISTs  GETs   bound s  of bound   tasks`);
  const compaction = await run(code, size, 'compact');
  check(compaction.measured.objects === Math.ceil(objects / partitions) * partitions, 'every object is planned');
  const micros = row('compaction', compaction, compaction.measured.objects, latency);
  const maintenance = await run(code, size, 'maintain');
  row(`maintenance, ${partitions} partitions`, maintenance, 3 * partitions, latency);
  check(
    maintenance.measured.tasks === Math.ceil(partitions / 100),
    'every partition that needs maintenance is planned',
  );
  check(maintenance.stats.gets <= 1, 'maintenance reads nothing but how far it came');
  for (const { measured, stats } of [compaction, maintenance]) {
    check(measured.complete && measured.tasks === stats.tasks, 'the plan is written as a whole');
    check(stats.mostLists <= LISTS_IN_FLIGHT, 'no more requests are in flight than there may be');
  }
  if (!hasTargets) return holds;
  const { seconds, peakMiB } = compaction.measured;
  check(seconds < TARGETS.seconds, `under ${TARGETS.seconds} s`);
  check(peakMiB < TARGETS.peakMiB, `under ${TARGETS.peakMiB} MiB`);
  check(micros < TARGETS.cpuMicros, `under ${TARGETS.cpuMicros} us of CPU an object`);
  return holds;
}

interface Run {
  readonly measured: Measured;
  readonly stats: Stats;
}

/** Prints a row. The bound: all LISTs at their latency, as many side by side as there may be. @returns CPU us an object */
function row(name: string, { measured, stats }: Run, objects: number, latency: number): number {
  const { seconds, cpuSeconds, peakMiB, tasks } = measured;
  const bound = ((stats.lists / LISTS_IN_FLIGHT) * latency) / 1000;
  const micros = (cpuSeconds * 1e6) / objects;
  const cells = [seconds.toFixed(1).padStart(8), cpuSeconds.toFixed(1).padStart(8), micros.toFixed(1).padStart(15)];
  cells.push(peakMiB.toFixed(0).padStart(10), String(stats.lists).padStart(8), String(stats.gets).padStart(6));
  cells.push(bound.toFixed(1).padStart(10), (bound / seconds).toFixed(2).padStart(10), String(tasks).padStart(8));
  say(`${name.padEnd(30)}${cells.join('')}`);
  return micros;
}

async function run(code: string, { objects, partitions, latency }: Size, mode: PlanMode): Promise<Run> {
  const args = [objects, partitions, latency].map(String);
  const server = spawn(process.execPath, [path.join(code, 'server.js'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const endpoint = await listening(server.stdout);
    const env = {
      ...environment(),
      ...{ RAW_BUCKET: 'raw', CURATED_BUCKET: 'curated', QUARANTINE_BUCKET: 'quarantine' },
      ...{ AWS_ENDPOINT_URL_S3: endpoint, AWS_REGION: 'us-east-1', AWS_EC2_METADATA_DISABLED: 'true' },
      ...{ AWS_ACCESS_KEY_ID: 'bench', AWS_SECRET_ACCESS_KEY: 'bench', NODE_NO_WARNINGS: '1' },
    };
    const { stdout } = await promisify(execFile)(process.execPath, [path.join(code, 'child.js'), mode], { env });
    const stats = (await (await fetch(`${endpoint}/-/stats`)).json()) as Stats;
    return { measured: JSON.parse(stdout) as Measured, stats };
  } finally {
    server.kill('SIGTERM');
  }
}

async function listening(stdout: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: stdout })) {
    const [, endpoint] = /^listening (\S+)$/.exec(line) ?? [];
    if (endpoint !== undefined) return endpoint;
  }
  throw new Error('The server ended before it listened');
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

runProgram(PROGRAM, main);
