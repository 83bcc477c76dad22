/** `npm run bench:compaction`: the whole compaction of many small files against one DuckDB COPY of the same data. */
import { execFile } from 'node:child_process';
import { closeSync, mkdirSync, openSync, statfsSync, writeFileSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { environment } from '../../cli/environment';
import { flag, runProgram, text, type ValuesOf, wholeNumber } from '../../cli/program';
import { bundle, PROJECT_ROOT } from '../../lib/constructs/lambda-bundle/bundle';
import { datasetsScript, rawPrefix } from '../../lib/dataset';
import type { Measured } from './child';
import { startServerProcess } from './server-process';
import { webLogLines } from './web-logs';

const PROGRAM = {
  name: 'npm run bench:compaction',
  does: 'Measures the whole compaction of many small files against one DuckDB COPY of the same data.',
  options: {
    objects: wholeNumber('small gzip NDJSON objects of 200 rows, about 100 KB uncompressed', { default: 10_000 }),
    runs: wholeNumber('runs of each; medians are printed', { default: 3 }),
    memory: flag(
      'measure peak memory too: of a partition, of one ten times as large, and of the largest files (with 10,000 objects: 15 GB of logs, about ten minutes)',
    ),
    json: text('FILE', 'write the figures as JSON'),
  },
};

const ROWS_AN_OBJECT = 200;
const PARTITION = 'year=2026/month=06/day=15';
const BUCKETS = { RAW_BUCKET: 'raw', CURATED_BUCKET: 'curated', QUARANTINE_BUCKET: 'quarantine' };
const VARIANTS = ['plain', 'sorted and deduplicated'] as const;

interface Row {
  readonly name: string;
  readonly runs: readonly Measured[];
}

async function main(options: ValuesOf<typeof PROGRAM>): Promise<number> {
  const { objects, runs, json } = options;
  const directory = await mkdtemp(path.join(workFolder(), 'bench-compaction-'));
  try {
    await bundleChild();
    const report = {
      machine: { processors: availableParallelism(), model: cpus()[0]?.model, node: process.version },
      throughput: await throughput(directory, objects, runs),
      memory: options.memory ? await memory(directory, objects) : undefined,
    };
    if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
    return 0;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/**
 * Where objects, segments and output lie: in memory where there is plenty, so that both sides are measured and not the
 * disk under the S3 server.
 */
function workFolder(): string {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    return bavail * bsize >= 12e9 ? '/dev/shm' : tmpdir();
  } catch {
    return tmpdir();
  }
}

async function throughput(directory: string, objects: number, runs: number) {
  const single = path.join(directory, 'single.ndjson');
  const size = generate(objects, path.join(directory, 'objects'), single);
  say(`${objects} objects, ${mb(size.raw)} of NDJSON, ${mb(size.stored)} as gzip; ${runs} runs, medians\n`);
  const results = [];
  for (const variant of VARIANTS) {
    const bound: Measured[] = [];
    const lake: Measured[] = [];
    // In turn, so that a slow minute of the machine slows both.
    for (let run = 0; run < runs; run++) {
      bound.push(await child(['bound', variant, single, directory], {}));
      lake.push(await compaction(directory, variant));
    }
    const ratios = bound.map(({ seconds }, run) => seconds / (lake[run] as Measured).seconds);
    say(`${variant}:`);
    table([
      { name: 'one DuckDB COPY of one local file (the bound)', runs: bound },
      { name: 'planner and compactor, S3 to S3', runs: lake },
    ]);
    say(
      `speed of the bound that is reached: ${median(ratios).toFixed(2)} (each run: ${ratios.map((r) => r.toFixed(2)).join(', ')})\n`,
    );
    results.push({ variant, objects, ...size, bound, lake, ratio: median(ratios) });
  }
  await rm(single);
  return results;
}

/** What must stay flat: a partition, one ten times as large, and transactions as large as a target of 512 MiB allows. */
const MEMORY_CASES = [
  { name: 'a partition', rows: ROWS_AN_OBJECT, environment: {} },
  { name: 'one ten times as large', rows: 10 * ROWS_AN_OBJECT, environment: {} },
  {
    name: 'one whose files are as large as they get',
    rows: 4 * ROWS_AN_OBJECT,
    environment: { COMPACTION_LOCAL_MIB: '4608' },
  },
];

async function memory(directory: string, objects: number) {
  const results = [];
  for (const { name, rows, environment } of MEMORY_CASES) {
    const folder = path.join(directory, 'objects');
    await rm(folder, { recursive: true, force: true });
    // Larger objects, not more of them: the partition grows, the number of requests does not.
    const size = generate(objects, folder, undefined, rows);
    const measured = await compaction(directory, 'sorted and deduplicated', environment);
    say(`${name}, ${mb(size.raw)} of NDJSON:`);
    table([{ name: 'planner and compactor, S3 to S3', runs: [measured] }]);
    results.push({ name, ...size, ...measured });
  }
  return results;
}

/** Serves a fresh copy of the objects (hard links) and compacts it. */
async function compaction(
  directory: string,
  variant: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<Measured> {
  const root = await mkdtemp(path.join(directory, 'lake-'));
  const server = await startServerProcess(
    path.join(CODE, 's3-main.js'),
    root,
    path.join(directory, 'objects'),
    `${rawPrefix('web_logs', PARTITION)}`,
  );
  try {
    return await child(['lake', variant], { ...variables, AWS_ENDPOINT_URL_S3: server.endpoint });
  } finally {
    await server.close();
    await rm(root, { recursive: true, force: true });
  }
}

function generate(objects: number, folder: string, single: string | undefined, rows = ROWS_AN_OBJECT) {
  mkdirSync(folder, { recursive: true });
  const file = single === undefined ? undefined : openSync(single, 'w');
  let raw = 0;
  let stored = 0;
  for (let object = 0; object < objects; object++) {
    const lines = Buffer.from(webLogLines(object, rows, objects));
    const body = gzipSync(lines, { level: 6 });
    raw += lines.length;
    stored += body.length;
    if (file !== undefined) writeSync(file, lines);
    writeFileSync(path.join(folder, `${String(object).padStart(6, '0')}.json.gz`), body);
  }
  if (file !== undefined) closeSync(file);
  return { raw, stored };
}

/** Measured is what is deployed: bundled code, not sources that are compiled as they load. */
const CODE = path.join(PROJECT_ROOT, '.cache', 'bench-compaction');

async function bundleChild(): Promise<void> {
  await rm(CODE, { recursive: true, force: true });
  mkdirSync(CODE, { recursive: true });
  bundle({
    projectRoot: PROJECT_ROOT,
    entries: ['bench/compaction/child.ts', 'lambda/compaction/download-worker.ts', 'cli/s3-main.ts'],
    outdir: CODE,
    nodeMajor: Number(process.versions.node.split('.')[0]),
    banner: datasetsScript([]),
  });
}

async function child(args: readonly string[], variables: Readonly<Record<string, string>>): Promise<Measured> {
  const env = {
    ...environment(),
    ...BUCKETS,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'bench',
    NODE_NO_WARNINGS: '1',
    TMPDIR: workFolder(),
    ...variables,
  };
  const { stdout } = await promisify(execFile)(process.execPath, [path.join(CODE, 'child.js'), ...args], { env });
  return JSON.parse(stdout) as Measured;
}

function table(rows: readonly Row[]): void {
  say(`  ${''.padEnd(48)} wall s    CPU s  peak MiB      rows  files  output`);
  for (const { name, runs } of rows) {
    const of = (pick: (run: Measured) => number): number => median(runs.map(pick));
    say(
      `  ${name.padEnd(48)} ${of((r) => r.seconds)
        .toFixed(1)
        .padStart(6)} ${of((r) => r.cpuSeconds)
        .toFixed(1)
        .padStart(8)}` +
        ` ${of((r) => r.peakMiB)
          .toFixed(0)
          .padStart(9)} ${String(of((r) => r.rows)).padStart(9)}` +
        ` ${String(of((r) => r.files)).padStart(6)}  ${mb(of((r) => r.bytesOut))}`,
    );
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}

const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

runProgram(PROGRAM, main);
