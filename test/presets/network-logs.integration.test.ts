/** Flow logs, query logs of DNS, and logs of WAF, as AWS documents them, and odd ones. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { folderWith } from '../../cli/test/support/folder';
import { parseDataset, rawTable } from '../../lib/dataset';
import { resolverQueryLogs, vpcFlowLogs, waf } from '../../lib/presets';
import { through } from './support/through';

jest.setTimeout(60_000);

const FLOWS = 'AWSLogs/111122223333/vpcflowlogs/eu-west-1/2026/06/15/x.log.gz';
const HEADER =
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n';

test('flow logs of the default format', async () => {
  const { rows, rejected } = await through(
    vpcFlowLogs(),
    {
      [FLOWS]:
        `${HEADER}2 111122223333 eni-1 10.0.0.1 2001:db8::2 443 5000 6 20 4249 1781517600 1781517660 ACCEPT OK\n` +
        '2 111122223333 eni-1 - - - - - - - 1781517660 1781517720 - NODATA\n',
    },
    'srcaddr, dstaddr, dstport, bytes, start_time::VARCHAR AS s, end_time::VARCHAR AS e, action, log_status AS log, account, region',
  );
  expect(rejected).toEqual([]);
  const place = { account: '111122223333', region: 'eu-west-1' };
  expect(rows).toEqual([
    {
      ...{ srcaddr: '10.0.0.1', dstaddr: '2001:db8::2', dstport: 5000, bytes: '4249', s: '2026-06-15 10:00:00' },
      ...{ e: '2026-06-15 10:01:00', action: 'ACCEPT', log: 'OK', ...place },
    },
    {
      ...{ srcaddr: null, dstaddr: null, dstport: null, bytes: null, s: '2026-06-15 10:01:00' },
      ...{ e: '2026-06-15 10:02:00', action: null, log: 'NODATA', ...place },
    },
  ]);
});

test('custom formats in any order, several of them in one table, and fields that are not known', async () => {
  const { rows, rejected } = await through(
    vpcFlowLogs({ fields: ['srcaddr', 'end', 'tcp-flags', 'vpc-id', 'region', 'next-hop-vpc-id'] }),
    {
      [FLOWS]: 'vpc-id end start tcp-flags srcaddr next-hop-vpc-id\nvpc-1 1781517660 1781517600 19 10.0.0.1 vpc-9\n',
      [FLOWS.replace('x.log', 'y.log')]: `${HEADER}2 1 eni-1 10.0.0.2 - - - - - - 1781517601 1781517660 ACCEPT OK\n`,
    },
    'srcaddr, tcp_flags AS flags, vpc_id AS vpc, next_hop_vpc_id AS hop, region',
  );
  expect(rejected).toEqual([]);
  expect(rows).toEqual([
    { srcaddr: '10.0.0.1', flags: 19, vpc: 'vpc-1', hop: 'vpc-9', region: 'eu-west-1' },
    { srcaddr: '10.0.0.2', flags: null, vpc: null, hop: null, region: 'eu-west-1' },
  ]);
});

test.each([
  [
    undefined,
    [
      'version',
      'account_id',
      'interface_id',
      'srcaddr',
      'dstaddr',
      'srcport',
      'dstport',
      'protocol',
      'packets',
      'bytes',
      'start_time',
      'end_time',
      'action',
      'log_status',
    ],
  ],
  [
    ['srcaddr', 'end', 'start', 'vpc-id'],
    ['srcaddr', 'end_time', 'start_time', 'vpc_id'],
  ],
  [
    ['srcaddr', 'vpc-id'],
    ['srcaddr', 'vpc_id', 'start_time'],
  ],
])('the raw table of text, which is read by position, has the fields of %s in their order', (fields, columns) => {
  const dataset = parseDataset(vpcFlowLogs(fields === undefined ? {} : { fields }));
  expect(rawTable(dataset, { bucket: 'raw' }).columns.map(({ name }) => name)).toEqual(columns);
});

test('the raw table of text has whole lines where a field is from the path as well, because files may have it or not', () => {
  for (const fields of [['srcaddr', 'region', 'start'], ['region', 'start'], 'all'] as const) {
    const { columns, description } = rawTable(parseDataset(vpcFlowLogs({ fields })), { bucket: 'raw' });
    expect(columns.map(({ name }) => name)).toEqual(['line']);
    expect(description).toContain('because region is from the path, and may be a field as well');
  }
  const last = parseDataset(
    vpcFlowLogs({ fields: ['start', 'region'], columns: [{ name: 'next_hop', type: 'string' }] }),
  );
  expect(rawTable(last, { bucket: 'raw' }).columns.map(({ name }) => name)).toEqual(['line']);
  const added = parseDataset(vpcFlowLogs({ fields: ['start'], columns: [{ name: 'next_hop', type: 'string' }] }));
  expect(rawTable(added, { bucket: 'raw' }).columns.map(({ name }) => name)).toEqual(['start_time', 'next_hop']);
});

test('a field that has the name of a leading key is a column of its own, so that none behind it moves', async () => {
  const definition = vpcFlowLogs({
    fields: ['srcaddr', 'region', 'start', 'action'],
    partition: { leading: [{ name: 'region', kind: 'enum', values: ['eu-west-1'] }] },
  });
  expect(rawTable(parseDataset(definition), { bucket: 'raw' }).columns.map(({ name }) => name)).toEqual([
    'srcaddr',
    'region_field',
    'start_time',
    'action',
  ]);
  const { rows, rejected } = await through(
    definition,
    { [FLOWS]: 'srcaddr region start action\n10.0.0.1 eu-west-9 1781517600 ACCEPT\n' },
    'srcaddr, region_field, action, account',
  );
  expect(rejected).toEqual([]);
  expect(rows).toEqual([{ srcaddr: '10.0.0.1', region_field: 'eu-west-9', action: 'ACCEPT', account: '111122223333' }]);
});

test.each([
  ['', {}, 'AWSLogs/111122223333/vpcflowlogs/eu-west-1/2026/06/15/10/x.log.gz'],
  [
    ' with Hive-compatible prefixes',
    { hivePrefixes: true },
    'AWSLogs/aws-account-id=111122223333/aws-service=vpcflowlogs/aws-region=eu-west-1/year=2026/month=06/day=15/hour=10/x.log.gz',
  ],
])('flow logs of an hour each%s', async (_, options, path) => {
  const { rows, rejected } = await through(
    vpcFlowLogs(options),
    { [path]: 'version account-id start\n2 444455556666 1781517600\n' },
    'account, region, account_id',
  );
  expect(rejected).toEqual([]);
  expect(rows).toEqual([{ account: '111122223333', region: 'eu-west-1', account_id: '444455556666' }]);
});

test('every field that is known', async () => {
  const { rows, rejected } = await through(
    vpcFlowLogs({ fields: 'all' }),
    { [FLOWS]: 'encryption-status reject-reason ecs-task-id start traffic-path\n1 BPA t-1 1781517600 8\n' },
    'encryption_status AS e, reject_reason AS r, ecs_task_id AS t, traffic_path AS p, version AS v',
  );
  expect(rejected).toEqual([]);
  expect(rows).toEqual([{ e: 1, r: 'BPA', t: 't-1', p: 8, v: null }]);
});

test('flow logs as Parquet, with Hive-compatible prefixes', async () => {
  const file = join(folderWith(), 'flow.parquet');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(
    `COPY (SELECT 2::INTEGER AS version, '111122223333' AS account_id, '10.0.0.1' AS srcaddr, 443::INTEGER AS srcport,
       4249::BIGINT AS bytes, 1781517600::BIGINT AS "start", 1781517660::BIGINT AS "end", 'OK' AS log_status)
     TO '${file}' (FORMAT parquet)`,
  );
  connection.closeSync();
  instance.closeSync();
  const path =
    'AWSLogs/aws-account-id=111122223333/aws-service=vpcflowlogs/aws-region=eu-west-1/year=2026/month=06/day=15/x.log.parquet';
  const { rows } = await through(
    vpcFlowLogs({ format: 'parquet', hivePrefixes: true }),
    { [path]: readFileSync(file) },
    'srcaddr, srcport, bytes, start_time::VARCHAR AS s, end_time::VARCHAR AS e, action, account, region',
  );
  expect(rows).toEqual([
    {
      ...{ srcaddr: '10.0.0.1', srcport: 443, bytes: '4249', s: '2026-06-15 10:00:00', e: '2026-06-15 10:01:00' },
      ...{ action: null, account: '111122223333', region: 'eu-west-1' },
    },
  ]);
});

test('query logs of Resolver', async () => {
  const query = {
    version: '1.100000',
    account_id: '111122223333',
    region: 'eu-west-1',
    vpc_id: 'vpc-1',
    query_timestamp: '2026-06-15T10:00:00Z',
    query_name: 'example.com.',
    query_type: 'AAAA',
    query_class: 'IN',
    rcode: 'NOERROR',
    answers: [{ Rdata: '2001:db8::1', Type: 'AAAA', Class: 'IN' }],
    srcaddr: '10.0.0.1',
    srcport: '56067',
    transport: 'UDP',
    srcids: { instance: 'i-1' },
    future_member: 1,
  };
  const bare = { query_timestamp: '2026-06-15T10:00:01Z', answers: [], srcids: { resolver_endpoint: 'rslvr-in-1' } };
  const { rows, rejected } = await through(
    resolverQueryLogs(),
    {
      'AWSLogs/111122223333/vpcdnsquerylogs/vpc-1/2026/06/15/x.log.gz': [query, bare]
        .map((one) => JSON.stringify(one))
        .join('\n'),
    },
    'query_name AS name, answers[1].rdata AS rdata, srcport AS port, srcids.instance AS instance, vpc_id AS vpc',
  );
  expect(rejected).toEqual([]);
  expect(rows).toEqual([
    { name: 'example.com.', rdata: '2001:db8::1', port: 56067, instance: 'i-1', vpc: 'vpc-1' },
    { name: null, rdata: null, port: null, instance: null, vpc: null },
  ]);
});

test('logs of WAF', async () => {
  const groups = [{ ruleGroupId: 'AWS#AWSManagedRulesSQLiRuleSet', terminatingRule: null, excludedRules: null }];
  const request = {
    timestamp: 1781517600123,
    formatVersion: 1,
    webaclId: 'arn:aws:wafv2:us-east-1:1:global/webacl/w/1',
    terminatingRuleId: 'Default_Action',
    terminatingRuleType: 'REGULAR',
    action: 'ALLOW',
    terminatingRuleMatchDetails: [],
    httpSourceName: 'CF',
    httpSourceId: 'E1',
    ruleGroupList: groups,
    rateBasedRuleList: [],
    nonTerminatingMatchingRules: [],
    requestHeadersInserted: null,
    responseCodeSent: null,
    httpRequest: {
      clientIp: '2001:db8::1',
      country: 'DE',
      headers: [{ name: 'Host', value: 'www.example.com' }],
      uri: `/${'x'.repeat(8_000)}`,
      args: 'q=%22%5C',
      httpVersion: 'HTTP/2.0',
      httpMethod: 'GET',
      requestId: 'R1',
      clientAsn: 64500,
    },
    labels: [{ name: 'awswaf:clientip:geo:country:DE' }],
    captchaResponse: { responseCode: 0, solveTimestamp: 1781517600 },
    requestBodySize: 5,
    requestBodySizeInspectedByWAF: 5,
    ja3Fingerprint: 'f79b6bad2ad0641e1921aef10262856b',
  };
  const { rows, rejected } = await through(
    waf(),
    { 'AWSLogs/111122223333/WAFLogs/us-east-1/main/2026/06/15/10/05/x.log.gz': `${JSON.stringify(request)}\n` },
    `event_time::VARCHAR AS "time", action, http_request.client_ip AS ip, http_request.headers[1].value AS host,
     length(http_request.uri) AS uri, rule_group_list AS groups, labels[1].name AS label,
     captcha_response.solve_timestamp AS solved, request_body_size_inspected_by_waf AS inspected, ja3_fingerprint AS ja3,
     webacl_id AS acl, web_acl, account, region`,
  );
  expect(rejected).toEqual([]);
  expect(rows).toEqual([
    {
      ...{ time: '2026-06-15 10:00:00.123', action: 'ALLOW', ip: '2001:db8::1', host: 'www.example.com', uri: '8001' },
      ...{ groups: JSON.stringify(groups), label: 'awswaf:clientip:geo:country:DE', solved: '1781517600' },
      ...{ inspected: '5', ja3: 'f79b6bad2ad0641e1921aef10262856b', acl: request.webaclId, web_acl: 'main' },
      ...{ account: '111122223333', region: 'us-east-1' },
    },
  ]);
});
