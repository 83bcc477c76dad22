import type { DatasetDefinition } from '../dataset';
import { loadBalancerLog } from './load-balancer';
import { column, type PresetOptions } from './preset';

/** Fields in the order of the line; names of columns. */
const FIELDS = [
  column('type', 'string', 'Protocol of the request: http, https, h2, grpcs, ws or wss'),
  column('event_time', 'timestamp', 'When the load balancer answered the client', { notNull: true, from: 'time' }),
  column('elb', 'string', 'Load balancer, as app/name/id'),
  column('client', 'string', 'Address and port of the client'),
  column('target', 'string', 'Address and port of the target'),
  column('request_processing_time', 'double', 'Seconds until the request was sent to the target; -1 if it was not'),
  column('target_processing_time', 'double', 'Seconds until the target began to answer; -1 if it did not'),
  column('response_processing_time', 'double', 'Seconds until the answer went to the client; -1 if there was none'),
  column('elb_status_code', 'int', 'Status of the answer'),
  column('target_status_code', 'int', 'Status of the answer of the target'),
  column('received_bytes', 'bigint', 'Size of the request'),
  column('sent_bytes', 'bigint', 'Size of the answer'),
  column('request', 'string', 'Request line: method, URL and version'),
  column('user_agent', 'string', 'User-Agent of the client'),
  column('ssl_cipher', 'string', 'Cipher of TLS'),
  column('ssl_protocol', 'string', 'Version of TLS'),
  column('target_group_arn', 'string', 'ARN of the target group'),
  column('trace_id', 'string', 'Value of the header X-Amzn-Trace-Id'),
  column('domain_name', 'string', 'Domain that the client named in TLS'),
  column('chosen_cert_arn', 'string', 'ARN of the certificate'),
  column('matched_rule_priority', 'int', 'Priority of the rule that matched; 0 for the default, -1 if none could be'),
  column('request_creation_time', 'timestamp', 'When the load balancer received the request'),
  column('actions_executed', 'string', 'Actions that were taken, separated by commas'),
  column('redirect_url', 'string', 'Target of a redirect'),
  column('error_reason', 'string', 'Why an action failed'),
  column('target_port_list', 'string', 'Addresses and ports of the targets that the request was sent to'),
  column('target_status_code_list', 'string', 'Status codes of those targets'),
  column('classification', 'string', 'Class of the request by desync mitigation: Acceptable, Ambiguous or Severe'),
  column('classification_reason', 'string', 'Why it has that class'),
  column('conn_trace_id', 'string', 'Id of the connection, shared with the connection logs'),
  column('transformed_host', 'string', 'Host after a transform'),
  column('transformed_uri', 'string', 'Path after a transform'),
  column('request_transform_status', 'string', 'Outcome of the transform'),
];

/** Connection logs and health check logs, which are of other fields, lie beside access logs where they share a bucket and prefix. */
const OTHER_LOGS = [
  ...['AWSLogs/*/ELBConnectionLogTestFile', 'AWSLogs/*/ELBHealthCheckLogTestFile'],
  ...['conn_log', 'health_check_log'].map((name) => `AWSLogs/*/elasticloadbalancing/*/*/*/*/${name}`),
];

/**
 * Access logs of Application Load Balancers. `-` is null; times of -1 are kept. Client and target are `address:port`, as
 * in the log. Connection and health check logs beside them stay in raw. Fields that newer load balancers add at the end are left out, unless `columns`
 * names them in their order.
 *
 * Fields: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html; names of the others:
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-connection-logs.html
 */
export function alb(options: PresetOptions = {}): DatasetDefinition {
  return loadBalancerLog(
    {
      name: 'alb',
      description: 'Requests to Application Load Balancers, as their access logs have them.',
      fields: FIELDS,
      quoting: { escape: 'backslash' },
      delivery: 'alb',
      others: OTHER_LOGS,
    },
    options,
  );
}
