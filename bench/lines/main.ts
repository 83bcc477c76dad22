/**
 * Speed of what checks rows, in bundled code as in Lambda. Each case runs in a process of its own; those of a group take turns, so that a
 * neighbour on the machine slows all of them, and medians are printed: rows and bytes of input a second of processor time, and
 * the ratio of rows a second to those of the case that it is compared with, in the same round.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build, type Plugin } from 'esbuild';
import { UsageError } from '../../cli/command-line';
import { runProgram, text, type ValuesOf, wholeNumber } from '../../cli/program';
import { PROJECT_ROOT } from '../../lib/constructs/lambda-bundle/bundle';
import { CASES, type Case } from './cases';
import type { Turn } from './child';
import { ROWS } from './rows';

const PROGRAM = {
  name: 'npm run bench:lines',
  does: 'Measures how fast rows are checked, in bundled code as in Lambda.',
  options: {
    only: text('TEXT', 'run the cases whose group or name contains it, and those that they are compared with'),
    rounds: wholeNumber('turns of each case', { default: 15 }),
    against: text(
      'FOLDER',
      'run the same cases with the lib of another checkout too, and print the ratio of this one to it',
    ),
  },
};

interface Contender {
  readonly one: Case;
  readonly child: ChildProcess;
  readonly turns: Turn[];
}

async function main({ only = '', rounds, against }: ValuesOf<typeof PROGRAM>): Promise<number> {
  const chosen = CASES.filter((one) => `${one.group} ${one.name}`.includes(only));
  if (chosen.length === 0) {
    throw new UsageError(
      '--only',
      `no case contains "${only}"`,
      'write a part of the name of a case of bench/lines/cases.ts',
    );
  }
  const folder = await mkdtemp(path.join(tmpdir(), 'bench-lines-'));
  try {
    const code = [await bundled(folder, PROJECT_ROOT)];
    if (against !== undefined) code.push(await bundled(folder, path.resolve(against)));
    for (const group of new Set(CASES.map((one) => one.group))) {
      const named = chosen.filter((one) => one.group === group);
      const cases = CASES.filter(
        (one) => one.group === group && named.some((other) => [other.name, other.base].includes(one.name)),
      );
      if (cases.length > 0) await compare(group, cases, code, rounds);
    }
    return 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Bundles the child with the `lib` of a checkout; returns its path. */
async function bundled(folder: string, root: string): Promise<string> {
  const outfile = path.join(folder, `${Buffer.from(root).toString('hex').slice(-32)}.js`);
  const own = path.join(PROJECT_ROOT, 'lib') + path.sep;
  const otherLib: Plugin = {
    name: 'other-lib',
    setup: ({ onResolve }) => {
      onResolve({ filter: /\/lib\// }, ({ path: wanted, resolveDir }) => {
        const absolute = path.resolve(resolveDir, wanted);
        if (!absolute.startsWith(own)) return undefined;
        const other = path.join(root, 'lib', absolute.slice(own.length));
        return { path: require.resolve(other) };
      });
    },
  };
  await build({
    entryPoints: [path.join(PROJECT_ROOT, 'bench', 'lines', 'child.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    keepNames: true,
    target: `node${process.versions.node.split('.')[0]}`,
    plugins: root === PROJECT_ROOT ? [] : [otherLib],
    logLevel: 'warning',
  });
  return outfile;
}

async function compare(group: string, cases: readonly Case[], code: readonly string[], rounds: number): Promise<void> {
  const versions: Contender[][] = [];
  try {
    for (const file of code) {
      const contenders: Contender[] = [];
      versions.push(contenders);
      for (const one of cases) {
        const child = fork(file, [one.group, one.name], { execArgv: [] });
        contenders.push({ one, child, turns: [] });
        await answer(child);
      }
    }
    for (let round = 0; round < rounds; round += 1) {
      for (let index = 0; index < cases.length; index += 1) {
        for (const { child, turns } of versions.flatMap((contenders) => contenders.slice(index, index + 1))) {
          child.send('go');
          turns.push((await answer(child)) as Turn);
        }
      }
    }
  } finally {
    for (const { child } of versions.flat()) child.kill();
  }
  const [own = [], others] = versions;
  console.log(
    `\n${group.padEnd(36)} bytes/row   krows/s   MB/s   of its base${others === undefined ? '' : '   before   of before'}`,
  );
  for (const [index, contender] of own.entries()) {
    if (contender.one.name.endsWith(': JSON.parse') && contender.one.base === contender.one.name) continue;
    const before = others?.[index];
    const micros = median(contender.turns.map((turn) => turn.micros));
    const bytes = contender.turns[0]?.bytes ?? 0;
    const cells = [
      contender.one.name.padEnd(36),
      (bytes / ROWS).toFixed(0).padStart(9),
      ((ROWS / micros) * 1e3).toFixed(0).padStart(9),
      (bytes / micros).toFixed(0).padStart(6),
      ratio(contender, own).toFixed(2).padStart(13),
    ];
    if (before !== undefined && others !== undefined) {
      cells.push(
        ratio(before, others).toFixed(2).padStart(8),
        quotient(contender.turns, before.turns).toFixed(2).padStart(11),
      );
    }
    console.log(cells.join(' '));
  }
}

/** How many times as many rows a second a case checks as what it is compared with. */
function ratio({ one, turns }: Contender, all: readonly Contender[]): number {
  return quotient(turns, all.find((other) => other.one.name === one.base)?.turns ?? turns);
}

const quotient = (turns: readonly Turn[], base: readonly Turn[]): number =>
  median(turns.map(({ micros }, round) => (base[round]?.micros ?? 0) / micros));

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

/** The next message of a child. @throws when it ends instead */
function answer(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void => reject(new Error(`a case ended with ${code}`));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      resolve(message);
    });
  });
}

runProgram(PROGRAM, main);
