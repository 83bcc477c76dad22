import { appendFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readFooter, replaceSchema } from '../../lambda/compaction/engine/parquet/footer';
import { copyOptions } from '../../lambda/compaction/engine/parquet-output';
import { UnreadableObjectError } from '../../lib/rows';
import { fastFolder } from '../support/fast-folder';
import { encodeStruct, i32, i64, struct, type ThriftStruct } from '../support/parquet/thrift';
import { testDataset } from './support/test-dataset';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(fastFolder(), 'footer-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** What ends a file: the length of its footer, and the magic. */
const tail = (length: number, magic = 'PAR1'): Buffer => {
  const bytes = Buffer.alloc(8, magic, 'latin1');
  bytes.writeUInt32LE(length, 0);
  bytes.write(magic, 4, 'latin1');
  return bytes;
};

const notReadable = 'not a readable Parquet file: ';
const ENCRYPTED = 'it is encrypted: write Parquet without modular encryption';
const PAR1 = Buffer.from('PAR1');

/** A file of a footer and nothing else. */
const fileOf = (footer: ThriftStruct): Buffer => {
  const bytes = encodeStruct(footer);
  return Buffer.concat([PAR1, bytes, tail(bytes.length)]);
};
const schema = [struct({ 4: 'schema', 5: i32(1) }), struct({ 1: i32(1), 3: i32(1), 4: 'n' })];

async function written(bytes: Buffer): Promise<string> {
  const file = path.join(folder, 'x.parquet');
  await writeFile(file, bytes);
  return file;
}

test.each([
  ['nothing', Buffer.alloc(0), `${notReadable}it is too short`],
  ['eleven bytes', Buffer.concat([Buffer.from('PAR'), tail(0)]), `${notReadable}it is too short`],
  [
    'another magic in the end',
    Buffer.concat([PAR1, tail(0, 'PAR2')]),
    `${notReadable}it does not end in PAR1, so that it was probably cut short`,
  ],
  ['an encrypted footer', Buffer.concat([Buffer.from('PARE'), tail(0, 'PARE')]), ENCRYPTED],
  [
    'a footer that is a byte longer than the file',
    Buffer.concat([PAR1, tail(1)]),
    `${notReadable}its footer is longer than the file`,
  ],
  [
    'a footer over the magic in front',
    Buffer.concat([PAR1, Buffer.alloc(10), tail(11)]),
    `${notReadable}its footer is longer than the file`,
  ],
  ['a footer of no bytes', Buffer.concat([PAR1, tail(0)]), `${notReadable}its footer is broken at byte 1`],
  ['no schema', fileOf(struct({ 3: i64(1) })), `${notReadable}its footer has no schema or no number of rows`],
  ['no number of rows', fileOf(struct({ 2: schema })), `${notReadable}its footer has no schema or no number of rows`],
  [
    'a number of rows of another kind',
    fileOf(struct({ 2: schema, 3: i32(1) })),
    `${notReadable}its footer has no schema or no number of rows`,
  ],
  [
    'a schema of another kind',
    fileOf(struct({ 2: 'schema', 3: i64(1) })),
    `${notReadable}its footer has no schema or no number of rows`,
  ],
  [
    'a schema of numbers',
    fileOf(struct({ 2: [i32(1)], 3: i64(1) })),
    `${notReadable}its schema is not a list of elements`,
  ],
  ['an algorithm of encryption', fileOf(struct({ 2: schema, 3: i64(1), 8: struct() })), ENCRYPTED],
])('a file with %s is unreadable, and its reason says why', async (_, bytes, reason) => {
  await expect(readFooter(await written(bytes))).rejects.toEqual(new UnreadableObjectError(reason));
});

test('a footer of more than 256 MiB is not read', async () => {
  const MIB = 1024 * 1024;
  for (const [length, reason] of [
    [256 * MIB + 1, `${notReadable}its footer is longer than ${256 * MIB} bytes`],
    [300 * MIB, `${notReadable}its footer is longer than the file`],
  ] as const) {
    const file = await written(Buffer.concat([PAR1, tail(length)]));
    // Sparse: nothing of it is stored.
    await truncate(file, 4 + 256 * MIB + 1);
    await appendFile(file, tail(length));
    await expect(readFooter(file)).rejects.toEqual(new UnreadableObjectError(reason));
  }
});

test('a footer gives the schema, the rows, and where it is', async () => {
  const footer = struct({ 1: i32(2), 2: schema, 3: i64(12_345_678_901), 4: [], 6: 'writer' });
  const bytes = encodeStruct(footer);
  const found = await readFooter(await written(Buffer.concat([PAR1, Buffer.alloc(100), bytes, tail(bytes.length)])));
  expect(found).toEqual({
    elements: [
      { name: 'schema', children: 1 },
      { name: 'n', physical: 'INT32', repetition: 1 },
    ],
    rows: 12_345_678_901,
    bytes,
    start: 104,
  });
});

describe('a footer with another schema', () => {
  /** Metadata of a column chunk, with everything in it that the reader would trust, or without. */
  const meta = (trusted: boolean) =>
    struct({
      ...{ 1: i32(1), 2: [i32(0)], 3: ['n'], 4: i32(0), 5: i64(10), 6: i64(100), 7: i64(90), 9: i64(4), 11: i64(30) },
      ...(trusted && {
        12: struct({ 5: 'max', 6: 'min' }),
        14: i64(500),
        15: i32(20),
        16: struct({ 1: i64(1) }),
        17: struct({ 1: i64(1) }),
      }),
      18: 'newer',
    });
  const chunk = (trusted: boolean) =>
    struct({ 2: i64(4), 3: meta(trusted), ...(trusted && { 4: i64(1), 5: i32(2), 6: i64(3), 7: i32(4) }), 9: 'newer' });
  const groups = (trusted: boolean) => [
    struct({
      1: [chunk(trusted), chunk(trusted)],
      2: i64(200),
      3: i64(10),
      ...(trusted && { 4: [struct({ 1: i32(0) })] }),
      7: i64(4),
    }),
    struct({ 1: [chunk(trusted)], 2: i64(100), 3: i64(5) }),
  ];
  const keyValues = [struct({ 1: 'ARROW:schema', 2: 'x' })];
  const data = Buffer.from('the pages');

  async function replaced(footer: ThriftStruct): Promise<Buffer> {
    const bytes = encodeStruct(footer);
    const file = await written(Buffer.concat([PAR1, data, bytes, tail(bytes.length), Buffer.alloc(0)]));
    await replaceSchema(file, await readFooter(file), [
      { name: 'schema', children: 1, repetition: 0 },
      { name: 'other', physical: 'INT64', repetition: 1 },
    ]);
    return await readFile(file);
  }

  test('has no statistics, indexes, orders or metadata of writers; pages and all else stay', async () => {
    const rest = { 1: i32(2), 3: i64(15), 6: 'writer' };
    const all = await replaced(
      struct({
        1: rest[1],
        2: schema,
        3: rest[3],
        4: groups(true),
        5: keyValues,
        6: rest[6],
        7: [struct({ 1: struct() })],
      }),
    );
    const own = [struct({ 3: i32(0), 4: 'schema', 5: i32(1) }), struct({ 1: i32(2), 3: i32(1), 4: 'other' })];
    const bytes = encodeStruct(struct({ 1: rest[1], 2: own, 3: rest[3], 4: groups(false), 6: rest[6] }));
    expect(all).toEqual(Buffer.concat([PAR1, data, bytes, tail(bytes.length)]));
  });

  test('is not written where a column is encrypted', async () => {
    const hidden = struct({ 1: [struct({ 2: i64(4), 8: struct({ 1: struct() }) })], 2: i64(1), 3: i64(1) });
    await expect(replaced(struct({ 2: schema, 3: i64(1), 4: [hidden] }))).rejects.toEqual(
      new UnreadableObjectError(ENCRYPTED),
    );
  });
});

test.each([
  ['the rows of the dataset', 100, 50_000],
  ['128 MiB of rows', 4_096, 32_768],
  ['128 MiB of rows, however long the dataset lets them be', 3_000, 44_739],
  ['2,048 rows at least', 10_000_000, 2_048],
  ['the rows of the dataset where their size is not known', 0, 50_000],
])('row groups have %s', (_, rowBytes, rows) => {
  const dataset = testDataset({ compaction: { rowGroupRows: 50_000, codec: 'zstd' } });
  expect(copyOptions(dataset, rowBytes)).toBe(`FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${rows}`);
});
