/** Columns and struct fields that take their values from other names, places within objects, or several of them. */

import type { Column } from '../../lib/dataset/model';
import { NdjsonValidator } from '../../lib/rows';
import { CompiledType } from '../../lib/rows/types';
import { dataset } from '../dataset/helpers';
import { checkNdjson } from './helpers';

const columnsOf = (columns: readonly object[], others: object = {}): readonly Column[] =>
  dataset({
    columns: [{ name: 'at', type: 'timestamp', notNull: true, from: 'eventTime' }, ...columns],
    ...others,
  }).columns;

const AT = '"eventTime":"2026-06-15T10:00:00Z"';

/** What a line of more members than the time is read as, without the time; or why it is refused. */
function read(columns: readonly Column[], members: string): unknown {
  const { output, rejected } = checkNdjson(columns, [Buffer.from(`{${AT},${members}}\n`)]);
  if (rejected.length > 0) return rejected[0]?.reason;
  const row = JSON.parse(output.toString()) as Record<string, unknown>;
  const { at, ...rest } = Object.fromEntries(columns.map(({ name }) => [name, row[name]]));
  expect(at).toBe('2026-06-15T10:00:00Z');
  return Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
}

describe('a name of the input', () => {
  test.each([
    'VendorID',
    '@timestamp',
    'app.kubernetes.io/name',
    'a b',
    ' ',
    '',
    '-',
    'é漢字😀',
    '__proto__',
    'constructor',
    'say "hi"',
    'back\\slash',
    'tab\tand\nline',
    'x'.repeat(1000),
  ])('may be anything: %j', (from) => {
    const columns = columnsOf([{ name: 'v', type: 'int', from }]);
    const escaped = [...from].map((char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
    expect(read(columns, `${JSON.stringify(from)}:1`)).toEqual({ v: 1 });
    if (!/[\u{10000}-\u{10ffff}]/u.test(from)) expect(read(columns, `"${escaped}" : 1 , "other":2`)).toEqual({ v: 1 });
    expect(read(columns, '"v":2')).toEqual({ v: 2 });
    expect(read(columns, `"v":2,${JSON.stringify(from)}:1`)).toEqual({ v: 1 });
  });

  test('leads into nested objects, whose other members are nobody else’s', () => {
    const columns = columnsOf([
      { name: 'user_type', type: 'string', from: { path: ['userIdentity', 'type'] } },
      { name: 'mfa', type: 'boolean', from: { path: ['userIdentity', 'session', 'mfa'] } },
      { name: 'id', type: 'string' },
    ]);
    expect(read(columns, '"userIdentity":{"id":"x","type":"Root","session":{"mfa":true,"id":1}}')).toEqual({
      user_type: 'Root',
      mfa: true,
    });
    expect(read(columns, '"userIdentity":{},"id":"y"')).toEqual({ id: 'y' });
    expect(read(columns, '"userIdentity":null,"user_type":"own"')).toEqual({ user_type: 'own' });
    expect(read(columns, '"userIdentity":{"session":null}')).toEqual({});
    expect(read(columns, '"userIdentity":"text"')).toBe('userIdentity: expected an object, found the string "text"');
    expect(read(columns, '"userIdentity":{"session":{"mfa":"yes"}}')).toBe(
      'userIdentity.session.mfa: expected a boolean, found the string "yes"',
    );
    expect(read(columns, '"userIdentity":{"Type":"Root"}')).toBe(
      'userIdentity.type: missing, but the undeclared member "Type" differs from it only in case or separators; ' +
        'names match exactly: write "type"',
    );
  });

  test.each([
    ['"o":null', '"-":null'],
    ['"o":{}', '"-":{}'],
    ['"o":{"v":1}', '"v":1'],
    ['"o":{"v":1,"w":2}', '"v":1,"-":2'],
    ['"o":{"p":{"x":"a"},"v":1}', '"x":"a","v":1'],
    ['"o":{"p":null}', '"-":null'],
    ['"o" : { "v" : 1 }', ' "v" : 1 '],
    ['"b":null,"a":2', '"-":null,"f":2'],
    ['"b":3,"a":2', '"-":3,"f":2'],
    ['"a":2,"b":3', '"f":2,"-":3'],
    ['"f":1,"a":2', '"-":1,"f":2'],
  ])('of %s, what is passed on is %s', (members, expected) => {
    const columns = columnsOf([
      { name: 'v', type: 'int', from: { path: ['o', 'v'] } },
      { name: 'x', type: 'string', from: { path: ['o', 'p', 'x'] } },
      { name: 'f', type: 'int', from: { firstOf: ['a', 'b'] } },
    ]);
    const { output } = checkNdjson(columns, [Buffer.from(`{${AT},${members}}\n`)]);
    expect(output.toString()).toBe(`{"at":"2026-06-15T10:00:00Z",${expected}}\n`);
  });

  test('leads past members whose names are no longer remembered', () => {
    const columns = columnsOf([
      { name: 'user_type', type: 'string', from: { path: ['userIdentity', 'type'] } },
      { name: 'id', type: 'string' },
    ]);
    const others = Array.from({ length: 150 }, (_, n) => `"x${n}":1`).join(',');
    const lines = [`{${AT},"userIdentity":{${others}}}`, `{${AT},"userIdentity":{"id":"x","type":"Root"}}`];
    const { output, rejected } = checkNdjson(columns, [Buffer.from(`${lines.join('\n')}\n`)]);
    expect(rejected).toEqual([]);
    const [, row = ''] = output.toString().split('\n');
    expect(JSON.parse(row)).toMatchObject({ user_type: 'Root' });
    expect(JSON.parse(row)).not.toHaveProperty('id');
  });

  test('counts, of several the first that is not null, whatever their order', () => {
    const columns = columnsOf([
      { name: 'v', type: 'int', notNull: true, from: { firstOf: ['a b', { path: ['in', 'v'] }, 'c'] } },
    ]);
    const members = ['"a b":1', '"in":{"v":2}', '"c":3', '"v":4'];
    for (const order of [members, members.toReversed()]) {
      for (let from = 0; from < members.length; from++) {
        const some = order.filter((member) => members.indexOf(member) >= from);
        const others = order.filter((member) => members.indexOf(member) < from);
        const nulls = others.map((member) => member.replace(/\d/, 'null'));
        expect(read(columns, some.join(','))).toEqual({ v: from + 1 });
        expect(read(columns, [...some, ...nulls].join(','))).toEqual({ v: from + 1 });
        expect(read(columns, [...nulls, ...some].join(','))).toEqual({ v: from + 1 });
      }
    }
    const places = '"a b", else "in" / "v", else "c"';
    expect(read(columns, '"a b":null')).toBe(`v: no value in ${places}, and the column must have one`);
    expect(read(columns, '"a b":1,"c":"x"')).toBe('c: expected an int, found the string "x"');
    expect(read(columns, '"c":1,"c":1')).toBe('c: the key occurs twice');
    expect(read(columns, '"in":{"v":1},"in":{}')).toBe('in: the key occurs twice');
    // With a value there, a look-alike is only an undeclared member.
    expect(read(columns, '"A B":0,"a b":1')).toEqual({ v: 1 });
    expect(read(columns, '"c":3,"C":0')).toEqual({ v: 3 });
    expect(read(columns, '"C":1')).toBe(
      'c: missing, but the undeclared member "C" differs from it only in case or separators; names match exactly: write "c"',
    );
  });

  test('may stand for a field of a struct, in arrays and maps too', () => {
    const columns = columnsOf([
      {
        name: 'items',
        type: 'array<struct<sku:string,price:map<string,struct<unit_price:int>>>>',
        fields: { sku: { from: 'SKU' }, 'price.unit_price': { from: { path: ['unit', 'price'] } } },
      },
    ]);
    expect(
      read(columns, '"items":[{"SKU":"a"},null,{"sku":"b","price":{"eur":{"unit":{"price":7}},"usd":{}}}]'),
    ).toEqual({ items: [{ sku: 'a' }, null, { sku: 'b', price: { eur: { unit_price: 7 }, usd: {} } }] });
    expect(read(columns, '"items":[{"SKU":5}]')).toBe('items[0].SKU: expected a string, found 5');
  });
});

describe('snake case', () => {
  const columns = columnsOf(
    [
      { name: 'event_id', type: 'string', notNull: true },
      { name: 'http_status_code', type: 'int' },
      { name: 'app_user', type: 'struct<principal_id:string>' },
      { name: 'log_status', type: 'string', from: 'Log-Status!' },
    ],
    { columnNames: 'snake' },
  );

  test.each(['eventID', 'eventId', 'EventId', 'EventID', 'event-id', 'event id', 'event.id', 'EVENT_ID', 'event_id'])(
    'takes %s for event_id',
    (name) => {
      expect(read(columns, `"${name}":"a","HTTPStatusCode":200,"AppUser":{"principalId":"p"}`)).toEqual({
        event_id: 'a',
        http_status_code: 200,
        app_user: { principal_id: 'p' },
      });
    },
  );

  test('is of no column with a from of its own, and of no other form', () => {
    expect(read(columns, '"eventId":"a","Log-Status!":"OK"')).toEqual({ event_id: 'a', log_status: 'OK' });
    expect(read(columns, '"eventId":"a","logStatus":"OK"')).toContain('names match exactly');
    expect(read(columns, '"eventid":"a"')).toContain('"eventid" differs from it only in case or separators');
  });

  test.each([
    '"eventId":"a","eventID":"b"',
    '"event_id":"a","eventID":null',
    '"httpStatusCode":null,"HTTPStatusCode":1',
  ])('refuses two spellings of one name: %s', (members) => {
    expect(read(columns, members)).toMatch(/^\w+: (the key occurs twice|there is another value for it under the name)/);
  });

  test('refuses null where a value must be', () => {
    expect(read(columns, '"eventID":null')).toBe('eventID: null in a column that must have a value');
    expect(read(columns, '"other":1')).toBe('event_id: missing, and the column must have a value');
  });

  test('remembers a bounded number of spellings, and takes the others too', () => {
    const name = 'a_b_c_d_e_f_g_h_i_j_k_l_m';
    const long = columnsOf([{ name, type: 'int' }], { columnNames: 'snake' });
    const lines = Array.from({ length: 5000 }, (_, n) => {
      const spelled = name.split('_').reduce((text, word, at) => text + ((n >> at) & 1 ? '-' : '.') + word);
      return `{${AT},"${spelled}":${n}}\n`;
    });
    const { output, rejected } = checkNdjson(long, [Buffer.from(lines.join(''))]);
    expect(rejected).toEqual([]);
    const values = output
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)[name]);
    expect(values).toEqual(lines.map((_, n) => n));
    const { table } = new CompiledType({ kind: 'row', columns: long }, { left: 0 });
    for (const line of lines) {
      const [, key = ''] = /,(".*"):/.exec(line) ?? [];
      expect(table?.lookup(Buffer.from(key), 0, key.length, table.start)?.route).toBeDefined();
    }
    expect(table?.entries.length).toBeLessThan(2100);
  });
});

test('undeclared members are counted by their places in the input', () => {
  const columns = columnsOf([
    { name: 'v', type: 'int', from: { path: ['in', 'v'] } },
    { name: 's', type: 'struct<x:int>', from: { firstOf: ['S1', 'S2'] } },
  ]);
  const checker = new NdjsonValidator({ columns }, () => undefined);
  checker.push(Buffer.from(`{${AT},"in":{"v":1,"w":2},"S1":{"x":1,"y":2},"z":1}\n{${AT},"S2":{"y":2}}\n`));
  expect(checker.unknownFields).toEqual([
    { name: 'in.w', count: 1, similarTo: undefined },
    { name: 'S1.y', count: 2, similarTo: undefined },
    { name: 'z', count: 1, similarTo: undefined },
  ]);
});
