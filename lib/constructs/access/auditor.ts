import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Statement } from '../../compliance';
import { BUCKET_CONFIGURATION } from './admin';
import type { LakeArns } from './lake-arns';
import { readLogs, readMetrics } from './operating';
import { NAMES_REASON, RUNS_REASON } from './reasons';
import { actions, allow, deny, denyAllBut } from './statements';

export interface AuditorReach {
  /** Buckets that hold rows, in whatever form. */
  readonly dataBuckets: readonly IBucket[];
  /** S3 access logs and the query log. */
  readonly logsBucket: IBucket;
  readonly dataKey: IKey;
  readonly operationsKey: IKey;
  readonly alarmTopic: ITopic;
}

/** The configuration of the lake; and, whatever else is attached to the role, no row and nothing that could reveal one. */
export const configurationStatements = (
  arns: LakeArns,
  { dataBuckets, logsBucket, dataKey, operationsKey, alarmTopic }: AuditorReach,
): Statement[] => [
  allow(
    'ReadBuckets',
    [...BUCKET_CONFIGURATION, ...actions('s3', 'ListBucket', 'ListBucketVersions')],
    [...dataBuckets, logsBucket].map((bucket) => bucket.bucketArn),
  ),
  allow('ReadKeyPolicies', KEY_SETUP, [dataKey.keyArn, operationsKey.keyArn]),
  {
    statement: allow('ReadCatalog', actions('glue', 'GetDatabase', 'GetDatabases', 'GetTable', 'GetTables'), [
      ...arns.catalog(),
      ...arns.icebergCatalog(),
    ]),
    wildcard: 'Metadata of every table of the databases of the lake.',
  },
  allow('ReadCrawler', actions('glue', 'GetCrawler'), [arns.crawler()]),
  allow('ReadStateMachine', actions('states', 'DescribeStateMachine'), [arns.stateMachine()]),
  {
    statement: allow('ReadFunctions', actions('lambda', 'GetFunctionConfiguration', 'GetPolicy'), arns.allFunctions()),
    wildcard: NAMES_REASON,
  },
  {
    statement: allow('ReadSchedules', actions('scheduler', 'GetSchedule'), [arns.schedules()]),
    wildcard: NAMES_REASON,
  },
  {
    statement: allow('ReadDeadLetterQueue', actions('sqs', 'GetQueueUrl', 'GetQueueAttributes'), [arns.deadLetters()]),
    wildcard: NAMES_REASON,
  },
  allow('ReadAlarmTopic', actions('sns', 'GetTopicAttributes', 'ListSubscriptionsByTopic'), [alarmTopic.topicArn]),
  {
    statement: allow(
      'ReadTemplates',
      actions('cloudformation', 'DescribeStacks', 'DescribeStackEvents', 'ListStackResources', 'GetTemplate'),
      [arns.stacks()],
    ),
    wildcard: NAMES_REASON,
  },
  {
    statement: allow(
      'ReadRoles',
      actions('iam', 'GetRole', 'ListRolePolicies', 'ListAttachedRolePolicies'),
      arns.roles(),
    ),
    wildcard: NAMES_REASON,
  },
  {
    statement: allow('ReadPolicies', actions('iam', 'GetPolicy', 'GetPolicyVersion'), arns.policies()),
    wildcard: NAMES_REASON,
  },
  deny(
    'NeverTouchObjects',
    actions('s3', ...['GetObject', 'GetObjectVersion', 'PutObject', 'DeleteObject', 'DeleteObjectVersion']),
    dataBuckets.map((bucket) => bucket.arnForObjects('*')),
  ),
  denyAllBut(
    'NeverUseKeys',
    [...KEY_SETUP, ...actions('kms', 'ListKeyPolicies', 'ListKeyRotations', 'ListResourceTags')],
    [dataKey.keyArn, operationsKey.keyArn],
  ),
  denyAllBut('NeverQuery', ATHENA_SETUP, [arns.athena()]),
  // Actions of an older console, which do not support workgroups.
  deny('NeverQueryWithout', actions('athena', 'RunQuery', 'GetQueryExecutions'), ['*']),
];

const KEY_SETUP = actions('kms', 'DescribeKey', 'GetKeyPolicy', 'GetKeyRotationStatus', 'ListGrants');

/** Actions that show neither a result nor the text of a query: ids, names and settings. */
const ATHENA_SETUP = actions(
  'athena',
  ...['GetWorkGroup', 'ListQueryExecutions', 'ListNamedQueries', 'ListPreparedStatements', 'ListTagsForResource'],
  ...['GetDataCatalog', 'ListDatabases', 'GetDatabase', 'ListTableMetadata', 'GetTableMetadata'],
  ...['GetCapacityReservation', 'GetCapacityAssignmentConfiguration'],
);

/** What happened in the lake. Texts of queries are left out: they may contain personal data. */
export const logStatements = (arns: LakeArns, { logsBucket }: Pick<AuditorReach, 'logsBucket'>): Statement[] => [
  {
    statement: allow('ReadAccessLogs', actions('s3', 'GetObject'), [logsBucket.arnForObjects('*')]),
    wildcard: 'Access logs and the query log are objects whose names S3 and the lake choose.',
  },
  allow('ReadWorkgroups', actions('athena', 'GetWorkGroup', 'ListQueryExecutions'), arns.workgroups()),
  {
    statement: allow('FindWorkgroups', actions('athena', 'ListWorkGroups'), ['*']),
    wildcard: 'athena:ListWorkGroups, the only action of its statement, does not support resource-level permissions.',
  },
  allow('ListRuns', actions('states', 'ListExecutions'), [arns.stateMachine()]),
  {
    statement: allow('ReadRuns', actions('states', 'DescribeExecution', 'GetExecutionHistory'), arns.executions()),
    wildcard: RUNS_REASON,
  },
  {
    statement: allow('ReadTrail', actions('cloudtrail', 'LookupEvents'), ['*']),
    wildcard: 'cloudtrail:LookupEvents, the only action of its statement, does not support resource-level permissions.',
  },
  ...readLogs(arns),
  ...readMetrics(arns),
];
