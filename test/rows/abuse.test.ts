import { NdjsonValidator, UnreadableObjectError } from '../../lib/rows';
import { checkNdjson, columnsOf, feed } from './helpers';

const columns = columnsOf({ id: 'bigint!', v: 'double', tags: 'map<string,int>', times: 'array<timestamp>' });
const check = (text: string) => checkNdjson(columns, [Buffer.from(text)]);
const reason = (text: string) => check(text).rejected[0]?.reason;
const MIB = 1024 * 1024;

test('200,000 levels of nesting are rejected, wherever they are', () => {
  const deep = '['.repeat(200_000) + ']'.repeat(200_000);
  expect(reason(`{"id":1,"x":${deep}}`)).toBe('nested deeper than 64 levels at byte 77');
  expect(reason(`{"id":1,"v":${deep}}`)).toMatch(/^nested deeper than 64 levels/);
  expect(reason(deep)).toMatch(/^nested deeper than 64 levels/);
  expect(reason(`${'{"x":'.repeat(200_000)}1${'}'.repeat(200_000)}`)).toMatch(/^nested deeper than 64 levels/);
});

test('a value of 5,000 levels says that it is too deep, a misplaced bracket that it is one', () => {
  const deep = `${'[1,{"a]":'.repeat(2500)}1${'}]'.repeat(2500)}`;
  expect(reason(`{"id":1,"x":${deep}}`)).toMatch(/^nested deeper than 64 levels at byte \d+$/);
  expect(reason(`{"id":1,"v":${deep}}`)).toMatch(/^nested deeper than 64 levels at byte \d+$/);
  expect(reason(`{"x":"${'['.repeat(100)}","id":1,[`)).toBe('not JSON: unexpected "[" at byte 116');
});

test('64 undeclared levels are accepted', () => {
  expect(check(`{"id":1,"x":${'['.repeat(64)}${']'.repeat(64)}}`).rejected).toEqual([]);
});

test('__proto__ and its kin are names like any other', () => {
  const line = '{"__proto__":{"id":2},"constructor":1,"id":1,"tags":{"__proto__":1,"toString":2,"hasOwnProperty":3}}\n';
  expect(check(line)).toEqual({ output: Buffer.from(line), rejected: [] });
  expect(reason('{"__proto__":{"id":2}}')).toBe('id: missing, and the column must have a value');
});

test('2^53 + 1 keeps its last digit', () => {
  expect(check('{"id":9007199254740993}').output.toString()).toBe('{"id":9007199254740993}\n');
});

test.each([
  ['NaN', '{"id":1,"v":NaN}', 'not JSON: unexpected "N" at byte 13'],
  ['1e999', '{"id":1,"v":1e999}', 'v: 1e999 does not fit a double'],
  ['a duplicate key', '{"id":1,"id":2}', 'id: the key occurs twice'],
  ['a lone surrogate', '{"id":1,"x":"\\ud800"}', 'not JSON: invalid escape or lone surrogate at byte 14'],
  ['a NUL', '{"id":1}\0', 'not JSON: control character 0x00 at byte 9'],
])('%s is rejected', (_, line, expected) => {
  expect(reason(line)).toBe(expected);
});

test('50,000 undeclared columns are counted, 100 of them by name', () => {
  const fields = Array.from({ length: 50_000 }, (_, index) => `"column_${index}":${index}`).join(',');
  const checker = new NdjsonValidator({ columns }, () => undefined);
  feed(checker, [Buffer.from(`{"id":1,${fields}}\n{${fields},"id":2}\n`)]);
  expect(checker.accepted).toBe(2);
  expect(checker.unknownFields).toHaveLength(100);
  expect(checker.unknownFields[0]).toEqual({ name: 'column_0', count: 2, similarTo: undefined });
  expect(checker.otherUnknownFields).toBe(99_800);
});

test('maps with ever new keys are checked for duplicates all the same', () => {
  const keys = Array.from({ length: 2000 }, (_, index) => `"k${index}":1`);
  expect(check(`{"id":1,"tags":{${keys.join(',')}}}`).rejected).toEqual([]);
  expect(reason(`{"id":1,"tags":{${[...keys, '"k1999":2'].join(',')}}}`)).toBe('tags: the key "k1999" occurs twice');
});

test('a line longer than 16 MiB makes the object unreadable, in one chunk or in many', () => {
  const line = Buffer.concat([
    Buffer.from('{"id":1,"x":"'),
    Buffer.alloc(16 * MIB, 0x61),
    Buffer.from('"}\n{"id":2}\n'),
  ]);
  const push = (size: number) => () => {
    const checker = new NdjsonValidator({ columns }, () => undefined);
    for (let at = 0; at < line.length; at += size) checker.push(line.subarray(at, at + size));
  };
  expect(push(line.length)).toThrow(UnreadableObjectError);
  expect(push(MIB)).toThrow('line 1 is longer than 16777216 bytes');
});

test('a line that only becomes too long by rewriting is rejected, and memory stays bounded', () => {
  const zeros = `{"id":1,"times":[${'0,'.repeat(MIB)}0]}`;
  const { output, rejected } = check(`${zeros}\n{"id":2}\n`);
  expect(output.toString()).toBe('{"id":2}\n');
  expect(rejected[0]?.reason).toBe('longer than 16777216 bytes once every value is written out');
});

test('a single number that has no room to be rewritten is rejected too', () => {
  const types = columnsOf({ v: 'decimal(38,2)' });
  const head = '{"v":1234567890123456.';
  const line = `${head}${'0'.repeat(16 * MIB - head.length - 1)}}`;
  const { rejected } = checkNdjson(types, [Buffer.from(line)]);
  expect(rejected.map(({ reason: text }) => text)).toEqual([
    'longer than 16777216 bytes once every value is written out',
  ]);
});

test('what is accepted unchanged is one slice of the chunk, not a copy', () => {
  const chunk = Buffer.from('{"id":1}\n{"id":2}\n{"id":3}\n');
  const slices = new NdjsonValidator({ columns }, () => undefined).push(chunk);
  expect(slices).toHaveLength(1);
  expect(slices[0]?.buffer).toBe(chunk.buffer);
});
