import { Aws, CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import type { IBucket, LifecycleRule } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import {
  type Delivery,
  deliveriesOf,
  deliveryKeyStatement,
  deliveryStatements,
  LandingBucket,
} from '../constructs/delivery';
import { DataKey, OperationsKey } from '../constructs/keys';
import { MonthlyBudget } from '../constructs/monthly-budget';
import { RawObjectEvents } from '../constructs/raw-object-events';
import { dataRemovalPolicy, explainDataRemoval } from '../constructs/removal';
import { zoneBucket } from '../constructs/zone-bucket';
import { LANDING } from '../dataset/delivery';
import { ERASURE_PREFIX, PLAN_PREFIX, rawPrefix, SET_ASIDE_DAYS, SET_ASIDE_PREFIX } from '../dataset/layout';
import type { Dataset } from '../dataset/model';
import { SettingsError, type StageSettings } from '../settings';

export interface StorageStackProps extends StackProps {
  readonly settings: StageSettings;
  readonly datasets: readonly Dataset[];
  /**
   * Where load balancers of this account and region may write, in the bucket of access logs; Elastic Load Balancing appends
   * `/AWSLogs/<account>/`. @default nowhere
   */
  readonly loadBalancerLogPrefixes?: readonly string[];
}

/**
 * What must outlive everything else: the zones' buckets, the keys, and the alarm topic. It refers to no other
 * stack; all others refer to it.
 *
 * @example
 * ```ts
 * const storage = new StorageStack(app, 'Storage', { settings, datasets });
 * storage.rawBucket.grantPut(producer);
 * ```
 */
export class StorageStack extends Stack {
  /** Encrypts the objects of every zone. */
  readonly dataKey: Key;
  /** Encrypts log groups, topics and queues; its policy names the services that write to them. */
  readonly operationsKey: Key;
  /** Every alarm of the lake notifies this topic. */
  readonly alarmTopic: Topic;
  readonly rawBucket: IBucket;
  readonly curatedBucket: IBucket;
  readonly quarantineBucket: IBucket;
  /** Athena query results, one prefix per workgroup. */
  readonly resultsBucket: IBucket;
  /** Server access logs under `s3/<bucket>/`. SSE-S3, because log delivery does not support a default key of SSE-KMS:
   * https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html */
  readonly logsBucket: IBucket;

  /** Events of new raw objects, if the crawler uses events. */
  readonly rawObjectEvents: RawObjectEvents | undefined;

  constructor(scope: Construct, id: string, props: StorageStackProps) {
    super(scope, id, props);
    const { settings, datasets, loadBalancerLogPrefixes = [] } = props;
    const { retention, tls13Floor } = settings;
    explainDataRemoval(this, settings);

    const removalPolicy = dataRemovalPolicy(this, settings);
    this.dataKey = new DataKey(this, 'DataKey', {
      description: `Data of the lake, stage ${settings.name}`,
      removalPolicy,
    });
    const operationsKey = new OperationsKey(this, 'OperationsKey', {
      description: `Logs, queues and alarms of the lake, stage ${settings.name}`,
      removalPolicy,
    });
    this.operationsKey = operationsKey;
    this.alarmTopic = this.createAlarmTopic(settings.alarmEmails);
    if (settings.monthlyBudget !== undefined) {
      new MonthlyBudget(this, 'Budget', { dollars: settings.monthlyBudget, topic: this.alarmTopic, operationsKey });
    }

    this.logsBucket = zoneBucket(this, 'Logs', {
      settings,
      lifecycleRules: [expire('access-logs', retention.accessLogDays), noncurrent(1)],
    });
    const zone = { settings, encryptionKey: this.dataKey, accessLogs: this.logsBucket };
    if (loadBalancerLogPrefixes.length > 0) this.takeLoadBalancerLogs(loadBalancerLogPrefixes);
    const deliveries = deliveriesOf(settings, datasets);
    const direct = deliveries.filter(({ service }) => service !== 'firehose' && LANDING[service] === undefined);
    this.rawBucket = zoneBucket(this, 'Raw', {
      ...zone,
      tls13Floor,
      takesDeliveries: direct.length > 0,
      readableWith: this.dataKey,
      lifecycleRules: rawRules(settings, datasets),
    });
    this.takeDeliveries(settings, deliveries, direct);
    this.rawObjectEvents =
      settings.crawler.mode === 'event'
        ? new RawObjectEvents(this, 'RawObjectEvents', { rawBucket: this.rawBucket, key: this.operationsKey })
        : undefined;
    // Nothing under data/ and manifests/ ever expires here: a manifest that lists a missing file fails every query. Expiry
    // of curated data is a commit like any other, made by the maintenance run.
    this.curatedBucket = zoneBucket(this, 'Curated', {
      ...zone,
      tls13Floor,
      lifecycleRules: [
        { ...expire('plans', retention.planDays), prefix: PLAN_PREFIX },
        // A mark is rewritten as long as its object is refused: one this old belongs to an object that is gone.
        { ...expire('set-aside', SET_ASIDE_DAYS), prefix: SET_ASIDE_PREFIX },
        { ...expire('erasures', longestRawDays(settings, datasets) + ERASURE_DAYS), prefix: ERASURE_PREFIX },
        noncurrent(retention.noncurrentDays),
      ],
    });
    this.quarantineBucket = zoneBucket(this, 'Quarantine', {
      ...zone,
      lifecycleRules: [expire('rejected', retention.quarantineDays), noncurrent(retention.noncurrentDays)],
    });
    this.resultsBucket = zoneBucket(this, 'Results', {
      ...zone,
      lifecycleRules: [expire('query-results', retention.resultDays), noncurrent(1)],
    });
    this.describeOutputs();
  }

  private createAlarmTopic(emails: readonly string[]): Topic {
    const topic = new Topic(this, 'AlarmTopic', { masterKey: this.operationsKey, enforceSSL: true });
    topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsOfThisAccount',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    );
    for (const email of emails) topic.addSubscription(new EmailSubscription(email));
    return topic;
  }

  /** Here and not beside the load balancer, because a bucket has only one policy. */
  private takeLoadBalancerLogs(prefixes: readonly string[]): void {
    this.logsBucket.addToResourcePolicy(
      new PolicyStatement({
        sid: 'LogsOfLoadBalancersOfThisAccount',
        principals: [new ServicePrincipal('logdelivery.elasticloadbalancing.amazonaws.com')],
        actions: ['s3:PutObject'],
        resources: prefixes.map((prefix) => this.logsBucket.arnForObjects(`${prefix}/AWSLogs/${Aws.ACCOUNT_ID}/*`)),
        conditions: {
          ArnLike: {
            'aws:SourceArn': this.formatArn({
              service: 'elasticloadbalancing',
              resource: 'loadbalancer',
              resourceName: '*',
            }),
          },
        },
      }),
    );
  }

  /** AWS services that deliver objects: into the raw bucket, or into a bucket that is replicated to it. */
  private takeDeliveries(settings: StageSettings, deliveries: readonly Delivery[], direct: readonly Delivery[]): void {
    for (const delivery of direct) {
      for (const statement of deliveryStatements(this, this.rawBucket, delivery)) {
        this.rawBucket.addToResourcePolicy(statement);
      }
      for (const statement of deliveryKeyStatement(this, delivery)) this.dataKey.addToResourcePolicy(statement, false);
      this.describeDelivery(delivery, this.rawBucket);
    }
    const landing = (id: string, reason: 'encryption' | 'name', more: { namePrefix?: string }): void => {
      const own = deliveries.filter(({ service }) => LANDING[service] === reason);
      if (own.length === 0) return;
      const { bucket } = new LandingBucket(this, id, {
        settings,
        deliveries: own,
        rawBucket: this.rawBucket,
        dataKey: this.dataKey,
        accessLogs: this.logsBucket,
        alarmTopic: this.alarmTopic,
        ...more,
      });
      for (const delivery of own) this.describeDelivery(delivery, bucket);
    };
    landing('Landing', 'encryption', {});
    landing('WafLanding', 'name', { namePrefix: WAF_BUCKETS });
  }

  private describeDelivery({ name, datasets: [dataset, ...others], service }: Delivery, bucket: IBucket): void {
    const target = dataset === undefined || others.length > 0 ? '<dataset>' : dataset;
    new CfnOutput(this, `Deliver${name}`, {
      value: `${bucket.bucketArn}/${rawPrefix(target).slice(0, -1)}`,
      description: `Where ${service} delivers ${target}: a bucket, and a prefix in it`,
    });
  }

  private describeOutputs(): void {
    const output = (id: string, value: string, description: string): void => {
      new CfnOutput(this, id, { value, description });
    };
    output('RawBucketName', this.rawBucket.bucketName, 'Producers write here, under raw/<dataset>/<partition>/');
    output('CuratedBucketName', this.curatedBucket.bucketName, 'Parquet files and manifests of the curated tables');
    output('QuarantineBucketName', this.quarantineBucket.bucketName, 'Rejected lines and objects, with their reasons');
    output('ResultsBucketName', this.resultsBucket.bucketName, 'Athena query results');
    output('LogsBucketName', this.logsBucket.bucketName, 'S3 server access logs');
    output('DataKeyArn', this.dataKey.keyArn, 'KMS key that producers and readers of the zones need');
    output('AlarmTopicArn', this.alarmTopic.topicArn, 'SNS topic that every alarm notifies');
  }
}

/** AWS WAF requires this beginning of a bucket's name: https://docs.aws.amazon.com/waf/latest/developerguide/logging-s3.html */
const WAF_BUCKETS = 'aws-waf-logs-';

const expire = (id: string, days: number): LifecycleRule => ({ id, expiration: Duration.days(days) });

/** Removes old versions, and delete markers without any version. */
const noncurrent = (days: number): LifecycleRule => ({
  id: 'noncurrent-versions',
  noncurrentVersionExpiration: Duration.days(days),
  expiredObjectDeleteMarker: true,
});

/**
 * Most rules for single datasets, of the 1,000 lifecycle rules that a bucket may have:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-configuration-limitations.html
 */
const MOST_RULES = 990;

/** Days that what was erased is remembered longer than any raw version is kept: S3 does not expire objects to the day. */
const ERASURE_DAYS = 30;

const longestRawDays = ({ retention }: Pick<StageSettings, 'retention'>, datasets: readonly Dataset[]): number =>
  Math.max(retention.noncurrentDays, ...datasets.map((dataset) => dataset.retention.rawNoncurrentDays));

/**
 * Compacted raw objects are deleted and stay recoverable as noncurrent versions for as long as their dataset says. Where
 * rules overlap S3 applies the shorter one, so the rule for prefixes that no dataset owns any more has the longest period. In a
 * stage of many datasets it is the rule of those with the longest period, too.
 *
 * @throws SettingsError when more datasets have a shorter period than S3 takes rules
 */
function rawRules({ name, retention, manyDatasets }: StageSettings, datasets: readonly Dataset[]): LifecycleRule[] {
  const days = (dataset: Dataset): number => dataset.retention.rawNoncurrentDays;
  const longest = longestRawDays({ retention }, datasets);
  const own = datasets.filter((dataset) => manyDatasets === undefined || days(dataset) < longest);
  if (own.length > MOST_RULES) {
    throw new SettingsError([
      {
        file: `config/stages/${name}.ts`,
        subject: name,
        field: 'manyDatasets',
        problem: `${own.length} datasets keep raw objects for less than ${longest} days, the longest period of the stage, and S3 takes ${MOST_RULES} such rules`,
        fix: `have rawNoncurrentDays of ${own.length - MOST_RULES} of them or more be ${longest}, or shorten the longest period`,
      },
    ]);
  }
  return [
    ...own.map((dataset) => ({
      id: `compacted-${dataset.name}`,
      prefix: rawPrefix(dataset.name),
      noncurrentVersionExpiration: Duration.days(days(dataset)),
    })),
    noncurrent(longest),
  ];
}
