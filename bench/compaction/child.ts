/**
 * One measured run in a process of its own, so that its memory and processor time are its own. Prints one JSON line.
 *
 *   bound <variant> <file> <directory>   one DuckDB COPY of one local file
 *   lake <variant>                       planner and compactor against the lake that the environment names
 *   get                                  GET of every raw object of that lake, and nothing else
 *   inflate <folder>                     every object of a folder
 *   divide <file> <folder> <count>       makes so many Parquet files, in place of what the folder holds; measures nothing
 *   merge-bound <folder>                 one DuckDB COPY of the Parquet files of a folder
 *   merge                                the same by the compactor, from the lake
 */
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { link, stat } from 'node:fs/promises';
import path from 'node:path';
import { Agent } from 'undici';
import { mapConcurrently } from '../../lambda/compaction/concurrency';
import { getWhole } from '../../lambda/compaction/download/get-whole';
import { RequestSigner } from '../../lambda/compaction/download/request-signer';
import { copyTo } from '../../lambda/compaction/engine/parquet-output';
import { EngineSession, literals } from '../../lambda/compaction/engine/session';
import { TransferWatch } from '../../lambda/compaction/limits/transfer-watch';
import { taskBudget } from '../../lambda/compaction/planning/pending';
import { planCompaction } from '../../lambda/compaction/planning/plan-compaction';
import { createConverter } from '../../lambda/compaction/runtime/converter';
import { processSettings } from '../../lambda/compaction/runtime/environment';
import { createS3Client, openLake } from '../../lambda/compaction/runtime/lake';
import { readCompactor } from '../../lambda/compaction/runtime/settings';
import type { ObjectInfo } from '../../lambda/compaction/store/object-store';
import { runTask } from '../../lambda/compaction/task/run-task';
import { quoteText } from '../../lib/dataset/duckdb-types';
import { inflateAll, readLinesSql } from '../../lib/rows';
import { webLogs } from './web-logs';

export interface Measured {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Largest resident set, in MiB. */
  readonly peakMiB: number;
  readonly rows: number;
  readonly bytesOut: number;
  readonly files: number;
}

type Run = Omit<Measured, 'peakMiB'>;

async function bound(variant: string, file: string, directory: string): Promise<Run> {
  const dataset = webLogs(variant as Parameters<typeof webLogs>[0]);
  const session = await engine(directory);
  const { columns, options, select } = readLinesSql(dataset);
  const target = session.path('bound.parquet');
  const source = session.path('source.ndjson');
  await link(file, source);
  const from = process.cpuUsage();
  const started = performance.now();
  const query = `SELECT ${select} FROM read_json(${literals([source])}, columns = ${columns}, ${options})`;
  const rows = await copyTo(session, dataset, query, target, 500);
  const measured = times(started, from);
  const { size } = await stat(target);
  await session.close();
  return { ...measured, rows, bytesOut: size, files: 1 };
}

async function engine(parent?: string): Promise<EngineSession> {
  const { memoryMiB, spillMiB, threads } = readCompactor(process.env);
  return await EngineSession.open({ memoryMiB, spillMiB, threads }, parent);
}

async function lake(variant: string): Promise<Run> {
  const dataset = webLogs(variant as Parameters<typeof webLogs>[0]);
  const { s3, buckets, compactor } = processSettings();
  const client = createS3Client(s3);
  const target = openLake(client, buckets);
  const from = process.cpuUsage();
  const started = performance.now();
  const converter = await createConverter(client, target, compactor);
  let rows = 0;
  let bytesOut = 0;
  let files = 0;
  const budget = taskBudget(dataset, compactor.maxLocalBytes);
  for (const task of (await planCompaction(target, dataset, budget)).tasks) {
    const result = await runTask(target, { dataset, partition: task.partition }, task, converter, compactor);
    rows += result.rowsOut;
    bytesOut += result.bytesOut;
    files += result.filesOut;
  }
  return { ...times(started, from), rows, bytesOut, files };
}

function times(started: number, from: NodeJS.CpuUsage): { seconds: number; cpuSeconds: number } {
  const { user, system } = process.cpuUsage(from);
  return { seconds: (performance.now() - started) / 1000, cpuSeconds: (user + system) / 1e6 };
}

const NO_WAIT = 30_000;

async function get(): Promise<Run> {
  const { s3, buckets } = processSettings();
  const client = createS3Client(s3);
  const objects = await listed();
  const from = process.cpuUsage();
  const started = performance.now();
  const signer = await RequestSigner.create(client, buckets.raw);
  const agent = new Agent({ connections: 128, pipelining: 1 });
  const watch = new TransferWatch(NO_WAIT);
  let bytesOut = 0;
  await mapConcurrently(objects, 64, async ({ key, etag, size }) => {
    const request = await signer.get(key, { 'if-match': etag });
    bytesOut += (await getWhole(agent, request, size, watch)).body.length;
  });
  const measured = times(started, from);
  await agent.close();
  return { ...measured, rows: 0, bytesOut, files: objects.length };
}

/** Of the raw bucket. */
async function listed(): Promise<ObjectInfo[]> {
  const { s3, buckets } = processSettings();
  const target = openLake(createS3Client(s3), buckets);
  const objects: ObjectInfo[] = [];
  for await (const object of target.store.list(buckets.raw, '')) objects.push(object);
  return objects;
}

async function inflate(folder: string): Promise<Run> {
  const bodies = readdirSync(folder).map((name) => readFileSync(path.join(folder, name)));
  const from = process.cpuUsage();
  const started = performance.now();
  let bytesOut = 0;
  for (const body of bodies) bytesOut += inflateAll(body, 2 ** 30).length;
  return { ...times(started, from), rows: 0, bytesOut, files: bodies.length };
}

async function divide(file: string, folder: string, count: number): Promise<Run> {
  const dataset = webLogs('plain');
  const session = await engine(path.dirname(file));
  const source = session.path('source.ndjson');
  await link(file, source);
  const { columns, options, select } = readLinesSql(dataset);
  await session.table(
    'lines',
    `SELECT ${select} FROM read_json(${literals([source])}, columns = ${columns}, ${options})`,
  );
  rmSync(folder, { recursive: true });
  mkdirSync(folder);
  let rows = 0;
  for (let part = 0; part < count; part++) {
    const target = session.path('part.parquet');
    const query = `SELECT * FROM lines WHERE rowid % ${count} = ${part}`;
    rows += await copyTo(session, dataset, query, target, 500);
    await link(target, path.join(folder, `${String(part).padStart(6, '0')}.parquet`));
    rmSync(target);
  }
  await session.close();
  return { seconds: 0, cpuSeconds: 0, rows, bytesOut: 0, files: count };
}

async function mergeBound(folder: string): Promise<Run> {
  const session = await engine(path.dirname(folder));
  const sources = await Promise.all(
    readdirSync(folder).map(async (name) => {
      await link(path.join(folder, name), session.path(name));
      return session.path(name);
    }),
  );
  const target = session.path('bound');
  const from = process.cpuUsage();
  const started = performance.now();
  const rows = await session.number(
    `COPY (SELECT * FROM read_parquet(${literals(sources)})) TO ${quoteText(target)} (FORMAT parquet, COMPRESSION snappy)`,
  );
  const measured = times(started, from);
  const { size } = await stat(target);
  await session.close();
  return { ...measured, rows, bytesOut: size, files: 1 };
}

async function merge(): Promise<Run> {
  const dataset = webLogs('plain');
  const { s3, buckets, compactor } = processSettings();
  const client = createS3Client(s3);
  // The files lie in the raw bucket, which is of no matter to a merge.
  const target = openLake(client, { ...buckets, curated: buckets.raw });
  const files = await listed();
  const from = process.cpuUsage();
  const started = performance.now();
  const converter = await createConverter(client, target, compactor);
  const merged = await converter.merge({ dataset, partition: '' }, files);
  const measured = times(started, from);
  await merged.dispose();
  return { ...measured, rows: merged.rows, bytesOut: merged.bytes, files: merged.paths.length };
}

const MODES: Readonly<Record<string, (...args: string[]) => Promise<Run>>> = {
  bound,
  lake,
  get,
  inflate,
  divide: (file = '', folder = '', count = '') => divide(file, folder, Number(count)),
  'merge-bound': mergeBound,
  merge,
} as Readonly<Record<string, (...args: string[]) => Promise<Run>>>;

async function main([mode = '', ...args]: readonly string[]): Promise<void> {
  const run = MODES[mode];
  if (run === undefined) throw new Error(`There is no mode ${mode}`);
  const result: Measured = { ...(await run(...args)), peakMiB: process.resourceUsage().maxRSS / 1024 };
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

void main(process.argv.slice(2));
