import { type Duration, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import { type ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Architecture, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledge, inRegulatoryPacks, JustifiedPolicy, type Statement } from '../../compliance';
import type { LambdaArchitecture } from '../../settings';
import { type BundledCodeProps, bundledCode } from '../lambda-bundle';
import { sendStatements, tracingStatement } from './policies';

/** The newest Node.js runtime that the CDK knows; a test fails when there is a newer one. */
export const NODE_RUNTIME = Runtime.NODEJS_24_X;

export interface CompactionFunctionProps {
  readonly description: string;
  readonly code: Pick<BundledCodeProps, 'entries' | 'banner' | 'duckdb'>;
  /** `<file>.handler` of the bundle. */
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
  /** What the function may do, besides writing its logs, its traces and its dead letters. */
  readonly statements: readonly Statement[];
  readonly memoryMiB: number;
  readonly timeout: Duration;
  readonly architecture: LambdaArchitecture;
  /** @default 512 MiB, the default of Lambda: https://docs.aws.amazon.com/lambda/latest/dg/configuration-ephemeral-storage.html */
  readonly ephemeralStorageMiB?: number;
  /** @default none reserved */
  readonly reservedConcurrency?: number | undefined;
  readonly logDays: RetentionDays;
  readonly operationsKey: IKey;
  readonly deadLetters: IQueue;
}

/**
 * A function whose only permissions are the ones listed here: its role takes no generated policies.
 *
 * @example
 * ```ts
 * new CompactionFunction(stack, 'Planner', {
 *   description: 'Lists pending raw objects and writes the plan of their compaction',
 *   code: { entries: PLANNER_ENTRIES, banner: datasetsScript(datasets) },
 *   handler: 'planner.handler',
 *   environment: { RAW_BUCKET: storage.rawBucket.bucketName },
 *   statements: plannerStatements(storage),
 *   memoryMiB: 1_769,
 *   timeout: Duration.minutes(15),
 *   architecture: 'arm64',
 *   logDays: 90,
 *   operationsKey: storage.operationsKey,
 *   deadLetters: queue,
 * });
 * ```
 */
export class CompactionFunction extends Construct {
  readonly function: LambdaFunction;
  readonly policy: ManagedPolicy;

  constructor(scope: Construct, id: string, props: CompactionFunctionProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'Logs', {
      retention: props.logDays,
      encryptionKey: props.operationsKey,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, 'Role', {
      description: `${props.description} (data lake, ${Stack.of(this).stackName})`,
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    });
    this.policy = new JustifiedPolicy(this, 'Policy', {
      roles: [role],
      statements: [
        ...props.statements,
        new PolicyStatement({
          sid: 'WriteLogs',
          actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
          resources: [logGroup.logGroupArn],
        }),
        tracingStatement(),
        ...sendStatements(props.deadLetters.queueArn, props.operationsKey),
      ],
    });
    this.function = new LambdaFunction(this, 'Function', {
      description: props.description,
      runtime: NODE_RUNTIME,
      architecture: props.architecture === 'arm64' ? Architecture.ARM_64 : Architecture.X86_64,
      code: bundledCode({ ...props.code, runtime: NODE_RUNTIME }),
      handler: props.handler,
      role: role.withoutPolicyUpdates(),
      environment: { ...props.environment, NODE_OPTIONS: '--enable-source-maps' },
      memorySize: props.memoryMiB,
      timeout: props.timeout,
      ...(props.ephemeralStorageMiB === undefined
        ? {}
        : { ephemeralStorageSize: Size.mebibytes(props.ephemeralStorageMiB) }),
      ...(props.reservedConcurrency === undefined ? {} : { reservedConcurrentExecutions: props.reservedConcurrency }),
      tracing: Tracing.ACTIVE,
      logGroup,
      // Step Functions invokes synchronously; this receives the event of a failed asynchronous invocation.
      deadLetterQueue: props.deadLetters,
    });
    this.function.node.addDependency(this.policy); // no invocation before the permissions are there
    this.acknowledge(props);
  }

  private acknowledge({ reservedConcurrency }: CompactionFunctionProps): void {
    acknowledge(
      this.function,
      'Calls only S3, KMS and SQS, over TLS and with IAM, and accepts no connections: a VPC would protect no further ' +
        'asset. A fork that must keep traffic off public endpoints adds vpc and gateway endpoints here.',
      ...inRegulatoryPacks('LambdaInsideVPC'),
    );
    if (reservedConcurrency === undefined) {
      acknowledge(
        this.function,
        "Capped by the state machine: one planner a run, and the map's MaxConcurrency for the compactor. Reserving " +
          'fails in a new account, whose whole quota is 10; the setting reservedConcurrency turns it on.',
        'NIST.800.53.R5::NIST.800.53.R5-LambdaConcurrency',
        'HIPAA.Security::HIPAA.Security-LambdaConcurrency',
      );
    }
  }
}
