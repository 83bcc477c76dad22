/** Logs of CloudFront, S3, Apache and nginx as they are documented, and odd ones. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QueryEngine } from '../../cli/tables/engine';
import { apacheCombined, cloudFront, nginxCombined, s3AccessLogs } from '../../lib/presets';
import { through } from './support/through';

jest.setTimeout(60_000);

const EDGE = 'EMLARXS9EXAMPLE/2026/06/15/EMLARXS9EXAMPLE.2026-06-15-10.RT4KCN4S.gz';
const FIELDS =
  'date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query ' +
  'cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol ' +
  'ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields c-port time-to-first-byte ' +
  'x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end';

test('CloudFront: every field, null for a hyphen', async () => {
  const values = [
    ...[
      '2026-06-15',
      '10:00:02',
      'LAX1',
      '392',
      '2001:db8::100',
      'GET',
      'd111111abcdef8.cloudfront.net',
      '/index.html',
    ],
    ...[
      '200',
      '-',
      'Mozilla/5.0%20(%22x%22)',
      'q=a"b',
      '-',
      'Hit',
      'SOX4xwn4XV6Q4rgb7XiVGOHms_BGlTAC4KyHmureZmBNrjGd',
      '-',
    ],
    ...['https', '23', '0.001', '-', 'TLSv1.2', 'ECDHE-RSA-AES128-GCM-SHA256', 'Hit', 'HTTP/2.0', '-', '-', '11040'],
    ...['0.001', 'Hit', 'text/html', '78', '-', '-'],
  ];
  const short = 'date time x-edge-location sc-bytes c-ip new-field';
  const { rows, rejected } = await through(
    cloudFront(),
    {
      [EDGE]: `#Version: 1.0\n#Fields: ${FIELDS}\n${values.join('\t')}\n`,
      [EDGE.replace('RT4K', 'X')]: `#Version: 1.0\n#Fields: ${short}\n2026-06-15\t10:00:03\tFRA2\t-\t192.0.2.1\tx\n`,
    },
    `event_time::VARCHAR AS "time", sc_bytes AS bytes, c_ip AS ip, cs_host AS host, cs_user_agent AS agent, cs_uri_query AS query,
     cs_referer AS referer, time_taken AS took, c_port AS port, sc_content_len AS length, distribution_id AS id`,
  );
  expect(rejected).toEqual([]);
  expect(rows).toEqual([
    {
      ...{ time: '2026-06-15 10:00:02', bytes: '392', ip: '2001:db8::100', host: 'd111111abcdef8.cloudfront.net' },
      ...{
        agent: 'Mozilla/5.0%20(%22x%22)',
        query: 'q=a"b',
        referer: null,
        took: '0.001000',
        port: 11040,
        length: '78',
      },
      id: 'EMLARXS9EXAMPLE',
    },
    {
      ...{ time: '2026-06-15 10:00:03', bytes: null, ip: '192.0.2.1', host: null, agent: null, query: null },
      ...{ referer: null, took: null, port: null, length: null, id: 'EMLARXS9EXAMPLE' },
    },
  ]);
});

const V2 = {
  date: '2026-06-15',
  time: '10:00:02',
  DistributionId: 'EMLARXS9EXAMPLE',
  'x-edge-location': 'SOF50-P2',
  'sc-bytes': '392',
  'c-ip': '2001:db8::100',
  'cs(Host)': 'd111111abcdef8.cloudfront.net',
  'sc-status': '000',
  'cs(Referer)': '-',
  'cs(User-Agent)': 'Mozilla/5.0%20(%22x%22)',
  'sc-content-len': '-',
  'fle-encrypted-fields': '-',
  'c-port': '11040',
  'timestamp(ms)': '1781517602123',
  'origin-fbl': '-',
  'origin-lbl': '0.251',
  asn: '16509',
  'c-country': 'BG',
  'x-new': 'n',
};
const TAKEN = `event_time::VARCHAR AS "time", sc_bytes AS bytes, c_ip AS ip, cs_host AS host, sc_status AS status, cs_referer AS referer,
  cs_user_agent AS agent, sc_content_len AS length, fle_encrypted_fields AS encrypted, c_port AS port, origin_fbl AS fbl,
  origin_lbl AS lbl, asn, c_country AS country, distribution_id AS id`;
const SEEN = {
  ...{
    time: '2026-06-15 10:00:02',
    bytes: '392',
    ip: '2001:db8::100',
    host: 'd111111abcdef8.cloudfront.net',
    status: '000',
  },
  ...{
    referer: null,
    agent: 'Mozilla/5.0%20(%22x%22)',
    length: null,
    encrypted: null,
    port: 11040,
    fbl: null,
    lbl: '0.251000',
  },
  ...{ asn: '16509', country: 'BG', id: 'EMLARXS9EXAMPLE' },
};
const line = (values: object, by: string): string => Object.values(values).join(by);

/** A file of texts, as the delivery names them in Parquet. */
async function parquetOf(values: Readonly<Record<string, string>>): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'cloudfront-'));
  const engine = await QueryEngine.open(folder);
  try {
    const columns = Object.entries(values).map(
      ([name, value]) => `'${value}' AS "${name.replace(/[^A-Za-z0-9]+/g, '_').replace(/_$/, '')}"`,
    );
    await engine.run(`COPY (SELECT ${columns.join(', ')}) TO '${folder}/log.parquet' (FORMAT parquet)`);
    return readFileSync(join(folder, 'log.parquet'));
  } finally {
    engine.close();
    rmSync(folder, { recursive: true });
  }
}

test.each([
  ['W3C', {}, `#Version: 1.0\n#Fields: ${Object.keys(V2).join(' ')}\n${line(V2, '\t')}\n`],
  ['W3C, another delimiter', { delimiter: ';' }, `#Fields: ${Object.keys(V2).join(' ')}\n${line(V2, ';')}\n`],
  ['plain', { format: 'plain', delimiter: ' ', fields: Object.keys(V2) }, `${line(V2, ' ')}\n`],
  [
    'plain with names',
    { format: 'plain', fields: Object.keys(V2) },
    `${Object.keys(V2).join('\t')}\n${line(V2, '\t')}\n`,
  ],
  ['JSON', { format: 'json' }, `${JSON.stringify(V2)}\n`],
  ['Parquet', { format: 'parquet' }, V2],
] as const)('CloudFront, version 2: %s', async (_, options, content) => {
  const body = typeof content === 'string' ? content : await parquetOf(content);
  const path = typeof content === 'string' ? EDGE : EDGE.replace(/gz$/, 'parquet');
  const { rows, rejected } = await through(cloudFront(options), { [path]: body }, TAKEN);
  expect(rejected).toEqual([]);
  expect(rows).toEqual([SEEN]);
});

test.each(['w3c', 'json', 'parquet', 'plain'] as const)(
  'CloudFront, %s: without date and time, and with new fields',
  async (format) => {
    const { date: _, time: __, ...values } = V2;
    const fields = Object.keys(values);
    const content = {
      w3c: `#Fields: ${fields.join(' ')}\n${line(values, '\t')}\n`,
      plain: line(values, '\t'),
      json: JSON.stringify(values),
      parquet: await parquetOf(values),
    }[format];
    const { rows, rejected } = await through(
      cloudFront({ format, fields }),
      { [format === 'parquet' ? EDGE.replace(/gz$/, 'parquet') : EDGE]: content },
      'event_time::VARCHAR AS "time", x_new',
    );
    expect(rejected).toEqual([]);
    expect(rows).toEqual([{ time: '2026-06-15 10:00:02.123', x_new: 'n' }]);
  },
);

const OWNER = '79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be';
const access = (request: string, agent: string, tail: string): string =>
  `${OWNER} photos [15/Jun/2026:10:00:00 +0000] 192.0.2.3 ${OWNER} 3E57427F3EXAMPLE REST.GET.VERSIONING a/%2522b%2522.jpg ` +
  `${request} 200 - 113 - 7 - ${agent} -${tail}\n`;
const HOST =
  ' s9lzHYrFp76ZVxRcpX9+5cjAnEH2ROuNkd2BHfIa6UkFVdtjf5mKR3/eTPFvsiP/XV/VLi31234= SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader ' +
  'photos.s3.us-west-1.amazonaws.com TLSV1.2';

test('S3: a line may end before each of the fields that were added over the years', async () => {
  const later = [
    'host=',
    'SigV4',
    'ECDHE-RSA',
    'AuthHeader',
    'photos.s3.amazonaws.com',
    'TLSv1.2',
    'arn:x',
    'Yes',
    'new',
  ];
  const lines = Array.from({ length: later.length + 1 }, (_, count) =>
    access(
      '-',
      '- -',
      later
        .slice(0, count)
        .map((field) => ` ${field}`)
        .join(''),
    ),
  );
  const { rows, rejected } = await through(
    s3AccessLogs(),
    { '111122223333/us-west-1/photos/2026/06/15/2026-06-15-10-00-00-X': lines.join('') },
    'host_id, signature_version, cipher_suite, auth_type, host_header, tls_version, access_point_arn, acl_required',
  );
  expect(rejected).toEqual([]);
  const found = rows.map((row) => Object.values(row).filter((value) => value !== null));
  expect(found.map(({ length }) => length).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 8]);
  for (const values of found) expect(values).toEqual(later.slice(0, values.length));
});

test('S3: lines of every year, null for a hyphen', async () => {
  const request = '"GET /photos?versioning HTTP/1.1"';
  const long = `"GET /photos/${'x'.repeat(9_000)} HTTP/1.1"`;
  const { rows, rejected } = await through(
    s3AccessLogs(),
    {
      '111122223333/us-west-1/photos/2026/06/15/2026-06-15-10-00-00-X':
        access(request, '"-" "S3Console/0.4"', '') +
        access(request, '"-" "-"', HOST) +
        access('-', '- -', `${HOST} arn:aws:s3:us-west-1:1:accesspoint/p Yes`) +
        access(long, '"https://x" "a (b; c) [d]"', `${HOST} - - new fields of AWS`) +
        access('"GET /photos', '"-" "-"', ''),
    },
    `event_time::VARCHAR AS "time", bucket, object_key AS key, length(request_uri) AS request, http_status AS status, error_code AS error,
     bytes_sent AS sent, object_size AS size, user_agent AS agent, tls_version AS tls, acl_required AS acl, rest, account, region`,
  );
  const same = {
    ...{
      time: '2026-06-15 10:00:00',
      bucket: 'photos',
      key: 'a/%2522b%2522.jpg',
      status: 200,
      error: null,
      sent: '113',
    },
    ...{ size: null, account: '111122223333', region: 'us-west-1' },
  };
  expect(rows).toEqual(
    expect.arrayContaining([
      { ...same, request: '31', agent: 'S3Console/0.4', tls: null, acl: null, rest: null },
      { ...same, request: '31', agent: null, tls: 'TLSV1.2', acl: null, rest: null },
      { ...same, request: null, agent: null, tls: 'TLSV1.2', acl: 'Yes', rest: null },
      {
        ...same,
        request: String(long.length - 2),
        agent: 'a (b; c) [d]',
        tls: 'TLSV1.2',
        acl: null,
        rest: 'new fields of AWS',
      },
    ]),
  );
  expect(rows).toHaveLength(4);
  expect(rejected).toHaveLength(1);
});

const QUOTES = [
  [
    '"GET / HTTP/1.1"',
    '"-" "Mozilla/5.0 (compatible; "x" bot)"',
    ['GET / HTTP/1.1', null, 'Mozilla/5.0 (compatible; "x" bot)'],
  ],
  ['"GET /a"b"" HTTP/1.1"', '"https://x/?q="y"" ""q" z"', ['GET /a"b"" HTTP/1.1', 'https://x/?q="y"', '"q" z']],
  ['"GET /a?q="b c" d HTTP/1.1"', '- "a" - b"', ['GET /a?q="b c" d HTTP/1.1', null, 'a" - b']],
  ['"""', '""" """', ['"', '"', '"']],
  ['""', '"" ""', [null, null, null]],
  ['-', '"a "b" c" -', [null, 'a "b" c', null]],
] as const;

test.each(QUOTES)('S3: quotes within %s %s', async (request, agents, [uri, referer, agent]) => {
  const tail = ` ${'h'.repeat(76)} SigV4 - AuthHeader photos.s3.amazonaws.com TLSv1.3 - -`;
  const { rows, rejected } = await through(
    s3AccessLogs(),
    {
      '111122223333/us-west-1/photos/2026/06/15/2026-06-15-10-00-00-X': [
        access(request, agents, ''),
        access(request, agents, tail),
        access(request, agents, `${tail} new fields`),
      ].join(''),
    },
    'request_uri AS uri, referer, user_agent AS agent, http_status AS status, version_id AS version, host_id AS host, rest',
  );
  expect(rejected).toEqual([]);
  const same = { uri, referer, agent, status: 200, version: null };
  expect(rows).toEqual(
    expect.arrayContaining([
      { ...same, host: null, rest: null },
      { ...same, host: 'h'.repeat(76), rest: null },
      { ...same, host: 'h'.repeat(76), rest: 'new fields' },
    ]),
  );
});

test('S3: every id of a version', async () => {
  const versions = [
    'null',
    'L4kqtJlcpXroDTDmpUMLUo',
    '3sL4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY+MTRCxf3vjVBH40Nr8X8gdRQBpUMLUo',
    '3/L4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY+MTRCxf3vjVBH40Nr8X8gdRQBpUMLU=',
    '_-.yvCg7pNzXq1OUFBYcAlpJ2vF5M6tR',
  ];
  const lines = versions.map((version) =>
    access('"GET / HTTP/1.1"', '"-" "a "b" c"', HOST).replace('" - ', `" ${version} `),
  );
  const { rows, rejected } = await through(
    s3AccessLogs(),
    { '111122223333/us-west-1/photos/2026/06/15/2026-06-15-10-00-00-X': lines.join('') },
    'version_id AS version, user_agent AS agent, tls_version AS tls',
  );
  expect(rejected).toEqual([]);
  const sorted = rows.map(({ version }) => version).sort();
  expect(sorted).toEqual([...versions].sort());
  for (const row of rows) expect(row).toMatchObject({ agent: 'a "b" c', tls: 'TLSV1.2' });
});

test('S3: a line of quotes takes linear time, and no line tells of an agent what is no part of it', async () => {
  const { rows, rejected } = await through(
    s3AccessLogs(),
    {
      '111122223333/us-west-1/photos/2026/06/15/2026-06-15-10-00-00-X': [
        access('"GET / HTTP/1.1"', `"-" "${'" '.repeat(500_000)}"`, ''),
        access('"GET / HTTP/1.1"', '"-" "-"', `${HOST} - - new "fields of" AWS`),
        access('"GET / HTTP/1.1"', '"-" "cut', ''),
      ].join(''),
    },
    'length(user_agent) AS agent',
  );
  expect(rows).toEqual([{ agent: '1000000' }]);
  expect(rejected).toHaveLength(2);
});

test('a user whose name has blanks and quotes', async () => {
  const line = (user: string): string =>
    `192.0.2.1 - ${user} [15/Jun/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "x"\n`;
  const { rows, rejected } = await through(
    nginxCombined(),
    { '2026/06/15/access.log': line('bob  smith') + line('"bob" ') + line('-') },
    'remote_user AS "user", request',
  );
  expect(rejected).toEqual([]);
  const request = 'GET / HTTP/1.1';
  expect(rows).toHaveLength(3);
  expect(rows).toEqual(expect.arrayContaining(['bob  smith', '"bob" ', null].map((user) => ({ user, request }))));
});

test.each([
  ['Apache', apacheCombined],
  ['nginx', nginxCombined],
])('%s: the combined format', async (_, preset) => {
  const lines = [
    '127.0.0.1 - frank [15/Jun/2026:12:00:00 +0200] "GET /apache_pb.gif HTTP/1.0" 200 2326 "http://www.example.com/start.html" "Mozilla/4.08 [en] (Win98; I ;Nav)"',
    '2001:db8::1 - - [15/Jun/2026:10:00:01 +0000] "\\x16\\x03\\x01" 400 - "-" "-"',
    '192.0.2.1 - - [15/Jun/2026:10:00:02 +0000] "GET /\\"a\\" HTTP/1.1" 304 0 "-" "say \\"hi\\" \\\\" "10.0.0.1" 0.003',
    `192.0.2.1 - - [15/Jun/2026:10:00:03 +0000] "GET /${'x'.repeat(20_000)} HTTP/1.1" 414 0 "-" ""`,
    '192.0.2.1 - - [15/Jun/2026:10:00:04 +0000] "GET / HTTP/1.1" 200 0 "-" "cut',
  ];
  const { rows, rejected } = await through(
    preset(),
    { '2026/06/15/access.log.gz': `${lines.join('\n')}\n` },
    'event_time::VARCHAR AS "time", remote_host AS host, remote_user AS "user", length(request) AS request, status, bytes_sent AS sent, referer, user_agent AS agent, rest',
  );
  expect(rows).toEqual([
    {
      ...{ time: '2026-06-15 10:00:00', host: '127.0.0.1', user: 'frank', request: '27', status: 200, sent: '2326' },
      ...{ referer: 'http://www.example.com/start.html', agent: 'Mozilla/4.08 [en] (Win98; I ;Nav)', rest: null },
    },
    {
      ...{ time: '2026-06-15 10:00:01', host: '2001:db8::1', user: null, request: '12', status: 400, sent: null },
      ...{ referer: null, agent: null, rest: null },
    },
    {
      ...{
        time: '2026-06-15 10:00:02',
        host: '192.0.2.1',
        user: null,
        request: '19',
        status: 304,
        sent: '0',
        referer: null,
      },
      agent: 'say \\"hi\\" \\\\',
      rest: '"10.0.0.1" 0.003',
    },
    {
      ...{ time: '2026-06-15 10:00:03', host: '192.0.2.1', user: null, request: '20014', status: 414, sent: '0' },
      ...{ referer: null, agent: null, rest: null },
    },
  ]);
  expect(rejected).toHaveLength(1);
});
