/** Files as services name and lay them out, each with its preset and nothing else: `npm start -- --input`. */

import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { BUCKETS } from '../lake';
import { QueryEngine, type Row } from '../tables/engine';
import { folderWith } from './support/folder';
import { PRESETS } from './support/preset-datasets';
import { start } from './support/run';

jest.setTimeout(120_000);

/** The rows of the curated zone. Files whose names end in `.gz` are compressed. */
async function rows(dataset: string, files: Readonly<Record<string, string>>, select: string): Promise<Row[]> {
  const keep = join(folderWith(), 'lake');
  const input = Object.fromEntries(
    Object.entries(files).map(([name, text]) => [name, name.endsWith('.gz') ? gzipSync(text) : text]),
  );
  const { code, errors, result } = await start('--input', folderWith(input), '--dataset', dataset, '--keep', keep);
  expect([code, errors, result.problems, result.quarantine.lines]).toEqual([0, '', [], []]);
  expect(result.queries.map(({ equal }) => equal)).toEqual(result.queries.map(() => true));
  const engine = await QueryEngine.open(folderWith());
  try {
    return await engine.rows(
      `SELECT ${select} FROM read_parquet('${keep}/${BUCKETS.curated}/**/*.parquet', hive_partitioning = false) ORDER BY ALL`,
    );
  } finally {
    engine.close();
  }
}

const TRAIL =
  '{"Records":[{"eventVersion":"1.08","eventTime":"2026-06-15T10:00:00Z","eventID":"e-1","eventName":"GetObject","eventsource":"s3","userIdentity":{"type":"Root","principalId":"x"}},{"eventVersion":"1.08","eventTime":"2026-06-15T10:01:00Z","eventID":"e-2","eventName":"PutObject","eventsource":"s3"}]}';

test('CloudTrail', async () => {
  const name =
    'AWSLogs/111122223333/CloudTrail/us-east-1/2026/06/15/111122223333_CloudTrail_us-east-1_20260615T1005Z_a.json.gz';
  const select = `event_id, event_time::VARCHAR AS "at", event_name AS name, event_source AS source, user_identity.type AS type,
    account, region`;
  const place = { source: 's3', account: '111122223333', region: 'us-east-1' };
  expect(await rows('cloudtrail', { [name]: TRAIL }, select)).toEqual([
    { event_id: 'e-1', at: '2026-06-15 10:00:00', name: 'GetObject', type: 'Root', ...place },
    { event_id: 'e-2', at: '2026-06-15 10:01:00', name: 'PutObject', type: null, ...place },
  ]);
});

const REQUESTS = `https 2026-06-15T10:00:00.186641Z app/web/50dc6c495c0c9188 192.0.2.10:2817 10.0.0.1:80 0.086 0.048 0.037 200 200 0 57 "GET https://www.example.com:443/ HTTP/1.1" "curl/8.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/t/1 "Root=1-1" "www.example.com" "-" 1 2026-06-15T10:00:00.090000Z "forward" "-" "-" "10.0.0.1:80" "200" "-" "-"
http 2026-06-15T10:00:01.000000Z app/web/50dc6c495c0c9188 192.0.2.11:2818 - -1 -1 -1 503 - 0 57 "GET http://www.example.com:80/ HTTP/1.1" "-" - - - "Root=1-2" "-" "-" 0 2026-06-15T10:00:01.000000Z "fixed-response" "-" "-" "-" "-" "-" "-"
`;

test('Application Load Balancer', async () => {
  const name =
    'AWSLogs/111122223333/elasticloadbalancing/eu-west-1/2026/06/15/a_elasticloadbalancing_eu-west-1_app.web_20260615T1005Z_10.0.0.1_x.log.gz';
  const select = `event_time::VARCHAR AS "at", client, target, request_processing_time AS took, target_status_code AS status,
    user_agent AS agent, classification_reason AS reason, region`;
  const place = { reason: null, region: 'eu-west-1' };
  expect(await rows('alb', { [name]: REQUESTS }, select)).toEqual([
    {
      ...{ at: '2026-06-15 10:00:00.186', client: '192.0.2.10:2817', target: '10.0.0.1:80', took: 0.086 },
      ...{ status: 200, agent: 'curl/8.0', ...place },
    },
    {
      ...{ at: '2026-06-15 10:00:01', client: '192.0.2.11:2818', target: null, took: -1 },
      ...{ status: null, agent: null, ...place },
    },
  ]);
});

const FLOWS = `version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status
2 111122223333 eni-1 10.0.0.1 10.0.0.2 443 5000 6 20 4249 1781517600 1781517660 ACCEPT OK
2 111122223333 eni-1 - - - - - - - 1781517660 1781517720 - NODATA
`;

test('VPC flow logs, taken out of their folders', async () => {
  const name = '111122223333_vpcflowlogs_eu-west-1_fl-1_20260615T1000Z_x.log.gz';
  const select = 'start_time::VARCHAR AS "at", srcaddr, dstport, log_status AS log';
  expect(await rows('vpc_flow_logs', { [name]: FLOWS }, select)).toEqual([
    { at: '2026-06-15 10:00:00', srcaddr: '10.0.0.1', dstport: 5000, log: 'OK' },
    { at: '2026-06-15 10:01:00', srcaddr: null, dstport: null, log: 'NODATA' },
  ]);
});

test('CloudFront, with the names of the legacy version', async () => {
  const name = 'EMLARXS9EXAMPLE.2026-06-15-10.RT4KCN4S.gz';
  const text =
    '#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip\n2026-06-15\t10:00:00\tFRA2\t1045619\t192.0.2.100\n' +
    '2026-06-15\t10:00:01\tFRA2\t-\t192.0.2.101\n';
  const select = 'event_time::VARCHAR AS "at", sc_bytes::DOUBLE AS bytes, c_ip AS ip';
  expect(await rows('cloudfront', { [name]: text }, select)).toEqual([
    { at: '2026-06-15 10:00:00', bytes: 1_045_619, ip: '192.0.2.100' },
    { at: '2026-06-15 10:00:01', bytes: null, ip: '192.0.2.101' },
  ]);
});

test.each([
  [
    'fluent_bit',
    '{"@timestamp":"2026-06-15T10:00:00.123456789Z","log":"a","stream":"stdout","kubernetes":{"pod_name":"p","labels":{"app.kubernetes.io/name":"web"}}}',
    { log: 'a', pod: 'p', app: 'web' },
  ],
  ['fluent_bit_double', '{"date":1781517600.123456,"log":"b"}', { log: 'b', pod: null, app: null }],
  [
    'fluent_bit_sql',
    '{"date":"2026-06-15 10:00:00.123456","log":"java_sql_timestamp"}',
    { log: 'java_sql_timestamp', pod: null, app: null },
  ],
])('Fluent Bit: %s', async (dataset, line, expected) => {
  const select = `epoch_ms(event_time)::DOUBLE AS "at", log, kubernetes.pod_name AS pod, kubernetes.labels['app.kubernetes.io/name'] AS app`;
  expect(await rows(dataset, { 'a.json': `${line}\n` }, select)).toEqual([
    { at: Date.UTC(2026, 5, 15, 10, 0, 0, 123), ...expected },
  ]);
});

test.each([
  ['year=2026/month=06/day=15/stream-1-2026-06-15-10-00-00-uuid.json', ''],
  ['2026/06/15/10/stream-1-2026-06-15-10-00-00-uuid', '\n'],
])('Firehose: %s', async (name, end) => {
  const records = [1, 2, 3].map((id) => `{"id":${id},"at":"2026-06-15T10:00:0${id}Z","v":"a"}${end}`);
  expect(await rows('stream', { [name]: records.join('') }, 'id, "at"::VARCHAR AS "at"')).toEqual(
    [1, 2, 3].map((id) => ({ id, at: `2026-06-15 10:00:0${id}` })),
  );
});

const CHANGES = `I,101,"Smith, Bob",2026-06-15 10:00:00.000000
U,101,Smith Bob,2026-06-15 10:05:00.000000
D,102,Jones,2026-06-15 10:06:00.000000
`;

test.each([
  ['people', [{ op: 'U', id: 101, name: 'Smith Bob' }]],
  [
    'people_with_deletions',
    [
      { op: 'D', id: 102, name: 'Jones' },
      { op: 'U', id: 101, name: 'Smith Bob' },
    ],
  ],
])('DMS: %s', async (dataset, expected) => {
  expect(await rows(dataset, { '20260615-100000000.csv': CHANGES }, 'op, id, name')).toEqual(expected);
});

test.each(PRESETS)('npm start makes rows of %s, and both zones give the same answers', async (name) => {
  const { code, errors, result } = await start('--dataset', name, '--rows', '40');
  expect([code, errors, result.problems]).toEqual([0, '', []]);
  expect(result.total).toMatchObject({ rowsIn: 40, unaccounted: 0 });
});
