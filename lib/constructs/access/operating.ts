import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Statement } from '../../compliance';
import type { LakeArns } from './lake-arns';
import { NAMES_REASON, RUNS_REASON } from './reasons';
import { actions, allow, useKeyThrough } from './statements';

/**
 * Running the lake's jobs: start, follow, stop and redrive compaction, process its dead letters, crawl. For engineers
 * and administrators. None of it reads a row, but a dead letter holds the message of the error that led to it.
 */
export const operatingStatements = (arns: LakeArns, operationsKey: IKey): Statement[] => [
  allow('StartRuns', actions('states', 'StartExecution', 'ListExecutions', 'DescribeStateMachine'), [
    arns.stateMachine(),
  ]),
  {
    statement: allow(
      'FollowRuns',
      actions(
        'states',
        ...['DescribeExecution', 'GetExecutionHistory', 'ListMapRuns', 'StopExecution', 'RedriveExecution'],
      ),
      arns.executions(),
    ),
    wildcard: RUNS_REASON,
  },
  {
    statement: allow('FollowTasks', actions('states', 'DescribeMapRun', 'ListExecutions'), [arns.mapRuns()]),
    wildcard: RUNS_REASON,
  },
  {
    statement: allow('RunOneTask', actions('lambda', 'InvokeFunction'), [arns.functions('Compactor')]),
    wildcard: NAMES_REASON,
  },
  {
    statement: allow('FindLogs', actions('lambda', 'GetFunctionConfiguration'), arns.allFunctions()),
    wildcard: NAMES_REASON,
  },
  {
    statement: allow(
      'WorkOffDeadLetters',
      actions('sqs', 'GetQueueUrl', 'GetQueueAttributes', 'ReceiveMessage', 'DeleteMessage', 'PurgeQueue'),
      [arns.deadLetters()],
    ),
    wildcard: NAMES_REASON,
  },
  useKeyThrough('sqs', 'DecryptDeadLetters', operationsKey, ['Decrypt']),
  allow('Crawl', actions('glue', 'GetCrawler', 'StartCrawler', 'StopCrawler'), [arns.crawler()]),
  {
    statement: allow('FindOutputs', actions('cloudformation', 'DescribeStacks', 'ListStackResources'), [arns.stacks()]),
    wildcard: NAMES_REASON,
  },
  ...readLogs(arns),
  ...readMetrics(arns),
];

/** Log groups of the lake: they carry keys, counts and names of fields, no rows. */
export const readLogs = (arns: LakeArns): Statement[] => [
  {
    statement: allow(
      'ReadLogs',
      actions('logs', ...['DescribeLogStreams', 'GetLogEvents', 'FilterLogEvents', 'StartQuery', 'GetQueryResults']),
      arns.logGroups(),
    ),
    wildcard: NAMES_REASON,
  },
];

export const readMetrics = (arns: LakeArns): Statement[] => [
  {
    statement: allow('ReadAlarms', actions('cloudwatch', 'DescribeAlarms', 'DescribeAlarmHistory'), [arns.alarms()]),
    wildcard: NAMES_REASON,
  },
  {
    statement: allow('ReadMetrics', actions('cloudwatch', 'GetMetricData', 'ListMetrics'), ['*']),
    wildcard: 'The actions on metrics, the only ones of their statement, do not support resource-level permissions.',
  },
];
