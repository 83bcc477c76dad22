import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import {
  COMPACTOR_ENTRIES,
  CompactionAlarms,
  CompactionFunction,
  CompactionSchedules,
  CompactionStateMachine,
  compactorStatements,
  FUNCTION_TIMEOUT,
  PLANNER_ENTRIES,
  PUBLISHER_ENTRIES,
  plannerStatements,
  publisherStatements,
  readPublications,
} from '../constructs/compaction';
import { datasetsScript } from '../dataset/bundle';
import { hasIceberg } from '../dataset/iceberg';
import type { Dataset } from '../dataset/model';
import { databaseName, type LambdaArchitecture, resourceName, type StageSettings, serviceRolePath } from '../settings';
import { rateSeconds } from '../settings/schedules';
import type { StorageStack } from './storage-stack';

export interface CompactionStackProps extends StackProps {
  readonly settings: StageSettings;
  readonly datasets: readonly Dataset[];
  readonly storage: StorageStack;
}

/** One full vCPU: listings are read on one thread, in memory that stays flat. */
const PLANNER_MEMORY_MIB = 1_769;

/** One full vCPU, as files of metadata are made on one thread. Memory holds the files of four months, below 1 kB each. */
const PUBLISHER_MEMORY_MIB = 1_769;

/** npm's names of Lambda's processors, as in the name of the package with DuckDB's library. */
const NPM_CPU: Readonly<Record<LambdaArchitecture, string>> = { arm64: 'arm64', x86_64: 'x64' };

/**
 * Schedules start a state machine that plans compaction and executes the plan with Lambda functions.
 *
 * @example
 * ```ts
 * new CompactionStack(app, 'Compaction', { settings, datasets, storage });
 * ```
 */
export class CompactionStack extends Stack {
  readonly planner: CompactionFunction;
  readonly compactor: CompactionFunction;
  /** Undefined where no dataset is an Iceberg table. */
  readonly publisher: CompactionFunction | undefined;
  readonly pipeline: CompactionStateMachine;
  /** Failed tasks, starts and invocations. Nothing consumes it: what it reports is retried by the next run. */
  readonly deadLetters: Queue;
  /** Of the metrics that the functions write into their logs. */
  readonly metricNamespace: string;

  constructor(scope: Construct, id: string, props: CompactionStackProps) {
    super(scope, id, props);
    const { settings, datasets, storage } = props;
    const { dataKey, operationsKey } = storage;
    const name = resourceName(settings, 'compaction');
    const rolePath = serviceRolePath(settings);
    const logDays = settings.retention.logDays;
    const metricNamespace = `DataLake/Compaction/${settings.prefix}-${settings.name}`; // stages may share an account
    this.metricNamespace = metricNamespace;

    this.deadLetters = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: operationsKey,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    const common = {
      environment: {
        RAW_BUCKET: storage.rawBucket.bucketName,
        CURATED_BUCKET: storage.curatedBucket.bucketName,
        QUARANTINE_BUCKET: storage.quarantineBucket.bucketName,
        METRICS_NAMESPACE: metricNamespace,
        ...localDisk(settings.compaction.ephemeralStorageMiB), // the planner sizes tasks by it too
      },
      timeout: FUNCTION_TIMEOUT,
      architecture: settings.compaction.architecture,
      logDays,
      operationsKey,
      deadLetters: this.deadLetters,
    };
    const isIceberg = hasIceberg(datasets);
    const icebergDatabase = databaseName(settings, 'iceberg');
    const banner = datasetsScript(datasets); // the datasets as of synth
    this.planner = new CompactionFunction(this, 'Planner', {
      ...common,
      description: 'Lists pending raw objects and writes the plan of their compaction',
      code: { entries: PLANNER_ENTRIES, banner },
      handler: 'planner.handler',
      statements: plannerStatements(storage),
      memoryMiB: PLANNER_MEMORY_MIB,
    });
    this.compactor = new CompactionFunction(this, 'Compactor', {
      ...common,
      description: 'Turns the pending raw objects of one partition into Parquet and commits them',
      code: {
        entries: COMPACTOR_ENTRIES,
        banner,
        duckdb: { os: 'linux', cpu: NPM_CPU[settings.compaction.architecture] },
      },
      handler: 'compactor.handler',
      statements: [...compactorStatements(storage), ...(isIceberg ? [readPublications(storage)] : [])],
      memoryMiB: settings.compaction.memoryMiB,
      ephemeralStorageMiB: settings.compaction.ephemeralStorageMiB,
      reservedConcurrency: settings.compaction.reservedConcurrency,
    });
    this.publisher = isIceberg
      ? new CompactionFunction(this, 'Publisher', {
          ...common,
          environment: { ...common.environment, ICEBERG_DATABASE: icebergDatabase },
          description: 'Makes what the manifests list visible as Iceberg tables',
          code: { entries: PUBLISHER_ENTRIES, banner },
          handler: 'publisher.handler',
          statements: publisherStatements(storage, icebergDatabase),
          memoryMiB: PUBLISHER_MEMORY_MIB,
        })
      : undefined;
    this.pipeline = new CompactionStateMachine(this, 'Pipeline', {
      name,
      rolePath,
      planner: this.planner.function,
      compactor: this.compactor.function,
      publisher: this.publisher?.function,
      curatedBucket: storage.curatedBucket,
      deadLetters: this.deadLetters,
      maxConcurrency: settings.compaction.maxConcurrency,
      dataKey,
      operationsKey,
      logDays,
    });
    const schedules = new CompactionSchedules(this, 'Schedules', {
      name,
      rolePath,
      stateMachine: this.pipeline.stateMachine,
      compact: settings.compaction.schedule,
      maintain: settings.compaction.maintenanceSchedule,
      deadLetters: this.deadLetters,
      operationsKey,
    });
    // A schedule with a rate starts its first run at once: every policy of the run and of its queue must exist before.
    schedules.node.addDependency(this.pipeline, this.deadLetters);
    new CompactionAlarms(this, 'Alarms', {
      alarmName: (suffix) => `${name}-${suffix}`,
      topic: storage.alarmTopic,
      metricNamespace,
      datasets,
      acrossDatasets: settings.manyDatasets !== undefined,
      stateMachine: this.pipeline.stateMachine,
      planner: this.planner.function,
      compactor: this.compactor.function,
      deadLetters: this.deadLetters,
      interval: scheduleInterval(settings.compaction.schedule),
    });
    new CfnOutput(this, 'StateMachineArn', {
      value: this.pipeline.stateMachine.stateMachineArn,
      description: 'Start it by hand with {"mode":"compact"} or {"mode":"maintain"}',
    });
    new CfnOutput(this, 'DeadLettersUrl', {
      value: this.deadLetters.queueUrl,
      description: 'Tasks, starts and invocations that failed after all retries',
    });
  }
}

/**
 * How the compactor divides its /tmp, in MiB: 25% for the text of one transaction, 40% for spilling of sorts, 30% for the
 * largest raw object; the rest is for the Parquet files, which are deleted as soon as they are uploaded.
 */
const localDisk = (ephemeralStorageMiB: number): Record<string, string> => ({
  COMPACTION_LOCAL_MIB: String(Math.floor(0.25 * ephemeralStorageMiB)),
  COMPACTION_SPILL_MIB: String(Math.floor(0.4 * ephemeralStorageMiB)),
  COMPACTION_MAX_OBJECT_MIB: String(Math.floor(0.3 * ephemeralStorageMiB)),
});

/** Time between two runs: exact for a rate, a day for a cron expression, which may leave out nights or weekends. */
const scheduleInterval = (expression: string): Duration => Duration.seconds(rateSeconds(expression) ?? 86_400);
