/** The dedupe key that is proposed: it deletes rows, so that only an id of the row is one. */
import { randomUUID } from 'node:crypto';
import { candidateOf } from '../../new-dataset/keys';
import { useDataset } from '../../new-dataset/own-datasets';
import { folderWith } from '../support/folder';
import { start } from '../support/run';
import { proposeFor, provenFor } from './support';

jest.setTimeout(240_000);

const TIME = (n: number): string => new Date(Date.UTC(2026, 5, 15, 10, 0, n)).toISOString();
const json = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
const rows = <T>(count: number, of: (n: number) => T): readonly T[] => Array.from({ length: count }, (_, n) => of(n));

/** Samples in which columns with the time are unique, but no column alone is an id. */
const WITHOUT_ID: Readonly<Record<string, string>> = {
  'a constant and a time': json(rows(150, (n) => ({ tenantId: 'acme', ts: TIME(n), page: `/p${n}` }))),
  'pages and hosts, unique by chance': json(
    rows(150, (n) => ({ host: `h${n}`, ts: TIME(n), page: `/p${n}`, code: n })),
  ),
  'ids of what has many rows': json(
    rows(150, (n) => ({ user_id: randomUUID(), deviceId: n, session: randomUUID(), ts: TIME(n) })),
  ),
  'an id that some rows lack': json(
    rows(150, (n) => ({ ts: TIME(n), ...(n === 70 ? {} : { event_id: randomUUID() }) })),
  ),
  'an id in too few rows': json(rows(10, (n) => ({ ts: TIME(n), event_id: randomUUID() }))),
  'lines of a web server, after the virtual host': rows(
    150,
    (n) =>
      `www.example.com:443 192.0.2.${n} - - [15/Jun/2026:10:00:01 +0000] "GET /${n} HTTP/1.1" 200 1${n} "-" "curl"\n`,
  ).join(''),
  'lines of syslog, with types of messages': rows(150, (n) => `<34>1 ${TIME(n)} h su ${n} ID47 - m ${n}\n`).join(''),
  'lines of no known form': rows(150, (n) => `${TIME(n)} 503 elb-${n} ${n * 7} done\n`).join(''),
  'delimited text': `seen,status,length\n${rows(150, (n) => `${TIME(n)},${200 + n},${n * 3}\n`).join('')}`,
};

test.each(Object.entries(WITHOUT_ID))('%s: no dedupeKey, and the file says what to do', async (_, text) => {
  const { definition, text: written } = await proposeFor(folderWith({ 'a.log': text }));
  expect([definition.dedupeKey, definition.dedupe]).toEqual([undefined, undefined]);
  expect(written.replace(/\n\s*\/\/ /g, ' ')).toMatch(
    /No dedupeKey: .*If the source gives each row an id of its own, name that column in dedupeKey/,
  );
});

test('rows of one second of the next day are all kept', async () => {
  const sample = rows(3, (n) => ({ tenantId: 'acme', ts: TIME(n), page: `/p${n}` }));
  const { dataset } = await proposeFor(folderWith({ 'a.json': json(sample) }));
  useDataset(dataset);
  const next = rows(20, (n) => ({ tenantId: 'acme', ts: '2026-06-16T10:00:00Z', page: `/p${n}` }));
  const { result } = await start('--input', folderWith({ 'b.json': json(next) }), '--dataset', dataset.name);
  expect(result?.accepted).toMatchObject({ rowsIn: 20, rowsAccepted: 20 });
  expect(JSON.stringify(result)).toMatch(/"duplicates(?:Dropped|Removed)?":0\b/);
});

test.each<[string, (n: number) => object, string]>([
  ['an id by its name', (n) => ({ ts: TIME(n), event_id: n }), 'event_id'],
  ['an id by its values', (n) => ({ ts: TIME(n), reference: randomUUID(), page: 'x' }), 'reference'],
  ['an offset', (n) => ({ ts: TIME(n), offset: n }), 'offset'],
  ['the id of the row among others', (n) => ({ user_id: n, ts: TIME(n), requestId: randomUUID() }), 'request_id'],
])('%s in every row, unique in enough of them, is the dedupeKey', async (_, of, key) => {
  const proposed = await provenFor({ 'a.json': json(rows(120, of)) });
  expect(proposed.definition.dedupeKey).toEqual([key]);
});

test('names of ids of what has many rows, and of their contents, are never candidates', () => {
  const names = [
    'tenant_id',
    'user_id',
    'session_id',
    'device_uuid',
    'partition_key',
    'api_key',
    'status',
    'message',
    'etag',
  ];
  const uuids = [randomUUID(), randomUUID()];
  expect(names.filter((name) => name !== 'message' && candidateOf(name, name, uuids, 'sample') !== undefined)).toEqual(
    [],
  );
  expect(names.filter((name) => candidateOf(name, name, ['hello world'], 'sample') !== undefined)).toEqual([]);
});
