/** Records that are read, checked and written in one pass: the same bytes, rejections and counts as when each goes through all steps. */
import fc from 'fast-check';
import type { Column, CsvDialect, Dataset } from '../../lib/dataset';
import { CsvValidator, type Rejection, UnreadableObjectError } from '../../lib/rows';
import { PlainRows } from '../../lib/rows/plain-rows';
import { dataset } from '../dataset/helpers';
import { columnsOf, cut, expectSame, feed } from './helpers';

/** One of each kind; which of them a row must have depends on whether it deletes. */
const { columns } = dataset({
  columns: [
    { name: 'id', type: 'string', notNull: true },
    { name: 'event_time', type: 'timestamp', notNull: true },
    { name: 'n', type: 'int', notNull: true },
    { name: 'long', type: 'bigint' },
    { name: 'ratio', type: 'double' },
    { name: 'price', type: 'decimal(18,2)' },
    { name: 'ok', type: 'boolean' },
    { name: 'born', type: 'date' },
    { name: 'list', type: 'array<int>' },
    { name: 'seen', type: 'timestamp', format: { epoch: 's' } },
    { name: 'called', type: 'string' },
    { name: 'note', type: 'string' },
    { name: 'op', type: 'string' },
  ],
  dedupe: { key: ['id'], keep: 'latest', by: 'event_time', deleted: { column: 'op', values: ['D'] } },
  eventTime: 'event_time',
});
const NAMES = columns.map(({ name }) => name);

const VALUES: Readonly<Record<string, readonly string[]>> = {
  id: [
    'a',
    'é漢',
    'x"y',
    '',
    '-',
    'a much longer text, of several words',
    'two\nlines',
    'nul\0',
    'x\\y',
    "it's",
    '#',
    '"q"',
    '"q',
    '"1,2"',
  ],
  event_time: [
    '2026-06-15T10:00:00Z',
    '2026-06-15 10:00:00+02:00',
    '1781500000123',
    '2026-02-30',
    '',
    '2026-06-15T10:00:00.123456Z',
  ],
  n: ['1', '-7', '2147483648', '1.5', '007', ' 1', '', '-', 'null', '"1"'],
  long: ['9223372036854775807', '9223372036854775808', '-0', ''],
  ratio: ['1.5', '-0', '1e999', 'NaN', '1.', '1,5', ''],
  price: ['12.50', '1234567890123456.78', '1.234', '12,50', 'x', ''],
  ok: ['true', 'false', 'TRUE', 'tru', 'null', ''],
  born: ['2026-06-15', '2026-02-30', '20260615', ''],
  list: ['[1]', '[1,2]', '[1, null] ', '[1', '[1.5]', 'null', ''],
  seen: ['1781500000', '1781500000.5', '2026-06-15T10:00:00Z', 'x', ''],
  called: ['a b', '', '-', 'null', 'x'.repeat(300), '7'],
  note: ['n', '', '-', ' ', 'y'.repeat(17_000), '\u{1f600}'],
  op: ['I', 'D', 'D', '', '-'],
  more: ['x', '', '"', 'é'],
};
const value = (name: string): fc.Arbitrary<string> => {
  const [first = '', ...others] = VALUES[name] ?? ['x'];
  return fc.oneof({ weight: 30, arbitrary: fc.constant(first) }, { weight: 1, arbitrary: fc.constantFrom(...others) });
};
const common = {
  delimiter: fc.constantFrom(',', '\t', '|', ' ', ';', '\u0001', '-', ':', '.'),
  quote: fc.constantFrom('"' as const, false as const),
  nulls: fc.constantFrom(['-'], ['-', 'x', '\\N'], ['"-"', 'null'], ['']),
  empty: fc.constantFrom('null' as const, 'string' as const),
  comment: fc.constantFrom('#', '#-'),
};
const more = {
  quote: fc.constantFrom('"' as const, "'" as const, false as const),
  escape: fc.constantFrom('double' as const, 'backslash' as const),
  decimal: fc.constantFrom(',' as const, '.' as const),
  trailingDelimiter: fc.boolean(),
  extraFields: fc.constantFrom('ignore' as const, 'reject' as const),
  missingFields: fc.constantFrom('null' as const, 'reject' as const),
};
const dialect: fc.Arbitrary<CsvDialect> = fc.oneof(
  fc.record(common, { requiredKeys: ['delimiter'] }),
  fc.record({ ...common, ...more }, { requiredKeys: ['delimiter'] }),
);

/** The names of a file: columns in any order, some left out, some that are none. */
const header = fc.oneof(
  { weight: 2, arbitrary: fc.constant(NAMES) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.subarray(NAMES.slice(3)), fc.boolean())
      .chain(([some, isMore]) =>
        fc.shuffledSubarray([...NAMES.slice(0, 3), ...some, ...(isMore ? ['more'] : [])], { minLength: 1 }),
      ),
  },
);

const LINE_ENDS = ['\n', '\n', '\r\n'] as const;
interface Text {
  readonly csv: CsvDialect;
  readonly bytes: Buffer;
}
const text: fc.Arbitrary<Text> = fc
  .tuple(dialect, header, fc.constantFrom('names', 'line', 'none'))
  .chain(([csv, names, where]) => {
    const own = where === 'none' ? NAMES : names;
    const records = fc.array(
      fc.tuple(
        fc.tuple(...own.map(value)),
        // How many of the fields are in quotes, and what else is wrong about the record.
        fc.nat({ max: 3 }),
        fc.oneof(
          { weight: 8, arbitrary: fc.constant('') },
          { weight: 1, arbitrary: fc.constantFrom('+', '-', '!', '#', '\n') },
        ),
      ),
      { minLength: 1, maxLength: 8 },
    );
    return fc.tuple(records, fc.constantFrom(...LINE_ENDS), fc.boolean()).map(([rows, lineEnd, atEnd]): Text => {
      const { quote = '"', delimiter } = csv;
      const field = (one: string, index: number, quoted: number): string => {
        if (quote === false || !(index % 4 < quoted - 1 || /["'\n]/.test(one) || one.includes(delimiter))) return one;
        const inner =
          csv.escape === 'backslash' ? one.replaceAll(/["'\\]/g, '\\$&') : one.replaceAll(quote, quote + quote);
        return `${quote}${inner}${quote}`;
      };
      const lines = rows.map(([values, quoted, wrong]) => {
        const fields = values.map((one, index) => field(one, index, quoted));
        if (wrong === '+') fields.push('9');
        if (wrong === '-') fields.pop();
        if (wrong === '!') fields[0] = `${fields[0]}"`;
        if (csv.trailingDelimiter === true) fields.push('');
        return `${wrong === '#' || wrong === '\n' ? wrong : ''}${fields.join(delimiter)}`;
      });
      const all = where === 'line' ? [names.join(delimiter), ...lines] : lines;
      const settings = where === 'line' ? {} : { header: where === 'none' ? (false as const) : names };
      const bytes = Buffer.from(`${all.join(lineEnd)}${atEnd ? lineEnd : ''}`);
      return { csv: { ...csv, ...settings }, bytes };
    });
  });
const edits = fc.array(
  fc.tuple(fc.nat({ max: 900 }), fc.constantFrom('', ',', '"', '\n', '\r', '\t', '\xff', '\xc3', '\\', 'x', '#')),
  { maxLength: 2 },
);
const cuts = fc.array(fc.nat({ max: 1500 }), { maxLength: 3 });

function edited(bytes: Buffer, changes: readonly (readonly [number, string])[]): Buffer {
  let changed = bytes;
  for (const [where, part] of changes) {
    const at = where % (changed.length + 1);
    changed = Buffer.concat([changed.subarray(0, at), Buffer.from(part, 'latin1'), changed.subarray(at)]);
  }
  return changed;
}

const seen = { accepted: 0, rejected: 0, atOnce: 0 };

function answers(csv: CsvDialect, chunks: readonly Buffer[], of: readonly Column[]) {
  const declared: Pick<Dataset, 'columns' | 'input'> = { columns: of, input: { formats: ['csv'], csv } };
  const rejected: unknown[] = [];
  try {
    const validator = new CsvValidator(declared, ({ raw, ...others }: Rejection) =>
      rejected.push({ ...others, raw: raw.toString('latin1') }),
    );
    const output = feed(validator, chunks).toString('latin1');
    const { accepted, unknownFields, otherUnknownFields } = validator;
    return { output, rejected, accepted, unknownFields, otherUnknownFields };
  } catch (error) {
    if (error instanceof UnreadableObjectError) return { message: error.message, rejected };
    throw error;
  }
}

function compare(csv: CsvDialect, bytes: Buffer, at: readonly number[], of: readonly Column[] = columns): void {
  const { run } = PlainRows.prototype;
  const atOnce = jest.spyOn(PlainRows.prototype, 'run').mockImplementation(function (this: PlainRows, ...given) {
    const end = run.apply(this, given);
    seen.atOnce += this.count;
    return end;
  });
  const found = answers(csv, cut(bytes, at), of);
  atOnce.mockRestore();
  const none = jest.spyOn(PlainRows, 'of').mockReturnValue(undefined);
  expectSame(found, answers(csv, cut(bytes, at), of));
  none.mockRestore();
  seen.accepted += found.accepted ?? 0;
  seen.rejected += found.rejected.length;
}

test.each<[string, readonly string[], string]>([
  [' ', ['event_time', 'id', 'n'], '2026-06-15 10:00:00 a 1'],
  [' ', ['event_time', 'id', 'n'], '"2026-06-15 10:00:00" a 1'],
  ['-', ['born', 'id', 'n', 'event_time'], '2026-06-15-a-1-1781500000123'],
  ['-', ['id', 'long', 'n', 'event_time'], 'a--5-1-1781500000123'],
  ['.', ['ratio', 'id', 'n', 'event_time'], '1.5.a.1.1781500000123'],
  ['.', ['price', 'id', 'n', 'event_time'], '1.5.a.1.1781500000123'],
  [':', ['event_time', 'id', 'n'], '2026-06-15T10:00:00:a:1'],
])(
  'a delimiter %j that a value may hold ends it all the same, in the first record as in the last',
  (delimiter, header, line) => {
    const bytes = Buffer.from(`${line}\n`.repeat(4));
    compare({ delimiter, header }, bytes, []);
    const { accepted, rejected } = answers({ delimiter, header }, [bytes], columns);
    const isQuoted = line.startsWith('"');
    expect([accepted, rejected.length]).toEqual(isQuoted ? [4, 0] : [0, 4]);
  },
);

test('a text that means null, and that the delimiter divides', () => {
  const csv: CsvDialect = { delimiter: ' ', header: ['id', 'note', 'event_time', 'n'], nulls: ['n a'] };
  const line = 'x n a 2026-06-15T10:00:00Z 1\n';
  compare(csv, Buffer.from(line.repeat(4)), []);
  expect(answers(csv, [Buffer.from(line.repeat(4))], columns)).toMatchObject({ accepted: 0 });
});

test('records of any dialect, cut anywhere', () => {
  fc.assert(
    fc.property(text, edits, cuts, ({ csv, bytes }, changes, at) => compare(csv, edited(bytes, changes), at)),
    { seed: 20_260_615, numRuns: 3000 },
  );

  expect(seen.atOnce).toBeGreaterThan(1000);
  expect(seen.accepted - seen.atOnce).toBeGreaterThan(500);
  expect(seen.rejected).toBeGreaterThan(1000);
});

test('records of one field, and empty lines', () => {
  const one = columnsOf({ note: 'string' });
  const part = fc.constantFrom('', 'a', 'some text', '""', '"x"', '-', '#', '\r', ',');
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), fc.constantFrom(...LINE_ENDS), (lines, lineEnd) => {
      for (const empty of ['null', 'string'] as const) {
        const csv: CsvDialect = { delimiter: ',', header: false, empty, nulls: ['-'] };
        compare(csv, Buffer.from(`${lines.join(lineEnd)}${lineEnd}the last`), [], one);
      }
    }),
    { seed: 20_260_615, numRuns: 500 },
  );
});

test('a column that could have been joined, under its own name before others', () => {
  const { columns: joined } = dataset({
    columns: [
      { name: 'label', type: 'string', from: { join: ['first', 'last'] } },
      { name: 'note', type: 'string' },
      { name: 'event_time', type: 'timestamp', notNull: true },
    ],
    eventTime: 'event_time',
  });
  const csv: CsvDialect = { delimiter: ',', header: ['label', 'note', 'event_time'] };
  compare(csv, Buffer.from('a,b,2026-06-15T10:00:00Z\n'.repeat(5)), [], joined);
});

test('more lines than are kept together', () => {
  const csv: CsvDialect = { delimiter: ',', header: ['id', 'event_time', 'n', 'note'] };
  const lines = Array.from({ length: 4000 }, (_, n) => {
    const time = n % 100 === 0 ? '1781500000123' : n % 7 === 0 ? '2026-06-15T10:00:00+02:00' : '2026-06-15T10:00:00Z';
    return `r${n},${time},${n % 501 === 0 ? 'x' : n},${'z'.repeat((n * 37) % 190)}\n`;
  });
  compare(csv, Buffer.from(lines.join('')), [65_536, 131_072]);
});

/** Only kinds whose records a compiled function takes. */
const { columns: usual } = dataset({
  columns: [
    { name: 'id', type: 'string', notNull: true },
    { name: 'event_time', type: 'timestamp', notNull: true },
    ...(['tinyint', 'smallint', 'int', 'bigint', 'float', 'double', 'decimal(18,2)', 'decimal(9,0)'] as const).map(
      (type, index) => ({ name: `n${index}`, type }),
    ),
    { name: 'ok', type: 'boolean' },
    { name: 'born', type: 'date' },
    { name: 'note', type: 'string' },
  ],
  eventTime: 'event_time',
});
const NUMBERS = ['0', '-0', '7', '-12', '127', '128', '-129', '032', '32768', '99999', '2147483648', '1.5', '1.', '.5'];
const MORE_NUMBERS = ['9007199254740993', '1e3', '12.345', '123456789012345.6', '0.1', '-0.0', '1'.repeat(40)];
const DAYS = [
  '2026-06-15',
  '2024-02-29',
  '2026-02-29',
  '0000-01-01',
  '2026-13-01',
  '2026-00-10',
  '2026-06-31',
  '2026-6-5',
];
const TIMES = [
  'T10:00:00Z',
  ' 23:59:59',
  'T24:00:00Z',
  'T10:00:00.123',
  'T10:00:00.1234567Z',
  'T10:00:60Z',
  '',
  'T10:00',
];
const usualValue = ({ name }: Column): fc.Arbitrary<string> => {
  const some: readonly string[] =
    name === 'ok'
      ? ['true', 'false', 'truth', 'fals', 'TRUE']
      : name === 'born'
        ? DAYS
        : name === 'event_time'
          ? DAYS.flatMap((day) => TIMES.map((time) => `${day}${time}`))
          : name.startsWith('n') && name !== 'note'
            ? [...NUMBERS, ...MORE_NUMBERS]
            : ['a', 'é漢', '#x', 'x'.repeat(150_000), 'some words', 'y\\z', 'tab\there', '-x', 'null'];
  const [first = ''] = name === 'event_time' ? ['2026-06-15T10:00:00Z'] : some;
  const other = fc.constantFrom(...some, '', '-', '""', '"-"', '\\N', ' ');
  return fc.oneof({ weight: 12, arbitrary: fc.constant(first) }, { weight: 1, arbitrary: other });
};

test('the compiled function takes what the general scanner takes, and writes the same', () => {
  const values = fc.tuple(...usual.map((column) => fc.tuple(usualValue(column), fc.boolean())));
  const before = seen.atOnce;
  fc.assert(
    fc.property(
      fc.record(common, { requiredKeys: ['delimiter'] }),
      fc.array(values, { minLength: 1, maxLength: 12 }),
      fc.constantFrom(...LINE_ENDS),
      cuts,
      (csv, rows, lineEnd, at) => {
        const lines = rows.map((row) =>
          row.map(([one, isQuoted]) => (isQuoted && !one.includes('"') ? `"${one}"` : one)).join(csv.delimiter),
        );
        // A compiled function for each: only so many are kept for the same columns.
        compare({ ...csv, header: false }, Buffer.from(lines.join(lineEnd) + lineEnd), at, [...usual]);
      },
    ),
    { seed: 20_260_615, numRuns: 3600 },
  );
  expect(seen.atOnce - before).toBeGreaterThan(5000);
});

test('each value that needs a second look gets it', () => {
  const csv: CsvDialect = { delimiter: ',', header: false, nulls: ['-', '"-"'], comment: '#' };
  const line = ['a', '2026-06-15T10:00:00Z', '1', '1', '1', '1', '1', '1', '1', '1', 'true', '2026-06-15', 'n'];
  const own = [...usual];
  for (const [index, column] of own.entries()) {
    const all = column.type.kind === 'timestamp' ? DAYS.flatMap((day) => TIMES.map((time) => `${day}${time}`)) : [];
    for (const one of [
      ...all,
      ...DAYS,
      ...NUMBERS,
      ...MORE_NUMBERS,
      '',
      '-',
      '""',
      '"-"',
      '"1"',
      'true',
      'fals',
      ' ',
      '"a\\',
      '"1\\',
      '#x',
    ]) {
      const changed = line.with(index, one).join(',');
      compare(csv, Buffer.from(`${line.join(',')}\n${changed}\n${line.join(',')}\r\n`), [], own);
    }
  }
});
