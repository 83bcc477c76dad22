/** Values of other names in the input, through the shipped store and engine, in every format. */

import type { DatasetDefinition } from '../../lib/dataset';
import type { UnknownField } from '../../lib/rows';
import { ANNOTATIONS, type Leaf, type Node, writeParquet } from '../support/parquet/writer';
import { RealLake, testDataset } from './support/real-lake';

let lake: RealLake;
beforeEach(async () => {
  lake = await RealLake.open();
});
afterEach(async () => {
  await lake.close();
});

const columns: DatasetDefinition['columns'] = [
  { name: 'event_id', type: 'string', notNull: true },
  { name: 'event_time', type: 'timestamp', notNull: true, from: { firstOf: ['eventTime', '@timestamp'] } },
  { name: 'user_type', type: 'string', from: { path: ['userIdentity', 'type'] } },
  { name: 'mfa', type: 'boolean', from: { path: ['userIdentity', 'sessionContext', 'mfa'] } },
  { name: 'items', type: 'array<struct<sku_code:string,n:int>>', fields: { n: { from: { firstOf: ['N', 'count'] } } } },
];
const dataset = testDataset({
  columns,
  columnNames: 'snake',
  eventTime: 'event_time',
  dedupeKey: ['event_id'],
  sortBy: ['event_time'],
  input: { formats: ['ndjson', 'parquet'] },
});
const SELECT = 'event_id, event_time::VARCHAR AS event_time, user_type, mfa, items::JSON::VARCHAR AS items';

const read = () => lake.query(dataset, SELECT, 'ORDER BY event_id');

const AT = "TIMESTAMP '2026-06-15 10:00:00'";
const FULL = [
  {
    event_id: 'a',
    event_time: '2026-06-15 10:00:00',
    user_type: 'Root',
    mfa: true,
    items: '[{"sku_code":"x","n":1},null,{"sku_code":null,"n":2}]',
  },
  { event_id: 'b', event_time: '2026-06-15 11:00:00', user_type: null, mfa: null, items: null },
];

test('NDJSON, Parquet and the events of the gateway become the same rows, kept once by their key', async () => {
  const json = [
    {
      eventID: 'a',
      '@timestamp': '2026-06-15T10:00:00Z',
      eventTime: null,
      userIdentity: { type: 'Root', sessionContext: { mfa: true } },
      Items: [{ skuCode: 'x', N: 1 }, null, { count: 2 }],
    },
    { EventId: 'b', eventTime: '2026-06-15T11:00:00Z', '@timestamp': '2026-06-15T12:00:00Z', userIdentity: null },
  ];
  const own = [
    {
      event_id: 'a',
      event_time: '2026-06-15T10:00:00Z',
      user_type: 'Root',
      mfa: true,
      items: [{ sku_code: 'x', n: 1 }, null, { n: 2 }],
    },
    { event_id: 'b', event_time: '2026-06-15T11:00:00Z' },
  ];
  const file = await lake.parquet(`
    SELECT 'a' AS "eventID", NULL::TIMESTAMP AS "eventTime", ${AT} AS "@timestamp",
      {'type': 'Root', 'sessionContext': {'mfa': true}} AS "userIdentity",
      [{'skuCode': 'x', 'N': 1, 'count': 9}, NULL, {'skuCode': NULL, 'N': NULL, 'count': 2}] AS "Items"
    UNION ALL SELECT 'b', TIMESTAMP '2026-06-15 11:00:00', TIMESTAMP '2026-06-15 12:00:00', NULL, NULL`);
  const text = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  for (const [name, body] of [
    ['source.json', text(json)],
    ['own.json', text(own)],
    ['file.parquet', file],
  ] as const) {
    await lake.put(dataset, name, body);
    const [result] = await lake.compact(dataset);
    expect([name, await read()]).toEqual([name, FULL]);
    expect(await lake.quarantined()).toEqual([]);
    expect(result).toBeDefined();
  }
});

test('rows of Parquet that do not fit say the column, and each place has to fit', async () => {
  await lake.put(
    dataset,
    'x.parquet',
    await lake.parquet(`
      SELECT 'a' AS "eventID", ${AT} AS "eventTime", '2026-06-15T10:00:00Z' AS "@timestamp"
      UNION ALL SELECT 'b', ${AT}, 'soon' UNION ALL SELECT 'c', NULL, NULL`),
  );
  await lake.compact(dataset);
  expect(await lake.query(dataset, 'event_id')).toEqual([{ event_id: 'a' }]);
  expect((await lake.quarantined()).map(({ line, reason }) => [line, reason])).toEqual([
    [2, 'event_time: soon (BYTE_ARRAY UTF8) is not a time of the years 0001 to 9999'],
    [3, 'event_time: null in a column that must have a value'],
  ]);
});

test.each([
  [
    'two spellings',
    `SELECT 'a' AS "eventID", 'b' AS "event-id", ${AT} AS "eventTime"`,
    'it has 2 columns for event_id: "eventID" and "event-id"; keep one of them',
  ],
  [
    'no group',
    `SELECT 'a' AS "eventID", ${AT} AS "eventTime", 'x' AS "userIdentity"`,
    'column "userIdentity": the file has BYTE_ARRAY UTF8, but user_type is taken out of a group; write a group, or change the from of the dataset',
  ],
  [
    'a look-alike',
    `SELECT 'a' AS "eventID", ${AT} AS "EventTime"`,
    'its schema has "EventTime" where event_time is missing; names match exactly, case and separators included: write them as declared',
  ],
  ['no place', `SELECT 'a' AS "eventID"`, 'it has no column event_time, which must not be null'],
])('a Parquet object with %s is refused as a whole', async (_, select, reason) => {
  await lake.put(dataset, 'x.parquet', await lake.parquet(select));
  await lake.compact(dataset);
  expect(await lake.quarantined()).toMatchObject([{ line: null, reason }]);
});

test('names that differ only in case are told apart where both are declared', async () => {
  const twins = testDataset({
    columns: [
      { name: 'id', type: 'string', notNull: true },
      { name: 'at', type: 'timestamp', notNull: true },
      { name: 'account', type: 'string', from: 'ID' },
      { name: 'app_user', type: 'struct<x:int,y:int>', fields: { y: { from: 'X' } } },
    ],
    input: { formats: ['ndjson', 'parquet'] },
  });
  const text: Leaf = { physical: 'BYTE_ARRAY', annotation: ANNOTATIONS.STRING };
  const int: Leaf = { physical: 'INT32' };
  const fields: Node[] = [
    { name: 'X', ...int },
    { name: 'x', ...int },
    { name: 'z', ...int },
  ];
  const row = (id: string) => ({
    ...{ ID: Buffer.from('acc'), id: Buffer.from(id), Id: Buffer.from('?'), at: BigInt(Date.UTC(2026, 5, 15)) },
    app_user: { X: 1, x: 2, z: 3 },
  });
  const nodes: Node[] = [
    { name: 'ID', ...text },
    { name: 'id', ...text },
    { name: 'at', physical: 'INT64', annotation: ANNOTATIONS.timestamp('MILLIS', true) },
    { name: 'app_user', children: fields },
  ];
  const seen: UnknownField[] = [];
  await lake.put(twins, 'x.parquet', writeParquet(nodes, [row('a')]));
  await lake.put(twins, 'y.json', '{"ID":"acc","id":"b","at":0,"app_user":{"X":1,"x":2}}\n');
  await lake.compact(twins, { onUnknownFields: (found) => seen.push(...found) });
  const own = { account: 'acc', u: '{"x":2,"y":1}' };
  expect(await lake.query(twins, 'id, account, app_user::JSON::VARCHAR AS u', 'ORDER BY id')).toEqual([
    { id: 'a', ...own },
    { id: 'b', ...own },
  ]);
  expect(seen.map(({ name }) => name)).toEqual(['app_user.z']);
  // A third one is nobody's, and could be taken for either.
  await lake.put(twins, 'z.parquet', writeParquet([{ name: 'Id', ...text }, ...nodes], [row('c')]));
  await lake.compact(twins);
  expect(await lake.quarantined()).toMatchObject([
    { line: null, reason: 'its schema has id more than once but for case: "Id", "id"; keep one of them' },
  ]);
});
