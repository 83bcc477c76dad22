/** What the names of a header are for, and under which of them no row can be read. */
import { UnreadableObjectError } from '../../lib/rows';
import { Header } from '../../lib/rows/csv-header';
import { dataset } from '../dataset/helpers';
import { columnsOf } from './helpers';

const plain = columnsOf({ vendor_id: 'int!', fare: 'double!', note: 'string' });
const EXACTLY = 'names match exactly, case and separators included: write them as declared';

function problem(names: readonly string[], header = new Header(plain), advice?: () => string): string {
  try {
    header.read(names, advice);
  } catch (error) {
    expect(error).toBeInstanceOf(UnreadableObjectError);
    return (error as Error).message;
  }
  return 'none';
}

test('each name is the field of its column, in the order of the header', () => {
  expect(new Header(plain).read(['x', 'note', 'fare', 'y', 'vendor_id'])).toEqual({
    width: 5,
    columns: [
      { name: 'note', kind: 'string', field: 1 },
      { name: 'fare', kind: 'double', field: 2 },
      { name: 'vendor_id', kind: 'int', field: 4 },
    ],
    isOwn: true,
    unknown: ['x', 'y'],
  });
});

test('without names, fields are the columns', () => {
  expect(new Header(plain).inOrder()).toEqual({
    width: 3,
    columns: [
      { name: 'vendor_id', kind: 'int', field: 0 },
      { name: 'fare', kind: 'double', field: 1 },
      { name: 'note', kind: 'string', field: 2 },
    ],
    isOwn: true,
    unknown: [],
  });
});

test.each([
  [['vendor_id', 'fare'], 'none'],
  [['fare', 'vendor_id', 'note', 'NOTE'], 'none'],
  [['vendor_id', 'fare', 'x', 'x'], 'its header has the column "x" twice'],
  [['vendor_id', 'fare', 'vendor_id'], 'its header has the column "vendor_id" twice'],
  [['note'], 'its header lacks columns that must have values: vendor_id, fare'],
  [['vendor_id'], 'its header lacks columns that must have values: fare'],
  [[], 'its header lacks columns that must have values: vendor_id, fare'],
  [['vendor_id', 'fare', 'Note'], `its header has "Note" where note is missing; ${EXACTLY}`],
  [['VendorID', 'fare'], `its header has "VendorID" where vendor_id is missing; ${EXACTLY}`],
  [
    ['VendorID'],
    `its header has "VendorID" where vendor_id is missing; ${EXACTLY}. It also lacks columns that must have values: fare`,
  ],
  [
    ['Note'],
    `its header has "Note" where note is missing; ${EXACTLY}. It also lacks columns that must have values: vendor_id, fare`,
  ],
])('%j: %s', (names, message) => {
  expect(problem(names)).toBe(message);
});

test('what else is to be said is said of a header that lacks columns, and where the names stand', () => {
  const header = new Header(plain, 'input.lines.pattern');
  expect(problem(['note'], header, () => '; do this')).toBe(
    'input.lines.pattern lacks columns that must have values: vendor_id, fare; do this',
  );
  expect(problem(['Note', 'fare', 'vendor_id'], header, () => '; do this')).toBe(
    `input.lines.pattern has "Note" where note is missing; ${EXACTLY}`,
  );
  expect(problem(['x', 'x'], header, () => '; do this')).toBe('input.lines.pattern has the column "x" twice');
});

describe('columns with other sources', () => {
  const { columns } = dataset({
    columns: [
      { name: 'id', type: 'int', notNull: true },
      { name: 'at', type: 'timestamp', notNull: true, from: { firstOf: ['pickup', 'ts'] } },
      { name: 'label', type: 'string', from: { join: ['first', 'last'] } },
      { name: 'deep', type: 'string', from: { firstOf: ['key', { path: ['user', 'id'] }] } },
    ],
  });
  const header = new Header(columns);
  const read = (...names: string[]) => {
    const { columns: found, isOwn, unknown } = header.read(names);
    return {
      found: found.map(({ name, field, joined }) => [name, field, ...(joined ? [joined] : [])]),
      isOwn,
      unknown,
    };
  };

  const ID_AND_AT = {
    found: [
      ['id', 0],
      ['at', 1],
    ],
    isOwn: true,
    unknown: [],
  };

  test('have their own names where each has one field', () => {
    expect(read('ts', 'id', 'key')).toEqual({
      found: [
        ['at', 0],
        ['id', 1],
        ['deep', 2],
      ],
      isOwn: true,
      unknown: [],
    });
    expect(read('id', 'at')).toEqual(ID_AND_AT);
  });

  test('keep the names of the header where one has several', () => {
    expect(read('ts', 'id', 'pickup', 'key', 'x')).toEqual({
      found: [
        ['ts', 0],
        ['id', 1],
        ['pickup', 2],
        ['key', 3],
      ],
      isOwn: false,
      unknown: ['x'],
    });
  });

  test('are joined where all parts are there, and have a field of their own besides', () => {
    expect(read('last', 'id', 'at', 'first')).toEqual({
      found: [
        ['id', 1],
        ['at', 2],
        ['label', -1, [3, 0]],
      ],
      isOwn: true,
      unknown: [],
    });
    expect(read('id', 'at', 'first', 'last', 'label').found).toEqual([
      ['id', 0],
      ['at', 1],
      ['label', 4, [2, 3]],
    ]);
    expect(read('id', 'at', 'first', 'label').found).toEqual([
      ['id', 0],
      ['at', 1],
      ['label', 3],
    ]);
    expect(read('label', 'id', 'at', 'last').found).toEqual([
      ['id', 1],
      ['at', 2],
      ['label', 0],
    ]);
    // Its own name needs no parts, and one part alone is nothing.
    expect(read('id', 'at', 'last')).toEqual(ID_AND_AT);
    expect(read('id', 'at')).toEqual(ID_AND_AT);
  });

  test('are used under each of their names', () => {
    expect(['id', 'at', 'ts', 'first', 'user', 'x', 'ID'].map((name) => header.knows(name))).toEqual([
      true,
      true,
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  test('that must have values and are joined need all their parts, or their own name', () => {
    const needed = columns.map((column) => (column.name === 'label' ? { ...column, notNull: true } : column));
    const lacks = 'its header lacks columns that must have values: label';
    expect(problem(['id', 'at', 'first'], new Header(needed))).toBe(lacks);
    expect(problem(['id', 'at'], new Header(needed))).toBe(lacks);
    expect(problem(['id', 'at', 'first', 'last'], new Header(needed))).toBe('none');
    expect(problem(['id', 'at', 'label'], new Header(needed))).toBe('none');
  });
});

test('in snake case, two spellings are one column', () => {
  const { columns } = dataset({
    columnNames: 'snake',
    columns: [
      { name: 'vendor_id', type: 'int', notNull: true },
      { name: 'at', type: 'timestamp', notNull: true },
    ],
  });
  const header = new Header(columns);
  expect(problem(['at', 'VendorID', 'vendorId'], header)).toBe(
    'its header has the column vendor_id twice: as "VendorID" and "vendorId"',
  );
  expect(problem(['At', 'x', 'at', 'vendor-id'], header)).toBe('its header has the column at twice: as "At" and "at"');
  expect(header.read(['At', 'VendorID']).columns.map(({ name }) => name)).toEqual(['at', 'vendor_id']);
});
