import { type IVpc, Peer, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import {
  CfnListener,
  CfnListenerRule,
  CfnLoadBalancer,
  CfnTargetGroup,
  SslPolicy,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledge, inRegulatoryPacks } from '../../../lib/compliance';
import type { IngestSettings } from '../settings';
import { LOAD_BALANCER_LOG_PREFIXES } from './log-prefixes';
import { DEREGISTRATION_SECONDS, GATEWAY_PORT } from './timing';

/** What the load balancer can check of a token, beside signature and times. */
export interface TokenVerification {
  readonly issuer: string;
  readonly keySetUrl: string;
  readonly claim: CfnListenerRule.JwtValidationActionAdditionalClaimProperty;
}

export interface IngestLoadBalancerProps {
  readonly ingest: IngestSettings;
  readonly certificateArn: string;
  /** Undefined where only the gateway verifies tokens. */
  readonly verification: TokenVerification | undefined;
  readonly vpc: IVpc;
  readonly subnetIds: readonly string[];
  readonly logsBucket: IBucket;
  /** Refuses deletion until somebody turns it off by hand. */
  readonly deletionProtection: boolean;
}

/**
 * HTTPS in, HTTPS out. Nothing listens on port 80: a redirect would come after a client has sent its token in the clear.
 *
 * @example
 * ```ts
 * new IngestLoadBalancer(stack, 'Front', {
 *   ingest,
 *   certificateArn: 'arn:aws:acm:eu-central-1:123456789012:certificate/0a1b2c3d',
 *   verification: undefined,
 *   vpc,
 *   subnetIds: ['subnet-0a', 'subnet-0b'],
 *   logsBucket: storage.logsBucket,
 *   deletionProtection: true,
 * });
 * ```
 */
export class IngestLoadBalancer extends Construct {
  readonly loadBalancer: CfnLoadBalancer;
  readonly targetGroup: CfnTargetGroup;
  readonly listener: CfnListener;
  /** Of the load balancer. */
  readonly securityGroup: SecurityGroup;
  /** Of the instances: reached by the load balancer alone. */
  readonly instanceSecurityGroup: SecurityGroup;

  constructor(scope: Construct, id: string, props: IngestLoadBalancerProps) {
    super(scope, id);
    const { ingest, vpc } = props;
    this.securityGroup = new SecurityGroup(this, 'Group', {
      vpc,
      description: 'Load balancer of the ingest tier',
      allowAllOutbound: false,
    });
    this.instanceSecurityGroup = new SecurityGroup(this, 'InstanceGroup', {
      vpc,
      description: 'Instances of the ingest tier',
      allowAllOutbound: false,
    });
    this.openPorts(ingest);
    this.loadBalancer = this.createLoadBalancer(props);
    this.targetGroup = createTargetGroup(this, vpc.vpcId);
    this.listener = this.createListener(props);
  }

  private openPorts({ allowedCidrs }: IngestSettings): void {
    for (const cidr of allowedCidrs) {
      this.securityGroup.addIngressRule(Peer.ipv4(cidr), Port.tcp(443), 'HTTPS from the ranges that the stage allows');
    }
    this.securityGroup.addEgressRule(this.instanceSecurityGroup, Port.tcp(GATEWAY_PORT), 'HTTPS to the gateway');
    this.instanceSecurityGroup.addIngressRule(
      this.securityGroup,
      Port.tcp(GATEWAY_PORT),
      'HTTPS from the load balancer',
    );
    // S3 has no fixed addresses; the policy of its endpoint says which buckets may be reached.
    this.instanceSecurityGroup.addEgressRule(
      Peer.anyIpv4(),
      Port.tcp(443),
      'HTTPS to AWS and to the keys of the issuer',
    );
    if (allowedCidrs.includes('0.0.0.0/0')) {
      acknowledge(
        this.securityGroup,
        'The stage lists 0.0.0.0/0 among allowedCidrs: its producers are everywhere. Every request needs a verified token.',
        'AwsSolutions::AwsSolutions-EC23',
      );
    }
  }

  private createLoadBalancer(props: IngestLoadBalancerProps): CfnLoadBalancer {
    const { ingest, logsBucket, subnetIds, deletionProtection } = props;
    const attributes = {
      'deletion_protection.enabled': deletionProtection,
      'routing.http.drop_invalid_header_fields.enabled': true,
      'routing.http.desync_mitigation_mode': 'strictest',
      'routing.http.xff_header_processing.mode': 'append',
      'routing.http2.enabled': true,
      'idle_timeout.timeout_seconds': 60, // below the 75 s for which the gateway keeps a connection open
      'waf.fail_open.enabled': false,
      'access_logs.s3.enabled': true,
      'access_logs.s3.bucket': logsBucket.bucketName,
      'access_logs.s3.prefix': LOAD_BALANCER_LOG_PREFIXES.access,
      'connection_logs.s3.enabled': true,
      'connection_logs.s3.bucket': logsBucket.bucketName,
      'connection_logs.s3.prefix': LOAD_BALANCER_LOG_PREFIXES.connection,
    };
    const loadBalancer = new CfnLoadBalancer(this, 'LoadBalancer', {
      type: 'application',
      scheme: ingest.internetFacing ? 'internet-facing' : 'internal',
      ipAddressType: 'ipv4',
      subnets: [...subnetIds],
      securityGroups: [this.securityGroup.securityGroupId],
      loadBalancerAttributes: Object.entries(attributes).map(([key, value]) => ({ key, value: String(value) })),
    });
    if (!deletionProtection) {
      acknowledge(
        loadBalancer,
        "The stage says dataRemoval: 'delete', so that all of it can be destroyed; with 'retain' the protection is on.",
        ...inRegulatoryPacks('ELBDeletionProtectionEnabled').filter((id) => !id.startsWith('PCI')),
      );
    }
    return loadBalancer;
  }

  private createListener({ ingest, certificateArn, verification }: IngestLoadBalancerProps): CfnListener {
    const listener = new CfnListener(this, 'Listener', {
      loadBalancerArn: this.loadBalancer.ref,
      port: 443,
      protocol: 'HTTPS',
      sslPolicy: ingest.minimumTls === '1.3' ? SslPolicy.TLS13_13_PQ : SslPolicy.TLS13_12_RES_PQ,
      certificates: [{ certificateArn }],
      // Health checks and metrics of the gateway are for the inside.
      defaultActions: [
        {
          type: 'fixed-response',
          fixedResponseConfig: {
            statusCode: '404',
            contentType: 'application/json',
            messageBody: '{"error":"not found"}',
          },
        },
      ],
    });
    new CfnListenerRule(this, 'Api', {
      listenerArn: listener.ref,
      priority: 10,
      conditions: [{ field: 'path-pattern', pathPatternConfig: { values: ['/v1/*'] } }],
      actions: [
        ...(verification === undefined ? [] : [verify(verification)]),
        { order: 2, type: 'forward', forwardConfig: { targetGroups: [{ targetGroupArn: this.targetGroup.ref }] } },
      ],
    });
    return listener;
  }
}

const verify = ({ issuer, keySetUrl, claim }: TokenVerification): CfnListenerRule.ActionProperty => ({
  order: 1,
  type: 'jwt-validation',
  jwtValidationConfig: { issuer, jwksEndpoint: keySetUrl, additionalClaims: [claim] },
});

function createTargetGroup(scope: Construct, vpcId: string): CfnTargetGroup {
  const attributes = {
    'deregistration_delay.timeout_seconds': DEREGISTRATION_SECONDS,
    'load_balancing.algorithm.type': 'least_outstanding_requests',
    'stickiness.enabled': false,
  };
  return new CfnTargetGroup(scope, 'TargetGroup', {
    vpcId,
    targetType: 'instance',
    protocol: 'HTTPS',
    protocolVersion: 'HTTP1',
    port: GATEWAY_PORT,
    // 200 while it sheds load: what counts is that the process answers. A node that is only busy must stay.
    healthCheckPath: '/healthz',
    healthCheckProtocol: 'HTTPS',
    healthCheckPort: 'traffic-port',
    healthCheckIntervalSeconds: 10,
    healthCheckTimeoutSeconds: 5,
    healthyThresholdCount: 2,
    unhealthyThresholdCount: 3,
    matcher: { httpCode: '200' },
    targetGroupAttributes: Object.entries(attributes).map(([key, value]) => ({ key, value: String(value) })),
  });
}
