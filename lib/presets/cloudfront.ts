import type { ColumnDefinition, DatasetDefinition } from '../dataset';
import { applyOptions, column, type PresetOptions } from './preset';

const field = (name: string, type: string, from: string, comment: string): ColumnDefinition =>
  column(name, type, comment, { from });

/**
 * Standard access logs of CloudFront in W3C format: those of version 2, and of the legacy version. The `#Fields:` line of each
 * file says which fields it has. `-` is null; URLs and agents are percent-encoded, as CloudFront writes them.
 *
 * Version 2 delivers under a prefix and a suffix path: enter `{DistributionId}/{yyyy}/{MM}/{dd}` there. The legacy version
 * needs ACLs, which the lake's buckets do not have: copy its files.
 *
 * Fields: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html
 */
export function cloudFront(options: PresetOptions = {}): DatasetDefinition {
  const preset = {
    name: 'cloudfront',
    description: 'Requests of viewers to CloudFront distributions, as standard access logs have them.',
    columns: [
      column('event_time', 'timestamp', 'When the edge location finished the answer', {
        notNull: true,
        from: { join: ['date', 'time'] },
        format: { pattern: '%Y-%m-%d %H:%M:%S' },
      }),
      field('x_edge_location', 'string', 'x-edge-location', 'Edge location, by the code of an airport'),
      field('sc_bytes', 'bigint', 'sc-bytes', 'Bytes that were sent to the viewer'),
      field('c_ip', 'string', 'c-ip', 'Address of the viewer'),
      field('cs_method', 'string', 'cs-method', 'Method of the request'),
      field('cs_host', 'string', 'cs(Host)', 'Domain name of the distribution'),
      field('cs_uri_stem', 'string', 'cs-uri-stem', 'Path of the URL'),
      field('sc_status', 'int', 'sc-status', 'Status of the answer; 0 if the viewer closed the connection before it'),
      field('cs_referer', 'string', 'cs(Referer)', 'Referer of the request'),
      field('cs_user_agent', 'string', 'cs(User-Agent)', 'User-Agent of the request'),
      field('cs_uri_query', 'string', 'cs-uri-query', 'Query of the URL'),
      field('cs_cookie', 'string', 'cs(Cookie)', 'Cookies, if they are logged'),
      field('x_edge_result_type', 'string', 'x-edge-result-type', 'How the answer was classified after its last byte'),
      field('x_edge_request_id', 'string', 'x-edge-request-id', 'Id of the request'),
      field('x_host_header', 'string', 'x-host-header', 'Host of the request'),
      field('cs_protocol', 'string', 'cs-protocol', 'http, https, ws, wss or grpcs'),
      field('cs_bytes', 'bigint', 'cs-bytes', 'Bytes of the request'),
      field('time_taken', 'double', 'time-taken', 'Seconds from the request to the last byte of the answer'),
      field('x_forwarded_for', 'string', 'x-forwarded-for', 'Addresses behind a proxy'),
      field('ssl_protocol', 'string', 'ssl-protocol', 'Version of TLS'),
      field('ssl_cipher', 'string', 'ssl-cipher', 'Cipher of TLS'),
      field(
        'x_edge_response_result_type',
        'string',
        'x-edge-response-result-type',
        'The same before the answer was sent',
      ),
      field('cs_protocol_version', 'string', 'cs-protocol-version', 'Version of HTTP'),
      field('fle_status', 'string', 'fle-status', 'Outcome of field-level encryption'),
      field('fle_encrypted_fields', 'int', 'fle-encrypted-fields', 'Fields that were encrypted'),
      field('c_port', 'int', 'c-port', 'Port of the viewer'),
      field('time_to_first_byte', 'double', 'time-to-first-byte', 'Seconds from the request to the first byte'),
      field(
        'x_edge_detailed_result_type',
        'string',
        'x-edge-detailed-result-type',
        'Kind of error, or the result type',
      ),
      field('sc_content_type', 'string', 'sc-content-type', 'Content-Type of the answer'),
      field('sc_content_len', 'bigint', 'sc-content-len', 'Content-Length of the answer'),
      field('sc_range_start', 'bigint', 'sc-range-start', 'First byte of a range'),
      field('sc_range_end', 'bigint', 'sc-range-end', 'Last byte of a range'),
      column('distribution_id', 'string', 'Distribution, from the path of the object'),
    ],
    eventTime: 'event_time',
    input: {
      formats: ['csv'],
      csv: { delimiter: '\t', header: '#Fields:', nulls: ['-'], quote: false, extraFields: 'ignore' },
      layout: '{distribution_id}/{yyyy}/{MM}/{dd}/',
    },
    delivery: 'cloudfront',
  } as const;
  return applyOptions(preset, options);
}
