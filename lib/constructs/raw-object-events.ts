import { Aws, Duration } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import type { CfnBucket, IBucket } from 'aws-cdk-lib/aws-s3';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { RAW_PREFIX } from '../dataset/layout';

export interface RawObjectEventsProps {
  readonly rawBucket: IBucket;
  readonly key: Key;
}

/**
 * Queue of "object created" events of the raw zone, for the crawler's event mode. It is in the same stack as the bucket, because the
 * bucket's configuration names it.
 *
 * @example
 * ```ts
 * new RawObjectEvents(stack, 'RawObjectEvents', { rawBucket: storage.rawBucket, key: storage.operationsKey });
 * ```
 */
export class RawObjectEvents extends Construct {
  readonly queue: Queue;
  readonly deadLetterQueue: Queue;
  readonly key: Key;

  constructor(scope: Construct, id: string, { rawBucket, key }: RawObjectEventsProps) {
    super(scope, id);
    this.key = key;
    const common = {
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: key,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    };
    this.deadLetterQueue = new Queue(this, 'DeadLetterQueue', common);
    this.queue = new Queue(this, 'Queue', {
      ...common,
      // Longer than a crawl holds messages between receiving and deleting them.
      visibilityTimeout: Duration.hours(2),
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: 5 },
    });
    this.queue.addToResourcePolicy(
      new PolicyStatement({
        sid: 'BucketsOfThisAccount',
        principals: [new ServicePrincipal('s3.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [this.queue.queueArn],
        // Not the bucket's ARN: it would make bucket and policy depend on each other.
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    );
    // The property of the L1 resource, because notifications of the L2 construct come with a Lambda function and its role.
    const resource = rawBucket.node.defaultChild as CfnBucket;
    resource.notificationConfiguration = {
      queueConfigurations: [
        {
          event: 's3:ObjectCreated:*',
          queue: this.queue.queueArn,
          filter: { s3Key: { rules: [{ name: 'prefix', value: RAW_PREFIX }] } },
        },
      ],
    };
    // S3 sends a test message when the configuration is set, and rejects the configuration if that fails:
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-to-enable-disable-notification-intro.html
    const policy = this.queue.node.tryFindChild('Policy');
    if (policy !== undefined) resource.node.addDependency(policy);
  }
}
