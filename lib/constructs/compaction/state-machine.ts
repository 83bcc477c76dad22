import { ArnFormat, Aws, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { type ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { JustifiedPolicy, type Statement } from '../../compliance';
import { mapStatements, sendStatements } from './policies';
import { compactionWorkflow, MAP_LABEL, type WorkflowProps } from './workflow';

/**
 * A run that takes longer is stopped, which is safe at any point, and its alarm says so. Scheduled runs wait for it, so it
 * must not run forever.
 */
const RUN_TIMEOUT = Duration.hours(24);

export interface CompactionStateMachineProps extends WorkflowProps {
  readonly name: string;
  /** IAM path of roles that AWS services assume. */
  readonly rolePath: string;
  readonly dataKey: IKey;
  readonly operationsKey: IKey;
  readonly logDays: RetentionDays;
}

/**
 * The state machine, with a role whose permissions are the ones listed here: those that the CDK generates are wider.
 *
 * @example
 * ```ts
 * new CompactionStateMachine(stack, 'Pipeline', {
 *   name: 'lake-dev-compaction',
 *   rolePath: serviceRolePath(settings),
 *   dataKey: storage.dataKey,
 *   operationsKey: storage.operationsKey,
 *   logDays: 90,
 *   planner: lambda,
 *   compactor: lambda,
 *   curatedBucket: storage.curatedBucket,
 *   deadLetters: queue,
 *   maxConcurrency: 5,
 * });
 * ```
 */
export class CompactionStateMachine extends Construct {
  readonly stateMachine: StateMachine;
  /** What a run needs. */
  readonly runPolicy: ManagedPolicy;
  /** Permissions on the state machine itself; a separate policy, because it names the state machine, which depends on the other. */
  readonly selfPolicy: ManagedPolicy;

  constructor(scope: Construct, id: string, props: CompactionStateMachineProps) {
    super(scope, id);
    const role = this.createRole(props.rolePath);
    this.runPolicy = new JustifiedPolicy(this, 'RunPolicy', { roles: [role], statements: runStatements(props) });
    this.stateMachine = new StateMachine(this, 'StateMachine', {
      stateMachineName: props.name,
      comment: 'Plans the compaction of pending raw objects and works the plan off, one task at a time a partition.',
      definitionBody: DefinitionBody.fromChainable(compactionWorkflow(this, props)),
      role: role.withoutPolicyUpdates(),
      timeout: RUN_TIMEOUT,
      tracingEnabled: true,
      logs: {
        level: LogLevel.ALL,
        includeExecutionData: true, // keys and counts, no rows
        destination: new LogGroup(this, 'Logs', {
          // All machines with this prefix share one entry of the account's log resource policy, whose size is limited:
          // https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
          logGroupName: `/aws/vendedlogs/states/${props.name}`,
          retention: props.logDays,
          encryptionKey: props.operationsKey,
          removalPolicy: RemovalPolicy.DESTROY, // it has a name, and kept it would block the next deployment
        }),
      },
    });
    this.stateMachine.node.tryRemoveChild('DistributedMapPolicy'); // attached to nothing; SelfPolicy stands in for it
    this.stateMachine.node.addDependency(this.runPolicy); // creation checks the permission to deliver logs
    this.selfPolicy = new JustifiedPolicy(this, 'SelfPolicy', {
      roles: [role],
      statements: selfStatements(this, this.stateMachine),
    });
  }

  private createRole(path: string): Role {
    const anyOfThisAccount = Stack.of(this).formatArn({
      service: 'states',
      resource: 'stateMachine',
      resourceName: '*',
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    return new Role(this, 'Role', {
      path,
      description: 'Runs the compaction state machine of the data lake',
      assumedBy: new ServicePrincipal('states.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
          ArnLike: { 'aws:SourceArn': anyOfThisAccount },
        },
      }),
    });
  }
}

function runStatements(props: CompactionStateMachineProps): Statement[] {
  return [
    new PolicyStatement({
      sid: 'InvokeFunctions',
      actions: ['lambda:InvokeFunction'],
      resources: [
        props.planner.functionArn,
        props.compactor.functionArn,
        ...(props.publisher === undefined ? [] : [props.publisher.functionArn]),
      ],
    }),
    ...mapStatements(props),
    ...sendStatements(props.deadLetters.queueArn, props.operationsKey),
    {
      statement: new PolicyStatement({
        sid: 'DeliverLogs',
        actions: [
          ...['CreateLogDelivery', 'GetLogDelivery', 'UpdateLogDelivery', 'DeleteLogDelivery', 'ListLogDeliveries'],
          ...['PutResourcePolicy', 'DescribeResourcePolicies', 'DescribeLogGroups'],
        ].map((action) => `logs:${action}`),
        resources: ['*'],
      }),
      wildcard: 'The actions of vended log delivery do not support resource-level permissions.',
    },
    {
      statement: new PolicyStatement({
        sid: 'SendTraces',
        actions: [...['PutTraceSegments', 'PutTelemetryRecords', 'GetSamplingRules', 'GetSamplingTargets']].map(
          (action) => `xray:${action}`,
        ),
        resources: ['*'],
      }),
      wildcard: 'The X-Ray actions do not support resource-level permissions.',
    },
  ];
}

function selfStatements(scope: Construct, stateMachine: StateMachine): Statement[] {
  const { executions, mapRuns } = runArns(scope, stateMachine);
  return [
    new PolicyStatement({
      sid: 'StartTasksAndSeeOtherRuns',
      actions: ['states:StartExecution', 'states:ListExecutions'],
      resources: [stateMachine.stateMachineArn],
    }),
    {
      statement: new PolicyStatement({
        sid: 'FollowTasks',
        actions: ['states:DescribeExecution', 'states:StopExecution', 'states:RedriveExecution'],
        resources: executions,
      }),
      wildcard: 'Executions get their last name part when they start; all of them are of this state machine.',
    },
    {
      statement: new PolicyStatement({
        sid: 'SummariseMapRuns',
        actions: ['states:DescribeMapRun'],
        resources: mapRuns,
      }),
      wildcard: 'Map runs get their last name part when they start; all of them are of this state machine.',
    },
  ];
}

/** ARNs of everything that the state machine starts; their last parts are chosen at run time. */
function runArns(scope: Construct, { stateMachineName }: StateMachine): { executions: string[]; mapRuns: string[] } {
  const arn = (resource: string, resourceName: string): string =>
    Stack.of(scope).formatArn({ service: 'states', resource, resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
  return {
    executions: [arn('execution', `${stateMachineName}:*`), arn('execution', `${stateMachineName}/${MAP_LABEL}:*`)],
    mapRuns: [arn('mapRun', `${stateMachineName}/${MAP_LABEL}:*`)],
  };
}
