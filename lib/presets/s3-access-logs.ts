import type { DatasetDefinition } from '../dataset';
import { ACCOUNT, applyOptions, column, type PresetOptions, REGION, REQUEST_TIME } from './preset';

/**
 * A text in quotes in which S3 escapes none: it ends at the quote that a blank and the beginning of the next field follow.
 *
 * @param next what the next field begins with, as in brackets of a pattern
 */
const quoted = (name: string, next: string): string => `(?:"(?<${name}>(?:[^"]|"+(?:[^" ]| [^" ${next}]))*"*)"|-)`;
const plain = (names: readonly string[]): string => names.map((name) => `(?<${name}>\\S+)`).join(' ');

/** Fields that were added over the years, in their order: an older line ends before one of them, and a newer one goes on. */
const LATER = [
  ...['host_id', 'signature_version', 'cipher_suite', 'auth_type', 'host_header', 'tls_version'],
  ...['access_point_arn', 'acl_required'],
];

const PATTERN =
  `^${plain(['bucket_owner', 'bucket'])} \\[(?<time>[^\\]]+)\\] ` +
  `${plain(['remote_ip', 'requester', 'request_id', 'operation', 'object_key'])} ${quoted('request_uri', '\\d-')} ` +
  `(?<http_status>-|\\d+) ${plain(['error_code', 'bytes_sent', 'object_size', 'total_time', 'turn_around_time'])} ` +
  // The agent ends at the last quote of the line: no field after it has one.
  `${quoted('referer', '-')} (?:"(?<user_agent>.*)"|-) (?<version_id>-|null|[\\w.+/=-]{16,})` +
  `${LATER.reduceRight((rest, name) => `(?: (?<${name}>[^" ]+)${rest})?`, '(?: (?<rest>[^"]*))?')}$`;

/**
 * Server access logs of S3 buckets. Choose the partitioned key format at the bucket, by event time. `-` is null.
 *
 * Fields: https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html; keys:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html
 */
export function s3AccessLogs(options: PresetOptions = {}): DatasetDefinition {
  const preset = {
    name: 's3_access_logs',
    description: 'Requests to S3 buckets, as server access logs have them.',
    columns: [
      REQUEST_TIME,
      column('bucket_owner', 'string', 'Canonical user id of the owner of the bucket'),
      column('bucket', 'string', 'Bucket'),
      column('remote_ip', 'string', 'Address of the requester; proxies may hide it'),
      column('requester', 'string', 'Canonical user id or ARN of the requester; null for an anonymous one'),
      column('request_id', 'string', 'Id of the request, which the parts of a batch share'),
      column('operation', 'string', 'Operation, such as REST.GET.OBJECT'),
      column('object_key', 'string', 'Key of the object, percent-encoded'),
      column('request_uri', 'string', 'Request line'),
      column('http_status', 'int', 'Status of the answer'),
      column('error_code', 'string', 'Error of S3'),
      column('bytes_sent', 'bigint', 'Bytes of the answer without its headers'),
      column('object_size', 'bigint', 'Size of the object'),
      column('total_time', 'bigint', 'Milliseconds from the request to the last byte of the answer'),
      column('turn_around_time', 'bigint', 'Milliseconds that S3 worked on the request'),
      column('referer', 'string', 'Referer of the request'),
      column('user_agent', 'string', 'User-Agent of the request'),
      column('version_id', 'string', 'Version in the request'),
      column('host_id', 'string', 'Extended id of the request'),
      column('signature_version', 'string', 'SigV2 or SigV4'),
      column('cipher_suite', 'string', 'Cipher of TLS'),
      column('auth_type', 'string', 'AuthHeader, or QueryString of a presigned URL'),
      column('host_header', 'string', 'Endpoint that was called'),
      column('tls_version', 'string', 'Version of TLS'),
      column('access_point_arn', 'string', 'ARN of the access point'),
      column('acl_required', 'string', 'Yes if an ACL was needed to allow the request'),
      column('rest', 'string', 'Fields that S3 has added at the end of the line since'),
      ACCOUNT,
      REGION,
    ],
    eventTime: 'event_time',
    input: {
      formats: ['lines'],
      lines: { pattern: PATTERN, nulls: ['-'] },
      layout: '{account}/{region}/*/{yyyy}/{MM}/{dd}/',
    },
    delivery: 's3-access-logs',
  } as const;
  return applyOptions(preset, options);
}
