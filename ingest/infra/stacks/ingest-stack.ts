import { Aws, CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type { UserData } from 'aws-cdk-lib/aws-ec2';
import { Alias, type IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { ALL_DATASETS } from '../../../lib/constructs/access';
import { takesEvents } from '../../../lib/dataset/events';
import type { Dataset } from '../../../lib/dataset/model';
import { resourceName, type StageSettings } from '../../../lib/settings';
import type { StorageStack } from '../../../lib/stacks/storage-stack';
import {
  DEREGISTRATION_SECONDS,
  GATEWAY_DRAIN_SECONDS,
  GATEWAY_PORT,
  type GatewayImage,
  GROUP_LOGICAL_ID,
  gatewayImage,
  IngestAlarms,
  IngestCertificate,
  IngestGroup,
  IngestLoadBalancer,
  IngestWebAcl,
  InstanceRole,
  ingestLaunchTemplate,
  instanceUserData,
  LAUNCH_HOOK,
  POLL_SECONDS,
  RateLimitStore,
  STOP_SECONDS,
  TERMINATE_HOOK,
  type TokenVerification,
} from '../constructs';
import { metricNamespaceOf } from '../constructs/overview';
import type { IngestSettings, IssuerSettings, JwkSet } from '../settings';
import type { IssuerStack } from './issuer-stack';
import { type IngestNetwork, ingestNetwork, type NetworkStack } from './network-stack';

export interface IngestStackProps extends StackProps {
  readonly settings: StageSettings;
  readonly ingest: IngestSettings;
  readonly datasets: readonly Dataset[];
  readonly storage: StorageStack;
  /** Undefined where the stage names a VPC that exists. */
  readonly network: NetworkStack | undefined;
  /** Undefined where the stage names an issuer outside. */
  readonly issuer: IssuerStack | undefined;
}

/** Memory of the container. The gateway stays below 410 MB; the rest is for a moment's garbage. */
const MEMORY = '640m';

/**
 * HTTPS in, acknowledged when the event is in S3: load balancer, instances, what scales and watches them.
 *
 * @example
 * ```ts
 * // Network and issuer: undefined where the stage names a VPC, or an issuer, that exists.
 * new IngestStack(app, 'Ingest', { settings, ingest, datasets, storage, network: undefined, issuer: undefined });
 * ```
 */
export class IngestStack extends Stack {
  readonly loadBalancer: IngestLoadBalancer;
  readonly group: IngestGroup;
  readonly instanceRole: InstanceRole;
  /** Launches and terminations, failed ones too. */
  readonly scalingTopic: Topic;
  readonly store: RateLimitStore | undefined;

  constructor(scope: Construct, id: string, props: IngestStackProps) {
    super(scope, id, props);
    const { settings, ingest, storage } = props;
    const name = resourceName(settings, 'ingest');
    const metricNamespace = metricNamespaceOf(settings);
    const datasets = props.datasets.filter(takesEvents).map((dataset) => dataset.name);
    const network = ingestNetwork(this, ingest, props.network);

    const tokens = tokenRules(ingest.issuer, props.issuer);
    const certificate =
      ingest.certificate.kind === 'own' ? new IngestCertificate(this, 'Name', ingest.certificate) : ingest.certificate;

    this.scalingTopic = this.createScalingTopic(ingest.scalingEmails);
    this.loadBalancer = new IngestLoadBalancer(this, 'Front', {
      ingest,
      certificateArn: certificate.arn,
      verification: ingest.issuer.verifyAtLoadBalancer ? tokens : undefined,
      vpc: network.vpc,
      subnetIds: network.loadBalancerSubnetIds,
      logsBucket: storage.logsBucket,
      deletionProtection: settings.dataRemoval === 'retain',
    });
    if (certificate instanceof IngestCertificate) certificate.pointAt(this.loadBalancer);
    new IngestWebAcl(this, 'Firewall', {
      settings,
      ingest,
      loadBalancerArn: this.loadBalancer.loadBalancer.ref,
      operationsKey: storage.operationsKey,
    });
    this.store = this.createStore(props, network);
    const logGroup = this.createLogGroup(name, settings, storage.operationsKey);
    const image = gatewayImage(this, 'Image', ingest);
    this.instanceRole = new InstanceRole(this, 'Instance', {
      rawBucket: storage.rawBucket,
      dataKey: storage.dataKey,
      operationsKey: storage.operationsKey,
      datasets: settings.manyDatasets === undefined ? datasets : [ALL_DATASETS],
      repository: image.repository,
      logGroup,
      groupName: name,
      secret: this.store?.password,
    });
    const launchTemplate = ingestLaunchTemplate(this, 'LaunchTemplate', {
      instanceType: ingest.instanceType,
      role: this.instanceRole.role.fixed,
      securityGroup: this.loadBalancer.instanceSecurityGroup,
      userData: this.userData(props, { tokens, image, logGroupName: logGroup.logGroupName, name, metricNamespace }),
    });
    const alarms = new IngestAlarms(this, 'Alarms', {
      alarmName: (suffix) => `${name}-${suffix}`,
      topic: storage.alarmTopic,
      groupName: name,
      maxInstances: ingest.maxInstances,
      loadBalancer: this.loadBalancer,
      metricNamespace,
      datasets,
      acrossDatasets: settings.manyDatasets !== undefined,
      hasStore: this.store !== undefined,
    });
    this.group = new IngestGroup(this, 'Group', {
      ingest,
      name,
      subnetIds: network.instanceSubnetIds,
      launchTemplate,
      loadBalancer: this.loadBalancer,
      topic: this.scalingTopic,
      rollbackAlarms: alarms.rollback.map(({ alarmName }) => alarmName),
    });
    this.group.node.addDependency(this.instanceRole);
    // Its policy included: the group tells of its first launch at once.
    this.group.node.addDependency(this.scalingTopic);
    new CfnOutput(this, 'LoadBalancerDnsName', {
      value: this.loadBalancer.loadBalancer.attrDnsName,
      description: 'Point the name of the certificate at it (CNAME or alias), unless the stage gives a domain',
    });
    if (ingest.certificate.kind === 'own') {
      new CfnOutput(this, 'Url', {
        value: `https://${ingest.certificate.domainName}`,
        description: 'Where producers send events',
      });
    }
    new CfnOutput(this, 'GroupName', { value: this.group.group.ref, description: 'Auto Scaling group of the gateway' });
    new CfnOutput(this, 'ScalingTopicArn', {
      value: this.scalingTopic.topicArn,
      description: 'SNS topic of every launch and termination',
    });
    new CfnOutput(this, 'GatewayLogGroupName', { value: logGroup.logGroupName, description: 'Logs of the gateway' });
  }

  /**
   * Encrypted with the account's own key of SNS. Auto Scaling publishes as its service-linked role, which a customer key
   * would have to name, and which a new account does not have yet. A message holds ids of instances and causes.
   */
  private createScalingTopic(emails: readonly string[]): Topic {
    const topic = new Topic(this, 'ScalingTopic', {
      enforceSSL: true,
      masterKey: Alias.fromAliasName(this, 'SnsKey', 'alias/aws/sns'),
    });
    for (const email of emails) topic.addSubscription(new EmailSubscription(email));
    return topic;
  }

  private createStore(
    { settings, ingest, storage }: IngestStackProps,
    network: IngestNetwork,
  ): RateLimitStore | undefined {
    if (ingest.rateLimit.store === 'memory') return undefined;
    return new RateLimitStore(this, 'RateLimits', {
      settings,
      nodeType: ingest.rateLimit.nodeType,
      vpc: network.vpc,
      subnetIds: network.instanceSubnetIds,
      clients: this.loadBalancer.instanceSecurityGroup,
      operationsKey: storage.operationsKey,
    });
  }

  private createLogGroup(name: string, { retention }: StageSettings, encryptionKey: IKey): LogGroup {
    return new LogGroup(this, 'Logs', {
      logGroupName: `/lake/${name}`,
      retention: retention.logDays as RetentionDays,
      encryptionKey,
      removalPolicy: RemovalPolicy.DESTROY, // it has a name, and kept it would block the next deployment
    });
  }

  private userData({ ingest, storage }: IngestStackProps, boot: BootProps): UserData {
    const { rateLimit } = ingest;
    const { tokens } = boot;
    return instanceUserData({
      instance: {
        AWS_REGION: Aws.REGION,
        IMAGE: boot.image.uri,
        GROUP_NAME: boot.name,
        LAUNCH_HOOK,
        TERMINATE_HOOK,
        LOG_GROUP: boot.logGroupName,
        STACK_NAME: Aws.STACK_NAME,
        GROUP_LOGICAL_ID,
        STORE_SECRET_ARN: this.store?.password.secretArn ?? '',
        PORT: GATEWAY_PORT,
        MEMORY,
        DEREGISTRATION_SECONDS,
        STOP_SECONDS,
        POLL_SECONDS,
      },
      gateway: {
        AWS_REGION: Aws.REGION,
        RAW_BUCKET: storage.rawBucket.bucketName,
        INGEST_HOST: '0.0.0.0',
        INGEST_PORT: String(GATEWAY_PORT),
        INGEST_TLS_CERT_FILE: '/run/lake-ingest/tls.crt',
        INGEST_TLS_KEY_FILE: '/run/lake-ingest/tls.key',
        INGEST_DRAIN_SECONDS: String(GATEWAY_DRAIN_SECONDS),
        INGEST_JWKS: tokens.keySet === undefined ? tokens.keySetUrl : '/etc/lake-ingest/jwks.json',
        INGEST_JWT_ISSUER: tokens.issuer,
        INGEST_JWT_PROFILE: tokens.profile,
        INGEST_JWT_AUDIENCE: tokens.audience,
        ...(tokens.partitionsClaim === undefined ? {} : { INGEST_JWT_PARTITIONS_CLAIM: tokens.partitionsClaim }),
        INGEST_LATENCY_CLASS: ingest.latencyClass,
        INGEST_RATE_PER_SECOND: String(rateLimit.eventsPerSecond),
        INGEST_RATE_BURST: String(rateLimit.burst),
        INGEST_NODES: String(ingest.maxInstances),
        INGEST_METRICS_NAMESPACE: boot.metricNamespace,
        ...(this.store === undefined
          ? {}
          : {
              INGEST_REDIS_URL: this.store.url,
              INGEST_REDIS_USERNAME: this.store.userName,
              INGEST_REDIS_PASSWORD_FILE: '/run/lake-ingest/store-password',
            }),
      },
      files: tokens.keySet === undefined ? {} : { 'jwks.json': JSON.stringify(tokens.keySet) },
    });
  }
}

/** Which tokens count: what the gateway is told, and what the load balancer may check as well. */
interface TokenRules extends TokenVerification {
  readonly profile: 'standard' | 'cognito';
  readonly audience: string;
  readonly keySet: JwkSet | undefined;
  readonly partitionsClaim: string | undefined;
}

function tokenRules(settings: IssuerSettings, stack: IssuerStack | undefined): TokenRules {
  if (settings.kind === 'external') {
    const { issuer, audience, keySetUrl, keySet, partitionsClaim } = settings;
    // The load balancer ignores `aud` unless told to look at it.
    const claim = { name: 'aud', format: 'string-array', values: [audience] };
    return { profile: 'standard', issuer, audience, keySetUrl, keySet, partitionsClaim, claim };
  }
  if (stack === undefined) throw new Error('an issuer of the lake needs its stack');
  return {
    profile: 'cognito',
    issuer: stack.issuerUrl,
    audience: stack.issuer.audience,
    keySetUrl: `${stack.issuerUrl}/.well-known/jwks.json`,
    keySet: undefined,
    partitionsClaim: undefined, // Cognito's tokens of machine clients have no claim of ours
    // Tokens of Cognito have no `aud`; which of them are for this gateway, the gateway sees by their scopes.
    claim: { name: 'token_use', format: 'single-string', values: ['access'] },
  };
}

interface BootProps {
  readonly tokens: TokenRules;
  readonly image: GatewayImage;
  readonly logGroupName: string;
  readonly name: string;
  readonly metricNamespace: string;
}
