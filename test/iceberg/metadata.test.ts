/** The metadata of a table, version by version: https://iceberg.apache.org/spec/#table-metadata */
import {
  currentSchema,
  currentSnapshot,
  type IcebergSchema,
  type MetadataChange,
  nameMapping,
  nextMetadata,
  retained,
  type Snapshot,
  schemaOf,
  schemasInUse,
  type TableMetadata,
  tableShape,
} from '../../lib/iceberg';
import { COLUMNS, testDataset } from '../compaction/support/test-dataset';

const shape = tableShape(testDataset());
const schema = schemaOf(shape, []);
const wider = tableShape(testDataset({ columns: [...COLUMNS, { name: 'extra', type: 'int' }] }), [schema], 6);
const MAPPING = [{ 'field-id': 1, names: ['id'] }];
const T = 1_000_000;

const snapshotOf = (id: number, time: number, more: Partial<Snapshot> = {}): Snapshot => ({
  'snapshot-id': id,
  'sequence-number': id,
  'timestamp-ms': time,
  'schema-id': 0,
  'manifest-list': `s3://b/snap-${id}.avro`,
  summary: { operation: 'append' },
  ...more,
});
const FIRST: MetadataChange = {
  previous: undefined,
  previousLocation: undefined,
  uuid: 'uuid',
  location: 's3://b/iceberg/events',
  shape,
  schema,
  mapping: MAPPING,
  lastColumnId: 9,
  snapshots: [snapshotOf(1, T)],
  now: T,
  logSince: 0,
};
const first = nextMetadata(FIRST);
const second = (more: Partial<MetadataChange> = {}): TableMetadata =>
  nextMetadata({
    ...FIRST,
    previous: first,
    previousLocation: 's3://b/00000.metadata.json',
    snapshots: [snapshotOf(1, T), snapshotOf(2, T + 10)],
    now: T + 10,
    ...more,
  });

test('the first version of a table', () => {
  expect(first).toEqual({
    'format-version': 2,
    'table-uuid': 'uuid',
    location: 's3://b/iceberg/events',
    'last-sequence-number': 1,
    'last-updated-ms': T,
    'last-column-id': 9,
    schemas: [schema],
    'current-schema-id': 0,
    'partition-specs': [{ 'spec-id': 0, fields: shape.spec }],
    'default-spec-id': 0,
    'last-partition-id': 1002,
    'sort-orders': [{ 'order-id': 0, fields: [] }],
    'default-sort-order-id': 0,
    properties: { 'schema.name-mapping.default': JSON.stringify(MAPPING), 'gc.enabled': 'false' },
    'current-snapshot-id': 1,
    refs: { main: { 'snapshot-id': 1, type: 'branch' } },
    snapshots: [snapshotOf(1, T)],
    'snapshot-log': [{ 'timestamp-ms': T, 'snapshot-id': 1 }],
    'metadata-log': [],
  });
});

test('the next one has another snapshot, and the way back', () => {
  expect(second()).toEqual({
    ...first,
    'last-sequence-number': 2,
    'last-updated-ms': T + 10,
    'current-snapshot-id': 2,
    refs: { main: { 'snapshot-id': 2, type: 'branch' } },
    snapshots: [snapshotOf(1, T), snapshotOf(2, T + 10)],
    'snapshot-log': [
      { 'timestamp-ms': T, 'snapshot-id': 1 },
      { 'timestamp-ms': T + 10, 'snapshot-id': 2 },
    ],
    'metadata-log': [{ 'timestamp-ms': T, 'metadata-file': 's3://b/00000.metadata.json' }],
  });
});

test('without another snapshot the log of snapshots stays', () => {
  const metadata = second({ snapshots: [snapshotOf(1, T)], schema: schemaOf(wider, [schema]), shape: wider });
  expect(metadata['snapshot-log']).toEqual(first['snapshot-log']);
  expect(metadata.schemas).toEqual([schema, { type: 'struct', 'schema-id': 1, fields: wider.fields }]);
  expect(metadata['current-schema-id']).toBe(1);
});

test('a schema that the table has is not added again', () => {
  const [known] = first.schemas as [IcebergSchema];
  expect(second({ schema: known }).schemas).toBe(first.schemas);
});

test('the log of snapshots has none that is not kept', () => {
  const metadata = second({ snapshots: [snapshotOf(2, T + 10)] });
  expect(metadata['snapshot-log']).toEqual([{ 'timestamp-ms': T + 10, 'snapshot-id': 2 }]);
});

test('sequence numbers and times never go back', () => {
  const previous = { ...first, 'last-sequence-number': 50, 'last-updated-ms': T + 500 };
  expect(second({ previous })).toMatchObject({ 'last-sequence-number': 50, 'last-updated-ms': T + 500 });
  const late = second({ snapshots: [snapshotOf(2, T + 700, { 'sequence-number': 51 })], previous });
  expect(late).toMatchObject({ 'last-sequence-number': 51, 'last-updated-ms': T + 700 });
  expect(second({ previous, now: T + 900 })).toMatchObject({ 'last-updated-ms': T + 900 });
});

test('metadata whose place is not known is in no log', () => {
  expect(second({ previousLocation: undefined })['metadata-log']).toEqual([]);
  expect(second({ previous: undefined })['metadata-log']).toEqual([]);
});

test('an entry of the metadata log stays until it was replaced longer ago than readers run', () => {
  const entry = (time: number) => ({ 'timestamp-ms': time, 'metadata-file': `s3://b/${time}` });
  const previous = { ...first, 'last-updated-ms': 300, 'metadata-log': [entry(100), entry(200)] };
  const kept = (logSince: number, now = 400): number[] =>
    second({ previous, now, logSince })['metadata-log'].map((own) => own['timestamp-ms']);
  // That of 100 was replaced at 200, that of 200 at 300, that of 300 now.
  expect(kept(199)).toEqual([100, 200, 300]);
  expect(kept(200)).toEqual([100, 200, 300]);
  expect(kept(201)).toEqual([200, 300]);
  expect(kept(300)).toEqual([200, 300]);
  expect(kept(301)).toEqual([300]);
  expect(kept(400)).toEqual([300]);
  expect(kept(401)).toEqual([]);
});

test('a table without keys in its path has no field of a partition yet', () => {
  expect(nextMetadata({ ...FIRST, shape: { ...shape, spec: [] } })['last-partition-id']).toBe(999);
});

describe('snapshots that stay', () => {
  const ids = (times: readonly number[], now: number): number[] =>
    retained(
      times.map((time, index) => snapshotOf(index, time)),
      now,
      100,
    ).map((own) => own['snapshot-id']);

  test.each([
    [[0], 10_000, [0]],
    [[0, 50, 60], 150, [0, 1, 2]],
    [[0, 50, 60], 151, [1, 2]],
    [[0, 50, 60], 160, [1, 2]],
    [[0, 50, 60], 161, [2]],
    [[], 0, []],
  ])('of those of the times %j at %i are %j', (times, now, wanted) => {
    expect(ids(times, now)).toEqual(wanted);
  });
});

describe('schemas', () => {
  const own = (id: number, of = shape): IcebergSchema => ({ type: 'struct', 'schema-id': id, fields: of.fields });

  test.each([
    [[], 0],
    [[own(4, wider)], 5],
    [[own(7, wider), own(3, wider)], 8],
  ])('of %j none is the same: the next has the id behind the highest', (schemas, id) => {
    expect(schemaOf(shape, schemas)).toEqual(own(id));
  });

  test('one with the same fields is taken', () => {
    const schemas = [own(3, wider), own(7), own(9, wider)];
    expect(schemaOf(shape, schemas)).toBe(schemas[1]);
    expect(schemaOf(wider, schemas)).toBe(schemas[0]);
  });

  const metadata = (ids: readonly number[], current: number): TableMetadata => ({
    ...first,
    schemas: [own(0), own(1), own(2)],
    'current-schema-id': current,
    snapshots: ids.map((id, index) => snapshotOf(index, T, { 'schema-id': id })),
    'current-snapshot-id': 1,
  });

  test('in use are those of the snapshots, and the current one last; one that is missing is left out', () => {
    const used = (ids: readonly number[], current: number) =>
      schemasInUse(metadata(ids, current)).map((one) => one['schema-id']);
    expect(used([2, 0], 1)).toEqual([2, 0, 1]);
    expect(used([1], 0)).toEqual([1, 0]);
    expect(used([5, 2], 7)).toEqual([2]);
  });

  test('the current one, and the current snapshot, are those that the metadata names', () => {
    expect(currentSchema(metadata([0, 2], 1))?.['schema-id']).toBe(1);
    expect(currentSchema(metadata([0, 2], 3))).toBeUndefined();
    expect(currentSnapshot(metadata([0, 2], 1))?.['schema-id']).toBe(2);
    expect(currentSnapshot(metadata([0], 1))).toBeUndefined();
  });
});

describe('the name mapping', () => {
  const of = (text: string) => nameMapping({ ...first, properties: { 'schema.name-mapping.default': text } });

  test('of a table is what it says, and of none there is none', () => {
    expect(nameMapping(first)).toEqual(MAPPING);
    expect(nameMapping(undefined)).toEqual([]);
    expect(nameMapping({ ...first, properties: {} })).toEqual([]);
    const deep = [{ 'field-id': 1, names: ['a'], fields: [{ 'field-id': 2, names: ['b'], fields: [] }] }];
    expect(of(JSON.stringify(deep))).toEqual(deep);
  });

  test.each([
    'null',
    '1',
    '{"length":0}',
    '[null]',
    '[{"field-id":"1","names":["a"]}]',
    '[{"field-id":1.5,"names":["a"]}]',
    '[{"field-id":1}]',
    '[{"field-id":1,"names":"a"}]',
    '[{"field-id":1,"names":[]}]',
    '[{"field-id":1,"names":["a"],"fields":{}}]',
    '[{"field-id":1,"names":["a"]},{"names":["b"]}]',
    '[{"field-id":1,"names":["a"],"fields":[{"field-id":2,"names":[]}]}]',
  ])('%s is none', (text) => {
    expect(of(text)).toEqual([]);
  });
});
