/** Files as services and tools write them, where something is otherwise than in most files: what is proposed, without a change by hand. */
import { gzipSync } from 'node:zlib';
import type { DatasetDefinition } from '../../../lib/dataset';
import { folderWith } from '../support/folder';
import { lake, provenFor, typesOf } from './support';

jest.setTimeout(120_000);

const two = (n: number): string => `${n}`.padStart(2, '0');
const lines = (line: (n: number) => string, count = 24): string =>
  Array.from({ length: count }, (_, n) => `${line(n)}\n`).join('');
const json = (row: (n: number) => object): string => lines((n) => JSON.stringify(row(n)));
const iso = (n: number): string => `2026-06-15T10:00:${two(n)}Z`;

interface Expected {
  readonly types?: Readonly<Record<string, string>>;
  readonly eventTime?: string;
  readonly input?: DatasetDefinition['input'] | object;
  readonly scheme?: string;
  readonly dedupe?: object;
}

test.each<[string, Readonly<Record<string, string | Buffer>>, Expected]>([
  [
    'a member that the path has too: both are read',
    {
      'AWSLogs/111122223333/GuardDuty/eu-central-1/2026/06/15/a.jsonl.gz': gzipSync(
        json((n) => ({ account: '444455556666', region: 'eu-west-1', id: `f${n}`, createdAt: iso(n) })),
      ),
    },
    {
      types: { path_account: 'string', path_region: 'string', account: 'string', region: 'string' },
      input: { layout: 'AWSLogs/{path_account}/GuardDuty/{path_region}/{yyyy}/{MM}/{dd}/' },
    },
  ],
  [
    'a cost report: the time that differs from row to row, the month of its folder, ids of accounts',
    {
      'cur/report/20260601-20260701/a.csv': `bill/BillingPeriodStartDate,lineItem/UsageStartDate,lineItem/UsageAccountId\n${lines((n) => `2026-06-01T00:00:00Z,2026-06-${two(n + 1)}T00:00:00Z,111122223333`)}`,
    },
    {
      types: { line_item_usage_account_id: 'string' },
      eventTime: 'line_item_usage_start_date',
      scheme: 'month',
      input: { layout: 'cur/report/{yyyy}{MM}01-*/' },
    },
  ],
  [
    'an incremental export of DynamoDB: a time two members deep, and what the export notes of itself',
    {
      'AWSDynamoDB/x/data/a.json': json((n) => ({
        Metadata: { WriteTimestampMicros: { N: `${1781517600000000 + n}` } },
        Keys: { pk: { S: `u${n}` } },
      })),
      'AWSDynamoDB/x/manifest-files.json': '{"itemCount":24}\n',
      'AWSDynamoDB/x/manifest-summary.json': '{"exportArn":"a"}\n',
    },
    { eventTime: 'metadata_write_timestamp_micros_n', types: { keys: 'struct<pk:struct<s:string>>' } },
  ],
  [
    'a version that is a date today',
    { 'a.json': json((n) => ({ id: `e${n}`, api_version: '2024-04-10', created: 1781517600 + n })) },
    { types: { api_version: 'string', created: 'timestamp' } },
  ],
  [
    'MySQL to a terminal: NULL in several columns',
    {
      'a.tsv': `id\tname\tat\tnote\n${lines((n) => `${n}\t${n % 5 ? 'Bob' : 'NULL'}\t2026-06-15 10:00:${two(n)}\tNULL`)}`,
    },
    { input: { csv: { nulls: ['NULL'] } } },
  ],
  [
    'MySQL to a file: a backslash before a quote at the end of a value',
    { 'a.csv': lines((n) => `${n},"Bob \\"x\\"","2026-06-15 10:00:${two(n)}",\\N`) },
    { types: { column_3: 'timestamp' }, input: { csv: { escape: 'backslash', nulls: ['\\N'] } } },
  ],
  [
    'a server audit of RDS: single quotes, with a backslash before those within',
    {
      'a.log': lines(
        (n) => `20260615 10:00:${two(n)},host,app,${n},QUERY,db,'select \\'a, b\\', ${n}${n % 2 ? ', c' : ''}',0`,
      ),
    },
    { types: { column_7: 'string' }, input: { csv: { quote: "'", escape: 'backslash' } } },
  ],
  [
    'a name with a comma in each row, without a header',
    { 'a.csv': lines((n) => `${n},"Doe, J",2026-06-15 10:00:${two(n)}`) },
    { types: { column_3: 'timestamp' }, input: { csv: { header: ['column_1', 'column_2', 'column_3'] } } },
  ],
  [
    'Zeek: names behind a word, other comments around them',
    {
      'conn.log': `#separator \\x09\n#fields\tts\tid.orig_h\tbytes\n#types\ttime\taddr\tcount\n${lines((n) => `1781517600.${two(n)}\t10.0.0.${n}\t${n % 4 ? n : '-'}`)}#close\t2026-06-15-11-00-00\n`,
    },
    {
      types: { ts: 'timestamp', id_orig_h: 'string', bytes: 'int' },
      input: { csv: { header: '#fields', nulls: ['-'] } },
    },
  ],
  [
    'a mark before the header',
    { 'a.csv': `#id,at,v\n${lines((n) => `${n},2026-06-15 10:00:${two(n)},${n}`)}` },
    { types: { id: 'int', at: 'timestamp', v: 'int' }, input: { csv: { header: '#' } } },
  ],
  [
    'the last of many columns is empty, as others are: it is a column, and no delimiter behind the line',
    { 'a.tsv': lines((n) => `${n}\t\t2026-06-15 10:00:${two(n)}\t`) },
    { types: { column_2: 'string', column_4: 'string' } },
  ],
  [
    'the last column is empty in one file, and not in the other',
    {
      'a/0000_part_00': lines((n) => `${n}|2026-06-15 10:00:${two(n)}|`),
      'a/0001_part_00': lines((n) => `${n}|2026-06-15 11:00:${two(n)}|x`),
    },
    { types: { column_3: 'string' } },
  ],
  [
    'a log whose last fields are "-" so far: other lines may have values there',
    { 'a.log': lines((n) => `${iso(n)} lb-1 10.0.0.1:${2817 + n} 200 "GET / HTTP/1.1" - -`) },
    { types: { field_3: 'string', field_4: 'string' }, input: { lines: { nulls: ['-'] } } },
  ],
  [
    'Kibana: "@" between date and time',
    { 'a.csv': `"@timestamp",message\n${lines((n) => `"Jun 15, 2026 @ 10:00:${two(n)}.123",m`)}` },
    { types: { event_timestamp: 'timestamp' } },
  ],
  [
    'results of Athena: what describes them lies beside',
    {
      'a.csv': `"id","at"\n${lines((n) => `"${n}","${iso(n)}"`)}`,
      'a.csv.metadata': Buffer.from('0801122403616263', 'hex'),
    },
    { types: { at: 'timestamp' } },
  ],
  [
    'changes of DMS with a sequence without a name: it orders them, and is no key',
    {
      '2026/06/15/a.csv': lines(
        (n) =>
          `${'IUD'[n % 3]},2026-06-15 10:00:${two(n)},${`${20260615100500 + n}`.padEnd(35, '0')},${Math.floor(n / 3)},x`,
      ),
    },
    { dedupe: { key: ['column_4'], by: ['column_2', 'column_3'] } },
  ],
])('%s', async (_, files, { types, eventTime, input, scheme, dedupe }) => {
  const proposed = await provenFor(files);
  const { definition } = proposed;
  expect(proposed.share).toEqual([proposed.share[1], proposed.share[1]]);
  if (types !== undefined) expect(typesOf(proposed)).toMatchObject(types);
  if (eventTime !== undefined) expect(definition.eventTime).toBe(eventTime);
  if (input !== undefined) expect(definition.input).toMatchObject(input);
  if (scheme !== undefined) expect(definition.partition.scheme).toBe(scheme);
  if (dedupe !== undefined) expect(definition.dedupe).toMatchObject(dedupe);
  expect(definition.input.csv?.trailingDelimiter).toBeUndefined();
});

test('names of zones mean several offsets: which column has them, and what to write', async () => {
  const folder = folderWith({ 'a.csv': `id,at\n${lines((n) => `${n},2026-06-15 10:00:${two(n)} CEST`)}` });
  const ran = await lake('new-dataset', folder, '--out', `${folder}/x.ts`);
  expect(ran).toMatchObject({
    code: 1,
    errors: expect.stringMatching(/the times of "at" end in the name of a zone.*write the offset/),
  });
});
