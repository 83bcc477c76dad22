import { Aws, Duration } from 'aws-cdk-lib';
import { CfnWorkGroup } from 'aws-cdk-lib/aws-athena';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { resourceName, type StageSettings, type WorkgroupClass } from '../settings';
import { LakeAlarm } from './lake-alarm';

export interface WorkgroupProps {
  readonly settings: StageSettings;
  readonly workgroupClass: WorkgroupClass;
  readonly resultsBucket: IBucket;
  readonly dataKey: IKey;
  readonly alarmTopic: ITopic;
}

const GB = 1_000_000_000;

const DESCRIPTIONS: Readonly<Record<WorkgroupClass, string>> = {
  analyst: 'Questions by people, on curated tables',
  engineer: 'Work on raw, curated and operations tables',
  dashboard: 'Small, frequent queries by dashboards',
};

/**
 * An Athena workgroup whose settings override those of clients: results are written, encrypted, to its own prefix, and a query that scans
 * more than its limit is cancelled. Athena cannot enforce a daily limit, so an alarm watches the bytes of a day.
 * https://docs.aws.amazon.com/athena/latest/ug/workgroups-setting-control-limits-cloudwatch.html
 *
 * @example
 * ```ts
 * const { resultsBucket, dataKey, alarmTopic } = storage;
 * new Workgroup(stack, 'Analyst', { settings, workgroupClass: 'analyst', resultsBucket, dataKey, alarmTopic });
 * ```
 */
export class Workgroup extends Construct {
  readonly workgroupName: string;
  readonly resource: CfnWorkGroup;

  constructor(scope: Construct, id: string, props: WorkgroupProps) {
    super(scope, id);
    const { settings, workgroupClass, resultsBucket, dataKey } = props;
    const { scanLimitGB } = settings.query[workgroupClass];
    this.workgroupName = resourceName(settings, workgroupClass);
    this.resource = new CfnWorkGroup(this, 'Resource', {
      name: this.workgroupName,
      description: DESCRIPTIONS[workgroupClass],
      state: 'ENABLED',
      // Otherwise a workgroup with a query history cannot be deleted.
      recursiveDeleteOption: true,
      workGroupConfiguration: {
        enforceWorkGroupConfiguration: true,
        publishCloudWatchMetricsEnabled: true,
        requesterPaysEnabled: false,
        bytesScannedCutoffPerQuery: Math.round(scanLimitGB * GB),
        engineVersion: { selectedEngineVersion: 'Athena engine version 3' },
        resultConfiguration: {
          outputLocation: `s3://${resultsBucket.bucketName}/${resultPrefix(workgroupClass)}`,
          expectedBucketOwner: Aws.ACCOUNT_ID,
          encryptionConfiguration: { encryptionOption: 'SSE_KMS', kmsKey: dataKey.keyArn },
        },
      },
    });
    this.watchDailyScan(props);
  }

  private watchDailyScan({ settings, workgroupClass, alarmTopic }: WorkgroupProps): void {
    const { dailyAlarmGB } = settings.query[workgroupClass];
    new LakeAlarm(this, 'DailyScan', {
      name: `${this.workgroupName}-daily-scan`,
      description:
        `Workgroup ${this.workgroupName} scanned more than ${dailyAlarmGB} GB within a day. ` +
        "The saved query 'scan cost by workgroup' and the workgroup's history name the queries.",
      section: 'daily-scan',
      metric: new Metric({
        namespace: 'AWS/Athena',
        metricName: 'ProcessedBytes',
        dimensionsMap: { WorkGroup: this.workgroupName },
        statistic: Stats.SUM,
        period: Duration.days(1),
      }),
      threshold: { above: Math.round(dailyAlarmGB * GB) },
      topic: alarmTopic,
      tellsRecovery: false,
    });
  }
}

/** Prefix of a workgroup's results in the results bucket. */
export const resultPrefix = (workgroupClass: WorkgroupClass): string => `${workgroupClass}/`;
