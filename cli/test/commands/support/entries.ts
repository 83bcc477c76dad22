import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { Ended, Job } from './run-entries';

const PROJECT = join(__dirname, '..', '..', '..', '..');

/** Runs a program to its end. */
export function runWith(
  more: Readonly<Record<string, string>>,
  cwd: string,
  command: string,
  ...args: readonly string[]
): Promise<Ended> {
  const env = { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', NO_COLOR: '1', ...more };
  return new Promise((resolve) => {
    execFile(command, args, { cwd, env, timeout: 120_000 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, stdout, stderr }),
    );
  });
}

/** Runs entries one after another in one process, as `run-entries.ts` tells. */
export async function runEntries(jobs: readonly Job[]): Promise<readonly Ended[]> {
  const runner = join(__dirname, 'run-entries.ts');
  const args = ['--require', 'tsx/cjs', runner, JSON.stringify(jobs)];
  const { stdout, stderr } = await runWith({}, PROJECT, process.execPath, ...args);
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout);
}
