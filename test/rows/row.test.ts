/** What a checker says of lines besides whether they fit: blanks, what is not declared, what is needed, and values of columns. */
import { withOwnNames } from '../../lib/dataset';
import type { Column } from '../../lib/dataset/model';
import { NdjsonValidator, readLinesSql } from '../../lib/rows';
import { Slot } from '../../lib/rows/compiled';
import { CsvRecords } from '../../lib/rows/csv-records';
import { JsonWriter } from '../../lib/rows/csv-values';
import { Output } from '../../lib/rows/output';
import { BLANK, REJECTED, RowChecker } from '../../lib/rows/row';
import { plant } from '../../lib/rows/slots';
import { CompiledType } from '../../lib/rows/types';
import { Vetoes } from '../../lib/rows/vetoes';
import { FieldColumn } from '../../lib/rows/written-column';
import { passOn } from '../../lib/rows/written-line';
import { dataset } from '../dataset/helpers';
import { columnsOf } from './helpers';

const checkerOf = (types: Readonly<Record<string, string>>): RowChecker => new RowChecker(columnsOf(types));

test('a line ends at its newline, wherever it stands, and one of blanks is none', () => {
  const checker = checkerOf({ a: 'int' });
  const buf = Buffer.from('{"a":1}\n \t\r\n\n {"a":2} \r\n{"a":"x"}\n');
  const second = buf.indexOf('\n') + 1;
  expect(checker.check(buf, 0)).toBe(second - 1);
  expect([checker.check(buf, second), checker.check(buf, second + 4)]).toEqual([BLANK, BLANK]);
  const third = second + 5;
  expect(checker.check(buf, third)).toBe(third + 10);
  expect(checker.check(buf, third + 11)).toBe(REJECTED);
  expect(checker.reason).toBe('a: expected an int, found the string "x"');
  expect(checker.checkObject(buf, 0)).toBe(second - 1);
  expect([REJECTED, BLANK]).toEqual([-1, -2]);
});

test.each([
  ['[1]', "expected an object, found an array; write one object a line, for example with jq -c '.[]'"],
  ['"x"', 'expected an object, found the string "x"'],
  ['5', 'expected an object, found 5'],
  ['{} {}', 'not JSON: unexpected "{" at byte 4; write one object a line, for example with jq -c .'],
  ['{},{}', 'not JSON: unexpected "," at byte 3; write one object a line, for example with jq -c .'],
  ['{}x', 'not JSON: unexpected "x" at byte 3'],
  ['{}]', 'not JSON: unexpected "]" at byte 3'],
  ['x', 'not JSON: unexpected "x" at byte 1'],
])('%s is no line: %s', (line, reason) => {
  const checker = checkerOf({ a: 'int' });
  // The place is counted from where the line begins.
  const buf = Buffer.from(`{}\n${line}\n`);
  expect([checker.check(buf, 3), checker.reason]).toEqual([REJECTED, reason]);
});

test('undeclared fields are counted by their paths, without indices and keys of maps', () => {
  const checker = checkerOf({
    a_b: 'int',
    s: 'struct<x:int>',
    l: 'array<struct<y:int>>',
    m: 'map<string,struct<z:int>>',
  });
  expect(checker.isUntouched).toBe(true);
  const check = (line: string): number => checker.check(Buffer.from(`${line}\n`), 0);
  check('{"a_b":1}');
  expect([checker.isUntouched, checker.unknownFields]).toEqual([true, []]);
  check('{"q":1,"s":{"x":1,"q":{}},"l":[{"y":1},{"q":[]},{"q":null}],"m":{"k":{"q":1},"o":{"z":1}}}');
  check('{"q":1,"a_b":1,"A_B":2}');
  check('{"q":true,"a_b":"x"}');
  expect(checker.unknownFields).toEqual(
    [
      { name: 's.q', count: 1, similarTo: undefined },
      { name: 'l.q', count: 2, similarTo: undefined },
      { name: 'm.q', count: 1, similarTo: undefined },
      { name: 'q', count: 3, similarTo: undefined },
      { name: 'A_B', count: 1, similarTo: 'a_b' },
    ].filter(({ name }) => checker.unknownFields.some((field) => field.name === name)),
  );
  expect(checker.unknownFields.map(({ name }) => name).sort()).toEqual(['A_B', 'l.q', 'm.q', 'q', 's.q']);
  expect([checker.isUntouched, checker.otherUnknownFields]).toEqual([false, 0]);
});

test('a hundred undeclared names are told, and how often others occurred', () => {
  const checker = checkerOf({ a: 'int' });
  const line = (count: number) => Buffer.from(`{${Array.from({ length: count }, (_, n) => `"x${n}":1`).join(',')}}\n`);
  checker.check(line(100), 0);
  expect([checker.unknownFields.length, checker.otherUnknownFields]).toEqual([100, 0]);
  checker.check(line(103), 0);
  expect([checker.unknownFields.length, checker.otherUnknownFields]).toEqual([100, 3]);
  expect(checker.unknownFields.every(({ count }) => count === 2)).toBe(true);
  const long = checkerOf({ a: 'int' });
  long.check(Buffer.from(`{"${'x'.repeat(300)}":1}\n`), 0);
  expect([long.isUntouched, long.unknownFields, long.otherUnknownFields]).toEqual([false, [], 1]);
});

const { columns: marked } = dataset({
  columns: [
    { name: 'id', type: 'int', notNull: true },
    { name: 'at', type: 'timestamp', notNull: true },
    { name: 'label', type: 'string', notNull: true },
    { name: 'note', type: 'string' },
    { name: 'op', type: 'string' },
    { name: 'zone', type: 'string', from: 'Zone' },
  ],
  dedupe: { key: ['id'], keep: 'latest', by: 'at', deleted: { column: 'op', values: ['D'] } },
  eventTime: 'at',
});

test('what a row needs is known by the names of columns', () => {
  const checker = new RowChecker(marked);
  expect(['id', 'label', 'note', 'op', 'other'].map((name) => checker.needs(name))).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
  expect(checker.columnType('id')?.kind).toBe('int');
  expect([checker.columnType('other'), checker.columnType('Zone')]).toEqual([undefined, undefined]);
  const line = (members: string) => Buffer.from(`{"id":1,"at":"2026-06-15T10:00:00Z"${members}}\n`);
  const reasonOf = (members: string) => (checker.check(line(members), 0) < 0 ? checker.reason : 'fits');
  expect(
    ['', ',"op":"D"', ',"label":null', ',"label":null,"op":"D"', ',"label":"x"', ',"op":"d"'].map(reasonOf),
  ).toEqual([
    'label: no value, and only a row that deletes needs none',
    'fits',
    'label: no value, and only a row that deletes needs none',
    'fits',
    'fits',
    'label: no value, and only a row that deletes needs none',
  ]);
  // An event needs all that its schema requires.
  const strict = new RowChecker(marked, { strict: true });
  expect([strict.check(line(',"op":"D"'), 0), strict.reason]).toEqual([
    REJECTED,
    'label: missing, and the column must have a value',
  ]);
  expect(strict.check(line(',"label":"x","zone":"z"'), 0)).toBeGreaterThan(0);
  expect(strict.check(line(',"label":"x","Zone":"z"'), 0)).toBe(REJECTED);
});

test('a column is read from the line that was accepted last', () => {
  const checker = checkerOf({ a: 'string', b: 'array<int>', c: 'int' });
  const [a, b, c] = ['a', 'b', 'c'].map((name) => checker.column(name)) as [
    ReturnType<RowChecker['column']>,
    ReturnType<RowChecker['column']>,
    ReturnType<RowChecker['column']>,
  ];
  const read = (line: string) => {
    const buf = Buffer.from(`??${line}\n`);
    checker.check(buf, 2);
    return [a, b, c].map((one) => [
      one.isPresent,
      one.hasValue,
      one.read(buf),
      one.hasValue ? buf.toString('utf8', one.from, one.to) : '',
    ]);
  };
  expect(read('{"a":"x y","b":[1, 2],"c":7}')).toEqual([
    [true, true, 'x y', '"x y"'],
    [true, true, [1, 2], '[1, 2]'],
    [true, true, 7, '7'],
  ]);
  expect(read('{"c":null,"a":"\\u00e9\\n"}')).toEqual([
    [true, true, 'é\n', '"\\u00e9\\n"'],
    [false, false, undefined, ''],
    [true, false, null, ''],
  ]);
  expect(read('{}')).toEqual(Array(3).fill([false, false, undefined, '']));
  expect(() => checker.column('d')).toThrow(new Error('there is no column d'));
});

test('places that are in the way of each other are refused', () => {
  const owner = new CompiledType({ kind: 'row', columns: [] }, { left: 0 });
  const slotOf = (name: string) => new Slot(name, new CompiledType({ kind: 'int' }, { left: 0 }), false, owner, '');
  const planted = (
    ...sources: readonly { readonly name: string; readonly from: NonNullable<Column['from']> }[]
  ): void => {
    const tree = new Map();
    for (const source of sources) plant(tree, slotOf(source.name), source);
  };
  expect(() => planted({ name: 'a', from: [['x']] }, { name: 'b', from: [['x']] })).toThrow(new Error('b: x is taken'));
  expect(() => planted({ name: 'a', from: [['x']] }, { name: 'b', from: [['x', 'y']] })).toThrow(
    new Error('b: x is a column and holds another'),
  );
  expect(() => planted({ name: 'a', from: [['x', 'y']] }, { name: 'b', from: [['x', 'z']] })).not.toThrow();
});

test('how DuckDB reads lines is said in full', () => {
  const columns = columnsOf({
    a: 'int',
    'b "c"': 'binary',
    d: 'array<binary>',
    m: 'map<string,binary>',
    s: 'struct<x:binary,y:int>',
    z: 'array<struct<b:array<binary>>>',
  });
  const { columns: read, options, select } = readLinesSql({ columns }, "it's");
  expect(read).toBe(
    `{"a": 'INTEGER', "b ""c""": 'VARCHAR', "d": 'VARCHAR[]', "m": 'MAP(VARCHAR, VARCHAR)', ` +
      `"s": 'STRUCT("x" VARCHAR, "y" INTEGER)', "z": 'STRUCT("b" VARCHAR[])[]'}`,
  );
  const rest =
    "format = 'newline_delimited', records = 'true', auto_detect = false, ignore_errors = false, convert_strings_to_integers = false, " +
    "hive_partitioning = false, compression = 'uncompressed', maximum_object_size = 16778240";
  expect(options).toBe(`${rest}, filename = 'it''s'`);
  expect(readLinesSql({ columns }).options).toBe(`${rest}, filename = false`);
  expect(select.split(/, (?="?[\w(]+.* AS "[adm])/)[0]).toBe('"a" AS "a"');
  expect(select).toContain('from_base64("b ""c""") AS "b ""c"""');
  expect(select).toContain('list_transform("d", lambda "item 0": from_base64("item 0")) AS "d"');
  expect(select).toContain(
    `map_from_entries(list_transform(map_entries("m"), lambda "item 0": struct_pack(k := struct_extract("item 0", 'key'), v := from_base64(struct_extract("item 0", 'value'))))) AS "m"`,
  );
  expect(select).toContain(
    `CASE WHEN "s" IS NOT NULL THEN struct_pack("x" := from_base64(struct_extract("s", 'x')), "y" := struct_extract("s", 'y')) END AS "s"`,
  );
  expect(select).toContain('lambda "item 1": from_base64("item 1")');
});

test('what is written for a column begins with its key, in words', () => {
  const keyOf = (name: string, isFirst: boolean): string => {
    const { key, padding } = new FieldColumn({ name, kind: 'string', field: 0 }, isFirst, undefined);
    const bytes = Buffer.from(key.buffer);
    expect(bytes.toString('latin1', bytes.length - padding)).toBe(' '.repeat(padding));
    return bytes.toString('utf8', 0, bytes.length - padding);
  };
  for (const name of ['a', 'ab', 'abc', 'abcd', 'abcde', 'größe']) {
    expect([keyOf(name, true), keyOf(name, false)]).toEqual([`{"${name}":`, `,"${name}":`]);
  }
  const row = new RowChecker(columnsOf({ a: 'int!', b: 'string' }));
  const form = (name: string, field: number, joined?: readonly number[]) => {
    const kind = name === 'a' ? ('int' as const) : ('string' as const);
    const { isText, isNeeded, type } = new FieldColumn({ name, kind, field, ...(joined && { joined }) }, true, row);
    return [isText, isNeeded, type?.kind];
  };
  expect([form('a', 0), form('b', 0), form('b', -1), form('b', 0, [1]), form('c', 0)]).toEqual([
    [false, true, 'int'],
    [true, false, 'string'],
    [false, false, 'string'],
    [false, false, 'string'],
    [true, false, undefined],
  ]);
});

test('a line that was written is passed on if it fits, unless it is vetoed', () => {
  const columns = columnsOf({ id: 'int!', at: 'timestamp', v: 'string' });
  for (const isChecked of [true, false]) {
    const checker = new RowChecker(columns);
    const written = columns.map(({ name, type }, field) => ({ name, kind: type.kind, field }));
    const writer = new JsonWriter(written, {}, isChecked ? checker : undefined);
    const records = new CsvRecords(',', {});
    const output = new Output();
    const vetoes = new Vetoes(new Map([[1, 'vetoed']]));
    const text = Buffer.from('1,0,a\nx,0,b\n2,0,c\n3,2026-06-15T10:00:00Z,d\n');
    const reasons: (string | undefined)[] = [];
    for (let at = 0; at < text.length; ) {
      const next = records.next(text, at, 3);
      const start = writer.write(text, records, next - at);
      reasons.push(passOn(writer, start, checker, output, vetoes));
      at = next;
    }
    // The one that does not fit has no number.
    expect(reasons).toEqual([undefined, expect.stringContaining('id: expected an int'), 'vetoed', undefined]);
    expect(Buffer.concat(output.take()).toString()).toBe(
      '{"id":1,"at":"1970-01-01T00:00:00.000","v":"a"}\n{"id":3,"at":"2026-06-15T10:00:00Z","v":"d"}\n',
    );
  }
});

test('a line that is too long once its values are written out is not passed on', () => {
  const columns = columnsOf({ at: 'timestamp', v: 'string' });
  const most = 16 * 1024 * 1024;
  // {"at":"1970-01-01T00:00:00.000","v":"..."}
  for (const [length, reason] of [
    [most - 39, undefined],
    [most - 38, 'longer than 16777216 bytes once every value is written out'],
  ] as const) {
    const checker = new RowChecker(columns);
    const written = columns.map(({ name, type }, field) => ({ name, kind: type.kind, field }));
    const writer = new JsonWriter(written, {}, checker);
    const records = new CsvRecords(',', {});
    const text = Buffer.from(`0,${'x'.repeat(length)}\n`);
    const start = writer.write(text, records, records.next(text, 0, 2));
    expect(passOn(writer, start, checker, new Output())).toBe(reason);
  }
});

test('a text that means null is null under another spelling of a name too', () => {
  const { columns, input } = dataset({
    columnNames: 'snake',
    columns: [
      { name: 'at', type: 'timestamp', notNull: true },
      { name: 'some_v', type: 'int' },
    ],
    eventTime: 'at',
    input: { formats: ['ndjson'], nulls: ['-'] },
  });
  const validator = new NdjsonValidator({ columns, input }, () => undefined);
  const lines = '{"at":"2026-06-15T10:00:00Z","someV":"-"}\n{"at":"2026-06-15T10:00:00Z","some_v":"-"}\n';
  expect(Buffer.concat([...validator.push(Buffer.from(lines)), ...validator.end()]).toString()).toBe(
    '{"at":"2026-06-15T10:00:00Z","some_v":null}\n'.repeat(2),
  );
});

test('names of columns alone are those of strict lines', () => {
  const { columns } = dataset({
    columns: [
      { name: 'at', type: 'timestamp', notNull: true },
      { name: 'v', type: 'int', from: { firstOf: ['a', 'b'] } },
    ],
    eventTime: 'at',
  });
  const own = withOwnNames(columns);
  const line = (name: string) => Buffer.from(`{"at":"2026-06-15T10:00:00Z","${name}":1}\n`);
  expect(new RowChecker(own).check(line('v'), 0)).toBeGreaterThan(0);
  const strict = new RowChecker(columns, { strict: true });
  expect([strict.check(line('a'), 0), strict.reason]).toEqual([REJECTED, 'the member "a" is not declared']);
  const validator = new NdjsonValidator({ columns }, () => undefined);
  expect(Buffer.concat([...validator.push(line('a')), ...validator.end()]).toString()).toBe(
    '{"at":"2026-06-15T10:00:00Z","v":1}\n',
  );
});
