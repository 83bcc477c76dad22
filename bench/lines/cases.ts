/** What is measured, in groups whose cases are compared with their first, or each with its peer. */
import { parse } from 'csv-parse/sync';
import type { JsonInput } from '../../lib/dataset/json-input';
import type { Column, Dataset } from '../../lib/dataset/model';
import type { CsvDialect } from '../../lib/dataset/text-format';
import { CsvValidator, LinesValidator, NdjsonValidator, type RowValidator } from '../../lib/rows';
import { CsvRecords } from '../../lib/rows/csv-records';
import { column, columns, FLAT, flatColumns, flatLog, log, ROWS, type Row, texts } from './rows';

const CHUNK_BYTES = 64 * 1024;

export interface Case {
  readonly group: string;
  readonly name: string;
  /** What its speed is divided by: the name of a case of its group. */
  readonly base: string;
  /** Of all rows; and one pass over them. */
  readonly prepare: () => { readonly bytes: number; readonly pass: () => void };
}

function checked(data: Buffer, create: () => RowValidator, rejected = 0): ReturnType<Case['prepare']> {
  const pass = (): void => {
    const check = create();
    for (let at = 0; at < data.length; at += CHUNK_BYTES) check.push(data.subarray(at, at + CHUNK_BYTES));
    check.end();
    if (check.accepted !== ROWS - rejected || check.rejected !== rejected) {
      throw new Error(`${check.accepted} rows were accepted and ${check.rejected} rejected`);
    }
  };
  return { bytes: data.length, pass };
}

const json = (data: Buffer, declared: readonly Column[], input?: JsonInput, rejected = 0) =>
  checked(
    data,
    () => new NdjsonValidator({ columns: declared, input: input && { json: input } }, () => undefined),
    rejected,
  );

const lines = (records: readonly string[]): Buffer => Buffer.from(`${records.join('\n')}\n`);
const camel = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

interface Variant {
  readonly name: string;
  /** @default `columns` */
  readonly declared?: readonly Column[];
  readonly line: (index: number) => Row;
  readonly rejected?: number;
}

const VARIANTS: readonly Variant[] = [
  { name: 'as declared', line: log },
  { name: 'time with zone', line: (i) => ({ ...log(i), event_time: '2026-06-15T12:00:00.123456+02:00' }) },
  { name: 'time in epoch ms', line: (i) => ({ ...log(i), event_time: 1_781_500_000_000 + i }) },
  {
    name: 'time in a pattern',
    declared: columns.map((one) =>
      one.name === 'event_time'
        ? { ...one, type: { kind: 'timestamp', format: { pattern: '%d/%b/%Y:%T %z', offset: 0 } } }
        : one,
    ),
    line: (i) => ({ ...log(i), event_time: '15/Jun/2026:10:00:00 +0200' }),
  },
  { name: '3 undeclared fields', line: (i) => ({ ...log(i), host: 'web-1', trace: `t${i}`, extra: { a: [1, 2] } }) },
  {
    name: 'every name another',
    declared: columns.map((one) => ({ ...one, from: [[camel(one.name)]] })),
    line: (i) => Object.fromEntries(Object.entries(log(i)).map(([name, value]) => [camel(name), value])),
  },
  { name: '1% bad lines', line: (i) => (i % 100 === 0 ? { ...log(i), status: 'bad' } : log(i)), rejected: ROWS / 100 },
];

const variants = VARIANTS.flatMap(({ name, declared = columns, line, rejected = 0 }): Case[] => [
  {
    group: 'NDJSON beside JSON.parse',
    name,
    base: `${name}: JSON.parse`,
    prepare: () => json(lines(texts(line)), declared, undefined, rejected),
  },
  {
    group: 'NDJSON beside JSON.parse',
    name: `${name}: JSON.parse`,
    base: `${name}: JSON.parse`,
    prepare: () => {
      const data = lines(texts(line));
      const pass = (): void => {
        for (const text of data.toString().split('\n')) if (text !== '') JSON.parse(text);
      };
      return { bytes: data.length, pass };
    },
  },
]);

/** The same records in other arrangements. */
const inEnvelope = (records: readonly string[], many = records.length): string => {
  const parts: string[] = [];
  for (let at = 0; at < records.length; at += many) {
    parts.push(`{"owner":"111122223333","Records":[${records.slice(at, at + many).join(',')}]}`);
  }
  return parts.join('\n');
};
const RECORDS: JsonInput = { unwrap: ['Records'], carry: [] };
const OWNED: JsonInput = { unwrap: ['Records'], carry: [['owner']] };
const owned = [...columns, column('owner', { kind: 'string' })];
const pretty = (text: string): string => JSON.stringify(JSON.parse(text), null, 2);
const ARRANGEMENTS: readonly (readonly [string, (records: readonly string[]) => string, JsonInput?])[] = [
  ['one a line', (records) => records.join('\n')],
  ['concatenated', (records) => records.join('')],
  ['array', (records) => `[${records.join(',')}]`],
  ['array over lines', (records) => `[\n${records.join(',\n')}\n]`],
  ['unwrapped', (records) => inEnvelope(records), RECORDS],
  ['unwrapped, 20 an envelope', (records) => inEnvelope(records, 20), RECORDS],
  [
    'unwrapped, 1 an envelope',
    (records) => records.map((one) => `{"schema":"s","payload":{"op":"c","after":${one}}}`).join('\n'),
    { unwrap: ['payload', 'after'], carry: [] },
  ],
  ['carried', (records) => inEnvelope(records), OWNED],
  ['carried, 20 an envelope', (records) => inEnvelope(records, 20), OWNED],
  ['pretty-printed', (records) => records.map(pretty).join('\n')],
  ['pretty-printed array', (records) => pretty(`[${records.join(',')}]`)],
];
const arrangements = ARRANGEMENTS.map(
  ([name, write, input]): Case => ({
    group: 'JSON in other arrangements',
    name,
    base: 'one a line',
    prepare: () => json(Buffer.from(write(texts(log))), input?.carry.length === 1 ? owned : columns, input),
  }),
);

/** Lines of the flat columns. */
const text = (delimiter: string, quote: string, none: string): Buffer =>
  lines(
    Array.from({ length: ROWS }, (_, index) => {
      const row = flatLog(index);
      const fields = FLAT.map((name) => String(row[name] ?? none));
      // Without quotes, no field holds the delimiter.
      fields[8] = `${quote}${quote === '' ? String(fields[8]).replaceAll(delimiter, '.') : fields[8]}${quote}`;
      return fields.join(delimiter);
    }),
  );
const delimited = (csv: CsvDialect, quote: string, none: string): ReturnType<Case['prepare']> => {
  const dataset: Pick<Dataset, 'columns' | 'input'> = {
    columns: flatColumns,
    input: { formats: ['csv'], csv: { header: FLAT, ...csv } },
  };
  return checked(text(csv.delimiter, quote, none), () => new CsvValidator(dataset, () => undefined));
};
const group = (name: string): string => `(?<${name}>[^ ]*)`;
const TEXTS: readonly (readonly [string, Case['prepare']])[] = [
  ['NDJSON', () => json(lines(texts(flatLog)), flatColumns)],
  ['commas and quotes', () => delimited({ delimiter: ',' }, '"', '')],
  ['commas, no quotes', () => delimited({ delimiter: ',' }, '', '')],
  ['tabs, - for null', () => delimited({ delimiter: '\t', quote: false, nulls: ['-'] }, '', '-')],
  ['blanks, quotes, escapes', () => delimited({ delimiter: ' ', nulls: ['-'], escape: 'backslash' }, '"', '-')],
  [
    'lines by a pattern',
    () => {
      const pattern = `${FLAT.slice(0, 8).map(group).join(' ')} "(?<user_agent>[^"]*)"`;
      const dataset: Pick<Dataset, 'columns' | 'input'> = {
        columns: flatColumns,
        input: { formats: ['lines'], csv: { delimiter: ',' }, lines: { pattern, nulls: ['-'] } },
      };
      return checked(text(' ', '"', '-'), () => new LinesValidator(dataset, () => undefined));
    },
  ],
];
const textCases = TEXTS.map(
  ([name, prepare]): Case => ({ group: 'Text beside NDJSON of the same rows', name, base: 'NDJSON', prepare }),
);

/** The tokenizer of CSV beside `csv-parse`, told to keep what the lake needs: which fields were quoted, and the text of each record. */
const QUOTED = ROWS;
const TOKENIZERS: readonly (readonly [string, (data: Buffer) => number])[] = [
  [
    'csv-parse, quoting and raw text',
    (data) => {
      let quoted = 0;
      parse(data, {
        raw: true,
        cast: (value, { quoting }) => {
          if (quoting) quoted++;
          return value;
        },
      });
      return quoted;
    },
  ],
  ['csv-parse', (data) => parse(data).length],
  [
    'tokenizer',
    (data) => {
      const records = new CsvRecords(',');
      let quoted = 0;
      for (let at = 0; at < data.length; ) {
        at = records.next(data, at, FLAT.length);
        for (let field = 0; field < records.count; field++) if (records.isQuoted(field)) quoted++;
      }
      return quoted;
    },
  ],
];
const tokenizers = TOKENIZERS.map(
  ([name, count]): Case => ({
    group: 'CSV tokenizer beside csv-parse',
    name,
    base: 'csv-parse, quoting and raw text',
    prepare: () => {
      const data = text(',', '"', '');
      const pass = (): void => {
        if (count(data) !== QUOTED) throw new Error(`${count(data)} quoted fields`);
      };
      return { bytes: data.length, pass };
    },
  }),
);

export const CASES: readonly Case[] = [...variants, ...arrangements, ...textCases, ...tokenizers];
