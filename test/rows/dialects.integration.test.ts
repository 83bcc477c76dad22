/** Every dialect of delimited text: what is written is read, however it is cut, and every byte is accounted for. */
import fc from 'fast-check';
import type { CsvDialect } from '../../lib/dataset';
import { CsvValidator, LinesValidator, UnreadableObjectError } from '../../lib/rows';
import { columnsOf, cut, feed, keep } from './helpers';

const columns = columnsOf({ id: 'string', n: 'int', price: 'decimal(9,2)', note: 'string' });
type Row = readonly [id: string | null, n: number | null, cents: number | null, note: string | null];

const dialect: fc.Arbitrary<CsvDialect> = fc
  .record({
    delimiter: fc.constantFrom(',', ';', '\t', ' ', '|', '\u0001', ':'),
    header: fc.constantFrom(true, false, ['id', 'n', 'price', 'note'], '#Fields:'),
    comment: fc.constantFrom(undefined, '#'),
    quote: fc.constantFrom('"' as const, "'" as const, false as const),
    escape: fc.constantFrom(undefined, 'backslash' as const),
    nulls: fc.constantFrom(undefined, ['-'], ['\\N', '-']),
    marks: fc.constantFrom({}, { decimal: ',' }, { decimal: ',', thousands: '.' }, { thousands: "'" }),
    trailingDelimiter: fc.constantFrom(undefined, true),
  })
  .map(({ marks, ...settings }) => ({
    ...(Object.fromEntries(
      Object.entries(settings).filter(([, value]) => value !== undefined),
    ) as unknown as CsvDialect),
    ...(marks as Pick<CsvDialect, 'decimal' | 'thousands'>),
  }))
  .filter(({ quote, thousands }) => thousands === undefined || thousands !== quote);

/** Texts that are hard to write, as far as a dialect can write them. */
const text: fc.Arbitrary<string> = fc
  .array(fc.constantFrom(...`abc"'\\,;| #:é\n\r\t-`, '\u0001'), { maxLength: 6 })
  .map((chars) => chars.join(''));
const row: fc.Arbitrary<Row> = fc.tuple(
  fc.option(text, { nil: null }),
  fc.option(fc.integer({ min: -2_000_000, max: 2_000_000 }), { nil: null }),
  fc.option(fc.integer({ min: -99_999_999, max: 99_999_999 }), { nil: null }),
  fc.option(text, { nil: null }),
);

function number(value: string, { decimal = '.', thousands }: CsvDialect): string {
  const [whole = '', fraction] = value.split('.');
  const grouped = whole.replace(/\B(?=(?:\d{3})+$)/g, thousands ?? '');
  return fraction === undefined ? grouped : `${grouped}${decimal}${fraction}`;
}

/** A field; undefined where the dialect cannot write the text. */
function field(value: string | null, csv: CsvDialect): string | undefined {
  const { delimiter, quote = '"', escape: style, nulls = [], comment, header } = csv;
  if (value === null) return nulls[0] ?? '';
  const mark = comment ?? (typeof header === 'string' ? '#' : undefined);
  const isPlain =
    value !== '' &&
    !nulls.includes(value) &&
    ![delimiter, '\n', '\r', ...(quote === false ? [] : [quote]), ...(style === 'backslash' ? ['\\'] : [])].some(
      (part) => value.includes(part),
    ) &&
    (mark === undefined || !value.startsWith(mark));
  if (isPlain) return value;
  if (quote === false) {
    if (style !== 'backslash' || value === '' || nulls.includes(value) || mark !== undefined) return undefined;
    return [...value]
      .map((char) =>
        /[\n\r]/.test(char) ? (char === '\n' ? '\\n' : '\\r') : /[a-z0-9é]/.test(char) ? char : `\\${char}`,
      )
      .join('');
  }
  const inner = style === 'backslash' ? value.replace(/[\\"']/g, '\\$&') : value.replaceAll(quote, `${quote}${quote}`);
  return `${quote}${inner}${quote}`;
}

const cents = (value: number): string => {
  const digits = String(Math.abs(value)).padStart(3, '0');
  return `${value < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
};

function write(rows: readonly Row[], csv: CsvDialect): { readonly text: string; readonly rows: readonly Row[] } {
  const end = csv.trailingDelimiter === true ? csv.delimiter : '';
  const written = rows.flatMap((values) => {
    const [id, n, price, note] = values;
    const fields = [
      id,
      n === null ? null : number(String(n), csv),
      price === null ? null : number(cents(price), csv),
      note,
    ].map((value) => field(value, csv));
    return fields.includes(undefined) ? [] : [{ line: `${fields.join(csv.delimiter)}${end}`, values }];
  });
  const names = ['id', 'n', 'price', 'note'];
  const header =
    csv.header === true
      ? [`${names.join(csv.delimiter)}${end}`]
      : typeof csv.header === 'string'
        ? [`${csv.header} ${names.join(' ')}`]
        : [];
  const comments = csv.comment === undefined ? [] : [`${csv.comment} "never closed`];
  return {
    text: `${[...comments, ...header, ...written.map(({ line }) => line)].join('\n')}\n`,
    rows: written.map(({ values }) => values),
  };
}

function read(csv: CsvDialect, bytes: Buffer, cuts: readonly number[]) {
  const rejected: { line: number; reason: string; raw: string }[] = [];
  const validator = new CsvValidator({ columns, input: { formats: ['csv'], csv } }, keep(rejected));
  return { output: feed(validator, cut(bytes, cuts)).toString(), rejected };
}

test('what any dialect writes is read, whatever the cuts', () => {
  let rows = 0;
  fc.assert(
    fc.property(
      dialect,
      fc.array(row, { maxLength: 8 }),
      fc.array(fc.nat({ max: 400 }), { maxLength: 6 }),
      (csv, values, cuts) => {
        const written = write(values, csv);
        const { output, rejected } = read(csv, Buffer.from(written.text), cuts);
        expect(rejected).toEqual([]);
        expect(
          output
            .split('\n')
            .filter((line) => line !== '')
            .map((line) => JSON.parse(line) as unknown),
        ).toEqual(
          written.rows.map(([id, n, price, note]) => ({ id, n, price: price === null ? null : cents(price), note })),
        );
        rows += written.rows.length;
      },
    ),
    { numRuns: 1500 },
  );
  expect(rows).toBeGreaterThan(2000);
});

const pieces = fc
  .array(
    fc.constantFrom(
      'id,n,price,note\n',
      '#Fields: id n price note\n',
      '#',
      'a',
      '"',
      "'",
      '\\',
      ',',
      ';',
      '\n',
      '\r\n',
      '1',
      '-',
      ' ',
      'é',
      '\0',
      '\ufeff',
    ),
    { maxLength: 60 },
  )
  .map((parts) => Buffer.from(parts.join('')));
const anything = fc.oneof(
  pieces,
  fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
);

test('any bytes end as rows, rejections, headers and comments, and give the same however they are cut', () => {
  fc.assert(
    fc.property(dialect, anything, fc.array(fc.nat({ max: 200 }), { maxLength: 6 }), (csv, bytes, cuts) => {
      const outcome = (at: readonly number[]): unknown => {
        try {
          return read(csv, bytes, at);
        } catch (error) {
          if (!(error instanceof UnreadableObjectError)) throw error;
          return error.message;
        }
      };
      const whole = outcome([]);
      expect(outcome(cuts)).toEqual(whole);
      if (typeof whole === 'string') return;
      const { output, rejected } = whole as ReturnType<typeof read>;
      // Without quotes a line is a record, a comment, the header or blank.
      if (csv.quote !== false || csv.escape !== undefined) return;
      const mark = csv.comment ?? (typeof csv.header === 'string' ? '#' : undefined);
      const lines = bytes
        .toString('latin1')
        .replace(/^\xef\xbb\xbf/, '')
        .split('\n')
        .filter((line) => !/^\r?$/.test(line))
        .filter((line) => mark === undefined || !line.startsWith(mark));
      const header = csv.header === true ? Math.min(1, lines.length) : 0;
      expect(output.split('\n').length - 1 + rejected.length).toBe(lines.length - header);
    }),
    { numRuns: 1500 },
  );
});

test('any bytes end as rows or rejections of lines by a pattern', () => {
  const dataset = {
    columns,
    input: {
      formats: ['lines' as const],
      csv: { delimiter: ',' },
      lines: { pattern: '(?<id>[^ ]*) (?<n>\\d*)(?: "(?<note>[^"\\\\]*(?:\\\\.[^"\\\\]*)*)")?', nulls: ['-'] },
    },
  };
  fc.assert(
    fc.property(anything, fc.array(fc.nat({ max: 200 }), { maxLength: 6 }), (bytes, cuts) => {
      const run = (at: readonly number[]) => {
        const rejected: { line: number; reason: string; raw: string }[] = [];
        const output = feed(new LinesValidator(dataset, keep(rejected)), cut(bytes, at)).toString();
        return { output, rejected };
      };
      const whole = run([]);
      expect(run(cuts)).toEqual(whole);
      const lines = bytes
        .toString('latin1')
        .replace(/^\xef\xbb\xbf/, '')
        .split('\n')
        .filter((line) => !/^[ \t\r]*$/.test(line));
      expect(whole.output.split('\n').length - 1 + whole.rejected.length).toBe(lines.length);
    }),
    { numRuns: 800 },
  );
});
