import { ArnFormat, Aws, Duration, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

export interface LakeKeyProps {
  readonly description: string;
  readonly removalPolicy: RemovalPolicy;
}

/**
 * The key of all data. Its users are IAM roles of this account, which the default policy covers, because it delegates to IAM;
 * Athena and the crawler act with such roles, so no service principal is needed.
 * https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
 *
 * @example
 * ```ts
 * new DataKey(stack, 'DataKey', { description: 'Data of the lake', removalPolicy: RemovalPolicy.RETAIN });
 * ```
 */
export class DataKey extends Key {
  constructor(scope: Construct, id: string, props: LakeKeyProps) {
    super(scope, id, { ...props, enableKeyRotation: true, pendingWindow: Duration.days(30) });
  }
}

/**
 * The key of log groups, alarm topic and queues. Services use it on their own behalf, and its policy must name each: otherwise the
 * stack deploys, but messages and logs are silently lost.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
 *
 * @example
 * ```ts
 * new OperationsKey(stack, 'OperationsKey', { description: 'Logs and alarms', removalPolicy: RemovalPolicy.RETAIN });
 * ```
 */
export class OperationsKey extends Key {
  constructor(scope: Construct, id: string, props: LakeKeyProps) {
    super(scope, id, { ...props, enableKeyRotation: true, pendingWindow: Duration.days(30) });
    const stack = Stack.of(this);
    this.addToResourcePolicy(
      new PolicyStatement({
        sid: 'CloudWatchLogsOfThisAccount',
        effect: Effect.ALLOW,
        principals: [new ServicePrincipal(`logs.${stack.region}.amazonaws.com`)],
        actions: [
          'kms:Encrypt',
          'kms:Decrypt',
          'kms:ReEncryptFrom',
          'kms:ReEncryptTo',
          ...DATA_KEYS,
          'kms:DescribeKey',
        ],
        resources: ['*'],
        conditions: {
          ArnLike: {
            'kms:EncryptionContext:aws:logs:arn': stack.formatArn({
              service: 'logs',
              resource: 'log-group',
              resourceName: '*',
              arnFormat: ArnFormat.COLON_RESOURCE_NAME,
            }),
          },
        },
      }),
      false,
    );
    // CloudWatch sends no account to KMS (kms:CallerAccount would refuse it); the topic's policy names the account.
    this.allow('AlarmsToTheTopic', 'cloudwatch.amazonaws.com', {});
    this.allowOfThisAccount('BucketNotificationsToQueues', 's3.amazonaws.com');
    this.allowOfThisAccount('VendedLogDelivery', 'delivery.logs.amazonaws.com');
  }

  /** Lets a service use the key for what is of this account. */
  allowOfThisAccount(sid: string, service: string): void {
    this.allow(sid, service, { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } });
  }

  private allow(sid: string, service: string, conditions: Record<string, Record<string, string>>): void {
    this.addToResourcePolicy(
      new PolicyStatement({
        sid,
        effect: Effect.ALLOW,
        principals: [new ServicePrincipal(service)],
        actions: ['kms:Decrypt', ...DATA_KEYS],
        resources: ['*'],
        conditions,
      }),
      false,
    );
  }
}

const DATA_KEYS = ['kms:GenerateDataKey', 'kms:GenerateDataKeyWithoutPlaintext'];
