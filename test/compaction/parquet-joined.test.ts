/** Columns that are joined from several columns of a Parquet file. */

import { parseDataset } from '../../lib/dataset';
import { definition } from '../dataset/helpers';
import { ANNOTATIONS, type Node, writeParquet } from '../support/parquet/writer';
import { ParquetIntake, ROW } from './support/parquet-intake';

jest.setTimeout(120_000);

let intake: ParquetIntake;
beforeAll(async () => {
  intake = await ParquetIntake.open();
});
afterAll(async () => {
  await intake.close();
});

const parsed = parseDataset(
  definition({
    columns: [
      ...definition().columns,
      { name: 'moment', type: 'timestamp', from: { join: ['day', 'clock'] }, format: { pattern: '%Y-%m-%d %H:%M:%S' } },
      { name: 'label', type: 'string', from: { join: ['name', 'no'] } },
    ],
    input: { formats: ['parquet'] },
  }),
);
const row = { name: 'row', type: { kind: 'bigint' as const }, notNull: false, comment: undefined };
const dataset = { ...parsed, columns: [row, ...parsed.columns.slice(-2)] };
const text = (name: string): Node => ({ name, physical: 'BYTE_ARRAY', annotation: ANNOTATIONS.STRING });

test('texts that mean null are null, in columns, in what is joined and in structs', async () => {
  const plain = parseDataset(
    definition({
      columns: [
        ...definition().columns,
        { name: 'no', type: 'int' },
        { name: 's', type: 'struct<a:int,b:string>' },
        { name: 'label', type: 'string', from: { join: ['who', 'day'] } },
      ],
      input: { formats: ['parquet'], nulls: ['-', "it's"] },
    }),
  );
  const own = { ...plain, columns: [row, ...plain.columns.slice(-3)] };
  const file = writeParquet(
    [ROW, text('no'), text('who'), text('day'), { name: 's', children: [text('a'), text('b')] }],
    [
      {
        row: 0n,
        no: Buffer.from('-'),
        who: Buffer.from('-'),
        day: Buffer.from('d'),
        s: { a: Buffer.from('-'), b: Buffer.from('--') },
      },
      {
        row: 1n,
        no: Buffer.from('7'),
        who: Buffer.from("it's"),
        day: Buffer.from('d'),
        s: { a: Buffer.from('1'), b: Buffer.from('-') },
      },
      { row: 2n, no: Buffer.from('x'), who: Buffer.from('n'), day: Buffer.from('d'), s: null },
      { row: 3n, no: Buffer.from('7'), who: Buffer.from('n'), day: Buffer.from('d'), s: null },
    ],
  );
  const { rows, rejected } = await intake.consume(own, file);
  expect([...rejected]).toEqual([[2, expect.stringMatching(/^no: x /)]]);
  expect(rows).toMatchObject([
    { no: null, s: { a: null, b: '--' }, label: null },
    { no: '7', s: { a: '1', b: null }, label: null },
    { no: '7', s: null, label: 'n d' },
  ]);
});

test('texts and whole numbers are joined, null where one is, and what is not UTF-8 is rejected', async () => {
  const file = writeParquet(
    [ROW, text('day'), text('clock'), text('name'), { name: 'no', physical: 'INT32' }],
    [
      { row: 0n, day: Buffer.from('2026-06-15'), clock: Buffer.from('10:00:00'), name: Buffer.from('a'), no: 7 },
      { row: 1n, day: Buffer.from('2026-06-15'), clock: null, name: null, no: 7 },
      { row: 2n, day: Buffer.from('soon'), clock: Buffer.from('10:00:00'), name: Buffer.from('b'), no: 1 },
    ],
  );
  const { unreadable, rows, rejected } = await intake.consume(dataset, file);
  expect(unreadable).toBeUndefined();
  expect(rows.map(({ label }) => label)).toEqual(['a 7', null]);
  expect(rows.map(({ moment }) => moment === null)).toEqual([false, true]);
  expect([...rejected.keys()]).toEqual([2]);

  const broken = writeParquet(
    [ROW, text('name'), { name: 'no', physical: 'INT32' }],
    [
      { row: 0n, name: Buffer.from([0xff, 0xfe]), no: 1 },
      { row: 1n, name: Buffer.from('é'), no: 2 },
    ],
  );
  const outcome = await intake.consume(dataset, broken);
  expect(outcome.rows.map(({ label }) => label)).toEqual(['é 2']);
  expect([...outcome.rejected.keys()]).toEqual([0]);
});

test('a column that cannot be joined makes the object unreadable, with the reason', async () => {
  const file = writeParquet(
    [ROW, text('name'), { name: 'no', physical: 'DOUBLE' }],
    [{ row: 0n, name: Buffer.from('a'), no: 1.5 }],
  );
  expect((await intake.consume(dataset, file)).unreadable).toBe(
    'column no: the file has DOUBLE, but label is joined from texts, whole numbers and dates',
  );
});
