import { Aws, CfnOutput, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { type Dataset, rawPrefix } from '../../dataset';
import { pascalCase } from '../../dataset/pascal-case';
import { type StageSettings, serviceRolePath } from '../../settings';
import { ScopedRole } from '../scoped-role';

export interface FirehoseRoleProps {
  readonly settings: StageSettings;
  readonly dataset: Dataset;
  readonly rawBucket: IBucket;
  readonly dataKey: IKey;
}

/**
 * The role of Firehose streams of this account that deliver one dataset. Its permissions are those that Firehose documents, below
 * the prefix of the dataset: https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html#using-iam-s3
 *
 * @example
 * ```ts
 * const { rawBucket, dataKey } = storage;
 * new FirehoseRole(stack, 'Firehose', { settings, dataset: orders, rawBucket, dataKey });
 * ```
 */
export class FirehoseRole extends ScopedRole {
  constructor(scope: Construct, id: string, { settings, dataset, rawBucket, dataKey }: FirehoseRoleProps) {
    const stack = Stack.of(scope);
    super(scope, id, {
      path: serviceRolePath(settings),
      assumedBy: new ServicePrincipal('firehose.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
          ArnLike: {
            'aws:SourceArn': stack.formatArn({ service: 'firehose', resource: 'deliverystream', resourceName: '*' }),
          },
        },
      }),
      description: `Firehose delivers ${dataset.name}`,
      statements: [
        {
          statement: new PolicyStatement({
            sid: 'PutObjects',
            actions: ['s3:PutObject', 's3:AbortMultipartUpload', 's3:GetObject'],
            resources: [rawBucket.arnForObjects(`${rawPrefix(dataset.name)}*`)],
          }),
          wildcard: 'Firehose names its objects; the prefix belongs to one dataset alone.',
        },
        new PolicyStatement({
          sid: 'FindTheBucket',
          actions: ['s3:GetBucketLocation', 's3:ListBucketMultipartUploads'],
          resources: [rawBucket.bucketArn],
        }),
        new PolicyStatement({
          sid: 'ListObjects',
          actions: ['s3:ListBucket'],
          resources: [rawBucket.bucketArn],
          conditions: { StringLike: { 's3:prefix': `${rawPrefix(dataset.name)}*` } },
        }),
        new PolicyStatement({
          sid: 'EncryptObjects',
          actions: ['kms:GenerateDataKey', 'kms:Decrypt'],
          resources: [dataKey.keyArn],
          conditions: { StringEquals: { 'kms:ViaService': `s3.${stack.region}.amazonaws.com` } },
        }),
      ],
    });
  }
}

/** The role, and an output with its ARN. */
export function firehoseRole(scope: Construct, props: FirehoseRoleProps): void {
  const { name } = props.dataset;
  const id = `Firehose${pascalCase(name)}`;
  const { roleArn } = new FirehoseRole(scope, id, props);
  new CfnOutput(scope, `${id}RoleArn`, {
    value: roleArn,
    description: `Role of a Firehose stream that delivers ${name}`,
  });
}
