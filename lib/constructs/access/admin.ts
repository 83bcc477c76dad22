import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Statement } from '../../compliance';
import type { LakeArns } from './lake-arns';
import { NAMES_REASON } from './reasons';
import { actions, allow } from './statements';

export interface AdminReach {
  readonly buckets: readonly IBucket[];
  readonly keys: readonly IKey[];
  readonly alarmTopic: ITopic;
}

/**
 * Catalog, workgroups, alarms and the emergency stop. No data: it reads no object, starts no query and sees no result.
 * With the operating policy beside it, it is the role for anyone who runs the lake.
 */
export const adminStatements = (arns: LakeArns, { buckets, keys, alarmTopic }: AdminReach): Statement[] => [
  { statement: manageCatalog(arns), wildcard: 'An administrator of a catalog manages every table of its databases.' },
  ...icebergTables(arns, 'SeeIcebergTables'),
  allow('ScheduleCrawler', actions('glue', 'UpdateCrawlerSchedule'), [arns.crawler()]),
  allow(
    'ManageWorkgroups',
    actions(
      'athena',
      ...['GetWorkGroup', 'UpdateWorkGroup', 'ListQueryExecutions', 'GetQueryExecution', 'StopQueryExecution'],
      ...['ListNamedQueries', 'GetNamedQuery', 'CreateNamedQuery', 'UpdateNamedQuery', 'DeleteNamedQuery'],
    ),
    arns.workgroups(),
  ),
  {
    statement: allow('FindWorkgroups', actions('athena', 'ListWorkGroups', 'ListEngineVersions'), ['*']),
    wildcard: 'athena:ListWorkGroups, the only action of its statement, does not support resource-level permissions.',
  },
  {
    statement: allow(
      'StopCompaction',
      actions('lambda', 'PutFunctionConcurrency', 'DeleteFunctionConcurrency'),
      arns.allFunctions(),
    ),
    wildcard: NAMES_REASON,
  },
  {
    statement: allow('PauseSchedules', actions('scheduler', 'GetSchedule', 'UpdateSchedule'), [arns.schedules()]),
    wildcard: NAMES_REASON,
  },
  {
    statement: allow('FindSchedules', actions('scheduler', 'ListSchedules'), ['*']),
    wildcard: 'scheduler:ListSchedules, the only action of its statement, does not support resource-level permissions.',
  },
  { statement: passScheduleRole(arns), wildcard: NAMES_REASON },
  allow('ReceiveAlarms', actions('sns', 'Subscribe', 'ListSubscriptionsByTopic', 'GetTopicAttributes'), [
    alarmTopic.topicArn,
  ]),
  {
    statement: allow('SilenceAlarms', actions('cloudwatch', 'DisableAlarmActions', 'EnableAlarmActions'), [
      arns.alarms(),
    ]),
    wildcard: NAMES_REASON,
  },
  allow(
    'ReadBucketConfiguration',
    BUCKET_CONFIGURATION,
    buckets.map((bucket) => bucket.bucketArn),
  ),
  allow(
    'SaveKeys',
    actions('kms', 'DescribeKey', 'EnableKey', 'CancelKeyDeletion'),
    keys.map((key) => key.keyArn),
  ),
];

const manageCatalog = (arns: LakeArns): PolicyStatement =>
  allow(
    'ManageCatalog',
    actions(
      'glue',
      ...['GetDatabase', 'GetDatabases', 'UpdateDatabase'],
      ...['GetTable', 'GetTables', 'GetTableVersions', 'CreateTable', 'UpdateTable', 'DeleteTable', 'BatchDeleteTable'],
    ),
    arns.catalog(),
  );

/** The publisher alone changes them. */
const icebergTables = (arns: LakeArns, sid: string): Statement[] =>
  arns.icebergCatalog().length === 0
    ? []
    : [
        {
          statement: allow(sid, actions('glue', 'GetDatabase', 'GetTable', 'GetTables'), arns.icebergCatalog()),
          wildcard: 'Metadata of every table of one database.',
        },
      ];

/** Updating a schedule means passing its role to it again. */
function passScheduleRole(arns: LakeArns): PolicyStatement {
  const statement = allow('PassScheduleRole', actions('iam', 'PassRole'), [arns.scheduleRole()]);
  statement.addCondition('StringEquals', { 'iam:PassedToService': 'scheduler.amazonaws.com' });
  return statement;
}

/** The configuration of a bucket, without the names of its objects. */
export const BUCKET_CONFIGURATION = actions(
  's3',
  ...['GetBucketLocation', 'GetBucketPolicy', 'GetBucketPublicAccessBlock', 'GetBucketOwnershipControls'],
  ...['GetBucketVersioning', 'GetBucketLogging', 'GetBucketNotification', 'GetBucketTagging'],
  ...['GetEncryptionConfiguration', 'GetLifecycleConfiguration'],
);
