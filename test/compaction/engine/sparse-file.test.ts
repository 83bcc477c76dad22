/** Only some columns of a large object are downloaded, in few requests; and which files have the columns at all. */
import { readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { fetchKeys } from '../../../lambda/compaction/engine/deduplicate';
import { coalesce, fetchColumns, type Span } from '../../../lambda/compaction/engine/sparse-file';
import type { ByteRange, ObjectInfo, ObjectStore } from '../../../lambda/compaction/store/object-store';
import { quoteText } from '../../../lib/dataset/duckdb-types';
import { TestEngine } from '../support/test-engine';

const MIB = 1024 * 1024;
const KIB = 1024;

let engine: TestEngine;
beforeAll(async () => {
  engine = await TestEngine.open();
});
afterAll(() => engine.close());

/** A store of local files, which says what it was asked for. */
function storeOf(asked: unknown[]): ObjectStore {
  const pathOf = (key: string): string => key.slice('data/'.length, key.lastIndexOf('/'));
  return {
    async getFile(bucket: string, key: string, etag: string, path: string) {
      asked.push('whole');
      expect([bucket, etag]).toEqual(['curated', '"e"']);
      await writeFile(path, await readFile(pathOf(key)));
    },
    async getRange(bucket: string, key: string, etag: string, range: ByteRange) {
      asked.push([range.start, range.end]);
      expect([bucket, etag]).toEqual(['curated', '"e"']);
      const bytes = await readFile(pathOf(key));
      return range.end === undefined ? bytes.subarray(range.start) : bytes.subarray(range.start, range.end + 1);
    },
  } as Partial<ObjectStore> as ObjectStore;
}

const fetched = async (object: ObjectInfo, columns: readonly string[]): Promise<{ path: string; asked: unknown[] }> => {
  const asked: unknown[] = [];
  const path = await fetchColumns(storeOf(asked), 'curated', object, columns, engine.session, 'local.parquet');
  expect(path).toBe(engine.session.path('local.parquet'));
  return { path, asked };
};

/** Where a column is in a file, by the engine's own reading of it. */
async function chunksOf(path: string, column: string): Promise<Span[]> {
  const rows = await engine.session.rows(
    `SELECT least(data_page_offset, coalesce(nullif(dictionary_page_offset, 0), data_page_offset)) AS start, total_compressed_size AS size
     FROM parquet_metadata(${quoteText(path)}) WHERE path_in_schema = ${quoteText(column)} ORDER BY start`,
  );
  return rows.map(({ start, size }) => ({ start: Number(start), end: Number(start) + Number(size) }));
}

describe('a large file', () => {
  let path: string;
  let object: ObjectInfo;
  let rows: string;
  beforeAll(async () => {
    rows = `SELECT 'k' || i AS id, uuid()::VARCHAR AS a, uuid()::VARCHAR AS b, (i % 50)::VARCHAR AS few, i AS n FROM range(40000) t(i)`;
    path = await engine.parquet(rows, ', COMPRESSION uncompressed, ROW_GROUP_SIZE 20480');
    object = await engine.object(path, 'part-1.parquet');
    expect(object.size).toBeGreaterThan(3 * MIB);
  });

  test.each(['id', 'few'])(
    'is asked for its footer, and for the chunks and filters of the column %s alone',
    async (column) => {
      const { path: local, asked } = await fetched(object, [column]);
      const chunks = await chunksOf(path, column);
      expect(chunks).toHaveLength(2);
      const [tail, ...parts] = asked as [number, number][];
      expect(tail).toEqual([-256 * KIB, undefined]);
      const filters = await engine.session.rows(
        `SELECT bloom_filter_offset AS start, bloom_filter_length AS size FROM parquet_metadata('${path}')
       WHERE path_in_schema = '${column}' AND bloom_filter_offset IS NOT NULL`,
      );
      const spans = filters.map(({ start, size }) => ({ start: Number(start), end: Number(start) + Number(size) }));
      // Both ends of a range are within it.
      expect(parts.sort((a, b) => a[0] - b[0])).toEqual(
        coalesce([...chunks, ...spans]).map(({ start, end }) => [start, end - 1]),
      );
      const bytes = parts.reduce((total, [from, to]) => total + to + 1 - from, 256 * KIB);
      expect(bytes).toBeLessThan(object.size / 2);
      expect((await stat(local)).size).toBe(object.size);
      expect(
        await engine.session.number(
          `SELECT count(DISTINCT ${column}) FROM read_parquet('${local}', hive_partitioning = false)`,
        ),
      ).toBe(column === 'id' ? 40_000 : 50);
    },
  );

  test('has the filters of the columns too, which a reader may look into', async () => {
    const { path: local } = await fetched(object, ['few']);
    expect(
      await engine.session.number(
        `SELECT count(*) FROM read_parquet('${local}', hive_partitioning = false) WHERE few = '7'`,
      ),
    ).toBe(800);
    expect(
      await engine.session.number(
        `SELECT count(*) FROM read_parquet('${local}', hive_partitioning = false) WHERE few = 'none'`,
      ),
    ).toBe(0);
    const original = await readFile(path);
    const copy = await readFile(local);
    const filters = await engine.session.rows(
      `SELECT bloom_filter_offset AS start, bloom_filter_length AS size FROM parquet_metadata('${path}') WHERE path_in_schema = 'few'`,
    );
    expect(filters.length).toBeGreaterThan(0);
    for (const { start, size } of filters) {
      const [from, to] = [Number(start), Number(start) + Number(size)];
      expect(to).toBeGreaterThan(from);
      expect(copy.subarray(from, to)).toEqual(original.subarray(from, to));
    }
  });

  test('of several columns has all of them, and nothing of the others', async () => {
    const { path: local } = await fetched(object, ['a', 'n']);
    expect(
      await engine.session.number(`SELECT count(DISTINCT a) FROM read_parquet('${local}', hive_partitioning = false)`),
    ).toBe(40_000);
    expect(
      await engine.session.number(`SELECT sum(n)::BIGINT FROM read_parquet('${local}', hive_partitioning = false)`),
    ).toBe(799_980_000);
    const [first] = await chunksOf(path, 'b');
    const { start, end } = first as Span;
    // In the middle: the ends may have come with a neighbour.
    const middle = (await readFile(local)).subarray(start + 300 * KIB, end - 300 * KIB);
    expect(middle.length).toBeGreaterThan(0);
    expect(middle.every((byte) => byte === 0)).toBe(true);
  });

  test('whose footer is longer than the first read is asked for all of it', async () => {
    const long = await engine.parquet(rows, `, COMPRESSION uncompressed, KV_METADATA {x: '${'y'.repeat(300_000)}'}`);
    const bytes = await readFile(long);
    const footer = bytes.readUInt32LE(bytes.length - 8) + 8;
    expect(footer).toBeGreaterThan(256 * KIB);
    const { path: local, asked } = await fetched(await engine.object(long, 'part-1.parquet'), ['id']);
    expect(asked.slice(0, 2)).toEqual([
      [-256 * KIB, undefined],
      [-footer, undefined],
    ]);
    expect(
      await engine.session.number(`SELECT count(DISTINCT id) FROM read_parquet('${local}', hive_partitioning = false)`),
    ).toBe(40_000);
  });

  test.each([
    ['zeros', Buffer.alloc(8)],
    ['a length beyond the file', Buffer.concat([Buffer.of(0xff, 0xff, 0xff, 0x7f), Buffer.from('PAR1')])],
    ['a length without the magic', Buffer.concat([Buffer.of(0, 0, 6, 0), Buffer.from('PAR2')])],
  ])('that is not whole is an error after one request: %s', async (_, end) => {
    const broken = engine.session.path('made-0broken');
    await writeFile(broken, '');
    await truncate(broken, 2 * MIB + 1 - end.length);
    await writeFile(broken, end, { flag: 'a' });
    const asked: unknown[] = [];
    const info = await engine.object(broken, 'part-1.parquet');
    await expect(
      fetchColumns(storeOf(asked), 'curated', info, ['id'], engine.session, 'local.parquet'),
    ).rejects.toThrow(/magic bytes|footer|metadata/i);
    expect(asked).toEqual([[-256 * KIB, undefined]]);
  });
});

test('a file of up to 2 MiB comes whole', async () => {
  const path = await engine.parquet('SELECT 1 AS id');
  const object = await engine.object(path, 'part-1.parquet');
  const { path: local, asked } = await fetched({ ...object, size: 2 * MIB }, ['id']);
  expect(asked).toEqual(['whole']);
  expect(await readFile(local)).toEqual(await readFile(path));
});

test('spans closer than 256 KiB are one request, in whatever order they are', () => {
  const GAP = 256 * KIB;
  const span = (start: number, end: number): Span => ({ start, end });
  expect(coalesce([])).toEqual([]);
  expect(coalesce([span(10, 20)])).toEqual([span(10, 20)]);
  expect(coalesce([span(0, 10), span(9 + GAP, 20 + GAP)])).toEqual([span(0, 20 + GAP)]);
  expect(coalesce([span(0, 10), span(10 + GAP, 20 + GAP)])).toEqual([span(0, 10), span(10 + GAP, 20 + GAP)]);
  expect(coalesce([span(50, 60), span(0, 100), span(5 * GAP, 6 * GAP), span(90, 95)])).toEqual([
    span(0, 100),
    span(5 * GAP, 6 * GAP),
  ]);
});

describe('files of a partition', () => {
  const objectOf = async (query: string): Promise<ObjectInfo> =>
    await engine.object(await engine.parquet(query), 'part-1.parquet');
  const keysOf = async (keys: readonly string[], ...files: readonly ObjectInfo[]) => {
    const asked: unknown[] = [];
    const found = await fetchKeys(engine.session, keys, storeOf(asked), 'curated', files, 'keys');
    return { names: found.map((path) => path.slice(engine.session.directory.length + 1)).sort(), asked };
  };

  test('are read where they have all columns of the key', async () => {
    const files = [
      await objectOf('SELECT 1 AS a, 2 AS b'),
      await objectOf('SELECT 1 AS a'),
      await objectOf('SELECT 1 AS b, 2 AS a, 3 AS c'),
      await objectOf('SELECT 1 AS c'),
    ];
    expect(await keysOf(['a', 'b'], ...files)).toEqual({
      names: ['keys-0.parquet', 'keys-2.parquet'],
      asked: ['whole', 'whole', 'whole', 'whole'],
    });
    expect((await keysOf(['c'], ...files)).names).toEqual(['keys-2.parquet', 'keys-3.parquet']);
    expect(await keysOf(['a'])).toEqual({ names: [], asked: [] });
  });
});
