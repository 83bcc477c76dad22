import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { Column } from '../../lib/dataset/model';
import { MAX_LINE_BYTES, readLinesSql } from '../../lib/rows';
import { checkNdjson, columnsOf } from './helpers';

const path = join(tmpdir(), `sql-${randomBytes(8).toString('hex')}.ndjson`);
let connection: DuckDBConnection;

beforeAll(async () => {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  connection = await instance.connect();
});

afterAll(() => {
  connection.closeSync();
  rmSync(path, { force: true });
});

/** Checks lines and reads what is accepted. */
async function read(columns: readonly Column[], text: string) {
  writeFileSync(path, checkNdjson(columns, [Buffer.from(text)]).output);
  const sql = readLinesSql({ columns });
  const query = `SELECT ${sql.select} FROM read_json(['${path}'], columns = ${sql.columns}, ${sql.options})`;
  return connection.runAndReadAll(query);
}

test('every column has exactly its type, binary at any depth included', async () => {
  const columns = columnsOf({
    a: 'binary',
    b: 'array<array<binary>>',
    c: 'map<bigint,binary>',
    d: 'struct<x:struct<y:binary,z:int>,w:timestamp>',
    e: 'array<map<string,struct<f:binary>>>',
    f: 'decimal(38,0)',
    g: 'date',
  });
  const result = await read(columns, '{}\n');
  expect(result.columnTypes().map(String)).toEqual([
    'BLOB',
    'BLOB[][]',
    'MAP(BIGINT, BLOB)',
    'STRUCT("x" STRUCT("y" BLOB, "z" INTEGER), "w" TIMESTAMP)',
    'MAP(VARCHAR, STRUCT("f" BLOB))[]',
    'DECIMAL(38,0)',
    'DATE',
  ]);
  expect(result.getRowsJson()).toEqual([[null, null, null, null, null, null, null]]);
});

test('any name may be a column, keywords and names of the reader included', async () => {
  const columns = columnsOf({
    select: 'int',
    read_json: 'struct<from:binary>',
    item_0: 'array<binary>',
    key: 'map<string,binary>',
    columns: 'struct<table:struct<group:binary>>',
  });
  const line =
    '{"select":1,"read_json":{"from":"QQ=="},"item_0":["QQ==",null],"key":{"k":"QQ=="},' +
    '"columns":{"table":{"group":"QQ=="}}}\n';
  const result = await read(columns, line);
  expect(result.columnNames()).toEqual(columns.map(({ name }) => name));
  expect(result.getRowsJson()).toEqual([
    [1, { from: 'A' }, ['A', null], [{ key: 'k', value: 'A' }], { table: { group: 'A' } }],
  ]);
});

test('names with quotes in them stay names', () => {
  const sql = readLinesSql({
    columns: [{ name: `a"b'c`, type: { kind: 'binary' }, notNull: false, comment: undefined }],
  });
  expect(sql.columns).toBe(`{"a""b'c": 'VARCHAR'}`);
  expect(sql.select).toBe(`from_base64("a""b'c") AS "a""b'c"`);
});

test('a line of the greatest length is read', async () => {
  const [head, tail] = ['{"v":"', '"}'];
  const text = `${head}${'x'.repeat(MAX_LINE_BYTES - head.length - tail.length)}${tail}\n`;
  writeFileSync(path, text);
  const sql = readLinesSql({ columns: columnsOf({ v: 'string' }) });
  const query = `SELECT length(v) FROM (SELECT ${sql.select} FROM read_json(['${path}'], columns = ${sql.columns}, ${sql.options}))`;
  const result = await connection.runAndReadAll(query);
  expect(result.getRowsJson()).toEqual([[String(MAX_LINE_BYTES - head.length - tail.length)]]);
});
