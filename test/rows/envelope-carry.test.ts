/** Members of an envelope that its records get, as if they stood before the own members of each. */
import type { Column } from '../../lib/dataset/model';
import { NdjsonValidator } from '../../lib/rows';
import { dataset } from '../dataset/helpers';
import { cut, feed, keep } from './helpers';
import { AT, plain } from './json-arrangements';

/** Each of its texts is the records of an envelope; what the lines hold, and the reasons for those that are none. */
function read(columns: readonly Column[], carried: string, records: readonly string[], carry: readonly string[]) {
  const columnsOfRows = columns.filter(({ name }) => name !== 'at');
  const json = { unwrap: ['r'], carry: carry.map((name) => name.split('.')) };
  const members = carried === '' ? '' : `${carried},`;
  const text = `{${members}"r":[${records.join(',')}]}\n{${members}"r":[\n${records.join(',\n')}\n]}{"r":[${records.join(' , ')}]${carried === '' ? '' : `,${carried}`}}`;
  const once = (cuts: readonly number[], vetoes?: ReadonlyMap<number, string>) => {
    const rejected: { line: number; reason: string; raw: string }[] = [];
    const validator = new NdjsonValidator({ columns: columnsOfRows, input: { json } }, keep(rejected), vetoes);
    const lines = feed(validator, cut(Buffer.from(text), cuts))
      .toString()
      .split('\n')
      .slice(0, -1);
    return { lines, rejected: rejected.map(({ reason }) => reason) };
  };
  const whole = once([]);
  expect(once(Array.from({ length: text.length }, (_, at) => at))).toEqual(whole);
  expect(once([], new Map())).toEqual(whole);
  // All three envelopes hold the same.
  const third = whole.lines.length / 3;
  for (const from of [third, 2 * third]) {
    expect(whole.lines.slice(from, from + third).map((line) => line.replace(/\s/g, ''))).toEqual(
      whole.lines.slice(0, third).map((line) => line.replace(/\s/g, '')),
    );
  }
  return { lines: whole.lines.slice(0, third), rejected: whole.rejected.slice(0, whole.rejected.length / 3) };
}

test('stand before the own members of each record', () => {
  expect(read(plain, '"owner":"o"', ['{"id":1}', '{ "id":2 }', '{"v":"x","id":3}'], ['owner'])).toEqual({
    lines: ['{"owner":"o","id":1}', '{"owner":"o", "id":2 }', '{"owner":"o","v":"x","id":3}'],
    rejected: [],
  });
});

test('give way to those that a record has, be they null', () => {
  const records = [
    '{"id":1}',
    '{"id":2,"owner":"own"}',
    '{"owner":null,"id":3}',
    '{"id":4}',
    '{"id":5,"\\u006fwner":"own"}',
    '{"id":6}',
  ];
  expect(read(plain, '"owner":"o","v":"w"', records, ['owner', 'v'])).toEqual({
    lines: [
      '{"owner":"o","v":"w","id":1}',
      '{"v":"w","id":2,"owner":"own"}',
      '{"v":"w","owner":null,"id":3}',
      '{"owner":"o","v":"w","id":4}',
      '{"v":"w","id":5,"\\u006fwner":"own"}',
      '{"owner":"o","v":"w","id":6}',
    ],
    rejected: [],
  });
});

test('are all there is of an empty record, and are none where an envelope has none', () => {
  const anyId = plain.map((column) => ({ ...column, notNull: false }));
  expect(
    read(anyId, '"owner":"o"', ['{}', '{"id":2}', '{ }', '{\t}'], ['owner']).lines.map((line) =>
      line.replace(/\s/g, ''),
    ),
  ).toEqual(['{"owner":"o"}', '{"owner":"o","id":2}', '{"owner":"o"}', '{"owner":"o"}']);
  expect(read(anyId, '', ['{}', '{"id":2}'], ['owner']).lines).toEqual(['{}', '{"id":2}']);
});

test('are written as values of their columns are, once for all records', () => {
  expect(read(plain, '"seen":0,"owner":"\\u00e9"', ['{"id":1}', '{"id":2,"v":"x"}'], ['owner', 'seen']).lines).toEqual([
    '{"owner":"\\u00e9","seen":"1970-01-01T00:00:00.000","id":1}',
    '{"owner":"\\u00e9","seen":"1970-01-01T00:00:00.000","id":2,"v":"x"}',
  ]);
});

test.each([
  ['"owner":7', ['owner: expected a string, found 7', 'owner: expected a string, found 7']],
  [
    '"seen":"x"',
    [expect.stringMatching(/^seen: expected a timestamp/), expect.stringMatching(/^seen: expected a timestamp/)],
  ],
])('that do not fit make no record fit but those with their own: %s', (carried, rejected) => {
  const name = carried.split('"')[1] ?? '';
  const own = name === 'owner' ? '"owner":"o"' : '"seen":null';
  expect(read(plain, carried, ['{"id":1}', `{"id":2,${own}}`, '{"id":3}'], ['owner', 'seen'])).toEqual({
    lines: [`{"id":2,${own}}`],
    rejected,
  });
});

test('may be null, where a value may', () => {
  expect(read(plain, '"owner":null', ['{"id":1}', '{"id":2,"owner":"x"}'], ['owner'])).toEqual({
    lines: ['{"owner":null,"id":1}', '{"id":2,"owner":"x"}'],
    rejected: [],
  });
  expect(read(plain, '"id":null', ['{"v":"x"}', '{"id":2}', '{"v":"y"}'], ['id'])).toEqual({
    lines: ['{"id":2}'],
    rejected: ['id: null in a column that must have a value', 'id: null in a column that must have a value'],
  });
});

test('may be the value that a record must have', () => {
  expect(read(plain, '"id":7', ['{"v":"x"}', '{"id":2}', '{"id":null}', '{"v":"y"}'], ['id'])).toEqual({
    lines: ['{"id":7,"v":"x"}', '{"id":2}', '{"id":7,"v":"y"}'],
    rejected: ['id: null in a column that must have a value'],
  });
});

test('that are not declared are passed on, and counted with each record', () => {
  const rejected: { line: number; reason: string; raw: string }[] = [];
  const columns = plain.filter(({ name }) => name !== 'at');
  const validator = new NdjsonValidator(
    { columns, input: { json: { unwrap: ['r'], carry: [['x'], ['a', 'y']] } } },
    keep(rejected),
  );
  const text = '{"x":1,"a":{"y":2,"z":3},"r":[{"id":1},{"id":2}]}';
  expect(feed(validator, [Buffer.from(text)]).toString()).toBe('{"x":1,"y":2,"id":1}\n{"x":1,"y":2,"id":2}\n');
  expect(validator.unknownFields.map(({ name, count }) => [name, count])).toEqual([
    ['x', 2],
    ['y', 2],
  ]);
});

describe('for columns with several sources', () => {
  const { columns } = dataset({
    columns: [
      AT,
      { name: 'id', type: 'int', notNull: true },
      { name: 'account', type: 'string', from: { firstOf: ['owner', 'accountId'] } },
      { name: 'zone', type: 'string', from: { firstOf: ['accountZone', 'region'] } },
    ],
  });

  test.each([
    // The envelope has the best place, or one that others are preferred to.
    ['"owner":"o"', '{"id":1,"accountId":"own"}', { account: 'o' }],
    ['"owner":"o"', '{"id":1,"account":"own"}', { account: 'o' }],
    ['"owner":"o"', '{"id":1,"owner":"own"}', { account: 'own' }],
    ['"owner":"o"', '{"id":1,"owner":null,"accountId":"own"}', { account: 'own' }],
    ['"owner":"o"', '{"id":1}', { account: 'o' }],
    ['"owner":null', '{"id":1,"accountId":"own"}', { account: 'own' }],
    ['"owner":null', '{"id":1}', { account: undefined }],
    ['"region":"r"', '{"id":1,"accountZone":"own"}', { zone: 'own' }],
    ['"region":"r"', '{"id":1,"accountZone":null}', { zone: 'r' }],
    ['"region":"r"', '{"id":1,"zone":"own"}', { zone: 'r' }],
    ['"region":"r"', '{"id":1,"region":"own"}', { zone: 'own' }],
    ['"region":"r","owner":"o"', '{"id":1,"accountZone":"z"}', { zone: 'z', account: 'o' }],
    ['"region":"r","owner":"o"', '{"id":1,"accountId":"a"}', { zone: 'r', account: 'o' }],
  ])('%s before %s', (carried, record, expected) => {
    const others = ['{"id":7}', record, record, '{"id":8}'];
    const { lines, rejected } = read(columns, carried, others, ['owner', 'region']);
    expect(rejected).toEqual([]);
    const rows = lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
    expect(rows.map(({ id }) => id)).toEqual([7, 1, 1, 8]);
    for (const { account, zone } of rows.slice(1, 3))
      expect({ account, zone }).toEqual({ account: undefined, zone: undefined, ...expected });
    const own = Object.fromEntries(
      carried.split(',').map((member) => JSON.parse(`[${member.replace(':', ',')}]`) as [string, unknown]),
    );
    for (const { account, zone } of [rows[0] ?? {}, rows[3] ?? {}])
      expect([account ?? null, zone ?? null]).toEqual([own.owner ?? null, own.region ?? null]);
  });
});

describe('in snake case', () => {
  const { columns } = dataset({
    columnNames: 'snake',
    columns: [
      AT,
      { name: 'id', type: 'int', notNull: true },
      { name: 'account_id', type: 'string' },
      { name: 'region', type: 'string', notNull: true },
      { name: 'other', type: 'string', from: 'x' },
    ],
  });

  test('are the same members as other spellings of a record', () => {
    const records = ['{"id":1}', '{"id":2,"account_id":"own"}', '{"id":3,"AccountID":"own"}', '{"Id":4}'];
    const { lines, rejected } = read(columns, '"accountId":"o","Region":"r"', records, ['accountId', 'Region']);
    expect(rejected).toEqual([]);
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { account_id: 'o', region: 'r', id: 1 },
      { account_id: 'own', region: 'r', id: 2 },
      { account_id: 'own', region: 'r', id: 3 },
      { account_id: 'o', region: 'r', id: 4 },
    ]);
  });

  test('do for what a record must have, and are missed where it has none', () => {
    expect(
      read(columns, '"accountId":"o"', ['{"id":1}', '{"id":2,"Region":"own"}'], ['accountId', 'Region']).rejected,
    ).toEqual(['region: missing, and the column must have a value']);
  });
});
