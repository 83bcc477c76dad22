/** How long rows are, whatever a file has made of them: row groups are held in memory as they are written. */
import { copyFile, stat } from 'node:fs/promises';
import type { GetSigner } from '../../../lambda/compaction/download/request-signer';
import { convertRows } from '../../../lambda/compaction/engine/batch';
import { DuckDbConverter } from '../../../lambda/compaction/engine/duckdb-converter';
import { checkParquet } from '../../../lambda/compaction/engine/parquet-input';
import { copyOptions, split } from '../../../lambda/compaction/engine/parquet-output';
import { rowsOf } from '../../../lambda/compaction/engine/parquet-rows';
import { bytesSql, rowBytes, rowBytesIfSorted } from '../../../lambda/compaction/engine/row-bytes';
import { EngineSession } from '../../../lambda/compaction/engine/session';
import type { ObjectStore } from '../../../lambda/compaction/store/object-store';
import { COLUMNS, PARTITION, testDataset } from '../support/test-dataset';
import { TestEngine } from '../support/test-engine';

let engine: TestEngine;
beforeAll(async () => {
  engine = await TestEngine.open();
});
afterAll(() => engine.close());
afterEach(() => jest.restoreAllMocks());

/** Row groups that statements ask for. */
function rowGroups(): number[] {
  const asked: number[] = [];
  const { number } = EngineSession.prototype;
  jest.spyOn(EngineSession.prototype, 'number').mockImplementation(async function (this: EngineSession, sql) {
    const [, rows] = /ROW_GROUP_SIZE (\d+)/.exec(sql) ?? [];
    if (rows !== undefined) asked.push(Number(rows));
    return await number.call(this, sql);
  });
  return asked;
}

const columns = [...COLUMNS, { name: 'text', type: 'string' as const }];
const dataset = testDataset({ columns, sortBy: ['id'] });
/** 300 rows of 4,096 bytes that a file holds in a few bytes each. */
const LONG = `SELECT lpad(i::VARCHAR, 40, 'k') AS id, TIMESTAMP '2026-06-15 10:00:00' AS "at", i::INT AS n, repeat('ab', 2020) AS text FROM range(300) t(i)`;
const IN_MEMORY = (128 * 1024 * 1024) / 4_096;

test.each([
  ['text, in bytes', "'aé'", 3],
  ['bytes', "'\\xff\\x00'::BLOB", 2],
  ['a list, as text', '[1, 2]', 6],
  ['lists of lists', '[[1]]', 5],
  ['a struct', "{'a': 'xyz'}", 10],
  ['a map', "map {'k': 'v'}", 5],
  ['a decimal', '1.5::DECIMAL(18, 2)', 8],
  ['a time', 'now()', 8],
  ['no text', 'NULL::VARCHAR', 0],
  ['no bytes', 'NULL::BLOB', 0],
  ['no list', 'NULL::INT[]', 0],
])('is told of %s', async (_, value, bytes) => {
  const [{ type } = {}] = await engine.session.rows(`SELECT typeof(${value}) AS type`);
  expect(await engine.session.number(`SELECT ${bytesSql(String(type), value)}`)).toBe(bytes);
});

test('is the average of all rows of a file, and nothing where there are none', async () => {
  const path = await engine.parquet(`SELECT repeat('x', i::INT) AS "a ""b", i FROM range(5) t(i)`);
  expect(await rowBytes(engine.session, rowsOf(path))).toBe(10);
  expect(await rowBytes(engine.session, `(SELECT * FROM ${rowsOf(path)} LIMIT 0)`)).toBe(0);
});

test('bounds the row groups of the parts of a file', async () => {
  const path = await engine.parquet(LONG);
  const { size } = await stat(path);
  expect(size).toBeLessThan(30_000);
  const asked = rowGroups();
  await split(engine.session, dataset, path, 300, size - 1);
  expect(asked).toEqual([IN_MEMORY, IN_MEMORY]);
});

test('is not looked for where files are not sorted: the engine counts bytes itself', async () => {
  const unsorted = testDataset({ columns });
  const path = await engine.parquet(LONG);
  expect(await rowBytesIfSorted(engine.session, unsorted, rowsOf(path))).toBeUndefined();
  expect(await rowBytesIfSorted(engine.session, dataset, rowsOf(path))).toBe(4_096);
  expect(copyOptions(unsorted, undefined)).toBe(
    'FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 500000, ROW_GROUP_SIZE_BYTES 134217728',
  );
});

test('bounds the row groups of what Parquet objects are converted to', async () => {
  const path = await engine.parquet(LONG);
  const { accepted, columns, acceptedBytes, query, numberedQuery } = await checkParquet(engine.session, dataset, path);
  expect([accepted, columns, acceptedBytes]).toEqual([300, 5, 300 * 4_096]);
  const input = { key: 'k', etag: 'e', size: 1, versionId: undefined, accepted, rejected: [] };
  const source = { key: 'k', etag: 'e', columns, bytes: acceptedBytes, query, numberedQuery };
  const asked = rowGroups();
  await convertRows(engine.session, dataset, {
    inputs: [input],
    segments: [],
    parquet: [source],
    unknownFields: [],
    otherUnknownFields: 0,
  });
  expect(asked).toEqual([IN_MEMORY]);
});

test('bounds the row groups of what files are merged to', async () => {
  const file = await engine.object(await engine.parquet(LONG), 'a.parquet');
  const getFile = async (_bucket: string, _key: string, _etag: string, path: string) => {
    await copyFile(file.key.slice('data/'.length, -'/a.parquet'.length), path);
  };
  const converter = new DuckDbConverter({ getFile } as unknown as ObjectStore, 'curated', {} as GetSigner, {
    limits: { memoryMiB: 256, spillMiB: 16, threads: 1 },
    workers: 1,
    maxLocalBytes: 1,
    maxObjectBytes: 1,
    maxAttempts: 1,
    directory: engine.parent,
  });
  const asked = rowGroups();
  const { rows, dispose } = await converter.merge({ dataset, partition: PARTITION }, [file, file]);
  await dispose();
  expect([asked, rows]).toEqual([[IN_MEMORY], 600]);
});
