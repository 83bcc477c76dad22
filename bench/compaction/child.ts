/**
 * One measured run in a process of its own, so that its memory and processor time are its own. Prints one JSON line.
 *
 *   bound <variant> <file> <directory>   one DuckDB COPY of one local file
 *   lake <variant>                       planner and compactor against the lake that the environment names
 */
import { stat } from 'node:fs/promises';
import { copyTo } from '../../lambda/compaction/engine/parquet-output';
import { EngineSession, literals } from '../../lambda/compaction/engine/session';
import { taskBudget } from '../../lambda/compaction/planning/pending';
import { planCompaction } from '../../lambda/compaction/planning/plan-compaction';
import { createConverter } from '../../lambda/compaction/runtime/converter';
import { processSettings } from '../../lambda/compaction/runtime/environment';
import { createS3Client, openLake } from '../../lambda/compaction/runtime/lake';
import { readCompactor } from '../../lambda/compaction/runtime/settings';
import { runTask } from '../../lambda/compaction/task/run-task';
import { readLinesSql } from '../../lib/rows';
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

async function bound(variant: string, file: string, directory: string): Promise<Omit<Measured, 'peakMiB'>> {
  const dataset = webLogs(variant as Parameters<typeof webLogs>[0]);
  const { memoryMiB, spillMiB, threads } = readCompactor(process.env);
  const session = await EngineSession.open({ memoryMiB, spillMiB, threads }, directory);
  const { columns, options, select } = readLinesSql(dataset);
  const target = session.path('bound.parquet');
  const { link } = await import('node:fs/promises');
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

async function lake(variant: string): Promise<Omit<Measured, 'peakMiB'>> {
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

async function main([mode, variant, file, directory]: readonly string[]): Promise<void> {
  const measured =
    mode === 'bound'
      ? await bound(variant as string, file as string, directory as string)
      : await lake(variant as string);
  const result: Measured = { ...measured, peakMiB: process.resourceUsage().maxRSS / 1024 };
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

void main(process.argv.slice(2));
