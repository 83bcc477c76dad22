import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { datasetByName, datasets, loadDatasets } from '../../config/datasets';
import { type DatasetDefinition, datasetsScript, parseDataset, parseType } from '../../lib/dataset';
import { definition, problemsOf } from './helpers';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'datasets-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('ships three datasets, each of its own shape', () => {
  expect(datasets.map((of) => [of.name, of.partition.scheme, of.input.formats[0]])).toEqual([
    ['access_logs', 'day', 'ndjson'],
    ['orders', 'day', 'ndjson'],
    ['sensor_readings', 'dt', 'csv'],
  ]);
});

test('finds a dataset by name, and says which there are', () => {
  expect(datasetByName('orders').name).toBe('orders');
  expect(() => datasetByName('order')).toThrow(
    new Error("unknown dataset 'order'; known are access_logs, orders, sensor_readings"),
  );
});

test('a dataset is one more file', () => {
  const source = (name: string) => `exports.default = ${JSON.stringify(definition({ name }))};`;
  writeFileSync(join(folder, 'b.js'), source('beta'));
  writeFileSync(join(folder, 'a.js'), source('alpha'));
  for (const other of ['index.js', '.hidden.js', 'b.d.ts', 'README.md']) writeFileSync(join(folder, other), '!');

  expect(loadDatasets(folder).map((of) => of.name)).toEqual(['alpha', 'beta']);
});

test('reports a file without a default export', () => {
  writeFileSync(join(folder, 'empty.js'), '');
  expect(problemsOf(() => loadDatasets(folder))).toEqual([
    {
      file: expect.stringMatching(/datasets-\w+\/empty\.js$/),
      subject: '(unnamed)',
      field: 'definition',
      problem: 'is missing',
      fix: 'make a DatasetDefinition the default export',
    },
  ]);
});

test('a bundle has the same datasets without the folder', () => {
  const outfile = join(folder, 'bundle.js');
  buildSync({
    stdin: {
      contents: "console.log(JSON.stringify(require('./config/datasets').datasets))",
      resolveDir: process.cwd(),
    },
    banner: { js: datasetsScript(datasets) },
    bundle: true,
    platform: 'node',
    logLevel: 'silent',
    outfile,
  });

  expect(JSON.parse(execFileSync(process.execPath, [outfile], { encoding: 'utf8' }))).toEqual(
    JSON.parse(JSON.stringify(datasets)),
  );
});

test('fills in every default', () => {
  expect(parseDataset(definition() as DatasetDefinition)).toEqual({
    name: 'events',
    description: 'Test events.',
    columns: [
      { name: 'id', type: parseType('string'), notNull: true, comment: undefined },
      { name: 'at', type: parseType('timestamp'), notNull: true, comment: undefined },
    ],
    partition: { scheme: 'day', from: '2024-01-01', to: '2026-12-31', leading: [] },
    eventTime: 'at',
    dedupe: { key: [], keep: 'earliest', by: [], deleted: undefined },
    sortBy: [],
    input: { formats: ['ndjson'], csv: { delimiter: ',' } },
    retention: { rawNoncurrentDays: 30, curatedDays: undefined },
    compaction: {
      codec: 'snappy',
      targetFileMiB: 512,
      rowGroupRows: 500_000,
      graceHours: 24,
      maxUndersizedFiles: 8,
      closeAfterHours: 6,
    },
  });
});

test('sorted files have smaller row groups by default', () => {
  expect(parseDataset(definition({ sortBy: ['at'] })).compaction.rowGroupRows).toBe(122_880);
  expect(parseDataset(definition({ sortBy: ['at'], compaction: { rowGroupRows: 4096 } })).compaction.rowGroupRows).toBe(
    4096,
  );
});

test('keeps every setting that is given', () => {
  const given = {
    dedupe: { key: ['id'], keep: 'latest', by: ['at'], deleted: undefined },
    sortBy: ['at', 'id'],
    partition: {
      scheme: 'hour',
      from: '2024-01-01',
      to: '2026-12-31',
      leading: [
        { name: 'tenant', kind: 'enum', values: ['a', 'b'] },
        { name: 'device', kind: 'injected' },
      ],
    },
    input: { formats: ['parquet', 'csv'], csv: { delimiter: '\t' } },
    retention: { rawNoncurrentDays: 7, curatedDays: 365 },
    compaction: {
      codec: 'gzip',
      targetFileMiB: 128,
      rowGroupRows: 2048,
      graceHours: 48,
      maxUndersizedFiles: 2,
      closeAfterHours: 0,
    },
  };
  expect(parseDataset(definition(given))).toMatchObject(given);
});
