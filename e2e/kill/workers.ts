import { join } from 'node:path';
import { execPath as node } from 'node:process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { COMPACTOR_ENTRIES } from '../../lib/constructs/compaction/entries';
import { bundle } from '../../lib/constructs/lambda-bundle/bundle';
import { datasetsScript } from '../../lib/dataset/bundle';
import { Dice } from '../../test/support/dice';
import { PROJECT_ROOT } from '../tools/project';
import type { Supervisor } from '../tools/supervisor';
import { DATASETS } from './datasets';
import type { Role, WorkLine } from './worker';

const ROLES: readonly Role[] = ['compactor', 'compactor', 'maintainer', 'planner'];

/** What the workers did, and what was done to them. */
export interface Work {
  readonly done: Record<Role, number>;
  readonly kills: Record<Role, number>;
  merged: number;
  /** How often each error ended a piece of work, by its name. */
  readonly errors: Map<string, number>;
  /** Errors that no fault of S3 explains. */
  readonly wrong: string[];
}

export const noWork = (): Work => ({
  done: { compactor: 0, maintainer: 0, planner: 0 },
  kills: { compactor: 0, maintainer: 0, planner: 0 },
  merged: 0,
  errors: new Map(),
  wrong: [],
});

/** What the protocol itself says when the lake is not as it must be. */
const BROKEN = /which does not exist|balance|must not list a file twice|Manifest line|TypeError|SyntaxError|RangeError/;

/** Bundles worker and handlers as for Lambda. @returns the folder */
export function buildWorkers(outdir: string): string {
  bundle({
    projectRoot: PROJECT_ROOT,
    entries: ['e2e/kill/worker.ts', ...COMPACTOR_ENTRIES],
    outdir,
    nodeMajor: 20,
    banner: datasetsScript(DATASETS),
    duckdb: { os: process.platform, cpu: process.arch },
  });
  return outdir;
}

export interface WorkersOptions {
  readonly supervisor: Supervisor;
  readonly asset: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly seed: number;
  readonly work: Work;
  readonly isOver: () => boolean;
}

/**
 * Runs all workers until the time is over. Each is killed at a random moment and started again at once: half of them soon
 * after they begin, the others after some work, so that work gets done on a slow machine too.
 */
export async function troubleWorkers(options: WorkersOptions): Promise<void> {
  const { seed, work, isOver } = options;
  await Promise.all(
    ROLES.map(async (role, index) => {
      const dice = new Dice(seed * ROLES.length + index);
      while (!isOver()) {
        const { process, lines } = startWorker(options, role, dice.below(1_000_000));
        const patience = dice.chance(0.5) ? 1 : 2 + dice.below(3);
        while (!isOver() && lines() < patience && process.child.exitCode === null) await sleep(20);
        await sleep(dice.below(1_000));
        await process.kill();
        work.kills[role]++;
      }
    }),
  );
}

function startWorker({ supervisor, asset, environment, work }: WorkersOptions, role: Role, seed: number) {
  const args = [join(asset, 'worker.js'), role, `${seed}`];
  const process = supervisor.spawn(node, args, { env: environment });
  let lines = 0;
  if (process.child.stdout !== null) {
    createInterface({ input: process.child.stdout }).on('line', (line) => {
      lines++;
      note(work, role, line);
    });
  }
  let complaint = '';
  process.child.stderr?.on('data', (chunk: Buffer) => {
    complaint = `${complaint}${chunk}`.slice(-2_000);
  });
  void process.exited.then((code) => {
    // -1: by a signal, as they all should.
    if (code !== -1) work.wrong.push(`a ${role} ended by itself with ${code}: ${complaint}`);
  });
  return { process, lines: () => lines };
}

function note(work: Work, role: Role, line: string): void {
  const { done, merged, error } = JSON.parse(line) as WorkLine;
  work.done[role] += done;
  work.merged += merged;
  if (error === undefined) return;
  const name = error.split(':', 1)[0] as string;
  work.errors.set(name, (work.errors.get(name) ?? 0) + 1);
  if (BROKEN.test(error)) work.wrong.push(`a ${role} met ${error}`);
}
