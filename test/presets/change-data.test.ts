/** Changes of tables, as DMS delivers them. */

import { dms } from '../../lib/presets';
import { through } from './support/through';

jest.setTimeout(60_000);

const people = {
  name: 'people',
  columns: [
    { name: 'id', type: 'int', notNull: true },
    { name: 'name', type: 'string' },
    { name: 'updated_at', type: 'timestamp', notNull: true, format: { pattern: '%Y-%m-%d %H:%M:%S.%f' } },
  ],
  eventTime: 'updated_at',
  key: ['id'],
  by: ['updated_at'],
} as const;
const PATH = 'public/people/2026/06/15/20260615-100000000.csv';
const CHANGES =
  'I,101,"Smith, Bob",2026-06-15 10:00:00.000000\nU,101,Smith Bob,2026-06-15 10:05:00.000000\nD,102,Jones,2026-06-15 10:06:00.000000\nI,103,NULL,2026-06-15 10:07:00.000000\n';

test('DMS: the latest of each key, the deleted ones gone', async () => {
  const { rows, rejected } = await through(dms(people), { [PATH]: CHANGES }, 'op, id, name');
  expect(rejected).toEqual([]);
  expect(rows).toEqual([
    { op: 'U', id: 101, name: 'Smith Bob' },
    { op: 'I', id: 103, name: null },
  ]);
});

test('DMS: deletions as rows, whatever the order of the files', async () => {
  const lines = CHANGES.trim().split('\n');
  const objects = Object.fromEntries(
    lines.reverse().map((line, index) => [PATH.replace('100000000', `${index}`), `${line}\n`]),
  );
  const { rows } = await through(dms({ ...people, deletions: 'keep' }), objects, 'op, id, name');
  expect(rows).toEqual([
    { op: 'U', id: 101, name: 'Smith Bob' },
    { op: 'D', id: 102, name: 'Jones' },
    { op: 'I', id: 103, name: null },
  ]);
});
