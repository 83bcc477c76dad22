/** Columns of any JSON: a string as it is, everything else as its JSON text, byte for byte. */

import fc from 'fast-check';
import type { Column } from '../../lib/dataset/model';
import { asEvents, differsInInput } from '../../lib/dataset/sources';
import { RowChecker } from '../../lib/rows/row';
import { dataset } from '../dataset/helpers';
import { checkNdjson, cut } from './helpers';

const RUNS = { seed: 20_260_615, numRuns: 300 };

const columnsOf = (type = 'string', more: object = { format: 'json' }): readonly Column[] =>
  dataset({
    columns: [
      { name: 'at', type: 'timestamp', notNull: true },
      { name: 'v', type, ...more },
    ],
  }).columns.filter(({ name }) => name === 'v');

/** What a line holds for the column, or why it is refused. */
function read(line: string, columns = columnsOf(), cuts: readonly number[] = []): unknown {
  const { output, rejected } = checkNdjson(columns, cut(Buffer.from(`${line}\n`), cuts));
  return rejected[0]?.reason ?? (JSON.parse(output.toString()) as { v?: unknown }).v;
}

/** JSON texts with white space between their tokens. */
const spaced = fc
  .tuple(fc.jsonValue(), fc.constantFrom('', ' ', '\t', ' \r '))
  .map(([value, space]) => JSON.stringify(value, null, 1).replace(/\n */g, space));

test('any value but a string is kept byte for byte, a string as it is, wherever the input is cut', () => {
  fc.assert(
    fc.property(spaced, fc.array(fc.nat(200), { maxLength: 3 }), (text, cuts) => {
      const expected = text.startsWith('"') || text === 'null' ? JSON.parse(text) : text;
      expect(read(`{"v":${text}}`, columnsOf(), cuts)).toEqual(expected);
    }),
    RUNS,
  );
});

test.each([
  ['12345678901234567890.10', '12345678901234567890.10'],
  ['-0', '-0'],
  ['1E400', '1E400'],
  ['{"a":1,"a":2}', '{"a":1,"a":2}'],
  ['{"say":"\\"hi\\" \\u00e9 \\\\"}', '{"say":"\\"hi\\" \\u00e9 \\\\"}'],
  ['[ ]', '[ ]'],
  ['false', 'false'],
  ['"{\\"a\\":1}"', '{"a":1}'],
  ['""', ''],
])('%s', (text, expected) => {
  expect(read(`{"v":${text} }`)).toBe(expected);
});

test.each([
  ['{"v":{"a":1}', 'not JSON: the line ends too early'],
  ['{"v":{"a":tru}}', 'not JSON'],
  ['{"v":[1,]}', 'not JSON'],
  ['{"v":01}', 'not JSON'],
  ['{"v":1x}', 'not JSON'],
  [`{"v":${'['.repeat(65)}${']'.repeat(65)}}`, 'nested deeper than 64 levels'],
])('%s is no JSON to keep', (line, why) => {
  expect(read(line)).toContain(why);
});

test('it holds within arrays, maps and structs, and for values of other names', () => {
  expect(read('{"v":[1,"a",null,{"b":[2]}]}', columnsOf('array<string>'))).toEqual(['1', 'a', null, '{"b":[2]}']);
  expect(read('{"v":{"a":1,"b":"x"}}', columnsOf('map<string,string>'))).toEqual({ a: '1', b: 'x' });
  const fields = { 'a.b': { format: 'json', from: 'B' } };
  expect(read('{"v":{"a":{"B":{"c": 1}}}}', columnsOf('struct<a:struct<b:string>>', { fields }))).toEqual({
    a: { b: '{"c": 1}' },
  });
  const from = { firstOf: [{ path: ['detail', 'V'] }, 'V'] };
  expect(read('{"V":[1],"detail":{"V":{"x":"y"}}}', columnsOf('string', { format: 'json', from }))).toBe('{"x":"y"}');
});

test('a value that its escapes make longer than a line may be sends the line away', () => {
  const quotes = '""'.repeat(3_000_000);
  const value = JSON.stringify([quotes]);
  expect(value.length).toBeLessThan(16 * 1024 * 1024);
  expect(read(`{"v":${value}}`)).toContain('once every value is written out');
});

test('events hold a string there, and nothing else', () => {
  expect(asEvents(columnsOf())[0]?.type).toEqual({ kind: 'string' });
  expect(differsInInput(columnsOf())).toBe(true);
  const strict = new RowChecker(columnsOf(), { strict: true });
  expect(strict.check(Buffer.from('{"v":{"a":1}}\n'), 0)).toBeLessThan(0);
  expect(strict.reason).toBe('v: expected a string, found an object');
  expect(strict.check(Buffer.from('{"v":"{\\"a\\":1}"}\n'), 0)).toBeGreaterThan(0);
});

test('without it, an object is no string', () => {
  expect(read('{"v":{"a":1}}', columnsOf('string', {}))).toBe('v: expected a string, found an object');
});
