import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { query } from '../../../cli/query-main';
import { Terminal } from '../../../cli/terminal';
import { runEntries } from '../../../cli/test/commands/support/entries';
import type { Job } from '../../../cli/test/commands/support/run-entries';
import { folderWith } from '../../../cli/test/support/folder';
import { start } from '../../../cli/test/support/run';
import { parseDataset } from '../../../lib/dataset';
import { definition } from '../../../test/dataset/helpers';
import { WITH_FIXTURES } from '../../../test/support/with-fixtures';

const PROJECT = join(__dirname, '..', '..', '..');
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function ingest(args: readonly string[], env: NodeJS.ProcessEnv = {}): { child: ChildProcess; output: () => string } {
  const child = spawn(process.execPath, [...WITH_FIXTURES, 'ingest/local/main.ts', ...args], {
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
  expect([code, output()]).toEqual([0, expect.stringContaining('Every acknowledged event is stored.')]);

  const outcome = await start('--keep', keep, '--compact');
  expect([outcome.code, outcome.errors, outcome.result.input.kind]).toEqual([0, '', 'kept']);
  expect(outcome.result.total).toMatchObject({ rowsIn: 1, rowsOut: 1 });
  const found = await ask(keep, "SELECT path, status, year FROM access_logs WHERE event_id = 'hello-1'");
  expect(JSON.parse(found)).toEqual({ path: '/hello', status: 200, year: new Date().getUTCFullYear() });
});

test('generated rows go through the gateway, and again: every row is in the curated zone once', async () => {
  const keep = join(folderWith(), 'lake');
  const run = () => start('--rows', '2000', '--keep', keep, '--through-ingest');
  const first = await run();
  expect([first.code, first.errors, first.result.problems]).toEqual([0, '', []]);
  const { stored = 0, duplicates = 0, rejected = 0 } = first.result.input.posted ?? {};
  expect(stored + duplicates + rejected).toBe(2_000);
  expect(first.result.total).toMatchObject({ rowsIn: stored, rowsOut: stored, rowsQuarantined: 0 });
  const second = await run();
  expect([second.code, second.result.problems]).toEqual([0, []]);
  expect(second.result.total).toMatchObject({ rowsIn: 2 * stored, rowsOut: stored, duplicates: stored });
});

test('--compact without a dataset is about the one whose objects wait; of several, one must be named', async () => {
  const keep = join(folderWith(), 'lake');
  const put = (name: string, text: string): void => {
    const folder = join(keep, 'lake-raw', 'raw', name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'a.csv'), text);
  };
  mkdirSync(keep);
  expect((await start('--keep', keep, '--compact')).code).toBe(3);
  put('sensor_readings/dt=2026-06-15', 'sensor_id,measured_at\na,2026-06-15T10:00:00Z\n');
  for (const tasks of [1, 0]) {
    const { code, errors, result } = await start('--keep', keep, '--compact');
    expect([code, errors, result.dataset, result.total.rowsOut]).toEqual([0, '', 'sensor_readings', 1]);
    expect(result.compaction.tasks).toBe(tasks);
  }
  // What waits comes before what was taken in once.
  put('access_logs/year=2026/month=06/day=15', 'event_id,event_time\na,2026-06-15T10:00:00Z\n');
  const next = await start('--keep', keep, '--compact');
  expect([next.code, next.result.dataset, next.result.total.rowsOut]).toEqual([0, 'access_logs', 1]);
  const several = await start('--keep', keep, '--compact');
  expect([several.code, several.errors]).toEqual([
    2,
    expect.stringContaining(
      '--compact: the lake holds several datasets\n    fix: add --dataset, one of access_logs, sensor_readings',
    ),
  ]);
  expect((await start('--keep', keep, '--compact', '--dataset', 'access_logs')).code).toBe(0);
});

test('options, settings and datasets that cannot be used are refused by name', async () => {
  const entry = join(PROJECT, 'ingest/local/main.ts');
  const given = [join(PROJECT, 'test/fixtures/datasets/given.ts')];
  const folder = folderWith({
    'given.ts': `Object.defineProperty(globalThis, '__LAKE_DATASETS__', { configurable: true, value: ${JSON.stringify([
      parseDataset({ ...definition(), input: { formats: ['csv'] } }),
    ])} });`,
  });
  const lake = ['--keep', join(folder, 'lake')];
  const cases: readonly (readonly [message: string, job: Omit<Job, 'entry'>])[] = [
    ['--fast: there is no such option', { args: ['--fast'], given }],
    ['--keep: its value is empty', { args: ['--keep', ''], given }],
    ['holds other files', { args: ['--keep', __dirname], given }],
    ['INGEST_MAX_EVENTS: must be a whole number', { args: lake, given, env: { INGEST_MAX_EVENTS: 'many' } }],
    // Without a dataset that takes events there is nothing to run.
    [
      "config/datasets: no dataset takes events\n    fix: add 'ndjson' to the input.formats of one",
      { args: lake, given: [join(folder, 'given.ts')] },
    ],
  ];
  const ended = await runEntries(cases.map(([, job]) => ({ entry, ...job })));
  for (const [index, [message]] of cases.entries()) {
    expect(ended[index]).toEqual({ code: 2, stdout: '', stderr: expect.stringContaining(message) });
    expect(ended[index]?.stderr).not.toContain('    at ');
  }
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
