/** What a file has in the place of a column, and what to do about it, in words. */
import type { Element } from '../../../lambda/compaction/engine/parquet/element';
import { type Found, foundIn } from '../../../lambda/compaction/engine/parquet/found';
import {
  advice,
  article,
  declarableScalar,
  describeNode,
  limits,
} from '../../../lambda/compaction/engine/parquet/messages';
import type { FileNode } from '../../../lambda/compaction/engine/parquet/schema';
import { parseType } from '../../../lib/dataset/types';

const value = (element: Omit<Element, 'name'>, name = 'v'): FileNode => ({
  name,
  alias: name,
  shape: 'value',
  found: foundIn({ name, ...element }),
  text: false,
});
const INT: FileNode = value({ physical: 'INT32' }, 'n');
const TEXT: FileNode = value({ physical: 'BYTE_ARRAY', logical: { name: 'STRING' } }, 't');
const TIME_OF_DAY: FileNode = value({ physical: 'INT32', converted: 7 }, 'clock');
const list = (element: FileNode): FileNode => ({ name: 'l', alias: 'l', shape: 'list', element });
const map = (key: FileNode, of: FileNode): FileNode => ({ name: 'm', alias: 'm', shape: 'map', key, value: of });
const struct = (...fields: readonly FileNode[]): FileNode => ({ name: 's', alias: 's', shape: 'struct', fields });

test.each<[FileNode, string]>([
  [INT, 'INT32'],
  [TEXT, 'BYTE_ARRAY STRING'],
  [list(INT), 'a list of INT32'],
  [list(struct(INT)), 'a list of structs'],
  [list(list(INT)), 'a list of lists'],
  [list(map(TEXT, INT)), 'a list of maps'],
  [map(TEXT, INT), 'a map'],
  [struct(INT), 'a struct'],
])('%j is %s', (node, text) => {
  expect(describeNode(node)).toBe(text);
});

test.each<[string, FileNode, string]>([
  // What to write for each type that is declared.
  ['boolean', TIME_OF_DAY, 'write it as BOOLEAN'],
  ['tinyint', TIME_OF_DAY, 'write it as INT32'],
  ['smallint', TIME_OF_DAY, 'write it as INT32'],
  ['int', TIME_OF_DAY, 'write it as INT32'],
  ['bigint', TIME_OF_DAY, 'write it as INT64'],
  ['float', TIME_OF_DAY, 'write it as FLOAT'],
  ['double', TIME_OF_DAY, 'write it as DOUBLE'],
  ['decimal(12,3)', TIME_OF_DAY, 'write it as DECIMAL(12,3)'],
  ['string', TIME_OF_DAY, 'write it as a STRING'],
  ['string', list(TIME_OF_DAY), 'write it as JSON in a STRING'],
  ['date', TIME_OF_DAY, 'write it as DATE'],
  ['timestamp', TIME_OF_DAY, 'write it as TIMESTAMP'],
  ['binary', TIME_OF_DAY, 'write it as BYTE_ARRAY without an annotation'],
  ['array<int>', TIME_OF_DAY, 'write it as a LIST'],
  ['map<string,int>', TIME_OF_DAY, 'write it as a MAP'],
  ['struct<a:int>', TIME_OF_DAY, 'write it as a group'],
  // What to declare for what is there, unless that is declared already.
  ['date', INT, 'write it as DATE, or declare int'],
  ['int', INT, 'write it as INT32'],
  ['int', TEXT, 'write it as INT32, or declare string'],
  ['int', list(INT), 'write it as INT32, or declare array<int>'],
  ['int', map(TEXT, INT), 'write it as INT32, or declare map<string,int>'],
  ['int', struct(INT, TEXT), 'write it as INT32, or declare struct<n:int,t:string>'],
  ['int', list(struct(INT, list(TEXT))), 'write it as INT32, or declare array<struct<n:int,l:array<string>>>'],
  // What the lake has no type for.
  ['int', list(TIME_OF_DAY), 'write it as INT32'],
  ['int', map(TIME_OF_DAY, INT), 'write it as INT32'],
  ['int', map(TEXT, TIME_OF_DAY), 'write it as INT32'],
  ['int', struct(INT, TIME_OF_DAY), 'write it as INT32'],
  ['int', struct(value({ physical: 'INT32' }, 'no name')), 'write it as INT32'],
  ['int', map(list(INT), INT), 'write it as INT32'],
])('to have %s of %j: %s', (type, node, text) => {
  expect(advice(node, parseType(type))).toBe(text);
});

const integer = (bits: 8 | 16 | 32 | 64, signed: boolean): Found => ({ kind: 'integer', bits, signed, label: '' });
test.each<[Found, string | undefined]>([
  [integer(8, true), 'tinyint'],
  [integer(8, false), 'smallint'],
  [integer(16, true), 'smallint'],
  [integer(16, false), 'int'],
  [integer(32, true), 'int'],
  [integer(32, false), 'bigint'],
  [integer(64, true), 'bigint'],
  [integer(64, false), 'decimal(20,0)'],
  [{ kind: 'decimal', precision: 9, scale: 2, bytes: 4, label: '' }, 'decimal(9,2)'],
  [{ kind: 'timestamp', unit: 'NANOS', label: '' }, 'timestamp'],
  ...(
    [
      ['boolean', 'boolean'],
      ['float', 'float'],
      ['float16', 'float'],
      ['double', 'double'],
      ['date', 'date'],
      ['int96', 'timestamp'],
      ['text', 'string'],
      ['enum', 'string'],
      ['json', 'string'],
      ['uuid', 'string'],
      ['bson', 'binary'],
      ['bytes', 'binary'],
      ['time', undefined],
      ['interval', undefined],
      ['null', undefined],
      ['other', undefined],
    ] as const
  ).map(([kind, type]): [Found, string | undefined] => [{ kind, label: '' }, type]),
])('%j is declared as %s', (found, type) => {
  expect(declarableScalar(found)).toBe(type);
});

test.each([
  ['null', 'int', 'is a value in a column of nulls'],
  ['null', 'string', 'is a value in a column of nulls'],
  ['bytes', 'string', 'is not UTF-8'],
  ['date', 'date', 'is not a day of the years 0001 to 9999'],
  ['int96', 'date', 'is not a date: it has a time of day'],
  ['text', 'timestamp', 'is not a time of the years 0001 to 9999'],
  ['float', 'int', 'does not fit an int exactly'],
  ['float', 'tinyint', 'does not fit a tinyint exactly'],
  ['float', 'decimal(3,1)', 'does not fit a decimal(3,1) exactly'],
] as const)('a value of %s that is no %s %s', (kind, type, text) => {
  expect(limits({ kind, label: '' }, parseType(type))).toBe(text);
});

test('a noun has its article', () => {
  expect(['array<int>', 'int', 'bigint', 'map<int,int>', 'enum', 'object'].map(article)).toEqual([
    'an array<int>',
    'an int',
    'a bigint',
    'a map<int,int>',
    'an enum',
    'an object',
  ]);
});
