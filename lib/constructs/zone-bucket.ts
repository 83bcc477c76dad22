import { Duration, Stack } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type IBucket,
  type LifecycleRule,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { acknowledge, inRegulatoryPacks } from '../compliance';
import { type StageSettings, serviceRolePath } from '../settings';
import { dataRemovalPolicy, deletesData } from './removal';

export interface ZoneBucketProps {
  readonly settings: StageSettings;
  /**
   * Key of the objects. @default SSE-S3, which the delivery of access logs needs:
   * https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
   */
  readonly encryptionKey?: Key;
  /** Where server access logs go, under `s3/<id>/`. @default none: only for the log bucket itself */
  readonly accessLogs?: IBucket;
  readonly lifecycleRules: LifecycleRule[];
  /** Whether callers that connect to the bucket directly need TLS 1.3. @default false: 1.2 */
  readonly tls13Floor?: boolean;
  /** Denies objects that users of this key could not read. @default every object is accepted */
  readonly readableWith?: Key;
  /** Whether AWS services deliver objects: the TLS version that they use cannot be configured. @default false */
  readonly takesDeliveries?: boolean;
  /** Whether its objects are replicated. @default false */
  readonly isReplicated?: boolean;
}

const ONE_WEEK = Duration.days(7);

/**
 * A bucket as every zone needs it: private, versioned, encrypted, owner enforced, TLS only. CloudFormation names it, so
 * that a kept bucket never blocks the next deployment.
 *
 * @example
 * ```ts
 * zoneBucket(stack, 'Curated', {
 *   settings,
 *   encryptionKey: storage.dataKey,
 *   accessLogs: storage.logsBucket,
 *   lifecycleRules: [{ id: 'noncurrent', noncurrentVersionExpiration: Duration.days(30) }],
 * });
 * ```
 */
export function zoneBucket(scope: Construct, id: string, props: ZoneBucketProps): IBucket {
  const bucket = new Bucket(scope, id, {
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    versioned: true,
    ...(props.encryptionKey === undefined
      ? { encryption: BucketEncryption.S3_MANAGED }
      : { encryption: BucketEncryption.KMS, encryptionKey: props.encryptionKey, bucketKeyEnabled: true }),
    ...(props.accessLogs === undefined
      ? {}
      : { serverAccessLogsBucket: props.accessLogs, serverAccessLogsPrefix: `s3/${id.toLowerCase()}/` }),
    lifecycleRules: [
      { id: 'abandoned-uploads', abortIncompleteMultipartUploadAfter: ONE_WEEK },
      ...props.lifecycleRules,
    ],
    removalPolicy: dataRemovalPolicy(scope, props.settings),
    autoDeleteObjects: deletesData(scope, props.settings),
  });
  if (props.tls13Floor === true) {
    bucket.addToResourcePolicy(tls13Statement(bucket, props.settings, props.takesDeliveries ?? false));
  }
  if (props.readableWith !== undefined) {
    for (const statement of unreadableStatements(bucket, props.readableWith)) bucket.addToResourcePolicy(statement);
  }
  if (props.isReplicated !== true) {
    acknowledge(
      bucket,
      'Versioning and retention guard against deletion and overwriting. A copy in a second region doubles storage and KMS ' +
        'cost, so it is for the stages that need it: see docs/decisions/controls-left-off.md.',
      ...inRegulatoryPacks('S3BucketReplicationEnabled'),
    );
  }
  if (props.encryptionKey === undefined) {
    acknowledge(
      bucket,
      'Services that deliver logs here write with SSE-S3 only; a bucket with a customer managed key receives no logs.',
      ...inRegulatoryPacks('S3DefaultEncryptionKMS'),
    );
  }
  // The library's declarations miss exactOptionalPropertyTypes: without the assertion no Bucket is an IBucket.
  return bucket as IBucket;
}

/**
 * The TLS version that Athena and Glue use for S3 on a caller's behalf is not documented, and a denied first query
 * would be a bad start. So only direct callers need 1.3; all others need 1.2. How both are told apart:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-viaawsservice
 */
function tls13Statement(bucket: Bucket, settings: StageSettings, takesDeliveries: boolean): PolicyStatement {
  return new PolicyStatement({
    sid: 'DirectCallersNeedTls13',
    effect: Effect.DENY,
    principals: [new AnyPrincipal()],
    actions: ['s3:*'],
    resources: [bucket.bucketArn, bucket.arnForObjects('*')],
    conditions: {
      NumericLessThan: { 's3:TlsVersion': '1.3' },
      Bool: { 'aws:ViaAWSService': 'false' },
      // A service that calls with its own service principal.
      ...(takesDeliveries ? { BoolIfExists: { 'aws:PrincipalIsAWSService': 'false' } } : {}),
      ArnNotLike: {
        'aws:PrincipalArn': Stack.of(bucket).formatArn({
          service: 'iam',
          region: '',
          resource: 'role',
          resourceName: `${serviceRolePath(settings).slice(1)}*`,
        }),
      },
    },
  });
}

/**
 * Refuses objects that could be stored but never read: encrypted with a key of the caller (SSE-C), with a KMS key other than
 * the lake's, or archived. Without a key in the request the lake's applies; SSE-S3 can be read too. `aws:kms` without a key
 * means the account's key for S3, of the caller's account: it is refused like any other.
 *
 * A key is named by its ARN: an alias or an id alone is another text, and refused.
 */
function unreadableStatements(bucket: Bucket, key: Key): PolicyStatement[] {
  const deny = (sid: string, conditions: Record<string, Record<string, unknown>>): PolicyStatement =>
    new PolicyStatement({
      sid,
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      actions: ['s3:PutObject'],
      resources: [bucket.arnForObjects('*')],
      conditions,
    });
  return [
    deny('NoKeysOfCallers', { Null: { 's3:x-amz-server-side-encryption-customer-algorithm': 'false' } }),
    // A negated operator holds for a missing key as well, so that the header must be there.
    deny('NoOtherKmsKeys', {
      Null: { [KMS_KEY_HEADER]: 'false' },
      StringNotEquals: { [KMS_KEY_HEADER]: key.keyArn },
    }),
    deny('NoKmsWithoutItsKey', {
      Null: { [KMS_KEY_HEADER]: 'true' },
      StringEquals: { 's3:x-amz-server-side-encryption': ['aws:kms', 'aws:kms:dsse'] },
    }),
    deny('NoArchivedObjects', { StringEquals: { 's3:x-amz-storage-class': ['GLACIER', 'DEEP_ARCHIVE'] } }),
  ];
}

const KMS_KEY_HEADER = 's3:x-amz-server-side-encryption-aws-kms-key-id';
