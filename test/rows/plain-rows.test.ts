/** Records that are read, checked and written in one pass: which are, and what each becomes. */
import { isDeepStrictEqual } from 'node:util';
import type { CsvDialect } from '../../lib/dataset';
import { LineBuffer } from '../../lib/rows/line-buffer';
import { Output } from '../../lib/rows/output';
import { PlainRows } from '../../lib/rows/plain-rows';
import { RowChecker } from '../../lib/rows/row';
import { columnsOf } from './helpers';
import { NEAR, tokensOf, USUAL } from './neighbours';

type Way = 'compiled' | 'field by field';

/** What reads records of the columns, each of which has the field of its place. */
function reader(types: Readonly<Record<string, string>>, more: CsvDialect, how: Way, comment?: Buffer) {
  // No compiled function takes an array; its field stands last.
  const all = how === 'compiled' ? types : { ...types, list: 'array<int>' };
  const columns = columnsOf(all);
  const plan = {
    width: columns.length,
    columns: columns.map(({ name, type }, field) => ({ name, kind: type.kind, field })),
    isOwn: true,
    unknown: [],
  };
  const row = new RowChecker(columns);
  const memory = new LineBuffer();
  const output = new Output();
  let begun = 0;
  const { begin } = row;
  row.begin = (...line) => {
    begun++;
    begin.apply(row, line);
  };
  /** How many records were taken, where that ended, what was written, and how many records were looked at field by field. */
  return (text: string | Buffer, from = 0) => {
    begun = 0;
    const rows = PlainRows.of(plan, columns, more, comment, row, memory);
    if (rows === undefined) throw new Error('no record is read so');
    const bytes = Buffer.isBuffer(text) ? text : Buffer.from(text);
    const to = rows.run(bytes, from, bytes.lastIndexOf(0x0a), output);
    return { count: rows.count, to, lines: Buffer.concat(output.take()).toString(), begun };
  };
}

/** Behind the records that are looked at: the last bytes of a chunk are for the general way. */
const REST = '\n'.repeat(24);

describe.each(NEAR)('%s', (type, alphabet, near) => {
  const isText = /^(date|timestamp|string|binary|decimal)/.test(type);
  /** The texts of fields. */
  const fields = [...new Set(tokensOf(type, alphabet, near).map((token) => /^"(.*)"$/.exec(token)?.[1] ?? token))];

  /** The value of a field as JSON; undefined where it is for the general way. */
  const jsonOf = (field: string): string | undefined => {
    if (/["\\\t,\n]/.test(field)) return undefined;
    if (type !== 'string' && /^ | $/.test(field)) return undefined;
    if (type === 'string') return JSON.stringify(field);
    const columns = columnsOf({ v: type });
    const row = new RowChecker(columns);
    const number = type === 'timestamp' && /^-?(0|[1-9]\d*)$/.test(field);
    const line = Buffer.from(`{"v":${isText && !number ? `"${field}"` : field}}\n`);
    if (row.check(line, 0) !== line.length - 1) return undefined;
    const output = new Output();
    output.append(line, output.appendPatched(line, 0, row.patches), line.length - 2);
    return Buffer.concat(output.take()).toString().slice(5);
  };

  test.each<[Way]>([['compiled'], ['field by field']])('%s', (how) => {
    const [read, readLast] = ['first', 'last'].map((place) =>
      reader(
        place === 'first' ? { v: type, id: 'string!' } : { id: 'string!', v: type },
        { delimiter: ',', header: false, nulls: ['-'] },
        how,
      ),
    ) as [ReturnType<typeof reader>, ReturnType<typeof reader>];
    const more = how === 'compiled' ? '' : ',';
    const list = how === 'compiled' ? '' : ',"list":null';
    const differing: unknown[] = [];
    for (const field of fields) {
      // A run that takes nothing makes the compiled function wait: it is tried behind one that it takes.
      const [start, startLast] = [`${first(type)},a${more}\n`, `a,${first(type)}${more}\n`];
      for (const quote of field === '' ? [''] : ['', '"']) {
        const text = `${quote}${field}${quote}`;
        const isNull = text === '' || text === '-';
        const value = isNull ? 'null' : jsonOf(field);
        const isUsual = isNull || type === 'string' || (type !== 'binary' && (USUAL[type] as RegExp).test(field));
        const expected = (line: string) =>
          value === undefined ? 'none' : [line, how === 'compiled' && type !== 'binary' && isUsual];
        const outcome = ({ count, lines, begun }: ReturnType<typeof read>) =>
          count === 1 ? 'none' : [lines.slice(lines.indexOf('\n') + 1), begun === 1];
        const results = [
          [outcome(read(`${start}${text},b${more}\n${REST}`)), expected(`{"v":${value},"id":"b"${list}}\n`)],
          [outcome(readLast(`${startLast}b,${text}${more}\n${REST}`)), expected(`{"id":"b","v":${value}${list}}\n`)],
        ] as const;
        for (const [found, wanted] of results)
          if (!isDeepStrictEqual(found, wanted)) differing.push([text, found, wanted]);
      }
    }
    expect(differing).toEqual([]);
  });
});

/** A field that is taken. */
const first = (type: string): string =>
  type === 'date'
    ? '2026-06-15'
    : type === 'timestamp'
      ? '2026-06-15T10:20:30Z'
      : type === 'boolean'
        ? 'true'
        : type === 'binary'
          ? 'QUI='
          : '1';

describe.each<[Way]>([['compiled'], ['field by field']])('%s', (how) => {
  const more = how === 'compiled' ? '' : ',';
  const list = how === 'compiled' ? '' : ',"list":null';
  const CSV: CsvDialect = { delimiter: ',', header: false };
  const TYPES = { id: 'string!', n: 'int', note: 'string' };

  test.each<[what: string, csv: Partial<CsvDialect>, record: string, line: string | undefined]>([
    ['a record', {}, 'a,1,b', '{"id":"a","n":1,"note":"b"}'],
    ['one in quotes', {}, '"a","1","b"', '{"id":"a","n":1,"note":"b"}'],
    ['delimiters in quotes', {}, '"a,b",1,","', '{"id":"a,b","n":1,"note":","}'],
    ['empty fields', {}, 'a,,', '{"id":"a","n":null,"note":null}'],
    ['empty fields in quotes', {}, 'a,"",""', '{"id":"a","n":null,"note":""}'],
    ['empty strings', { empty: 'string' }, 'a,,', '{"id":"a","n":null,"note":""}'],
    ['an empty field that must have a value', {}, ',1,b', undefined],
    ['an empty string that must have a value', { empty: 'string' }, ',1,b', '{"id":"","n":1,"note":"b"}'],
    ['an empty text in quotes that must have a value', {}, '"",1,b', '{"id":"","n":1,"note":"b"}'],
    ['a quote within a field', {}, 'a"b,1,c', undefined],
    ['a quote at the end of a field', {}, 'a",1,c', undefined],
    ['quotes that are doubled', {}, '"a""b",1,c', undefined],
    ['text behind quotes', {}, '"a"b,1,c', undefined],
    ['quotes that do not end', {}, '"a,1,c', undefined],
    ['quotes that do not end, in the last field', {}, 'a,1,"c', undefined],
    ['quotes of a number that do not end', {}, 'a,"1,c', undefined],
    ['quotes that only end', {}, 'a,1",c', undefined],
    ['quotes where none are taken', { quote: false }, '"a",1,c', undefined],
    ['a quote within where none are taken', { quote: false }, 'a"b,1,c', undefined],
    ['a quote before a number where none are taken', { quote: false }, 'a,"1",c', undefined],
    ['a backslash', {}, 'a\\b,1,c', undefined],
    ['a control character', {}, 'a\u0001b,1,c', undefined],
    ['characters of several bytes', {}, 'é漢,1,\u{1f600}', '{"id":"é漢","n":1,"note":"\u{1f600}"}'],
    ['blanks', {}, ' a ,1, b c ', '{"id":" a ","n":1,"note":" b c "}'],
    ['a field too few', {}, 'a,1', undefined],
    ['a field too many', {}, 'a,1,b,c', undefined],
    ['nothing', {}, '', undefined],
    ['a line end of Windows', {}, 'a,1,b\r', '{"id":"a","n":1,"note":"b"}'],
    ['a line end of Windows behind nothing', {}, 'a,1,\r', '{"id":"a","n":1,"note":null}'],
    ['a line end of Windows behind quotes', {}, 'a,1,"b"\r', '{"id":"a","n":1,"note":"b"}'],
    ['two carriage returns', {}, 'a,1,b\r\r', undefined],
    ['a carriage return within', {}, 'a,1\r,b', undefined],
    ['a text for null', { nulls: ['-'] }, 'a,-,-', '{"id":"a","n":null,"note":null}'],
    ['one of several', { nulls: ['NULL', '\u{e9}', '-'] }, 'a,NULL,é', '{"id":"a","n":null,"note":null}'],
    ['one in quotes where it has none', { nulls: ['-'] }, 'a,1,"-"', '{"id":"a","n":1,"note":"-"}'],
    ['one without quotes where it has some', { nulls: ['"-"'] }, 'a,1,-', '{"id":"a","n":1,"note":"-"}'],
    ['one in quotes where it has some', { nulls: ['"-"'] }, 'a,"-","-"', '{"id":"a","n":null,"note":null}'],
    ['one that must have a value', { nulls: ['-'] }, '-,1,b', undefined],
    ['one that must have a value, as a text', { nulls: ['"-"'] }, '-,1,b', '{"id":"-","n":1,"note":"b"}'],
    ['a text that goes on behind one', { nulls: ['-'] }, 'a,1,-x', '{"id":"a","n":1,"note":"-x"}'],
    ['a text that begins one', { nulls: ['NULL'] }, 'a,1,NUL', '{"id":"a","n":1,"note":"NUL"}'],
    ['a text as long as one', { nulls: ['NULL'] }, 'a,1,NULx', '{"id":"a","n":1,"note":"NULx"}'],
    ['one that holds the delimiter', { nulls: ['x,y'] }, 'a,1,x,y', undefined],
    ['one that holds the delimiter, in quotes', { nulls: ['"x,y"'] }, 'a,1,"x,y"', '{"id":"a","n":1,"note":null}'],
    ['one before a line end of Windows', { nulls: ['-'] }, 'a,1,-\r', '{"id":"a","n":1,"note":null}'],
    [
      'an empty text for null, though strings may be empty',
      { nulls: [''], empty: 'string' },
      'a,1,',
      '{"id":"a","n":1,"note":null}',
    ],
    ['another delimiter', { delimiter: '\t' }, 'a,b\t1\tc', '{"id":"a,b","n":1,"note":"c"}'],
    ['another delimiter in quotes', { delimiter: '|' }, '"a|b"|1|c', '{"id":"a|b","n":1,"note":"c"}'],
  ])('%s', (_, csv, record, line) => {
    const { delimiter = ',' } = csv;
    const tail = how === 'compiled' ? '' : delimiter;
    // The end of a line stands behind what is added.
    const whole = record.endsWith('\r') ? `${record.slice(0, -1)}${tail}\r` : `${record}${record === '' ? '' : tail}`;
    const start = `x${delimiter}2${delimiter}y${tail}\n`;
    const found = reader(TYPES, { ...CSV, ...csv }, how)(`${start}${whole}\n${start}${REST}`);
    const expected = [`{"id":"x","n":2,"note":"y"${list}}`, `${line?.slice(0, -1)}${list}}`];
    const lines = line === undefined ? expected.slice(0, 1) : [...expected, expected[0]];
    expect([found.count, found.lines]).toEqual([lines.length, `${lines.join('\n')}\n`]);
    expect(found.to).toBe(
      line === undefined ? Buffer.byteLength(start) : Buffer.byteLength(`${start}${whole}\n${start}`),
    );
    expect(found.begun).toBe(how === 'compiled' ? 1 : lines.length + 1);
  });

  test('texts of any length, wherever they stand, and what is behind them is not theirs', () => {
    for (let length = 1; length < 20; length++) {
      const [one, other] = ['x'.repeat(length), 'y'.repeat(20 - length)];
      const record = `${one},7,"${other}"${more}\n`;
      const { lines, count, begun } = reader(TYPES, CSV, how)(`${record}${record}${REST}`);
      const line = `{"id":"${one}","n":7,"note":"${other}"${list}}\n`;
      expect([count, lines, begun]).toEqual([2, line + line, how === 'compiled' ? 1 : 3]);
      // What ends a text is found wherever it stands in a word.
      for (const odd of ['"', '\\', '\n', '\u0001']) {
        const text = `${'x'.repeat(length)}${odd}`;
        expect(reader(TYPES, CSV, how)(`${record}${text},7,z${more}\n${record}${REST}`).count).toBe(1);
        expect(reader(TYPES, CSV, how)(`${record}"${text}",7,z${more}\n${record}${REST}`).count).toBe(1);
      }
    }
  });

  test('comments are none, wherever they stand', () => {
    const read = reader(TYPES, CSV, how, Buffer.from('#!'));
    const record = `a,1,b${more}\n`;
    expect(read(`${record}#a,1,b${more}\n${record}${REST}`)).toMatchObject({ count: 1, to: record.length });
    expect(read(`#a,1,b${more}\n${record}${REST}`)).toMatchObject({ count: 0, to: 0, lines: '' });
    expect(read(`${record}a,1,#b${more}\n${REST}`)).toMatchObject({ count: 2 });
    expect(reader(TYPES, CSV, how)(`#a,1,b${more}\n${REST}`).count).toBe(1);
  });

  test('fields that no column takes are passed over, and each other has its own', () => {
    const columns = columnsOf(how === 'compiled' ? TYPES : { ...TYPES, list: 'array<int>' });
    const row = new RowChecker(columns);
    const taken = [
      { name: 'note', kind: 'string' as const, field: 1 },
      { name: 'id', kind: 'string' as const, field: 3 },
      ...(how === 'compiled' ? [] : [{ name: 'list', kind: 'array' as const, field: 5 }]),
    ];
    const plan = { width: 6, columns: taken, isOwn: true, unknown: [] };
    const rows = PlainRows.of(plan, columns, CSV, undefined, row, new LineBuffer()) as PlainRows;
    const output = new Output();
    const text = Buffer.from(`?,b,"?,?",a,?,\n,b,,"a",,\n?,b,?,a,"?\n${REST}`);
    const from = text.indexOf('?,b,?,a,"?');
    expect([rows.run(text, 0, text.length - 1, output), rows.count]).toEqual([from, 2]);
    const line = `{"note":"b","id":"a"${list}}\n`;
    expect(Buffer.concat(output.take()).toString()).toBe(line + line);
  });

  test('records of more than 16 KiB are for the general way, and those of less are not', () => {
    const read = reader(TYPES, CSV, how);
    const record = (length: number) => `a,1,${'x'.repeat(length)}${more}\n`;
    for (const [length, count] of [
      [16_000, 2],
      [17_000, 1],
    ] as const) {
      expect(read(`${record(1)}${record(length)}${REST}`).count).toBe(count);
    }
  });

  test('more than is kept together, each line once and in its order', () => {
    const numbers = Array.from({ length: 9000 }, (_, n) => n);
    const text = numbers.map((n) => `r${n},${n},${'z'.repeat((n * 37) % 60)}${more}\n`).join('');
    const lines = numbers.map(
      (n) => `{"id":"r${n}","n":${n},"note":${JSON.stringify('z'.repeat((n * 37) % 60) || null)}${list}}\n`,
    );
    const { count, lines: found, begun } = reader(TYPES, CSV, how)(text + REST);
    expect([count, found === lines.join('')]).toEqual([9000, true]);
    expect(begun).toBe(how === 'compiled' ? 1 : 9001);
  });

  test('the last bytes of a chunk are for the general way', () => {
    const record = `a,1,b${more}\n`;
    for (let length = 0; length < REST.length; length++) {
      const read = reader(TYPES, CSV, how);
      const { count, to } = read(
        Buffer.from(Uint8Array.from(Buffer.from(record.repeat(3) + REST.slice(0, length))).buffer),
      );
      expect(to).toBe(count * record.length);
      expect(count).toBeGreaterThanOrEqual(length > 8 ? 3 : 1);
    }
  });
});

test.each<
  [what: string, types: Record<string, string>, csv: Partial<CsvDialect>, record: string, line: string, how: Way]
>([
  [
    'a day, beside a minus',
    { d: 'date', id: 'string' },
    { delimiter: '-' },
    '"2026-06-15"-a',
    '{"d":"2026-06-15","id":"a"}',
    'field by field',
  ],
  [
    'a number, beside a minus',
    { n: 'int', id: 'string' },
    { delimiter: '-' },
    '"-5"-a',
    '{"n":-5,"id":"a"}',
    'field by field',
  ],
  [
    'a number, beside a point',
    { n: 'double', id: 'string' },
    { delimiter: '.' },
    '"1.5".a',
    '{"n":1.5,"id":"a"}',
    'field by field',
  ],
  [
    'a boolean, beside a minus',
    { ok: 'boolean', id: 'string' },
    { delimiter: '-' },
    'true-a',
    '{"ok":true,"id":"a"}',
    'compiled',
  ],
  [
    'a time, beside a colon',
    { t: 'timestamp', id: 'string' },
    { delimiter: ':' },
    '"2026-06-15T10:20:30Z":a',
    '{"t":"2026-06-15T10:20:30Z","id":"a"}',
    'field by field',
  ],
  [
    'a time, beside a blank',
    { t: 'timestamp', id: 'string' },
    { delimiter: ' ' },
    '2026-06-15T10:20:30Z a',
    '{"t":"2026-06-15T10:20:30Z","id":"a"}',
    'compiled',
  ],
  [
    'a time with a blank in quotes, beside a blank',
    { t: 'timestamp', id: 'string' },
    { delimiter: ' ' },
    '"2026-06-15 10:20:30" a',
    '{"t":"2026-06-15 10:20:30","id":"a"}',
    'compiled',
  ],
  [
    'a time with a blank, beside a comma',
    { t: 'timestamp', id: 'string' },
    { delimiter: ',' },
    '2026-06-15 10:20:30,a',
    '{"t":"2026-06-15 10:20:30","id":"a"}',
    'compiled',
  ],
  [
    'a day before a blank',
    { d: 'date', id: 'string' },
    { delimiter: ' ' },
    '2026-06-15 a',
    '{"d":"2026-06-15","id":"a"}',
    'compiled',
  ],
  [
    'a text, beside a control character',
    { d: 'int', id: 'string' },
    { delimiter: '\u0001' },
    '7\u0001a',
    '{"d":7,"id":"a"}',
    'compiled',
  ],
  [
    'texts in quotes, beside a control character',
    { d: 'string', id: 'string' },
    { delimiter: '\u0001' },
    '"x"\u0001"a"',
    '{"d":"x","id":"a"}',
    'compiled',
  ],
  [
    'texts without quotes, beside a tab',
    { d: 'string', id: 'string' },
    { delimiter: '\t', quote: false },
    'x,y\ta z',
    '{"d":"x,y","id":"a z"}',
    'compiled',
  ],
  [
    'texts without quotes, beside a bar',
    { d: 'string', id: 'string' },
    { delimiter: '|', quote: false },
    'x,y|a z',
    '{"d":"x,y","id":"a z"}',
    'compiled',
  ],
  [
    'texts beside a comma, in quotes',
    { d: 'string', id: 'string' },
    { delimiter: ',' },
    '"x,y and more, of it","a,z"',
    '{"d":"x,y and more, of it","id":"a,z"}',
    'compiled',
  ],
  ['bytes', { d: 'binary', id: 'string' }, { delimiter: ',' }, 'QUI=,a', '{"d":"QUI=","id":"a"}', 'field by field'],
  [
    'a decimal of which no digit is whole',
    { d: 'decimal(15,15)', id: 'string' },
    { delimiter: ',' },
    '0.5,a',
    '{"d":"0.5","id":"a"}',
    'field by field',
  ],
  [
    'a decimal of which one digit is whole',
    { d: 'decimal(20,14)', id: 'string' },
    { delimiter: ',' },
    '1.5,a',
    '{"d":"1.5","id":"a"}',
    'compiled',
  ],
])('%s', (_, types, csv, record, line, how) => {
  const read = reader(types, { delimiter: ',', header: false, ...csv }, 'compiled');
  const { count, lines, begun } = read(`${record}\n${record}\n${REST}`);
  expect([count, lines]).toEqual([2, `${line}\n${line}\n`]);
  expect(begun).toBe(how === 'compiled' ? 1 : 3);
});

test.each<[what: string, types: Record<string, string>, delimiter: string, record: string]>([
  ['a time with a blank, beside a blank', { t: 'timestamp', id: 'string' }, ' ', '2026-06-15 10:20:30 a'],
  ['a day, beside a minus', { d: 'date', id: 'string' }, '-', '2026-06-15-a'],
  ['a time, beside a minus', { t: 'timestamp', id: 'string' }, '-', '2026-06-15T10:20:30Z-a'],
  ['a time, beside a colon', { t: 'timestamp', id: 'string' }, ':', '2026-06-15T10:20:30Z:a'],
  ['a time, beside a point', { t: 'timestamp', id: 'string' }, '.', '2026-06-15T10:20:30.5Z.a'],
  ['a number, beside a point', { n: 'double', id: 'string' }, '.', '1.5.a'],
  ['a number, beside a minus', { n: 'int', id: 'string' }, '-', '-5-a'],
])('%s, has more fields than the delimiter leaves it', (_, types, delimiter, record) => {
  expect(reader(types, { delimiter, header: false }, 'compiled')(`${record}\n${record}\n${REST}`).count).toBe(0);
});

test('a time of a form of its own is read field by field', () => {
  const columns = columnsOf({ t: 'timestamp', id: 'string' }).map((column) =>
    column.name === 't' ? { ...column, type: { kind: 'timestamp' as const, format: { epoch: 's' as const } } } : column,
  );
  const plan = {
    width: 2,
    columns: columns.map(({ name, type }, field) => ({ name, kind: type.kind, field })),
    isOwn: true,
    unknown: [],
  };
  const rows = PlainRows.of(plan, columns, { delimiter: ',' }, undefined, new RowChecker(columns), new LineBuffer());
  const output = new Output();
  const bytes = Buffer.from(`1781517600,a\n2026-06-15T10:20:30Z,b\n2026-06-15T10:20:30,b\n${REST}`);
  expect(rows?.run(bytes, 0, bytes.length - 1, output)).toBe(bytes.lastIndexOf('2026'));
  expect(Buffer.concat(output.take()).toString()).toBe(
    '{"t":"2026-06-15T10:00:00.000","id":"a"}\n{"t":"2026-06-15T10:20:30Z","id":"b"}\n',
  );
});

test.each([
  [128, 1],
  [129, 3],
])('%i fields', (fields, begun) => {
  const types = Object.fromEntries(Array.from({ length: fields }, (_, n) => [`c${n}`, 'int']));
  const record = `${Array(fields).fill('7').join(',')}\n`;
  expect(reader(types, { delimiter: ',', header: false }, 'compiled')(`${record}${record}${REST}`)).toMatchObject({
    count: 2,
    begun,
  });
});

test('times and numbers that are rewritten, among others that are not', () => {
  const read = reader(
    { id: 'string', at: 'timestamp', ratio: 'double' },
    { delimiter: ',', header: false },
    'compiled',
  );
  const usual = 'a,2026-06-15T10:00:00Z,1.5\n';
  const { count, lines, begun } = read(
    `${usual}b,1781500000123,-0\n${usual}c,2026-06-15T10:00:00+02:00,1e3\n${usual}${REST}`,
  );
  const line = '{"id":"a","at":"2026-06-15T10:00:00Z","ratio":1.5}\n';
  expect([count, lines]).toEqual([
    5,
    `${line}{"id":"b","at":"2026-06-15T05:06:40.123","ratio":-0.0}\n${line}{"id":"c","at":"2026-06-15T08:00:00.000","ratio":1e3}\n${line}`,
  ]);
  // Behind one that it does not take, the compiled function waits for two records.
  expect(begun).toBe(4);
});

test.each<
  [
    what: string,
    types: Record<string, string>,
    csv: Partial<CsvDialect>,
    columns: readonly [string, number][] | undefined,
  ]
>([
  ['other quotes', { a: 'int' }, { quote: "'" }, undefined],
  ['a delimiter at the end', { a: 'int' }, { trailingDelimiter: true }, undefined],
  ['decimal commas', { a: 'int' }, { decimal: ',' }, undefined],
  ['marks of thousands', { a: 'int' }, { thousands: '.' }, undefined],
  [
    'columns in another order than their fields',
    { a: 'int', b: 'int' },
    {},
    [
      ['a', 1],
      ['b', 0],
    ],
  ],
  [
    'two columns of one field',
    { a: 'int', b: 'int' },
    {},
    [
      ['a', 0],
      ['b', 0],
    ],
  ],
  [
    'a column without a field',
    { a: 'int', b: 'int' },
    {},
    [
      ['a', -1],
      ['b', 0],
    ],
  ],
  [
    'a column whose field is beyond',
    { a: 'int', b: 'int' },
    {},
    [
      ['a', 0],
      ['b', 2],
    ],
  ],
  ['no columns', { a: 'int', b: 'int' }, {}, []],
  [
    'a column that is not declared',
    { a: 'int', b: 'int' },
    {},
    [
      ['a', 0],
      ['c', 1],
    ],
  ],
])('no record is read so with %s', (_, types, csv, places) => {
  const columns = columnsOf(types);
  const of = (given: readonly (readonly [string, number])[], more: Partial<CsvDialect>) =>
    PlainRows.of(
      {
        width: columns.length,
        columns: given.map(([name, field]) => ({ name, kind: 'int', field })),
        isOwn: true,
        unknown: [],
      },
      columns,
      { delimiter: ',', ...more },
      undefined,
      new RowChecker(columns),
      new LineBuffer(),
    );
  const plain = Object.keys(types).map((name, field) => [name, field] as const);
  expect([of(plain, {}), of(places ?? plain, csv)]).toEqual([expect.any(PlainRows), undefined]);
});
