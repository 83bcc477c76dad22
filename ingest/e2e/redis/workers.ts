import { join } from 'node:path';
import { PROJECT_ROOT } from '../../../e2e/tools/project';
import type { Supervisor } from '../../../e2e/tools/supervisor';
import type { WorkerResult } from './worker';

export interface Race {
  readonly url: string;
  readonly processes: number;
  readonly perSecond: number;
  readonly burst: number;
  readonly seconds: number;
  readonly leases: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

export interface RaceResult {
  readonly admitted: number;
  readonly checks: number;
  readonly refused: number;
  readonly fellBack: boolean;
  /** Seconds from the first moment to the last, by the clock of the store. */
  readonly seconds: number;
  /** What may be admitted in that time at most. */
  readonly limit: number;
}

/** Has several processes take tokens of one subject at the same time. */
export async function race(supervisor: Supervisor, options: Race): Promise<RaceResult> {
  const { url, processes, perSecond, burst, seconds, leases, env = {} } = options;
  const workers = Array.from({ length: processes }, (_, index) => {
    const args = [url, perSecond, burst, processes, seconds, leases ? 'leases' : 'calls', index].map(String);
    const worker = supervisor.spawn(
      process.execPath,
      ['--require', 'tsx/cjs', join(PROJECT_ROOT, 'ingest/e2e/redis/worker.ts'), ...args],
      { cwd: PROJECT_ROOT, env: { ...process.env, ...env } },
    );
    let output = '';
    worker.child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    let errors = '';
    worker.child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    return { worker, output: () => output, errors: () => errors };
  });
  const isReady = (): boolean => workers.every(({ output }) => output().includes('ready\n'));
  const hasEnded = (): boolean => workers.some(({ worker }) => worker.child.exitCode !== null);
  for (let i = 0; i < 1_200 && !isReady() && !hasEnded(); i += 1)
    await new Promise((resolve) => setTimeout(resolve, 25));
  for (const { worker } of workers) worker.child.stdin?.write('begin\n');
  const results: WorkerResult[] = [];
  for (const { worker, output, errors } of workers) {
    if ((await worker.exited) !== 0) throw new Error(`a worker failed: ${errors()}`);
    results.push(JSON.parse(output().split('\n')[1] ?? '') as WorkerResult);
  }
  const sum = (value: (result: WorkerResult) => number): number => results.reduce((all, one) => all + value(one), 0);
  const first = Math.min(...results.map((result) => result.first));
  const last = Math.max(...results.map((result) => result.last));
  const took = (last - first) / 1_000_000;
  return {
    admitted: sum(({ admitted }) => admitted),
    checks: sum(({ checks }) => checks),
    refused: sum(({ refused }) => refused),
    fellBack: results.some(({ fellBack }) => fellBack),
    seconds: took,
    limit: burst + perSecond * took,
  };
}
