/** Names of columns and fields in a file, against those that a dataset declares. */
import type { Element } from '../../../lambda/compaction/engine/parquet/element';
import { checkNames } from '../../../lambda/compaction/engine/parquet-names';
import type { Column } from '../../../lib/dataset';
import { parseType } from '../../../lib/dataset/types';
import { UnreadableObjectError } from '../../../lib/rows';
import { file, needed, optional, repeated } from '../support/file-elements';

const column = (name: string, type = 'int', from?: Column['from']): Column => ({
  name,
  type: parseType(type),
  notNull: false,
  comment: undefined,
  ...(from !== undefined && { from }),
});
const plain = (...names: readonly string[]): Element[][] => names.map((name) => optional(name));
const found = (columns: readonly Column[], ...elements: readonly Element[][]): string[] =>
  checkNames({ columns }, file(...elements)).map(({ name, similarTo }) =>
    similarTo === undefined ? name : `${name} like ${similarTo}`,
  );
const EXACTLY = 'names match exactly, case and separators included: write them as declared';
const refusal = (columns: readonly Column[], ...elements: readonly Element[][]): string => {
  try {
    found(columns, ...elements);
    return 'is taken';
  } catch (error) {
    expect(error).toBeInstanceOf(UnreadableObjectError);
    return (error as Error).message;
  }
};

describe('columns', () => {
  test('that are not declared are found, with the declared one that they are like', () => {
    const columns = [column('vendor_id'), column('id')];
    expect(found(columns, ...plain('id', 'vendor_id'))).toEqual([]);
    expect(found(columns, ...plain('id', 'VendorID', 'other', 'vendor_id'))).toEqual([
      'VendorID like vendor_id',
      'other',
    ]);
    expect(found(columns)).toEqual([]);
    expect(checkNames({ columns }, [])).toEqual([]);
  });

  test('that look like a declared one which is missing are refused, all at once', () => {
    expect(refusal([column('vendor_id'), column('n')], ...plain('VendorID', 'vendor-id', 'N'))).toBe(
      `its schema has "VendorID" and "vendor-id" where vendor_id is missing, "N" where n is missing; ${EXACTLY}`,
    );
  });

  test('of the same name but for case: the declared one has to be there once, and first', () => {
    const TWICE = (names: string): string => `its schema has n more than once but for case: ${names}; keep one of them`;
    expect(found([column('n')], ...plain('n', 'N'))).toEqual(['N like n']);
    expect(refusal([column('n')], ...plain('N', 'n'))).toBe(TWICE('"N", "n"'));
    expect(refusal([column('n')], ...plain('n', 'n'))).toBe(TWICE('"n", "n"'));
    expect(refusal([column('ab')], ...plain('AB', 'ab', 'Ab', 'aB'))).toBe(
      'its schema has ab more than once but for case: "AB", "ab", "Ab"; keep one of them',
    );
    // One that is another column's has a meaning of its own.
    expect(found([column('n'), column('m', 'int', [['N']])], ...plain('N', 'n'))).toEqual([]);
  });
});

describe('columns of other names in the file', () => {
  test('are used, and not reported', () => {
    const columns = [
      column('a', 'int', [['X']]),
      column('b', 'int', [['env', 'y'], ['Z']]),
      column('event_id', 'int', 'snake'),
      column('both', 'string', { join: [['day'], ['clock', 'time']] }),
    ];
    const env = optional('env', { children: [optional('y')] });
    const clock = optional('clock', { children: [optional('time')] });
    expect(found(columns, ...plain('X', 'Z', 'eventID', 'day'), env, clock, ...plain('rest'))).toEqual(['rest']);
  });

  const struct = (name: string, field: string): Element[] => optional(name, { children: [optional(field)] });
  test.each<[string, Column['from'], Element[]]>([
    ['one of another name', [['journey']], struct('journey', 'pickUp')],
    ['the second of two', [['nowhere'], ['journey']], struct('journey', 'pickUp')],
    ['any spelling', 'snake', struct('theTrip', 'pickUp')],
    ['within a group', [['env', 'trip']], optional('env', { children: [struct('trip', 'pickUp')] })],
    [
      'within two groups',
      [['env', 'inner', 'trip']],
      optional('env', { children: [optional('inner', { children: [struct('trip', 'pickUp')] })] }),
    ],
    ['the own name', [['journey']], struct('the_trip', 'pickUp')],
  ])('are compared below: %s', (_, from, element) => {
    const columns = [column('the_trip', 'struct<pick_up:int>', from)];
    expect(refusal(columns, element)).toBe(`its schema has "pickUp" where the_trip.pick_up is missing; ${EXACTLY}`);
  });

  test('a field beside the path is not compared', () => {
    const columns = [column('trip', 'struct<pick_up:int>', [['env', 'trip']])];
    const env = optional('env', { children: [struct('other', 'pickUp'), struct('trip', 'pick_up')] });
    expect(found(columns, env)).toEqual([]);
    expect(found(columns, optional('elsewhere', { children: [struct('trip', 'pickUp')] }))).toEqual(['elsewhere']);
    expect(found([column('the_trip', 'struct<pick_up:int>', 'snake')], struct('trips', 'pickUp'))).toEqual(['trips']);
  });
});

describe('fields of structs', () => {
  const inner = (field = 'zoneID'): Element[][] => [optional(field)];
  const listed = (repeatedName: string, children: readonly Element[][]): Element[] =>
    optional('v', { annotation: 'LIST', children: [repeated(repeatedName, { children })] });
  const where = (path: string): string => `its schema has "zoneID" where ${path}zone_id is missing; ${EXACTLY}`;

  test.each<[string, string, Element[], string]>([
    ['a struct', 'struct<zone_id:int>', optional('v', { children: inner() }), 'v.'],
    [
      'a struct in a struct',
      'struct<s:struct<zone_id:int>>',
      optional('v', { children: [optional('s', { children: inner() })] }),
      'v.s.',
    ],
    [
      'a list of three levels',
      'array<struct<zone_id:int>>',
      listed('list', [optional('element', { children: inner() })]),
      'v.',
    ],
    [
      'a list by the new annotation',
      'array<struct<zone_id:int>>',
      optional('v', {
        annotation: { logical: 'LIST' },
        children: [repeated('list', { children: [optional('e', { children: inner() })] })],
      }),
      'v.',
    ],
    ['a list of a repeated group of two', 'array<struct<zone_id:int>>', listed('x', [...inner(), optional('b')]), 'v.'],
    ['a list of a group named array', 'array<struct<zone_id:int>>', listed('array', inner()), 'v.'],
    ['a list of a group named after it', 'array<struct<zone_id:int>>', listed('v_tuple', inner()), 'v.'],
    ['what is repeated without a list', 'array<struct<zone_id:int>>', repeated('v', { children: inner() }), 'v.'],
    [
      'a list in a list',
      'array<array<struct<zone_id:int>>>',
      listed('list', [
        optional('element', {
          annotation: 'LIST',
          children: [repeated('list', { children: [optional('element', { children: inner() })] })],
        }),
      ]),
      'v.',
    ],
    [
      'a map',
      'map<string,struct<zone_id:int>>',
      optional('v', {
        annotation: 'MAP',
        children: [repeated('key_value', { children: [needed('key'), optional('value', { children: inner() })] })],
      }),
      'v.',
    ],
  ])('are compared in %s', (_, type, element, path) => {
    expect(refusal([column('v', type)], element)).toBe(where(path));
    // The same with the name that is declared.
    const right = element.map((one) => (one.name === 'zoneID' ? { ...one, name: 'zone_id' } : one));
    expect(found([column('v', type)], right)).toEqual([]);
  });

  test('twins within a struct say where they are', () => {
    const element = optional('v', { children: [optional('Zone'), optional('zone')] });
    expect(refusal([column('v', 'struct<zone:int>')], element)).toBe(
      'its schema has v.zone more than once but for case: "Zone", "zone"; keep one of them',
    );
  });

  test.each<[string, string, Element[]]>([
    ['a list of nothing', 'array<struct<zone_id:int>>', optional('v', { annotation: 'LIST', children: [] })],
    ['an optional group without the annotation', 'array<struct<zone_id:int>>', optional('v', { children: inner() })],
    ['a map without a value', 'map<string,struct<zone_id:int>>', optional('v', { annotation: 'MAP', children: [] })],
    ['a value where a struct is declared', 'struct<zone_id:int>', optional('v')],
    ['a struct where a value is declared', 'int', optional('v', { children: inner() })],
  ])('are left to the check of types in %s', (_, type, element) => {
    expect(found([column('v', type)], element)).toEqual([]);
  });
});
