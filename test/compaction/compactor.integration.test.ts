import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { runTask } from '../../lambda/compaction/task/run-task';
import { readRows } from '../support/parquet/reader';
import { COLUMNS, line, MAX_OBJECT_BYTES, PARTITION, RealLake, testDataset } from './support/real-lake';
import { AMPLE } from './support/settings';

let lake: RealLake;
beforeEach(async () => {
  lake = await RealLake.open();
});
afterEach(async () => {
  await lake.close();
});

const only = <T>(items: readonly T[]): T => {
  expect(items).toHaveLength(1);
  return items[0] as T;
};

describe('inputs', () => {
  test('NDJSON, CSV and Parquet, plain and gzip, end in one file, each row once', async () => {
    const dataset = testDataset();
    await lake.put(dataset, 'a.json', line('a1') + line('a2'));
    await lake.put(dataset, 'b.json.gz', gzipSync(line('b1')));
    await lake.put(dataset, 'c.csv', 'id,at,n\nc1,2026-06-15T10:00:00Z,3\nc2,2026-06-15T10:00:00Z,\n');
    await lake.put(dataset, 'd.csv.gz', gzipSync('n,id,at\n4,d1,2026-06-15 10:00:00\n'));
    await lake.put(
      dataset,
      'e.parquet',
      await lake.parquet("SELECT 'e1' AS id, TIMESTAMP '2026-06-15 10:00:00' AS at, 5 AS n"),
    );
    const result = only(await lake.compact(dataset));
    expect(result).toMatchObject({
      rowsIn: 7,
      rowsOut: 7,
      rowsQuarantined: 0,
      duplicates: 0,
      objectsIn: 5,
      filesOut: 1,
    });
    expect(await lake.ids(dataset)).toEqual(['a1', 'a2', 'b1', 'c1', 'c2', 'd1', 'e1']);
    expect(await lake.query(dataset, 'n', 'ORDER BY id')).toEqual([1, 1, 1, 3, null, 4, 5].map((n) => ({ n })));
    expect(await lake.keys('raw')).toEqual([]);
    expect(await lake.keys('curated', 'records/')).toEqual([]);
  });

  test('names with quotes, glob characters and spaces are only names', async () => {
    const dataset = testDataset();
    const names = ["it's.json", 'a*b?[c].json', 'ü + %20 =.json', 'x"y.json', "'); DROP TABLE x; --.json"];
    for (const [index, name] of names.entries()) await lake.put(dataset, name, line(`r${index}`));
    await lake.compact(dataset);
    expect(await lake.ids(dataset)).toEqual(['r0', 'r1', 'r2', 'r3', 'r4']);
  });

  test('just the lines that do not fit go to quarantine, with reason, key and line', async () => {
    const dataset = testDataset();
    await lake.put(
      dataset,
      'a.json',
      `${line('1')}{"id":"2"\n${line('3')}{"id":"4","at":"2026-06-15T10:00:00Z","n":1.5}\n`,
    );
    await lake.put(
      dataset,
      'b.json',
      Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('\n'), Buffer.from(line('5'))]),
    );
    const result = only(await lake.compact(dataset));
    expect(result).toMatchObject({ rowsIn: 6, rowsOut: 3, rowsQuarantined: 3 });
    expect(await lake.ids(dataset)).toEqual(['1', '3', '5']);
    const entries = await lake.quarantined();
    expect(entries.map(({ source_key, line: number }) => [path.basename(source_key), number])).toEqual([
      ['a.json', 2],
      ['a.json', 4],
      ['b.json', 1],
    ]);
    expect(entries[1]).toMatchObject({
      dataset: 'events',
      reason: expect.stringContaining('n: '),
      raw: expect.stringContaining('1.5'),
    });
    expect(entries[2]).toMatchObject({ raw: null, raw_base64: '//4=' });
  });

  test.each([
    ['a truncated gzip', 'x.json.gz', () => gzipSync(line('1').repeat(1000)).subarray(0, -20)],
    [
      'a forged Parquet footer',
      'x.parquet',
      () => Buffer.concat([Buffer.from('PAR1'), Buffer.alloc(100, 7), Buffer.from('PAR1')]),
    ],
    ['a Parquet file cut short', 'x.parquet', async () => (await lake.parquet('SELECT 1 AS id')).subarray(0, 80)],
    ['an object that inflates beyond the limit', 'x.json.gz', () => gzipSync(Buffer.alloc(MAX_OBJECT_BYTES + 1, 32))],
    ['a CSV without a required column', 'x.csv', () => Buffer.from('id,n\n1,2\n')],
    ['Parquet without a required column', 'x.parquet', () => lake.parquet("SELECT 'a' AS id")],
  ])('%s goes to quarantine byte for byte, and the rest is compacted', async (_, name, make) => {
    const dataset = testDataset();
    const body = await make();
    await lake.put(dataset, name, body);
    await lake.put(dataset, 'good.json', line('good'));
    const result = only(await lake.compact(dataset));
    expect(result).toMatchObject({ rowsIn: 1, rowsOut: 1, objectsIn: 2, objectsQuarantined: 1 });
    expect(await lake.ids(dataset)).toEqual(['good']);
    const entry = only(await lake.quarantined());
    expect(entry).toMatchObject({ line: null, reason: expect.stringMatching(/\w/) });
    const kept = await lake.store.get('quarantine', entry.object_key as string);
    expect(kept?.body.equals(body)).toBe(true);
    expect(await lake.keys('raw')).toEqual([]);
  });

  test('Parquet rows whose values do not convert exactly are rejected one by one', async () => {
    const dataset = testDataset();
    await lake.put(
      dataset,
      'x.parquet',
      await lake.parquet(`SELECT * FROM (VALUES
        ('1', TIMESTAMP '2026-06-15 10:00:00.123456', 7.0::DOUBLE), ('2', TIMESTAMP '2026-06-15 10:00:00', 1.5),
        ('3', TIMESTAMP '2026-06-15 10:00:00', 3e9), ('4', NULL, 1), ('5', TIMESTAMP '2026-06-15 10:00:00', NULL)) t(id, "at", n)`),
    );
    const result = only(await lake.compact(dataset));
    expect(result).toMatchObject({ rowsIn: 5, rowsOut: 2, rowsQuarantined: 3 });
    expect((await lake.quarantined()).map(({ line: row }) => row)).toEqual([2, 3, 4]);
    expect(await lake.query(dataset, 'id, n, "at"', 'ORDER BY id')).toEqual([
      { id: '1', n: 7, at: '2026-06-15 10:00:00.123' },
      { id: '5', n: null, at: '2026-06-15 10:00:00' },
    ]);
  });

  test('texts of Parquet that are not annotated as such are texts, beside annotated ones, and what is not text is named', async () => {
    const columns = [
      { name: 'id', type: 'bigint' },
      { name: 'at', type: 'timestamp', notNull: true },
      { name: 't', type: 'string' },
    ];
    const dataset = testDataset({ columns });
    // As Impala, Hive and old Spark write texts: BYTE_ARRAY without an annotation.
    const impala = readFileSync(path.join(__dirname, '..', 'fixtures', 'parquet', 'impala.parquet'));
    await lake.put(dataset, 'impala.parquet', impala);
    const at = "TIMESTAMPTZ '2026-06-15 10:00:00+00' AS at";
    await lake.put(dataset, 'annotated.parquet', await lake.parquet(`SELECT 10 AS id, ${at}, 'ü' AS t`));
    await lake.put(dataset, 'list.parquet', await lake.parquet(`SELECT 11 AS id, ${at}, ['ü'] AS t`));
    const [result] = await lake.compact(dataset);
    expect(result).toMatchObject({ rowsIn: 9, rowsOut: 8, rowsQuarantined: 1, objectsIn: 3, objectsQuarantined: 1 });
    const [file, ...others] = await lake.files(dataset);
    expect(others).toEqual([]);
    const rows = await readRows(readFileSync(file as string), dataset.columns);
    const ten = Date.parse('2026-06-15T10:00:00Z');
    const texts = ['café', 'plain', 'a\\b', `it's "q"`, 'two\nlines', 'tab\t'].map((t, index) => [
      `${index + 1}`,
      ten,
      t,
    ]);
    expect(rows.map(({ id, at: time, t }) => [id, time, t]).sort((a, b) => Number(a[0]) - Number(b[0]))).toEqual([
      ...texts,
      ['8', ten, '漢字'],
      ['10', ten, 'ü'],
    ]);
    const [row, object] = await lake.quarantined();
    expect(row).toMatchObject({
      line: 7,
      source_key: expect.stringContaining('impala.parquet'),
      reason: 't: \\xFF\\xFE (BYTE_ARRAY) is not UTF-8',
      raw: JSON.stringify({ id: 7, at: '2026-06-15 10:00:00', t: '\\xFF\\xFE' }),
    });
    expect(object).toMatchObject({
      line: null,
      source_key: expect.stringContaining('list.parquet'),
      reason: expect.stringMatching(
        /^column t: the file has a list of BYTE_ARRAY UTF8, the dataset declares a string; /,
      ),
    });
  });

  test('undeclared fields are counted by name, whatever the format', async () => {
    const dataset = testDataset();
    await lake.put(dataset, 'a.json', line('1').replace('}', ',"N":2,"extra":true}'));
    await lake.put(dataset, 'b.csv', 'id,at,more\n2,2026-06-15T10:00:00Z,x\n');
    await lake.put(
      dataset,
      'c.parquet',
      await lake.parquet(`SELECT '3' AS id, TIMESTAMP '2026-06-15' AS "at", 1 AS other`),
    );
    const seen: unknown[] = [];
    await lake.compact(dataset, { onUnknownFields: (fields) => seen.push(...fields) });
    expect(seen).toEqual(['N', 'extra', 'more', 'other'].map((name) => expect.objectContaining({ name, count: 1 })));
    expect(seen[0]).toMatchObject({ similarTo: 'n' });
    expect(await lake.ids(dataset)).toEqual(['1', '2', '3']);
  });

  test('a format that the dataset does not declare is not guessed at', async () => {
    const dataset = testDataset({ input: { formats: ['ndjson'] } });
    await lake.put(dataset, 'x.csv', 'id,at,n\n1,2026-06-15T10:00:00Z,1\n');
    const result = only(await lake.compact(dataset));
    expect(result).toMatchObject({ objectsQuarantined: 1, rowsOut: 0 });
    expect(await lake.quarantined()).toMatchObject([{ reason: 'it is csv, but dataset events declares ndjson' }]);
  });

  test('markers stay, blank and empty objects are consumed', async () => {
    const dataset = testDataset();
    await lake.put(dataset, '_SUCCESS', '');
    await lake.put(dataset, 'empty.json', '');
    await lake.put(dataset, 'blank.json', '\n \n');
    const result = only(await lake.compact(dataset));
    expect(result).toMatchObject({ rowsIn: 0, rowsOut: 0, objectsIn: 2, filesOut: 0 });
    expect(await lake.keys('raw')).toEqual([`raw/events/${PARTITION}/_SUCCESS`]);
    expect(await lake.keys('curated')).toEqual([]);
  });
});

describe('a dedupe key', () => {
  const dataset = testDataset({ dedupeKey: ['id'], sortBy: ['at'] });

  test('keeps a row once within a task', async () => {
    await lake.put(dataset, 'a.json', line('1', 2) + line('1', 1) + line('2'));
    await lake.put(dataset, 'b.json', line('2') + line('3'));
    expect(only(await lake.compact(dataset))).toMatchObject({ rowsIn: 5, rowsOut: 3, duplicates: 2 });
    expect(await lake.ids(dataset)).toEqual(['1', '2', '3']);
    // Of two arrivals, the earlier event.
    expect(await lake.query(dataset, 'n', "WHERE id = '1'")).toEqual([{ n: 1 }]);
  });

  test('keeps a row once when it arrives again in a later task', async () => {
    await lake.put(dataset, 'a.json', line('1') + line('2'));
    await lake.compact(dataset);
    await lake.put(dataset, 'b.json', line('2') + line('3'));
    expect(only(await lake.compact(dataset))).toMatchObject({ rowsIn: 2, rowsOut: 1, duplicates: 1 });
    await lake.put(dataset, 'c.json', line('1') + line('3'));
    expect(only(await lake.compact(dataset))).toMatchObject({ rowsIn: 2, rowsOut: 0, duplicates: 2, filesOut: 0 });
    expect(await lake.ids(dataset)).toEqual(['1', '2', '3']);
    expect(await lake.keys('raw')).toEqual([]);
  });

  test('finds keys in large files by reading the key column alone', async () => {
    const wide = testDataset({
      columns: [...COLUMNS, { name: 'padding', type: 'string' }],
      dedupeKey: ['id'],
    });
    const noise = randomBytes(20_000 * 150).toString('hex');
    const padded = (id: string, n = 0): string =>
      line(id).replace('}', `,"padding":"${noise.slice(n * 300, (n + 1) * 300)}"}`);
    await lake.put(wide, 'a.json', Array.from({ length: 20_000 }, (_, n) => padded(`k${n}`, n)).join(''));
    await lake.compact(wide);
    // While the partition is open: a closed one is merged, which reads everything.
    lake.now = () => new Date('2026-06-15T12:00:00Z');
    const [file] = await lake.files(wide);
    const { size } = statSync(file as string);
    expect(size).toBeGreaterThan(4_000_000);
    const before = lake.server.stats().bytesSent;
    await lake.put(wide, 'b.json', padded('k7') + padded('k19999') + padded('new'));
    expect(only(await lake.compact(wide))).toMatchObject({ duplicates: 2, rowsOut: 1 });
    expect(lake.server.stats().bytesSent - before).toBeLessThan(size / 4);
    expect(await lake.query(wide, 'count(*)::INT AS n')).toEqual([{ n: 20_001 }]);
  });
});

describe('output', () => {
  test('is sorted, in row groups of the dataset, with its codec', async () => {
    const dataset = testDataset({ sortBy: ['n'], compaction: { codec: 'zstd', rowGroupRows: 4096 } });
    const rows = Array.from({ length: 20_000 }, (_, index) => line(`r${index}`, (index * 7919) % 20_000));
    await lake.put(dataset, 'a.json', rows.join(''));
    await lake.compact(dataset);
    const file = only(await lake.files(dataset));
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    const groups = await connection.runAndReadAll(
      `SELECT row_group_num_rows::INT AS size, compression, stats_min::INT AS low, stats_max::INT AS high
       FROM parquet_metadata('${file}') WHERE path_in_schema = 'n' ORDER BY row_group_id`,
    );
    const found = groups.getRowObjectsJson() as { size: number; compression: string; low: number; high: number }[];
    connection.closeSync();
    instance.closeSync();
    expect(found.length).toBeGreaterThan(3);
    expect(found.every(({ compression }) => compression === 'ZSTD')).toBe(true);
    expect(Math.max(...found.map(({ size }) => size))).toBeLessThanOrEqual(4096);
    for (let index = 1; index < found.length; index++) {
      expect(found[index]?.low).toBeGreaterThanOrEqual(found[index - 1]?.high as number);
    }
  });

  test('stays within the local limit: what does not fit comes in further transactions', async () => {
    const dataset = testDataset();
    for (let object = 0; object < 12; object++) {
      const rows = Array.from({ length: 1000 }, (_, row) => line(`${object}-${row}`));
      await lake.put(dataset, `${String(object).padStart(2, '0')}.json`, rows.join(''));
    }
    const results = await lake.compact(dataset, { maxLocalBytes: 150_000 });
    expect(results.reduce((sum, { rowsOut }) => sum + rowsOut, 0)).toBe(12_000);
    expect(await lake.query(dataset, 'count(DISTINCT id)::INT AS ids, count(*)::INT AS rows')).toEqual([
      { ids: 12_000, rows: 12_000 },
    ]);
    // And the undersized files that come of it are merged within the run.
    expect((await lake.files(dataset)).length).toBeLessThanOrEqual(dataset.compaction.maxUndersizedFiles);
  });

  test('merging keeps columns and rows of files from before the dataset changed', async () => {
    const before = testDataset();
    for (let n = 0; n < 2; n++) {
      await lake.put(before, `${n}.json`, line(`old${n}`, n));
      await lake.compact(before);
    }
    const after = testDataset({
      columns: [...COLUMNS.filter(({ name }) => name !== 'n'), { name: 'added', type: 'array<double>' }],
      input: { formats: ['ndjson'] },
      compaction: { maxUndersizedFiles: 2 },
    });
    await lake.put(after, '2.json', '{"id":"new","at":"2026-06-15T10:00:00Z","added":[1.5]}\n');
    expect(only(await lake.compact(after))).toMatchObject({ rowsOut: 1, filesReplaced: 3, filesWritten: 1 });
    expect(await lake.ids(after)).toEqual(['new', 'old0', 'old1']);
    expect(await lake.query(after, 'id, n', "WHERE id LIKE 'old%' ORDER BY id", PARTITION)).toEqual([
      { id: 'old0', n: 0 },
      { id: 'old1', n: 1 },
    ]);
  });
});

test('an object that is rewritten while it is taken in survives as new work', async () => {
  const dataset = testDataset();
  await lake.put(dataset, 'a.json', line('1'));
  const converter = await lake.converter();
  const load = converter.load.bind(converter);
  converter.load = async (ref, objects) => {
    const batch = await load(ref, objects);
    await lake.put(dataset, 'a.json', line('2'));
    return batch;
  };
  const task = {
    kind: 'compact',
    dataset: 'events',
    partition: PARTITION,
    through: `raw/events/${PARTITION}/a.json`,
  } as const;
  const limit = { getRemainingTimeInMillis: () => 0 };
  await runTask(lake.lake(), { dataset, partition: PARTITION }, task, converter, { ...AMPLE, limit });
  expect(await lake.ids(dataset)).toEqual(['1']);
  expect(await lake.keys('raw')).toHaveLength(1);
  await lake.compact(dataset);
  expect(await lake.ids(dataset)).toEqual(['1', '2']);
});
