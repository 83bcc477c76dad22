import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import {
  Chain,
  Choice,
  Condition,
  DistributedMap,
  Fail,
  type IChainable,
  type INextable,
  JitterType,
  JsonPath,
  ResultWriterV2,
  type RetryProps,
  S3JsonLItemReader,
  StateMachineType,
  Succeed,
  TaskInput,
  type TaskStateBase,
  Timeout,
} from 'aws-cdk-lib/aws-stepfunctions';
import { CallAwsService, LambdaInvoke, SqsSendMessage } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { PLAN_PREFIX } from '../../dataset/layout';

/** Prefix of the results of the map's tasks; they expire with the plans. */
export const RESULT_PREFIX = `${PLAN_PREFIX}results`;

/** Names the map in the ARNs of its runs and children. */
export const MAP_LABEL = 'Tasks';

/** Lambda times out before the state machine does, so that the error of Lambda is reported. */
export const FUNCTION_TIMEOUT = Duration.minutes(15);
const TASK_TIMEOUT = Duration.minutes(16);

/** The service could not run the function; the task has not started. */
const SERVICE_ERRORS: RetryProps = {
  errors: [
    'Lambda.ClientExecutionTimeoutException',
    'Lambda.ServiceException',
    'Lambda.AWSLambdaException',
    'Lambda.SdkClientException',
    'Lambda.TooManyRequestsException',
  ],
  interval: Duration.seconds(2),
  backoffRate: 2,
  maxAttempts: 8, // about eight minutes: an account whose concurrency others use up is not a failure
  maxDelay: Duration.minutes(2),
  jitterStrategy: JitterType.FULL,
};

/** S3 still throttled after the SDK's retries, or too many tasks committed to one partition. */
const CONTENTION_ERRORS: RetryProps = {
  errors: [
    'SlowDown',
    'ServiceUnavailable',
    'InternalError',
    'RequestTimeout',
    'TimeoutError',
    'ContentionError',
    'DownloadError',
  ],
  interval: Duration.seconds(5),
  backoffRate: 2,
  maxAttempts: 5,
  maxDelay: Duration.minutes(2),
  jitterStrategy: JitterType.FULL,
};

/** The same rows fail the same checks again. */
const CHECK_FAILURES: RetryProps = { errors: ['ChecksFailedError'], maxAttempts: 0 };

/** Any other error is retried once: a crash or a timeout in the middle of a task is safe, the next attempt recovers. */
const ONCE_MORE: RetryProps = { errors: ['States.ALL'], interval: Duration.seconds(10), maxAttempts: 1 };

const AWS_CALLS: RetryProps = { errors: ['States.ALL'], interval: Duration.seconds(2), maxAttempts: 4 };

export interface WorkflowProps {
  readonly planner: IFunction;
  readonly compactor: IFunction;
  /** Publishes Iceberg tables at the end of a run. @default none */
  readonly publisher?: IFunction | undefined;
  /** Bucket of the plans and the results. */
  readonly curatedBucket: IBucket;
  /** Receives failed tasks. */
  readonly deadLetters: IQueue;
  /** Most tasks in flight: the only limit of concurrency in accounts where none can be reserved. */
  readonly maxConcurrency: number;
}

/**
 * The states of one run: plan, then execute the plan. Input: `{ "mode": "compact" | "maintain", "datasets"?: string[],
 * "skipIfRunning"?: boolean }`. JSONPath, because emulators do not run JSONata in a distributed map.
 */
export function compactionWorkflow(scope: Construct, props: WorkflowProps): IChainable {
  const run = planAndWork(scope, props);
  const others = new CallAwsService(scope, 'ListRunningExecutions', {
    service: 'sfn',
    action: 'listExecutions',
    parameters: { StateMachineArn: JsonPath.stringAt('$$.StateMachine.Id'), StatusFilter: 'RUNNING', MaxResults: 2 },
    iamResources: ['*'], // the role's policies are written elsewhere; this one is discarded
    resultSelector: { count: JsonPath.arrayLength(JsonPath.objectAt('$.Executions')) },
    resultPath: '$.running',
  }).addRetry(AWS_CALLS);
  const alone = new Choice(scope, 'IsThisTheOnlyRun')
    .when(
      Condition.numberGreaterThan('$.running.count', 1),
      new Succeed(scope, 'SkippedBecauseAnotherRunIsActive', { comment: 'The next schedule takes what is pending.' }),
    )
    .otherwise(run);
  return new Choice(scope, 'MayThisRunOverlap')
    .when(
      Condition.and(Condition.isPresent('$.skipIfRunning'), Condition.booleanEquals('$.skipIfRunning', true)),
      Chain.start(others).next(alone),
    )
    .otherwise(run);
}

function planAndWork(scope: Construct, props: WorkflowProps): IChainable {
  const plan = invoke(scope, 'Plan', props.planner, failed(scope, 'PlanningFailed'), withRun('$'));
  const work = taskMap(scope, props).addCatch(failed(scope, 'RunFailed'));
  const succeeded = new Succeed(scope, 'EveryTaskIsAccountedFor');
  const summary = Chain.start(summarise(scope)).next(
    new Choice(scope, 'DidAnyTaskFailUnreported')
      .when(
        Condition.numberGreaterThan('$.failed', 0),
        new Fail(scope, 'FailedTasksWereNotReported', {
          error: 'FailedTasksWereNotReported',
          cause: 'Tasks failed and could not be sent to the dead-letter queue. The map run lists them.',
        }),
      )
      .otherwise(succeeded),
  );
  const nothing = new Succeed(scope, 'NothingToDo');
  const isThereWork = new Choice(scope, 'IsThereWork');
  if (props.publisher === undefined) {
    isThereWork.when(Condition.numberEquals('$.tasks', 0), nothing).otherwise(Chain.start(work).next(summary));
    return Chain.start(plan).next(isThereWork);
  }
  const rest = new Choice(scope, 'WasThereWork').when(Condition.isPresent('$.MapRunArn'), summary).otherwise(nothing);
  const publish = publication(scope, props.publisher, props.deadLetters, rest);
  isThereWork.when(Condition.numberEquals('$.tasks', 0), publish).otherwise(Chain.start(work).next(publish));
  return Chain.start(plan).next(isThereWork);
}

/** The input of a run with the name of its execution, which goes through plan and tasks into every line of the logs. */
const withRun = (input: string): TaskInput =>
  TaskInput.fromObject({ execution: JsonPath.stringAt('$$.Execution.Name'), input: JsonPath.objectAt(input) });

/**
 * Publishes, also when there was nothing to do, since snapshots expire. A failure is reported and changes nothing else about the run:
 * what is compacted is compacted, and the next run publishes it.
 */
function publication(scope: Construct, publisher: IFunction, queue: IQueue, next: IChainable): TaskStateBase {
  const report = new SqsSendMessage(scope, 'ReportFailedPublication', {
    queue,
    messageBody: TaskInput.fromObject({
      source: 'publication',
      execution: JsonPath.stringAt('$$.Execution.Id'),
      error: JsonPath.stringAt('$.failure.Error'),
      cause: JsonPath.stringAt('$.failure.Cause'),
    }),
    resultPath: JsonPath.DISCARD,
  })
    .addRetry(AWS_CALLS)
    .addCatch(next, { resultPath: JsonPath.DISCARD }); // its alarm rings without the queue, too
  report.next(next);
  const publish = new LambdaInvoke(scope, 'Publish', {
    lambdaFunction: publisher,
    payload: withRun('$$.Execution.Input'),
    resultPath: JsonPath.DISCARD,
    retryOnServiceExceptions: false,
    taskTimeout: Timeout.duration(TASK_TIMEOUT),
  })
    .addRetry(SERVICE_ERRORS)
    .addRetry(CONTENTION_ERRORS)
    .addRetry(ONCE_MORE)
    .addCatch(report, { resultPath: '$.failure' });
  publish.next(next);
  return publish;
}

/** Runs a function, retries it where that helps, and continues with another state when it fails after all retries. */
const invoke = (
  scope: Construct,
  id: string,
  lambdaFunction: IFunction,
  onFailure: IChainable,
  payload?: TaskInput,
): TaskStateBase =>
  new LambdaInvoke(scope, id, {
    lambdaFunction,
    ...(payload === undefined ? {} : { payload }),
    outputPath: '$.Payload',
    retryOnServiceExceptions: false,
    taskTimeout: Timeout.duration(TASK_TIMEOUT),
  })
    .addRetry(SERVICE_ERRORS)
    .addRetry(CONTENTION_ERRORS)
    .addRetry(CHECK_FAILURES)
    .addRetry(ONCE_MORE)
    .addCatch(onFailure);

/** Ends the execution as failed, which an alarm reports, with the error that led here. */
const failed = (scope: Construct, id: string): Fail =>
  new Fail(scope, id, { errorPath: '$.Error', causePath: '$.Cause' });

function taskMap(scope: Construct, props: WorkflowProps): DistributedMap {
  // A task that fails after all retries is reported and counts as handled, so that it never stops the tasks of other partitions.
  // Its raw objects stay where they are: the next run plans them again.
  const report = new SqsSendMessage(scope, 'ReportFailedTask', {
    queue: props.deadLetters,
    messageBody: TaskInput.fromObject({
      source: 'compaction-task',
      task: JsonPath.objectAt('$$.Execution.Input'),
      execution: JsonPath.stringAt('$$.Execution.Id'),
      error: JsonPath.stringAt('$.Error'),
      cause: JsonPath.stringAt('$.Cause'),
    }),
    resultPath: JsonPath.DISCARD, // the error stays visible in the map's results
  }).addRetry(AWS_CALLS);
  const compact = invoke(scope, 'Compact', props.compactor, report);
  return new DistributedMap(scope, 'WorkThePlanOff', {
    label: MAP_LABEL,
    itemReader: new S3JsonLItemReader({ bucket: props.curatedBucket, key: JsonPath.stringAt('$.key') }),
    maxConcurrency: props.maxConcurrency,
    mapExecutionType: StateMachineType.STANDARD, // an EXPRESS child ends after five minutes
    toleratedFailurePercentage: 100,
    // Without it the results of all children together must fit into 256 KiB.
    resultWriterV2: new ResultWriterV2({ bucket: props.curatedBucket, prefix: RESULT_PREFIX }),
  }).itemProcessor(compact);
}

function summarise(scope: Construct): INextable & IChainable {
  return new CallAwsService(scope, 'Summarise', {
    service: 'sfn',
    action: 'describeMapRun',
    parameters: { MapRunArn: JsonPath.stringAt('$.MapRunArn') },
    iamResources: ['*'], // as above
    resultSelector: {
      tasks: JsonPath.numberAt('$.ItemCounts.Total'),
      failed: JsonPath.numberAt('$.ItemCounts.Failed'),
    },
  }).addRetry(AWS_CALLS);
}
