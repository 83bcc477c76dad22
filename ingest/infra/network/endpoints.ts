import { Aws, Stack } from 'aws-cdk-lib';
import {
  InterfaceVpcEndpoint,
  InterfaceVpcEndpointAwsService,
  type ISubnet,
  type IVpc,
  Peer,
  Port,
  SecurityGroup,
} from 'aws-cdk-lib/aws-ec2';
import { AnyPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { RAW_PREFIX } from '../../../lib/dataset/layout';

const SERVICES: Readonly<Record<string, InterfaceVpcEndpointAwsService>> = {
  /** Image of the gateway: its manifest. The layers come from S3. */
  EcrApi: InterfaceVpcEndpointAwsService.ECR,
  EcrDocker: InterfaceVpcEndpointAwsService.ECR_DOCKER,
  /** Logs of the gateway, and in them its metrics. */
  Logs: InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
  /** Lifecycle hooks: an instance says when it is ready, and when it is drained. */
  AutoScaling: InterfaceVpcEndpointAwsService.AUTOSCALING,
  /** A new stack waits until its first instances say that they work. */
  CloudFormation: InterfaceVpcEndpointAwsService.CLOUDFORMATION,
  /** Password of the rate-limit store. */
  SecretsManager: InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
  /** Session Manager, instead of SSH. */
  Ssm: InterfaceVpcEndpointAwsService.SSM,
  SsmMessages: InterfaceVpcEndpointAwsService.SSM_MESSAGES,
};

/**
 * What instances call, and no more: S3 and Secrets Manager use KMS by themselves, and the role's credentials come from the
 * instance's own metadata, so neither KMS nor STS is among it.
 */
export function endpointsForAwsServices(scope: Construct, vpc: IVpc, cidr: string, subnets: readonly ISubnet[]): void {
  const group = new SecurityGroup(scope, 'EndpointGroup', {
    vpc,
    description: 'Interface endpoints of AWS services, for the ingest VPC',
    allowAllOutbound: false,
  });
  group.addIngressRule(Peer.ipv4(cidr), Port.tcp(443), 'HTTPS from within the VPC');
  for (const [name, service] of Object.entries(SERVICES)) {
    const endpoint = new InterfaceVpcEndpoint(scope, `${name}Endpoint`, {
      vpc,
      service,
      subnets: { subnets: [...subnets] },
      securityGroups: [group],
      open: false,
    });
    // Credentials of another account do not get out of this network.
    endpoint.addToPolicy(
      new PolicyStatement({
        principals: [new AnyPrincipal()],
        actions: ['*'],
        resources: ['*'],
        conditions: { StringEquals: { 'aws:PrincipalAccount': Aws.ACCOUNT_ID } },
      }),
    );
  }
}

/** Policy of the gateway endpoint: where objects may go to and come from. */
export function s3EndpointStatements(scope: Construct, rawBucket: IBucket): PolicyStatement[] {
  const { region } = Stack.of(scope);
  const objects = (bucket: string): string => `arn:${Aws.PARTITION}:s3:::${bucket}/*`;
  return [
    new PolicyStatement({
      sid: 'EventsToTheRawZone',
      principals: [new AnyPrincipal()],
      actions: ['s3:PutObject'],
      resources: [rawBucket.arnForObjects(`${RAW_PREFIX}*`)],
      conditions: { StringEquals: { 'aws:PrincipalAccount': Aws.ACCOUNT_ID } },
    }),
    new PolicyStatement({
      // Both are AWS's own buckets: image layers by signed addresses of ECR, packages without any signature.
      sid: 'ImageLayersAndPackages',
      principals: [new AnyPrincipal()],
      actions: ['s3:GetObject'],
      resources: [objects(`prod-${region}-starport-layer-bucket`), objects(`al2023-repos-${region}-de612dc2`)],
    }),
  ];
}
