import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseDataset } from '../../lib/dataset';
import { query } from '../../local/query-main';
import { Terminal } from '../../local/terminal';
import { definition } from '../dataset/helpers';
import { WITH_FIXTURES } from '../support/with-fixtures';
import { folderWith } from './support/folder';
import { start } from './support/run';

const PROJECT = join(__dirname, '..', '..');
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function ingest(args: readonly string[], env: NodeJS.ProcessEnv = {}): { child: ChildProcess; output: () => string } {
  const child = spawn(process.execPath, [...WITH_FIXTURES, 'local/ingest/main.ts', ...args], {
    cwd: PROJECT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += chunk));
  return { child, output: () => text };
}

async function ask(keep: string, sql: string): Promise<string> {
  let text = '';
  expect(await query(['--keep', keep, '--json', sql], new Terminal({ write: (part) => (text += part) }, {}))).toBe(0);
  return text;
}

test('an event that is posted as the greeting shows is found by a query after a compaction', async () => {
  const keep = join(folderWith(), 'lake');
  const { child, output } = ingest(['--keep', keep, '--port', '0']);
  while (!output().includes('Ctrl-C') && child.exitCode === null)
    await once(child.stdout as NodeJS.ReadableStream, 'data');
  const command = output().match(/^ {2}curl (?:.+\n)+/m)?.[0] as string;
  const curl = spawn('/bin/sh', ['-c', command.replace('curl ', 'curl -sS ')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let answer = '';
  curl.stdout.on('data', (chunk) => (answer += chunk));
  await once(curl, 'close');
  expect(JSON.parse(answer)).toMatchObject({ stored: 1, rejected: 0 });
  for (const name of ['token', 'ingest-key.json']) expect(statSync(join(keep, '.lake', name)).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(keep, '.lake', 'ingest-jwks.json'), 'utf8')).not.toContain('"d"');

  child.kill('SIGTERM');
  const [code] = (await once(child, 'exit')) as [number];
  expect([code, output()]).toEqual([0, expect.stringContaining('Everything that was taken is stored.')]);

  const outcome = await start('--keep', keep, '--compact');
  expect([outcome.code, outcome.errors, outcome.result.input.kind]).toEqual([0, '', 'kept']);
  expect(outcome.result.total).toMatchObject({ rowsIn: 1, rowsOut: 1 });
  const found = await ask(keep, "SELECT path, status, year FROM access_logs WHERE event_id = 'hello-1'");
  expect(JSON.parse(found)).toEqual({ path: '/hello', status: 200, year: new Date().getUTCFullYear() });
});

test('generated rows go through the gateway, and again: every row is in the curated zone once', async () => {
  const keep = join(folderWith(), 'lake');
  const run = () => start('--rows', '6000', '--keep', keep, '--through-ingest');
  const first = await run();
  expect([first.code, first.errors, first.result.problems]).toEqual([0, '', []]);
  const { stored = 0, duplicates = 0, rejected = 0 } = first.result.input.posted ?? {};
  expect(stored + duplicates + rejected).toBe(6_000);
  expect(first.result.total).toMatchObject({ rowsIn: stored, rowsOut: stored, rowsQuarantined: 0 });
  const second = await run();
  expect([second.code, second.result.problems]).toEqual([0, []]);
  expect(second.result.total).toMatchObject({ rowsIn: 2 * stored, rowsOut: stored, duplicates: stored });
});

test.each([
  [['--fast'], /Unknown option '--fast'/],
  [['--keep', ''], /--keep needs a folder/],
  [['--keep', __dirname], /holds other files/],
])('npm run ingest -- %j is refused', async (args, message) => {
  const { child, output } = ingest(args);
  const [code] = (await once(child, 'close')) as [number];
  expect([code, output()]).toEqual([2, expect.stringMatching(message)]);
  expect(output()).not.toContain('    at ');
});

test('without a dataset that takes events there is nothing to run, which is said with what to do', async () => {
  const folder = folderWith({
    'given.ts': `Object.defineProperty(globalThis, '__LAKE_DATASETS__', { value: ${JSON.stringify([
      parseDataset({ ...definition(), input: { formats: ['csv'] } }),
    ])} });`,
  });
  const child = spawn(
    process.execPath,
    [
      '--require',
      'tsx/cjs',
      '--require',
      join(folder, 'given.ts'),
      'local/ingest/main.ts',
      '--keep',
      join(folder, 'lake'),
    ],
    { cwd: PROJECT, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  children.push(child);
  let errors = '';
  child.stderr.on('data', (chunk) => (errors += chunk));
  const [code] = (await once(child, 'close')) as [number];
  expect([code, errors]).toEqual([
    2,
    expect.stringContaining("add 'ndjson' to the input.formats of one in config/datasets"),
  ]);
  expect(errors).not.toContain('    at ');
});

test('settings from the environment that cannot be used are named', async () => {
  const { child, output } = ingest(['--keep', join(folderWith(), 'lake')], { INGEST_MAX_EVENTS: 'many' });
  const [code] = (await once(child, 'close')) as [number];
  expect([code, output()]).toEqual([2, expect.stringContaining('INGEST_MAX_EVENTS: must be a whole number')]);
});

test('a query needs a lake and SQL', async () => {
  const stderr = jest.spyOn(process.stderr, 'write').mockImplementation(() => true);
  try {
    expect(await query([])).toBe(2);
    expect(await query(['--keep', folderWith(), 'SELECT 1'])).toBe(2);
  } finally {
    stderr.mockRestore();
  }
});
