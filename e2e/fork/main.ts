/**
 * `npm run test:fork`: follows the recipes of the README in copies of the tree, and checks that what they leave is a whole lake.
 *
 * In each copy run, in full: lint, types, the strict synth of every stage, and `npm start`, with a query of what it kept. Of
 * `npm test` run those whose result can depend on the configuration: those that read it (`test/shipped`), those of how it is read and
 * checked, those of the pages, which name its files, and the rule that no other test reads it (`test/architecture`).
 */

import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { flag } from '../../cli/program';
import { recipeOf } from '../../test/docs/recipe';
import { inTurn } from '../tools/in-turn';
import { PROJECT_ROOT } from '../tools/project';
import { Report } from '../tools/report';
import { type Supervisor, supervised } from '../tools/supervisor';
import { copyTree, follow } from './copy';
import { packagesGone } from './packages';

const ROWS = 20_000;

/** Two forks at a time: much of what runs in one keeps a single processor busy. */
const LANES = [1, 2];

/** Those that read the configuration, that tell of its files, or that see to it that no others do. */
const SUITES = [
  ...['architecture', 'docs', 'shipped'].map((name) => `test/${name}/`),
  ...['dataset', 'settings'].map((name) => `test/${name}/config`),
];

/** What depends on the parts that a fork has. */
const MORE_SUITES = [
  ...['access', 'alarms', 'compliance', 'dataset', 'deployment', 'settings', 'stacks'].map((name) => `test/${name}/`),
  ...['cli/test/commands/', 'cli/test/preflight/', 'cli/test/options', 'e2e/test/'],
];

/** A recipe of the README, the dataset to ask for, the tests that can tell, and the workspaces that must have left no package. */
interface Recipe {
  readonly heading: string;
  readonly table: string;
  /** All when undefined. */
  readonly suites: readonly string[] | undefined;
  readonly without: readonly string[];
}

/** What is done to one copy after another, each checked after every recipe. That with most to do comes first. */
const FORKS: readonly (readonly Recipe[])[] = [
  [
    {
      heading: '### Without the ingest tier',
      table: 'access_logs',
      suites: [...SUITES, ...MORE_SUITES],
      without: ['ingest', 'packages/ingest-client'],
    },
    {
      heading: '### Without the proofs',
      table: 'access_logs',
      suites: SUITES,
      without: ['ingest', 'packages/ingest-client', 'e2e'],
    },
  ],
  [{ heading: '### Your datasets', table: 'page_views', suites: SUITES, without: [] }],
  [{ heading: '### Your names', table: 'access_logs', suites: SUITES, without: [] }],
];

/** Credentials of this machine are none of a synth's business. */
const WITHOUT_AWS = { AWS_PROFILE: undefined, AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };
const WITHOUT_REGION = { AWS_REGION: undefined, AWS_DEFAULT_REGION: undefined };

const PROGRAM = {
  name: 'npm run test:fork',
  does: 'Follows the recipes of the README in copies of the tree, and checks that what they leave is a whole lake.',
  options: { all: flag('run every test in each copy, not only those whose result can depend on the configuration') },
};

supervised(PROGRAM, async (supervisor, { all }) => {
  const report = new Report();
  const readme = readFileSync(join(PROJECT_ROOT, 'README.md'), 'utf8');
  await inTurn(LANES, FORKS, async (_, recipes) => {
    const folder = await copyTree(supervisor, 'fork');
    for (const recipe of recipes) {
      const suites = all ? undefined : recipe.suites;
      if (!(await checkRecipe(supervisor, report, folder, { ...recipe, suites }, readme))) return;
    }
  });
  return report.finish();
});

/** @returns whether the recipe could be followed */
async function checkRecipe(
  supervisor: Supervisor,
  report: Report,
  cwd: string,
  { heading, table, suites, without }: Recipe,
  readme: string,
): Promise<boolean> {
  const name = heading.replace(/^#+ /, '');
  let isFollowed = false;
  await report.check(`${name}: the recipe of the README can be followed`, async () => {
    await follow(supervisor, cwd, recipeOf(readme, heading));
    isFollowed = true;
  });
  if (!isFollowed) return false;
  if (without.length > 0) {
    await report.check(`${name}: the packages of what was deleted are gone`, async () => packagesGone(cwd, without));
  }
  const npm = async (...args: readonly string[]): Promise<string> => {
    const env = { ...process.env, ...WITHOUT_AWS, ...WITHOUT_REGION, NO_COLOR: '1' };
    const { code, stdout, stderr } = await supervisor.run('npm', args, { cwd, env, timeoutSeconds: 1_800 });
    if (code !== 0) throw new Error(`npm ${args.join(' ')} ended with ${code}:\n${`${stdout}${stderr}`.slice(-6_000)}`);
    return `${stdout}${stderr}`;
  };
  await report.check(`${name}: lint`, async () => void (await npm('run', 'lint')));
  await report.check(`${name}: types`, async () => void (await npm('run', 'typecheck')));
  await report.check(
    `${name}: ${suites === undefined ? 'every test' : 'tests whose result can depend on the configuration'}`,
    async () => {
      const output = await (suites === undefined ? npm('exec', '--', 'jest') : npm('test', '--', ...suites));
      return /^Tests:\s+(.*)$/m.exec(output)?.[1];
    },
  );
  await report.check(`${name}: synth of every stage, strict`, async () => void (await npm('run', 'synth')));
  await report.check(
    `${name}: npm start with ${ROWS.toLocaleString('en-US')} rows, and a query of what it kept`,
    async () => {
      // A recipe before may have left one.
      rmSync(join(cwd, 'lake'), { recursive: true, force: true });
      const output = await npm('start', '--', '--rows', String(ROWS), '--keep', 'lake');
      const answer = await npm('run', '--silent', 'query', '--', '--json', `SELECT count(*) AS n FROM ${table}`);
      const kept = Number((JSON.parse(answer) as { readonly n: number | string }).n);
      if (!(kept > ROWS * 0.98 && kept <= ROWS)) throw new Error(`${kept} rows are in ${table}:\n${output}`);
      return /^Account: .*$/m.exec(output)?.[0];
    },
  );
  return true;
}
