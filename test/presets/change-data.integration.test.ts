/** Changes of tables, as DMS and Debezium deliver them. */

import { debezium, dms } from '../../lib/presets';
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

test('DMS: a line of names, with which rows of a full load need no operation', async () => {
  const header = dms({ ...people, addColumnName: true });
  const { rows, rejected } = await through(
    header,
    {
      [PATH]: `Op,id,name,updated_at\n${CHANGES}`,
      'public/people/2026/06/15/LOAD00000001.csv':
        'id,name,updated_at\n101,Smith,2026-06-15 09:00:00.000000\n104,"a ""b"", c",2026-06-15 09:00:00.000000\n',
    },
    'op, id, name',
  );
  expect(rejected).toEqual([]);
  expect(rows).toEqual([
    { op: null, id: 104, name: 'a "b", c' },
    { op: 'U', id: 101, name: 'Smith Bob' },
    { op: 'I', id: 103, name: null },
  ]);
});

test('DMS: without a line of names, rows of a full load without an operation are no rows of another meaning', async () => {
  const { rows, rejected } = await through(
    dms(people),
    { [PATH]: `101,Smith,2026-06-15 09:00:00.000000\n${CHANGES}` },
    'id',
  );
  expect(rejected).toEqual(['expected 4 fields as declared, found 3']);
  expect(rows).toHaveLength(2);
});

test('DMS: changes within one transaction are told apart by the sequence, and rows of the full load are before all', async () => {
  const sequenced = dms({
    name: 'people',
    columns: [
      { name: 'id', type: 'int', notNull: true },
      { name: 'name', type: 'string' },
      { name: 'created_at', type: 'timestamp', notNull: true, format: { pattern: '%Y-%m-%d %H:%M:%S.%f' } },
      { name: 'change_seq', type: 'string', notNull: true },
    ],
    eventTime: 'created_at',
    key: ['id'],
    by: ['change_seq'],
  });
  const line = (op: string, id: number, name: string, seq: string) =>
    `${op},${id},${name},2026-06-15 09:00:00.000000,${seq}\n`;
  const seq = (n: number): string => `20260615100000${`${n}`.padStart(21, '0')}`;
  const { rows, rejected } = await through(
    sequenced,
    {
      [PATH]: line('U', 1, 'z then', seq(9)) + line('U', 1, 'a last', seq(10)) + line('D', 2, 'x', seq(11)),
      'public/people/2026/06/15/LOAD00000001.csv':
        line('I', 1, 'loaded', '0') + line('I', 2, 'y', '0') + line('I', 3, 'z', '0'),
    },
    'id, name',
  );
  expect(rejected).toEqual([]);
  expect(rows).toEqual(
    expect.arrayContaining([
      { id: 1, name: 'a last' },
      { id: 3, name: 'z' },
    ]),
  );
  expect(rows).toHaveLength(2);
});

const orders = {
  name: 'orders',
  columns: [
    { name: 'id', type: 'int', notNull: true },
    { name: 'created_at', type: 'timestamp', notNull: true, format: { epoch: 'ms' } },
    { name: 'note', type: 'string' },
  ],
  eventTime: 'created_at',
  key: ['id'],
} as const;

const row = (id: number, note: string | null) => ({ id, note, created_at: 1781517600000 });
const change = (op: string, at: number, before: object | null, after: object | null) => ({
  before,
  after,
  source: { version: '3.0', connector: 'postgresql', ts_ms: 1781517600000 + at, lsn: at },
  op,
  ts_ms: 1781517600000 + at + 5,
  transaction: null,
});

test.each([
  ['with a schema', (event: object) => ({ schema: { type: 'struct' }, payload: event })],
  ['without one', (event: object) => event],
])('Debezium %s: the latest state of each row', async (_, wrap) => {
  const events = [
    change('r', 1, null, row(1, 'a')),
    change('c', 2, null, row(2, 'b')),
    change('u', 4, row(1, 'a'), row(1, null)),
    change('u', 3, row(1, 'a'), row(1, 'late')),
    change('d', 5, row(2, 'b'), null),
    change('c', 6, null, row(3, 'c')),
  ];
  const { rows, rejected } = await through(
    debezium(orders),
    { '2026/06/15/x.json': events.map((event) => JSON.stringify(wrap(event))).join('\n') },
    'id, note, op',
  );
  expect(rejected).toEqual([]);
  expect(rows).toEqual(
    expect.arrayContaining([
      { id: 1, note: null, op: 'u' },
      { id: 3, note: 'c', op: 'c' },
    ]),
  );
  expect(rows).toHaveLength(2);
});

test.each([
  ['PostgreSQL', [{ lsn: 9 }, { lsn: 24023128 }, { lsn: 24023200 }]],
  [
    'MySQL',
    [
      { file: 'mysql-bin.000003', pos: 900, row: 1 },
      { file: 'mysql-bin.000004', pos: 4, row: 0 },
      { file: 'mysql-bin.000004', pos: 4, row: 1 },
    ],
  ],
  [
    'SQL Server',
    [
      { change_lsn: '00000027:00000758:0003', event_serial_no: 2 },
      { change_lsn: '00000027:00000758:0005', event_serial_no: 1 },
      { change_lsn: '00000027:00000758:0005', event_serial_no: 2 },
    ],
  ],
  ['Oracle', [{ scn: '2122185' }, { scn: '2122186', ssn: 0 }, { scn: '2122186', ssn: 1 }]],
])('Debezium of %s: the last of changes within one millisecond, whatever the order of arrival', async (_, places) => {
  const notes = ['z: first', 'y: then', 'a: last'];
  const events = places.map((place, index) => {
    const event = change('u', 1, null, row(1, notes[index] ?? null));
    return { ...event, source: { connector: 'x', ts_ms: event.source.ts_ms, ...place } };
  });
  const gone = events.map((event, index) => ({
    ...event,
    ...(index === 1 ? { op: 'd', before: { id: 2 }, after: null } : { after: row(2, `${index}`) }),
  }));
  const object = [...events, ...gone].reverse().map((event) => JSON.stringify(event));
  const { rows, rejected } = await through(debezium(orders), { '2026/06/15/x.json': object.join('\n') }, 'id, note');
  expect(rejected).toEqual([]);
  expect(new Map(rows.map(({ id, note }) => [id, note]))).toEqual(
    new Map<unknown, unknown>([
      [1, 'a: last'],
      [2, '2'],
    ]),
  );
  expect(rows).toHaveLength(2);
});

test('Debezium: what is no change of a row is rejected, each with its reason, and the changes beside it are taken', async () => {
  const created = change('c', 1, null, row(1, 'a'));
  const source = { ts_ms: 1781517600000, lsn: 5 };
  const others: readonly (readonly [what: unknown, reason: string])[] = [
    [null, 'expected an object, found null'],
    [{ schema: null, payload: null }, 'id: no value in "payload" / "after" / "id"'],
    [{ op: 't', source, before: null, after: null }, 'id: no value in'],
    [{ op: 'm', source, message: { prefix: 'p' } }, 'id: no value in'],
    [{ status: 'BEGIN', id: '571:53195829', event_count: null }, 'id: expected an int'],
    [{ op: 'c', source, after: '{"_id":{"$oid":"1"}}' }, 'after: expected an object, found the string'],
    [{ key: { id: 1 }, value: created }, 'id: no value in'],
  ];
  const lines = [created, ...others.map(([what]) => what), change('d', 2, row(1, 'a'), null), created];
  const { rows, rejected } = await through(
    debezium(orders),
    { '2026/06/15/x.json': lines.map((line) => `${JSON.stringify(line)}\n\n`).join('') },
    'id',
  );
  expect(rejected).toEqual(others.map(([, reason]) => expect.stringContaining(reason)));
  expect(rows).toEqual([]);
  // A sink that puts keys beside values.
  const keyed = debezium({ ...orders, input: { json: { unwrap: 'value' } } });
  const wrapped = await through(
    keyed,
    { '2026/06/15/x.json': JSON.stringify({ key: { id: 1 }, value: created }) },
    'id',
  );
  expect(wrapped).toEqual({ rows: [{ id: 1 }], rejected: [] });
});
