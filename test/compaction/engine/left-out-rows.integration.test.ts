/** Rows of a batch that are not stored: those that are there already, those that were erased, and those that fail checks. */
import type { DuckDbConverter } from '../../../lambda/compaction/engine/duckdb-converter';
import { ChecksFailedError } from '../../../lambda/compaction/protocol/checks-failed';
import type { Batch } from '../../../lambda/compaction/protocol/converter';
import type { ObjectInfo } from '../../../lambda/compaction/store/object-store';
import { type Dataset, type DatasetDefinition, rawPrefix } from '../../../lib/dataset';
import { ConverterBench, nameOf, ONE, rows } from '../support/converter-bench';
import { COLUMNS, line, PARTITION, type RealLake } from '../support/real-lake';
import { testErasure } from '../support/test-erasure';

let bench: ConverterBench;
let lake: RealLake;
beforeAll(async () => {
  bench = await ConverterBench.open();
  ({ lake } = bench);
});
afterAll(() => bench.close());
afterEach(() => {
  lake.refuse = () => undefined;
});

describe('rows that are there already', () => {
  test('are left out by their key, in the batch and in the files of the partition', async () => {
    const dataset = bench.dataset({ dedupeKey: ['id'] });
    const first = await bench.load(dataset, { 'a.json': line('a') + line('b') + line('a', 2) });
    const one = await first.write([]);
    expect([await bench.texts(one), one.rows, one.duplicates]).toEqual([['a 1', 'b 1'], 2, 1]);
    const base = await bench.stored(one, dataset);
    await one.dispose();
    expect((await bench.local()).filter((name) => /^write-/.test(name))).toEqual([]);
    const again = await first.write([base]);
    expect([again.paths, again.rows, again.duplicates]).toEqual([[], 0, 3]);
    await first.dispose();
    const second = await bench.load(dataset, { 'a.json': line('b', 9) + line('c') });
    const two = await second.write([base]);
    expect([await bench.texts(two), two.rows, two.duplicates]).toEqual([['c 1'], 1, 1]);
    await two.dispose();
    expect((await bench.local()).filter((name) => /keys/.test(name))).toEqual([]);
    await second.dispose();
  });

  test('are counted where only some of their values should be unique', async () => {
    const checks: DatasetDefinition['checks'] = [{ unique: ['n'] }, { unique: ['id', 'n'] }, { column: 'n', min: 0 }];
    const dataset = bench.dataset({ checks });
    const first = await bench.load(dataset, { 'a.json': line('a', 1) + line('b', 1) + line('c', 2) });
    // The lines are not needed any more.
    expect((await bench.local()).filter((name) => /lines/.test(name))).toEqual([]);
    const one = await first.write([]);
    expect(one.repeats).toEqual({ n_unique: 1 });
    expect(first.checks).toEqual({ rowsWarned: 0, rowsFailed: 0, failedChecks: {} });
    const base = await bench.stored(one, dataset);
    await first.dispose();
    const second = await bench.load(dataset, { 'a.json': line('a', 1) + line('d', 2) + line('e', 3) });
    expect((await second.write([base])).repeats).toEqual({ n_unique: 2, id_n_unique: 1 });
    expect((await bench.local()).filter((name) => /unique/.test(name))).toEqual([]);
    await second.dispose();
  });

  test('of a dataset whose rows supersede each other, go', async () => {
    const dataset = bench.dataset({ dedupe: { key: ['id'], keep: 'latest', by: 'n' } });
    const first = await bench.load(dataset, { 'a.json': line('a', 1) + line('b', 1) });
    const base = await bench.stored(await (await first.change([])).writeAdded(), dataset);
    await first.dispose();
    const second = await bench.load(dataset, { 'a.json': line('a', 5) + line('c', 1) });
    const changes = await second.change([base]);
    expect(changes).toMatchObject({ added: 1, superseded: 0, rewrites: [{ file: base, removed: 1, placed: 1 }] });
    expect(await bench.texts(await changes.rewrite(base))).toEqual(['a 5', 'b 1']);
    expect(await bench.texts(await changes.writeAdded())).toEqual(['c 1']);
    await changes.dispose();
    await second.dispose();
  });
});

describe('rows that were erased', () => {
  const erasure = (...keys: readonly string[]) => testErasure('id', ...keys);

  test('are left out and counted, also where they would be duplicates, and where they are all', async () => {
    const dataset = bench.dataset({ dedupeKey: ['id'] });
    const batch = await bench.load(dataset, { 'a.json': line('a') + line('a') + line('b') + line('c') }, {}, [
      erasure('a', 'x'),
      erasure('c'),
    ]);
    const written = await batch.write([]);
    expect([await bench.texts(written), written.rows, written.duplicates, written.erased]).toEqual([['b 1'], 1, 0, 3]);
    expect((await batch.write([])).erased).toBe(3);
    expect((await bench.local()).filter((name) => name === 'all.parquet')).toEqual([]);
    await batch.dispose();
    const none = await bench.load(dataset, { 'a.json': line('a'), 'b.json': '' }, {}, [erasure('a')]);
    const { paths, rows: left, erased } = await none.write([]);
    expect({ paths, left, erased }).toEqual({ paths: [], left: 0, erased: 1 });
    expect(await none.change([])).toMatchObject({ added: 0, erased: 1 });
    await none.dispose();
  });

  test('end no commit', async () => {
    const dataset = bench.dataset({ checks: [{ column: 'n', max: 5, onFail: 'fail' }] });
    const files = { 'a.json': line('a', 9) + line('b', 1) };
    await expect(bench.load(dataset, files)).rejects.toBeInstanceOf(ChecksFailedError);
    const batch = await bench.load(dataset, files, {}, [erasure('a')]);
    expect(await bench.texts(await batch.write([]))).toEqual(['b 1']);
    await batch.dispose();
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
    const dataset = bench.dataset({ checks: N, input: { formats: ['ndjson', 'parquet'] } });
    const batch = await bench.load(dataset, {
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
    expect([written.rows, await bench.texts(written)]).toEqual([3, ['b 1', 'd 2', 'r 50']]);
    await batch.dispose();
    expect(await bench.local()).toEqual([]);
  });

  test('by a column that paths give, are told in Parquet too', async () => {
    const dataset = bench.dataset({
      columns: [{ name: 'region', type: 'string' }, ...COLUMNS],
      input: { formats: ['parquet'], layout: '{region}/{yyyy}/{MM}/{dd}/' },
      checks: [{ column: 'region', notIn: ['moon'], onFail: 'quarantine' }],
    });
    const prefix = rawPrefix(dataset.name);
    const body = await lake.parquet(rows(`'p' AS id, AT AS "at", 2 AS n`));
    await lake.store.put('raw', `${prefix}moon/2026/06/15/a.parquet`, body);
    await lake.store.put('raw', `${prefix}mars/2026/06/15/b.parquet`, body);
    const converter = await lake.converter(ONE);
    const batch = await converter.load({ dataset, partition: PARTITION }, await bench.list('raw', prefix));
    expect(
      batch.inputs.map(({ accepted, rejected }) => [
        accepted,
        ...rejected.map(({ line: number, reason }) => `${number} ${reason}`),
      ]),
    ).toEqual([[1], [0, '1 check region_not_in: expected region not in "moon"']]);
    await batch.dispose();
  });

  test('that are all of a batch leave nothing to store', async () => {
    const batch = await bench.load(bench.dataset({ checks: N }), { 'a.json': line('a', -1) + line('b', -2) });
    expect(batch.checks).toEqual({ rowsWarned: 0, rowsFailed: 2, failedChecks: { n_range: 2 } });
    expect(await batch.write([])).toMatchObject({ rows: 0, paths: [] });
    await batch.dispose();
  });

  test('of a check that fails the commit: the error names a row, and the session is gone', async () => {
    const dataset = bench.dataset({
      checks: [{ column: 'n', max: 5, onFail: 'fail' }],
      input: { formats: ['ndjson', 'parquet'] },
    });
    const parquet = await lake.parquet(rows(`'p' AS id, AT AS "at", 1 AS n`, `'q', AT, 9`));
    const key = `${rawPrefix(dataset.name, PARTITION)}b.parquet`;
    const failed = await bench
      .load(dataset, { 'a.json': line('a', 1), 'b.parquet': parquet })
      .catch((error: unknown) => error);
    expect(failed).toMatchObject({
      object: { key },
      rows: 1,
      message: `nothing of ${dataset.name} was committed: 1 row fails n_range, which expects n up to 5 (1 row). For example line 2 of ${key}: check n_range: expected n up to 5. The raw objects stay where they are`,
    });
    expect(await bench.local()).toEqual([]);
  });

  test('that are too many make the batch smaller, and then larger again', async () => {
    const dataset = bench.dataset({ checks: N });
    const converter = await lake.converter({ ...ONE, maxFailingRows: 2 });
    const bad = await bench.offered(
      dataset,
      Object.fromEntries([0, 1, 2, 3, 4].map((index) => [`${index}.json`, line(`a${index}`, -1)])),
    );
    const good = bench.dataset({ checks: N });
    const names = [...Array(9).keys()].map((index) => `${index}.json`);
    const fine = await bench.offered(good, Object.fromEntries(names.map((name) => [name, line(name, 1)])));
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
    const dataset = bench.dataset({ checks });
    const converter = await lake.converter({ ...ONE, maxFailingRows: 2 });
    let left = await bench.offered(dataset, {
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
    const dataset = bench.dataset({ checks: N, input: { formats: ['parquet'] } });
    const batch = await bench.load(dataset, {
      'a.parquet': await lake.parquet(`SELECT 'a' AS id, TIMESTAMP '2026-06-15' AS "at", -1 AS n FROM range(100001)`),
    });
    expect(rejections(batch)).toEqual([
      ['a.parquet', 0, 'more than 100000 rows fail, 100001 of them check n_range: expected n from 0 to 99'],
    ]);
    await batch.dispose();
  });

  test('of an object that changes before the second look at it are left for the next run', async () => {
    const dataset = bench.dataset({ checks: N });
    let reads = 0;
    lake.refuse = (_, key) =>
      key.endsWith('a.json') && ++reads === 2 ? { status: 412, code: 'PreconditionFailed' } : undefined;
    const batch = await bench.load(dataset, { 'a.json': line('a', -1), 'b.json': line('b', -1) + line('c', 1) });
    expect(rejections(batch)).toEqual([['b.json', 1, `1 ${line('b', -1).slice(0, 40)}`]]);
    expect([batch.complete, await bench.texts(await batch.write([]))]).toEqual([true, ['c 1']]);
    await batch.dispose();
  });

  describe('with more bytes than a run keeps', () => {
    const MIB = 2 ** 20;
    const LARGE = {
      limits: { memoryMiB: 1024, spillMiB: 1024, threads: 1 },
      maxLocalBytes: 1024 * MIB,
      maxObjectBytes: 256 * MIB,
    };
    const failing = (id: string, mib: number) => line(id + 'x'.repeat(MIB / 16), -1).repeat(16 * mib);
    const parquet = async (id: string, mib: number, n: number) =>
      await lake.parquet(
        `SELECT '${id}' || repeat('x', ${MIB / 16}) AS id, TIMESTAMP '2026-06-15' AS "at", ${n} AS n FROM range(${16 * mib})
         UNION ALL SELECT '${id}', TIMESTAMP '2026-06-15', 1`,
      );
    const counts = ({ inputs, complete }: Batch) => [
      ...inputs.map((input) => `${nameOf(input)} ${input.accepted} ${input.rejected.length}`),
      complete ? 'all' : 'and more',
    ];

    test('make their object unreadable, and those around it are loaded', async () => {
      const dataset = bench.dataset({ checks: N, input: { formats: ['ndjson', 'parquet'] } });
      const objects = {
        'a.json': line('a', 1),
        'b.json': failing('b', 64) + line('b', 1),
        'c.parquet': await parquet('c', 64, -1),
        'd.json': line('d', -1) + line('e', 2),
      };
      const batch = await bench.load(dataset, objects, LARGE);
      const reason = (what: string) =>
        `more than ${64 * MIB} bytes of its ${what}s were rejected; the first was ${what} 1: check n_range: expected n from 0 to 99`;
      expect(rejections(batch)).toEqual([
        ['a.json', 1],
        ['b.json', 0, reason('line')],
        ['c.parquet', 0, reason('row')],
        ['d.json', 1, `1 ${line('d', -1).slice(0, 40)}`],
      ]);
      expect(batch.inputs.map(({ versionId }) => typeof versionId)).toEqual(batch.inputs.map(() => 'string'));
      expect([batch.complete, await bench.texts(await batch.write([]))]).toEqual([true, ['a 1', 'e 2']]);
      await batch.dispose();
    });

    test('make the batch smaller where no object alone has them', async () => {
      const text = failing('a', 55);
      const lines = await bench.load(
        bench.dataset({ checks: N }),
        { 'a.json': text, 'b.json': text, 'c.json': text, 'd.json': text },
        LARGE,
      );
      expect(counts(lines)).toEqual(['a.json 0 880', 'b.json 0 880', 'and more']);
      await lines.dispose();
      const body = await parquet('a', 55, -1);
      const names = ['a', 'b', 'c', 'd', 'e'].map((name) => `${name}.parquet`);
      const dataset = bench.dataset({ checks: N, input: { formats: ['parquet'] } });
      const rows = await bench.load(dataset, Object.fromEntries(names.map((name) => [name, body])), LARGE);
      expect(counts(rows)).toEqual(['a.parquet 1 880', 'b.parquet 1 880', 'and more']);
      await rows.dispose();
    });

    test('make it smaller where they do not fit a column, too', async () => {
      const dataset = bench.dataset({ input: { formats: ['parquet'] } });
      const body = await parquet('a', 55, 2 ** 33);
      const names = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `${name}.parquet`);
      const batch = await bench.load(dataset, Object.fromEntries(names.map((name) => [name, body])), LARGE);
      expect(counts(batch)).toEqual([...names.slice(0, 4).map((name) => `${name} 1 880`), 'and more']);
      await batch.dispose();
      // Of what was loaded first, too.
      expect(await bench.local()).toEqual([]);
    });
  });
});
