import { RemovalPolicy } from 'aws-cdk-lib';
import { type ISecurityGroup, type IVpc, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { CfnReplicationGroup, CfnSubnetGroup, CfnUser, CfnUserGroup } from 'aws-cdk-lib/aws-elasticache';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { acknowledge, inRegulatoryPacks } from '../../../lib/compliance';
import { resourceName, type StageSettings } from '../../../lib/settings';

/** Not the well-known 6379. */
const PORT = 6390;

const USER = 'ingest-gateway';

/** What the gateway does there: counting scripts and keys that expire. Nothing that administers. */
const ACCESS =
  'on ~* resetchannels -@all +@read +@write +@connection +@scripting +@transaction -@dangerous -@admin +info +time';

export interface RateLimitStoreProps {
  readonly settings: StageSettings;
  readonly nodeType: string;
  readonly vpc: IVpc;
  readonly subnetIds: readonly string[];
  /** The only ones that may connect. */
  readonly clients: ISecurityGroup;
  readonly operationsKey: IKey;
}

/**
 * Valkey with a replica in another zone, for token buckets and for the memory of event ids. Losing it loses no event: the
 * gateway then counts by itself, and compaction drops what was sent twice.
 *
 * @example
 * ```ts
 * const store = new RateLimitStore(stack, 'RateLimits', {
 *   settings,
 *   nodeType: 'cache.t4g.small',
 *   vpc,
 *   subnetIds: ['subnet-0a', 'subnet-0b'],
 *   clients: loadBalancer.instanceSecurityGroup,
 *   operationsKey: storage.operationsKey,
 * });
 * store.url; // rediss://...:6390
 * ```
 */
export class RateLimitStore extends Construct {
  readonly group: CfnReplicationGroup;
  /** Password of the user; plain text, no JSON. */
  readonly password: ISecret;
  readonly userName = USER;

  constructor(scope: Construct, id: string, props: RateLimitStoreProps) {
    super(scope, id);
    this.password = this.createPassword(props.operationsKey) as ISecret;
    const securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc: props.vpc,
      description: 'Rate-limit store of the ingest tier',
      allowAllOutbound: false,
    });
    securityGroup.addIngressRule(props.clients, Port.tcp(PORT), 'Valkey from the instances of the ingest tier');
    props.clients.addEgressRule(securityGroup, Port.tcp(PORT), 'Valkey: rate limits');
    this.group = this.createGroup(props, securityGroup.securityGroupId);
  }

  /** Address for the gateway: TLS, primary node. */
  get url(): string {
    return `rediss://${this.group.attrPrimaryEndPointAddress}:${PORT}`;
  }

  private createPassword(encryptionKey: IKey): Secret {
    const secret = new Secret(this, 'Password', {
      description: 'Password of the ingest gateway at the rate-limit store',
      encryptionKey,
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      removalPolicy: RemovalPolicy.DESTROY,
    });
    acknowledge(
      secret,
      'It opens a store of counters that only the instances can reach. Instances read it when they start, so a new one ' +
        'comes with a new group of instances: docs/planned-changes.md#rotate-the-password-of-the-store says how.',
      'AwsSolutions::AwsSolutions-SMG4',
      ...inRegulatoryPacks('SecretsManagerRotationEnabled').filter((id) => !id.startsWith('PCI')),
    );
    return secret;
  }

  private createGroup(props: RateLimitStoreProps, securityGroupId: string): CfnReplicationGroup {
    const name = resourceName(props.settings, 'ingest');
    const user = new CfnUser(this, 'User', {
      engine: 'valkey',
      userId: name,
      userName: USER,
      accessString: ACCESS,
      authenticationMode: { Type: 'password', Passwords: [this.password.secretValue.unsafeUnwrap()] },
    });
    const users = new CfnUserGroup(this, 'Users', { engine: 'valkey', userGroupId: name, userIds: [user.ref] });
    const subnets = new CfnSubnetGroup(this, 'Subnets', {
      description: 'Private subnets of the ingest tier',
      subnetIds: [...props.subnetIds],
    });
    const group = new CfnReplicationGroup(this, 'Store', {
      replicationGroupDescription: 'Rate limits of the ingest tier',
      engine: 'valkey',
      engineVersion: '8.1',
      cacheNodeType: props.nodeType,
      port: PORT,
      numCacheClusters: 2,
      automaticFailoverEnabled: true,
      multiAzEnabled: true,
      transitEncryptionEnabled: true,
      transitEncryptionMode: 'required',
      atRestEncryptionEnabled: true,
      kmsKeyId: props.operationsKey.keyArn,
      userGroupIds: [users.ref],
      cacheSubnetGroupName: subnets.ref,
      securityGroupIds: [securityGroupId],
      autoMinorVersionUpgrade: true,
    });
    group.applyRemovalPolicy(RemovalPolicy.DESTROY); // counters and ids of minutes: nothing to keep
    acknowledge(
      group,
      'It holds counters of the last minutes and ids of events of the last ten. After a loss they count anew; a backup of ' +
        'them would bring back a state that is wrong by then.',
      ...inRegulatoryPacks('ElastiCacheRedisClusterAutomaticBackup').filter((id) => !id.startsWith('PCI')),
    );
    acknowledge(
      group,
      'Access is by a user group (RBAC): the user has a password and the commands that the gateway needs. The rule looks ' +
        'for the older AUTH token, which gives every command to whoever knows it.',
      'AwsSolutions::AwsSolutions-AEC6',
    );
    return group;
  }
}
