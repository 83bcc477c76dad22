import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  CfnFlowLog,
  GatewayVpcEndpointAwsService,
  IpAddresses,
  type ISubnet,
  type IVpc,
  type SubnetConfiguration,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledge, inRegulatoryPacks } from '../../../lib/compliance';
import { ScopedRole } from '../../../lib/constructs/scoped-role';
import { resourceName, type StageSettings } from '../../../lib/settings';
import type { OwnNetwork } from '../settings';
import { endpointsForAwsServices, s3EndpointStatements } from './endpoints';

export interface OwnVpcProps {
  readonly settings: StageSettings;
  readonly network: OwnNetwork;
  readonly internetFacing: boolean;
  readonly rawBucket: IBucket;
  readonly operationsKey: IKey;
}

/**
 * A VPC whose instances have no public address, and which logs every flow.
 *
 * @example
 * ```ts
 * new OwnVpc(stack, 'Network', {
 *   settings,
 *   network: { kind: 'own', cidr: '10.0.0.0/20', availabilityZones: undefined, nat: 'one', endpoints: true },
 *   internetFacing: true,
 *   rawBucket: storage.rawBucket,
 *   operationsKey: storage.operationsKey,
 * });
 * ```
 */
export class OwnVpc extends Construct {
  readonly vpc: Vpc;
  /** Private: instances, rate-limit store, an internal load balancer. */
  readonly instanceSubnets: readonly ISubnet[];
  readonly loadBalancerSubnets: readonly ISubnet[];

  constructor(scope: Construct, id: string, props: OwnVpcProps) {
    super(scope, id);
    const { settings, network, internetFacing, rawBucket } = props;
    const hasNat = network.nat !== 'none';
    const zones = network.availabilityZones ?? Stack.of(this).availabilityZones.slice(0, 2);
    this.vpc = new Vpc(this, 'Vpc', {
      vpcName: resourceName(settings, 'ingest'),
      ipAddresses: IpAddresses.cidr(network.cidr),
      availabilityZones: [...zones],
      natGateways: { none: 0, one: 1, 'each-zone': zones.length }[network.nat],
      subnetConfiguration: subnets(hasNat, internetFacing),
      restrictDefaultSecurityGroup: true,
    });
    const subnetType = hasNat ? SubnetType.PRIVATE_WITH_EGRESS : SubnetType.PRIVATE_ISOLATED;
    this.instanceSubnets = this.vpc.selectSubnets({ subnetType }).subnets;
    this.loadBalancerSubnets = internetFacing ? this.vpc.publicSubnets : this.instanceSubnets;
    this.logFlows(props);

    const s3 = this.vpc.addGatewayEndpoint('S3', {
      service: GatewayVpcEndpointAwsService.S3,
      subnets: [{ subnets: [...this.instanceSubnets] }],
    });
    for (const statement of s3EndpointStatements(this, rawBucket)) s3.addToPolicy(statement);
    if (network.endpoints) endpointsForAwsServices(this, this.vpc as IVpc, network.cidr, this.instanceSubnets);
    if (hasNat || internetFacing) {
      acknowledge(
        this.vpc,
        'Only subnets of NAT gateways and of a load balancer that is to face the internet have this route. Instances have ' +
          'no public address, and their subnets have no route to the internet gateway.',
        ...inRegulatoryPacks('VPCNoUnrestrictedRouteToIGW'),
      );
    }
  }

  /** Accepted and rejected flows, in a log group of the VPC's own stack, where the compliance packs look for them. */
  private logFlows({ settings, operationsKey }: OwnVpcProps): void {
    const logGroup = new LogGroup(this, 'FlowLogs', {
      logGroupName: `/aws/vpc/${resourceName(settings, 'ingest')}`,
      retention: settings.retention.logDays as RetentionDays,
      encryptionKey: operationsKey,
      removalPolicy: RemovalPolicy.DESTROY, // it has a name, and kept it would block the next deployment
    });
    const role = new ScopedRole(this, 'FlowLogRole', {
      assumedBy: new ServicePrincipal('vpc-flow-logs.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
      description: 'Writes the flow logs of the ingest VPC',
      statements: [
        new PolicyStatement({
          actions: ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'],
          resources: [logGroup.logGroupArn],
        }),
      ],
    });
    const flowLog = new CfnFlowLog(this, 'FlowLog', {
      resourceType: 'VPC',
      resourceId: this.vpc.vpcId,
      trafficType: 'ALL',
      logDestinationType: 'cloud-watch-logs',
      logGroupName: logGroup.logGroupName,
      deliverLogsPermissionArn: role.roleArn,
      maxAggregationInterval: 60,
    });
    flowLog.node.addDependency(role.policy);
  }
}

/** Public subnets exist only where something public does. */
function subnets(hasNat: boolean, internetFacing: boolean): SubnetConfiguration[] {
  const publicSubnets: SubnetConfiguration[] =
    hasNat || internetFacing
      ? [{ name: 'public', subnetType: SubnetType.PUBLIC, mapPublicIpOnLaunch: false, cidrMask: 27 }]
      : [];
  const subnetType = hasNat ? SubnetType.PRIVATE_WITH_EGRESS : SubnetType.PRIVATE_ISOLATED;
  return [...publicSubnets, { name: 'private', subnetType, cidrMask: 26 }];
}
