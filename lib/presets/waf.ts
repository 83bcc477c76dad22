import type { DatasetDefinition } from '../dataset';
import { ACCOUNT, applyOptions, column, jsonColumn, type PresetOptions, REGION } from './preset';

const HEADERS = 'array<struct<name:string,value:string>>';
const TOKEN = 'struct<response_code:int,solve_timestamp:bigint,failure_reason:string>';

/**
 * Traffic logs of AWS WAF. What rules found is JSON text, because each kind of rule has a shape of its own.
 *
 * Fields: https://docs.aws.amazon.com/waf/latest/developerguide/logging-fields.html
 */
export function waf(options: PresetOptions = {}): DatasetDefinition {
  const preset = {
    name: 'waf',
    description: 'Requests that a web ACL of AWS WAF inspected, with what was decided and why.',
    columnNames: 'snake',
    columns: [
      column('event_time', 'timestamp', 'When the request was inspected', {
        notNull: true,
        from: 'timestamp',
        format: { epoch: 'ms' },
      }),
      column('format_version', 'int', 'Version of the format'),
      column('webacl_id', 'string', 'ARN of the web ACL'),
      column('terminating_rule_id', 'string', 'Rule that decided, or Default_Action'),
      column('terminating_rule_type', 'string', 'Kind of that rule'),
      column('action', 'string', 'ALLOW, BLOCK, CAPTCHA or CHALLENGE'),
      jsonColumn('terminating_rule_match_details', 'What that rule matched, as JSON'),
      column('http_source_name', 'string', 'Kind of resource: CF, APIGW, ALB and so on'),
      column('http_source_id', 'string', 'Id of the resource'),
      jsonColumn('rule_group_list', 'Rule groups that acted on the request, as JSON'),
      jsonColumn('rate_based_rule_list', 'Rate-based rules that acted on the request, as JSON'),
      jsonColumn('non_terminating_matching_rules', 'Rules that matched without deciding, as JSON'),
      column('request_headers_inserted', HEADERS, 'Headers that were inserted'),
      column('response_code_sent', 'int', 'Status of a custom answer'),
      column(
        'http_request',
        `struct<client_ip:string,country:string,headers:${HEADERS},uri:string,args:string,http_version:string,` +
          'http_method:string,request_id:string,fragment:string,scheme:string,host:string>',
        'The request',
      ),
      column('labels', 'array<struct<name:string>>', 'Labels that rules gave the request'),
      column('captcha_response', TOKEN, 'State of the CAPTCHA token'),
      column('challenge_response', TOKEN, 'State of the challenge token'),
      column('oversize_fields', 'array<string>', 'Parts of the request that were too large to inspect whole'),
      column('request_body_size', 'bigint', 'Bytes of the body'),
      column('request_body_size_inspected_by_waf', 'bigint', 'Bytes of the body that were inspected'),
      column('ja3_fingerprint', 'string', 'JA3 fingerprint of the client'),
      column('ja4_fingerprint', 'string', 'JA4 fingerprint of the client'),
      column('web_acl', 'string', 'Name of the web ACL, from the path of the object'),
      ACCOUNT,
      REGION,
    ],
    eventTime: 'event_time',
    input: {
      formats: ['ndjson'],
      layout: 'AWSLogs/{account}/WAFLogs/{region}/{web_acl}/{yyyy}/{MM}/{dd}/',
    },
    delivery: 'waf',
  } as const;
  return applyOptions(preset, options);
}
