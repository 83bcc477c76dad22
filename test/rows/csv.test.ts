import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { CsvValidator, createValidator, UnreadableObjectError } from '../../lib/rows';
import { dataset } from '../dataset/helpers';
import { columnsOf, cut, feed, keep } from './helpers';

const SENSOR = columnsOf({
  id: 'string!',
  at: 'timestamp',
  value: 'double',
  n: 'int',
  price: 'decimal(12,2)',
  ok: 'boolean',
  data: 'binary',
  tags: 'array<string>',
});

function check(text: string | Buffer, cuts: readonly number[] = [], columns = SENSOR, delimiter = ',') {
  const rejected: { line: number; reason: string; raw: string }[] = [];
  const dataset = { columns, input: { formats: ['csv' as const], csv: { delimiter } } };
  const checker = new CsvValidator(dataset, keep(rejected));
  const output = feed(checker, cut(Buffer.from(text), cuts)).toString();
  return { output, rejected, checker };
}

test('records become lines of JSON, each value in the form of its type', () => {
  const { output, rejected } = check(
    'id,at,value,n,price,ok,data,tags\r\n' +
      'a,2026-06-15T12:00:00+02:00,-1.5e3,7,12.50,true,QUI=,"[""x"",null]"\r\n' +
      'b,1781500000123,1,-7,3,false,,[]\r\n',
  );
  expect(rejected).toEqual([]);
  expect(output.split('\n')).toEqual([
    '{"id":"a","at":"2026-06-15T10:00:00.000","value":-1.5e3,"n":7,"price":"12.50","ok":true,"data":"QUI=","tags":["x",null]}',
    '{"id":"b","at":"2026-06-15T05:06:40.123","value":1,"n":-7,"price":"3","ok":false,"data":null,"tags":[]}',
    '',
  ]);
});

test('an empty field is null; only a quoted one is the empty string', () => {
  const columns = columnsOf({ a: 'string', b: 'string', n: 'int' });
  expect(check('a,b,n\n,"",""\n', [], columns).output).toBe('{"a":null,"b":"","n":null}\n');
});

test('quoted fields may hold delimiters, quotes, line ends and control characters', () => {
  const columns = columnsOf({ a: 'string', b: 'string' });
  const { output } = check('a,b\n"x, ""y""\r\nz\t","\\"\n', [], columns);
  expect(output.split('\n').map((line) => line && JSON.parse(line))).toEqual([{ a: 'x, "y"\r\nz\t', b: '\\' }, '']);
});

test.each([
  ['value', 'x', 'value: expected a double, found the string "x"'],
  ['value', '1e999', 'value: 1e999 does not fit a double'],
  ['value', '"1,""id"":""b"""', 'value: expected a double, found the string "1,\\"id\\":\\"b\\""'],
  ['n', ' 1', 'n: expected an int, found the string " 1"'],
  ['ok', 'TRUE', 'ok: expected a boolean, found the string "TRUE"'],
  ['tags', '"[""x"""', 'tags: expected an array, found the string "[\\"x\\""'],
  ['tags', '"[""x""], ""id"": 1"', 'tags: expected an array, found the string "[\\"x\\"], \\"id\\": 1"'],
])('in column %s the field %s rejects the record', (column, field, reason) => {
  const raw = `a,${field}`;
  expect(check(`id,${column}\n${raw}\n`).rejected).toEqual([{ line: 2, reason, raw }]);
});

test('broken records are rejected with their own lines, and the next line is read again', () => {
  const columns = columnsOf({ id: 'string!', n: 'int' });
  const { output, rejected } = check('id,n\na,1\n"b"x,2\nc"d,3\n\n"e\nf",4\ng\n,5\nh,6,7\ni,8', [], columns);
  expect(output).toBe('{"id":"a","n":1}\n{"id":"e\\u000af","n":4}\n{"id":"i","n":8}\n');
  expect(rejected).toEqual([
    { line: 3, reason: 'not CSV: text after a closing quote', raw: '"b"x,2' },
    { line: 4, reason: 'not CSV: a quote inside a field that is not quoted', raw: 'c"d,3' },
    { line: 8, reason: 'expected 2 fields as in the header, found 1', raw: 'g' },
    { line: 9, reason: 'id: null in a column that must have a value', raw: ',5' },
    { line: 10, reason: 'expected 2 fields as in the header, found 3', raw: 'h,6,7' },
  ]);
});

test('a record that is not UTF-8 is rejected alone', () => {
  const columns = columnsOf({ id: 'string' });
  const bytes = Buffer.concat([Buffer.from('id\né\n'), Buffer.from([0xff]), Buffer.from('\nb\n')]);
  const { output, rejected } = check(bytes, [], columns);
  expect(output).toBe('{"id":"é"}\n{"id":"b"}\n');
  expect(rejected).toMatchObject([{ line: 3, reason: 'not UTF-8' }]);
});

test.each([
  ['lacks a column that must have a value', 'at,value\n', 'its header lacks columns that must have values: id'],
  ['names a column twice', 'id,n,id\n', 'its header has the column "id" twice'],
  ['is not CSV', '"id"x\n', 'its header is not CSV: text after a closing quote'],
])('a header that %s makes the object unreadable', (_, text, message) => {
  expect(() => check(text)).toThrow(new UnreadableObjectError(message));
});

test.each([
  ['id,at,n', ';', ','],
  ['"id";"at";"n"', ',', ';'],
  ['n\tid\tat', ',', '\t'],
  ['\ufeff"at"|"id"', '\t', '|'],
])('a header with another delimiter (%j for %j) is told with both', (header, own, found) => {
  const [given, declared] = [JSON.stringify(found), JSON.stringify(own)];
  expect(() => check(`${header}\na${found}b\n`, [1], undefined, own)).toThrow(
    `; its fields are separated by ${given}, but the dataset's input.csv.delimiter is ${declared}: change one of them`,
  );
});

test('a header without the columns of the dataset says nothing of delimiters', () => {
  for (const header of ['x;y;z', 'at,value', 'id;value']) {
    const own = header.includes(',') ? ',' : '\t';
    const expected = header === 'id;value' ? /separated by/ : /must have values: id$/;
    expect(() => check(`${header}\n`, [], undefined, own)).toThrow(expected);
  }
});

test('a quote that is never closed makes the object unreadable: no line after it can be told from its field', () => {
  expect(() => check('id\na\n"b\nc\n')).toThrow('a quote is opened in the record at line 3 and never closed');
});

test('a record longer than 16 MiB makes the object unreadable', () => {
  expect(() => check(`id\n"${'x'.repeat(17 * 1024 * 1024)}`, [1, 5_000_000, 9_000_000])).toThrow(UnreadableObjectError);
});

test('undeclared columns are counted and not stored, the byte order mark is no part of a name', () => {
  const columns = columnsOf({ id: 'string!' });
  const { output, checker } = check('\ufeffid;Id;extra\na;b;"c"\nd;;\n', [1, 2], columns, ';');
  expect(output).toBe('{"id":"a"}\n{"id":"d"}\n');
  expect(checker.unknownFields).toEqual([
    { name: 'Id', count: 2, similarTo: 'id' },
    { name: 'extra', count: 2, similarTo: undefined },
  ]);
});

const field = fc.oneof(
  fc.constantFrom('', '""', 'a', '"a"', 'é', '"x,y"', '"a ""b"" c"', '"1\n2"', '"1\r\n2"', ' ', '\\'),
  fc.nat().map(String),
);
const table = fc
  .tuple(
    fc.array(fc.tuple(field, field, field), { minLength: 1, maxLength: 8 }),
    fc.constantFrom('\n', '\r\n'),
    fc.boolean(),
  )
  .map(([rows, end, closed]) => `a,b,c${end}${rows.map((row) => row.join(',')).join(end)}${closed ? end : ''}`);
const abc = columnsOf({ a: 'string', b: 'string', c: 'string' });

test('well-formed CSV holds what csv-parse reads in it', () => {
  fc.assert(
    fc.property(table, (text) => {
      const { output, rejected } = check(text, [], abc);
      const records = parse(text, { columns: true, record_delimiter: ['\r\n', '\n'], skip_empty_lines: true });
      expect(rejected).toEqual([]);
      const rows = output
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, string | null>);
      expect(rows.map(({ a, b, c }) => ({ a: a ?? '', b: b ?? '', c: c ?? '' }))).toEqual(records);
    }),
    { seed: 7, numRuns: 200 },
  );
});

test('cuts between chunks change nothing', () => {
  const broken = fc.tuple(table, fc.nat(), fc.constantFrom('"', ',', '\n', '\r', '"\n')).map(([text, at, part]) => {
    const position = 6 + (at % (text.length - 5));
    return text.slice(0, position) + part + text.slice(position);
  });
  const outcome = (text: string, cuts: readonly number[]) => {
    try {
      const { output, rejected } = check(text, cuts, abc);
      return { output, rejected };
    } catch (error) {
      return String(error);
    }
  };
  fc.assert(
    fc.property(fc.oneof(table, broken), fc.array(fc.nat({ max: 150 }), { maxLength: 10 }), (text, cuts) => {
      expect(outcome(text, cuts)).toEqual(outcome(text, []));
    }),
    { seed: 7, numRuns: 400 },
  );
});

test("MySQL's days that are none: what to do about them", () => {
  const columns = columnsOf({ born: 'date', at: 'timestamp' });
  const check = (format: 'csv' | 'ndjson', text: string) => {
    const rejected: { line: number; reason: string; raw: string }[] = [];
    const declared = { columns, input: { formats: [format], csv: { delimiter: ',' } } };
    feed(createValidator(format, declared, keep(rejected)), [Buffer.from(text)]);
    return rejected.map(({ reason }) => reason);
  };
  const hint = (text: string) =>
    `; it is no date in MySQL: add ${text} to the nulls of input.csv or input.lines, or let the source send null`;
  expect(check('csv', 'born,at\n0000-00-00,\n,0000-00-00 00:00:00\n2026-13-01,\n')).toEqual([
    expect.stringMatching(new RegExp(`^born: .*${hint('0000-00-00')}$`)),
    expect.stringMatching(new RegExp(`^at: .*${hint('0000-00-00 00:00:00')}$`)),
    expect.not.stringContaining('MySQL'),
  ]);
  expect(check('ndjson', '{"born":"0000-00-00"}\n')).toEqual([
    expect.stringMatching(new RegExp(`^born: .*${hint('0000-00-00')}$`)),
  ]);
});

test('a reason speaks of a header where there is one, and of the declaration where the names are declared', () => {
  const columns = columnsOf({ user_id: 'string!' });
  const lines = {
    columns,
    input: { formats: ['lines' as const], csv: { delimiter: ',' }, lines: { pattern: '(?<UserId>.*)' } },
  };
  expect(() => createValidator('lines', lines, () => undefined)).toThrow(
    'input.lines.pattern has "UserId" where user_id is missing',
  );
  const csv = (header: boolean | readonly string[]) => ({
    columns,
    input: { formats: ['csv' as const], csv: { delimiter: ',', header } },
  });
  expect(() => createValidator('csv', csv(['UserId']), () => undefined)).toThrow(
    'input.csv.header has "UserId" where user_id is missing',
  );
  expect(() =>
    feed(
      createValidator('csv', csv(true), () => undefined),
      [Buffer.from('UserId\n')],
    ),
  ).toThrow('its header has "UserId" where user_id is missing');
});

test('createValidator makes the checker of a format', () => {
  const dataset = { columns: abc, input: { formats: ['csv' as const], csv: { delimiter: ',' } } };
  expect(
    feed(
      createValidator('csv', dataset, () => undefined),
      [Buffer.from('a\nx')],
    ).toString(),
  ).toBe('{"a":"x"}\n');
  expect(
    feed(
      createValidator('ndjson', dataset, () => undefined),
      [Buffer.from('{}')],
    ).toString(),
  ).toBe('{}\n');
  expect(
    feed(
      createValidator('json', dataset, () => undefined),
      [Buffer.from('[{"a":"x"}]')],
    ).toString(),
  ).toBe('{"a":"x"}\n');
  expect(() => createValidator('parquet', dataset, () => undefined)).toThrow(
    new RangeError('Parquet has no lines to check'),
  );
});

test.each([
  ['ndjson', '{"a":"x"}\n{"a":"y"}\n'],
  ['json', '[{"a":"x"},{"a":"y"}]'],
  ['csv', 'a\nx\ny\n'],
  ['lines', 'x\ny\n'],
] as const)('the checker of %s leaves out what it is told to', (format, text) => {
  const input = { formats: [format], csv: { delimiter: ',' }, lines: { pattern: '(?<a>.*)' } };
  const rejected: { line: number; reason: string; raw: string }[] = [];
  const checker = createValidator(format, { columns: abc, input }, keep(rejected), new Map([[0, 'for once']]));
  expect(JSON.parse(feed(checker, [Buffer.from(text)]).toString())).toEqual({ a: 'y' });
  expect(rejected.map(({ reason }) => reason)).toEqual(['for once']);
});

describe('columns of other names', () => {
  const columns = dataset({
    columns: [
      { name: 'vendor_id', type: 'int', notNull: true },
      { name: 'at', type: 'timestamp', notNull: true, from: { firstOf: ['pick,up', 'Zeit "UTC"'] } },
      { name: 'note', type: 'string', from: '__proto__' },
    ],
    columnNames: 'snake',
  }).columns;
  const read = (text: string) => check(text, [], [...columns]).output;

  test('are found in the header', () => {
    expect(read('__proto__,VendorID,"pick,up"\nx,1,2026-06-15 10:00:00\n')).toBe(
      '{"note":"x","vendor_id":1,"at":"2026-06-15 10:00:00"}\n',
    );
    expect(read('at,vendor_id\n2026-06-15 10:00:00,1\n')).toBe('{"at":"2026-06-15 10:00:00","vendor_id":1}\n');
  });

  test('take the first value of several that is not empty', () => {
    const header = '"Zeit ""UTC""",at,"pick,up",vendor-id\n';
    const times = (text: string) =>
      read(`${header}${text}\n`)
        .trimEnd()
        .split('\n')
        .map((line) => line && (JSON.parse(line) as { at: string }).at);
    const [a, b, c] = ['2026-06-15T10:00:00', '2026-06-15T11:00:00', '2026-06-15T12:00:00'];
    expect(times(`${b},${c},${a},1\n${b},${c},,1\n,${c},,1\n,,${a},1`)).toEqual([a, b, c, a]);
    expect(check(`${header},,,1\n`, [], [...columns]).rejected).toMatchObject([
      { reason: 'at: no value in "pick,up", else "Zeit \\"UTC\\"", and the column must have one' },
    ]);
  });

  test.each([
    ['at,VendorID,vendorId\n', 'its header has the column vendor_id twice: as "VendorID" and "vendorId"'],
    ['Pick,vendor_id\n', 'its header lacks columns that must have values: at'],
    ['PICK-UP,"pick,up",vendorid\n', 'its header has "vendorid" where vendor_id is missing; names match exactly'],
    ['AT,vendor_id\n', 'its header has "AT" where at is missing; names match exactly'],
  ])('are refused where they cannot be told: %j', (header, reason) => {
    expect(() => read(`${header}1,2,3\n`)).toThrow(reason);
  });
});
