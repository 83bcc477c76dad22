import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { LakeArns } from './lake-arns';
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
export const adminStatements = (arns: LakeArns, { buckets, keys, alarmTopic }: AdminReach): PolicyStatement[] => [
  allow(
    'ManageCatalog',
    actions(
      'glue',
      ...['GetDatabase', 'GetDatabases', 'UpdateDatabase'],
      ...['GetTable', 'GetTables', 'GetTableVersions', 'CreateTable', 'UpdateTable', 'DeleteTable', 'BatchDeleteTable'],
    ),
    arns.catalog(),
  ),
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
  allow('FindWorkgroups', actions('athena', 'ListWorkGroups', 'ListEngineVersions'), ['*']),
  allow('StopCompaction', actions('lambda', 'PutFunctionConcurrency', 'DeleteFunctionConcurrency'), [
    arns.functions('Planner'),
    arns.functions('Compactor'),
  ]),
  allow('PauseSchedules', actions('scheduler', 'GetSchedule', 'UpdateSchedule'), [arns.schedules()]),
  allow('FindSchedules', actions('scheduler', 'ListSchedules'), ['*']),
  passScheduleRole(arns),
  allow('ReceiveAlarms', actions('sns', 'Subscribe', 'ListSubscriptionsByTopic', 'GetTopicAttributes'), [
    alarmTopic.topicArn,
  ]),
  allow('SilenceAlarms', actions('cloudwatch', 'DisableAlarmActions', 'EnableAlarmActions'), [arns.alarms()]),
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

/** Changing a schedule means handing its role to it again. */
function passScheduleRole(arns: LakeArns): PolicyStatement {
  const statement = allow('PassScheduleRole', actions('iam', 'PassRole'), [arns.scheduleRole()]);
  statement.addCondition('StringEquals', { 'iam:PassedToService': 'scheduler.amazonaws.com' });
  return statement;
}

/** How a bucket is set up, without the names of its objects. */
export const BUCKET_CONFIGURATION = actions(
  's3',
  ...['GetBucketLocation', 'GetBucketPolicy', 'GetBucketPublicAccessBlock', 'GetBucketOwnershipControls'],
  ...['GetBucketVersioning', 'GetBucketLogging', 'GetBucketNotification', 'GetBucketTagging'],
  ...['GetEncryptionConfiguration', 'GetLifecycleConfiguration'],
);
