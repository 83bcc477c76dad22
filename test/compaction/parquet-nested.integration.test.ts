import fc from 'fast-check';
import { formatHiveType } from '../../lib/dataset/types';
import type { Plain } from '../support/parquet/reader';
import { ANNOTATIONS as A, type Cell, type Leaf, type Node, writeParquet } from '../support/parquet/writer';
import { datasetOf, expectVerdicts, ParquetIntake } from './support/parquet-intake';
import { type Verdict, verdict } from './support/parquet-model';
import { judge, SCALARS, SOURCES } from './support/parquet-sources';

let intake: ParquetIntake;
beforeAll(async () => {
  intake = await ParquetIntake.open();
});
afterAll(async () => {
  await intake.close();
});

/** A form in which a file may hold several values of a leaf in one row. */
interface Container {
  readonly name: string;
  readonly node: (leaf: Leaf) => Node;
  readonly type: (type: string) => string;
  readonly cell: (values: readonly Cell[]) => Cell;
  readonly value: (values: readonly Plain[]) => Plain;
  /** Whether values may be null. */
  readonly nulls: boolean;
  readonly keys?: boolean;
}

const asList = (values: readonly Plain[]): Plain => values;
const array = (type: string): string => `array<${type}>`;
const INT: Leaf = { physical: 'INT32' };
const TEXT: Leaf = { physical: 'BYTE_ARRAY', annotation: A.UTF8 };
const OLD_LIST = { converted: 3 };
const keyOf = (index: number): string => `k${index}`;

const CONTAINERS: readonly Container[] = [
  {
    name: 'a list of three levels',
    node: (leaf) => listOf({ name: 'element', ...leaf }),
    type: array,
    cell: (values) => ({ list: values.map((element) => ({ element })) }),
    value: asList,
    nulls: true,
  },
  {
    name: 'a list as Hive writes it',
    node: (leaf) => ({
      name: 'v',
      annotation: OLD_LIST,
      children: [{ name: 'bag', repetition: 'repeated', children: [{ name: 'array_element', ...leaf }] }],
    }),
    type: array,
    cell: (values) => ({ bag: values.map((element) => ({ array_element: element })) }),
    value: asList,
    nulls: true,
  },
  {
    name: 'a list of two levels',
    node: (leaf) => ({
      name: 'v',
      annotation: OLD_LIST,
      children: [{ name: 'array', repetition: 'repeated', ...leaf }],
    }),
    type: array,
    cell: (values) => ({ array: values }),
    value: asList,
    nulls: false,
  },
  {
    name: 'a list of two levels, of structs of one field',
    node: (leaf) => ({
      name: 'v',
      annotation: OLD_LIST,
      children: [{ name: 'array', repetition: 'repeated', children: [{ name: 'a', ...leaf }] }],
    }),
    type: (type) => `array<struct<a:${type}>>`,
    cell: (values) => ({ array: values.map((a) => ({ a })) }),
    value: (values) => values.map((a) => ({ a })),
    nulls: true,
  },
  {
    name: 'a list of lists of two levels',
    node: (leaf) => ({
      name: 'v',
      annotation: OLD_LIST,
      children: [
        {
          name: 'array',
          repetition: 'repeated',
          annotation: OLD_LIST,
          children: [{ name: 'array', repetition: 'repeated', ...leaf }],
        },
      ],
    }),
    type: (type) => array(array(type)),
    cell: (values) => ({ array: [{ array: values }, { array: [] }] }),
    value: (values) => [values, []],
    nulls: false,
  },
  {
    name: 'a repeated struct',
    node: (leaf) => ({ name: 'v', repetition: 'repeated', children: [{ name: 'a', ...leaf }] }),
    type: (type) => `array<struct<a:${type}>>`,
    cell: (values) => values.map((a) => ({ a })),
    value: (values) => values.map((a) => ({ a })),
    nulls: true,
  },
  {
    name: 'a struct with a field too many and one too few',
    node: (leaf) => ({
      name: 'v',
      children: [
        { name: 'extra', ...INT },
        { ...listOf({ name: 'element', ...leaf }), name: 'a' },
      ],
    }),
    type: (type) => `struct<a:array<${type}>,missing:array<int>>`,
    cell: (values) => ({ extra: 1, a: { list: values.map((element) => ({ element })) } }),
    value: (values) => ({ a: values, missing: null }),
    nulls: true,
  },
  {
    name: 'values of a map',
    node: (leaf) => mapOf({ name: 'key', repetition: 'required', ...TEXT }, { name: 'value', ...leaf }),
    type: (type) => `map<string,${type}>`,
    cell: (values) => ({ key_value: values.map((value, index) => ({ key: Buffer.from(keyOf(index)), value })) }),
    value: (values) => values.map((value, index) => [keyOf(index), value]),
    nulls: true,
  },
  {
    name: 'keys of a map in a list',
    node: (leaf) => listOf({ ...mapOf({ name: 'key', ...leaf }, { name: 'value', ...INT }), name: 'element' }),
    type: (type) => `array<map<${type},int>>`,
    cell: (values) => ({ list: [{ element: { key_value: values.map((key, value) => ({ key, value })) } }] }),
    value: (values) => [values.map((key, index) => [key, String(index)])],
    nulls: true,
    keys: true,
  },
];

function listOf(element: Node): Node {
  return { name: 'v', annotation: A.LIST, children: [{ name: 'list', repetition: 'repeated', children: [element] }] };
}

function mapOf(key: Node, value: Node): Node {
  return {
    name: 'v',
    annotation: A.MAP,
    children: [{ name: 'key_value', repetition: 'repeated', children: [key, value] }],
  };
}

const KEYS = ['string', 'tinyint', 'smallint', 'int', 'bigint'];

function rowVerdict(container: Container, verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('misfit')) return 'misfit';
  const values = verdicts.map((one) => (one as { value: Plain }).value);
  if (container.keys === true && (values.includes(null) || new Set(values).size < values.length)) return 'misfit';
  return { value: container.value(values) };
}

/** Which of the two is read back of a column is not said: they are equal, and `parquet-types.integration.test.ts` tries them. */
const holdsBothZeros = (verdicts: readonly Verdict[]): boolean =>
  [0, -0].every((zero) => verdicts.some((one) => typeof one === 'object' && Object.is(one.value, zero)));

/** A pair of types of which values of the one can be values of the other. */
const pairs = SOURCES.flatMap((source) =>
  SCALARS.flatMap((type) => {
    const [first] = source.edges;
    if (first === undefined || first === null || verdict(source.meaning(first), type) === 'refused') return [];
    return [{ source, type }];
  }),
);

test.each(CONTAINERS.map((container) => [container.name, container] as const))(
  '%s: a row fits when every value in it does, at any depth',
  async (_, container) => {
    const possible = pairs.filter(({ type }) => container.keys !== true || KEYS.includes(type.kind));
    const rows = fc.constantFrom(...possible).chain(({ source, type }) => {
      const one = fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom(...source.edges) },
        { weight: 2, arbitrary: source.random },
        { weight: container.nulls ? 1 : 0, arbitrary: fc.constant(null) },
      );
      const cells = fc.array(fc.option(fc.array(one, { maxLength: 3 }), { freq: 5 }), { minLength: 1, maxLength: 12 });
      return fc.record({
        source: fc.constant(source),
        type: fc.constant(type),
        cells: cells.filter(
          (all) => !holdsBothZeros(all.flatMap((row) => (row ?? []).map((cell) => judge(source, cell, type)))),
        ),
        dictionary: fc.boolean(),
      });
    });
    await fc.assert(
      fc.asyncProperty(rows, async ({ source, type, cells, dictionary }) => {
        const isBare = container.node(source.leaf).repetition === 'repeated';
        const verdicts = cells.map((row): Verdict => {
          if (row === null) return { value: isBare ? [] : null };
          return rowVerdict(
            container,
            row.map((cell) => judge(source, cell, type)),
          );
        });
        const outcome = await intake.consumeColumn(
          container.node(source.leaf),
          cells.map((row) => (row === null ? null : container.cell(row))),
          container.type(formatHiveType(type)),
          { dictionary },
        );
        expectVerdicts(outcome, verdicts);
      }),
      { numRuns: 40 },
    );
  },
);

describe('the reason names the place', () => {
  const BYTES: Leaf = { physical: 'BYTE_ARRAY' };
  const broken = [Buffer.from('a'), Buffer.of(0xff)];

  test.each<[string, Node, Cell, string, string]>([
    ['a column', { name: 'v', ...BYTES }, Buffer.of(0xff, 0x41), 'string', 'v: \\xFFA (BYTE_ARRAY) is not UTF-8'],
    [
      'an element of a list',
      listOf({ name: 'element', ...BYTES }),
      { list: broken.map((element) => ({ element })) },
      'array<string>',
      'v[1]: \\xFF (BYTE_ARRAY) is not UTF-8',
    ],
    [
      'a field of a struct in a list',
      listOf({ name: 'element', children: [{ name: 'n', ...INT }] }),
      { list: [{ element: null }, { element: { n: 128 } }] },
      'array<struct<n:tinyint>>',
      'v[1].n: 128 (INT32) does not fit a tinyint exactly',
    ],
    [
      'a value of a map',
      mapOf({ name: 'key', ...TEXT }, { name: 'value', ...INT }),
      { key_value: [{ key: Buffer.from('k'), value: 1000 }] },
      'map<string,tinyint>',
      'v[k]: 1000 (INT32) does not fit a tinyint exactly',
    ],
    [
      'a key of a map',
      mapOf({ name: 'key', ...INT }, { name: 'value', ...INT }),
      { key_value: [{ key: 1000, value: 1 }] },
      'map<tinyint,int>',
      'v[key]: 1000 (INT32) does not fit a tinyint exactly',
    ],
    [
      'a key that is null',
      mapOf({ name: 'key', ...INT }, { name: 'value', ...INT }),
      { key_value: [{ key: null, value: 1 }] },
      'map<int,int>',
      'v: null as a key',
    ],
    [
      'a key that occurs twice',
      mapOf({ name: 'key', ...INT }, { name: 'value', ...INT }),
      {
        key_value: [
          { key: 1, value: 1 },
          { key: 1, value: 2 },
        ],
      },
      'map<int,int>',
      'v: a key occurs twice',
    ],
    ['a column without a value', { name: 'v', ...INT }, null, 'int!', 'v: null in a column that must have a value'],
  ])('%s', async (_, node, cell, type, reason) => {
    const { rejected } = await intake.consumeColumn(node, [cell], type);
    expect([...rejected]).toEqual([[0, reason]]);
  });
});

describe('an object whose column can never fit is refused, with what to do', () => {
  const struct: Node = { name: 'v', children: [{ name: 'a', ...INT }] };
  test.each<[string, Node, string, string]>([
    [
      'a list in a string',
      listOf({ name: 'element', ...INT }),
      'string',
      'a list of INT32, the dataset declares a string; write it as JSON in a STRING, or declare array<int>',
    ],
    [
      'a struct in a string',
      struct,
      'string',
      'a struct, the dataset declares a string; write it as JSON in a STRING, or declare struct<a:int>',
    ],
    [
      'a map in a string',
      mapOf({ name: 'key', ...TEXT }, { name: 'value', ...INT }),
      'string',
      'a map, the dataset declares a string; write it as JSON in a STRING, or declare map<string,int>',
    ],
    [
      'JSON in a struct',
      { name: 'v', physical: 'BYTE_ARRAY', annotation: A.JSON },
      'struct<a:int>',
      'BYTE_ARRAY JSON, the dataset declares a struct<a:int>; write it as a group, or declare string',
    ],
    [
      'a struct in a map',
      struct,
      'map<string,int>',
      'a struct, the dataset declares a map<string,int>; write it as a MAP, or declare struct<a:int>',
    ],
    [
      'an integer in a list',
      { name: 'v', ...INT },
      'array<int>',
      'INT32, the dataset declares an array<int>; write it as a LIST, or declare int',
    ],
    [
      'a number in a string',
      { name: 'v', ...INT },
      'string',
      'INT32, the dataset declares a string; write it as a STRING, or declare int',
    ],
    [
      'a time in a string',
      { name: 'v', physical: 'INT64', annotation: A.time('MICROS', false) },
      'string',
      'INT64 TIME(MICROS, local), the dataset declares a string; write it as a STRING',
    ],
    [
      'UINT_64 in a boolean',
      { name: 'v', physical: 'INT64', annotation: A.integer(64, false) },
      'boolean',
      'INT64 INTEGER(64, unsigned), the dataset declares a boolean; write it as BOOLEAN, or declare decimal(20,0)',
    ],
  ])('%s', async (_, node, type, message) => {
    expect((await intake.consumeColumn(node, [], type)).unreadable).toBe(`column v: the file has ${message}`);
  });

  test('a field deep inside is named by its path', async () => {
    const node = listOf({ name: 'element', children: [{ name: 'a', ...INT }] });
    expect((await intake.consumeColumn(node, [null], 'array<struct<a:string>>')).unreadable).toMatch(
      /^column v\[\]\.a: /,
    );
  });
});

describe('a column of nulls (UNKNOWN) is null in every type, as pandas writes a column without a value', () => {
  const nulls: Leaf = { physical: 'INT32', annotation: A.UNKNOWN };
  const TYPES = ['array<string>', 'map<string,int>', 'struct<a:int,b:array<string>>', 'array<struct<a:int>>'];

  test.each(TYPES)('%s', async (type) => {
    const { unreadable, rejected, rows } = await intake.consumeColumn({ name: 'v', ...nulls }, [null, null], type);
    expect(unreadable).toBeUndefined();
    expect([...rejected]).toEqual([]);
    expect(rows.map(({ v }) => v)).toEqual([null, null]);
  });

  test('within a list and a struct', async () => {
    const element: Node = {
      name: 'element',
      children: [
        { name: 'n', ...INT },
        { name: 'a', ...nulls },
      ],
    };
    const cell = { list: [{ element: { n: 1 } }, { element: null }] };
    const outcome = await intake.consumeColumn(listOf(element), [cell], 'array<struct<n:int,a:map<string,int>>>');
    expect(outcome.unreadable).toBeUndefined();
    expect(outcome.rows.map(({ v }) => v)).toEqual([[{ n: '1', a: null }, null]]);
  });

  test('a value all the same is rejected with its row', async () => {
    const { rejected } = await intake.consumeColumn({ name: 'v', ...nulls }, [null, 7], 'array<string>');
    expect([...rejected]).toEqual([[1, 'v: 7 (INT32 UNKNOWN) is a value in a column of nulls']]);
  });
});

test('columns that the dataset does not declare are left out, whatever they are, and named', async () => {
  const struct = (...children: Node[]): Node => ({ name: 'v', children });
  const columns: Node[] = [
    { name: 'id', ...INT },
    { name: 'ID', ...TEXT },
    { name: 'file_row_number', ...INT },
    struct({ name: 'a', ...INT }, { name: 'A', ...INT }, { name: 'b', ...INT }),
    { name: 'bson', physical: 'BYTE_ARRAY', annotation: A.BSON },
    { name: 'none', children: [] },
    {
      name: 'keys',
      annotation: A.MAP,
      children: [{ name: 'key_value', repetition: 'repeated', children: [{ name: 'key', ...TEXT }] }],
    },
    { name: 'nonsense', physical: 'INT64', annotation: A.DATE },
    { name: 'json', physical: 'BYTE_ARRAY', annotation: A.JSON },
  ];
  const row = { ID: Buffer.from('x'), file_row_number: 7, v: { A: 4, a: 5, b: 6 }, json: Buffer.from('{') };
  const bytes = writeParquet(columns, [
    { ...row, id: 1 },
    { ...row, id: 300 },
  ]);
  const outcome = await intake.consume(datasetOf({ id: 'tinyint', v: 'struct<a:tinyint>' }), bytes);
  expect(outcome.unreadable).toBeUndefined();
  expect(outcome.rows).toEqual([{ id: '1', v: { a: '5' } }]);
  expect(outcome.unknownFields).toEqual([
    { name: 'v.A', similarTo: 'a', count: 2 },
    { name: 'v.b', similarTo: undefined, count: 2 },
    { name: 'ID', similarTo: 'id', count: 2 },
    ...['file_row_number', 'bson', 'none', 'keys', 'nonsense', 'json'].map((name) => ({
      name,
      similarTo: undefined,
      count: 2,
    })),
  ]);
  expect([...outcome.rejected]).toEqual([[1, 'id: 300 (INT32) does not fit a tinyint exactly']]);
  expect(JSON.parse(outcome.raw.get(1) as string)).toMatchObject({
    id: 300,
    file_row_number_2: 7,
    ID_2: 'x',
    json: '{',
  });
});

test('statistics that lie change nothing', async () => {
  const int = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(value);
    return bytes;
  };
  const statistics = { v: { min: int(0), max: int(5), nulls: 0 } };
  const cells = [1, 300, null, 70_000, -5];
  for (const type of ['tinyint', 'int', 'bigint', 'decimal(12,2)', 'int!']) {
    const honest = await intake.consumeColumn({ name: 'v', ...INT }, cells, type);
    const lying = await intake.consumeColumn({ name: 'v', ...INT }, cells, type, { statistics });
    expect(lying).toEqual(honest);
    expect(honest.rows.length + honest.rejected.size).toBe(cells.length);
  }
});
