/** Checks of rows on this machine: what `npm start` says of rows that fail them. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DatasetDefinition, parseDataset } from '../../lib/dataset';
import { BUCKETS } from '../lake';
import { main as lake } from '../lake-main';
import { useDataset } from '../new-dataset/own-datasets';
import { folderWith } from './support/folder';
import { captured, start } from './support/run';

jest.setTimeout(60_000);

const datasetWith = (checks: DatasetDefinition['checks'], more: Partial<DatasetDefinition> = {}) =>
  parseDataset({
    name: 'parcels',
    description: 'Parcels that are sent',
    columns: [
      { name: 'id', type: 'string', notNull: true },
      { name: 'at', type: 'timestamp', notNull: true },
      { name: 'grams', type: 'int' },
    ],
    partition: { scheme: 'day', from: '2026-06-01', to: '2026-06-30' },
    eventTime: 'at',
    input: { formats: ['ndjson'] },
    ...(checks === undefined ? {} : { checks }),
    ...more,
  });
const HEAVY = datasetWith([{ column: 'grams', max: 1000, onFail: 'fail' }]);
const FILES = {
  'a/good.json': '{"id":"a","at":"2026-06-14T10:00:00Z","grams":1}\n',
  'b/bad é.json': [5, 5000, 6000]
    .map((grams, n) => `{"id":"${n}","at":"2026-06-15T10:00:00Z","grams":${grams}}\n`)
    .join(''),
};

test('rows that fail the commit end the run with the check, the object, its file and the cure; all else is compacted', async () => {
  useDataset(HEAVY);
  const keep = join(folderWith(), 'lake');
  const run = (...args: readonly string[]) => start('--dataset', 'parcels', '--keep', keep, ...args);
  const input = ['--input', folderWith(FILES)];
  const first = await run(...input);
  expect(first.code).toBe(1);
  expect(first.errors).toMatch(
    /^parcels\/year=2026\/month=06\/day=15: nothing of parcels was committed: 2 rows fail grams_range, .* For example line 2 of raw\/parcels\/year=2026\/month=06\/day=15\/\S+: .*The object is from b\/bad é\.json\n {2}fix: correct the check .*\n$/,
  );
  // The page of a run before would tell that all is well.
  const report = join(folderWith({ 'report.html': 'of a run before' }), 'report.html');
  await run(...input, '--report', report);
  const page = readFileSync(report, 'utf8');
  expect(page).toMatch(
    /^<!doctype html>[\s\S]*A check refused the commit[\s\S]*2 rows fail grams_range[\s\S]*<\/html>\n$/,
  );
  expect(page).not.toContain('of a run before');
  // The partition waits now: no run reads its rows, which are not missing.
  for (const args of [input, ['--compact']])
    expect(await run(...args)).toMatchObject({ code: 1, errors: first.errors });

  const ask = (...args: string[]) => captured((terminal) => lake([...args, '--local', keep], terminal));
  const waits = /year=2026\/month=06\/day=15 waits since .*2 rows fail grams_range[\s\S]*Put its objects again/;
  // It is all that there is to do: no run starts, and no --yes would help.
  for (const args of [['compact', '--yes'], ['compact']]) {
    const verb = await ask(...args);
    expect(verb).toMatchObject({ code: 1, output: expect.stringMatching(waits) });
    expect(verb.output).not.toMatch(/SUCCEEDED|--yes/);
  }
  expect(await ask('plan')).toMatchObject({ code: 0, output: expect.stringMatching(waits) });
  const held = { since: expect.any(String), problem: expect.stringContaining('grams_range') };
  const partition = 'year=2026/month=06/day=15';
  expect(JSON.parse((await ask('plan', '--json')).output).datasets).toMatchObject([{ compact: [{ partition, held }] }]);
  // Others are compacted beside it.
  mkdirSync(join(keep, BUCKETS.raw, 'raw/parcels/year=2026/month=06/day=16'), { recursive: true });
  writeFileSync(
    join(keep, BUCKETS.raw, 'raw/parcels/year=2026/month=06/day=16/c.json'),
    '{"id":"c","at":"2026-06-16T10:00:00Z","grams":1}\n',
  );
  expect((await ask('compact')).code).toBe(3);
  const both = await ask('compact', '--yes', '--json');
  const left = [{ dataset: 'parcels', partitions: 1, held: [{ partition, ...held }] }];
  expect([both.code, JSON.parse(both.output)]).toMatchObject([1, { run: { rows: { rowsOut: 1 } }, left }]);

  useDataset(datasetWith([{ column: 'grams', max: 5000, onFail: 'fail' }]));
  expect((await run('--compact')).errors).toContain('1 row fails grams_range');

  useDataset(datasetWith([{ column: 'grams', max: 1000 }]));
  const corrected = await run('--compact');
  expect(corrected).toMatchObject({ code: 0, errors: '' });
  expect(corrected.result.total).toMatchObject({ rowsIn: 5, rowsOut: 5, unaccounted: 0 });
  // The other partition was compacted by the first run: only the rows that waited are read.
  expect(corrected.result.compaction.reported.rowsIn).toBe(3);
});

test('values that are not unique name no file', async () => {
  useDataset(datasetWith([{ unique: ['id'], onFail: 'fail' }]));
  const twice = '{"id":"a","at":"2026-06-14T10:00:00Z"}\n'.repeat(2);
  const { code, errors } = await start('--dataset', 'parcels', '--input', folderWith({ 'a.json': twice }));
  expect([code, errors.split('\n').length]).toEqual([1, 3]);
  expect(errors).toMatch(/1 row fails id_unique, .*stay where they are\n {2}fix: /);
});

test('rows that are stored with a warning, and those in quarantine, are counted by check', async () => {
  useDataset(
    datasetWith([
      { column: 'grams', max: 1000, onFail: 'quarantine' },
      { column: 'id', notIn: ['0'] },
    ]),
  );
  const { code, output, result } = await start('--dataset', 'parcels', '--input', folderWith(FILES));
  expect(code).toBe(0);
  expect(result.total).toMatchObject({ rowsOut: 2, rowsQuarantined: 2 });
  expect(output).toContain('Checks: 1 row stored with a warning, 2 quarantined (grams_range 2, id_not_in 1)');
});

test('a check in SQL that cannot be run is refused before anything is loaded', async () => {
  const keep = join(folderWith(), 'lake');
  const run = () => start('--dataset', 'parcels', '--keep', keep, '--input', folderWith(FILES));
  useDataset(datasetWith([{ name: 'own', sql: 'gram > 0' }]));
  const { code, errors } = await run();
  expect(code).toBe(2);
  expect(errors).toMatch(
    /^1 mistake .*\n {2}dataset 'parcels', check own: there is no column 'gram'\n {4}fix: write .*\n$/,
  );
  useDataset(datasetWith([{ name: 'own', sql: 'grams > 0' }]));
  expect(await run()).toMatchObject({ code: 0, result: { input: { alreadyTaken: 0 }, total: { rowsIn: 4 } } });
});

test('retention is not tried out: data that is older than it stays to be looked at', async () => {
  useDataset(datasetWith(undefined, { retention: { curatedDays: 1 } }));
  const keep = join(folderWith(), 'lake');
  const input = ['--dataset', 'parcels', '--keep', keep, '--input', folderWith({ 'a.json': FILES['a/good.json'] })];
  expect(await start(...input)).toMatchObject({ code: 0, result: { total: { rowsIn: 1, rowsOut: 1, filesAfter: 1 } } });
});
