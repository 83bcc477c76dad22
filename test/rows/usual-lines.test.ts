/** What the compiled function takes of lines of one form: what it should, and nothing that the general way would not accept as it is. */
import type { Column, ColumnType } from '../../lib/dataset/model';
import { NdjsonValidator } from '../../lib/rows';
import { RowChecker } from '../../lib/rows/row';
import { UsualLines } from '../../lib/rows/usual-lines';
import { codeOf } from '../../lib/rows/usual-lines-code';
import { columnsOf } from './helpers';
import { NEAR, tokensOf, USUAL } from './neighbours';

const STRING: ColumnType = { kind: 'string' };
const column = (name: string, type: ColumnType, notNull = false): Column => ({
  name,
  type,
  notNull,
  comment: undefined,
});

/** Reads a line often enough in the general way for its form to be known. */
function learnt(types: Readonly<Record<string, string>>, line: string, times = 16) {
  const columns = columnsOf(types);
  const row = new RowChecker(columns);
  const usual = new UsualLines(columns);
  const bytes = Buffer.from(`${line}\n`);
  for (let n = 0; n < times; n++) {
    if (row.check(bytes, 0) < 0) throw new Error(`${line}: ${row.reason}`);
    usual.learn(row.type, bytes);
  }
  return { row, usual };
}

/** How many of the lines of a text are taken, up to the first that is not. */
function taken(usual: UsualLines, text: string): number {
  const bytes = Buffer.from(text);
  const to = usual.take(bytes, 0, bytes.length);
  expect(bytes.subarray(0, to).toString().split('\n')).toHaveLength(usual.rows + 1);
  return usual.rows;
}

describe.each(NEAR.filter(([type]) => type !== 'binary'))('%s', (type, alphabet, near) => {
  const isQuoted = /^(date|timestamp|string)$/.test(type);
  const fits = (token: string): boolean => {
    if (type === 'string') {
      try {
        return /^".*"$/.test(token) && (JSON.parse(token) as string).isWellFormed();
      } catch {
        return false;
      }
    }
    const [, text = ''] = isQuoted ? (/^"(.*)"$/.exec(token) ?? []) : ['', token];
    return (USUAL[type] as RegExp).test(text);
  };

  test.each([
    ['a column', { v: type, z: 'int' }, '{"v":', ',"z":1}'],
    ['the elements of an array, with blanks', { v: `array<${type}>`, z: 'int' }, '{"v": [null, ', '], "z": 1}'],
    ['a field of a struct', { s: `struct<v:${type},w:int>` }, '{"s":{"v":', ',"w":2}}'],
  ])('in %s', (_, types, before, after) => {
    const tokens = tokensOf(type, alphabet, near);
    const first = tokens.find(fits) ?? '';
    const form = before.replace('null, ', '');
    const { row, usual } = learnt(types, `${form}${first}${after}`);
    const start = before.replace('null, ', `${first}, `);
    const differing: unknown[] = [];
    for (const token of tokens) {
      const line = `${start}${token}${after}\n`;
      const isTaken = taken(usual, `${line}${form}${first}${after}\n`) === 2;
      const bytes = Buffer.from(line);
      const isAccepted = row.check(bytes, 0) === bytes.length - 1 && !row.patches.needed;
      if (isTaken !== (fits(token) && isAccepted)) differing.push([token, isTaken]);
    }
    expect(differing).toEqual([]);
  });
});

describe('members of lines', () => {
  const TYPES = { id: 'string!', n: 'int', tags: 'array<string>', who: 'struct<a:int,b:string>', at: 'date!' };
  const LINE = '{"id":"a","n":1,"tags":["x","y"],"who":{"a":1,"b":"c"},"at":"2026-06-15"}';

  test.each<[what: string, line: string, isTaken: boolean]>([
    ['as they were', LINE, true],
    ['without one that may be missing', LINE.replace('"n":1,', ''), true],
    ['without several', '{"id":"a","at":"2026-06-15"}', true],
    ['with null', LINE.replace('"n":1', '"n":null'), true],
    ['with null for an array', LINE.replace('["x","y"]', 'null'), true],
    ['with null for a struct', LINE.replace('{"a":1,"b":"c"}', 'null'), true],
    ['with null within a struct', LINE.replace('"b":"c"', '"b":null'), true],
    ['with an empty array', LINE.replace('["x","y"]', '[]'), true],
    ['with one element', LINE.replace('["x","y"]', '["x"]'), true],
    ['with half of a struct', LINE.replace('{"a":1,"b":"c"}', '{"a":1}'), true],
    ['with the other half of a struct', LINE.replace('{"a":1,"b":"c"}', '{"b":"c"}'), true],
    ['with an empty struct', LINE.replace('{"a":1,"b":"c"}', '{}'), false],
    ['without one that must be there', LINE.replace('"id":"a",', ''), false],
    ['without the last, which must be there', LINE.replace(',"at":"2026-06-15"', ''), false],
    ['that end before one that must be there', '{"id":"a","n":1}', false],
    ['with null where a value must be', LINE.replace('"id":"a"', '"id":null'), false],
    ['with null for the last, which must have a value', LINE.replace('"2026-06-15"', 'null'), false],
    ['in another order', '{"n":1,"id":"a","at":"2026-06-15"}', false],
    ['of which one is there twice', LINE.replace('"n":1', '"n":1,"n":1'), false],
    ['of which one is not declared', LINE.replace('"n":1', '"m":1'), false],
    ['with one more at the end', LINE.replace('}', '},"more":1').replace('},"more":1}', '}'), false],
    ['with a blank behind a colon', LINE.replace('"n":1', '"n": 1'), false],
    ['with a blank behind a comma', LINE.replace(',"n"', ', "n"'), false],
    ['with a blank before a comma', LINE.replace('1,"tags"', '1 ,"tags"'), false],
    ['with a blank behind the comma of an array', LINE.replace('"x","y"', '"x", "y"'), false],
    ['with a comma at the end', LINE.replace('15"}', '15",}'), false],
    ['with a comma at the end of an array', LINE.replace('"y"]', '"y",]'), false],
    ['with a comma at the end of a struct', LINE.replace('"c"}', '"c",}'), false],
    ['with null in an array', LINE.replace('"y"', 'null'), false],
    ['with a word that is almost null', LINE.replace('"n":1', '"n":nulx'), false],
    ['with a name that is almost theirs', LINE.replace('"who"', '"wha"'), false],
    ['with a name that goes on', LINE.replace('"who"', '"whom"'), false],
    ['with a name that ends early', LINE.replace('"tags"', '"tag"'), false],
    ['with something else for a comma', LINE.replace('1,"tags"', '1;"tags"'), false],
    ['with something else for a brace', LINE.replace('15"}', '15"]'), false],
    ['with something else for a bracket', LINE.replace('["x"', '{"x"'), false],
    ['without the brace', LINE.slice(0, -1), false],
    ['with a blank before the line end', `${LINE} `, false],
    ['with a tab before', `\t${LINE}`, false],
    ['before a line end of Windows', `${LINE}\r`, true],
    ['before two carriage returns', `${LINE}\r\r`, false],
    ['before another object', `${LINE}{}`, false],
  ])('%s', (_, line, isTaken) => {
    const { row, usual } = learnt(TYPES, LINE);
    const text = `${line}\n${LINE}\n`;
    expect(taken(usual, text)).toBe(isTaken ? 2 : 0);
    if (isTaken) expect(row.check(Buffer.from(text), 0)).toBe(line.length);
    // The same behind one that is taken.
    expect(taken(usual, `${LINE}\n${text}`)).toBe(isTaken ? 3 : 1);
  });

  test.each([
    ['blanks behind both', LINE.replaceAll(/[:,](?=["[{\d])/g, '$& ')],
    ['blanks behind colons', LINE.replaceAll(/:(?=["[{\d])/g, '$& ')],
    ['blanks behind commas', LINE.replaceAll(/,(?=")/g, '$& ')],
  ])('with %s, as the lines before had', (_, line) => {
    const { row, usual } = learnt(TYPES, line);
    const other = line.replace('"n"', '"N"');
    expect(row.check(Buffer.from(`${line}\n`), 0)).toBe(line.length);
    expect([taken(usual, `${line}\n${line}\n`), taken(usual, `${LINE}\n`), taken(usual, `${other}\n`)]).toEqual([
      2, 0, 0,
    ]);
  });

  test('of a line that ends with the memory', () => {
    const { usual } = learnt({ v: 'string', n: 'int', ok: 'boolean' }, '{"v":"a","n":1,"ok":true}');
    for (const members of [['v'], ['v', 'n'], ['v', 'n', 'ok'], ['n'], ['ok'], ['v', 'ok']]) {
      for (let length = 0; length < 12; length++) {
        const values = {
          v: `"${'x'.repeat(length)}"`,
          n: '7'.repeat((length % 8) + 1),
          ok: length % 2 ? 'true' : 'false',
        };
        const one = `{${Object.entries(values)
          .filter(([name]) => members.includes(name))
          .map(([name, value]) => `"${name}":${value}`)
          .join(',')}}\n`;
        // As chunks come: in memory of their own, whose last bytes no word may be read beyond.
        const bytes = Buffer.from(Uint8Array.from(Buffer.from(one)).buffer);
        const end = usual.take(bytes, 0, bytes.length);
        expect([end, usual.rows]).toEqual(end === 0 ? [0, 0] : [one.length, 1]);
        const object = usual.takeOne(bytes, 0, bytes.length);
        expect(object === -1 || object === one.length - 1).toBe(true);
      }
    }
  });

  test('of lines up to an end, and of one object whatever follows', () => {
    const { usual } = learnt(TYPES, LINE);
    const bytes = Buffer.from(`${LINE}\n${LINE}\n${LINE}, {}`);
    const second = LINE.length + 1;
    expect([usual.take(bytes, 0, bytes.length), usual.rows]).toEqual([2 * second, 2]);
    expect([usual.take(bytes, 0, 2 * second), usual.rows]).toEqual([2 * second, 2]);
    expect([usual.take(bytes, 0, 2 * second - 1), usual.rows]).toEqual([second, 1]);
    expect([usual.take(bytes, second, bytes.length), usual.rows]).toEqual([2 * second, 1]);
    expect([usual.take(bytes, second, second), usual.rows]).toEqual([second, 0]);
    expect([usual.takeOne(bytes, 2 * second, bytes.length), usual.takeOne(bytes, 1, bytes.length)]).toEqual([
      2 * second + LINE.length,
      -1,
    ]);
  });

  test('of 16 MiB and no more', () => {
    const { usual } = learnt({ v: 'string' }, '{"v":"a"}');
    const most = 16 * 1024 * 1024;
    const lines = [most, most + 1].map((length) => Buffer.from(`{"v":"${'x'.repeat(length - 8)}"}\n{}\n`));
    expect(lines.map((bytes) => usual.take(bytes, 0, bytes.length))).toEqual([most + 1, 0]);
  });

  test('of more than a function takes are for the general way', () => {
    const types = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`c${n}`, 'int']));
    const line = (count: number) => `{${Array.from({ length: count }, (_, n) => `"c${n}":1`).join(',')}}`;
    expect(taken(learnt(types(256), line(256)).usual, `${line(256)}\n`)).toBe(1);
    expect(taken(learnt(types(257), line(257)).usual, `${line(257)}\n`)).toBe(0);
  });

  test.each([
    ['a column of bytes', { a: 'binary', b: 'int' }, '{"a":"QUI=","b":1}'],
    ['a map', { a: 'int', b: 'map<string,int>' }, '{"a":1,"b":{"x":1}}'],
    ['a decimal whose digits a double does not keep', { a: 'int', b: 'decimal(20,15)' }, '{"a":1,"b":1.5}'],
    ['a decimal of which no digit is whole', { a: 'int', b: 'decimal(2,2)' }, '{"a":1,"b":0.5}'],
    ['a struct of which nothing was there', { a: 'int', b: 'struct<x:int>' }, '{"a":1,"b":{}}'],
    ['null first', { a: 'int', b: 'int' }, '{"a":null,"b":1}'],
    ['something undeclared first', { a: 'int', b: 'int' }, '{"c":1,"a":1,"b":1}'],
    ['nothing', { a: 'int', b: 'int' }, '{}'],
  ])('with %s are for the general way', (_, types, line) => {
    const { row, usual } = learnt(types, line);
    expect(row.check(Buffer.from(`${line}\n`), 0)).toBe(line.length);
    expect(taken(usual, `${line}\n`)).toBe(0);
  });
});

test('names of any length are those of the lines before, and no others', () => {
  for (const name of ['a', 'ab', 'abc', 'abcd', 'abcde', 'abcdef', 'größe']) {
    const line = (one: string) => `{${JSON.stringify(one)}:1,"z":2}`;
    const { usual } = learnt({ [name]: 'int', z: 'int' }, line(name));
    expect([name, taken(usual, `${line(name)}\n`)]).toEqual([name, 1]);
    for (let at = 0; at < name.length; at++) {
      const other = `${name.slice(0, at)}_${name.slice(at + 1)}`;
      expect([other, taken(usual, `${line(other)}\n`)]).toEqual([other, 0]);
    }
  }
});

test.each([
  ['decimal(15,14)', '1.5', 1],
  ['decimal(20,14)', '-1.12345678901234', 1],
  ['decimal(20,14)', '12.5', 0],
] as const)('of a %s, %s', (type, value, count) => {
  const { usual } = learnt({ a: 'int', b: type }, '{"a":1,"b":1.5}');
  expect(taken(usual, `{"a":1,"b":${value}}\n`)).toBe(count);
});

test('a time of a form of its own is for the general way', () => {
  const columns = columnsOf({ a: 'int', t: 'timestamp' }).map((column) =>
    column.name === 't' ? { ...column, type: { kind: 'timestamp' as const, format: { epoch: 's' as const } } } : column,
  );
  const row = new RowChecker(columns);
  const usual = new UsualLines(columns);
  const bytes = Buffer.from('{"a":1,"t":"2026-06-15T10:20:30Z"}\n');
  for (let n = 0; n < 16; n++) {
    expect(row.check(bytes, 0)).toBe(bytes.length - 1);
    usual.learn(row.type, bytes);
  }
  expect(taken(usual, bytes.toString())).toBe(0);
});

describe('the form of lines', () => {
  const TYPES = { a: 'int', b: 'int' };

  test('is looked at once sixteen lines were read in the general way, and half as often each time', () => {
    const line = '{"a":1,"b":2}';
    expect(taken(learnt(TYPES, line, 15).usual, `${line}\n`)).toBe(0);
    const { row, usual } = learnt(TYPES, line, 16);
    expect(taken(usual, `${line}\n`)).toBe(1);
    const other = Buffer.from('{"b":2,"a":1}\n');
    const learn = (times: number): number => {
      for (let n = 0; n < times; n++) {
        row.check(other, 0);
        usual.learn(row.type, other);
      }
      return taken(usual, other.toString());
    };
    // One was taken since.
    expect([learn(31), learn(1)]).toEqual([0, 1]);
  });

  test('is kept where more lines had it than not', () => {
    const line = '{"a":1,"b":2}\n';
    const { row, usual } = learnt(TYPES, line.trim());
    const other = Buffer.from('{"b":2,"a":1}\n');
    expect(taken(usual, line.repeat(32))).toBe(32);
    for (let n = 0; n < 32; n++) {
      row.check(other, 0);
      usual.learn(row.type, other);
    }
    expect([taken(usual, line), taken(usual, other.toString())]).toEqual([1, 0]);
  });

  test('is kept where more records had it than not', () => {
    const { row, usual } = learnt(TYPES, '{"a":1,"b":2}');
    const records = Buffer.from('{"a":1,"b":2},\n');
    for (let n = 0; n < 32; n++) expect(usual.takeOne(records, 0, records.length)).toBe(13);
    const other = Buffer.from('{"b":2,"a":1}\n');
    for (let n = 0; n < 32; n++) {
      expect(usual.takeOne(other, 0, other.length)).toBe(-1);
      row.check(other, 0);
      usual.learn(row.type, other);
    }
    expect(taken(usual, '{"a":1,"b":2}\n')).toBe(1);
  });

  test('is none where something undeclared stands before what must be there', () => {
    const { usual } = learnt({ a: 'int', b: 'int!' }, '{"a":1,"c":1,"b":1}');
    expect(taken(usual, '{"a":1}\n')).toBe(0);
    expect(taken(learnt({ a: 'int', b: 'int' }, '{"a":1,"c":1,"b":1}').usual, '{"a":1}\n')).toBe(1);
  });

  test('is given up where the lines that were not taken have it too, and taken up again', () => {
    const line = '{"a":1,"b":2}';
    const { row, usual } = learnt(TYPES, line);
    const bytes = Buffer.from('{"a":1 ,"b":2}\n');
    const afterSo = (many: number): number => {
      for (let n = 0; n < many; n++) {
        row.check(bytes, 0);
        usual.learn(row.type, bytes);
      }
      return taken(usual, `${line}\n`);
    };
    expect([afterSo(0), afterSo(31), afterSo(1), afterSo(63), afterSo(1)]).toEqual([1, 1, 0, 0, 1]);
  });

  test('is none at a line that lacks the first member, whose places are those of another', () => {
    const columns = columnsOf(TYPES);
    const row = new RowChecker(columns);
    const usual = new UsualLines(columns);
    for (let n = 0; n < 16; n++) {
      const bytes = Buffer.from(n < 15 ? '{"a":1,"b":2}\n' : '{"b":2}\n');
      row.check(bytes, 0);
      usual.learn(row.type, bytes);
    }
    expect(taken(usual, '{"a":1,"b":2}\n')).toBe(0);
  });

  test('is known at the next object of the same columns', () => {
    const columns = columnsOf(TYPES);
    expect(UsualLines.of(columns)).toBe(UsualLines.of(columns));
    expect(UsualLines.of(columnsOf(TYPES))).not.toBe(UsualLines.of(columns));
  });
});

describe('lines of the usual form', () => {
  test('columns that stand elsewhere, or that some rows need, have none', () => {
    expect(UsualLines.of([{ ...column('id', STRING), from: 'snake' }])).toBeUndefined();
    const fields = [{ name: 'a', type: STRING, from: [['b']] }];
    const inner: ColumnType = { kind: 'struct', fields: [{ name: 'x', type: STRING }, ...fields] };
    expect(UsualLines.of([column('s', { kind: 'array', element: inner })])).toBeUndefined();
    expect(UsualLines.of([column('id', STRING), column('s', inner)])).toBeUndefined();
    const unless = { column: 'op', values: ['D'] };
    expect(UsualLines.of([column('op', STRING), { ...column('id', STRING), unless }])).toBeUndefined();
    expect(UsualLines.of([column('id', STRING)])).toBeDefined();
  });

  test('undeclared fields are counted for the object that has them, and no other', () => {
    const shared = [column('id', STRING, true), column('at', { kind: 'timestamp' }, true)];
    const check = (text: string): NdjsonValidator => {
      const validator = new NdjsonValidator({ columns: shared }, () => undefined);
      validator.push(Buffer.from(text));
      validator.end();
      return validator;
    };
    const line = '{"id":"a","at":"2026-06-15T10:00:00Z"';
    expect(check(`${line}}\n`).unknownFields).toEqual([]);
    const strays = check(`${line},"stray":1}\n${line},"stray":2}\n`);
    expect(strays.unknownFields).toEqual([{ name: 'stray', count: 2, similarTo: undefined }]);
    expect(check(`${line}}\n`).unknownFields).toEqual([]);
    const long = check(`${line},"${'x'.repeat(300)}":1}\n`);
    expect(long.otherUnknownFields).toBe(1);
    expect(check(`${line}}\n`).otherUnknownFields).toBe(0);
    expect([strays.unknownFields.length, long.otherUnknownFields]).toEqual([1, 1]);
  });

  test('texts that mean null are nulls in lines of the usual form too', () => {
    const columns = [column('id', STRING), column('n', { kind: 'int' })];
    const read = (nulls?: readonly string[]): string => {
      const validator = new NdjsonValidator({ columns, ...(nulls && { input: { nulls } }) }, () => undefined);
      return Buffer.concat([
        ...validator.push(Buffer.from('{"id":"NULL","n":1}\n'.repeat(64))),
        ...validator.end(),
      ]).toString();
    };
    expect(read()).toContain('"NULL"');
    expect(read(['NULL'])).not.toContain('"NULL"');
  });

  test('the code holds no text of a dataset', () => {
    const members = [column('id', STRING), column('größe', STRING)].map((one) => ({
      ...one,
      name: `${one.name}"+\`'`,
    }));
    const code = codeOf({ members, blankAfterColon: true, blankAfterComma: false });
    expect(code).not.toMatch(/["'`\\#$@]/);
  });
});
