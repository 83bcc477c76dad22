import { ArnFormat, Aws, type Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { type Dataset, type DeliveryService, rawPrefix } from '../../dataset';
import { pascalCase } from '../../dataset/pascal-case';
import type { StageSettings } from '../../settings';

/** A service that writes with its own principal; Firehose writes with a role. */
type Sender = Exclude<DeliveryService, 'firehose'>;

interface ServiceAccess {
  readonly principal: string;
  /** Form of the ARN that AWS gives as the source of a request, without the account. */
  readonly source: {
    readonly service: string;
    readonly region: string;
    readonly resource: string;
    readonly name?: string;
  };
  /** Whether the service asks for the bucket's ACL before it writes. */
  readonly readsAcl: boolean;
  /** Whether its requests grant the bucket owner full control (`bucket-owner-full-control`), as its documented policy requires. */
  readonly givesOwnership: boolean;
  /** What follows the prefix of the dataset. `*` in it stands for one account or for what the service chooses. */
  readonly keys: 'of the account' | 'AWSLogs' | 'any';
}

/** The part that delivers logs for many services: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-vended-logs-permissions.html */
const vended = (region: string, name = '*'): Omit<ServiceAccess, 'keys'> => ({
  principal: 'delivery.logs.amazonaws.com',
  source: { service: 'logs', region, resource: name },
  readsAcl: true,
  givesOwnership: true,
});

/**
 * Who writes, from where, and under which keys. Flow logs, query logs and trails of every region may deliver into one bucket;
 * load balancers and buckets deliver within their region, and CloudFront from us-east-1 alone.
 */
const SERVICES: Readonly<Record<Sender, ServiceAccess>> = {
  // https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
  alb: {
    principal: 'logdelivery.elasticloadbalancing.amazonaws.com',
    source: { service: 'elasticloadbalancing', region: Aws.REGION, resource: 'loadbalancer', name: '*' },
    readsAcl: false,
    givesOwnership: false,
    keys: 'of the account',
  },
  // https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging.html
  cloudfront: { ...vended('us-east-1', 'delivery-source:*'), keys: 'any' },
  // https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
  cloudtrail: {
    principal: 'cloudtrail.amazonaws.com',
    source: { service: 'cloudtrail', region: '*', resource: 'trail', name: '*' },
    readsAcl: true,
    givesOwnership: true,
    // The trail of an organization writes below the organization's id, for each of its accounts.
    keys: 'AWSLogs',
  },
  // https://docs.aws.amazon.com/elasticloadbalancing/latest/network/enable-access-logs.html
  nlb: { ...vended(Aws.REGION), keys: 'of the account' },
  // https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-query-logs-choosing-target-resource.html
  'resolver-query-logs': { ...vended('*'), keys: 'of the account' },
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
  's3-access-logs': {
    principal: 'logging.s3.amazonaws.com',
    source: { service: 's3', region: '', resource: '*' },
    readsAcl: false,
    givesOwnership: false,
    keys: 'any',
  },
  // https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-permissions.html
  'vpc-flow-logs': { ...vended('*'), keys: 'of the account' },
  // https://docs.aws.amazon.com/waf/latest/developerguide/logging-s3.html. Of CloudFront the ACLs are in us-east-1.
  waf: { ...vended('*'), keys: 'of the account' },
};

/** What a service delivers: to one dataset or, in a stage of many, to all that it delivers to from the same accounts. */
export interface Delivery {
  /** Part of the ids of statements and outputs. */
  readonly name: string;
  readonly service: DeliveryService;
  readonly accounts: readonly string[];
  readonly datasets: readonly string[];
}

/** What services deliver to a stage. A policy has room for a statement of each dataset only where there are few. */
export function deliveriesOf(settings: StageSettings, datasets: readonly Dataset[]): readonly Delivery[] {
  const single = datasets.flatMap(({ name, delivery: service }): Delivery[] => {
    if (service === undefined) return [];
    const accounts = settings.delivery[name]?.accounts ?? [Aws.ACCOUNT_ID];
    return [{ name: pascalCase(name), service, accounts, datasets: [name] }];
  });
  if (settings.manyDatasets === undefined) return single;
  const groups = new Map<string, Delivery>();
  for (const { service, accounts, datasets: own } of single) {
    const of = [...accounts].sort();
    const key = JSON.stringify([service, of]);
    const isOwn = of.length === 1 && of[0] === Aws.ACCOUNT_ID;
    const name = `${pascalCase(service.replaceAll('-', '_'))}${isOwn ? '' : of.join('')}`;
    const before = groups.get(key)?.datasets ?? [];
    groups.set(key, { name, service, accounts: of, datasets: [...before, ...own] });
  }
  return [...groups.values()];
}

/** Keys that a policy names one by one; above, it names the prefix that all datasets share. */
const NAMED_KEYS = 20;

/** Where a delivery may put objects, within the bucket. */
function deliveredKeys({ datasets, accounts, service }: Delivery & { readonly service: Sender }): readonly string[] {
  const { keys } = SERVICES[service];
  const paths =
    keys === 'any' ? ['*'] : keys === 'AWSLogs' ? ['AWSLogs/*'] : accounts.map((account) => `AWSLogs/${account}/*`);
  const prefixes =
    datasets.length > 1 && datasets.length * paths.length > NAMED_KEYS
      ? [rawPrefix('*')]
      : datasets.map((dataset) => rawPrefix(dataset));
  return prefixes.flatMap((prefix) => paths.map((path) => `${prefix}${path}`));
}

/** What the policy of a bucket says about a delivery. Nothing for Firehose, whose role has policies. */
export function deliveryStatements(stack: Stack, bucket: IBucket, delivery: Delivery): PolicyStatement[] {
  const { name, service, accounts } = delivery;
  if (service === 'firehose') return [];
  const { principal, readsAcl, givesOwnership } = SERVICES[service];
  const conditions = sourceConditions(stack, service, accounts);
  const principals = [new ServicePrincipal(principal)];
  const put = new PolicyStatement({
    sid: `Deliver${name}`,
    principals,
    actions: ['s3:PutObject'],
    resources: deliveredKeys({ ...delivery, service }).map((key) => bucket.arnForObjects(key)),
    conditions: {
      ...conditions,
      StringEquals: {
        ...conditions.StringEquals,
        ...(givesOwnership ? { 's3:x-amz-acl': 'bucket-owner-full-control' } : {}),
      },
    },
  });
  if (!readsAcl) return [put];
  return [
    put,
    new PolicyStatement({
      sid: `Deliver${name}Acl`,
      principals,
      actions: ['s3:GetBucketAcl'],
      resources: [bucket.bucketArn],
      conditions,
    }),
  ];
}

/** What the policy of the key says about a delivery into a bucket that it encrypts. */
export function deliveryKeyStatement(stack: Stack, { name, service, accounts }: Delivery): PolicyStatement[] {
  if (service === 'firehose') return [];
  const conditions = sourceConditions(stack, service, accounts);
  const isTrail = service === 'cloudtrail';
  return [
    new PolicyStatement({
      sid: `Deliver${name}`,
      principals: [new ServicePrincipal(SERVICES[service].principal)],
      // Decrypt is for multipart uploads. CloudTrail describes the key that a trail names.
      actions: isTrail ? ['kms:GenerateDataKey', 'kms:DescribeKey'] : ['kms:GenerateDataKey', 'kms:Decrypt'],
      resources: ['*'],
      conditions,
    }),
  ];
}

/** Prevents the confused deputy problem: a service acts only for resources of these accounts.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html */
function sourceConditions(
  stack: Stack,
  service: Sender,
  accounts: readonly string[],
): { readonly StringEquals: Record<string, string | string[]>; readonly ArnLike: Record<string, string | string[]> } {
  const { source } = SERVICES[service];
  const arn = (account: string): string =>
    stack.formatArn({
      service: source.service,
      region: source.region,
      account: service === 's3-access-logs' ? '' : account,
      resource: source.resource,
      ...(source.name === undefined
        ? { arnFormat: service === 's3-access-logs' ? ArnFormat.NO_RESOURCE_NAME : ArnFormat.COLON_RESOURCE_NAME }
        : { resourceName: source.name }),
    });
  return {
    StringEquals: { 'aws:SourceAccount': one(accounts) },
    ArnLike: { 'aws:SourceArn': one(accounts.map(arn)) },
  };
}

const one = (values: readonly string[]): string | string[] => {
  const [first = '', ...rest] = new Set(values);
  return rest.length === 0 ? first : [first, ...rest];
};
