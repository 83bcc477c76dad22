/** AWS services that can write the raw objects of a dataset. */
export const DELIVERY_SERVICES = [
  'alb',
  'cloudfront',
  'cloudtrail',
  'firehose',
  'nlb',
  'resolver-query-logs',
  's3-access-logs',
  'vpc-flow-logs',
  'waf',
] as const;
export type DeliveryService = (typeof DELIVERY_SERVICES)[number];

/**
 * Services that cannot write into the raw bucket. They write into a bucket of their own, from which S3 replicates each object
 * to the same key of the raw bucket.
 *
 * - `encryption`: they take no bucket whose default is a KMS key. Of an Application Load Balancer:
 *   https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html, of S3 server access logs:
 *   https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html.
 * - `name`: they ask that the bucket's name begins with a text of theirs:
 *   https://docs.aws.amazon.com/waf/latest/developerguide/logging-s3.html.
 */
export const LANDING: Readonly<Partial<Record<DeliveryService, 'encryption' | 'name'>>> = {
  alb: 'encryption',
  's3-access-logs': 'encryption',
  waf: 'name',
};
