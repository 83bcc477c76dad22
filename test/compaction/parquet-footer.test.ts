import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readFooter } from '../../lambda/compaction/engine/parquet/footer';
import { copyOptions } from '../../lambda/compaction/engine/parquet-output';
import { fastFolder } from '../support/fast-folder';
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

test.each([
  ['nothing', Buffer.alloc(0), /too short/],
  ['eleven bytes', Buffer.concat([Buffer.from('PAR'), tail(0)]), /too short/],
  [
    'another magic in the end',
    Buffer.concat([Buffer.from('PAR1'), tail(0, 'PAR2')]),
    /does not end in PAR1.*cut short/,
  ],
  ['an encrypted footer', Buffer.concat([Buffer.from('PARE'), tail(0, 'PARE')]), /is encrypted/],
  [
    'a footer that is a byte longer than the file',
    Buffer.concat([Buffer.from('PAR1'), tail(1)]),
    /longer than the file/,
  ],
  [
    'a footer over the magic in front',
    Buffer.concat([Buffer.from('PAR1'), Buffer.alloc(10), tail(11)]),
    /longer than the file/,
  ],
  ['a footer of no bytes', Buffer.concat([Buffer.from('PAR1'), tail(0)]), /.+/],
])('a file with %s is unreadable, and its reason says why', async (_, bytes, reason) => {
  const file = path.join(folder, 'x.parquet');
  await writeFile(file, bytes);
  await expect(readFooter(file)).rejects.toThrow(reason);
  await expect(readFooter(file)).rejects.toMatchObject({ name: 'UnreadableObjectError' });
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
