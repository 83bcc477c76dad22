import { provenFor, typesOf } from './support';

jest.setTimeout(120_000);

const MILLIS = 1_781_517_600_000;
const lines = (records: readonly object[]): string => records.map((record) => `${JSON.stringify(record)}\n`).join('');

const source = (n: number) => ({ ts_ms: MILLIS + n, lsn: n, db: 'shop', table: 'customers' });
const row = (id: number, name: string) => ({ id, Name: name, created_at: MILLIS });
const EVENTS = [
  { before: null, after: row(1, 'a'), source: source(1), op: 'c', ts_ms: MILLIS },
  { before: row(1, 'a'), after: row(1, 'b'), source: source(2), op: 'u', ts_ms: MILLIS },
  { before: null, after: row(2, 'c'), source: source(3), op: 'c', ts_ms: MILLIS },
  { before: row(2, 'c'), after: null, source: source(4), op: 'd', ts_ms: MILLIS },
];

test.each<[string, readonly object[]]>([
  ['without a schema', EVENTS],
  ['with a schema', EVENTS.map((payload) => ({ schema: { type: 'struct', optional: false }, payload }))],
])('events of Debezium %s are those of the preset, though one line is broken', async (_, events) => {
  const proposed = await provenFor({ '2026/06/15/part-0': `{"op"\n${lines(events)}` });
  expect(proposed.share).toEqual([4, 5]);
  expect(proposed.text).toContain('export default debezium({');
  expect(proposed.definition).toMatchObject({
    eventTime: 'created_at',
    dedupe: { key: ['id'], keep: 'latest', deleted: { column: 'op', values: ['d'] } },
    input: { layout: '{yyyy}/{MM}/{dd}/' },
  });
  expect(typesOf(proposed)).toMatchObject({ id: 'int', name: 'string', created_at: 'timestamp' });
  expect(proposed.text).toContain('is a guess: name the primary key');
});

test('rows of Debezium without a time of their own are placed by that of the change', async () => {
  const events = [1, 2].map((id) => ({ before: null, after: { id }, source: source(id), op: 'c' }));
  const proposed = await provenFor({ 'a.json': lines(events) });
  expect([proposed.share, proposed.definition.eventTime]).toEqual([[2, 2], 'change_time']);
});

const CHANGES = [
  ['I', '101', '"Smith, Bob"', '2026-06-15 10:00:00.000000'],
  ['U', '101', 'Smith Bob', '2026-06-15 10:05:00.000000'],
  ['D', '102', 'NULL', '2026-06-15 10:06:00.000000'],
];
const csv = (rows: readonly (readonly string[])[]): string => `${rows.map((fields) => fields.join(',')).join('\n')}\n`;

test.each<[string, string, string, string, object]>([
  ['without a header', 'public/people/2026/06/15/1.csv', csv(CHANGES), 'column_2', { layout: '*/*/{yyyy}/{MM}/{dd}/' }],
  [
    'with a header',
    'people.csv',
    csv([['Op', 'ID', 'Name', 'Changed'], ...CHANGES]),
    'id',
    { csv: { nulls: ['NULL'] }, layout: 'hive' },
  ],
])('files of DMS %s are those of the preset', async (_, path, text, key, input) => {
  const proposed = await provenFor({ [path]: text });
  expect(proposed.share).toEqual([3, 3]);
  expect(proposed.text).toContain('export default dms({');
  expect(proposed.definition).toMatchObject({
    dedupe: { key: [key], keep: 'latest', deleted: { column: 'op', values: ['D'] } },
    input,
  });
});

test('rows with an operation or a mark of deletion keep the latest of each key', async () => {
  const flat = [
    { id: 1, v: 'a', __op: 'c', __deleted: 'false', __source_ts_ms: MILLIS, __lsn: 5 },
    { id: 1, v: 'b', __op: 'u', __deleted: 'false', __source_ts_ms: MILLIS + 1, __lsn: 6 },
    { id: 1, v: 'b', __op: 'd', __deleted: 'true', __source_ts_ms: MILLIS + 2, __lsn: 7 },
  ];
  const debezium = await provenFor({ 'a.json': lines(flat) });
  expect(debezium.share).toEqual([3, 3]);
  expect(debezium.definition.dedupe).toEqual({
    key: ['id'],
    keep: 'latest',
    by: ['__source_ts_ms', '__lsn'],
    deleted: { column: '__deleted', values: ['true'] },
  });
  expect(debezium.text).toContain('tells that rows are changes');
  const marked = await provenFor({
    'a.csv':
      'user_id,email,created_at,updated_at,_deleted\n7,a,2026-06-15T10:00:00Z,2026-06-15T11:00:00Z,false\n7,b,2026-06-15T10:00:00Z,2026-06-15T12:00:00Z,true\n',
  });
  expect([marked.definition.eventTime, marked.definition.dedupe]).toEqual([
    'created_at',
    { key: ['user_id'], keep: 'latest', by: ['updated_at'], deleted: '_deleted' },
  ]);
});

test('rows that come again with another time of change are versions', async () => {
  const versions = [1, 1, 2].map((id, n) => ({ id, n, created_at: MILLIS, updated_at: MILLIS + n }));
  const proposed = await provenFor({ 'a.json': lines(versions) });
  expect(proposed.definition.dedupe).toEqual({ key: ['id'], keep: 'latest', by: ['updated_at'] });
  expect(proposed.text).toContain('taken for versions');
});

test('an action in a log is not a change of a table: no row of a log may be dropped', async () => {
  for (const ops of [
    ['read', 'update', 'delete'],
    ['c', 'r', 'd'],
  ]) {
    const log = ops.map((op, id) => ({ id, op, user: 'a', at: '2026-06-15T10:00:00Z' }));
    const proposed = await provenFor({ 'a.json': lines(log) });
    expect([proposed.definition.dedupe, proposed.definition.dedupeKey]).toEqual([undefined, undefined]);
  }
});
