/** Rows of Parquet objects against a dataset: which are taken, which are rejected and why, and which objects are unreadable. */
import { writeFile } from 'node:fs/promises';
import { copyStruct, ThriftReader, ThriftWriter } from '../../../lambda/compaction/engine/parquet/thrift';
import { checkParquet, type ParquetEngine } from '../../../lambda/compaction/engine/parquet-input';
import { DeadlineError } from '../../../lambda/compaction/limits/deadline';
import type { Dataset, ValueSource } from '../../../lib/dataset';
import { parseType } from '../../../lib/dataset/types';
import { MIB } from '../../../lib/dataset/units';
import { UnreadableObjectError } from '../../../lib/rows';
import { ANNOTATIONS as A, type Cell, type Leaf, type Node, writeParquet } from '../../support/parquet/writer';
import { testDataset } from '../support/test-dataset';
import { TestEngine } from '../support/test-engine';

let engine: TestEngine;
beforeAll(async () => {
  engine = await TestEngine.open();
});
afterAll(() => engine.close());

const INT: Leaf = { physical: 'INT32' };
const LONG: Leaf = { physical: 'INT64' };
const TEXT: Leaf = { physical: 'BYTE_ARRAY', annotation: A.UTF8 };
const leaf = (name: string, of: Leaf = INT): Node => ({ name, ...of });
const group = (name: string, ...children: readonly Node[]): Node => ({ name, children });
const listOf = (name: string, element: Leaf | { readonly children: readonly Node[] }): Node => ({
  name,
  annotation: A.LIST,
  children: [{ name: 'list', repetition: 'repeated', children: [{ name: 'element', ...element }] }],
});
const mapOf = (name: string, key: Leaf, value: Leaf | { readonly children: readonly Node[] }): Node => ({
  name,
  annotation: A.MAP,
  children: [
    {
      name: 'key_value',
      repetition: 'repeated',
      children: [
        { name: 'key', ...key },
        { name: 'value', ...value },
      ],
    },
  ],
});
const text = (value: string): Buffer => Buffer.from(value);
const items = (...values: readonly Cell[]): Cell => ({ list: values.map((element) => ({ element })) });
const entries = (...pairs: readonly (readonly [Cell, Cell])[]): Cell => ({
  key_value: pairs.map(([key, value]) => ({ key, value })),
});

interface Declared {
  readonly type: string;
  readonly notNull?: boolean;
  readonly from?: ValueSource;
  readonly unless?: Dataset['columns'][number]['unless'];
}
type Columns = Readonly<Record<string, string | Declared>>;
function datasetOf(columns: Columns, nulls?: readonly string[]): Dataset {
  const base = testDataset();
  return {
    ...base,
    input: { ...base.input, ...(nulls !== undefined && { nulls }) },
    columns: Object.entries(columns).map(([name, one]) => {
      const { type, notNull = false, ...more } = typeof one === 'string' ? { type: one } : one;
      return { name, type: parseType(type), notNull, comment: undefined, ...more } as Dataset['columns'][number];
    }),
  };
}

let made = 0;
async function fileOf(bytes: Buffer): Promise<string> {
  const path = engine.session.path(`made-${5e6 + made++}`);
  await writeFile(path, bytes);
  return path;
}

/** What becomes of the rows of a file: rows as JSON, and reasons by the number of the row. */
async function taken(
  columns: Columns,
  nodes: readonly Node[],
  rows: readonly Record<string, Cell>[],
  nulls?: readonly string[],
) {
  const dataset = datasetOf(columns, nulls);
  const path = await fileOf(writeParquet(nodes, rows));
  const checked = await checkParquet(engine.session, dataset, path);
  const found = await engine.session.rows(`SELECT to_json(one_row)::VARCHAR AS json FROM (${checked.query}) one_row`);
  const numbered = await engine.session.rows(
    `SELECT "row number" AS line, "row as JSON" AS raw FROM (${checked.numberedQuery}) ORDER BY line`,
  );
  expect([found.length, numbered.length]).toEqual([checked.accepted, checked.accepted]);
  const lines = [...numbered.map(({ line }) => Number(line)), ...checked.rejected.map(({ line }) => line)];
  expect(lines.sort((a, b) => a - b)).toEqual(rows.map((_, index) => index + 1));
  return {
    rows: found.map(({ json }) => JSON.parse(String(json))),
    rejected: checked.rejected.map(({ line, reason }) => `${line} ${reason}`),
    raw: [...checked.rejected.map(({ raw }) => raw.toString()), ...numbered.map(({ raw }) => String(raw))],
    unknown: checked.unknownFields.map(({ name, similarTo, count }) => [name, similarTo, count]),
  };
}
const unreadable = async (columns: Columns, nodes: readonly Node[], rows: readonly Record<string, Cell>[] = []) => {
  const outcome = await taken(columns, nodes, rows).catch((error: unknown) => error);
  expect(outcome).toBeInstanceOf(UnreadableObjectError);
  return (outcome as Error).message;
};

describe('columns', () => {
  test('have the order, names and types of the dataset; what is missing is null', async () => {
    const found = await taken(
      { b: 'bigint', gone: 'array<int>', a: 'string' },
      [leaf('a', TEXT), leaf('b')],
      [
        { a: text('x'), b: 7 },
        { a: null, b: null },
      ],
    );
    expect(found).toMatchObject({ rejected: [], unknown: [] });
    expect(found.rows.map((row) => JSON.stringify(row))).toEqual([
      '{"b":7,"gone":null,"a":"x"}',
      '{"b":null,"gone":null,"a":null}',
    ]);
    expect(found.raw).toEqual(['{"a":"x","b":7}', '{"a":null,"b":null}']);
  });

  test('that must not be null have a value, or the row is rejected; without the column the object is', async () => {
    const columns: Columns = { a: { type: 'tinyint', notNull: true }, b: { type: 'string', notNull: true } };
    const nodes = [leaf('a'), leaf('b', TEXT)];
    const found = await taken(columns, nodes, [
      { a: 1, b: text('x') },
      { a: null, b: text('x') },
      { a: 300, b: null },
      { a: 1, b: null },
    ]);
    expect(found.rejected).toEqual([
      '2 a: null in a column that must have a value',
      '3 a: 300 (INT32) does not fit a tinyint exactly',
      '4 b: null in a column that must have a value',
    ]);
    expect(await unreadable(columns, [leaf('a')])).toBe('it has no column b, which must not be null');
  });

  test('that a row which deletes need not have are only needed by the others', async () => {
    const unless = { column: 'op', values: ['D', 'x'] };
    const columns: Columns = { op: { type: 'string', notNull: true }, n: { type: 'int', notNull: true, unless } };
    const rows = ['D', 'U', 'x', 'd'].map((op) => ({ op: text(op), n: null }));
    const found = await taken(columns, [leaf('op', TEXT), leaf('n')], rows);
    expect(found.rejected).toEqual([
      '2 n: null in a column that must have a value',
      '4 n: null in a column that must have a value',
    ]);
    // A null in the marker is no deletion.
    const unsaid: Columns = { op: 'string', n: { type: 'int', notNull: true, unless } };
    expect(
      (
        await taken(
          unsaid,
          [leaf('op', TEXT), leaf('n')],
          [
            { op: null, n: null },
            { op: null, n: 1 },
          ],
        )
      ).rejected,
    ).toEqual(['1 n: null in a column that must have a value']);
    // Without a column of the marker no row deletes.
    const other: Columns = { n: { type: 'int', notNull: true, unless: { column: 'gone', values: [1] } } };
    expect((await taken(other, [leaf('n')], [{ n: null }, { n: 1 }])).rejected).toHaveLength(1);
    const byNumber: Columns = {
      op: 'tinyint',
      n: { type: 'int', notNull: true, unless: { column: 'op', values: [1] } },
    };
    // One whose marker does not fit is rejected for that.
    expect(
      (
        await taken(
          byNumber,
          [leaf('op'), leaf('n')],
          [
            { op: 1, n: null },
            { op: 300, n: null },
          ],
        )
      ).rejected,
    ).toEqual(['2 op: 300 (INT32) does not fit a tinyint exactly']);
  });

  test('of another type make the object unreadable, with what to do', async () => {
    expect(await unreadable({ a: 'date' }, [leaf('a')])).toBe(
      'column a: the file has INT32, the dataset declares a date; write it as DATE, or declare int',
    );
    expect(
      await unreadable({ a: 'struct<b:array<struct<c:date>>>' }, [group('a', listOf('b', { children: [leaf('c')] }))]),
    ).toBe('column a.b[].c: the file has INT32, the dataset declares a date; write it as DATE, or declare int');
    expect(await unreadable({ a: 'map<string,int>' }, [mapOf('a', INT, INT)])).toBe(
      'column a[key]: the file has INT32, the dataset declares a string; write it as a STRING, or declare int',
    );
    expect(await unreadable({ a: 'map<int,date>' }, [mapOf('a', INT, INT)])).toBe(
      'column a[value]: the file has INT32, the dataset declares a date; write it as DATE, or declare int',
    );
    for (const [type, node, what] of [
      ['array<int>', leaf('a'), 'INT32'],
      ['map<int,int>', listOf('a', INT), 'a list of INT32'],
      ['struct<b:int>', mapOf('a', INT, INT), 'a map'],
      ['int', group('a', leaf('b')), 'a struct'],
      ['array<int>', group('a', leaf('b')), 'a struct'],
    ] as const) {
      expect(await unreadable({ a: type }, [node])).toContain(`column a: the file has ${what}, the dataset declares a`);
    }
  });

  test('that are not declared are named, with those that look like them', async () => {
    const nodes = [leaf('a'), leaf('A'), group('s', leaf('x'), leaf('X'), leaf('y')), leaf('other')];
    const row = { a: 1, A: 2, s: { x: 3, X: 4, y: 5 }, other: 6 };
    const found = await taken({ a: 'int', s: 'struct<x:int>' }, nodes, [row, row]);
    expect(found.rows).toEqual([
      { a: 1, s: { x: 3 } },
      { a: 1, s: { x: 3 } },
    ]);
    expect(found.unknown).toEqual([
      ['s.X', 'x', 2],
      ['s.y', undefined, 2],
      ['A', 'a', 2],
      ['other', undefined, 2],
    ]);
  });
});

describe('lists, maps and structs', () => {
  test('are as they are where every part is', async () => {
    const nodes = [listOf('l', INT), mapOf('m', TEXT, INT), group('s', leaf('a'), leaf('b', TEXT))];
    const found = await taken({ l: 'array<int>', m: 'map<string,int>', s: 'struct<a:int,b:string>' }, nodes, [
      { l: items(1, null), m: entries([text('k'), 1], [text('l'), null]), s: { a: 1, b: text('x') } },
      { l: null, m: null, s: null },
      { l: items(), m: entries(), s: { a: null, b: null } },
    ]);
    expect(found).toMatchObject({ rejected: [], unknown: [] });
    expect(found.rows).toEqual([
      { l: [1, null], m: { k: 1, l: null }, s: { a: 1, b: 'x' } },
      { l: null, m: null, s: null },
      { l: [], m: {}, s: { a: null, b: null } },
    ]);
  });

  test('are converted part by part, and a part that does not fit has its place in the reason', async () => {
    const nodes = [
      listOf('l', INT),
      mapOf('m', TEXT, LONG),
      group('s', leaf('b', TEXT), leaf('a', LONG), listOf('deep', { children: [leaf('n', LONG)] })),
    ];
    const columns = {
      l: 'array<tinyint>',
      m: 'map<int,int>',
      s: 'struct<a:int,b:string,none:date,deep:array<struct<n:tinyint>>>',
    };
    const good = {
      l: items(1, null, -128),
      m: entries([text('7'), 1n]),
      s: { b: text('x'), a: 5n, deep: items({ n: 1n }, null) },
    };
    const found = await taken(columns, nodes, [
      good,
      { ...good, l: items(1, 200, 300) },
      { ...good, m: entries([text('7'), 1n], [text('8'), 3_000_000_000n]) },
      { ...good, m: entries([text('x'), 1n]) },
      { ...good, m: entries([text('0'), 1n], [text('-0'), 2n]) },
      { ...good, s: { b: null, a: 3_000_000_000n, deep: null } },
      { ...good, s: { b: null, a: null, deep: items({ n: 1n }, { n: 999n }) } },
      { l: null, m: null, s: null },
    ]);
    expect(found.rows).toEqual([
      { l: [1, null, -128], m: { 7: 1 }, s: { a: 5, b: 'x', none: null, deep: [{ n: 1 }, null] } },
      { l: null, m: null, s: null },
    ]);
    expect(found.rejected).toEqual([
      '2 l[1]: 200 (INT32) does not fit a tinyint exactly',
      '3 m[8]: 3000000000 (INT64) does not fit an int exactly',
      '4 m[key]: x (BYTE_ARRAY UTF8) does not fit an int exactly',
      '5 m: a key occurs twice',
      '6 s.a: 3000000000 (INT64) does not fit an int exactly',
      '7 s.deep[1].n: 999 (INT64) does not fit a tinyint exactly',
    ]);
  });

  test('maps have keys, each once', async () => {
    const found = await taken(
      { m: 'map<string,int>' },
      [mapOf('m', TEXT, INT)],
      [
        { m: entries([text('a'), 1], [text('b'), 1]) },
        { m: entries([text('a'), 1], [text('a'), 2]) },
        { m: entries([null, 1]) },
      ],
    );
    expect(found.rejected).toEqual(['2 m: a key occurs twice', '3 m: null as a key']);
    const keys = await taken(
      { m: 'map<tinyint,int>' },
      [mapOf('m', INT, INT)],
      [{ m: entries([300, 1]) }, { m: entries([5, 6]) }],
    );
    expect([keys.rows, keys.rejected]).toEqual([
      [{ m: { 5: 6 } }],
      ['1 m[key]: 300 (INT32) does not fit a tinyint exactly'],
    ]);
  });

  test('a field that is the same under another order, or beside others, is found by its name', async () => {
    const columns = { s: 'struct<a:int,b:int>' };
    expect((await taken(columns, [group('s', leaf('b'), leaf('a'))], [{ s: { a: 1, b: 2 } }])).rows).toEqual([
      { s: { a: 1, b: 2 } },
    ]);
    const more = await taken(
      columns,
      [group('s', leaf('a'), leaf('b'), leaf('c'))],
      [{ s: { a: 1, b: 2, c: 3 } }, { s: null }],
    );
    expect([more.rows, more.unknown]).toEqual([[{ s: { a: 1, b: 2 } }, { s: null }], [['s.c', undefined, 2]]]);
    const fewer = await taken(columns, [group('s', leaf('b'))], [{ s: { b: 2 } }]);
    expect(fewer.rows).toEqual([{ s: { a: null, b: 2 } }]);
  });

  test('of nulls alone are null, and a value in them is rejected', async () => {
    const nulls: Leaf = { physical: 'INT32', annotation: A.UNKNOWN };
    const found = await taken({ v: 'array<struct<a:int>>' }, [leaf('v', nulls)], [{ v: null }, { v: 7 }]);
    expect([found.rows, found.rejected]).toEqual([
      [{ v: null }],
      ['2 v: 7 (INT32 UNKNOWN) is a value in a column of nulls'],
    ]);
  });
});

describe('values of other places', () => {
  const from = (type: string, source: ValueSource): Declared => ({ type, from: source });

  test('the first that is not null, of several; and each has to fit', async () => {
    const columns: Columns = { n: from('tinyint', [['x'], ['env', 'y']]) };
    const nodes = [leaf('x'), group('env', leaf('y')), leaf('n', TEXT)];
    const found = await taken(columns, nodes, [
      { x: 1, env: { y: 2 }, n: text('3') },
      { x: null, env: { y: 2 }, n: text('3') },
      { x: null, env: null, n: text('3') },
      { x: null, env: null, n: null },
      { x: 1, env: { y: 300 }, n: null },
      { x: 1, env: null, n: text('soon') },
    ]);
    expect(found.rows).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }, { n: null }]);
    expect(found.rejected).toEqual([
      '5 n: 300 (INT32) does not fit a tinyint exactly',
      '6 n: soon (BYTE_ARRAY UTF8) does not fit a tinyint exactly',
    ]);
    const needed = { n: { ...from('int', [['x'], ['y']]), notNull: true } };
    expect(
      (
        await taken(
          needed,
          [leaf('x'), leaf('y')],
          [
            { x: null, y: 1 },
            { x: null, y: null },
          ],
        )
      ).rejected,
    ).toEqual(['2 n: null in a column that must have a value']);
  });

  test('any spelling, but not two of them', async () => {
    const columns: Columns = { event_id: from('int', 'snake') };
    expect((await taken(columns, [leaf('eventID')], [{ eventID: 7 }])).rows).toEqual([{ event_id: 7 }]);
    expect(await unreadable(columns, [leaf('eventID'), leaf('EventId'), leaf('x')])).toBe(
      'it has 2 columns for event_id: "eventID" and "EventId"; keep one of them',
    );
  });

  test('a path leads through groups, by names that are there once', async () => {
    const columns: Columns = { n: from('int', [['a', 'b', 'c']]) };
    const nodes = [group('a', group('b', leaf('c')))];
    expect((await taken(columns, nodes, [{ a: { b: { c: 7 } } }, { a: { b: null } }, { a: null }])).rows).toEqual([
      { n: 7 },
      { n: null },
      { n: null },
    ]);
    expect((await taken(columns, [group('a', leaf('x'))], [{ a: { x: 1 } }])).rows).toEqual([{ n: null }]);
    const through = (path: string): string =>
      `column ${path}: the file has INT32, but n is taken out of a group; write a group, or change the from of the dataset`;
    expect(await unreadable(columns, [leaf('a')])).toBe(through('"a"'));
    expect(await unreadable(columns, [group('a', leaf('b'))])).toBe(through('"a" / "b"'));
    expect(await unreadable(columns, [group('a', leaf('b'), leaf('b'))])).toBe('it has 2 columns "a" / "b"');
    expect(await unreadable({ n: from('int', [['x']]) }, [leaf('x'), leaf('x')])).toBe('it has 2 columns x');
  });

  const both = (type = 'string'): Columns => ({ both: from(type, { join: [['a'], ['e', 'b']] }) });
  test('texts, whole numbers and dates are joined with a blank, null where one is null', async () => {
    const nodes = [leaf('a', TEXT), group('e', leaf('b'))];
    expect(
      (
        await taken(both(), nodes, [
          { a: text('x'), e: { b: 7 } },
          { a: null, e: { b: 7 } },
          { a: text('x'), e: null },
        ])
      ).rows,
    ).toEqual([{ both: 'x 7' }, { both: null }, { both: null }]);
    const dated = [leaf('a', { physical: 'INT32', annotation: A.DATE }), group('e', leaf('b', TEXT))];
    expect((await taken(both(), dated, [{ a: 1, e: { b: text('y') } }])).rows).toEqual([{ both: '1970-01-02 y' }]);
    // As a whole, where a part has no place.
    expect((await taken(both(), [leaf('both', TEXT)], [{ both: text('w') }])).rows).toEqual([{ both: 'w' }]);
    expect(
      (await taken(both(), [...nodes, leaf('both', TEXT)], [{ a: null, e: { b: 1 }, both: text('w') }])).rows,
    ).toEqual([{ both: 'w' }]);
    expect(await unreadable(both(), [leaf('a', { physical: 'DOUBLE' }), group('e', leaf('b'))])).toBe(
      'column a: the file has DOUBLE, but both is joined from texts, whole numbers and dates',
    );
    expect((await taken(both('int'), nodes, [{ a: text('x'), e: { b: 7 } }])).rejected).toEqual([
      '1 both: x 7 (a and b, joined) does not fit an int exactly',
    ]);
  });

  test('texts that are not UTF-8 are rejected, also where they are joined; the others are taken', async () => {
    const nodes = [leaf('a', TEXT), group('e', leaf('b'))];
    const found = await taken(both(), nodes, [
      { a: Buffer.from([0xff]), e: { b: 1 } },
      { a: text('é'), e: { b: 2 } },
    ]);
    expect([found.rows, found.rejected]).toEqual([
      [{ both: 'é 2' }],
      [expect.stringMatching(/^1 both: .* \(a and b, joined\) is not UTF-8$/)],
    ]);
    const plain = await taken(
      { t: 'string', n: 'int' },
      [leaf('t', TEXT), leaf('n', TEXT)],
      [
        { t: Buffer.from([0x61, 0xff]), n: text('1') },
        { t: text('é'), n: text('2') },
        { t: text('x'), n: Buffer.from([0xff]) },
      ],
    );
    expect(plain.rows).toEqual([{ t: 'é', n: 2 }]);
    expect(plain.rejected).toEqual([
      expect.stringMatching(/^1 t: .* \(BYTE_ARRAY UTF8\) is not UTF-8$/),
      expect.stringMatching(/^3 n: .* \(BYTE_ARRAY UTF8\) does not fit an int exactly$/),
    ]);
    expect(plain.raw[0]).toBe('{"t":"a\\\\xFF","n":"1"}');
  });

  test('texts that mean null are null, at any depth, and only texts', async () => {
    const columns: Columns = { n: 'int', b: 'binary', s: 'struct<t:string>', j: 'string' };
    const nodes = [
      leaf('n', TEXT),
      leaf('b', { physical: 'BYTE_ARRAY' }),
      group('s', leaf('t', TEXT)),
      leaf('j', { physical: 'BYTE_ARRAY', annotation: A.JSON }),
    ];
    const row = { n: text('-'), b: text('-'), s: { t: text('NA') }, j: text('-') };
    const found = await taken(columns, nodes, [row, { ...row, n: text('7'), s: { t: text('--') } }], ['-', 'NA']);
    expect(found.rows).toEqual([
      { n: null, b: null, s: { t: null }, j: '-' },
      { n: 7, b: null, s: { t: '--' }, j: '-' },
    ]);
    const bytes = await taken(
      { n: 'string' },
      [leaf('n', TEXT)],
      [{ n: text('-') }, { n: Buffer.from([0xff]) }],
      ['-'],
    );
    expect([bytes.rows, bytes.rejected.length]).toEqual([[{ n: null }], 1]);
  });
});

test('a row in quarantine is shown as people read it', async () => {
  const nodes = [
    leaf('n'),
    leaf('ms', { physical: 'INT64', annotation: A.timestamp('MILLIS', true) }),
    leaf('us', { physical: 'INT64', annotation: A.timestamp('MICROS', true) }),
    leaf('ns', { physical: 'INT64', annotation: A.timestamp('NANOS', true) }),
    leaf('far', { physical: 'INT64', annotation: A.timestamp('MILLIS', true) }),
    leaf('b', { physical: 'BYTE_ARRAY' }),
    leaf('raw', { physical: 'BYTE_ARRAY' }),
    group('s', leaf('x')),
  ];
  const row = {
    ...{ n: 300, ms: 1_781_517_600_123n, us: 1_781_517_600_123_456n, ns: 1_781_517_600_123_456_789n, far: 2n ** 62n },
    ...{ b: text('é'), raw: Buffer.from([0x61, 0xff]), s: { x: 1 } },
  };
  const { raw } = await taken({ n: 'tinyint' }, nodes, [row]);
  expect(JSON.parse(raw[0] as string)).toEqual({
    n: 300,
    ms: '2026-06-15 10:00:00.123',
    us: '2026-06-15 10:00:00.123456',
    ns: '2026-06-15 10:00:00.123456789',
    far: String(2n ** 62n),
    b: 'é',
    raw: 'a\\xFF',
    s: { x: 1 },
  });
});

test('a long value is cut in its reason', async () => {
  const long = 'x'.repeat(150);
  const { rejected } = await taken(
    { n: 'int', m: 'map<string,tinyint>' },
    [leaf('n', TEXT), mapOf('m', TEXT, INT)],
    [
      { n: text(long), m: null },
      { n: null, m: entries([text(long), 300]) },
    ],
  );
  expect(rejected).toEqual([
    `1 n: ${'x'.repeat(100)} (BYTE_ARRAY UTF8) does not fit an int exactly`,
    `2 m[${'x'.repeat(40)}]: 300 (INT32) does not fit a tinyint exactly`,
  ]);
});

describe('an object', () => {
  test('with more than 100,000 rows that do not fit is one of another dataset', async () => {
    const rows = async (bad: number): Promise<string> =>
      await engine.parquet(`SELECT (CASE WHEN i < ${bad} THEN 300 ELSE 1 END)::INTEGER AS n FROM range(100002) t(i)`);
    const dataset = datasetOf({ n: 'tinyint' });
    expect(await checkParquet(engine.session, dataset, await rows(100_000))).toMatchObject({ accepted: 2 });
    await expect(checkParquet(engine.session, dataset, await rows(100_001))).rejects.toEqual(
      new UnreadableObjectError(
        'more than 100000 of its rows were rejected; the first was row 1: n: 300 (INT32 INT_32) does not fit a tinyint exactly',
      ),
    );
  });

  test('with more than 64 MiB of rows that do not fit is one of another dataset, too', async () => {
    const dataset = datasetOf({ n: 'tinyint', s: 'string' });
    const bytes = MIB / 64 - '{"n":300,"s":""}'.length;
    const rows = async (bad: number, more: number): Promise<string> =>
      await engine.parquet(
        `SELECT CASE WHEN i < ${bad} THEN 300 ELSE 1 END AS n, repeat('x', CASE i WHEN 0 THEN ${bytes + more} ELSE ${bytes} END) AS s
         FROM range(4097) t(i)`,
      );
    const { accepted, rejected } = await checkParquet(engine.session, dataset, await rows(4096, 0));
    expect([accepted, rejected.length, rejected[4095]?.raw.length]).toEqual([1, 4096, MIB / 64]);
    for (const tooMuch of [await rows(4096, 1), await rows(4097, 0)]) {
      await expect(checkParquet(engine.session, dataset, tooMuch)).rejects.toEqual(
        new UnreadableObjectError(
          `more than ${64 * MIB} bytes of its rows were rejected; the first was row 1: n: 300 (INT32 INT_32) does not fit a tinyint exactly`,
        ),
      );
    }
  });

  test('whose footer says another number of rows is not readable', async () => {
    const bytes = writeParquet([leaf('n')], [{ n: 1 }, { n: 2 }]);
    const length = bytes.readUInt32LE(bytes.length - 8);
    const start = bytes.length - 8 - length;
    const writer = new ThriftWriter();
    const fiveRows = (from: ThriftReader, to: ThriftWriter): void => {
      from.integer();
      to.integer(5);
    };
    copyStruct(new ThriftReader(bytes.subarray(start, start + length)), writer, (id) =>
      id === 3 ? fiveRows : undefined,
    );
    const tail = Buffer.from(bytes.subarray(-8));
    tail.writeUInt32LE(writer.bytes.length, 0);
    const path = await fileOf(Buffer.concat([bytes.subarray(0, start), writer.bytes, tail]));
    await expect(checkParquet(engine.session, datasetOf({ n: 'int' }), path)).rejects.toEqual(
      new UnreadableObjectError('not a readable Parquet file: its footer says 5 rows, but it holds 2'),
    );
  });

  /** Errors that a test cannot bring about: an engine that ends in them. */
  const failing = (...errors: readonly unknown[]): { engine: ParquetEngine; calls: () => number } => {
    let calls = 0;
    const fail = async (): Promise<never> => {
      throw errors[Math.min(calls++, errors.length - 1)];
    };
    return { engine: { rows: fail }, calls: () => calls };
  };
  const ended = async (...errors: readonly unknown[]) => {
    const path = await fileOf(writeParquet([leaf('n')], [{ n: 1 }]));
    const { engine: broken, calls } = failing(
      ...errors.map((one) => (typeof one === 'string' ? new Error(one.replaceAll('PATH', path)) : one)),
    );
    const error = await checkParquet(broken, datasetOf({ n: 'tinyint' }), path).catch((found: unknown) => found);
    return { error, calls: calls() };
  };

  test.each([
    'Out of Memory Error: could not allocate block',
    'INTERRUPT Error: Interrupted!',
    'FATAL Error: database has been invalidated',
    'INTERNAL Error: Attempted to access index 1',
    'IO Error: Could not write: No space left on device',
    'IO Error: Failed to offload data block',
    'Failed to allocate data block',
  ])('is not at fault for an error of the machine: %s', async (message) => {
    const { error, calls } = await ended(message);
    expect(error).not.toBeInstanceOf(UnreadableObjectError);
    expect([(error as Error).message, calls]).toEqual([message, 1]);
  });

  test('is not at fault when the time of the task is over', async () => {
    const over = new DeadlineError('over');
    expect(await ended(over)).toEqual({ error: over, calls: 1 });
    expect((await ended('Invalid Input Error: Invalid string encoding found', over)).error).toBe(over);
  });

  test.each([
    ['Invalid Input Error: Snappy decompression failure', 'Snappy decompression failure'],
    ['Invalid Input Error: Failed to read file "PATH": bad page\nLINE 1: SELECT', 'bad page'],
    ['IO Error: PATH and PATH are broken', 'the file and the file are broken'],
    ['TProtocolException: Invalid data, Out of Memory Error', 'TProtocolException: Invalid data, Out of Memory Error'],
    ['', ''],
  ])('is at fault otherwise, and says so without the name of its copy: %j', async (message, told) => {
    expect(await ended(message)).toEqual({
      error: new UnreadableObjectError(`not a readable Parquet file: ${told}`),
      calls: 1,
    });
  });

  test('of which a text is not UTF-8 is read again as bytes, once', async () => {
    const encoding = 'Invalid Input Error: invalid string encoding found in Parquet file';
    expect(await ended(encoding, 'Invalid Input Error: bad page')).toEqual({
      error: new UnreadableObjectError('not a readable Parquet file: bad page'),
      calls: 2,
    });
    expect((await ended(encoding, encoding)).calls).toBe(2);
    // What is said of the object itself is the last word.
    const own = new UnreadableObjectError('Invalid string encoding');
    expect(await ended(own, 'other')).toEqual({ error: own, calls: 1 });
  });
});
