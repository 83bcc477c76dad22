import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../tools/project';

/** Jest begins with the largest suite. */
const LARGE = `// ${'x'.repeat(200)}\n`;
/** One that fails, then one that says when it is loaded. */
const SUITES = {
  'a.test.js': `${LARGE}test('fails', () => { throw new Error('noticed'); });\n`,
  'b.test.js': "require('node:fs').writeFileSync('loaded', '');\ntest('passes', () => {});\n",
};

let rootDir: string;

beforeEach(() => {
  rootDir = mkdtempSync(join(tmpdir(), 'first-failure-'));
  symlinkSync(join(PROJECT_ROOT, 'node_modules'), join(rootDir, 'node_modules'));
});

afterEach(() => rmSync(rootDir, { recursive: true, force: true }));

/** @returns the text of Jest's summary */
function run(suites: Readonly<Record<string, string>>, env: Readonly<Record<string, string>>): string {
  for (const [name, text] of Object.entries(suites)) writeFileSync(join(rootDir, name), text);
  const config = { rootDir, runner: join(PROJECT_ROOT, 'e2e/stryker/jest/runner.js'), transform: {} };
  const jest = join(PROJECT_ROOT, 'node_modules/jest/bin/jest.js');
  const args = [
    jest,
    '--runInBand',
    '--no-watchman',
    '--no-cache',
    '--config',
    JSON.stringify(config),
    'a.test',
    'b.test',
  ];
  return spawnSync(process.execPath, args, { cwd: rootDir, encoding: 'utf8', env: { ...process.env, ...env } }).stderr;
}

const MUTANT = { __STRYKER_ACTIVE_MUTANT__: '1' };

test('with a mutant, no suite is loaded after the first that fails', () => {
  expect(run(SUITES, MUTANT)).toMatch(/Tests: +1 failed, 1 total/);
  expect(existsSync(join(rootDir, 'loaded'))).toBe(false);
});

test('with a mutant, no suite is loaded after one that could not be', () => {
  expect(run({ ...SUITES, 'a.test.js': `${LARGE}throw new Error('not even loaded');\n` }, MUTANT)).toContain(
    'not even loaded',
  );
  expect(existsSync(join(rootDir, 'loaded'))).toBe(false);
});

test('with a mutant that no test notices, every suite is run', () => {
  expect(run({ ...SUITES, 'a.test.js': SUITES['b.test.js'] }, MUTANT)).toMatch(/Tests: +2 passed, 2 total/);
});

test('without a mutant, every suite is run', () => {
  expect(run(SUITES, {})).toMatch(/Tests: +1 failed, 1 passed, 2 total/);
});
