import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { filesBelow } from '../../../test/support/files-below';
import { BUCKETS, type LocalLake, openLake } from '../../lake';
import { main } from '../../lake-main';
import { folderWith } from '../support/folder';
import { captured, start } from '../support/run';

export const DAY = 'year=2026/month=06/day=16';

let made: string | undefined;

/** A copy of a kept lake of four days of access logs: four files, two rejected rows, nothing pending. */
export async function keptLake(): Promise<string> {
  if (made === undefined) {
    made = join(folderWith(), 'lake');
    const { code, output } = await start('--rows', '20000', '--keep', made);
    if (code !== 0) throw new Error(output);
  }
  const copy = join(folderWith(), 'lake');
  await cp(made, copy, { recursive: true, preserveTimestamps: true });
  return copy;
}

/** `npm run lake -- ...args` in this process. */
export const ask = (...args: readonly string[]) => captured((terminal) => main(args, terminal));

// biome-ignore lint/suspicious/noExplicitAny: a document that tests look into
export type Answer = any;

/** The same with `--json`. */
export async function asJson(...args: readonly string[]): Promise<{ readonly code: number; readonly answer: Answer }> {
  const { code, output, errors } = await ask(...args, '--json');
  if (output === '') throw new Error(errors);
  return { code, answer: JSON.parse(output) };
}

/** The rows of a query, by an engine of its own. */
export async function sql(query: string): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(':memory:');
  try {
    return (await (await instance.connect()).runAndReadAll(query)).getRowObjectsJson() as Record<string, unknown>[];
  } finally {
    instance.closeSync();
  }
}

/** Does something with the store of a kept lake. */
export async function inLake<T>(folder: string, work: (lake: LocalLake) => Promise<T>): Promise<T> {
  const lake = await openLake(folder);
  try {
    return await work(lake);
  } finally {
    await lake.close();
  }
}

/** Every object of the zones, with what it holds. A process at work may delete one after it was listed. */
export function contentOf(folder: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const bucket of Object.values(BUCKETS)) {
    for (const entry of filesBelow(join(folder, bucket))) {
      const path = join(entry.parentPath, entry.name);
      try {
        found[relative(folder, path)] = createHash('sha256').update(readFileSync(path)).digest('hex');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
  }
  return found;
}

/** Removes an object as somebody would who knows nothing of the lake. */
export const removeFile = (folder: string, bucket: keyof typeof BUCKETS, key: string): void =>
  rmSync(join(folder, BUCKETS[bucket], ...key.split('/')));

/** Does something as if it were so many hours later. */
export const later = <T>(hours: number, work: () => Promise<T>): Promise<T> =>
  atTime(Date.now() + hours * 3_600_000, work);

/** Does something as if it were that time, in epoch milliseconds. */
export async function atTime<T>(now: number, work: () => Promise<T>): Promise<T> {
  jest.useFakeTimers({ now, doNotFake: NOT_FAKED });
  try {
    return await work();
  } finally {
    jest.useRealTimers();
  }
}

/** All that fake timers can replace, but the date. */
const NOT_FAKED: (
  | 'hrtime'
  | 'nextTick'
  | 'performance'
  | 'queueMicrotask'
  | 'setImmediate'
  | 'clearImmediate'
  | 'setInterval'
  | 'clearInterval'
  | 'setTimeout'
  | 'clearTimeout'
)[] = [
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
  'setTimeout',
  'clearTimeout',
];

/** Keys of the data files of a partition, as they are in the folder. */
export const dataFiles = (folder: string, partition = DAY): string[] =>
  Object.keys(contentOf(folder))
    .filter((path) => path.startsWith(`${BUCKETS.curated}/data/`) && path.includes(`/${partition}/`))
    .map((path) => path.slice(BUCKETS.curated.length + 1));

/** Runs the command as a process, and kills it once the condition holds. */
export function runUntil(args: readonly string[], condition: () => boolean): Promise<number | 'killed'> {
  return new Promise((resolve, reject) => {
    const child: ChildProcess = spawn(process.execPath, ['--require', 'tsx/cjs', 'cli/lake-main.ts', ...args], {
      cwd: join(__dirname, '..', '..', '..'),
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    let isKilled = false;
    const timer = setInterval(() => {
      try {
        if (isKilled || !condition()) return;
        isKilled = true;
      } catch (error) {
        clearInterval(timer);
        reject(error);
      }
      child.kill('SIGKILL');
    }, 5);
    child.once('error', reject);
    child.once('exit', (code) => {
      clearInterval(timer);
      resolve(isKilled ? 'killed' : (code ?? -1));
    });
  });
}
