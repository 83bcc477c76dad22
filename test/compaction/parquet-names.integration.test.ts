import type { UnknownField } from '../../lib/rows';
import { RealLake, testDataset } from './support/real-lake';

let lake: RealLake;
beforeEach(async () => {
  lake = await RealLake.open();
});
afterEach(async () => {
  await lake.close();
});

const dataset = testDataset({
  input: { formats: ['parquet'] },
  columns: [
    { name: 'id', type: 'string', notNull: true },
    { name: 'at', type: 'timestamp', notNull: true },
    { name: 'vendor_id', type: 'int' },
    { name: 'trip', type: 'struct<pick_up:string,stops:array<struct<zone_id:int>>>' },
    { name: 'fares', type: 'map<string,struct<amount_paid:double>>' },
  ],
});
const EXACTLY = 'names match exactly, case and separators included: write them as declared';

/** Writes one row with the expressions after `id` and `at`. */
async function parquet(select: string, key = "'a' AS id, TIMESTAMP '2026-06-15 10:00:00' AS \"at\""): Promise<Buffer> {
  return await lake.parquet(`SELECT ${key}, ${select}`);
}

test.each([
  ['a column', '7 AS "VendorID"', '"VendorID" where vendor_id is missing'],
  ['a column with a blank', '7 AS " vendor id"', '" vendor id" where vendor_id is missing'],
  ['two columns', '7 AS "VendorID", 8 AS "vendor-id"', '"VendorID" and "vendor-id" where vendor_id is missing'],
  ['a column of nulls', 'NULL::INT AS "VendorID"', '"VendorID" where vendor_id is missing'],
  ['a field of a struct', "{'pickUp': 'x'} AS trip", '"pickUp" where trip.pick_up is missing'],
  // The engine's cast takes this name for the declared one, the table would not.
  ['a field in capitals', "{'PICK_UP': 'x'} AS trip", '"PICK_UP" where trip.pick_up is missing'],
  [
    'a field in a list',
    "{'pick_up': 'x', 'stops': [{'ZoneID': 1}]} AS trip",
    '"ZoneID" where trip.stops.zone_id is missing',
  ],
  ['a field in a map', "MAP {'k': {'amountPaid': 1.5}} AS fares", '"amountPaid" where fares.amount_paid is missing'],
  [
    'several',
    "7 AS \"VendorID\", MAP {'k': {'AmountPaid': 1.5}} AS fares",
    '"VendorID" where vendor_id is missing, "AmountPaid" where fares.amount_paid is missing',
  ],
])('an object is refused for %s that looks like a declared one', async (_, select, names) => {
  await lake.put(dataset, 'x.parquet', await parquet(select));
  await lake.compact(dataset);
  expect(await lake.quarantined()).toMatchObject([{ line: null, reason: `its schema has ${names}; ${EXACTLY}` }]);
});

test('it is named instead of a column that must not be null', async () => {
  await lake.put(
    dataset,
    'x.parquet',
    await parquet('1 AS vendor_id', '\'a\' AS "ID", TIMESTAMP \'2026-06-15\' AS "at"'),
  );
  await lake.compact(dataset);
  expect(await lake.quarantined()).toMatchObject([{ reason: `its schema has "ID" where id is missing; ${EXACTLY}` }]);
});

test('a look-alike beside the declared column is only an undeclared one', async () => {
  const seen: UnknownField[] = [];
  await lake.put(dataset, 'x.parquet', await parquet('7 AS vendor_id, 8 AS "vendor-id", 9 AS other'));
  await lake.compact(dataset, { onUnknownFields: (fields) => seen.push(...fields) });
  expect(await lake.query(dataset, 'vendor_id')).toEqual([{ vendor_id: 7 }]);
  expect(seen).toEqual([
    { name: 'vendor-id', count: 1, similarTo: 'vendor_id' },
    { name: 'other', count: 1, similarTo: undefined },
  ]);
});

test('structs in lists and maps whose names fit are read', async () => {
  await lake.put(
    dataset,
    'x.parquet',
    await parquet(
      "{'pick_up': 'x', 'stops': [{'zone_id': 1}]} AS trip, MAP {'K': {'amount_paid': 1.5}} AS fares, 7 AS vendor_id",
    ),
  );
  await lake.compact(dataset);
  expect(await lake.quarantined()).toEqual([]);
  expect(await lake.query(dataset, 'vendor_id, trip.stops[1].zone_id AS zone')).toEqual([{ vendor_id: 7, zone: 1 }]);
});

/** Written by pyarrow 26: columns `id`, `at`, `N` = 1 and `n` = 2, in this order and with the two last ones exchanged. */
const TWINS = {
  N_FIRST:
    'UEFSMRUAFRYVFiwVAhUAFQYVBhwAAAACAAAAAgEBAAAAYRUAFRwVHCwVAhUAFQYVBhwAAAACAAAAAgEARbnKngEAABUAFRwVHCwVAhUAFQYVBhwAAAACAAAAAgEBAAAAAAAAABUAFRwVHCwVAhUAFQYVBhwAAAACAAAAAgECAAAAAAAAABUEGVw1ABgGc2NoZW1hFQgAFQwlAhgCaWQlAEwcAAAAFQQlAhgCYXQlEkyMEhwcAAAAAAAVBCUCGAFOABUEJQIYAW4AFgIZHBlMJgAcFQwZJQYAGRgCaWQVABYCFjwWPCYISRwVABUAFQIAPBYCGQYZJgACAAAAJgAcFQQZJQYAGRgCYXQVABYCFkIWQiZESRwVABUAFQIAPCkGGSYAAgAAACYAHBUEGSUGABkYAU4VABYCFkIWQiaGAUkcFQAVABUCADwpBhkmAAIAAAAmABwVBBklBgAZGAFuFQAWAhZCFkImyAFJHBUAFQAVAgA8KQYZJgACAAAAFoICFgImCBaCAgAoIHBhcnF1ZXQtY3BwLWFycm93IHZlcnNpb24gMjYuMC4xGUwcAAAcAAAcAAAcAAAANAEAAFBBUjE=',
  N_LAST:
    'UEFSMRUAFRYVFiwVAhUAFQYVBhwAAAACAAAAAgEBAAAAYRUAFRwVHCwVAhUAFQYVBhwAAAACAAAAAgEARbnKngEAABUAFRwVHCwVAhUAFQYVBhwAAAACAAAAAgECAAAAAAAAABUAFRwVHCwVAhUAFQYVBhwAAAACAAAAAgEBAAAAAAAAABUEGVw1ABgGc2NoZW1hFQgAFQwlAhgCaWQlAEwcAAAAFQQlAhgCYXQlEkyMEhwcAAAAAAAVBCUCGAFuABUEJQIYAU4AFgIZHBlMJgAcFQwZJQYAGRgCaWQVABYCFjwWPCYISRwVABUAFQIAPBYCGQYZJgACAAAAJgAcFQQZJQYAGRgCYXQVABYCFkIWQiZESRwVABUAFQIAPCkGGSYAAgAAACYAHBUEGSUGABkYAW4VABYCFkIWQiaGAUkcFQAVABUCADwpBhkmAAIAAAAmABwVBBklBgAZGAFOFQAWAhZCFkImyAFJHBUAFQAVAgA8KQYZJgACAAAAFoICFgImCBaCAgAoIHBhcnF1ZXQtY3BwLWFycm93IHZlcnNpb24gMjYuMC4xGUwcAAAcAAAcAAAcAAAANAEAAFBBUjE=',
};

test('of columns that differ only in case, the declared one is never read from the other', async () => {
  const simple = testDataset();
  await lake.put(simple, 'first.parquet', Buffer.from(TWINS.N_FIRST, 'base64'));
  await lake.put(simple, 'last.parquet', Buffer.from(TWINS.N_LAST, 'base64'));
  const seen: UnknownField[] = [];
  await lake.compact(simple, { onUnknownFields: (fields) => seen.push(...fields) });
  expect(await lake.query(simple, 'id, n')).toEqual([{ id: 'a', n: 2 }]);
  expect(await lake.quarantined()).toMatchObject([
    { reason: 'its schema has n more than once but for case: "N", "n"; keep one of them' },
  ]);
  expect(seen).toEqual([{ name: 'N', count: 1, similarTo: 'n' }]);
});

test('fields of a column that is read from another one are compared too', async () => {
  const renamed = testDataset({
    input: { formats: ['parquet'] },
    columns: [
      { name: 'id', type: 'string', notNull: true },
      { name: 'at', type: 'timestamp', notNull: true },
      { name: 'trip', from: 'journey', type: 'struct<pick_up:string>' },
    ],
  });
  await lake.put(renamed, 'good.parquet', await parquet("{'pick_up': 'x'} AS journey"));
  await lake.put(renamed, 'alike.parquet', await parquet("{'pickUp': 'y'} AS journey"));
  await lake.compact(renamed);
  expect(await lake.query(renamed, 'trip.pick_up AS x')).toEqual([{ x: 'x' }]);
  expect(await lake.quarantined()).toMatchObject([
    { reason: `its schema has "pickUp" where trip.pick_up is missing; ${EXACTLY}` },
  ]);
});
