import type { Column, ColumnType } from '../../lib/dataset/model';
import { JsonRecords } from '../../lib/rows/json-records';
import { MAX_LINE_BYTES } from '../../lib/rows/limits';
import { RowChecker } from '../../lib/rows/row';
import { RowReader } from '../../lib/rows/row-reader';
import { UsualLines } from '../../lib/rows/usual-lines';
import { Dice } from '../support/dice';
import { expectSame } from './helpers';

const STRING: ColumnType = { kind: 'string' };
const COLUMNS: readonly Column[] = [
  column('id', STRING, true),
  column('at', { kind: 'timestamp' }, true),
  column('day', { kind: 'date' }),
  column('tiny', { kind: 'tinyint' }),
  column('small', { kind: 'smallint' }),
  column('n', { kind: 'int' }),
  column('big', { kind: 'bigint' }),
  column('real', { kind: 'double' }),
  column('single', { kind: 'float' }),
  column('price', { kind: 'decimal', precision: 8, scale: 3 }),
  column('long', { kind: 'decimal', precision: 38, scale: 2 }),
  column('ok', { kind: 'boolean' }),
  column('text', { kind: 'string', json: true }),
  column('größe', STRING),
  column('tags', { kind: 'array', element: STRING }),
  column('who', {
    kind: 'struct',
    fields: [
      { name: 'id', type: { kind: 'bigint' } },
      { name: 'name', type: STRING },
      { name: 'seen', type: { kind: 'array', element: { kind: 'date' } } },
    ],
  }),
  column('items', {
    kind: 'array',
    element: {
      kind: 'struct',
      fields: [
        { name: 'sku', type: STRING },
        { name: 'n', type: { kind: 'int' } },
      ],
    },
  }),
];

function column(name: string, type: ColumnType, notNull = false): Column {
  return { name, type, notNull, comment: undefined };
}

/** Tokens of each kind that fit as they are, and any token that may stand in the place of one. */
const USUAL: Readonly<Record<string, readonly string[]>> = {
  string: ['"a"', '""', '"é 漢 \u{1f600}"', '"a\\n\\u00e9"', '"a longer text, with more than a few words"'],
  timestamp: [
    '"2026-06-15T10:00:00.123Z"',
    '"2024-02-29 23:59:59"',
    '"0001-01-31T00:00:00.1Z"',
    '"9999-12-31T23:59:59Z"',
  ],
  date: ['"2026-06-15"', '"2024-02-29"', '"2026-12-31"'],
  tinyint: ['0', '-9', '99'],
  smallint: ['0', '-9999', '9999'],
  int: ['0', '-1', '999999999', '12'],
  bigint: ['0', '-7', '999999999999999', '123456789012'],
  double: ['0', '-1.5', '0.25', '123456789.123456789', '-0.0'],
  float: ['0', '1.5', '12345678901234567890123456789012345678'],
  decimal: ['0', '1.5', '-12.125', '0.001'],
  boolean: ['true', 'false'],
};
const ODD = [
  ...'null|-0|01|1.|.5|1e5|1E400|+1|--1|128|32768|2147483648|-2147483649|9223372036854775807|9223372036854775808|1.50000'.split(
    '|',
  ),
  ...'123456789012345678|0.12345|1.5000|12345678.1|999999999999999999999999999999999999.99|tru|fals|True|nul|NaN|[]|{}'.split(
    '|',
  ),
  ...'"12"|"true"|"|"\\x"|"\\ud800"|"a\tb"|[null]|["a",]|[1]|{"id":1}|{"id":1,"id":2}|1781517600000|"2026-02-30"'.split(
    '|',
  ),
  ...'"2026-02-30T00:00:00Z"|"2026-06-15T24:00:00Z"|"2026-06-15T10:60:00Z"|"2026-06-15T10:00:60Z"|"2026-13-01"'.split(
    '|',
  ),
  ...'"2026-06-15T10:00:00.1234Z"|"2026-06-15T10:00:00+02:00"|"2026-06-15T10:00:00."|"2026-06-15T10:00Z"|"0000-01-01"'.split(
    '|',
  ),
  ...'"2026-00-10"|"2026-01-00"|"2023-02-29"|"2026-04-31T00:00:00Z"|"2026-06-15t10:00:00Z"|"2026-06-15T10:00:00z"'.split(
    '|',
  ),
];

class Lines {
  readonly #dice: Dice;
  readonly #colon: string;
  readonly #comma: string;
  readonly #end: string;

  constructor(dice: Dice) {
    this.#dice = dice;
    this.#colon = dice.chance(0.3) ? ': ' : ':';
    this.#comma = dice.chance(0.3) ? ', ' : ',';
    this.#end = dice.chance(0.2) ? '\r\n' : '\n';
  }

  /** Lines of one form, some of which are broken, or otherwise. */
  document(count: number): Buffer {
    return Buffer.concat(this.#records(count));
  }

  /** The same records without lines of their own: one after the other, after commas, in an array. */
  joined(count: number): Buffer {
    const dice = this.#dice;
    const between = ['', ',', ', ', ',\n', ',\r\n', '\n', ' '][dice.below(7)] as string;
    const [open, close] = dice.chance(0.5) ? ['[', ']'] : ['', ''];
    // After a broken one, records are read one by one for a while.
    const records = this.#records(count, 0.004, 0.01).map((record) => record.toString('latin1').trimEnd());
    return Buffer.from(`${open}${records.join(between)}${close}`, 'latin1');
  }

  #records(count: number, odd = 0.03, broken = 0.05): Buffer[] {
    const order = this.#shuffled(COLUMNS);
    const absent = new Set(order.filter(({ notNull }) => !notNull && this.#dice.chance(0.2)));
    const present = order.filter((one) => !absent.has(one));
    return Array.from({ length: count }, () => this.#broken(this.#line(present, odd), broken));
  }

  #line(columns: readonly Pick<Column, 'name' | 'type' | 'notNull'>[], odd: number): string {
    const dice = this.#dice;
    const order = dice.chance(0.02) ? this.#shuffled(columns) : columns;
    const members = order.flatMap(({ name, type, notNull }) => {
      if (dice.chance(notNull ? 0.003 : 0.02)) return [];
      const member = `${JSON.stringify(name)}${this.#colon}${this.#value(type, odd)}`;
      return dice.chance(0.004) ? [member, member] : [member];
    });
    if (dice.chance(0.01)) members.splice(dice.below(members.length + 1), 0, `"stray"${this.#colon}[1, {"a": 2}]`);
    return `{${members.join(this.#comma)}}${this.#end}`;
  }

  #value(type: ColumnType, odd: number): string {
    const dice = this.#dice;
    if (dice.chance(odd)) return ODD[dice.below(ODD.length)] as string;
    if (type.kind === 'struct')
      return this.#line(
        type.fields.map((field) => ({ ...field, notNull: false })),
        odd,
      ).trim();
    if (type.kind === 'array') {
      return `[${Array.from({ length: dice.below(3) }, () => this.#value(type.element, odd)).join(this.#comma)}]`;
    }
    const tokens = USUAL[type.kind] as readonly string[];
    return tokens[dice.below(tokens.length)] as string;
  }

  #broken(line: string, share: number): Buffer {
    const bytes = Buffer.from(line);
    const dice = this.#dice;
    if (!dice.chance(share)) return bytes;
    const at = dice.below(bytes.length);
    const byte = Buffer.from(
      [' ', '\t', '"', '\\', ',', ':', '{', '}', '[', ']', '0', '-', '.', 'e', '\x80', '\0', '\n'][
        dice.below(17)
      ] as string,
      'latin1',
    );
    return Buffer.concat([bytes.subarray(0, at), byte, bytes.subarray(dice.chance(0.5) ? at : at + 1)]);
  }

  #shuffled<T>(items: readonly T[]): T[] {
    return items
      .map((item) => ({ item, rank: this.#dice.below(1_000_000) }))
      .sort((a, b) => a.rank - b.rank)
      .map(({ item }) => item);
  }
}

function read(chunks: readonly Buffer[], usual?: UsualLines) {
  const rejected: { readonly reason: string; readonly raw: string; readonly line: number }[] = [];
  const row = new RowChecker(COLUMNS);
  const reader = new RowReader(
    row,
    (reason, raw) => rejected.push({ reason, raw: raw.toString('latin1'), line: records.place.line }),
    usual,
  );
  const records = new JsonRecords(reader);
  const output: Buffer[] = [];
  for (const chunk of chunks) {
    records.push(chunk);
    output.push(...reader.output.take());
  }
  records.end();
  output.push(...reader.output.take());
  const { unknownFields, otherUnknownFields } = row;
  const counts = { accepted: reader.accepted, rejected, unknownFields, otherUnknownFields };
  return { ...counts, output: Buffer.concat(output).toString('latin1') };
}

/** In memory of its own, or amid other bytes that would go on with the line. */
function cut(bytes: Buffer, dice: Dice): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const to = dice.chance(0.5) ? bytes.length : at + 1 + dice.below(8_000);
    const part = bytes.subarray(at, to);
    chunks.push(
      dice.chance(0.5)
        ? Buffer.from(Uint8Array.from(part).buffer)
        : Buffer.concat([part, Buffer.from('"}0')]).subarray(0, part.length),
    );
    at = to;
  }
  return chunks;
}

describe('lines of the usual form', () => {
  test('are judged and passed on as the general scanner does, whatever the form, whatever is broken', () => {
    let taken = 0;
    let all = 0;
    for (let round = 0; round < 60; round++) {
      const dice = new Dice(round);
      const usual = new UsualLines(COLUMNS);
      const take = usual.take.bind(usual);
      usual.take = (...args) => {
        const to = take(...args);
        taken += usual.rows;
        return to;
      };
      const lines = new Lines(dice);
      // The second document meets what was learnt from the first.
      for (const bytes of [lines.document(150), new Lines(dice).document(150)]) {
        const general = read([bytes]);
        expectSame(read(cut(bytes, dice), usual), general);
        all += general.accepted;
      }
    }
    // What is taken at once would otherwise be nothing that is tested.
    expect(taken / all).toBeGreaterThan(0.2);
  });

  test('the same holds for records that do not end their lines', () => {
    let taken = 0;
    let all = 0;
    for (let round = 0; round < 120; round++) {
      const dice = new Dice(round);
      const usual = new UsualLines(COLUMNS);
      const takeOne = usual.takeOne.bind(usual);
      usual.takeOne = (...args) => {
        const to = takeOne(...args);
        if (to >= 0) taken++;
        return to;
      };
      for (const bytes of [new Lines(dice).joined(80), new Lines(dice).document(20), new Lines(dice).joined(80)]) {
        const general = read([bytes]);
        expectSame([round, read(cut(bytes, dice), usual)], [round, general]);
        all += general.accepted;
      }
    }
    expect(taken / all).toBeGreaterThan(0.1);
  });

  test('a record that is too long for a line is too long wherever it stands', () => {
    const record = (text: string): string => `{"id":"${text}","at":"2026-06-15T10:00:00Z"}`;
    const usual = new UsualLines(COLUMNS);
    const bytes = Buffer.from(
      [...Array(40).fill(record('a')), record('b'.repeat(MAX_LINE_BYTES)), record('c')].join(','),
    );
    for (const by of [undefined, usual]) expect(() => read([bytes], by)).toThrow(`longer than ${MAX_LINE_BYTES} bytes`);
  });

  test('each odd value in the place of each usual one has the same fate', () => {
    const usual = new UsualLines(COLUMNS);
    const values = new Map(COLUMNS.map(({ name, type }) => [name, (USUAL[type.kind] ?? ['null'])[0] as string]));
    const line = (): string =>
      `{${[...values].map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}\n`;
    read([Buffer.from(line().repeat(64))], usual);
    for (const [name, before] of values) {
      for (const value of [...ODD, ...Object.values(USUAL).flat()]) {
        values.set(name, value);
        const bytes = Buffer.from(line());
        expectSame([value, read([bytes], usual)], [value, read([bytes])]);
      }
      values.set(name, before);
    }
  });
});
