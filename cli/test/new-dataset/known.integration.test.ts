import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as presets from '../../../lib/presets';
import { CASES, contentOf, copiedPath } from '../../../test/fixtures/cases';
import { QueryEngine } from '../../tables/engine';
import { folderWith } from '../support/folder';
import { proposeFor, provenFor, shareOf } from './support';

jest.setTimeout(300_000);

const json = (...records: readonly object[]): string => records.map((record) => `${JSON.stringify(record)}\n`).join('');
const times = <T>(of: (n: number) => T): readonly T[] => [1, 2, 3].map(of);
const MILLIS = 1_781_517_600_000;

/** What each service writes, in the shape of its documentation: [preset, path as it comes, text, the call]. */
const SAMPLES: readonly (readonly [preset: string, path: string, text: string, call: RegExp])[] = [
  [
    'alb',
    'downloads/lb (1)',
    times(
      (n) =>
        `h2 2026-06-15T10:00:0${n}.000000Z app/web/50dc6c495c0c9188 [2001:db8::1]:2818 - -1 -1 -1 503 - 0 57 "GET https://www.example.com:443/ HTTP/2.0" "a \\"b\\"" - - - "Root=1-2" "-" "-" 0 2026-06-15T10:00:01.000000Z "fixed-response" "-" "-" "-" "-" "-" "-"\n`,
    ).join(''),
    /alb\(\{ name: 'sample' \}\)/,
  ],
  [
    'nlb',
    'AWSLogs/111122223333/elasticloadbalancing/eu-west-1/2026/06/15/a.log',
    times(
      (n) =>
        `tls 2.0 2026-06-15T10:00:0${n} net/network/c6e77e28c25b2234 g3d4b5e8bb8464cd 192.0.2.1:51341 198.51.100.1:443 5 2 98 246 - arn:aws:acm:eu-west-1:111122223333:certificate/x - ECDHE-RSA-AES128-SHA tlsv12 - www.example.com h2 - "h2","http/1.1" 2026-06-15T10:00:00\n`,
    ).join(''),
    /nlb\(\{ name: 'sample' \}\)/,
  ],
  [
    'cloudFront',
    'E1/2026/06/15/x',
    `#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip\n${times((n) => `2026-06-15\t10:00:0${n}\tFRA2\t5\t192.0.2.1\n`).join('')}`,
    /cloudFront\(\{ name: 'sample' \}\)/,
  ],
  [
    'cloudFront',
    'E1/2026/06/15/y',
    json(
      ...times((n) => ({
        ...{ date: '2026-06-15', time: `10:00:0${n}`, 'x-edge-location': 'FRA2' },
        'cs(Cookie)': '-',
        asn: '-',
      })),
    ),
    /cloudFront\(\{ name: 'sample', format: 'json' \}\)/,
  ],
  [
    'cloudFront',
    'E1/2026/06/15/z',
    `#Fields: timestamp(ms) x-edge-location x-new\n${times((n) => `${MILLIS + n}\tFRA2\t-\n`).join('')}`,
    /cloudFront\(\{ name: 'sample', fields: \['timestamp\(ms\)', 'x-edge-location', 'x-new'\] \}\)/,
  ],
  [
    's3AccessLogs',
    '111122223333/eu-west-1/bucket/2026/06/15/2026-06-15-10-00-00-ABC',
    times(
      (n) =>
        `${'79a5'.repeat(16)} bucket [15/Jun/2026:10:00:0${n} +0000] 192.0.2.3 - 3E57427F3EXAMPLE REST.GET.VERSIONING - "GET /bucket?versioning HTTP/1.1" 200 - 113 - 7 - "-" "S3Console/0.4" - id= SigV4 ECDHE-RSA AuthHeader bucket.s3.amazonaws.com TLSV1.2 - -\n`,
    ).join(''),
    /s3AccessLogs\(\{ name: 'sample' \}\)/,
  ],
  [
    'nginxCombined',
    'nginx/access.log.1',
    times((n) => `192.0.2.1 - - [15/Jun/2026:10:00:0${n} +0000] "GET / HTTP/1.1" 200 5 "-" "curl/8.0"\n`).join(''),
    /nginxCombined\(/,
  ],
  [
    'apacheCombined',
    '2026/06/15/access_log-20260615',
    times((n) => `192.0.2.1 - bob [15/Jun/2026:10:00:0${n} +0200] "GET /\\"x HTTP/1.1" 200 - "-" "curl/8.0"\n`).join(
      '',
    ),
    /apacheCombined\(\{ name: 'sample' \}\)/,
  ],
  [
    'cloudTrail',
    'AWSLogs/o-abc123example/111122223333/CloudTrail/us-east-1/2026/06/15/trail',
    JSON.stringify(
      { Records: times((n) => ({ eventVersion: '1.11', eventTime: '2026-06-15T10:00:00Z', eventID: `e-${n}` })) },
      null,
      2,
    ),
    /cloudTrail\(\{ name: 'sample', organization: 'o-abc123example' \}\)/,
  ],
  [
    'vpcFlowLogs',
    'AWSLogs/aws-account-id=111122223333/aws-service=vpcflowlogs/aws-region=eu-west-1/year=2026/month=06/day=15/f.log',
    `start vpc-id srcaddr\n${times((n) => `178151760${n} vpc-1 10.0.0.1\n`).join('')}`,
    /vpcFlowLogs\(\{ name: 'sample', fields: \['start', 'vpc-id', 'srcaddr'\], hivePrefixes: true \}\)/,
  ],
  [
    'waf',
    'AWSLogs/111122223333/WAFLogs/eu-west-1/acl/2026/06/15/waf',
    json(
      ...times((n) => ({
        timestamp: MILLIS + n,
        formatVersion: 1,
        webaclId: 'arn',
        action: 'ALLOW',
        httpRequest: { clientIp: '::1' },
      })),
    ),
    /waf\(\{ name: 'sample' \}\)/,
  ],
  [
    'resolverQueryLogs',
    'AWSLogs/111122223333/vpcdnsquerylogs/vpc-1/2026/06/15/q',
    json(
      ...times((n) => ({
        version: '1.1',
        query_timestamp: `2026-06-15T10:00:0${n}Z`,
        query_name: 'example.com.',
        srcids: { instance: 'i-1' },
      })),
    ),
    /resolverQueryLogs\(\{ name: 'sample' \}\)/,
  ],
  [
    'fluentBit',
    '2026/06/15/10/fluent',
    json(...times((n) => ({ date: 1_781_517_600 + n / 8, log: 'x', stream: 'stdout' }))),
    /fluentBit\(\{ name: 'sample', timeFormat: 'double' \}\)/,
  ],
  [
    'firehoseJson',
    '2026/06/15/10/clicks-1-2026-06-15-10-00-00-0b8ff5e6-1f2e',
    times((n) => JSON.stringify({ click_id: `c${n}`, at: '2026-06-15T10:00:00Z' })).join(''),
    /firehoseJson\(\{/,
  ],
  [
    'debezium',
    '2026/06/15/events',
    json(...times((n) => ({ before: null, after: { id: n, at: MILLIS }, source: { ts_ms: MILLIS, lsn: n }, op: 'r' }))),
    /debezium\(\{/,
  ],
  [
    'dms',
    'public/people/2026/06/15/LOAD1',
    times((n) => `I,${n},x,2026-06-15 10:00:0${n}.000000\n`).join(''),
    /dms\(\{/,
  ],
];

test.each(SAMPLES)(
  '%s is known, compressed, under whatever name, and though its first line is broken',
  async (_, path, text, call) => {
    const isOneDocument = text.startsWith('{\n');
    const isHeader = text.startsWith('start');
    const broken = isOneDocument || isHeader ? text : `#@! oops\n${text}`;
    const proposed = await proposeFor(folderWith({ [path]: gzipSync(broken) }));
    expect(proposed.text).toMatch(new RegExp(`export default ${call.source}`));
    expect(proposed.share[0]).toBe(3);
  },
);

test('every preset has a sample in this test', () => {
  const names = Object.entries(presets).flatMap(([name, make]) => (typeof make === 'function' ? [name] : []));
  expect([...new Set(SAMPLES.map(([preset]) => preset))].sort()).toEqual(names.sort());
});

test('Parquet of VPC flow logs, of CloudFront and of DMS is known by its columns', async () => {
  const engine = await QueryEngine.open(folderWith());
  const folder = (query: string): Promise<string> => {
    const made = folderWith({});
    return engine.run(`COPY (${query}) TO '${join(made, 'part-0')}' (FORMAT parquet)`).then(() => made);
  };
  const flows = await folder(`SELECT 2::INT AS version, '111122223333' AS account_id, 'eni-1' AS interface_id,
    '10.0.0.1' AS srcaddr, 1781517600::BIGINT AS start, 1781517660::BIGINT AS "end"`);
  const changes =
    await folder(`SELECT * FROM (VALUES ('I', 1, TIMESTAMP '2026-06-15 10:00:00'), ('D', 1, TIMESTAMP '2026-06-15 11:00:00'))
    AS t("Op", id, changed_at)`);
  const edge =
    await folder(`SELECT '2026-06-15' AS date, '10:00:01' AS "time", 'FRA2' AS x_edge_location, '-' AS sc_bytes,
    'x' AS "cs_User_Agent", '0.001' AS time_taken, '7' AS asn`);
  engine.close();
  const edges = await proposeFor(edge);
  expect(edges.text).toMatch(/cloudFront\(\{ name: 'sample', format: 'parquet'/);
  expect([edges.share, await shareOf(edge, edges.dataset)]).toEqual([
    [1, 1],
    [1, 1],
  ]);
  const flow = await proposeFor(flows);
  expect(flow.text).toMatch(/vpcFlowLogs\(\{ name: 'sample',[\s\S]*format: 'parquet'/);
  expect([flow.share, await shareOf(flows, flow.dataset)]).toEqual([
    [1, 1],
    [1, 1],
  ]);
  const change = await proposeFor(changes);
  expect(change.text).toMatch(/dms\(\{[\s\S]*format: 'parquet'/);
  expect([change.share, await shareOf(changes, change.dataset)]).toEqual([
    [2, 2],
    [2, 2],
  ]);
});

const files = [...new Map(CASES.map((one) => [one.file, one])).values()];

test.each(files)('$file: what it says to accept of a case of the field, the lake accepts', async (one) => {
  const { share, text } = await provenFor({
    [copiedPath(one)]: contentOf({ file: one.file, dataset: one.dataset } as typeof one),
  });
  expect(share[0]).toBeGreaterThan(0);
  expect(text).toContain(`${share[0]} of ${share[1]} row`);
});
