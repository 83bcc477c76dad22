/** Test files share the realm and the packages of their worker (test/support/runner), and nothing else. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PROJECT = join(__dirname, '..', '..');
const RUNNER = join(PROJECT, 'test', 'support', 'runner');

/** The same twice: what one leaves behind, the other would find. */
const FILE = `
const { AsyncLocalStorage } = require('node:async_hooks');
const { readdirSync } = require('node:fs');
const own = require('./own');
const shared = require('semver');

test('nothing is left of another file', () => {
  expect(++own.loads).toBe(1);
  expect(globalThis.left).toBeUndefined();
  expect(globalThis.structuredClone).toBeInstanceOf(Function);
  expect(globalThis[Symbol.for('left')]).toBeUndefined();
  expect(process.env.LEFT).toBeUndefined();
  expect(process.env.GIVEN).toBe('given');
  expect(process.left).toBeUndefined();
  expect(process.exitCode).toBeUndefined();
  expect(process.listenerCount('SIGUSR2')).toBe(0);
  expect(Math.random()).not.toBe(4);
  expect(Date.now()).toBeGreaterThan(1);

  // Node.js before 24 asks each enabled one at every promise.
  expect(shared.storage?.enabled).not.toBe(true);
  shared.storage = new AsyncLocalStorage();
  shared.storage.run('left', () => {});

  globalThis.left = true;
  globalThis.structuredClone = undefined;
  globalThis[Symbol.for('left')] = true;
  process.env.LEFT = 'left';
  delete process.env.GIVEN;
  process.left = true;
  process.exitCode = 7;
  process.on('SIGUSR2', () => {});
  jest.spyOn(Math, 'random').mockReturnValue(4);
  jest.useFakeTimers({ now: 0 });
});

test('what comes from Node.js and packages is of the realm of the tests', () => {
  expect(readdirSync('.')).toBeInstanceOf(Array);
  expect(new shared.SemVer('1.2.3').prerelease).toBeInstanceOf(Array);
  expect(() => new shared.SemVer('no version')).toThrow(TypeError);
  shared.loads = (shared.loads ?? 0) + 1;
  require('node:fs').appendFileSync('loads', String(shared.loads));
});
`;

test('a file finds nothing of another, but the packages that it has loaded', () => {
  const rootDir = mkdtempSync(join(tmpdir(), 'runner-'));
  try {
    symlinkSync(join(PROJECT, 'node_modules'), join(rootDir, 'node_modules'));
    writeFileSync(join(rootDir, 'own.js'), 'exports.loads = 0;\n');
    for (const name of ['one', 'two']) writeFileSync(join(rootDir, `${name}.test.js`), FILE);
    const config = {
      rootDir,
      cacheDirectory: join(rootDir, 'cache'),
      testEnvironment: join(RUNNER, 'environment.js'),
      runtime: join(RUNNER, 'runtime.js'),
      transform: {},
    };
    const jest = join(PROJECT, 'node_modules', 'jest', 'bin', 'jest.js');
    const { status, stderr } = spawnSync(
      process.execPath,
      [jest, '--runInBand', '--no-watchman', '--config', JSON.stringify(config)],
      { cwd: rootDir, encoding: 'utf8', env: { ...process.env, GIVEN: 'given' } },
    );
    expect([status, stderr]).toEqual([0, expect.stringMatching(/Tests: +4 passed, 4 total/)]);
    expect(readFileSync(join(rootDir, 'loads'), 'utf8')).toBe('12');
  } finally {
    rmSync(rootDir, { recursive: true, force: true });
  }
});

test('the suites that begin first are there', () => {
  const { LONGEST }: { readonly LONGEST: readonly string[] } = require('../support/runner/sequencer.js');
  const isThere = (path: string): boolean => existsSync(path) || !existsSync(join(PROJECT, 'ingest'));
  expect(LONGEST.filter((path) => !isThere(path))).toEqual([]);
});
