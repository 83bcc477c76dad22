/**
 * `npm run test:stryker`: StrykerJS makes every mutant that it knows in a copy of the tree, room by room, and runs the tests that
 * reach it. At least 85% must be noticed in each room; those that nobody can notice are in one list, with the reason.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../../cli/command-line';
import { flag, names, texts, type ValuesOf, wholeNumber } from '../../cli/program';
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

const PROGRAM = {
  name: 'npm run test:stryker',
  does: `Makes every mutant that StrykerJS knows, room by room. Tests must notice at least ${LEAST_SCORE}% of those of each room.`,
  options: {
    room: names(
      'room of e2e/stryker/rooms.ts',
      ROOMS.map(({ name }) => name),
    ),
    file: texts('TEXT', 'mutate the files whose path contains it; may be given several times'),
    concurrency: wholeNumber('mutants at a time, 1 to 99', { most: 99, default: cpus().length }),
    incremental: flag('make only the mutants of what changed since the last run of the room'),
    sample: wholeNumber('mutants of each room to draw at random, 0 for all', { least: 0, default: 0 }),
    seed: wholeNumber('of the drawing; the same draws the same mutants', { default: 1 }),
  },
};

supervised(PROGRAM, async (supervisor, options) => {
  const parts = options.file.length === 0 ? [''] : options.file;
  const chosen = ROOMS.filter(({ name }) => options.room.includes(name))
    .map((room) => ({ room, files: filesOf(room, parts) }))
    .filter(({ files }) => files.length > 0);
  if (chosen.length === 0) {
    const problem = `no file of these rooms has "${parts.join('" or "')}" in its path`;
    throw new UsageError(
      '--file',
      problem,
      'write a part of the path of a file in lib, lambda, cli, ingest or packages',
    );
  }
  if (options.sample > 0 && options.incremental) {
    throw new UsageError('--incremental', 'a sample starts from no other run', 'leave out --sample or --incremental');
  }
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

async function run(
  supervisor: Supervisor,
  stryker: string,
  room: Room,
  files: readonly string[],
  { concurrency, incremental: isIncremental, sample: size, seed }: ValuesOf<typeof PROGRAM>,
): Promise<Judgement> {
  const folder = supervisor.folder('stryker');
  copyWorkingTree(folder);
  mkdirSync(RESULTS, { recursive: true });
  const sample = size === 0 ? undefined : { size, seed };
  const name = sample === undefined ? room.name : `${room.name}.sample-${seed}`;
  const results = {
    json: join(RESULTS, `${name}.json`),
    html: join(RESULTS, `${name}.html`),
    incremental: join(RESULTS, `${room.name}.incremental.json`),
  };
  const configuration = join(folder, 'stryker.config.json');
  writeFileSync(
    configuration,
    JSON.stringify(configurationOf({ folder, room, files, concurrency, results, isIncremental, sample })),
  );
  const { code, stdout, stderr } = await supervisor.run(process.execPath, [stryker, 'run', configuration], {
    cwd: folder,
    timeoutSeconds: TIMEOUT_SECONDS,
    onOutput: (text) => process.stdout.write(text),
  });
  if (code !== 0) throw new Error(`StrykerJS ended with ${code}:\n${stdout.slice(-4_000)}${stderr.slice(-4_000)}`);
  return judge(mutantsOf(JSON.parse(readFileSync(results.json, 'utf8')) as MutationReport), EQUIVALENTS);
}

function textOf({ score, killed, timedOut, survivors, equivalent, wrong, sample }: Judgement): string {
  const lines = [
    ...(sample === undefined
      ? []
      : [
          `sample of ${sample.tried} of ${sample.of} mutants; the score of all is from ${sample.interval.join('% to ')}%`,
        ]),
    `${score}%: ${killed} noticed (${timedOut} by running out of time), ${survivors.length} not, ${equivalent} equivalent`,
    ...survivors.map((mutant) => `survived: ${mutant.file}:${mutant.line} ${mutant.original} → ${mutant.replacement}`),
    ...wrong.map((text) => `wrong entry in e2e/stryker/equivalents: ${text}`),
  ];
  return lines.join('\n');
}
