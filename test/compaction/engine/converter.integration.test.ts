/** Objects become local Parquet files: with the shipped store, signer and loader, and without the protocol around them. */
import { createHash } from 'node:crypto';
import { copyFile } from 'node:fs/promises';
import type { Loaded } from '../../../lambda/compaction/download/loader';
import { convertRows } from '../../../lambda/compaction/engine/batch';
import { splitLimit } from '../../../lambda/compaction/engine/duckdb-converter';
import { checkInputs } from '../../../lambda/compaction/engine/inputs';
import type { OutsidePartition } from '../../../lambda/compaction/protocol/converter';
import type { ObjectInfo } from '../../../lambda/compaction/store/object-store';
import { type Dataset, rawPrefix } from '../../../lib/dataset';
import type { UnknownField } from '../../../lib/rows';
import { ConverterBench, nameOf, ONE, rows } from '../support/converter-bench';
import { COLUMNS, line, PARTITION, type RealLake, testDataset } from '../support/real-lake';
import type { TestEngine } from '../support/test-engine';

let bench: ConverterBench;
let lake: RealLake;
let engine: TestEngine;
beforeAll(async () => {
  bench = await ConverterBench.open();
  ({ lake, engine } = bench);
});
afterAll(() => bench.close());
afterEach(() => {
  lake.refuse = () => undefined;
});

describe('a batch', () => {
  test('says of each object what became of its rows, and holds the accepted ones of all', async () => {
    const dataset = bench.dataset({ input: { formats: ['ndjson', 'parquet'] } });
    const unknown: (readonly [readonly UnknownField[], number])[] = [];
    const outside: OutsidePartition[] = [];
    const batch = await bench.load(
      dataset,
      {
        'a.json': `${line('a')}no json\n${JSON.stringify({ id: 'b', at: '2026-06-15T10:00:00Z', extra: 1 })}\n`,
        'b.parquet': await lake.parquet(
          rows(`'p' AS id, AT AS "at", 7::BIGINT AS n, 1 AS more`, `'q', AT, 3000000000, 1`),
        ),
        'c.parquet': 'PAR1 and no more of it PAR1',
        'd.json': line('d', 4),
      },
      { onUnknownFields: (...found) => unknown.push(found), onOutsidePartition: (found) => outside.push(found) },
    );
    const objects = await bench.list('raw', rawPrefix(dataset.name));
    expect(
      batch.inputs.map(({ rejected, ...input }) => ({
        ...input,
        rejected: rejected.map(({ line: number, reason, raw }) => ({ line: number, reason, raw: raw.toString() })),
      })),
    ).toEqual(
      [
        { accepted: 2, rejected: [{ line: 2, reason: expect.stringContaining('JSON'), raw: 'no json' }] },
        {
          accepted: 1,
          rejected: [
            {
              line: 2,
              reason: 'n: 3000000000 (INT64 INT_64) does not fit an int exactly',
              raw: '{"id":"q","at":"2026-06-15 10:00:00","n":3000000000,"more":1}',
            },
          ],
        },
        { accepted: 0, rejected: [], unreadable: 'not a readable Parquet file: its footer is longer than the file' },
        { accepted: 1, rejected: [] },
      ].map((outcome, index) => {
        const { key, etag, size } = objects[index] as ObjectInfo;
        return { key, etag, size, versionId: expect.any(String), ...outcome };
      }),
    );
    expect([batch.complete, batch.refused, batch.checks]).toEqual([true, [], undefined]);
    expect(unknown).toEqual([
      [
        [
          { name: 'extra', count: 1, similarTo: undefined },
          { name: 'more', count: 2, similarTo: undefined },
        ],
        0,
      ],
    ]);
    const written = await batch.write([]);
    expect(await bench.texts(written)).toEqual(['a 1', 'b -', 'd 4', 'p 7']);
    expect(outside).toHaveLength(0);
    const { paths, bytes, dispose, ...rest } = written;
    expect(rest).toEqual({
      rows: 4,
      duplicates: 0,
      repeats: {},
      rowsOutsidePartition: 0,
      newestEvent: undefined,
      erased: 0,
    });
    expect([paths.length, bytes > 100]).toEqual([1, true]);
    // The lines were freed; the file is that of the next write, too.
    await dispose();
    expect(await bench.texts(await batch.write([]))).toHaveLength(4);
    expect((await bench.local()).filter((name) => name !== 'spill' && !/parquet/.test(name))).toEqual([]);
    await batch.dispose();
    expect(await bench.local()).toEqual([]);
  });

  test('without rows writes no file, and changes nothing', async () => {
    const dataset = bench.dataset({ dedupe: { key: ['id'], keep: 'latest', by: 'at' } });
    const batch = await bench.load(dataset, { 'a.json': 'no json\n' });
    const { dispose, ...written } = await batch.write([]);
    expect(written).toEqual({
      paths: [],
      rows: 0,
      duplicates: 0,
      bytes: 0,
      repeats: {},
      rowsOutsidePartition: 0,
      erased: 0,
    });
    await dispose();
    const changes = await batch.change([]);
    const { rewrite, writeAdded, writeTombstones, dispose: end, ...counts } = changes;
    expect(counts).toEqual({
      rewrites: [],
      complete: true,
      added: 0,
      superseded: 0,
      deletions: 0,
      buries: false,
      rowsOutsidePartition: 0,
      erased: 0,
    });
    await expect(rewrite({} as ObjectInfo)).rejects.toThrow(new Error('nothing changes'));
    await expect(writeAdded()).rejects.toThrow(new Error('nothing changes'));
    await expect(writeTombstones()).rejects.toThrow(new Error('nothing changes'));
    await end();
    await batch.dispose();
  });

  test('has a file for each so many bytes', async () => {
    const dataset = bench.dataset({ sortBy: ['n'] });
    const body = Array.from({ length: 6_000 }, (_, index) =>
      line(createHash('md5').update(`${index}`).digest('hex'), index),
    ).join('');
    const batch = await bench.load(dataset, { 'a.json': body }, { divideBytes: 50_000 });
    const written = await batch.write([]);
    expect(written.paths.length).toBeGreaterThan(2);
    const firsts = await Promise.all(written.paths.map((path) => bench.texts({ paths: [path] }, 'min(n)')));
    expect(firsts.flat().map(Number)).toEqual(
      firsts
        .flat()
        .map(Number)
        .sort((a, b) => a - b),
    );
    expect(await bench.texts(written)).toHaveLength(6_000);
    await written.dispose();
    expect((await bench.local()).filter((name) => /-\d$/.test(name))).toEqual([]);
    await batch.dispose();
  });

  test('that has not as many rows as were accepted is an error', async () => {
    const path = engine.session.path('made-777');
    await copyFile(await engine.parquet('SELECT 1 AS x'), path);
    const input = { key: 'k', etag: 'e', size: 1, versionId: undefined, accepted: 3, rejected: [] };
    const source = {
      key: 'k',
      etag: 'e',
      columns: 1,
      bytes: 9,
      query: "SELECT 'a' AS id UNION ALL SELECT 'b'",
      numberedQuery: '',
    };
    const sources = { inputs: [input], segments: [], parquet: [source], unknownFields: [], otherUnknownFields: 0 };
    await expect(convertRows(engine.session, testDataset(), sources)).rejects.toThrow(
      new Error('3 rows were accepted, but 2 were written; nothing was committed'),
    );
  });
});

describe('columns that paths give', () => {
  test('are those of the object of each row, in text and in Parquet', async () => {
    const dataset = bench.dataset({
      columns: [{ name: 'region', type: 'string' }, ...COLUMNS],
      input: { formats: ['ndjson', 'parquet'], layout: '{region}/{yyyy}/{MM}/{dd}/' },
    });
    const prefix = rawPrefix(dataset.name);
    const put = (name: string, body: string | Buffer) => lake.store.put('raw', `${prefix}${name}`, Buffer.from(body));
    await put('eu/2026/06/15/a.json', line('a') + line('b'));
    await put("o'neil/2026/06/15/b.json", line('c'));
    await put('eu/2026/06/15/c.json', line('d'));
    await put("o'neil/2026/06/15/d.parquet", await lake.parquet(rows(`'e' AS id, AT AS "at", 2 AS n`)));
    const converter = await lake.converter(ONE);
    const batch = await converter.load({ dataset, partition: PARTITION }, await bench.list('raw', prefix));
    const written = await batch.write([]);
    expect(await bench.texts(written, `id || ' ' || region || ' ' || n`)).toEqual([
      'a eu 1',
      'b eu 1',
      "c o'neil 1",
      'd eu 1',
      "e o'neil 2",
    ]);
    const [path = ''] = written.paths;
    const copy = engine.session.path('made-888');
    await copyFile(path, copy);
    const names = await engine.session.rows(
      `DESCRIBE SELECT * FROM read_parquet('${copy}', hive_partitioning = false)`,
    );
    expect(names.map(({ column_name }) => column_name)).toEqual(['region', 'id', 'at', 'n']);
    await batch.dispose();
  });
});

test('fields that nobody declared are named up to a hundred of an object, and the others counted', async () => {
  const told: (readonly [number, number])[] = [];
  const object = (from: number): string => {
    const more = Array.from({ length: 102 }, (_, index) => [`x${from + index}`, 1]);
    return `${JSON.stringify({ id: 'a', at: '2026-06-15T10:00:00Z', ...Object.fromEntries(more) })}\n`;
  };
  const batch = await bench.load(
    bench.dataset(),
    { 'a.json': object(0), 'b.json': object(500) },
    {
      onUnknownFields: (fields, others) => told.push([fields.length, others]),
    },
  );
  expect(told).toEqual([[200, 4]]);
  await batch.dispose();
});

test.each([
  [128, 320],
  [400, 500],
  [500, 512],
])('a file of a dataset with files of %i MiB is divided from %i MiB on', (targetFileMiB, limit) => {
  const bytes = splitLimit(testDataset({ compaction: { targetFileMiB } }));
  expect(Math.round(bytes / 1024 ** 2)).toBe(limit);
});

describe('times', () => {
  test('of rows outside of the partition are told once, and counted in each write', async () => {
    const dataset = bench.dataset();
    const told: OutsidePartition[] = [];
    const body = `${line('a')}${JSON.stringify({ id: 'b', at: '2026-01-01T00:00:00Z' })}\n`;
    const batch = await bench.load(dataset, { 'a.json': body }, { onOutsidePartition: (found) => told.push(found) });
    expect((await batch.write([])).rowsOutsidePartition).toBe(1);
    expect((await batch.write([])).rowsOutsidePartition).toBe(1);
    expect(told).toEqual([{ rows: 1, epochSeconds: 0, example: '2026-01-01T00:00:00.000Z' }]);
    await batch.dispose();
    const quiet = await bench.load(dataset, {});
    expect((await quiet.write([])).rowsOutsidePartition).toBe(1);
    await quiet.dispose();
  });

  test('the newest is found where the dataset is watched, by the clock that is given', async () => {
    const watched = bench.dataset({ freshness: { warnAfter: '2 hours' } });
    const at = (time: string): string => `${JSON.stringify({ id: time, at: time })}\n`;
    const files = { 'a.json': at('2026-06-15T10:00:00Z') + at('2026-06-15T12:00:00Z') };
    const now = () => new Date('2026-06-15T11:00:00Z');
    const batch = await bench.load(watched, files, { now });
    expect((await batch.write([])).newestEvent).toBe(Date.parse('2026-06-15T10:00:00Z'));
    await batch.dispose();
    const machine = await bench.load(watched, {});
    expect((await machine.write([])).newestEvent).toBe(Date.parse('2026-06-15T12:00:00Z'));
    await machine.dispose();
  });
});

describe('what fails leaves nothing on the disk', () => {
  test('a check that is none, before anything is read', async () => {
    const dataset = bench.dataset({ checks: [{ name: 'now', sql: '"at" < now()' }] });
    const asked: string[] = [];
    const objects = await bench.offered(dataset, { 'a.json': line('a') });
    lake.refuse = (_, key) => void asked.push(key);
    const converter = await lake.converter(ONE);
    await expect(converter.load({ dataset, partition: PARTITION }, objects)).rejects.toThrow(
      `Check now of dataset ${dataset.name}: uses now, which depends on more than the row; write an expression over the columns of one row, which gives the same whenever it runs. Nothing was committed`,
    );
    expect([asked, await bench.local()]).toEqual([[], []]);
  });

  test('a download', async () => {
    lake.refuse = () => ({ status: 500, code: 'InternalError' });
    await expect(bench.load(bench.dataset(), { 'a.json': line('a') })).rejects.toThrow(/a\.json/);
    expect(await bench.local()).toEqual([]);
  });

  test('a local file that cannot be read, which says nothing of the object', async () => {
    const dataset = testDataset();
    const object = { key: `raw/events/${PARTITION}/a.parquet`, etag: 'e', size: 1, lastModified: new Date(0) };
    const taken = {
      id: 0,
      status: 'taken',
      parquet: engine.session.path('nowhere'),
      object,
    } as unknown as Loaded['objects'][number];
    const loaded: Loaded = { objects: [taken], refused: [], segments: [], complete: true };
    await expect(checkInputs(engine.session, dataset, loaded)).rejects.toThrow(/ENOENT/);
  });

  test('an object of a format that is not read is one input of no rows', async () => {
    const dataset = bench.dataset();
    const batch = await bench.load(dataset, { 'a.json': line('a'), 'b.json': Buffer.from('504b0304aa', 'hex') });
    const { key, etag, size } = (await bench.list('raw', rawPrefix(dataset.name)))[1] as ObjectInfo;
    expect(batch.inputs.slice(1)).toEqual([
      {
        key,
        etag,
        size,
        versionId: expect.any(String),
        accepted: 0,
        rejected: [],
        unreadable: expect.stringContaining('a zip archive'),
      },
    ]);
    await batch.dispose();
  });

  test('an object that S3 refuses is told, and is no input', async () => {
    lake.refuse = (_, key) => (key.endsWith('b.json') ? { status: 403, code: 'AccessDenied' } : undefined);
    const batch = await bench.load(bench.dataset(), { 'a.json': line('a'), 'b.json': line('b') });
    expect(batch.inputs.map(nameOf)).toEqual(['a.json']);
    expect(batch.refused.map((one) => [nameOf(one), one.error])).toEqual([['b.json', 'HTTP 403 AccessDenied']]);
    await batch.dispose();
  });
});

describe('a merge', () => {
  const put = async (dataset: Dataset, ...bodies: readonly Buffer[]): Promise<ObjectInfo[]> => {
    const prefix = `data/${dataset.name}/`;
    for (const [index, body] of bodies.entries())
      await lake.store.put('curated', `${prefix}part-${index}.parquet`, body);
    return await bench.list('curated', prefix);
  };

  test('keeps every row and every column, sorted, of files with other columns too', async () => {
    const dataset = bench.dataset({ sortBy: ['n'] });
    const files = await put(
      dataset,
      await lake.parquet(rows(`'a' AS id, AT AS "at", 3 AS n, 'old' AS gone`, `'a', AT, 1, 'x'`)),
      await lake.parquet(rows(`'b' AS id, AT AS "at", 2::BIGINT AS n`)),
    );
    const merged = await (await lake.converter(ONE)).merge({ dataset, partition: PARTITION }, files);
    expect(await bench.texts(merged, `id || ' ' || n || ' ' || coalesce(gone, '-')`)).toEqual([
      'a 1 x',
      'a 3 old',
      'b 2 -',
    ]);
    expect(merged).toMatchObject({ rows: 3, duplicates: 0 });
    const copy = engine.session.path('made-889');
    await copyFile(merged.paths[0] as string, copy);
    const order = await engine.session.rows(
      `SELECT n::INT AS n FROM read_parquet('${copy}', file_row_number = true, hive_partitioning = false) ORDER BY file_row_number`,
    );
    expect(order).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    // What was merged is no longer on the disk.
    expect(await bench.local()).toEqual(['merged.parquet', 'spill']);
    await merged.dispose();
    expect(await bench.local()).toEqual([]);
  });

  test('divides what would be too large', async () => {
    const dataset = bench.dataset();
    const files = await put(
      dataset,
      await lake.parquet(
        `SELECT uuid()::VARCHAR AS id, TIMESTAMP '2026-06-15' AS "at", i::INT AS n FROM range(6000) t(i)`,
      ),
    );
    const merged = await (await lake.converter({ ...ONE, divideBytes: 60_000 })).merge(
      { dataset, partition: PARTITION },
      files,
    );
    expect(merged.paths.length).toBeGreaterThan(2);
    expect(new Set(await bench.texts(merged, 'id')).size).toBe(6_000);
    await merged.dispose();
  });

  test('of a file that is no Parquet fails, and leaves nothing on the disk', async () => {
    const dataset = bench.dataset();
    const files = await put(dataset, Buffer.from('no parquet at all'));
    await expect((await lake.converter(ONE)).merge({ dataset, partition: PARTITION }, files)).rejects.toThrow(
      /parquet/i,
    );
    expect(await bench.local()).toEqual([]);
  });
});
