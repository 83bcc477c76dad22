/** Access logs of load balancers as AWS documents them, and odd ones. */

import { alb, nlb } from '../../lib/presets';
import { through } from './support/through';

jest.setTimeout(60_000);

const PATH = 'AWSLogs/111122223333/elasticloadbalancing/eu-west-1/2026/06/15/x.log.gz';

/** A line of an Application Load Balancer: 29 fields, and those of newer versions. */
const line = (change: Readonly<Record<number, string>> = {}, newer = ''): string => {
  const fields = [
    ...['https', '2026-06-15T10:00:00.186641Z', 'app/web/50dc6c495c0c9188', '192.0.2.10:2817', '10.0.0.1:80'],
    ...['0.086', '0.048', '0.037', '200', '200', '0', '57', '"GET https://www.example.com:443/ HTTP/1.1"'],
    ...['"curl/8.0"', 'ECDHE-RSA-AES128-GCM-SHA256', 'TLSv1.2', 'arn:aws:elasticloadbalancing:x:1:targetgroup/t/1'],
    ...['"Root=1-1"', '"www.example.com"', '"-"', '1', '2026-06-15T10:00:00.090000Z', '"forward"', '"-"', '"-"'],
    ...['"10.0.0.1:80"', '"200"', '"-"', '"-"'],
  ];
  return `${fields.map((field, index) => change[index] ?? field).join(' ')}${newer}\n`;
};

test('an Application Load Balancer: every field, null for a hyphen, with quotes or without', async () => {
  const failed = line({
    ...{ 0: 'http', 1: '2026-06-15T10:00:01.000000Z', 4: '-', 5: '-1', 6: '-1', 7: '-1', 8: '503', 9: '-', 13: '"-"' },
    ...{ 14: '-', 15: '-', 16: '-', 18: '"-"', 22: '"fixed-response"', 25: '"-"', 26: '"-"' },
  });
  const { rows, rejected } = await through(
    alb(),
    { [PATH]: line() + failed },
    `event_time::VARCHAR AS "time", client, target, target_processing_time AS took, elb_status_code AS status,
     target_status_code AS target_status, request, user_agent, chosen_cert_arn AS cert, ssl_protocol AS tls,
     matched_rule_priority AS rule, account, region`,
  );
  expect(rejected).toEqual([]);
  expect(rows).toEqual([
    {
      ...{ time: '2026-06-15 10:00:00.186', client: '192.0.2.10:2817', target: '10.0.0.1:80', took: 0.048 },
      ...{ status: 200, target_status: 200, request: 'GET https://www.example.com:443/ HTTP/1.1' },
      ...{ user_agent: 'curl/8.0', cert: null, tls: 'TLSv1.2', rule: 1, account: '111122223333', region: 'eu-west-1' },
    },
    {
      ...{ time: '2026-06-15 10:00:01', client: '192.0.2.10:2817', target: null, took: -1 },
      ...{ status: 503, target_status: null, request: 'GET https://www.example.com:443/ HTTP/1.1' },
      ...{ user_agent: null, cert: null, tls: null, rule: 1, account: '111122223333', region: 'eu-west-1' },
    },
  ]);
});

test('newer and older lines, IPv6, escaped quotes, long URLs', async () => {
  const long = `GET https://www.example.com:443/?q=${'x'.repeat(30_000)} HTTP/1.1`;
  const newer = ' TID_1 "host.example.com" "/new" "TransformSuccess" 10.0.0.9 "something of AWS"';
  const { rows, rejected } = await through(
    alb(),
    {
      [PATH]: [
        line({ 1: '2026-06-15T10:00:00Z' }, newer),
        line({ 1: '2026-06-15T10:00:01Z', 3: '2001:db8::1:2817' }),
        line({ 1: '2026-06-15T10:00:02Z', 13: '"say \\"hi\\""' }),
        line({ 1: '2026-06-15T10:00:03Z', 13: '"say \\x22hi\\x22"' }),
        line({ 1: '2026-06-15T10:00:04Z', 12: `"${long}"` }),
        `${line({ 1: '2026-06-15T10:00:05Z' }).trim().split(' "10.0.0.1:80"')[0]}\n`,
      ].join(''),
    },
    'client, user_agent AS agent, length(request) AS request, conn_trace_id AS conn, request_transform_status AS done, target_port_list AS ports',
  );
  expect(rejected).toEqual([]);
  const plain = {
    client: '192.0.2.10:2817',
    agent: 'curl/8.0',
    request: '41',
    conn: null,
    done: null,
    ports: '10.0.0.1:80',
  };
  expect(rows).toEqual([
    { ...plain, conn: 'TID_1', done: 'TransformSuccess' },
    { ...plain, client: '2001:db8::1:2817' },
    { ...plain, agent: 'say "hi"' },
    { ...plain, agent: 'say "hi"' },
    { ...plain, request: String(long.length) },
    { ...plain, ports: null },
  ]);
});

test('a field that AWS adds at the end is a column as soon as the fork names it', async () => {
  const preset = alb({ columns: [{ name: 'node_ip', type: 'string', comment: 'Address of the node' }] });
  const newer = ' TID_1 "-" "-" "-" 10.0.0.9 more';
  const { rows, rejected } = await through(preset, { [PATH]: line({}, newer) + line() }, 'node_ip');
  expect(rejected).toEqual([]);
  expect(rows.map(({ node_ip }) => node_ip).sort()).toEqual(['10.0.0.9', null]);
});

test('a line that is cut off is rejected, and the others are rows', async () => {
  const cut = line({ 1: 'yesterday' });
  const { rows, rejected } = await through(alb(), { [PATH]: line() + cut + line() }, 'client');
  expect(rows).toHaveLength(2);
  expect(rejected).toEqual([expect.stringContaining('time')]);
});

test('a Network Load Balancer, with a list of texts in quotes as a field', async () => {
  const tls =
    'tls 2.0 2026-06-15T10:59:40 net/my-lb/c6e77e28c25b2234 g3d4b5e8bb8464cd 192.0.2.14:51341 10.0.0.10:443 5 2 98 246 - ' +
    'arn:aws:acm:us-east-2:1:certificate/x - ECDHE-RSA-AES128-SHA tlsv12 - my-lb.example.com h2 h2 "h2","http/1.1" ' +
    '2026-06-15T10:59:30';
  const { rows, rejected } = await through(
    nlb(),
    { [PATH]: `${tls}\n${tls.replace('192.0.2.14', '2001:db8::2').replace('98 246', '- -')} later 1\n` },
    `event_time::VARCHAR AS "time", client, received_bytes AS got, connection_time AS took, tls_named_group AS "group",
     alpn_client_preference_list AS alpn, tls_connection_creation_time::VARCHAR AS began`,
  );
  expect(rejected).toEqual([]);
  const same = {
    time: '2026-06-15 10:59:40',
    took: '5',
    group: null,
    alpn: '"h2","http/1.1"',
    began: '2026-06-15 10:59:30',
  };
  expect(rows).toEqual([
    { ...same, client: '192.0.2.14:51341', got: '98' },
    { ...same, client: '2001:db8::2:51341', got: null },
  ]);
});
