import { Aws, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import {
  CustomState,
  DefinitionBody,
  LogLevel,
  QueryLanguage,
  StateMachine,
  StateMachineType,
} from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { resourceName, type StageSettings } from '../settings';
import { LakeAlarm } from './lake-alarm';
import { QUERY_LOG_PREFIX } from './operations-tables';
import { ScopedRole } from './scoped-role';

export interface QueryLogProps {
  readonly settings: StageSettings;
  readonly workgroupNames: readonly string[];
  readonly logsBucket: IBucket;
  readonly operationsKey: IKey;
  readonly alarmTopic: ITopic;
}

/**
 * Writes one JSON object for each finished query, so that SQL can show what each workgroup scanned and cost: Athena
 * has no table of past queries. Athena's event names the query; a state machine reads its statistics and stores them. The
 * text of the query is left out, because it may contain personal data.
 * https://docs.aws.amazon.com/athena/latest/ug/athena-events.html
 *
 * @example
 * ```ts
 * new QueryLog(stack, 'QueryLog', {
 *   settings,
 *   workgroupNames: ['lake-dev-analyst'],
 *   logsBucket: storage.logsBucket,
 *   operationsKey: storage.operationsKey,
 *   alarmTopic: storage.alarmTopic,
 * });
 * ```
 */
export class QueryLog extends Construct {
  readonly machine: StateMachine;

  constructor(scope: Construct, id: string, props: QueryLogProps) {
    super(scope, id);
    this.machine = this.createMachine(props);
    const starter = new ScopedRole(this, 'StarterRole', {
      assumedBy: new ServicePrincipal('events.amazonaws.com'),
      description: 'Starts the state machine of the query log',
      statements: [
        new PolicyStatement({ actions: ['states:StartExecution'], resources: [this.machine.stateMachineArn] }),
      ],
    });
    const finished = new Rule(this, 'FinishedQueries', {
      description: 'Finished queries of the workgroups of the lake',
      eventPattern: {
        source: ['aws.athena'],
        detailType: ['Athena Query State Change'],
        detail: { currentState: ['SUCCEEDED', 'FAILED', 'CANCELLED'], workgroupName: [...props.workgroupNames] },
      },
      targets: [
        new SfnStateMachine(this.machine, { role: starter.fixed, retryAttempts: 10, maxEventAge: Duration.hours(2) }),
      ],
    });
    finished.node.addDependency(starter.policy); // a query may end at any time
    new LakeAlarm(this, 'Failures', {
      name: resourceName(props.settings, 'query-log-failures'),
      description: 'Some finished queries were not recorded in the query log; the logs of its state machine say why.',
      section: 'query-log-failures',
      metric: this.machine.metricFailed({ period: Duration.hours(1), statistic: Stats.SUM }),
      threshold: { above: 0 },
      topic: props.alarmTopic,
      tellsRecovery: false,
    });
  }

  private createMachine(props: QueryLogProps): StateMachine {
    const { settings, logsBucket } = props;
    const logGroup = new LogGroup(this, 'Logs', {
      // All machines with this prefix share one entry of the account's log resource policy, whose size is limited:
      // https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
      logGroupName: `/aws/vendedlogs/states/${resourceName(settings, 'query-log')}`,
      retention: settings.retention.logDays as RetentionDays,
      encryptionKey: props.operationsKey,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = this.createRole(props);
    const read = new CustomState(this, 'Read the statistics', { stateJson: READ_STATISTICS });
    const write = new CustomState(this, 'Write the row', { stateJson: writeRow(logsBucket.bucketName) });
    const machine = new StateMachine(this, 'Machine', {
      comment: 'Appends a finished Athena query to the query log',
      stateMachineType: StateMachineType.EXPRESS,
      queryLanguage: QueryLanguage.JSONATA,
      definitionBody: DefinitionBody.fromChainable(read.next(write)),
      role: role.fixed,
      timeout: Duration.minutes(2),
      tracingEnabled: true,
      // Level ALL without the data of each step.
      logs: { destination: logGroup, level: LogLevel.ALL, includeExecutionData: false },
    });
    machine.node.addDependency(role.policy);
    return machine;
  }

  private createRole({ workgroupNames, logsBucket }: QueryLogProps): ScopedRole {
    const workgroups = workgroupNames.map((resourceName) =>
      Stack.of(this).formatArn({ service: 'athena', resource: 'workgroup', resourceName }),
    );
    return new ScopedRole(this, 'MachineRole', {
      assumedBy: new ServicePrincipal('states.amazonaws.com'),
      description: 'State machine of the query log: reads statistics of queries, writes rows',
      statements: [
        new PolicyStatement({ actions: ['athena:GetQueryExecution'], resources: workgroups }),
        {
          statement: new PolicyStatement({
            actions: ['s3:PutObject'],
            resources: [logsBucket.arnForObjects(`${QUERY_LOG_PREFIX}*`)],
          }),
          wildcard: 'Each finished query becomes an object of its own under this prefix.',
        },
        {
          statement: logDeliveryAndTracing(),
          wildcard:
            'The actions of log delivery and X-Ray, the only ones of their statement, do not support resource-level permissions.',
        },
      ],
    });
  }
}

const logDeliveryAndTracing = (): PolicyStatement =>
  new PolicyStatement({
    actions: [
      ...['logs:CreateLogDelivery', 'logs:GetLogDelivery', 'logs:UpdateLogDelivery', 'logs:DeleteLogDelivery'],
      ...[
        'logs:ListLogDeliveries',
        'logs:PutResourcePolicy',
        'logs:DescribeResourcePolicies',
        'logs:DescribeLogGroups',
      ],
      ...['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
      ...['xray:GetSamplingRules', 'xray:GetSamplingTargets'],
    ],
    resources: ['*'],
  });

const RETRY = [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 2, BackoffRate: 2, MaxAttempts: 4 }];

/** `{% %}` of a value that may be missing: JSONata fails on a path that finds nothing. */
const orElse = (path: string, fallback: string): string => `{% $exists(${path}) ? ${path} : ${fallback} %}`;

const EXECUTION = '$states.result.QueryExecution';

const READ_STATISTICS = {
  Type: 'Task',
  Resource: `arn:${Aws.PARTITION}:states:::aws-sdk:athena:getQueryExecution`,
  Arguments: { QueryExecutionId: '{% $states.input.detail.queryExecutionId %}' },
  Retry: RETRY,
  Output: {
    time: '{% $states.input.time %}',
    row: {
      query_id: `{% ${EXECUTION}.QueryExecutionId %}`,
      workgroup: `{% ${EXECUTION}.WorkGroup %}`,
      state: `{% ${EXECUTION}.Status.State %}`,
      statement_type: orElse(`${EXECUTION}.StatementType`, "'UNKNOWN'"),
      submitted_at: orElse(`${EXECUTION}.Status.SubmissionDateTime`, '$states.input.time'),
      bytes_scanned: orElse(`${EXECUTION}.Statistics.DataScannedInBytes`, '0'),
      engine_millis: orElse(`${EXECUTION}.Statistics.EngineExecutionTimeInMillis`, '0'),
      queue_millis: orElse(`${EXECUTION}.Statistics.QueryQueueTimeInMillis`, '0'),
    },
  },
};

/** The key is the query's id, so an event that arrives twice writes the same object twice. */
const writeRow = (bucket: string) => ({
  Type: 'Task',
  Resource: `arn:${Aws.PARTITION}:states:::aws-sdk:s3:putObject`,
  Arguments: {
    Bucket: bucket,
    Key:
      `{% '${QUERY_LOG_PREFIX}year=' & $substring($states.input.time, 0, 4) & '/month=' & ` +
      "$substring($states.input.time, 5, 2) & '/day=' & $substring($states.input.time, 8, 2) & '/' & " +
      "$states.input.row.query_id & '.json' %}",
    ContentType: 'application/json',
    Body: '{% $states.input.row %}',
  },
  Retry: RETRY,
  End: true,
});
