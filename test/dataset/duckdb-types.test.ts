import { parseType } from '../../lib/dataset';
import { duckdbType, quoteIdentifier, quoteText } from '../../lib/dataset/duckdb-types';

test.each([
  ['boolean', 'BOOLEAN'],
  ['tinyint', 'TINYINT'],
  ['smallint', 'SMALLINT'],
  ['int', 'INTEGER'],
  ['bigint', 'BIGINT'],
  ['float', 'FLOAT'],
  ['double', 'DOUBLE'],
  ['date', 'DATE'],
  ['timestamp', 'TIMESTAMP'],
  ['string', 'VARCHAR'],
  ['binary', 'BLOB'],
  ['decimal(12,2)', 'DECIMAL(12,2)'],
  ['array<int>', 'INTEGER[]'],
  ['array<array<int>>', 'INTEGER[][]'],
  ['map<string,bigint>', 'MAP(VARCHAR, BIGINT)'],
  ['struct<a:string,b:array<int>>', 'STRUCT("a" VARCHAR, "b" INTEGER[])'],
  ['struct<a:string,select:array<int>>', 'STRUCT("a" VARCHAR, "select" INTEGER[])'],
])('%s is %s', (text, type) => {
  expect(duckdbType(parseType(text))).toBe(type);
});

test('texts and names are quoted, and quotes in them doubled', () => {
  expect([quoteText("it's"), quoteText("''"), quoteIdentifier('a"b"')]).toEqual(["'it''s'", "''''''", '"a""b"""']);
  expect(quoteIdentifier('a"b')).toBe('"a""b"');
});
