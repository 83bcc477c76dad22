import type { DatasetDefinition } from '../dataset';
import { ACCOUNT, applyOptions, column, jsonColumn, type PresetOptions, REGION } from './preset';

export interface CloudTrailOptions extends PresetOptions {
  /** Id of the organization whose trail it is, `o-abc123example`: its objects lie one folder deeper. @default a trail of an account */
  readonly organization?: string;
  /** Whether the trail records Insights events, which lie in a folder of their own. @default false */
  readonly insights?: boolean;
}

const USER_IDENTITY =
  'struct<type:string,principal_id:string,arn:string,account_id:string,access_key_id:string,user_name:string,' +
  'invoked_by:string,identity_provider:string,credential_id:string,' +
  'session_context:struct<attributes:struct<creation_date:string,mfa_authenticated:string>,' +
  'session_issuer:struct<type:string,principal_id:string,arn:string,account_id:string,user_name:string>,' +
  'web_id_federation_data:string,source_identity:string,ec2_role_delivery:string,assumed_root:string>,' +
  'on_behalf_of:struct<user_id:string,identity_store_arn:string>,in_scope_of:string>';

/** Values that are text in some events and JSON in others. */
const ANY = { format: 'json' } as const;

/**
 * CloudTrail: management, data, network activity and Insights events of a trail.
 *
 * Names are those of the events in snake case. What differs from service to service (`request_parameters`,
 * `response_elements` and the like) is JSON text. `event_id` identifies an event, which a trail may deliver twice. Digest files
 * stay in raw. They are about log files that the compaction takes away, which are versions that can be restored until
 * `rawNoncurrentDays` are over.
 *
 * Fields: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html and
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html; folders:
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
 */
export function cloudTrail({ organization, insights = false, ...options }: CloudTrailOptions = {}): DatasetDefinition {
  const folder = organization === undefined ? '' : `${organization}/`;
  const preset = {
    name: 'cloudtrail',
    description: 'Calls of AWS APIs and sign-ins, as CloudTrail records them.',
    columnNames: 'snake',
    columns: [
      column('event_time', 'timestamp', 'When the request was completed', { notNull: true }),
      column('event_id', 'string', 'Unique id of the event', { notNull: true }),
      column('event_version', 'string', 'Version of the format of the event'),
      column('event_source', 'string', 'Service that was called, such as s3.amazonaws.com', {
        from: { firstOf: ['eventSource', 'eventsource'] },
      }),
      column('event_name', 'string', 'Action that was called'),
      column('event_type', 'string', 'What gave rise to the event, such as AwsApiCall or AwsConsoleSignIn'),
      column('event_category', 'string', 'Management, Data, NetworkActivity or Insight'),
      column('management_event', 'boolean', 'Whether it is a management event'),
      column('read_only', 'boolean', 'Whether the action only reads'),
      column('aws_region', 'string', 'Region that the request was made to'),
      column('source_ip_address', 'string', 'Address that the request came from, or the name of a service'),
      column('user_agent', 'string', 'Agent that made the request'),
      column('user_identity', USER_IDENTITY, 'Who made the request, and with which session', {
        fields: {
          'session_context.attributes.mfa_authenticated': ANY,
          'session_context.web_id_federation_data': ANY,
          'session_context.ec2_role_delivery': ANY,
          'session_context.assumed_root': ANY,
          in_scope_of: ANY,
        },
      }),
      column('error_code', 'string', 'Error of the service, if the request failed'),
      column('error_message', 'string', 'Description of the error'),
      jsonColumn('request_parameters', 'Parameters of the request, as JSON'),
      jsonColumn('response_elements', 'What an action that makes changes answered, as JSON'),
      jsonColumn('additional_event_data', 'What is part of neither request nor response, as JSON'),
      column('request_id', 'string', 'Id that the service gave the request'),
      column('api_version', 'string', 'Version of the API'),
      column('resources', 'array<struct<arn:string,account_id:string,type:string>>', 'What the request worked on'),
      column('recipient_account_id', 'string', 'Account that received the event'),
      column('shared_event_id', 'string', 'Id that events of one action in several accounts share'),
      column('vpc_endpoint_id', 'string', 'VPC endpoint that the request went through'),
      column('vpc_endpoint_account_id', 'string', 'Account of the VPC endpoint'),
      column(
        'tls_details',
        'struct<tls_version:string,cipher_suite:string,client_provided_host_header:string,key_exchange:string>',
        'Version and cipher of TLS, and the host that was named',
      ),
      column('session_credential_from_console', 'string', 'Whether the credentials are of a console session', ANY),
      jsonColumn('service_event_details', 'What gave rise to an event of a service, as JSON'),
      jsonColumn('addendum', 'Why an event was delivered late or again, as JSON'),
      jsonColumn('edge_device_details', 'Edge devices that the request was for, as JSON'),
      jsonColumn('event_context', 'Tags and keys of conditions that the event was enriched with, as JSON'),
      jsonColumn('insight_details', 'What an Insights event found, as JSON'),
      ACCOUNT,
      REGION,
    ],
    eventTime: 'event_time',
    dedupeKey: ['event_id'],
    input: {
      formats: ['json'],
      json: { unwrap: 'Records' },
      layout: `AWSLogs/${folder}{account}/${insights ? 'Cloud*' : 'CloudTrail'}/{region}/{yyyy}/{MM}/{dd}/`,
      // What proves that log files are unchanged, and Insights where they are not asked for.
      ignore: [
        `AWSLogs/${folder}*/CloudTrail-Digest/`,
        ...(insights ? [] : [`AWSLogs/${folder}*/CloudTrail-Insight/`]),
      ],
    },
    delivery: 'cloudtrail',
  } as const;
  return applyOptions(preset, options);
}
