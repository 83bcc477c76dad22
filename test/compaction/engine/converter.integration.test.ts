/** Objects become local Parquet files: with the shipped store, signer and loader, and without the protocol around them. */
import { createHash } from 'node:crypto';
import { copyFile, readdir, readFile } from 'node:fs/promises';
import type { Loaded } from '../../../lambda/compaction/download/loader';
import { convertRows } from '../../../lambda/compaction/engine/batch';
import {
  type ConverterSettings,
  type DuckDbConverter,
  splitLimit,
} from '../../../lambda/compaction/engine/duckdb-converter';
import { checkInputs } from '../../../lambda/compaction/engine/inputs';
import { ChecksFailedError } from '../../../lambda/compaction/protocol/checks-failed';
import type { Batch, LocalFiles, OutsidePartition } from '../../../lambda/compaction/protocol/converter';
import type { Erasure } from '../../../lambda/compaction/protocol/erasures';
import type { ObjectInfo } from '../../../lambda/compaction/store/object-store';
import { type Dataset, type DatasetDefinition, rawPrefix } from '../../../lib/dataset';
import type { UnknownField } from '../../../lib/rows';
import { COLUMNS, line, PARTITION, RealLake, testDataset } from '../support/real-lake';
import { TestEngine } from '../support/test-engine';

let lake: RealLake;
let engine: TestEngine;
beforeAll(async () => {
  [lake, engine] = await Promise.all([RealLake.open(), TestEngine.open()]);
});
afterAll(async () => {
  await Promise.all([lake.close(), engine.close()]);
});
afterEach(() => {
  lake.refuse = () => undefined;
});

let made = 0;
/** A dataset of its own, so that the objects of the tests do not mix. */
const datasetOf = (more: Partial<DatasetDefinition> = {}): Dataset => testDataset({ name: `set_${made++}`, ...more });
const ONE = { limits: { memoryMiB: 256, spillMiB: 16, threads: 1 }, workers: 1 } satisfies Partial<ConverterSettings>;

async function list(bucket: string, prefix: string): Promise<ObjectInfo[]> {
  const found: ObjectInfo[] = [];
  for await (const info of lake.store.list(bucket, prefix)) found.push(info);
  return found;
}
async function offered(dataset: Dataset, files: Readonly<Record<string, string | Buffer>>): Promise<ObjectInfo[]> {
  for (const [name, body] of Object.entries(files)) await lake.put(dataset, name, body);
  return await list('raw', rawPrefix(dataset.name));
}
async function load(
  dataset: Dataset,
  files: Readonly<Record<string, string | Buffer>>,
  more: Partial<ConverterSettings> = {},
  erasures: readonly Erasure[] = [],
): Promise<Batch> {
  const converter = await lake.converter({ ...ONE, ...more });
  return await converter.load({ dataset, partition: PARTITION }, await offered(dataset, files), erasures);
}

const TEXT = `id || ' ' || coalesce(n::VARCHAR, '-')`;
/** Rows of local files, as text, sorted. */
async function texts({ paths }: Pick<LocalFiles, 'paths'>, select = TEXT): Promise<string[]> {
  const copies = await Promise.all(
    paths.map(async (path) => {
      const copy = engine.session.path(`made-${1e6 + made++}`);
      await copyFile(path, copy);
      return copy;
    }),
  );
  return await engine.texts(copies, select);
}
/** The only file of a batch, as an object of the curated bucket. */
async function stored({ paths: [path = ''] }: LocalFiles, dataset: Dataset): Promise<ObjectInfo> {
  const key = `data/${dataset.name}/${PARTITION}/part-${made++}-0.parquet`;
  await lake.store.put('curated', key, await readFile(path));
  return (await list('curated', key))[0] as ObjectInfo;
}
/** Names of the folders that sessions have, and of the files in them. */
async function local(): Promise<string[]> {
  const folders = (await readdir(lake.directory)).filter((name) => name.startsWith('compaction-'));
  const files = await Promise.all(folders.map((name) => readdir(`${lake.directory}/${name}`)));
  return files.flat().sort();
}

const nameOf = ({ key }: { readonly key: string }): string => key.slice(key.lastIndexOf('/') + 1);
const rows = (...select: readonly string[]): string =>
  select
    .map((one) => `SELECT ${one}`)
    .join(' UNION ALL ')
    .replaceAll('AT', "TIMESTAMP '2026-06-15 10:00:00'");

describe('a batch', () => {
  test('says of each object what became of its rows, and holds the accepted ones of all', async () => {
    const dataset = datasetOf({ input: { formats: ['ndjson', 'parquet'] } });
    const unknown: (readonly [readonly UnknownField[], number])[] = [];
    const outside: OutsidePartition[] = [];
    const batch = await load(
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
    const objects = await list('raw', rawPrefix(dataset.name));
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
    expect(await texts(written)).toEqual(['a 1', 'b -', 'd 4', 'p 7']);
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
    expect(await texts(await batch.write([]))).toHaveLength(4);
    expect((await local()).filter((name) => name !== 'spill' && !/parquet/.test(name))).toEqual([]);
    await batch.dispose();
    expect(await local()).toEqual([]);
  });

  test('without rows writes no file, and changes nothing', async () => {
    const dataset = datasetOf({ dedupe: { key: ['id'], keep: 'latest', by: 'at' } });
    const batch = await load(dataset, { 'a.json': 'no json\n' });
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
    const dataset = datasetOf({ sortBy: ['n'] });
    const body = Array.from({ length: 6_000 }, (_, index) =>
      line(createHash('md5').update(`${index}`).digest('hex'), index),
    ).join('');
    const batch = await load(dataset, { 'a.json': body }, { divideBytes: 50_000 });
    const written = await batch.write([]);
    expect(written.paths.length).toBeGreaterThan(2);
    const firsts = await Promise.all(written.paths.map((path) => texts({ paths: [path] }, 'min(n)')));
    expect(firsts.flat().map(Number)).toEqual(
      firsts
        .flat()
        .map(Number)
        .sort((a, b) => a - b),
    );
    expect(await texts(written)).toHaveLength(6_000);
    await written.dispose();
    expect((await local()).filter((name) => /-\d$/.test(name))).toEqual([]);
    await batch.dispose();
  });

  test('that has not as many rows as were accepted is an error', async () => {
    const path = engine.session.path('made-777');
    await copyFile(await engine.parquet('SELECT 1 AS x'), path);
    const input = { key: 'k', etag: 'e', size: 1, versionId: undefined, accepted: 3, rejected: [] };
    const source = { key: 'k', etag: 'e', query: "SELECT 'a' AS id UNION ALL SELECT 'b'", numberedQuery: '' };
    const sources = { inputs: [input], segments: [], parquet: [source], unknownFields: [], otherUnknownFields: 0 };
    await expect(convertRows(engine.session, testDataset(), sources)).rejects.toThrow(
      new Error('3 rows were accepted, but 2 were written; nothing was committed'),
    );
  });
});

describe('columns that paths give', () => {
  test('are those of the object of each row, in text and in Parquet', async () => {
    const dataset = datasetOf({
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
    const batch = await converter.load({ dataset, partition: PARTITION }, await list('raw', prefix));
    const written = await batch.write([]);
    expect(await texts(written, `id || ' ' || region || ' ' || n`)).toEqual([
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
  const batch = await load(
    datasetOf(),
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

describe('rows that are there already', () => {
  test('are left out by their key, in the batch and in the files of the partition', async () => {
    const dataset = datasetOf({ dedupeKey: ['id'] });
    const first = await load(dataset, { 'a.json': line('a') + line('b') + line('a', 2) });
    const one = await first.write([]);
    expect([await texts(one), one.rows, one.duplicates]).toEqual([['a 1', 'b 1'], 2, 1]);
    const base = await stored(one, dataset);
    await one.dispose();
    expect((await local()).filter((name) => /^write-/.test(name))).toEqual([]);
    const again = await first.write([base]);
    expect([again.paths, again.rows, again.duplicates]).toEqual([[], 0, 3]);
    await first.dispose();
    const second = await load(dataset, { 'a.json': line('b', 9) + line('c') });
    const two = await second.write([base]);
    expect([await texts(two), two.rows, two.duplicates]).toEqual([['c 1'], 1, 1]);
    await two.dispose();
    expect((await local()).filter((name) => /keys/.test(name))).toEqual([]);
    await second.dispose();
  });

  test('are counted where only some of their values should be unique', async () => {
    const checks: DatasetDefinition['checks'] = [{ unique: ['n'] }, { unique: ['id', 'n'] }, { column: 'n', min: 0 }];
    const dataset = datasetOf({ checks });
    const first = await load(dataset, { 'a.json': line('a', 1) + line('b', 1) + line('c', 2) });
    // The lines are not needed any more.
    expect((await local()).filter((name) => /lines/.test(name))).toEqual([]);
    const one = await first.write([]);
    expect(one.repeats).toEqual({ n_unique: 1 });
    expect(first.checks).toEqual({ rowsWarned: 0, rowsFailed: 0, failedChecks: {} });
    const base = await stored(one, dataset);
    await first.dispose();
    const second = await load(dataset, { 'a.json': line('a', 1) + line('d', 2) + line('e', 3) });
    expect((await second.write([base])).repeats).toEqual({ n_unique: 2, id_n_unique: 1 });
    expect((await local()).filter((name) => /unique/.test(name))).toEqual([]);
    await second.dispose();
  });

  test('of a dataset whose rows supersede each other, go', async () => {
    const dataset = datasetOf({ dedupe: { key: ['id'], keep: 'latest', by: 'n' } });
    const first = await load(dataset, { 'a.json': line('a', 1) + line('b', 1) });
    const base = await stored(await (await first.change([])).writeAdded(), dataset);
    await first.dispose();
    const second = await load(dataset, { 'a.json': line('a', 5) + line('c', 1) });
    const changes = await second.change([base]);
    expect(changes).toMatchObject({ added: 1, superseded: 0, rewrites: [{ file: base, removed: 1, placed: 1 }] });
    expect(await texts(await changes.rewrite(base))).toEqual(['a 5', 'b 1']);
    expect(await texts(await changes.writeAdded())).toEqual(['c 1']);
    await changes.dispose();
    await second.dispose();
  });
});

describe('rows that were erased', () => {
  const erasure = (...keys: readonly string[]): Erasure => ({
    column: 'id',
    keys: keys.length,
    salt: 's',
    values: keys.map((key) => createHash('sha256').update(`s${key}`).digest('hex')),
    forms: [],
    partition: null,
    from: null,
    to: null,
    began: '',
    erased: null,
  });

  test('are left out and counted, also where they would be duplicates, and where they are all', async () => {
    const dataset = datasetOf({ dedupeKey: ['id'] });
    const batch = await load(dataset, { 'a.json': line('a') + line('a') + line('b') + line('c') }, {}, [
      erasure('a', 'x'),
      erasure('c'),
    ]);
    const written = await batch.write([]);
    expect([await texts(written), written.rows, written.duplicates, written.erased]).toEqual([['b 1'], 1, 0, 3]);
    expect((await batch.write([])).erased).toBe(3);
    expect((await local()).filter((name) => name === 'all.parquet')).toEqual([]);
    await batch.dispose();
    const none = await load(dataset, { 'a.json': line('a'), 'b.json': '' }, {}, [erasure('a')]);
    const { paths, rows: left, erased } = await none.write([]);
    expect({ paths, left, erased }).toEqual({ paths: [], left: 0, erased: 1 });
    expect(await none.change([])).toMatchObject({ added: 0, erased: 1 });
    await none.dispose();
  });

  test('end no commit', async () => {
    const dataset = datasetOf({ checks: [{ column: 'n', max: 5, onFail: 'fail' }] });
    const files = { 'a.json': line('a', 9) + line('b', 1) };
    await expect(load(dataset, files)).rejects.toBeInstanceOf(ChecksFailedError);
    const batch = await load(dataset, files, {}, [erasure('a')]);
    expect(await texts(await batch.write([]))).toEqual(['b 1']);
    await batch.dispose();
  });
});

describe('times', () => {
  test('of rows outside of the partition are told once, and counted in each write', async () => {
    const dataset = datasetOf();
    const told: OutsidePartition[] = [];
    const body = `${line('a')}${JSON.stringify({ id: 'b', at: '2026-01-01T00:00:00Z' })}\n`;
    const batch = await load(dataset, { 'a.json': body }, { onOutsidePartition: (found) => told.push(found) });
    expect((await batch.write([])).rowsOutsidePartition).toBe(1);
    expect((await batch.write([])).rowsOutsidePartition).toBe(1);
    expect(told).toEqual([{ rows: 1, epochSeconds: 0, example: '2026-01-01T00:00:00.000Z' }]);
    await batch.dispose();
    const quiet = await load(dataset, {});
    expect((await quiet.write([])).rowsOutsidePartition).toBe(1);
    await quiet.dispose();
  });

  test('the newest is found where the dataset is watched, by the clock that is given', async () => {
    const watched = datasetOf({ freshness: { warnAfter: '2 hours' } });
    const at = (time: string): string => `${JSON.stringify({ id: time, at: time })}\n`;
    const files = { 'a.json': at('2026-06-15T10:00:00Z') + at('2026-06-15T12:00:00Z') };
    const now = () => new Date('2026-06-15T11:00:00Z');
    const batch = await load(watched, files, { now });
    expect((await batch.write([])).newestEvent).toBe(Date.parse('2026-06-15T10:00:00Z'));
    await batch.dispose();
    const machine = await load(watched, {});
    expect((await machine.write([])).newestEvent).toBe(Date.parse('2026-06-15T12:00:00Z'));
    await machine.dispose();
  });
});

describe('rows that fail checks', () => {
  const N: DatasetDefinition['checks'] = [
    { column: 'n', min: 0, max: 99, onFail: 'quarantine' },
    { name: 'small', column: 'n', max: 9 },
  ];
  const rejections = ({ inputs }: Batch) =>
    inputs.map((input) => [
      nameOf(input),
      input.accepted,
      ...input.rejected.map(({ line: number, raw }) => `${number} ${raw.toString().trim().slice(0, 40)}`),
      ...(input.unreadable === undefined ? [] : [input.unreadable]),
    ]);

  test('are among the rejected ones of their objects, in the order of their lines, and are not stored', async () => {
    const dataset = datasetOf({ checks: N, input: { formats: ['ndjson', 'parquet'] } });
    const batch = await load(dataset, {
      'a.json': `${line('a', -1)}no json\n${line('b', 1)}${line('c', 100)}`,
      'b.parquet': await lake.parquet(
        rows(`'p' AS id, AT AS "at", 200::BIGINT AS n`, `'q', AT, 3000000000`, `'r', AT, 50`, `'s', AT, -5`),
      ),
      'c.json': line('d', 2),
    });
    expect(rejections(batch)).toEqual([
      ['a.json', 1, `1 ${line('a', -1).slice(0, 40)}`, '2 no json', `4 ${line('c', 100).slice(0, 40)}`],
      ['b.parquet', 1, ...['1 {"id":"p"', '2 {"id":"q"', '4 {"id":"s"'].map((start) => expect.stringContaining(start))],
      ['c.json', 1],
    ]);
    expect(batch.checks).toEqual({ rowsWarned: 1, rowsFailed: 4, failedChecks: { n_range: 4, small: 3 } });
    const written = await batch.write([]);
    expect([written.rows, await texts(written)]).toEqual([3, ['b 1', 'd 2', 'r 50']]);
    await batch.dispose();
    expect(await local()).toEqual([]);
  });

  test('by a column that paths give, are told in Parquet too', async () => {
    const dataset = datasetOf({
      columns: [{ name: 'region', type: 'string' }, ...COLUMNS],
      input: { formats: ['parquet'], layout: '{region}/{yyyy}/{MM}/{dd}/' },
      checks: [{ column: 'region', notIn: ['moon'], onFail: 'quarantine' }],
    });
    const prefix = rawPrefix(dataset.name);
    const body = await lake.parquet(rows(`'p' AS id, AT AS "at", 2 AS n`));
    await lake.store.put('raw', `${prefix}moon/2026/06/15/a.parquet`, body);
    await lake.store.put('raw', `${prefix}mars/2026/06/15/b.parquet`, body);
    const converter = await lake.converter(ONE);
    const batch = await converter.load({ dataset, partition: PARTITION }, await list('raw', prefix));
    expect(
      batch.inputs.map(({ accepted, rejected }) => [
        accepted,
        ...rejected.map(({ line: number, reason }) => `${number} ${reason}`),
      ]),
    ).toEqual([[1], [0, '1 check region_not_in: expected region not in "moon"']]);
    await batch.dispose();
  });

  test('that are all of a batch leave nothing to store', async () => {
    const batch = await load(datasetOf({ checks: N }), { 'a.json': line('a', -1) + line('b', -2) });
    expect(batch.checks).toEqual({ rowsWarned: 0, rowsFailed: 2, failedChecks: { n_range: 2 } });
    expect(await batch.write([])).toMatchObject({ rows: 0, paths: [] });
    await batch.dispose();
  });

  test('of a check that fails the commit: the error names a row, and the session is gone', async () => {
    const dataset = datasetOf({
      checks: [{ column: 'n', max: 5, onFail: 'fail' }],
      input: { formats: ['ndjson', 'parquet'] },
    });
    const parquet = await lake.parquet(rows(`'p' AS id, AT AS "at", 1 AS n`, `'q', AT, 9`));
    const key = `${rawPrefix(dataset.name, PARTITION)}b.parquet`;
    const failed = await load(dataset, { 'a.json': line('a', 1), 'b.parquet': parquet }).catch(
      (error: unknown) => error,
    );
    expect(failed).toMatchObject({
      object: { key },
      rows: 1,
      message: `nothing of ${dataset.name} was committed: 1 row fails n_range, which expects n up to 5 (1 row). For example line 2 of ${key}: check n_range: expected n up to 5. The raw objects stay where they are`,
    });
    expect(await local()).toEqual([]);
  });

  test('that are too many make the batch smaller, and then larger again', async () => {
    const dataset = datasetOf({ checks: N });
    const converter = await lake.converter({ ...ONE, maxFailingRows: 2 });
    const bad = await offered(
      dataset,
      Object.fromEntries([0, 1, 2, 3, 4].map((index) => [`${index}.json`, line(`a${index}`, -1)])),
    );
    const good = datasetOf({ checks: N });
    const names = [...Array(9).keys()].map((index) => `${index}.json`);
    const fine = await offered(good, Object.fromEntries(names.map((name) => [name, line(name, 1)])));
    const sizes = async (one: DuckDbConverter, of: Dataset, objects: readonly ObjectInfo[]) => {
      const batch = await one.load({ dataset: of, partition: PARTITION }, objects);
      await batch.dispose();
      return [batch.inputs.length, batch.complete];
    };
    expect(await sizes(converter, dataset, bad)).toEqual([2, false]);
    expect(await sizes(converter, good, fine)).toEqual([4, false]);
    expect(await sizes(converter, good, fine)).toEqual([8, false]);
    expect(await sizes(converter, good, fine)).toEqual([9, true]);
    // As many as may fail.
    expect(await sizes(converter, dataset, bad.slice(0, 2))).toEqual([2, true]);
  });

  test('that are too many of one object make it unreadable, with the check that most of them fail', async () => {
    const checks: DatasetDefinition['checks'] = [
      { name: 'rare', column: 'n', notIn: [-1], onFail: 'quarantine' },
      ...(N ?? []),
    ];
    const dataset = datasetOf({ checks });
    const converter = await lake.converter({ ...ONE, maxFailingRows: 2 });
    let left = await offered(dataset, {
      'a.json': line('a', 1),
      'b.json': [-1, -2, -3].map((n) => line(`b${n}`, n)).join(''),
      'c.json': line('c', -1),
    });
    const found: unknown[] = [];
    while (left.length > 0) {
      const batch = await converter.load({ dataset, partition: PARTITION }, left);
      await batch.dispose();
      found.push(rejections(batch));
      expect(batch.inputs.map(({ versionId }) => typeof versionId)).toEqual(batch.inputs.map(() => 'string'));
      expect(batch.complete).toBe(batch.inputs.length === left.length);
      left = left.slice(batch.inputs.length);
    }
    expect(found).toEqual([
      [['a.json', 1]],
      [
        ['b.json', 0, 'more than 2 rows fail, 3 of them check n_range: expected n from 0 to 99'],
        ['c.json', 0, `1 ${line('c', -1).slice(0, 40)}`],
      ],
    ]);
  });

  test('are up to 100,000 of a batch, if nothing else is set', async () => {
    const dataset = datasetOf({ checks: N, input: { formats: ['parquet'] } });
    const batch = await load(dataset, {
      'a.parquet': await lake.parquet(`SELECT 'a' AS id, TIMESTAMP '2026-06-15' AS "at", -1 AS n FROM range(100001)`),
    });
    expect(rejections(batch)).toEqual([
      ['a.parquet', 0, 'more than 100000 rows fail, 100001 of them check n_range: expected n from 0 to 99'],
    ]);
    await batch.dispose();
  });

  test('of an object that changes before the second look at it are left for the next run', async () => {
    const dataset = datasetOf({ checks: N });
    let reads = 0;
    lake.refuse = (_, key) =>
      key.endsWith('a.json') && ++reads === 2 ? { status: 412, code: 'PreconditionFailed' } : undefined;
    const batch = await load(dataset, { 'a.json': line('a', -1), 'b.json': line('b', -1) + line('c', 1) });
    expect(rejections(batch)).toEqual([['b.json', 1, `1 ${line('b', -1).slice(0, 40)}`]]);
    expect([batch.complete, await texts(await batch.write([]))]).toEqual([true, ['c 1']]);
    await batch.dispose();
  });
});

describe('what fails leaves nothing on the disk', () => {
  test('a check that is none, before anything is read', async () => {
    const dataset = datasetOf({ checks: [{ name: 'now', sql: '"at" < now()' }] });
    const asked: string[] = [];
    const objects = await offered(dataset, { 'a.json': line('a') });
    lake.refuse = (_, key) => void asked.push(key);
    const converter = await lake.converter(ONE);
    await expect(converter.load({ dataset, partition: PARTITION }, objects)).rejects.toThrow(
      `Check now of dataset ${dataset.name}: uses now, which depends on more than the row; write an expression over the columns of one row, which gives the same whenever it runs. Nothing was committed`,
    );
    expect([asked, await local()]).toEqual([[], []]);
  });

  test('a download', async () => {
    lake.refuse = () => ({ status: 500, code: 'InternalError' });
    await expect(load(datasetOf(), { 'a.json': line('a') })).rejects.toThrow(/a\.json/);
    expect(await local()).toEqual([]);
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
    const batch = await load(datasetOf(), { 'a.json': line('a'), 'b.json': Buffer.from('504b0304aa', 'hex') });
    const { key, etag, size } = (await list('raw', rawPrefix(`set_${made - 1}`)))[1] as ObjectInfo;
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
    const batch = await load(datasetOf(), { 'a.json': line('a'), 'b.json': line('b') });
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
    return await list('curated', prefix);
  };

  test('keeps every row and every column, sorted, of files with other columns too', async () => {
    const dataset = datasetOf({ sortBy: ['n'] });
    const files = await put(
      dataset,
      await lake.parquet(rows(`'a' AS id, AT AS "at", 3 AS n, 'old' AS gone`, `'a', AT, 1, 'x'`)),
      await lake.parquet(rows(`'b' AS id, AT AS "at", 2::BIGINT AS n`)),
    );
    const merged = await (await lake.converter(ONE)).merge({ dataset, partition: PARTITION }, files);
    expect(await texts(merged, `id || ' ' || n || ' ' || coalesce(gone, '-')`)).toEqual(['a 1 x', 'a 3 old', 'b 2 -']);
    expect(merged).toMatchObject({ rows: 3, duplicates: 0 });
    const copy = engine.session.path('made-889');
    await copyFile(merged.paths[0] as string, copy);
    const order = await engine.session.rows(
      `SELECT n::INT AS n FROM read_parquet('${copy}', file_row_number = true, hive_partitioning = false) ORDER BY file_row_number`,
    );
    expect(order).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    // What was merged is no longer on the disk.
    expect(await local()).toEqual(['merged.parquet', 'spill']);
    await merged.dispose();
    expect(await local()).toEqual([]);
  });

  test('divides what would be too large', async () => {
    const dataset = datasetOf();
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
    expect(new Set(await texts(merged, 'id')).size).toBe(6_000);
    await merged.dispose();
  });

  test('of a file that is no Parquet fails, and leaves nothing on the disk', async () => {
    const dataset = datasetOf();
    const files = await put(dataset, Buffer.from('no parquet at all'));
    await expect((await lake.converter(ONE)).merge({ dataset, partition: PARTITION }, files)).rejects.toThrow(
      /parquet/i,
    );
    expect(await local()).toEqual([]);
  });
});
