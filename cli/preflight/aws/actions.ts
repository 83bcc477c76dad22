/** Commands whose IAM action is not called as they are. */
const DIFFERENT: Readonly<Record<string, string>> = {
  'S3.HeadBucket': 's3:ListBucket',
  'S3.ListBuckets': 's3:ListAllMyBuckets',
  'S3.ListObjectsV2': 's3:ListBucket',
  'S3.ListObjectVersions': 's3:ListBucketVersions',
  'S3.HeadObject': 's3:GetObject',
  'S3.DeleteObjects': 's3:DeleteObject',
  'S3.CopyObject': 's3:PutObject',
  'S3.CreateMultipartUpload': 's3:PutObject',
  'S3.UploadPart': 's3:PutObject',
  'S3.UploadPartCopy': 's3:PutObject',
  'S3.CompleteMultipartUpload': 's3:PutObject',
  'S3 Control.GetPublicAccessBlock': 's3:GetAccountPublicAccessBlock',
};

/** IAM's prefix of each service, by the id that the SDK gives it. */
const PREFIXES: Readonly<Record<string, string>> = {
  ACM: 'acm',
  Athena: 'athena',
  'Auto Scaling': 'autoscaling',
  CloudFormation: 'cloudformation',
  CloudWatch: 'cloudwatch',
  'CloudWatch Logs': 'logs',
  'Cognito Identity Provider': 'cognito-idp',
  EC2: 'ec2',
  ElastiCache: 'elasticache',
  'Elastic Load Balancing v2': 'elasticloadbalancing',
  Glue: 'glue',
  IAM: 'iam',
  KMS: 'kms',
  LakeFormation: 'lakeformation',
  Lambda: 'lambda',
  'Route 53': 'route53',
  S3: 's3',
  'S3 Control': 's3',
  Scheduler: 'scheduler',
  'Service Quotas': 'servicequotas',
  SFN: 'states',
  SNS: 'sns',
  SQS: 'sqs',
  SSM: 'ssm',
  STS: 'sts',
  WAFV2: 'wafv2',
};

/**
 * The IAM action that a call needs.
 *
 * @param serviceId The SDK's, such as `Service Quotas`
 * @param command Without `Command`, such as `GetServiceQuota`
 * @throws Error for a service that is not in the table
 */
export function iamAction(serviceId: string, command: string): string {
  const different = DIFFERENT[`${serviceId}.${command}`];
  if (different !== undefined) return different;
  const prefix = PREFIXES[serviceId];
  if (prefix === undefined) throw new Error(`The IAM prefix of ${serviceId} is not known: add it to ${__filename}.`);
  return `${prefix}:${command}`;
}
