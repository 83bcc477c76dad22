import { ACMClient } from '@aws-sdk/client-acm'; // with ingest
import { AthenaClient } from '@aws-sdk/client-athena';
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider'; // with ingest
import { EC2Client } from '@aws-sdk/client-ec2'; // with ingest
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { ElastiCacheClient } from '@aws-sdk/client-elasticache';
import { GlueClient } from '@aws-sdk/client-glue';
import { IAMClient } from '@aws-sdk/client-iam';
import { KMSClient } from '@aws-sdk/client-kms';
import { LakeFormationClient } from '@aws-sdk/client-lakeformation';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { Route53Client } from '@aws-sdk/client-route-53'; // with ingest
import { S3Client } from '@aws-sdk/client-s3';
import { S3ControlClient } from '@aws-sdk/client-s3-control';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';
import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';
import { WAFV2Client } from '@aws-sdk/client-wafv2';
import { environment } from '../../environment';
import { guard, type Observer } from './guard';

/** An unreachable endpoint must not keep a pipeline waiting. */
const TIMEOUTS = { connectionTimeout: 5_000, requestTimeout: 20_000, throwOnRequestTimeout: true };

export interface AwsOptions {
  readonly region: string;
  /** @default nobody is told */
  readonly observe?: Observer;
}

/** Guarded clients of the services that the checks ask. Credentials and endpoints are the SDK's defaults. */
export function openAws({ region, observe }: AwsOptions) {
  const config = { region, maxAttempts: 4, requestHandler: TIMEOUTS };
  // An endpoint of one's own has no DNS names for buckets and accounts.
  const { AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3 } = environment();
  const own = AWS_ENDPOINT_URL_S3 ?? AWS_ENDPOINT_URL ?? '';
  const byPath = own === '' ? {} : { endpointProvider: () => ({ url: new URL(own) }) };
  return {
    acm: guard(new ACMClient(config), observe), // with ingest
    athena: guard(new AthenaClient(config), observe),
    autoScaling: guard(new AutoScalingClient(config), observe),
    cloudFormation: guard(new CloudFormationClient(config), observe),
    cloudWatch: guard(new CloudWatchClient(config), observe),
    cognito: guard(new CognitoIdentityProviderClient(config), observe), // with ingest
    ec2: guard(new EC2Client(config), observe), // with ingest
    elastiCache: guard(new ElastiCacheClient(config), observe),
    glue: guard(new GlueClient(config), observe),
    iam: guard(new IAMClient(config), observe),
    kms: guard(new KMSClient(config), observe),
    lakeFormation: guard(new LakeFormationClient(config), observe),
    lambda: guard(new LambdaClient(config), observe),
    loadBalancing: guard(new ElasticLoadBalancingV2Client(config), observe),
    logs: guard(new CloudWatchLogsClient(config), observe),
    route53: guard(new Route53Client(config), observe), // with ingest
    s3: guard(new S3Client({ ...config, forcePathStyle: own !== '' }), observe),
    s3Control: guard(new S3ControlClient({ ...config, ...byPath }), observe),
    scheduler: guard(new SchedulerClient(config), observe),
    serviceQuotas: guard(new ServiceQuotasClient(config), observe),
    sfn: guard(new SFNClient(config), observe),
    sns: guard(new SNSClient(config), observe),
    ssm: guard(new SSMClient(config), observe),
    sts: guard(new STSClient(config), observe),
    waf: guard(new WAFV2Client(config), observe),
  };
}

export type Aws = ReturnType<typeof openAws>;

/** Lets go of the connections, so that the process can end. */
export function closeAws(aws: Aws): void {
  for (const client of Object.values(aws)) client.destroy();
}
