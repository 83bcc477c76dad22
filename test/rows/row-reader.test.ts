/** Records that are read many at once: where a run ends, what was taken of it, and what is passed on. */
import type { Column } from '../../lib/dataset/model';
import { Carried } from '../../lib/rows/carried';
import { Flat } from '../../lib/rows/flat';
import { RowChecker } from '../../lib/rows/row';
import { RowReader } from '../../lib/rows/row-reader';
import { UsualLines } from '../../lib/rows/usual-lines';
import { dataset } from '../dataset/helpers';
import { columnsOf } from './helpers';

const PLAIN = columnsOf({ id: 'int!', v: 'string', at: 'timestamp' });

/** A reader, what it rejected, and what it passed on since the last look. */
function bench(columns: readonly Column[] = PLAIN, usual?: UsualLines) {
  const rejected: (readonly [string, string])[] = [];
  const row = new RowChecker(columns);
  const reader = new RowReader(row, (reason, raw) => rejected.push([reason, raw.toString()]), usual);
  const lines = (): string => Buffer.concat(reader.output.take()).toString();
  const run = (text: string, { at = 0, end = text.length, onlyAfterCommas = false } = {}) => {
    const to = reader.acceptRun(Buffer.from(`${text}\n`), at, end, onlyAfterCommas);
    return { at: to, records: reader.records, ended: reader.lines, to: reader.to, lines: lines() };
  };
  return { row, reader, rejected, lines, run };
}

const [A, B, C] = ['{"id":1}', '{"id":2}', '{"id":3,"v":"c"}'];
/** A time that is rewritten. */
const D = '{"id":4,"at":0}';
const AT_ZERO = '{"id":4,"at":"1970-01-01T00:00:00.000"}';
const [ODD, BROKEN] = ['{"id":"x"}', '{"id":5'];

describe.each([
  ['line by line', undefined],
  ['by their usual form', '{"id":9}'],
])('a run of records, read %s', (_, form) => {
  const benched = (columns: readonly Column[] = PLAIN) => {
    const usual = form === undefined ? undefined : new UsualLines(columns);
    const made = bench(columns, usual);
    // So many that their form is known.
    if (form !== undefined) made.run(`${form}\n`.repeat(20));
    made.reader.accepted = 0;
    return made;
  };

  test.each<[what: string, text: string, rest: string, records: number, ended: number, lines: readonly string[]]>([
    ['lines', `${A}\n${B}\n${C}\n`, '', 3, 3, [A, B, C]],
    ['lines of Windows', `${A}\r\n${B}\r\n`, '', 2, 2, [`${A}\r`, `${B}\r`]],
    ['records after commas', `${A},${B},${C},`, `${C},`, 2, 0, [A, B]],
    ['records after a comma and a blank', `${A}, ${B}, ${C}\n`, '', 3, 1, [A, B, C]],
    ['records after two blanks', `${A},  ${B}\n`, `${A},  ${B}\n`, 0, 0, []],
    ['records with nothing between', `${A}${B}${C}\n`, '', 3, 1, [A, B, C]],
    ['records after a comma and a line end', `${A},\n${B},\n${C}\n`, '', 3, 3, [A, B, C]],
    ['records after a comma and an empty line', `${A},\n\n${B}\n`, `\n${B}\n`, 1, 1, [A]],
    ['an array', `${A},${B}]\n`, `${B}]\n`, 1, 0, [A]],
    ['lines, and then others', `${A}\n${B},${C}${A}\n${B}\n`, '', 5, 3, [A, B, C, A, B]],
    ['a time that is rewritten, in lines', `${A}\n${D}\n${B}\n${D}\n`, '', 4, 4, [A, AT_ZERO, B, AT_ZERO]],
    ['a time that is rewritten, after commas', `${A},${D},${B},${D},${C}\n`, '', 5, 1, [A, AT_ZERO, B, AT_ZERO, C]],
    ['one that does not fit', `${A}\n${ODD}\n${B}\n`, `${ODD}\n${B}\n`, 1, 1, [A]],
    ['one that does not fit, after a comma', `${A},${ODD},${B}\n`, `${ODD},${B}\n`, 1, 0, [A]],
    ['one that goes on in the next line', `${A}\n${BROKEN}\n}\n`, `${BROKEN}\n}\n`, 1, 1, [A]],
    ['something else between them', `${A};${B}\n`, `${A};${B}\n`, 0, 0, []],
    ['something else behind a line', `${A}\n x`, ' x', 1, 1, [A]],
    ['a blank before a line end', `${A} \n${B}\n`, `${A} \n${B}\n`, 0, 0, []],
    ['nothing', '', '', 0, 0, []],
    ['no brace', `x${A}\n`, `x${A}\n`, 0, 0, []],
    ['a brace at the very end', `${A}\n{`, '{', 1, 1, [A]],
  ])('of %s', (_what, text, rest, records, ended, lines) => {
    const { reader, run } = benched();
    const found = run(text);
    expect(found).toMatchObject({ at: text.length - rest.length, records, ended });
    expect(found.lines).toBe(lines.map((line) => `${line}\n`).join(''));
    expect([reader.accepted, reader.rejected]).toEqual([records, 0]);
    // What `read` answers of a brace that stands there.
    const answer = rest.length > 1 && rest.startsWith('{') ? bench().reader.read(Buffer.from(`${rest}\n`), 0) : -1;
    expect(found.to).toBe(answer < 0 ? answer : found.at + answer);
  });

  test.each<[what: string, text: string, rest: string, lines: readonly string[]]>([
    ['after commas', `${A},${B},${C}]`, `${C}]`, [A, B]],
    ['after commas and blanks', `${A}, ${B}, ${C}]`, `${C}]`, [A, B]],
    ['after commas and line ends', `${A},\n${B},\n${C}\n]`, `${C}\n]`, [A, B]],
    ['with nothing between', `${A}${B}`, `${A}${B}`, []],
    ['in lines', `${A}\n${B}\n`, `${A}\n${B}\n`, []],
  ])('within an array, %s', (_what, text, rest, lines) => {
    const { run } = benched();
    const found = run(text, { onlyAfterCommas: true });
    expect([found.at, found.records, found.lines]).toEqual([
      text.length - rest.length,
      lines.length,
      lines.map((line) => `${line}\n`).join(''),
    ]);
  });

  test('from a position, and up to an end', () => {
    const text = `${A}\n${B}\n${C}\n`;
    const second = A.length + 1;
    expect(benched().run(text, { at: second })).toMatchObject({ at: text.length, records: 2, lines: `${B}\n${C}\n` });
    const third = second + B.length + 1;
    // A line that ends at the end, or behind it, is not taken yet.
    for (const [end, records] of [
      [third + 2, 2],
      [third, 2],
      [third - 1, 1],
      [second + 1, 1],
      [second, 1],
    ] as const) {
      expect([end, benched().run(text, { end }).records]).toEqual([end, records]);
    }
    const windows = `${A}\r\n${B}\r\n`;
    expect([A.length, A.length + 1, A.length + 2].map((end) => benched().run(windows, { end }).records)).toEqual([
      0, 0, 1,
    ]);
    const joined = `${A},${B},${C},${A}`;
    for (let end = 1; end <= joined.length; end++) {
      const whole = joined.slice(0, end).split(/(?<=\}),(?=\{)/).length - 1;
      const { records, lines } = benched().run(joined, { end });
      expect([end, lines]).toEqual([
        end,
        [A, B, C]
          .slice(0, records)
          .map((line) => `${line}\n`)
          .join(''),
      ]);
      // The brace of the next one tells that one is whole; at the very end it does not count.
      expect([end, records]).toEqual([end, whole]);
    }
  });

  test('of more than are passed on together, each once and in its order', () => {
    const ids = Array.from({ length: 2500 }, (_unused, id) => `{"id":${id}}`);
    for (const between of [',', '', ', ', ',\n', '\n']) {
      const { lines, records } = benched().run(`${ids.join(between)}\n`);
      expect([records, lines === `${ids.join('\n')}\n`]).toEqual([2500, true]);
    }
    const mixed = ids.map((id, n) => (n % 600 === 599 ? D : id));
    const { lines } = benched().run(`${mixed.join(',')}\n`);
    expect(lines === `${mixed.map((one) => (one === D ? AT_ZERO : one)).join('\n')}\n`).toBe(true);
  });
});

test.each([
  ['16 MiB', 0, 1],
  ['more than 16 MiB', 1, 0],
])('a record of %s, in any of the ways', (_, more, records) => {
  const text = `{"id":1,"v":"${'x'.repeat(16 * 1024 * 1024 - 15 + more)}"}`;
  expect(bench().run(`${text},${A}\n`)).toMatchObject({ records: records === 0 ? 0 : 2 });
  const usual = new UsualLines(PLAIN);
  const made = bench(PLAIN, usual);
  made.run('{"id":9,"v":"a"}\n'.repeat(20));
  expect(made.run(`${A},${text},${A},${B}`)).toMatchObject({ records: records === 0 ? 1 : 3 });
});

test('a record that is too long once its values are written out is too long in any of the ways', () => {
  const most = 16 * 1024 * 1024;
  const text = (length: number): string => `{"id":1,"at":0,"v":"${'x'.repeat(length - 22)}"}`;
  // A time takes 24 bytes more than the zero.
  for (const [length, records] of [
    [most - 24, 1],
    [most - 23, 0],
  ] as const) {
    const made = bench();
    expect(made.run(`${text(length)}\n`).records).toBe(records);
    expect(made.run(`${text(length)},${A}\n`).records).toBe(2 * records);
    const line = Buffer.from(`${text(length)}\n`);
    expect(made.reader.read(line, 0)).toBe(records === 0 ? -1 : length);
    if (records === 0) expect(made.reader.reason).toBe('longer than 16777216 bytes once every value is written out');
  }
});

describe('records that span lines', () => {
  const pretty = (text: string): string => JSON.stringify(JSON.parse(text), null, 1);
  const tabbed = (text: string): string => pretty(text).replaceAll('\n', '\t');
  const spread = (text: string, onlyAfterCommas = false) => {
    const made = bench();
    const bytes = Buffer.from(`${text}\n`);
    const flat = new Flat(bytes, 0, bytes.length - 1);
    const to = made.reader.acceptSpread(flat, 0, onlyAfterCommas);
    return { rest: text.slice(to), records: made.reader.records, lines: made.lines(), accepted: made.reader.accepted };
  };

  test.each<[what: string, text: string, rest: string, records: readonly string[], onlyAfterCommas: boolean]>([
    ['after commas', [A, B, C].map(pretty).join(',\n'), pretty(C), [A, B].map(tabbed), false],
    ['after commas, in an array', [A, B, C].map(pretty).join(',\n'), pretty(C), [A, B].map(tabbed), true],
    ['after line ends', [A, B, C].map(pretty).join('\n'), pretty(C), [A, B].map(tabbed), false],
    ['after line ends, in an array', [A, B, C].map(pretty).join('\n'), [A, B, C].map(pretty).join('\n'), [], true],
    ['with a time that is rewritten', [A, D, B].map(pretty).join(',\n'), pretty(B), [A, AT_ZERO].map(tabbed), false],
    [
      'of which one does not fit',
      [A, ODD, B].map(pretty).join(',\n'),
      `${pretty(ODD)},\n${pretty(B)}`,
      [tabbed(A)],
      false,
    ],
    [
      'of which one stands in a line',
      [pretty(A), B, pretty(C), pretty(A)].join(',\n'),
      [B, pretty(C), pretty(A)].join(',\n'),
      [tabbed(A)],
      false,
    ],
    ['of which two share a line', [A, B, C].map(pretty).join(','), [A, B, C].map(pretty).join(','), [], false],
  ])('%s', (_, text, rest, records, onlyAfterCommas) => {
    const found = spread(text, onlyAfterCommas);
    expect([found.rest, found.lines]).toEqual([rest, records.map((record) => `${record}\n`).join('')]);
    expect([found.records, found.accepted]).toEqual([records.length, records.length]);
  });

  test('count what they do not declare once, be they read again', () => {
    const made = bench();
    const text = ['{"id":1,"x":1}', '{"id":2,"x":1}', '{"id":"x","x":1}', A].map(pretty).join(',\n');
    const bytes = Buffer.from(`${text}\n`);
    made.reader.acceptSpread(new Flat(bytes, 0, bytes.length - 1), 0, false);
    expect(made.row.unknownFields).toEqual([{ name: 'x', count: 2, similarTo: undefined }]);
    // What is read afterwards has line ends that end records.
    expect(made.reader.read(Buffer.from('{"id":\n1}\n'), 0)).toBeLessThan(0);
  });
});

describe('records one by one', () => {
  test('are read, and then accepted or rejected', () => {
    const { reader, rejected, lines } = bench();
    const buf = Buffer.from(`${A} ,${D}\n${ODD}\n`);
    const first = reader.read(buf, 0);
    expect(first).toBe(A.length);
    reader.accept(buf, 0, first + 1, false);
    const at = A.length + 2;
    expect(reader.read(buf, at)).toBe(at + D.length);
    reader.accept(buf, at, at + D.length + 1, true);
    expect(reader.read(buf, at + D.length + 1)).toBe(-1);
    expect(reader.reason).toBe('id: expected an int, found the string "x"');
    reader.reject(reader.reason, Buffer.from(ODD));
    expect([reader.accepted, reader.rejected]).toEqual([2, 1]);
    expect(rejected).toEqual([['id: expected an int, found the string "x"', ODD]]);
    expect(lines()).toBe(`${A}\n${AT_ZERO}\n`);
  });

  test('say why a line is none', () => {
    const { reader } = bench();
    expect(reader.explain(Buffer.from(`${ODD}\n`))).toBe('id: expected an int, found the string "x"');
    expect(reader.explain(Buffer.from(`${A}\n`))).toBe('not JSON: what follows it is not another record');
    expect(reader.explain(Buffer.from(`${A} ${B}\n`))).toBe(
      'not JSON: unexpected "{" at byte 10; write one object a line, for example with jq -c .',
    );
  });

  test('count what they do not declare unless it is forgotten', () => {
    const { reader, row } = bench();
    const long = `"${'x'.repeat(300)}":1`;
    const buf = Buffer.from(`{"id":1,"x":1,${long}}\n`);
    reader.read(buf, 0);
    reader.forget();
    reader.read(buf, 0);
    reader.keep();
    reader.forget();
    expect([row.unknownFields, row.otherUnknownFields]).toEqual([[{ name: 'x', count: 1, similarTo: undefined }], 1]);
    reader.read(buf, 0);
    reader.accept(buf, 0, buf.length, true);
    reader.forget();
    reader.read(buf, 0);
    reader.reject('why', buf);
    reader.forget();
    expect([row.unknownFields, row.otherUnknownFields]).toEqual([[{ name: 'x', count: 3, similarTo: undefined }], 3]);
  });
});

describe('members of an envelope that stand before those of each record', () => {
  const { columns: sourced } = dataset({
    columns: [
      { name: 'id', type: 'int', notNull: true },
      { name: 'at', type: 'timestamp', notNull: true, from: { firstOf: ['time', 'eventTime'] } },
      { name: 'account', type: 'string', from: { firstOf: ['owner', 'accountId'] } },
      { name: 'zone', type: 'string', from: { firstOf: ['accountZone', 'region'] } },
      { name: 'v', type: 'string' },
    ],
    eventTime: 'at',
  });
  const carriedOf = (members: Readonly<Record<string, unknown>>): Carried =>
    new Carried(
      Object.entries(members).map(([name, value]) => [name, Buffer.from(JSON.stringify(value))] as const),
      false,
    );
  const carrying = (members: Readonly<Record<string, unknown>>, columns: readonly Column[] = sourced) => {
    const made = bench(columns);
    return { ...made, can: made.reader.carry(carriedOf(members)) };
  };

  test.each<[members: Record<string, unknown>, text: string, lines: string, records: number]>([
    [
      { owner: 'o' },
      '{"id":1,"time":0},{"id":2,"time":1}',
      '{"account":"o","id":1,"at":"1970-01-01T00:00:00.000"}\n{"account":"o","id":2,"at":"1970-01-01T00:00:00.001"}\n',
      2,
    ],
    [
      { owner: 'o', v: 'w' },
      '{"id":1,"time":"2026-06-15T10:00:00Z"}',
      '{"account":"o","v":"w","id":1,"at":"2026-06-15T10:00:00Z"}\n',
      1,
    ],
    [
      { eventTime: 0, v: null },
      '{"id":1},{"id":2}',
      '{"at":"1970-01-01T00:00:00.000","v":null,"id":1}\n{"at":"1970-01-01T00:00:00.000","v":null,"id":2}\n',
      2,
    ],
    [
      { eventTime: '2026-06-15T10:00:00Z' },
      '{"id":1}, {"id":2}',
      '{"at":"2026-06-15T10:00:00Z","id":1}\n{"at":"2026-06-15T10:00:00Z","id":2}\n',
      2,
    ],
    // A better place of the record's own, or a worse one of its own.
    [{ accountId: 'o' }, '{"id":1,"time":"2026-06-15T10:00:00Z","owner":"own"}', '', 0],
    [
      { owner: 'o' },
      '{"id":1,"time":"2026-06-15T10:00:00Z","accountId":"own"}',
      '{"account":"o","id":1,"at":"2026-06-15T10:00:00Z","-":"own"}\n',
      1,
    ],
    [{ eventTime: 0 }, '{}', '', 0],
    [{ v: 'w' }, '{"id":1,"time":0,"v":"own"}', '', 0],
  ])('%j before %s', (members, text, lines, records) => {
    const { can, run } = carrying(members);
    expect(can).toBe(true);
    expect(run(`${text},{`, { onlyAfterCommas: true })).toMatchObject({ lines, records });
  });

  test('are looked at once, and not counted as what is not declared', () => {
    const { run, row } = carrying({ owner: 'o' });
    run('{"id":1,"time":0,"x":1},{"id":2,"time":0},{', { onlyAfterCommas: true });
    expect(row.unknownFields).toEqual([{ name: 'x', count: 1, similarTo: undefined }]);
  });

  test.each<[what: string, members: Record<string, unknown>, columns: readonly Column[]]>([
    ['that are not declared', { other: 1 }, sourced],
    ['that do not fit', { owner: 7 }, sourced],
    ['of which two are one value', { owner: 'o', accountId: 'p' }, sourced],
    ['that are null for one of several places', { owner: null }, sourced],
    ['that are null where a value must be', { id: null }, sourced],
    ['of values that hold what is not declared', { s: { a: 1, b: 2 } }, columnsOf({ s: 'struct<a:int>' })],
  ])('%s are put into each record instead', (_, members, columns) => {
    expect(carrying(members, columns).can).toBe(false);
  });

  test('are put into each record where texts mean null, or where lines are held to a schema', () => {
    for (const options of [{ nulls: ['-'] }, { strict: true }]) {
      const row = new RowChecker(PLAIN, options);
      expect(new RowReader(row, () => undefined).carry(carriedOf({ v: 'w' }))).toBe(false);
    }
  });

  test('are put into each record where a marker tells which rows need a value, and where a name has two spellings', () => {
    const { columns: marked } = dataset({
      columns: [
        { name: 'id', type: 'int', notNull: true },
        { name: 'at', type: 'timestamp', notNull: true },
        { name: 'label', type: 'string', notNull: true },
        { name: 'op', type: 'string' },
      ],
      dedupe: { key: ['id'], keep: 'latest', by: 'at', deleted: { column: 'op', values: ['D'] } },
      eventTime: 'at',
    });
    expect(carrying({ op: 'D' }, marked).can).toBe(false);
    const { columns: snake } = dataset({
      columnNames: 'snake',
      columns: [
        { name: 'event_id', type: 'string' },
        { name: 'event_time', type: 'timestamp', notNull: true },
      ],
      eventTime: 'event_time',
    });
    expect(carrying({ eventId: 'a' }, snake).can).toBe(true);
    expect(carrying({ eventId: 'a', eventID: 'b' }, snake).can).toBe(false);
    expect(carrying({ eventTime: null }, snake).can).toBe(false);
    const { run } = carrying({ eventId: 'a' }, snake);
    expect(run('{"eventTime":"2026-06-15T10:00:00Z"},{', { onlyAfterCommas: true }).lines).toBe(
      '{"event_id":"a","event_time":"2026-06-15T10:00:00Z"}\n',
    );
  });

  test('are part of how long a record is', () => {
    const length = 16 * 1024 * 1024;
    for (const [less, records] of [
      [9, 1],
      [8, 0],
    ] as const) {
      const { run } = carrying({ v: 'w' }, PLAIN);
      const record = `{"id":1,"u":"${'x'.repeat(length - less - 15)}"}`;
      expect(run(`${record},{`, { onlyAfterCommas: true }).records).toBe(records);
    }
  });

  test('of none, nothing is carried, and records are what they were', () => {
    const { can, run } = carrying({}, PLAIN);
    expect(can).toBe(true);
    expect(run(`${A},${B}\n`)).toMatchObject({ records: 2, lines: `${A}\n${B}\n` });
  });

  test('of an envelope are not those of the next', () => {
    const { reader, run } = carrying({ v: 'w' }, PLAIN);
    expect(run(`${A},{`, { onlyAfterCommas: true }).lines).toBe('{"v":"w","id":1}\n');
    expect(reader.carry(carriedOf({}))).toBe(true);
    expect(run(`${A},{`, { onlyAfterCommas: true }).lines).toBe(`${A}\n`);
    expect(reader.carry(carriedOf({ at: 0 }))).toBe(true);
    expect(run(`${A},{`, { onlyAfterCommas: true }).lines).toBe('{"at":"1970-01-01T00:00:00.000","id":1}\n');
  });

  test('a record that is read by itself has none of them', () => {
    const { reader, lines } = carrying({ v: 'w' }, PLAIN);
    const buf = Buffer.from(`${A}\n`);
    reader.accept(buf, 0, reader.read(buf, 0) + 1, true);
    expect(lines()).toBe(`${A}\n`);
    // One at which a run stops is passed on with them.
    const run = Buffer.from(`${A} x\n`);
    expect([reader.acceptRun(run, 0, run.length, false), reader.to]).toEqual([0, A.length]);
    reader.accept(run, 0, A.length + 1, false);
    expect(lines()).toBe('{"v":"w","id":1}\n');
    const last = Buffer.from(`${A}\n]\n`);
    expect([reader.acceptRun(last, 0, last.length, true), reader.to]).toEqual([0, A.length]);
    reader.accept(last, 0, A.length + 1, true);
    expect(lines()).toBe('{"v":"w","id":1}\n');
  });

  test('stand before records that span lines too', () => {
    const { reader, lines } = carrying({ v: 'w' }, PLAIN);
    const text = '{\n"id":1\n},\n{\n"id":2,"at":0\n},\n{\n';
    const bytes = Buffer.from(`${text}\n`);
    reader.acceptSpread(new Flat(bytes, 0, bytes.length - 1), 0, true);
    expect(lines()).toBe('{"v":"w",\t"id":1\t}\n{"v":"w",\t"id":2,"at":"1970-01-01T00:00:00.000"\t}\n');
  });
});
