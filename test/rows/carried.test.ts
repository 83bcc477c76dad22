/** Members of an envelope, before those of a record: read together with each at once, and written into its line. */
import type { Column } from '../../lib/dataset/model';
import { Carried } from '../../lib/rows/carried';
import { RowChecker } from '../../lib/rows/row';
import { dataset } from '../dataset/helpers';
import { AT, plain } from './json-arrangements';

describe('read together with each record', () => {
  const REJECTED = -1;
  const read = (
    columns: readonly Column[],
    members: readonly (readonly [string, string])[],
    records: readonly string[],
  ) => {
    const checker = new RowChecker(columns.filter(({ name }) => name !== 'at'));
    const carried = new Carried(
      members.map(([name, value]) => [name, Buffer.from(value)]),
      columns.some(({ from }) => from === 'snake'),
    );
    const values = checker.carry(carried);
    if (values === undefined) return undefined;
    return [
      values.prefix.toString(),
      ...records.map((record) => checker.checkCarried(Buffer.from(`${record}\n`), 0, values)),
    ];
  };

  test('those of columns: a record with its own, or without any, is for who reads it alone', () => {
    const records = [
      '{"id":1}',
      '{"id":2,"owner":"own"}',
      '{ "v" : "x","id":3}',
      '{}',
      '{ }',
      '{"owner":null,"id":4}',
      '{"id":"x"}',
      '{"id":5}',
    ];
    expect(
      read(
        plain,
        [
          ['owner', '"o"'],
          ['seen', '0'],
        ],
        records,
      ),
    ).toEqual([
      '{"owner":"o","seen":"1970-01-01T00:00:00.000",',
      8,
      REJECTED,
      19,
      REJECTED,
      REJECTED,
      REJECTED,
      REJECTED,
      8,
    ]);
    expect(read(plain, [['id', '7']], ['{"v":"x"}', '{"id":1}', '{"owner":"o"}'])).toEqual([
      '{"id":7,',
      9,
      REJECTED,
      13,
    ]);
    expect(read(plain, [['owner', 'null']], ['{"id":1}'])).toEqual(['{"owner":null,', 8]);
  });

  test('those of other places: a record that has a better one, too', () => {
    const { columns } = dataset({
      columns: [
        AT,
        { name: 'id', type: 'int', notNull: true },
        { name: 'zone', type: 'string', notNull: true, from: { firstOf: ['accountZone', 'region'] } },
        { name: 'account', type: 'string', from: { firstOf: ['owner', 'accountId'] } },
      ],
    });
    const records = [
      '{"id":1}',
      '{"id":2,"accountZone":"z"}',
      '{"id":3,"zone":"z"}',
      '{"id":4,"region":"z"}',
      '{"id":5,"accountId":"a"}',
      '{"id":6}',
    ];
    expect(
      read(
        columns,
        [
          ['region', '"r"'],
          ['owner', '"o"'],
        ],
        records,
      ),
    ).toEqual(['{"zone":"r","account":"o",', 8, REJECTED, 19, REJECTED, 24, 8]);
  });

  test('those of other spellings', () => {
    const { columns } = dataset({
      columnNames: 'snake',
      columns: [AT, { name: 'id', type: 'int', notNull: true }, { name: 'account_id', type: 'string', notNull: true }],
    });
    const records = ['{"id":1}', '{"id":2,"AccountID":"x"}', '{"id":3,"account_id":"x"}', '{"id":4}'];
    expect(read(columns, [['accountId', '"a"']], records)).toEqual(['{"account_id":"a",', 8, REJECTED, REJECTED, 8]);
  });

  test('none where only the record with them tells', () => {
    for (const members of [
      [['x', '1']],
      [['owner', '7']],
      [['id', 'null']],
      [
        ['owner', '"a"'],
        ['owner', '"b"'],
      ],
    ] as const) {
      expect(read(plain, members, [])).toBeUndefined();
    }
  });
});

describe('written into a line', () => {
  const carried = (snake = false): Carried =>
    new Carried(
      [
        ['owner', Buffer.from('"o"')],
        ['a"b', Buffer.from('[1]')],
      ],
      snake,
    );
  const line = (text: string): Buffer => Buffer.from(`${text}\n`);

  test('before its own members, with a comma where it has some', () => {
    const into = (text: string): string => carried().into(line(text)).toString();
    expect(into('{"id":1}')).toBe('{"owner":"o","a\\"b":[1],"id":1}\n');
    expect(into('{ "id":1}')).toBe('{"owner":"o","a\\"b":[1], "id":1}\n');
    expect(into('{}')).toBe('{"owner":"o","a\\"b":[1]}\n');
    expect(into('{ \t}')).toBe('{"owner":"o","a\\"b":[1] \t}\n');
    const none = new Carried([], false);
    const given = line('{"id":1}');
    expect([none.into(given) === given, none.isEmpty, carried().isEmpty]).toEqual([true, true, false]);
  });

  test('without those that it has', () => {
    const left = (text: string, snake = false): string | undefined =>
      carried(snake).without(line(text))?.into(line('{}')).toString();
    expect(left('{"id":1}')).toBeUndefined();
    expect(left('{"Owner":1}')).toBeUndefined();
    expect(left('{"owner":null}')).toBe('{"a\\"b":[1]}\n');
    expect(left('{"a\\u0022b":1,"x":{"owner":1}}')).toBe('{"owner":"o"}\n');
    expect(left('{"owner":1,"a\\"b":1}')).toBe('{}\n');
    expect(left('{"Owner":1}', true)).toBe('{"a\\"b":[1]}\n');
    expect(carried(true).without(line('{"Owner":1}'))?.snake).toBe(true);
  });
});
