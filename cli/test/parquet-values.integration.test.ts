import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ANNOTATIONS as A, type Cell, type Leaf, type Node, writeParquet } from '../../test/support/parquet/writer';
import { BUCKETS } from '../lake';
import { QueryEngine, type Row } from '../tables/engine';
import { folderWith } from './support/folder';
import { type Outcome, start } from './support/run';

jest.setTimeout(120_000);

const TEXT: Leaf = { physical: 'BYTE_ARRAY', annotation: A.STRING };
const TIME: Leaf = { physical: 'INT64', annotation: A.timestamp('MILLIS', true) };
const NOON = BigInt(Date.parse('2026-06-15T12:00:00Z'));
const DAY = 'year=2026/month=06/day=15';
const wide = (value: bigint): Buffer =>
  Buffer.from(
    BigInt.asUintN(17 * 8, value)
      .toString(16)
      .padStart(34, '0'),
    'hex',
  );

function logs(id: string, column: Node, cells: readonly Cell[]): Buffer {
  const columns: Node[] = [{ name: 'event_id', ...TEXT }, { name: 'event_time', ...TIME }, column];
  const row = (cell: Cell, index: number) => ({
    event_id: Buffer.from(`${id}${index}`),
    event_time: NOON + BigInt(index),
    [column.name]: cell,
  });
  return writeParquet(columns, cells.map(row));
}

function orders(id: string, total: Leaf, cells: readonly Cell[]): Buffer {
  const names = ['order_id', 'status', 'currency'];
  const columns: Node[] = [
    ...names.map((name) => ({ name, ...TEXT })),
    { name: 'ordered_at', ...TIME },
    { name: 'total', ...total },
  ];
  const row = (cell: Cell, index: number) => ({
    order_id: Buffer.from(`${id}${index}`),
    status: Buffer.from('paid'),
    currency: Buffer.from('EUR'),
    ordered_at: NOON + BigInt(index),
    total: cell,
  });
  return writeParquet(columns, cells.map(row));
}

const int8: Leaf = { physical: 'INT32', annotation: A.integer(8, true) };
const uint32: Leaf = { physical: 'INT32', annotation: A.integer(32, false) };
const bytes: Leaf = { physical: 'BYTE_ARRAY' };
const group: Node = { name: 'user_agent', children: [{ name: 'a', ...TEXT }] };
const decimal40: Leaf = { physical: 'FIXED_LEN_BYTE_ARRAY', length: 17, annotation: A.decimal(40, 2) };

const LOGS: Readonly<Record<string, Buffer>> = {
  'int8.parquet': logs('a', { name: 'status', ...int8 }, [100, 300, -128, null]),
  'uint32.parquet': logs('b', { name: 'bytes', ...uint32 }, [-1, 5]),
  'unsigned.parquet': logs('c', { name: 'status', ...uint32 }, [-1, 200]),
  'bytes.parquet': logs('d', { name: 'path', ...bytes }, [
    Buffer.from('/caf\u00e9\t"q"\\'),
    Buffer.from([255, 254]),
    Buffer.from('/two\nlines'),
  ]),
  'text.parquet': logs('e', { name: 'path', ...TEXT }, [Buffer.from('/a'), Buffer.from([0xff])]),
  'group.parquet': logs('f', group, [{ a: Buffer.from('x') }]),
  'more.parquet': logs('g', { name: 'colour', ...TEXT }, [Buffer.from('red')]),
  'case.parquet': logs('h', { name: 'Status', physical: 'INT32' }, [200]),
  'good.parquet': logs('i', { name: 'status', physical: 'INT32' }, [200, 404]),
};
const ORDERS: Readonly<Record<string, Buffer>> = {
  'wide.parquet': orders('a', decimal40, [wide(123_456_789_012n), wide(-5n), wide(10n ** 20n)]),
  'double.parquet': orders('b', { physical: 'DOUBLE' }, [1.25, 0.1]),
  'text.parquet': orders('c', TEXT, [Buffer.from('1.25'), Buffer.from('1.255'), Buffer.from('much')]),
};

interface Taken extends Outcome {
  /** Rows of the curated zone. */
  readonly rows: readonly Row[];
  /** What is in quarantine: file, line, and reason. */
  readonly refused: readonly (readonly unknown[])[];
}

async function take(dataset: string, folder: string, files: Readonly<Record<string, Buffer>>): Promise<Taken> {
  const keep = join(folderWith(), 'lake');
  const named = Object.entries(files).map(([name, content]) => [`${folder}/${name}`, content]);
  const outcome = await start('--input', folderWith(Object.fromEntries(named)), '--dataset', dataset, '--keep', keep);
  const { lines, objects } = outcome.result.quarantine;
  const refused = [...lines, ...objects.map((object) => ({ ...object, line: null }))]
    .map(({ source, line, reason }) => [source.split('/').at(-1), line, reason])
    .sort();
  const found = readdirSync(join(keep, BUCKETS.curated, 'data', dataset), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.name.endsWith('.parquet'))
    .map((entry) => `'${join(entry.parentPath, entry.name)}'`);
  const engine = await QueryEngine.open(folderWith());
  const rows = await engine.rows(`FROM read_parquet([${found}], hive_partitioning = false) ORDER BY 1`);
  engine.close();
  return { ...outcome, rows, refused };
}

test.each([
  [
    'access_logs',
    '',
    LOGS,
    ['bytes 2', 'case all', 'group all', 'int8 2', 'text 2', 'unsigned 1'],
    {
      status: { a0: 100, a2: -128, c1: 200, i0: 200, i1: 404 },
      bytes: { b0: '4294967295', b1: '5' },
      path: { d0: '/caf\u00e9\t"q"\\', d2: '/two\nlines', e0: '/a' },
    },
    [{ name: 'colour', count: 1 }],
  ],
  [
    'orders',
    'tenant=acme/',
    ORDERS,
    ['text 2', 'text 3', 'wide all'],
    { total: { b0: '1.25', b1: '0.10', c0: '1.25' } },
    [],
  ],
])('Parquet of %s placed by event time: the values and the account of Hive folders', async (...given) => {
  const [dataset, leading, files, refused, values, undeclared] = given;
  const hive = await take(dataset, `${leading}${DAY}`, files);
  const placed = await take(dataset, `${leading}day`, files);
  for (const { code, errors, result } of [hive, placed]) {
    expect([code, errors, result.problems, result.unreadPartitions]).toEqual([0, '', [], []]);
  }
  expect(placed.rows).toEqual(hive.rows);
  expect(placed.refused).toEqual(hive.refused);
  const figures = ({ result: { total, compaction } }: Outcome) => {
    const { rowsIn, rowsOut, rowsQuarantined, duplicates, unaccounted, objectsQuarantined } = total;
    const rows = { rowsIn, rowsOut, rowsQuarantined, duplicates, unaccounted, objectsQuarantined };
    return { ...rows, undeclared: compaction.undeclared };
  };
  expect(figures(placed)).toEqual(figures(hive));
  expect(figures(placed).undeclared).toEqual(undeclared);
  expect(placed.refused.map(([file, line]) => `${`${file}`.replace('.parquet', '')} ${line ?? 'all'}`)).toEqual(
    refused,
  );
  const key = dataset === 'orders' ? 'order_id' : 'event_id';
  for (const [column, expected] of Object.entries(values)) {
    const present = placed.rows.filter((row) => row[column] !== null);
    expect(Object.fromEntries(present.map((row) => [row[key], row[column]]))).toEqual(expected);
  }
});
