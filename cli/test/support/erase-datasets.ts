/** A dataset of each kind of input, in place of those of the tests: import this before what reads the configuration. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { type DatasetDefinition, parseDatasets } from '../../../lib/dataset';
import { folderWith } from './folder';

/** `n` is a whole number in a row that fits, and a text in one that does not. */
export interface Row {
  readonly id: string;
  readonly key: string;
  readonly n: string;
}

export interface EraseCase {
  readonly name: string;
  /** Type of the column `k`. @default string */
  readonly type?: string;
  /** Settings of the column `k` beyond its type. */
  readonly from?: DatasetDefinition['columns'][number]['from'];
  readonly format?: DatasetDefinition['columns'][number]['format'];
  readonly input: DatasetDefinition['input'];
  readonly more?: Partial<DatasetDefinition>;
  /** The key as it is given to the command, and as rows have it. @default both as in `KEY` */
  readonly key?: string;
  readonly written?: string;
  /** Keys of other rows. */
  readonly others?: readonly [string, string];
  /** One object for rows of one key. */
  readonly object: (rows: readonly Row[]) => string | Buffer | { readonly parquet: string };
  /** Folder of an object, and what its name ends with. */
  readonly path?: (key: string) => string;
  readonly ending: string;
  /** Whether lines that do not fit can be rejected alone. @default true */
  readonly rejects?: boolean;
  /** Whether nobody can tell which rejected lines have the key, so that the erase names them. @default false */
  readonly doubt?: true;
}

const AT = '2026-06-16T10:00:00Z';
export const FOLDER = 'year=2026/month=06/day=16/';
const NAMED = ['id', 'at', 'k', 'n'] as const;

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
const csv = (rows: readonly Row[]): string =>
  rows.map(({ id, key, n }) => `${id},${AT},${key === '' ? '' : quoted(key)},${n}\r\n`).join('');
const record = ({ id, key, n }: Row, k: unknown = key): object => ({
  id,
  at: AT,
  k,
  n: /^\d+$/.test(n) ? Number(n) : n,
});
const ndjson = (rows: readonly Row[], value?: (key: string) => unknown): string =>
  rows.map((row) => `${JSON.stringify(record(row, value?.(row.key)))}\n`).join('');

/** One frame with one block that is stored as it is. https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1 */
export function zstd(text: string | Buffer): Buffer {
  const body = Buffer.from(text);
  const header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32LE(body.length, 5);
  header.writeUIntLE(body.length * 8 + 1, 9, 3);
  return Buffer.concat([header, body]);
}

const unwrapped = { json: { unwrap: 'records', carry: ['k'] } };

export const CASES: readonly EraseCase[] = [
  {
    name: 'csv_header',
    input: { formats: ['csv'] },
    key: 'o\'brien, "ü"\nof two lines',
    ending: '.csv',
    object: (rows) => `${NAMED.join(',')}\r\n${csv(rows)}`,
  },
  {
    name: 'csv_bare',
    input: { formats: ['csv'], csv: { header: false } },
    ending: '.csv.gz',
    object: (rows) => gzipSync(csv(rows)),
  },
  {
    name: 'tsv_nulls',
    input: { formats: ['csv'], csv: { delimiter: '\t', quote: false, escape: 'backslash', nulls: ['\\N'] } },
    key: 'a\tb',
    ending: '.tsv',
    object: (rows) =>
      [NAMED, ...rows.map(({ id, key, n }) => [id, AT, key === '' ? '\\N' : key.replaceAll('\t', '\\t'), n])]
        .map((fields) => `${fields.join('\t')}\n`)
        .join(''),
  },
  {
    name: 'line_pattern',
    input: { formats: ['lines'], lines: { pattern: '^(?<id>\\S+) (?<at>\\S+) \\[(?<k>[^\\]]*)\\] (?<n>\\S+)$' } },
    ending: '.log',
    object: (rows) => rows.map(({ id, key, n }) => `${id} ${AT} [${key}] ${n}\n`).join(''),
  },
  {
    name: 'parquet',
    input: { formats: ['parquet'] },
    ending: '.parquet',
    object: (rows) => ({
      parquet: rows
        .map(
          ({ id, key, n }) =>
            `SELECT '${id}' AS id, TIMESTAMP '2026-06-16 10:00:00' AS at, nullif('${key}', '') AS k, ${n}::INT AS n`,
        )
        .join(' UNION ALL '),
    }),
    rejects: false,
  },
  {
    name: 'array_of_json',
    input: { formats: ['json'] },
    ending: '.json',
    object: (rows) =>
      JSON.stringify(
        rows.map((row) => record(row)),
        null,
        2,
      ),
  },
  {
    name: 'json_escapes',
    input: { formats: ['ndjson'] },
    key: "/user/o'Brië\u{1F600}",
    ending: '.json.zst',
    // As PHP and .NET write texts.
    object: (rows) =>
      zstd(
        ndjson(rows)
          .replaceAll('/', '\\/')
          .replace(
            /[^\x20-\x7e\n]|'/g,
            (unit) => `\\u${unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`,
          ),
      ),
  },
  {
    name: 'concatenated',
    input: { formats: ['json'] },
    ending: '',
    object: (rows) => gzipSync(rows.map((row) => JSON.stringify(record(row))).join('')),
  },
  {
    name: 'unwrap',
    input: { formats: ['json'], json: { unwrap: { path: ['a', 'b'] } } },
    ending: '.json',
    object: (rows) => JSON.stringify({ a: { b: rows.map((row) => record(row)) } }),
  },
  {
    name: 'carry',
    doubt: true,
    input: { formats: ['json'], ...unwrapped },
    ending: '.json.zst',
    object: (rows) =>
      zstd(
        rows
          .map(({ id, key, n }) =>
            JSON.stringify({
              k: key === '' ? null : key,
              records: [{ id, at: AT, n: /^\d+$/.test(n) ? Number(n) : n }],
            }),
          )
          .join('\n'),
      ),
  },
  {
    name: 'layout_column',
    input: { formats: ['ndjson'], layout: 'in/{k}/{yyyy}/{MM}/{dd}/' },
    path: (key) => `in/${key}/2026/06/16/`,
    others: ['someone', '0123456789012'],
    key: '012345678901',
    ending: '.json',
    object: (rows) =>
      rows.map(({ id, n }) => `${JSON.stringify({ id, at: AT, n: /^\d+$/.test(n) ? Number(n) : n })}\n`).join(''),
  },
  {
    name: 'first_of',
    from: { firstOf: [{ path: ['new', 'user id'] }, 'USER'] },
    input: { formats: ['ndjson'] },
    ending: '.json',
    object: (rows) =>
      rows
        .map((row, index) => {
          const { k, ...rest } = record(row) as { k: string };
          return `${JSON.stringify({ ...rest, ...(index % 2 === 0 ? { new: { 'user id': k } } : { USER: k }) })}\n`;
        })
        .join(''),
  },
  {
    name: 'joined',
    doubt: true,
    from: { join: ['first', 'last'] },
    input: { formats: ['csv'] },
    key: 'Ann Lee',
    others: ['Ann Leek', 'Bo Lee'],
    ending: '.csv',
    object: (rows) =>
      `id,at,first,last,n\n${rows.map(({ id, key, n }) => `${id},${AT},${key.replace(' ', ',') || ','},${n}\n`).join('')}`,
  },
  {
    name: 'whole_number',
    doubt: true,
    type: 'bigint',
    key: '1234567',
    others: ['12345678', '234567'],
    input: { formats: ['csv'], csv: { thousands: ',', delimiter: ';' } },
    ending: '.csv',
    object: (rows) =>
      `id;at;k;n\n${rows.map(({ id, key, n }) => `${id};${AT};${key.replace(/^1234567$/, '1,234,567')};${n}\n`).join('')}`,
  },
  {
    name: 'amount',
    doubt: true,
    type: 'decimal(10,2)',
    key: '1234.50',
    others: ['1234.51', '12345.00'],
    input: { formats: ['csv'], csv: { decimal: ',', thousands: '.', delimiter: ';' } },
    ending: '.csv',
    object: (rows) =>
      `id;at;k;n\n${rows.map(({ id, key, n }) => `${id};${AT};${key.replace(/^1234\.50$/, '1.234,5').replace('.', key.startsWith('1234.50') ? '.' : ',')};${n}\n`).join('')}`,
  },
  {
    name: 'date_pattern',
    doubt: true,
    type: 'date',
    format: { pattern: '%d.%m.%Y' },
    key: '2001-02-03',
    others: ['2001-03-02', '2001-02-04'],
    input: { formats: ['ndjson'] },
    ending: '.json',
    object: (rows) => ndjson(rows, (key) => (key === '' ? null : key.split('-').reverse().join('.'))),
  },
  {
    name: 'time_epoch',
    doubt: true,
    type: 'timestamp',
    format: { epoch: 's' },
    key: '2001-02-03T04:05:06Z',
    others: ['2001-02-03T04:05:07Z', '2001-02-03T04:05:05Z'],
    input: { formats: ['ndjson'] },
    ending: '.json',
    object: (rows) => ndjson(rows, (key) => (key === '' ? null : Date.parse(key) / 1000)),
  },
  {
    name: 'debezium',
    from: { firstOf: [{ path: ['after', 'k'] }, { path: ['before', 'k'] }] },
    input: { formats: ['ndjson'] },
    more: { dedupe: { key: ['id'], keep: 'latest', by: ['at'], deleted: { column: 'op', values: ['d'] } } },
    ending: '.json',
    object: (rows) => rows.map(({ id, key, n }) => `${JSON.stringify(image(id, key, n))}\n`).join(''),
  },
  {
    name: 'dms',
    input: { formats: ['csv'], csv: { header: ['op', 'at', 'id', 'k', 'n'] } },
    more: { dedupe: { key: ['id'], keep: 'latest', by: ['at'], deleted: { column: 'op', values: ['D'] } } },
    ending: '.csv.gz',
    object: (rows) =>
      gzipSync(
        rows.map(({ id, key, n }) => `${id.includes('gone') ? 'D' : 'I'},${AT},${id},${quoted(key)},${n}\n`).join(''),
      ),
  },
];

function image(id: string, key: string, n: string): object {
  const row = { id, k: key, n: /^\d+$/.test(n) ? Number(n) : n };
  return id.includes('gone')
    ? { op: 'd', at: AT, before: row, after: null }
    : { op: 'c', at: AT, before: null, after: row };
}

const isChanges = ({ more }: EraseCase): boolean => more?.dedupe !== undefined;

export const definitionOf = (one: EraseCase): DatasetDefinition => {
  const images = (name: string) =>
    one.name === 'debezium' ? { from: { firstOf: [{ path: ['after', name] }, { path: ['before', name] }] } } : {};
  return {
    name: one.name,
    description: 'Rows with keys.',
    columns: [
      { name: 'id', type: 'string', notNull: true, ...images('id') },
      { name: 'at', type: 'timestamp', notNull: true },
      {
        name: 'k',
        type: one.type ?? 'string',
        ...(one.from && { from: one.from }),
        ...(one.format && { format: one.format }),
      },
      { name: 'n', type: 'int', ...images('n') },
      ...(isChanges(one) ? [{ name: 'op', type: 'string' }] : []),
    ],
    partition: { scheme: 'day', from: '2026-01-01', to: '2026-12-31' },
    eventTime: 'at',
    input: one.input,
    ...one.more,
  };
};

const parsed = (cases: readonly EraseCase[]) =>
  parseDatasets(cases.map((one) => ({ file: `${one.name}.ts`, definition: definitionOf(one) })));

const DATASETS = [...parsed(CASES)];

/** Declares a dataset anew, as a later deployment does. */
export function redeclare(name: string, more: Partial<DatasetDefinition>): void {
  const changed = parsed(
    CASES.filter((one) => one.name === name).map((one) => ({ ...one, more: { ...one.more, ...more } })),
  );
  const [dataset] = changed;
  if (dataset !== undefined) DATASETS[DATASETS.findIndex((one) => one.name === name)] = dataset;
}

export const KEY = 'ann@example.com';

const row = (id: string, key: string, n: string): Row => ({ id, key, n });

/** Rows of the key, of a near one, of another and of none. Those whose id ends in `bad` do not fit; changes delete those in `gone`. */
export function objectsOf(one: EraseCase, name: string) {
  const [key, [near, other]] = [one.key ?? KEY, one.others ?? [`${one.key ?? KEY}x`, 'someone']];
  const kinds = one.rejects === false ? ['1'] : ['1', 'bad'];
  const of = (who: string, value: string): Row[] => [
    ...kinds.map((n) => row(`${who}-${name}-${n}`, value, n)),
    row(`${who}-${name}-gone`, value, '2'),
  ];
  const rows = [...of('mine', key), ...of('near', near), ...of('other', other)];
  const groups =
    one.path === undefined ? [[...rows, ...of('none', '')]] : [rows.slice(0, 3), rows.slice(3, 6), rows.slice(6)];
  return groups.map((group) => {
    const path = `${one.path?.(group[0]?.key ?? '') ?? FOLDER}${name}${one.ending}`;
    return { path, content: one.object(group) };
  });
}

export async function bytesOf(content: ReturnType<EraseCase['object']>): Promise<Buffer> {
  if (typeof content === 'string' || Buffer.isBuffer(content)) return Buffer.from(content);
  const path = join(folderWith(), 'a.parquet');
  const instance = await DuckDBInstance.create(':memory:');
  await (await instance.connect()).run(`COPY (${content.parquet}) TO '${path}' (FORMAT parquet)`);
  instance.closeSync();
  return readFileSync(path);
}

Object.defineProperty(globalThis, '__LAKE_DATASETS__', { configurable: true, value: DATASETS });
