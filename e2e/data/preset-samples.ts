import type { DatasetDefinition } from '../../lib/dataset';
import { debezium, nginxCombined, nlb, resolverQueryLogs, s3AccessLogs, waf } from '../../lib/presets';
import type { LogicalRow } from './values';

/** What a well-known source writes, as its documentation has it, and the rows that a person reads in it. */
export interface PresetSample {
  readonly dataset: DatasetDefinition;
  /** Below the inbox, where the source puts the object. */
  readonly path: string;
  readonly content: string;
  readonly partition: string;
  readonly rows: readonly LogicalRow[];
}

const partition = 'year=2026/month=06/day=15';
const PLACE = { account: '111122223333', region: 'eu-west-1' } as const;
const lines = (...values: readonly object[]): string => values.map((value) => `${JSON.stringify(value)}\n`).join('');

const NLB: PresetSample = {
  dataset: nlb(),
  path: 'AWSLogs/111122223333/elasticloadbalancing/eu-west-1/2026/06/15/x.log',
  partition,
  content:
    'tls 2.0 2026-06-15T10:59:40 net/my-lb/c6e77e28c25b2234 g3d4b5e8bb8464cd 192.0.2.14:51341 10.0.0.10:443 5 2 98 246 - ' +
    'arn:aws:acm:us-east-2:1:certificate/x - ECDHE-RSA-AES128-SHA tlsv12 - my-lb.example.com h2 h2 "h2","http/1.1" ' +
    '2026-06-15T10:59:30\n',
  rows: [
    {
      ...{ ...PLACE, type: 'tls', version: '2.0', event_time: '2026-06-15T10:59:40.000' },
      ...{ elb: 'net/my-lb/c6e77e28c25b2234', listener: 'g3d4b5e8bb8464cd', client: '192.0.2.14:51341' },
      ...{ destination: '10.0.0.10:443', connection_time: 5, tls_handshake_time: 2, received_bytes: 98 },
      ...{ sent_bytes: 246, chosen_cert_arn: 'arn:aws:acm:us-east-2:1:certificate/x' },
      ...{ tls_cipher: 'ECDHE-RSA-AES128-SHA', tls_protocol_version: 'tlsv12', domain_name: 'my-lb.example.com' },
      ...{ alpn_fe_protocol: 'h2', alpn_be_protocol: 'h2', alpn_client_preference_list: '"h2","http/1.1"' },
      tls_connection_creation_time: '2026-06-15T10:59:30.000',
    },
  ],
};

const WAF: PresetSample = {
  dataset: waf(),
  path: 'AWSLogs/111122223333/WAFLogs/eu-west-1/main/2026/06/15/10/05/x.log',
  partition,
  content: lines(
    {
      ...{ timestamp: 1781517600123, formatVersion: 1, webaclId: 'arn:w', terminatingRuleId: 'Default_Action' },
      ...{ terminatingRuleType: 'REGULAR', action: 'ALLOW', terminatingRuleMatchDetails: [], httpSourceName: 'CF' },
      ...{ httpSourceId: 'E1', ruleGroupList: [{ ruleGroupId: 'g', terminatingRule: null }], rateBasedRuleList: [] },
      ...{ nonTerminatingMatchingRules: [], requestHeadersInserted: null, responseCodeSent: null },
      httpRequest: {
        ...{ clientIp: '2001:db8::1', country: 'DE', headers: [{ name: 'Host', value: 'example.com' }] },
        ...{ uri: '/a', args: 'q=1', httpVersion: 'HTTP/2.0', httpMethod: 'GET', requestId: 'R1' },
      },
      ...{ labels: [{ name: 'l' }], captchaResponse: { responseCode: 0, solveTimestamp: 1781517600 } },
      ...{ requestBodySize: 5, requestBodySizeInspectedByWAF: 4, ja3Fingerprint: 'f7' },
    },
    { timestamp: 1781517601000, action: 'BLOCK', oversizeFields: ['REQUEST_BODY'] },
  ),
  rows: [
    {
      ...{ ...PLACE, event_time: '2026-06-15T10:00:00.123', format_version: 1, webacl_id: 'arn:w', web_acl: 'main' },
      ...{ terminating_rule_id: 'Default_Action', terminating_rule_type: 'REGULAR', action: 'ALLOW' },
      ...{ terminating_rule_match_details: '[]', http_source_name: 'CF', http_source_id: 'E1' },
      ...{ rule_group_list: '[{"ruleGroupId":"g","terminatingRule":null}]', rate_based_rule_list: '[]' },
      non_terminating_matching_rules: '[]',
      http_request: {
        ...{ client_ip: '2001:db8::1', country: 'DE', headers: [{ name: 'Host', value: 'example.com' }], uri: '/a' },
        ...{ args: 'q=1', http_version: 'HTTP/2.0', http_method: 'GET', request_id: 'R1' },
      },
      ...{ labels: [{ name: 'l' }], captcha_response: { response_code: 0, solve_timestamp: 1781517600 } },
      ...{ request_body_size: 5, request_body_size_inspected_by_waf: 4, ja3_fingerprint: 'f7' },
    },
    {
      ...{ ...PLACE, event_time: '2026-06-15T10:00:01.000', action: 'BLOCK', web_acl: 'main' },
      oversize_fields: ['REQUEST_BODY'],
    },
  ],
};

const RESOLVER: PresetSample = {
  dataset: resolverQueryLogs(),
  path: 'AWSLogs/111122223333/vpcdnsquerylogs/vpc-1/2026/06/15/x.log',
  partition,
  content: lines(
    {
      ...{ version: '1.100000', account_id: '111122223333', region: 'eu-west-1', vpc_id: 'vpc-1' },
      ...{ query_timestamp: '2026-06-15T10:00:00Z', query_name: 'example.com.', query_type: 'AAAA', query_class: 'IN' },
      ...{ rcode: 'NOERROR', answers: [{ Rdata: '2001:db8::1', Type: 'AAAA', Class: 'IN' }], srcaddr: '10.0.0.1' },
      ...{ srcport: '56067', transport: 'UDP', srcids: { instance: 'i-1' } },
    },
    { query_timestamp: '2026-06-15T10:00:01Z', answers: [], srcids: { resolver_endpoint: 'rslvr-in-1' } },
  ),
  rows: [
    {
      ...{ version: '1.100000', account_id: '111122223333', region: 'eu-west-1', vpc_id: 'vpc-1' },
      ...{ query_timestamp: '2026-06-15T10:00:00.000', query_name: 'example.com.', query_type: 'AAAA' },
      ...{ query_class: 'IN', rcode: 'NOERROR', answers: [{ rdata: '2001:db8::1', type: 'AAAA', class: 'IN' }] },
      ...{ srcaddr: '10.0.0.1', srcport: 56067, transport: 'UDP', srcids: { instance: 'i-1' } },
    },
    { query_timestamp: '2026-06-15T10:00:01.000', answers: [], srcids: { resolver_endpoint: 'rslvr-in-1' } },
  ],
};

const S3_LOGS: PresetSample = {
  dataset: s3AccessLogs(),
  path: '111122223333/eu-west-1/photos/2026/06/15/2026-06-15-10-00-00-X',
  partition,
  content:
    'owner1 photos [15/Jun/2026:10:00:00 +0000] 192.0.2.3 owner1 3E57 REST.GET.OBJECT a/b.jpg "GET /a"b" HTTP/1.1" 200 - ' +
    '113 2048 7 5 "-" "say "hi"" -\n' +
    'owner1 photos [15/Jun/2026:10:00:01 +0000] 192.0.2.4 - 3E58 REST.GET.VERSIONING - - 403 AccessDenied 243 - 3 - "-" "-" - ' +
    'host= SigV4 ECDHE-RSA AuthHeader photos.s3.amazonaws.com TLSv1.3 - Yes new fields\n',
  rows: [
    {
      ...{ ...PLACE, bucket_owner: 'owner1', bucket: 'photos', event_time: '2026-06-15T10:00:00.000' },
      ...{ remote_ip: '192.0.2.3', requester: 'owner1', request_id: '3E57', operation: 'REST.GET.OBJECT' },
      ...{ object_key: 'a/b.jpg', request_uri: 'GET /a"b" HTTP/1.1', http_status: 200, bytes_sent: 113 },
      ...{ object_size: 2048, total_time: 7, turn_around_time: 5, user_agent: 'say "hi"' },
    },
    {
      ...{ ...PLACE, bucket_owner: 'owner1', bucket: 'photos', event_time: '2026-06-15T10:00:01.000' },
      ...{ remote_ip: '192.0.2.4', request_id: '3E58', operation: 'REST.GET.VERSIONING', http_status: 403 },
      ...{ error_code: 'AccessDenied', bytes_sent: 243, total_time: 3, host_id: 'host=', signature_version: 'SigV4' },
      ...{ cipher_suite: 'ECDHE-RSA', auth_type: 'AuthHeader', host_header: 'photos.s3.amazonaws.com' },
      ...{ tls_version: 'TLSv1.3', acl_required: 'Yes', rest: 'new fields' },
    },
  ],
};

const NGINX: PresetSample = {
  dataset: nginxCombined(),
  path: '2026/06/15/access.log',
  partition,
  content: '192.0.2.1 - frank [15/Jun/2026:12:00:00 +0200] "GET / HTTP/1.1" 200 5 "-" "x" "10.0.0.1" 0.003\n',
  rows: [
    {
      ...{ event_time: '2026-06-15T10:00:00.000', remote_host: '192.0.2.1', remote_user: 'frank' },
      ...{ request: 'GET / HTTP/1.1', status: 200, bytes_sent: 5, user_agent: 'x', rest: '"10.0.0.1" 0.003' },
    },
  ],
};

const order = (id: number, note: string | null) => ({ id, note, created_at: 1781517600000 });
const change = (op: string, at: number, before: object | null, after: object | null) => ({
  ...{ before, after, source: { connector: 'postgresql', ts_ms: 1781517600000 + at, lsn: at }, op },
});

const DEBEZIUM: PresetSample = {
  dataset: debezium({
    name: 'captured_orders',
    columns: [
      { name: 'id', type: 'int', notNull: true },
      { name: 'created_at', type: 'timestamp', notNull: true, format: { epoch: 'ms' } },
      { name: 'note', type: 'string' },
    ],
    eventTime: 'created_at',
    key: ['id'],
  }),
  path: '2026/06/15/x.json',
  partition,
  content: lines(
    change('r', 1, null, order(1, 'a')),
    change('c', 2, null, order(2, 'b')),
    change('u', 4, order(1, 'a'), order(1, null)),
    change('d', 5, order(2, 'b'), null),
  ),
  rows: [
    {
      ...{ id: 1, created_at: '2026-06-15T10:00:00.000', note: null, op: 'u' },
      ...{ change_time: '2026-06-15T10:00:00.004', change_position: 4 },
    },
  ],
};

/** Of the presets that no case of `test/fixtures/cases` has. */
export const PRESET_SAMPLES: readonly PresetSample[] = [NLB, WAF, RESOLVER, S3_LOGS, NGINX, DEBEZIUM];
