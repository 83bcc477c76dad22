/** Names decide which rows are whose: two transactions whose rows differ never share one, and a retry finds its own. */
import { createHash } from 'node:crypto';
import {
  dataFileKey,
  inputDigest,
  isTombstones,
  type PinnedInput,
  tombstonesKey,
  transactionId,
  transactionOf,
} from '../../../lambda/compaction/protocol/names';
import { PARTITION, testDataset } from '../support/test-dataset';

const ref = { dataset: testDataset(), partition: PARTITION };
const ID = '0123456789abcdef0123456789abcdef';
const A: PinnedInput = { key: 'a', etag: '"1"', versionId: 'v1' };
const B: PinnedInput = { key: 'b', etag: '"2"' };

test('a transaction is named by the digest of its inputs, of what it was compared with, and of a salt', () => {
  const text = JSON.stringify([['["a","\\"1\\"","v1"]', '["b","\\"2\\"",null]'], ['x', 'y'], 'salt']);
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 32);
  expect(transactionId([A, B], ['x', 'y'], 'salt')).toBe(digest);
  expect(transactionId([B, A], ['y', 'x'], 'salt')).toBe(digest);
});

test('whatever decides which rows a transaction has gives it another name', () => {
  const names = [
    transactionId([A], []),
    transactionId([A, B], []),
    transactionId([{ ...A, key: 'A' }], []),
    transactionId([{ ...A, etag: '"2"' }], []),
    transactionId([{ ...A, versionId: 'v2' }], []),
    transactionId([{ ...A, versionId: undefined }], []),
    transactionId([A], ['x']),
    transactionId([A], ['x', 'y']),
    transactionId([A], [], 'salt'),
    transactionId([], [], 'salt'),
    transactionId([], []),
  ];
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[0-9a-f]{32}$/);
});

test('a base is not changed by the name that is made of it', () => {
  const base = ['y', 'x'];
  transactionId([], base);
  expect(base).toEqual(['y', 'x']);
});

test('an object is named by its key, its content and its version, without a salt', () => {
  expect(inputDigest(A)).toBe(transactionId([A], []));
  expect(inputDigest({ ...A, versionId: undefined })).not.toBe(inputDigest(A));
});

test('data files and remembered deletions have names of one length, in the folder of their partition', () => {
  const folder = `data/events/${PARTITION}/`;
  expect(dataFileKey(ref, ID, 0)).toBe(`${folder}part-${ID}-000.parquet`);
  expect(dataFileKey(ref, ID, 12)).toBe(`${folder}part-${ID}-012.parquet`);
  expect(dataFileKey(ref, ID, 345)).toBe(`${folder}part-${ID}-345.parquet`);
  expect(tombstonesKey(ref, ID)).toBe(`${folder}tomb-${ID}-000.parquet`);
});

test.each([
  [dataFileKey(ref, ID, 7), ID],
  [dataFileKey(ref, ID, 1234), ID],
  [tombstonesKey(ref, ID), ID],
  [`data/events/part-${ID}.parquet`, undefined],
  [`data/events/part-${ID}-x.parquet`, undefined],
  [`data/events/part--000.parquet`, undefined],
  [`data/events/part-${ID}-000.parquet.tmp`, undefined],
  [`data/events/my-part-${ID}-000.parquet`, undefined],
  [`part-${ID}-000.parquet`, undefined],
  [`data/events/part-${ID.toUpperCase()}-000.parquet`, undefined],
])('%s is of the transaction %s', (key, wanted) => {
  expect(transactionOf(key)).toBe(wanted);
});

test.each([
  [tombstonesKey(ref, ID), true],
  [dataFileKey(ref, ID, 0), false],
  ['data/tomb-lake/part-1.parquet', false],
  ['data/events/a-tomb-1.parquet', false],
  ['tomb-1.parquet', false],
  ['data/events/tomb-', false],
])('%s holds remembered deletions: %s', (key, wanted) => {
  expect(isTombstones(key)).toBe(wanted);
});
