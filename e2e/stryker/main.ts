/**
 * `npm run test:stryker`: StrykerJS makes every mutant that it knows in a copy of the tree, room by room, and runs the tests that
 * reach it. At least 85% must be noticed in each room; those that nobody can notice are in one list, with the reason.
 *
 * `-- --room NAME` takes one room, `--file TEXT`, once or more, the files whose path contains the text, `--incremental` only what changed since
 * the last run of the room.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CannotRun } from '../tools/errors';
import { TOOLS_FOLDER } from '../tools/project';
import { Report } from '../tools/report';
import { type Supervisor, supervised } from '../tools/supervisor';
import { copyWorkingTree } from '../tools/working-copy';
import { configurationOf } from './configuration';
import { EQUIVALENTS } from './equivalents';
import { installStryker } from './install';
import { type Judgement, judge, type MutationReport, mutantsOf } from './report';
import type { Room } from './room';
import { filesOf, ROOMS } from './rooms';

/** Percent of the mutants of a room that tests must notice. */
const LEAST_SCORE = 85;

/** Longest that one room may take. */
const TIMEOUT_SECONDS = 5 * 60 * 60;

const RESULTS = join(TOOLS_FOLDER, 'stryker', 'results');

const USAGE = `Usage: npm run test:stryker -- [--room ${ROOMS.map(({ name }) => name).join('|')}] [--file TEXT]... [--concurrency N] [--incremental]`;

interface Options {
  readonly rooms: readonly Room[];
  /** Parts of the paths of the files to mutate. */
  readonly file: readonly string[];
  readonly concurrency: number;
  readonly isIncremental: boolean;
}

void supervised(async (supervisor) => {
  const options = parseOptions();
  const chosen = options.rooms
    .map((room) => ({ room, files: filesOf(room, options.file) }))
    .filter(({ files }) => files.length > 0);
  if (chosen.length === 0)
    throw new CannotRun(`No file of these rooms has "${options.file.join('" or "')}" in its path.`);
  const stryker = await installStryker(supervisor);
  const report = new Report();
  for (const { room, files } of chosen) {
    await report.check(`${room.name}, ${files.length} files`, async () => {
      const judgement = await run(supervisor, stryker, room, files, options);
      const text = textOf(judgement);
      if (judgement.score < LEAST_SCORE || judgement.wrong.length > 0) throw new Error(text);
      return text;
    });
  }
  return report.finish();
});

function parseOptions(): Options {
  try {
    const { room, file, concurrency, incremental } = parseArgs({
      options: {
        room: { type: 'string' },
        file: { type: 'string', multiple: true, default: [''] },
        concurrency: { type: 'string', default: `${cpus().length}` },
        incremental: { type: 'boolean', default: false },
      },
    }).values;
    const rooms = ROOMS.filter(({ name }) => room === undefined || name === room);
    if (rooms.length === 0) throw new Error(`There is no room "${room}".`);
    if (!/^[1-9]\d?$/.test(concurrency)) throw new Error(`--concurrency is 1 to 99, not "${concurrency}".`);
    return { rooms, file, concurrency: Number(concurrency), isIncremental: incremental };
  } catch (error) {
    throw new CannotRun(`${(error as Error).message}\n${USAGE}`);
  }
}

async function run(
  supervisor: Supervisor,
  stryker: string,
  room: Room,
  files: readonly string[],
  { concurrency, isIncremental }: Options,
): Promise<Judgement> {
  const folder = supervisor.folder('stryker');
  copyWorkingTree(folder);
  mkdirSync(RESULTS, { recursive: true });
  const results = {
    json: join(RESULTS, `${room.name}.json`),
    html: join(RESULTS, `${room.name}.html`),
    incremental: join(RESULTS, `${room.name}.incremental.json`),
  };
  const configuration = join(folder, 'stryker.config.json');
  writeFileSync(
    configuration,
    JSON.stringify(configurationOf({ folder, room, files, concurrency, results, isIncremental })),
  );
  const { code, stdout, stderr } = await supervisor.run(process.execPath, [stryker, 'run', configuration], {
    cwd: folder,
    timeoutSeconds: TIMEOUT_SECONDS,
    onOutput: (text) => process.stdout.write(text),
  });
  if (code !== 0) throw new Error(`StrykerJS ended with ${code}:\n${stdout.slice(-4_000)}${stderr.slice(-4_000)}`);
  return judge(mutantsOf(JSON.parse(readFileSync(results.json, 'utf8')) as MutationReport), EQUIVALENTS);
}

function textOf({ score, killed, timedOut, survivors, equivalent, wrong }: Judgement): string {
  const lines = [
    `${score}%: ${killed} noticed (${timedOut} by running out of time), ${survivors.length} not, ${equivalent} equivalent`,
    ...survivors.map((mutant) => `survived: ${mutant.file}:${mutant.line} ${mutant.original} → ${mutant.replacement}`),
    ...wrong.map((text) => `wrong entry in e2e/stryker/equivalents: ${text}`),
  ];
  return lines.join('\n');
}
