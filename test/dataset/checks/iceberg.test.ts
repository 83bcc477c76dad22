import { type DatasetDefinition, parseDataset } from '../../../lib/dataset';
import { testDataset } from '../../compaction/support/test-dataset';
import { definition, problemsOf } from '../helpers';

const problems = (given: DatasetDefinition) => problemsOf(() => parseDataset(given));
const at = { name: 'at', type: 'timestamp', notNull: true };

test('is off unless a dataset says so, and then nothing of it is in the dataset', () => {
  expect(testDataset()).not.toHaveProperty('iceberg');
  expect(testDataset({ iceberg: false })).not.toHaveProperty('iceberg');
  expect(parseDataset(definition({ iceberg: true })).iceberg).toBe(true);
});

test.each(['true', 1, {}, null])('%p is neither on nor off', (iceberg) => {
  expect(problems(definition({ iceberg }))).toEqual([
    expect.objectContaining({ field: 'iceberg', fix: 'write true or false' }),
  ]);
});

test('names that engines give to columns of their own are refused, for columns and for keys of the path', () => {
  const given = definition({
    iceberg: true,
    columns: [at, { name: '_file', type: 'string' }, { name: 'file', type: 'string' }],
    eventTime: 'at',
    partition: {
      scheme: 'day',
      from: '2026-01-01',
      to: '2026-12-31',
      leading: [{ name: '_partition', kind: 'enum', values: ['a'] }],
    },
  });
  expect(problems(given).map(({ problem, fix }) => [problem, fix])).toEqual([
    [
      "'_file' is a column that engines add to every Iceberg table",
      "write another name, for example 'event_file', or remove iceberg",
    ],
    [
      "'_partition' is a column that engines add to every Iceberg table",
      "write another name, for example 'event_partition', or remove iceberg",
    ],
  ]);
  expect(problems({ ...given, iceberg: false })).toEqual([]);
});

test('snapshots go back a week at most', () => {
  const days = (graceHours: number) =>
    definition({ iceberg: true, compaction: { graceHours }, retention: { rawNoncurrentDays: 30 } });
  expect(problems(days(168))).toEqual([]);
  expect(problems(days(169))).toEqual([
    expect.objectContaining({
      field: 'compaction.graceHours',
      problem: '169 hours of snapshots make the metadata of an Iceberg table too large',
      fix: 'write at most 168, or remove iceberg',
    }),
  ]);
  expect(problems({ ...days(169), iceberg: false })).toEqual([]);
});

test.each([
  ...['_file', '_pos', '_deleted', '_spec_id', '_partition', '_row_id', '_last_updated_sequence_number'],
  ...['_change_type', '_change_ordinal', '_commit_snapshot_id'],
])('%s is a column of the engines', (name) => {
  const given = definition({ iceberg: true, columns: [at, { name, type: 'string' }] });
  expect(problems(given)).toEqual([
    expect.objectContaining({
      field: 'iceberg',
      problem: `'${name}' is a column that engines add to every Iceberg table`,
      fix: `write another name, for example 'event${name}', or remove iceberg`,
    }),
  ]);
});
