import { Aws, Duration, Fn, Stack } from 'aws-cdk-lib';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import type { CfnBucket, IBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { RAW_PREFIX, rawPrefix } from '../../dataset/layout';
import { pascalCase } from '../../dataset/pascal-case';
import { resourceName, type StageSettings, serviceRolePath } from '../../settings';
import { LakeAlarm } from '../lake-alarm';
import { ScopedRole } from '../scoped-role';
import { zoneBucket } from '../zone-bucket';
import { type Delivery, deliveryStatements } from './services';

export interface LandingBucketProps {
  readonly settings: StageSettings;
  /** The deliveries into the bucket. */
  readonly deliveries: readonly Delivery[];
  readonly rawBucket: IBucket;
  /** Key of the raw bucket. */
  readonly dataKey: Key;
  readonly accessLogs: IBucket;
  /** Notified of objects that cannot be replicated. */
  readonly alarmTopic: ITopic;
  /** Beginning of the bucket's name. @default CloudFormation chooses the name */
  readonly namePrefix?: string;
}

/** Days for which a delivered object is kept, so that S3 can replicate it again if the first attempt fails. */
const LANDING_DAYS = 7;

/**
 * A bucket for services that cannot write into the raw bucket, with SSE-S3. S3 replicates every object that they put to the
 * same key of the raw bucket, under the data key, mostly within minutes. The original expires.
 *
 * @example
 * ```ts
 * const { rawBucket, dataKey, logsBucket: accessLogs, alarmTopic } = storage;
 * new LandingBucket(stack, 'Landing', { settings, deliveries: [], rawBucket, dataKey, accessLogs, alarmTopic });
 * ```
 */
export class LandingBucket extends Construct {
  readonly bucket: IBucket;

  constructor(scope: Construct, id: string, props: LandingBucketProps) {
    super(scope, id);
    const { settings, deliveries, rawBucket, dataKey, accessLogs, namePrefix } = props;
    this.bucket = zoneBucket(this, id, {
      settings,
      accessLogs,
      isReplicated: true,
      lifecycleRules: [
        {
          id: 'replicated',
          expiration: Duration.days(LANDING_DAYS),
          noncurrentVersionExpiration: Duration.days(1),
        },
        { id: 'delete-markers', expiredObjectDeleteMarker: true },
      ],
    });
    const stack = Stack.of(this);
    for (const delivery of deliveries) {
      for (const statement of deliveryStatements(stack, this.bucket, delivery)) {
        this.bucket.addToResourcePolicy(statement);
      }
    }
    const replicated = replicationsOf(settings, id, deliveries);
    const prefixes = replicated.map(({ prefix }) => prefix);
    const role = this.createRole(props, prefixes);
    // The property of the L1 resource: the rules of the L2 construct come with a role that has wider permissions.
    const resource = this.bucket.node.defaultChild as CfnBucket;
    if (namePrefix !== undefined) resource.bucketName = `${namePrefix}${resourceName(settings, uniquePart())}`;
    resource.replicationConfiguration = {
      role: role.roleArn,
      rules: prefixes.map((prefix, index) => ({
        id: ruleId(prefix),
        status: 'Enabled',
        priority: index,
        filter: { prefix },
        deleteMarkerReplication: { status: 'Disabled' },
        destination: {
          bucket: rawBucket.bucketArn,
          encryptionConfiguration: { replicaKmsKeyId: dataKey.keyArn },
          metrics: { status: 'Enabled' },
        },
      })),
    };
    for (const one of replicated) this.watch(props, one);
  }

  /** Objects that S3 could not replicate, which nothing else reports: https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html */
  private watch({ settings, rawBucket, alarmTopic }: LandingBucketProps, { prefix, name, what }: Replication): void {
    new LakeAlarm(this, `${pascalCase(name)}ReplicationFailed`, {
      name: resourceName(settings, `${name}-replication-failed`),
      metric: new Metric({
        namespace: 'AWS/S3',
        metricName: 'OperationsFailedReplication',
        dimensionsMap: {
          SourceBucket: this.bucket.bucketName,
          DestinationBucket: rawBucket.bucketName,
          RuleId: ruleId(prefix),
        },
        statistic: Stats.SUM,
        period: Duration.minutes(5),
      }),
      threshold: 1,
      description: `Objects that ${what} could not be replicated into raw, and expire after ${LANDING_DAYS} days.`,
      section: 'replication-failed',
      topic: alarmTopic,
    });
  }

  /** What S3 requires of a replication role: https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html */
  private createRole({ settings, rawBucket, dataKey }: LandingBucketProps, prefixes: readonly string[]): ScopedRole {
    return new ScopedRole(this, 'ReplicationRole', {
      path: serviceRolePath(settings),
      // Not the bucket's ARN: it would make bucket and role depend on each other.
      assumedBy: new ServicePrincipal('s3.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
      description: 'S3 replicates delivered logs to the raw bucket',
      statements: [
        new PolicyStatement({
          sid: 'ReadTheBucket',
          actions: ['s3:GetReplicationConfiguration', 's3:ListBucket'],
          resources: [this.bucket.bucketArn],
        }),
        {
          statement: new PolicyStatement({
            sid: 'ReadOriginals',
            actions: ['s3:GetObjectVersionForReplication', 's3:GetObjectVersionAcl'],
            resources: [this.bucket.arnForObjects('*')],
          }),
          wildcard: 'Services choose the names of what they deliver; the bucket holds nothing else.',
        },
        {
          statement: new PolicyStatement({
            sid: 'WriteReplicas',
            actions: ['s3:ReplicateObject'],
            resources: prefixes.map((prefix) => rawBucket.arnForObjects(`${prefix}*`)),
          }),
          wildcard: 'Services choose the names of what they deliver; the prefix is one dataset.',
        },
        new PolicyStatement({
          sid: 'EncryptReplicas',
          actions: ['kms:Encrypt'],
          resources: [dataKey.keyArn],
          conditions: { StringEquals: { 'kms:ViaService': `s3.${Stack.of(this).region}.amazonaws.com` } },
        }),
      ],
    });
  }
}

/** Id of the rule for a dataset, which is a dimension of its metrics. */
const ruleId = (prefix: string): string => prefix.slice(0, -1);

interface Replication {
  readonly prefix: string;
  /** Name of its alarm. */
  readonly name: string;
  /** The objects in words. */
  readonly what: string;
}

/** A rule and an alarm for each dataset, or one for all of a stage of many: nothing else lies in the bucket. */
function replicationsOf(settings: StageSettings, id: string, deliveries: readonly Delivery[]): readonly Replication[] {
  if (settings.manyDatasets !== undefined) {
    const services = [...new Set(deliveries.map(({ service }) => service))].join(', ');
    return [{ prefix: RAW_PREFIX, name: id.toLowerCase(), what: `services (${services}) delivered` }];
  }
  return deliveries.flatMap(({ datasets, service }) =>
    datasets.map((name) => ({ prefix: rawPrefix(name), name, what: `${service} delivered for ${name}` })),
  );
}

/** Eight characters that differ from stack to stack, so that a bucket that was kept does not block the next one's name. */
const uniquePart = (): string => Fn.select(0, Fn.split('-', Fn.select(2, Fn.split('/', Aws.STACK_ID))));
