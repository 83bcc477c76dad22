import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { LakeArns } from './lake-arns';
import { actions, allow, useKeyThrough } from './statements';

/**
 * Running the lake's jobs: start, follow, stop and redrive the compaction, work off its dead letters, crawl. For engineers
 * and administrators. None of it reads a row, but a dead letter holds the message of the error that led to it.
 */
export const operatingStatements = (arns: LakeArns, operationsKey: IKey): PolicyStatement[] => [
  allow('StartRuns', actions('states', 'StartExecution', 'ListExecutions', 'DescribeStateMachine'), [
    arns.stateMachine(),
  ]),
  allow(
    'FollowRuns',
    actions(
      'states',
      ...['DescribeExecution', 'GetExecutionHistory', 'ListMapRuns', 'StopExecution', 'RedriveExecution'],
    ),
    arns.executions(),
  ),
  allow('FollowTasks', actions('states', 'DescribeMapRun', 'ListExecutions'), [arns.mapRuns()]),
  allow('RunOneTask', actions('lambda', 'InvokeFunction'), [arns.functions('Compactor')]),
  allow('FindLogs', actions('lambda', 'GetFunctionConfiguration'), [
    arns.functions('Planner'),
    arns.functions('Compactor'),
  ]),
  allow(
    'WorkOffDeadLetters',
    actions('sqs', 'GetQueueUrl', 'GetQueueAttributes', 'ReceiveMessage', 'DeleteMessage', 'PurgeQueue'),
    [arns.deadLetters()],
  ),
  useKeyThrough('sqs', 'DecryptDeadLetters', operationsKey, ['Decrypt']),
  allow('Crawl', actions('glue', 'GetCrawler', 'StartCrawler', 'StopCrawler'), [arns.crawler()]),
  allow('FindOutputs', actions('cloudformation', 'DescribeStacks', 'ListStackResources'), [arns.stacks()]),
  ...readLogs(arns),
  ...readMetrics(arns),
];

/** Log groups of the lake: they carry keys, counts and names of fields, no rows. */
export const readLogs = (arns: LakeArns): PolicyStatement[] => [
  allow(
    'ReadLogs',
    actions('logs', ...['DescribeLogStreams', 'GetLogEvents', 'FilterLogEvents', 'StartQuery', 'GetQueryResults']),
    arns.logGroups(),
  ),
];

export const readMetrics = (arns: LakeArns): PolicyStatement[] => [
  allow('ReadAlarms', actions('cloudwatch', 'DescribeAlarms', 'DescribeAlarmHistory'), [arns.alarms()]),
  allow('ReadMetrics', actions('cloudwatch', 'GetMetricData', 'ListMetrics'), ['*']),
];

export const METRICS_REASON = 'Metrics, alone in their statement, know no resources that a policy could name.';
