import { ArnFormat, Aws, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { type ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Schedule, ScheduleExpression, ScheduleGroup, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { StepFunctionsStartExecution } from 'aws-cdk-lib/aws-scheduler-targets';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { JustifiedPolicy } from '../../compliance';
import { sendStatements } from './policies';

export interface CompactionSchedulesProps {
  /** Name of the schedule group. */
  readonly name: string;
  readonly rolePath: string;
  readonly stateMachine: IStateMachine;
  /** EventBridge Scheduler expressions, UTC. */
  readonly compact: string;
  readonly maintain: string;
  readonly deadLetters: IQueue;
  readonly operationsKey: IKey;
}

/**
 * Starts the runs. A start that fails after all retries goes to the dead-letter queue; the next run compacts what it left.
 *
 * @example
 * ```ts
 * new CompactionSchedules(stack, 'Schedules', {
 *   name: 'lake-dev-compaction',
 *   rolePath: serviceRolePath(settings),
 *   stateMachine,
 *   compact: 'rate(15 minutes)',
 *   maintain: 'cron(30 2 * * ? *)',
 *   deadLetters: queue,
 *   operationsKey: storage.operationsKey,
 * });
 * ```
 */
export class CompactionSchedules extends Construct {
  readonly policy: ManagedPolicy;

  constructor(scope: Construct, id: string, props: CompactionSchedulesProps) {
    super(scope, id);
    const scheduleGroup = new ScheduleGroup(this, 'Group', {
      scheduleGroupName: props.name,
      removalPolicy: RemovalPolicy.DESTROY, // it has a name, and kept it would block the next deployment
    });
    const role = new Role(this, 'Role', {
      path: props.rolePath,
      description: 'Starts the compaction of the data lake on schedule',
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: {
          StringEquals: {
            'aws:SourceAccount': Aws.ACCOUNT_ID,
            'aws:SourceArn': Stack.of(this).formatArn({
              service: 'scheduler',
              resource: 'schedule-group',
              resourceName: props.name,
              arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
            }),
          },
        },
      }),
    });
    this.policy = new JustifiedPolicy(this, 'Policy', {
      roles: [role],
      statements: [
        new PolicyStatement({
          sid: 'StartRuns',
          actions: ['states:StartExecution'],
          resources: [props.stateMachine.stateMachineArn],
        }),
        ...sendStatements(props.deadLetters.queueArn, props.operationsKey),
      ],
    });
    const schedule = (name: string, expression: string, description: string, input: object): void => {
      new Schedule(this, name, {
        scheduleGroup,
        description,
        schedule: ScheduleExpression.expression(expression),
        target: new StepFunctionsStartExecution(props.stateMachine, {
          role: role.withoutPolicyUpdates(),
          input: ScheduleTargetInput.fromObject(input),
          deadLetterQueue: props.deadLetters,
          retryAttempts: 3,
          maxEventAge: Duration.minutes(10),
        }),
      }).node.addDependency(this.policy);
    };
    schedule('Compact', props.compact, 'Compacts what is pending, unless another run is active', {
      mode: 'compact',
      skipIfRunning: true,
    });
    schedule('Maintain', props.maintain, 'Merges undersized files, expires rows, removes superseded files', {
      mode: 'maintain',
    });
  }
}
