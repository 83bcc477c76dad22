/** Datasets with `iceberg: true` on this machine: `npm start` publishes them, and `npm run query -- --iceberg` reads what it published. */

import './support/iceberg-datasets';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HintCatalog, hintKey } from '../iceberg/catalog';
import { BUCKETS, openLake } from '../lake';
import { query } from '../query-main';
import { folderWith } from './support/folder';
import { DATASETS } from './support/iceberg-datasets';
import { captured, start } from './support/run';

jest.setTimeout(120_000);

const ask = (keep: string, ...args: readonly string[]) =>
  captured((terminal) => query(['--keep', keep, '--json', ...args], terminal, DATASETS));
const load = (keep: string, dataset: string, ...args: readonly string[]) =>
  start('--dataset', dataset, '--keep', keep, ...args);
const lines = (...rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
const row = (id: string, at = '2026-06-15T10:00:00Z') => ({
  id,
  at,
  tiny: 1,
  price: '1.50',
  who: { name: 'a', tags: ['x'], counts: { k: 1 } },
});
const snapshots = (keep: string, name: string): { 'timestamp-ms': number }[] => {
  const folder = join(keep, BUCKETS.curated, 'iceberg', name, 'metadata');
  const hint = readFileSync(join(keep, BUCKETS.curated, hintKey(name)), 'utf8');
  return JSON.parse(readFileSync(join(folder, `${hint}.metadata.json`), 'utf8')).snapshots;
};

const OF_TENANTS = {
  'tenant=acme/year=2026/month=06/day=15/hour=10/a.json': lines(row('a'), row('b')),
  'tenant=globex/year=2026/month=06/day=15/hour=09/a.json': lines(row('c', '2026-06-15T09:59:59Z')),
};

test.each(['by_day', 'by_hour_of_tenants', 'by_month', 'by_dt'])(
  'every row of %s is the same through both tables',
  async (name) => {
    const keep = join(folderWith(), 'lake');
    const hasTenants = name === 'by_hour_of_tenants';
    const source = hasTenants ? ['--input', folderWith(OF_TENANTS)] : ['--rows', '2000'];
    const { result } = await load(keep, name, ...source);
    expect(result).toMatchObject({ ok: true, iceberg: { published: true, rows: result.total.rowsOut } });
    const sql = `SELECT * FROM ${name}${hasTenants ? " WHERE tenant IN ('acme', 'globex')" : ''} ORDER BY ALL`;
    const [symlinks, iceberg] = [await ask(keep, sql), await ask(keep, '--iceberg', sql)];
    expect(iceberg).toMatchObject({ code: 0, errors: '' });
    expect(iceberg.output.trim().split('\n')).toHaveLength(result.total.rowsOut);
    expect(iceberg.output).toBe(symlinks.output);
    const again = await load(keep, name, '--compact');
    expect(again.result).toMatchObject({ ok: true, iceberg: { published: false, filesAdded: 0 } });
  },
);

test('a time shows the rows and the columns that the table had', async () => {
  const keep = join(folderWith(), 'lake');
  await load(keep, 'by_day', '--input', folderWith({ 'a.json': lines(row('a')) }));
  await load(keep, 'by_day', '--input', folderWith({ 'b.json': lines(row('b')) }));
  const [first, second] = snapshots(keep, 'by_day').map((own) => own['timestamp-ms']) as [number, number];
  const ids = async (...args: readonly string[]): Promise<string> =>
    (await ask(keep, '--iceberg', ...args, 'SELECT id FROM by_day ORDER BY id')).output.replaceAll(/\W|id/g, '');
  const at = (time: number): string => new Date(time).toISOString();
  expect(await ids()).toBe('ab');
  expect(await ids('--at', at(second))).toBe('ab');
  expect(await ids('--at', at(second - 1))).toBe('a');
  expect(await ids('--at', at(first))).toBe('a');
  expect(await ids('--at', at(first + 3_600_000).replace('Z', '+00:00'))).toBe('ab');
  const early = await ask(keep, '--iceberg', '--at', at(first - 1), 'SELECT id FROM by_day');
  expect(early).toMatchObject({ code: 2, output: '' });
  expect(early.errors).toContain(`it keeps those of ${at(first)}, ${at(second)}`);
  expect(early.errors).toContain(`write ${at(first)} or later`);
  // Another table may be younger than the time.
  await load(keep, 'by_dt', '--input', folderWith({ 'c.json': lines(row('c')) }));
  expect(await ids('--at', at(second))).toBe('ab');
});

test('what the manifests of compaction say does not matter to it', async () => {
  const keep = join(folderWith(), 'lake');
  await load(keep, 'by_day', '--input', folderWith({ 'a.json': lines(row('a')) }));
  rmSync(join(keep, BUCKETS.curated, 'manifests'), { recursive: true });
  expect((await ask(keep, '--iceberg', 'SELECT id, year, month, day FROM by_day')).output).toBe(
    '{"id":"a","year":2026,"month":6,"day":15}\n',
  );
});

test('a table that lost a row is told', async () => {
  const keep = join(folderWith(), 'lake');
  await load(keep, 'by_day', '--input', folderWith({ 'a.json': lines(row('a'), row('b', '2026-06-16T10:00:00Z')) }));
  const folder = join(keep, BUCKETS.curated, 'iceberg', 'by_day', 'metadata');
  const [manifest = ''] = readdirSync(folder).filter((name) => name.startsWith('m-'));
  const first = readFileSync(join(folder, manifest));
  // A manifest list of an earlier time in the place of the current one.
  await load(keep, 'by_day', '--input', folderWith({ 'c.json': lines(row('c')) }));
  const [other = ''] = readdirSync(folder).filter((name) => name.startsWith('m-') && name !== manifest);
  writeFileSync(join(folder, other), first);
  const { code, result } = await load(keep, 'by_day', '--compact');
  expect([code, result.ok]).toEqual([1, false]);
  expect(result.problems).toContain('the Iceberg table has 2 rows, but the curated table 3');
});

test('a query is as locked as one of the symlink tables', async () => {
  const keep = join(folderWith(), 'lake');
  await load(keep, 'by_hour_of_tenants', '--input', folderWith(OF_TENANTS));
  expect(await ask(keep, '--iceberg', "COPY (SELECT 1) TO 'x'")).toMatchObject({ code: 1 });
  expect((await ask(keep, '--iceberg', "SELECT * FROM read_csv('/etc/passwd')")).code).toBe(1);
  expect((await ask(keep, '--iceberg', 'SELECT id FROM by_hour_of_tenants')).errors).toContain('CONSTRAINT_VIOLATION');
});

test.each([
  [['--at', '2026-06-15T10:00:00Z', 'SELECT 1'], 'only Iceberg tables keep earlier snapshots'],
  [['--iceberg', '--at', 'yesterday', 'SELECT 1'], '"yesterday" is not a time with its zone'],
  [['--iceberg', '--at', '2026-06-15T10:00:00', 'SELECT 1'], 'is not a time with its zone'],
  [['--iceberg', '--at', '2026-13-15T10:00:00Z', 'SELECT 1'], 'is not a time with its zone'],
  [['--iceberg', '--at', '2026-02-30T10:00:00Z', 'SELECT 1'], 'is not a time with its zone'],
  [['--iceberg', 'SELECT 1'], 'has no Iceberg table'],
])('%j is refused: %s', async (args, message) => {
  const keep = join(folderWith(), 'lake');
  await load(keep, 'not_published', '--rows', '200');
  const { code, errors } = await ask(keep, ...args);
  expect(code).toBe(2);
  expect(errors).toContain(message);
});

test('of two publishers that saw the same table, one has a conflict', async () => {
  const lake = await openLake();
  try {
    const catalog = new HintCatalog(lake.store, BUCKETS.curated);
    const update = (name: string) => ({
      metadataLocation: `s3://${BUCKETS.curated}/iceberg/t/metadata/${name}.metadata.json`,
      location: `s3://${BUCKETS.curated}/iceberg/t`,
      description: 'A table of the tests.',
      fields: [],
    });
    expect(await catalog.find('t')).toBeUndefined();
    expect(await catalog.replace('t', undefined, update('0-a'))).toBe('committed');
    expect(await catalog.replace('t', undefined, update('0-b'))).toBe('conflict');
    const found = await catalog.find('t');
    expect(found?.metadataLocation).toBe(update('0-a').metadataLocation);
    expect(await catalog.replace('t', found, update('1-a'))).toBe('committed');
    expect(await catalog.replace('t', found, update('1-b'))).toBe('conflict');
    expect((await catalog.find('t'))?.metadataLocation).toBe(update('1-a').metadataLocation);
  } finally {
    await lake.close();
  }
});
