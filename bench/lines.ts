/**
 * Speed of the row validator on web logs, beside `JSON.parse` of each line, which checks no type at all; and of the CSV
 * tokenizer beside `csv-parse`, told to keep what the lake needs: which fields were quoted, and the text of each record.
 *
 *     npm run bench:lines
 */
import { parse } from 'csv-parse/sync';
import type { JsonInput } from '../lib/dataset/json-input';
import type { Column, ColumnType } from '../lib/dataset/model';
import { CsvValidator, LinesValidator, NdjsonValidator, type RowValidator } from '../lib/rows';
import { CsvRecords } from '../lib/rows/csv-records';

if (process.argv.length > 2) {
  process.stderr.write(
    `Usage: npm run bench:lines\nIt takes no options, but was given ${process.argv.slice(2).join(' ')}\n`,
  );
  process.exit(2);
}

const CHUNK_BYTES = 64 * 1024;
const SECONDS = 1;

const column = (name: string, type: ColumnType, notNull = false): Column => ({
  name,
  type,
  notNull,
  comment: undefined,
});
const string: ColumnType = { kind: 'string' };

const columns: readonly Column[] = [
  column('event_id', string, true),
  column('event_time', { kind: 'timestamp' }, true),
  column('client_ip', string),
  column('method', string),
  column('path', string),
  column('protocol', string),
  column('status', { kind: 'int' }, true),
  column('bytes', { kind: 'bigint' }),
  column('duration_ms', { kind: 'double' }),
  column('cached', { kind: 'boolean' }),
  column('referrer', string),
  column('user_agent', string),
  column('tags', { kind: 'array', element: string }),
  column('geo', {
    kind: 'struct',
    fields: [
      { name: 'country', type: string },
      { name: 'asn', type: { kind: 'int' } },
    ],
  }),
];

const camel = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

interface Variant {
  readonly name: string;
  /** @default `columns` */
  readonly columns?: readonly Column[];
  readonly line: (index: number) => Record<string, unknown>;
}

const log = (index: number): Record<string, unknown> => ({
  event_id: `${(index * 2_654_435_761).toString(16).padStart(16, '0')}5905143f`,
  event_time: new Date(1_781_500_000_000 + index * 37).toISOString(),
  client_ip: `83.149.${index % 256}.${(index * 7) % 256}`,
  method: index % 9 === 0 ? 'POST' : 'GET',
  path: `/presentations/logstash-monitorama-${index % 100}/images/kibana-search-${index}.png?session=${index * 31}`,
  protocol: 'HTTP/1.1',
  status: index % 50 === 0 ? 404 : 200,
  bytes: (index * 7919) % 500_000,
  duration_ms: ((index * 13) % 9000) / 16,
  cached: index % 3 === 0,
  referrer: index % 4 === 0 ? null : `http://semicomplete.com/presentations/logstash-monitorama-${index % 100}/`,
  user_agent:
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/32.0 Safari/537',
  tags: ['web', `shard-${index % 16}`],
  geo: { country: 'DE', asn: 3320 + (index % 100) },
});

const variants: readonly Variant[] = [
  { name: 'as declared', line: log },
  { name: 'time with zone', line: (i) => ({ ...log(i), event_time: '2026-06-15T12:00:00.123456+02:00' }) },
  { name: 'time in epoch ms', line: (i) => ({ ...log(i), event_time: 1_781_500_000_000 + i }) },
  {
    name: 'time in a pattern',
    columns: columns.map((one) =>
      one.name === 'event_time'
        ? { ...one, type: { kind: 'timestamp', format: { pattern: '%d/%b/%Y:%T %z', offset: 0 } } }
        : one,
    ),
    line: (i) => ({ ...log(i), event_time: '15/Jun/2026:10:00:00 +0200' }),
  },
  { name: '3 undeclared fields', line: (i) => ({ ...log(i), host: 'web-1', trace: `t${i}`, extra: { a: [1, 2] } }) },
  {
    name: 'every name another',
    columns: columns.map((column) => ({ ...column, from: [[camel(column.name)]] })),
    line: (i) => Object.fromEntries(Object.entries(log(i)).map(([name, value]) => [camel(name), value])),
  },
  { name: '1% bad lines', line: (i) => (i % 100 === 0 ? { ...log(i), status: 'bad' } : log(i)) },
];

/** Bytes a second of a pass, the best of as many as fit the time. */
function speed(bytes: number, pass: () => void): number {
  pass();
  let best = Number.POSITIVE_INFINITY;
  for (const end = performance.now() + SECONDS * 1000; performance.now() < end; ) {
    const start = performance.now();
    pass();
    best = Math.min(best, performance.now() - start);
  }
  return bytes / (best / 1000);
}

console.log('variant               bytes/line   checker MB/s   JSON.parse MB/s   ratio');
for (const { name, line, columns: declared = columns } of variants) {
  const lines = Array.from({ length: 10_000 }, (_, index) => JSON.stringify(line(index)));
  const data = Buffer.from(`${lines.join('\n')}\n`);
  const checker = speed(data.length, () => {
    const check = new NdjsonValidator({ columns: declared }, () => undefined);
    let out = 0;
    for (let at = 0; at < data.length; at += CHUNK_BYTES) {
      for (const slice of check.push(data.subarray(at, at + CHUNK_BYTES))) out += slice.length;
    }
    if (check.accepted === 0 || out === 0) throw new Error('nothing was accepted');
  });
  const parse = speed(data.length, () => {
    for (const text of data.toString().split('\n')) if (text !== '') JSON.parse(text);
  });
  const cells = [
    name.padEnd(20),
    String(Math.round(data.length / lines.length)).padStart(11),
    (checker / 1e6).toFixed(0).padStart(14),
    (parse / 1e6).toFixed(0).padStart(17),
    (checker / parse).toFixed(1).padStart(7),
  ];
  console.log(cells.join(' '));
}

/** The same records in other arrangements, as a share of the speed of one a line. */
const inEnvelope = (name: string) => (records: readonly string[]) =>
  `{"owner":"111122223333","${name}":[${records.join(',')}]}`;
const arrangements: readonly {
  readonly name: string;
  readonly json?: JsonInput;
  readonly columns?: readonly Column[];
  readonly write: (records: readonly string[]) => string;
}[] = [
  { name: 'one a line', write: (records) => `${records.join('\n')}\n` },
  { name: 'concatenated', write: (records) => records.join('') },
  { name: 'array', write: (records) => `[${records.join(',')}]` },
  { name: 'array over lines', write: (records) => `[\n${records.join(',\n')}\n]\n` },
  { name: 'unwrapped', json: { unwrap: ['Records'], carry: [] }, write: inEnvelope('Records') },
  {
    name: 'unwrapped, carried',
    json: { unwrap: ['Records'], carry: [['owner']] },
    columns: [...columns, column('owner', string)],
    write: inEnvelope('Records'),
  },
  {
    name: 'pretty-printed',
    write: (records) => records.map((one) => JSON.stringify(JSON.parse(one), null, 2)).join('\n'),
  },
];

console.log('\narrangement           bytes/record   checker MB/s   rows/s of one a line');
let oneALine = 0;
for (const { name, json, columns: declared = columns, write } of arrangements) {
  const records = Array.from({ length: 10_000 }, (_, index) => JSON.stringify(log(index)));
  const data = Buffer.from(write(records));
  const dataset = { columns: declared, input: { formats: [], csv: { delimiter: ',' }, ...(json && { json }) } };
  const checker = speed(data.length, () => {
    const check = new NdjsonValidator(dataset, () => undefined);
    for (let at = 0; at < data.length; at += CHUNK_BYTES) check.push(data.subarray(at, at + CHUNK_BYTES));
    check.end();
    if (check.accepted !== records.length) throw new Error(`${check.accepted} records were accepted`);
  });
  const rate = (checker / data.length) * records.length;
  if (name === 'one a line') oneALine = rate;
  const cells = [
    name.padEnd(20),
    String(Math.round(data.length / records.length)).padStart(13),
    (checker / 1e6).toFixed(0).padStart(14),
    (rate / oneALine).toFixed(2).padStart(22),
  ];
  console.log(cells.join(' '));
}

/** Of web logs: a field in quotes, and an empty one. */
const csvRecord = (index: number): string => {
  const { event_id, event_time, client_ip, method, path, status, bytes, referrer, user_agent } = log(index);
  return [event_id, event_time, client_ip, method, path, status, bytes, referrer ?? '', `"${user_agent}"`].join(',');
};
const FIELDS = 9;
const csv = Buffer.from(`${Array.from({ length: 10_000 }, (_, index) => csvRecord(index)).join('\n')}\n`);
const tokenizer = speed(csv.length, () => {
  const records = new CsvRecords(',');
  let quoted = 0;
  for (let at = 0; at < csv.length; ) {
    at = records.next(csv, at, csv.length, FIELDS);
    for (let field = 0; field < records.count; field++) if (records.isQuoted(field)) quoted++;
  }
  if (quoted !== 10_000) throw new Error(`${quoted} quoted fields`);
});
const csvParse = speed(csv.length, () => {
  let quoted = 0;
  parse(csv, {
    raw: true,
    cast: (value, { quoting }) => {
      if (quoting) quoted++;
      return value;
    },
  });
  if (quoted !== 10_000) throw new Error(`${quoted} quoted fields`);
});
const plain = speed(csv.length, () => parse(csv));

console.log('\nvariant               tokenizer MB/s   csv-parse MB/s   ratio');
for (const [name, peer] of [
  ['quoting and raw text', csvParse],
  ['neither', plain],
] as const) {
  const cells = [name.padEnd(20), (tokenizer / 1e6).toFixed(0).padStart(15), (peer / 1e6).toFixed(0).padStart(16)];
  console.log([...cells, (tokenizer / peer).toFixed(0).padStart(7)].join(' '));
}

/** The same records as delimited text of several dialects, and as lines of a pattern: bytes of the input that are checked a second. */
const plainColumns = columns.filter(({ name }) =>
  ['event_id', 'event_time', 'client_ip', 'method', 'path', 'status', 'bytes', 'referrer', 'user_agent'].includes(name),
);
const fieldNames = [
  'event_id',
  'event_time',
  'client_ip',
  'method',
  'path',
  'status',
  'bytes',
  'referrer',
  'user_agent',
];
const textOf = (delimiter: string, quote: string, empty: string): Buffer =>
  Buffer.from(
    `${Array.from({ length: 10_000 }, (_, index) => {
      const row = log(index);
      const fields = fieldNames.map((name) => String(row[name] ?? empty));
      fields[8] = `${quote}${fields[8]}${quote}`;
      return fields.join(delimiter);
    }).join('\n')}\n`,
  );
const comma = textOf(',', '"', '');
const tabs = textOf('\t', '', '-');
const blanks = textOf(' ', '"', '-');
const group = (name: string): string => `(?<${name}>[^ ]*)`;
const texts: readonly (readonly [string, Buffer, () => RowValidator])[] = [
  [
    'commas and quotes',
    comma,
    () =>
      new CsvValidator(
        { columns: plainColumns, input: { formats: ['csv'], csv: { delimiter: ',', header: fieldNames } } },
        () => undefined,
      ),
  ],
  [
    'tabs, no quotes',
    tabs,
    () =>
      new CsvValidator(
        {
          columns: plainColumns,
          input: { formats: ['csv'], csv: { delimiter: '\t', header: fieldNames, quote: false, nulls: ['-'] } },
        },
        () => undefined,
      ),
  ],
  [
    'lines by a pattern',
    blanks,
    () =>
      new LinesValidator(
        {
          columns: plainColumns,
          input: {
            formats: ['lines'],
            csv: { delimiter: ',' },
            lines: { pattern: `${fieldNames.slice(0, 8).map(group).join(' ')} "(?<user_agent>[^"]*)"`, nulls: ['-'] },
          },
        },
        () => undefined,
      ),
  ],
];
console.log('\ntext                  bytes/line   checker MB/s   ratio to commas');
let commas = 0;
for (const [name, data, create] of texts) {
  const checked = speed(data.length, () => {
    const validator = create();
    for (let at = 0; at < data.length; at += CHUNK_BYTES) validator.push(data.subarray(at, at + CHUNK_BYTES));
    if (validator.accepted < 9_999) throw new Error(`${validator.accepted} lines were accepted`);
  });
  if (commas === 0) commas = checked;
  const cells = [
    name.padEnd(20),
    String(Math.round(data.length / 10_000)).padStart(11),
    (checked / 1e6).toFixed(0).padStart(14),
  ];
  console.log([...cells, (checked / commas).toFixed(2).padStart(17)].join(' '));
}
