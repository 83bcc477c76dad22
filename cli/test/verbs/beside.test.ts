import { testDataset } from '../../../test/compaction/support/test-dataset';
import { keyBeside } from '../../verbs/beside';
import { importId, targetOf } from '../../verbs/import/target';

const flat = (layout: string) => testDataset({ input: { formats: ['ndjson', 'csv'], layout } });

test.each([
  ['hive', 'year=2026/month=06/day=15/a.json', 'year=2026/month=06/day=15/mark-a.json'],
  ['hive', 'year=2026/month=06/day=15/app/a.json', 'year=2026/month=06/day=15/app/mark-a.json'],
  ['{yyyy}/{MM}/{dd}/', '2026/06/15/a', '2026/06/15/mark-a'],
  ['{yyyy}-{MM}-{dd}-', '2026-06-15-10-00-00-A1', '2026-06-15-mark-10-00-00-A1'],
  ['{yyyy}-{MM}-{dd}-', '2026-06-15-', '2026-06-15-mark-'],
  ['{yyyy}-{MM}-{dd}-', '2026-06-15-x/y/a.csv', '2026-06-15-x/y/mark-a.csv'],
  // Behind a hyphen, it would be read as JSON.
  ['{yyyy}-{MM}-{dd}.', '2026-06-15.csv', '2026-06-15.mark.csv'],
  ['*.{yyyy}-{MM}-{dd}.', 'E1.2026-06-15.csv.gz', 'E1.2026-06-15.mark.csv.gz'],
])('with layout %s, beside %s is %s', (layout, path, beside) => {
  const found = keyBeside(flat(layout), { key: `raw/events/${path}`, size: 1 }, 'mark');
  expect(found).toMatchObject({ kind: 'pending', key: `raw/events/${beside}`, partition: 'year=2026/month=06/day=15' });
});

test.each([
  ['a folder of no day', 'other/a.json', { kind: 'unplaced' }],
  ['a marker', 'year=2026/month=06/day=15/_SUCCESS', { kind: 'marker' }],
  [
    'a name as long as names may be',
    `year=2026/month=06/day=15/${'x'.repeat(985)}`,
    { kind: 'unplaced', problem: expect.stringContaining('longer than 1024 bytes') },
  ],
])('beside %s there is nothing', (_, path, expected) => {
  expect(keyBeside(flat('hive'), { key: `raw/events/${path}`, size: 0 }, 'mark')).toMatchObject(expected);
});

test('a bucket of flat names can be imported', () => {
  const dataset = flat('{yyyy}-{MM}-{dd}-{HH}-');
  const id = importId('s3://logs', 'events');
  expect(targetOf(dataset, id, { path: '2026-06-15-10-00-17-0A1B', size: 1, etag: '' })).toMatchObject({
    key: `raw/events/2026-06-15-10-import-${id}-00-17-0A1B`,
  });
});
