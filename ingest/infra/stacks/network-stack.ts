import { CfnOutput, Fn, Stack, type StackProps } from 'aws-cdk-lib';
import { type IVpc, Vpc } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import type { StageSettings } from '../../../lib/settings';
import type { StorageStack } from '../../../lib/stacks/storage-stack';
import { OwnVpc } from '../network';
import type { IngestSettings } from '../settings';

export interface NetworkStackProps extends StackProps {
  readonly settings: StageSettings;
  readonly ingest: IngestSettings;
  readonly storage: StorageStack;
}

/**
 * The network of the ingest tier, where the stage names no VPC that exists already.
 *
 * @example
 * ```ts
 * new NetworkStack(app, 'Network', { settings, ingest, storage });
 * ```
 */
export class NetworkStack extends Stack {
  readonly own: OwnVpc;

  constructor(scope: Construct, id: string, { settings, ingest, storage, ...props }: NetworkStackProps) {
    super(scope, id, props);
    const { network, internetFacing } = ingest;
    if (network.kind !== 'own') throw new Error(`${this.node.path}: the stage names the VPC ${network.vpcId}`);
    this.own = new OwnVpc(this, 'Network', {
      settings,
      network,
      internetFacing,
      rawBucket: storage.rawBucket,
      operationsKey: storage.operationsKey,
    });
    new CfnOutput(this, 'VpcId', { value: this.own.vpc.vpcId, description: 'VPC of the ingest tier' });
  }

  /** The zones of whatever region it is deployed to. The CDK would look them up with credentials where it knows the region. */
  override get availabilityZones(): string[] {
    return [0, 1].map((index) => Fn.select(index, Fn.getAzs()));
  }
}

/** What the ingest stack needs to know of its network. */
export interface IngestNetwork {
  readonly vpc: IVpc;
  readonly instanceSubnetIds: readonly string[];
  readonly loadBalancerSubnetIds: readonly string[];
}

/** The own network, or the one that the stage names, as a construct of `scope`. */
export function ingestNetwork(
  scope: Construct,
  { network }: IngestSettings,
  stack: NetworkStack | undefined,
): IngestNetwork {
  if (network.kind === 'existing') {
    return {
      // Only its id is used; the zones, which the CDK wants to see, are those of the subnets.
      vpc: Vpc.fromVpcAttributes(scope, 'Vpc', {
        vpcId: network.vpcId,
        availabilityZones: [Fn.select(0, Fn.getAzs())],
      }),
      instanceSubnetIds: network.subnetIds,
      loadBalancerSubnetIds: network.loadBalancerSubnetIds,
    };
  }
  if (stack === undefined) throw new Error(`${scope.node.path}: a VPC of its own needs a network stack`);
  const { vpc, instanceSubnets, loadBalancerSubnets } = stack.own;
  return {
    vpc: vpc as IVpc,
    instanceSubnetIds: instanceSubnets.map(({ subnetId }) => subnetId),
    loadBalancerSubnetIds: loadBalancerSubnets.map(({ subnetId }) => subnetId),
  };
}
