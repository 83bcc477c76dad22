import type { TestStage } from '../../../test/support/cdk';
import { type ReadableTemplate, readable, resourceOf, resourcesOf } from '../../../test/support/template';
import { EVENT_PATH } from '../../infra/constructs/web-acl';
import { MANAGED_RULE_GROUPS, readsBody } from '../../infra/settings/managed-rules';
import { INGEST, INGEST_STAGE, OPEN_INGEST_STAGE, OWN_INGEST } from '../support/definitions';
import { ingestStacks } from '../support/stacks';

const ingestOf = (stage: TestStage['stage'] = INGEST_STAGE): ReadableTemplate => {
  const { ingest } = ingestStacks({ stage });
  if (ingest === undefined) throw new Error('the stage has no ingest tier');
  return readable(ingest);
};

const internal = ingestOf();
const open = ingestOf(OPEN_INGEST_STAGE);

const attributes = (list: readonly { readonly Key: string; readonly Value: string }[]): Record<string, string> =>
  Object.fromEntries(list.map(({ Key, Value }) => [Key, Value]));

test.each([
  ['in a VPC of its own', internal],
  ['that is open to all', open],
])('an ingest tier %s matches the snapshot', (_, template) => {
  const [id = ''] = Object.keys(resourcesOf(template, 'AWS::EC2::LaunchTemplate'));
  const withoutScripts = structuredClone(template) as ReadableTemplate;
  // ingest/test/instance runs them
  (withoutScripts.Resources[id] as ReadableTemplate['Resources'][string]).Properties.LaunchTemplateData.UserData =
    '<scripts>';
  expect(withoutScripts).toMatchSnapshot();
});

test('a lake has no ingest tier and no network unless the stage says so', () => {
  const lake = ingestStacks();
  expect([lake.ingest, lake.network]).toEqual([undefined, undefined]);
});

describe('the load balancer', () => {
  const loadBalancer = (template: ReadableTemplate) =>
    resourceOf(template, 'AWS::ElasticLoadBalancingV2::LoadBalancer').Properties;

  test('speaks HTTPS alone: one listener, on 443, with a certificate and TLS 1.3', () => {
    const { Properties } = resourceOf(internal, 'AWS::ElasticLoadBalancingV2::Listener'); // throws for a second one
    expect(Properties).toMatchObject({
      Port: 443,
      Protocol: 'HTTPS',
      SslPolicy: 'ELBSecurityPolicy-TLS13-1-3-PQ-2025-09',
      Certificates: [{ CertificateArn: INGEST.certificateArn }],
    });
  });

  test('takes TLS 1.2 where the stage says so, and nothing older', () => {
    const { SslPolicy } = resourceOf(open, 'AWS::ElasticLoadBalancingV2::Listener').Properties;
    expect(SslPolicy).toMatch(/^ELBSecurityPolicy-TLS13-1-2-Res-PQ-/);
  });

  test('has private addresses unless the stage says otherwise', () => {
    expect(loadBalancer(internal).Scheme).toBe('internal');
    expect(loadBalancer(open).Scheme).toBe('internet-facing');
  });

  test('drops what is malformed, logs, and cannot be deleted by mistake', () => {
    expect(attributes(loadBalancer(internal).LoadBalancerAttributes)).toMatchObject({
      'deletion_protection.enabled': 'true',
      'routing.http.drop_invalid_header_fields.enabled': 'true',
      'routing.http.desync_mitigation_mode': 'strictest',
      'access_logs.s3.enabled': 'true',
      'access_logs.s3.prefix': 'alb',
      'connection_logs.s3.enabled': 'true',
      'waf.fail_open.enabled': 'false',
    });
  });

  test('can be deleted where all of the stage may be', () => {
    expect(attributes(loadBalancer(open).LoadBalancerAttributes)['deletion_protection.enabled']).toBe('false');
  });

  test('is in the subnets that the stage names', () => {
    expect(loadBalancer(open).Subnets).toEqual(OPEN_INGEST_STAGE.network?.loadBalancerSubnetIds);
  });

  test('forwards the API alone: health checks and metrics stay inside', () => {
    const { DefaultActions } = resourceOf(internal, 'AWS::ElasticLoadBalancingV2::Listener').Properties;
    expect(DefaultActions).toEqual([expect.objectContaining({ Type: 'fixed-response' })]);
    const { Conditions, Actions } = resourceOf(internal, 'AWS::ElasticLoadBalancingV2::ListenerRule').Properties;
    expect(Conditions).toEqual([{ Field: 'path-pattern', PathPatternConfig: { Values: ['/v1/*'] } }]);
    expect(Actions.map(({ Type }: { Type: string }) => Type)).toEqual(['forward']);
  });

  test('verifies tokens, issuer and audience, where the stage says so, before it forwards', () => {
    const { Actions } = resourceOf(open, 'AWS::ElasticLoadBalancingV2::ListenerRule').Properties;
    expect(Actions).toEqual([
      {
        Order: 1,
        Type: 'jwt-validation',
        JwtValidationConfig: {
          Issuer: 'https://login.example.com',
          JwksEndpoint: 'https://login.example.com/.well-known/jwks.json',
          AdditionalClaims: [{ Name: 'aud', Format: 'string-array', Values: ['data-lake'] }],
        },
      },
      expect.objectContaining({ Order: 2, Type: 'forward' }),
    ]);
  });

  test('reaches the instances only on port 5001, which they accept from nobody else', () => {
    const groups = resourcesOf(internal, 'AWS::EC2::SecurityGroup');
    for (const { Properties } of Object.values(groups)) {
      for (const rule of [...(Properties.SecurityGroupIngress ?? []), ...(Properties.SecurityGroupEgress ?? [])]) {
        expect(rule.Description.length).toBeGreaterThan(10);
        expect(rule.IpProtocol === 'tcp' || rule.CidrIp === '255.255.255.255/32').toBe(true);
      }
    }
    const ingress = Object.values(resourcesOf(internal, 'AWS::EC2::SecurityGroupIngress')).map(
      ({ Properties }) => Properties,
    );
    expect(ingress.map(({ FromPort, ToPort }) => [FromPort, ToPort]).sort()).toEqual([
      [5001, 5001],
      [6390, 6390],
    ]);
    for (const { CidrIp, SourceSecurityGroupId } of ingress) {
      expect(CidrIp).toBeUndefined();
      expect(SourceSecurityGroupId).toMatch(/^</);
    }
  });

  test.each([
    ['the range of its VPC', internal, ['10.0.0.0/20']],
    ['everybody, where that is written out', open, ['0.0.0.0/0']],
  ])('lets %s call, on 443', (_, template, ranges) => {
    const { SecurityGroupIngress } = resourceOf(template, 'AWS::EC2::SecurityGroup', 'FrontGroup').Properties;
    expect(SecurityGroupIngress.map(({ CidrIp }: { CidrIp: string }) => CidrIp)).toEqual(ranges);
    for (const { FromPort, ToPort } of SecurityGroupIngress) expect([FromPort, ToPort]).toEqual([443, 443]);
  });
});

describe('the target group', () => {
  const { Properties } = resourceOf(internal, 'AWS::ElasticLoadBalancingV2::TargetGroup');

  test('speaks HTTPS with the instances on port 5001, and asks each whether it is healthy', () => {
    expect(Properties).toMatchObject({
      Protocol: 'HTTPS',
      Port: 5001,
      TargetType: 'instance',
      HealthCheckProtocol: 'HTTPS',
      HealthCheckPath: '/healthz',
      Matcher: { HttpCode: '200' },
    });
    expect(Properties.HealthCheckTimeoutSeconds).toBeLessThan(Properties.HealthCheckIntervalSeconds);
  });

  test('lets requests of a leaving instance finish', () => {
    expect(attributes(Properties.TargetGroupAttributes)['deregistration_delay.timeout_seconds']).toBe('30');
  });
});

describe('the group', () => {
  const { Properties, ...group } = resourceOf(internal, 'AWS::AutoScaling::AutoScalingGroup');

  test('holds two to ten instances in two subnets, and starts with two', () => {
    expect(Properties).toMatchObject({ MinSize: '2', MaxSize: '10' });
    expect(Properties.DesiredCapacity).toBeUndefined(); // a deployment would reset it; the group starts at its minimum
    expect(Properties.VPCZoneIdentifier).toHaveLength(2);
    expect(new Set(Properties.VPCZoneIdentifier).size).toBe(2);
  });

  test.each(['Production', 'Sandbox'])('puts the tag Environment=%s on every instance', (Value) => {
    const { Tags } = resourceOf(
      ingestOf({ ingest: { ...INGEST, environmentTag: Value } }),
      'AWS::AutoScaling::AutoScalingGroup',
    ).Properties;
    expect(Tags).toContainEqual({ Key: 'Environment', Value, PropagateAtLaunch: true });
  });

  test('is in the two subnets that the stage names', () => {
    const { VPCZoneIdentifier } = resourceOf(open, 'AWS::AutoScaling::AutoScalingGroup').Properties;
    expect(VPCZoneIdentifier).toEqual(OPEN_INGEST_STAGE.network?.subnetIds);
  });

  test('replaces what the load balancer finds unhealthy', () => {
    expect(Properties).toMatchObject({ HealthCheckType: 'ELB', HealthCheckGracePeriod: 90 });
    expect(Properties.TargetGroupARNs).toHaveLength(1);
  });

  test('keeps 65 percent of CPU, and a number of requests for each instance', () => {
    const policies = Object.values(resourcesOf(internal, 'AWS::AutoScaling::ScalingPolicy')).map((one) => {
      const { PolicyType, TargetTrackingConfiguration } = one.Properties;
      const { TargetValue, PredefinedMetricSpecification, DisableScaleIn } = TargetTrackingConfiguration;
      return [PolicyType, PredefinedMetricSpecification.PredefinedMetricType, TargetValue, DisableScaleIn ?? false];
    });
    expect(policies).toEqual([
      ['TargetTrackingScaling', 'ASGAverageCPUUtilization', 65, false],
      ['TargetTrackingScaling', 'ALBRequestCountPerTarget', 240_000, false],
    ]);
  });

  test('notifies of every launch and termination, including failed ones', () => {
    expect(Properties.NotificationConfigurations[0].NotificationTypes.sort()).toEqual(
      ['LAUNCH', 'LAUNCH_ERROR', 'TERMINATE', 'TERMINATE_ERROR'].map((type) => `autoscaling:EC2_INSTANCE_${type}`),
    );
    expect(Object.values(resourcesOf(open, 'AWS::SNS::Subscription')).map((one) => one.Properties.Endpoint)).toEqual([
      'ops@example.com',
    ]);
  });

  test('replaces its instances one after the other, and turns back when an alarm fires', () => {
    const { UpdatePolicy } = group as unknown as { readonly UpdatePolicy: Record<string, unknown> };
    const refresh = UpdatePolicy.AutoScalingInstanceRefresh as {
      readonly Preferences: Record<string, unknown> & { AlarmSpecification: { Alarms: string[] } };
    };
    expect(refresh.Preferences).toMatchObject({ MinHealthyPercentage: 100, MaxHealthyPercentage: 150 });
    expect(refresh.Preferences.AlarmSpecification.Alarms).toEqual(
      ['unhealthyhosts', 'targeterrors', 'loadbalancererrors'].map((id) => `<Alarms${id}>`),
    );
  });

  test('gives an instance two minutes to drain, and keeps one that did not', () => {
    expect(Properties.LifecycleHookSpecificationList).toContainEqual({
      LifecycleHookName: 'gateway-drained',
      LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
      HeartbeatTimeout: 120,
      DefaultResult: 'ABANDON',
    });
    expect(Properties.InstanceLifecyclePolicy).toEqual({ RetentionTriggers: { TerminateHookAbandon: 'retain' } });
  });

  test('launches a version of its template by number, so that a changed one rolls the group', () => {
    expect(Properties.LaunchTemplate.Version).toMatch(/^<LaunchTemplate\.LatestVersionNumber>$/);
  });
});

describe('the launch template', () => {
  const { LaunchTemplateData: data } = resourceOf(internal, 'AWS::EC2::LaunchTemplate').Properties;

  test('demands IMDSv2 within one hop, encrypts the volume, and gives no public address', () => {
    expect(data.MetadataOptions).toMatchObject({ HttpTokens: 'required', HttpPutResponseHopLimit: 1 });
    expect(data.BlockDeviceMappings).toEqual([
      expect.objectContaining({ Ebs: expect.objectContaining({ Encrypted: true, VolumeType: 'gp3' }) }),
    ]);
    expect(data.NetworkInterfaces).toEqual([expect.objectContaining({ AssociatePublicIpAddress: false })]);
    expect(data.KeyName).toBeUndefined();
  });
});

describe('tokens that are confined', () => {
  const CLAIM = 'INGEST_JWT_PARTITIONS_CLAIM';
  const userData = (template: ReadableTemplate): string =>
    JSON.stringify(resourceOf(template, 'AWS::EC2::LaunchTemplate').Properties.LaunchTemplateData.UserData);

  test('the instances know the claim that the stage names, and none without', () => {
    const token = { ...INGEST.token, partitionsClaim: 'lake_partitions' };
    expect(userData(ingestOf({ ingest: { ...INGEST, token } }))).toContain(`\\n${CLAIM}=lake_partitions\\n`);
    for (const template of [internal, open, ingestOf({ ingest: OWN_INGEST })]) {
      expect(userData(template)).not.toContain(CLAIM);
    }
  });
});

describe('the firewall', () => {
  interface Rule {
    readonly Name: string;
    readonly Priority: number;
    readonly Action?: object;
    readonly Statement: {
      readonly ManagedRuleGroupStatement?: {
        readonly Name: string;
        readonly Version?: string;
        readonly RuleActionOverrides: readonly { readonly Name: string; readonly ActionToUse: object }[];
      };
    };
  }
  const rules: readonly Rule[] = resourceOf(internal, 'AWS::WAFv2::WebACL').Properties.Rules;

  test('stands before the load balancer', () => {
    expect(resourceOf(internal, 'AWS::WAFv2::WebACLAssociation').Properties.ResourceArn).toBe('<FrontLoadBalancer>');
  });

  test('pins the version of every group that has one, and knows all its rules', () => {
    const groups = rules.flatMap(({ Statement }) => Statement.ManagedRuleGroupStatement ?? []);
    expect(groups.map(({ Name, Version }) => [Name, Version])).toEqual(
      MANAGED_RULE_GROUPS.map(({ name, version }) => [name, version]),
    );
    // https://docs.aws.amazon.com/waf/latest/developerguide/waf-managed-rule-groups-versioning.html
    expect(groups.filter(({ Version }) => Version === undefined).map(({ Name }) => Name)).toEqual([
      'AWSManagedRulesAmazonIpReputationList',
    ]);
  });

  test('counts every rule that reads bodies, and requests without User-Agent, and no other', () => {
    for (const { ManagedRuleGroupStatement: group } of rules.map(({ Statement }) => Statement)) {
      if (group === undefined) continue;
      const known = MANAGED_RULE_GROUPS.find(({ name }) => name === group.Name)?.rules ?? [];
      expect(group.RuleActionOverrides.map(({ Name }) => Name).sort()).toEqual(
        known.filter((rule) => readsBody(rule) || rule === 'NoUserAgent_HEADER').sort(),
      );
      for (const { ActionToUse } of group.RuleActionOverrides) expect(ActionToUse).toEqual({ Count: {} });
    }
  });

  test('blocks what those rules find anywhere but where events are posted', () => {
    const last = [...rules].sort((left, right) => left.Priority - right.Priority).at(-1);
    expect(last).toMatchObject({ Name: 'OutsideOfEvents', Action: { Block: {} } });
    const text = JSON.stringify(last?.Statement);
    for (const { counted } of MANAGED_RULE_GROUPS) {
      for (const [rule, label] of Object.entries(counted)) {
        expect(label.toLowerCase().endsWith(`:${rule.toLowerCase()}`)).toBe(true);
        expect(text).toContain(`"Key":"${label}"`);
      }
    }
    expect(text).toContain(`"SearchString":"${EVENT_PATH}"`);
    expect(text).toContain('"NotStatement"');
  });

  test('limits one address first, generously, and asks it to come again as the gateway does', () => {
    const [first] = [...rules].sort((left, right) => left.Priority - right.Priority);
    expect(first).toMatchObject({
      Name: 'RequestsOfOneAddress',
      Action: {
        Block: { CustomResponse: { ResponseCode: 429, ResponseHeaders: [{ Name: 'retry-after', Value: '60' }] } },
      },
      Statement: { RateBasedStatement: { AggregateKeyType: 'IP', EvaluationWindowSec: 60, Limit: 2_400_000 } },
    });
  });

  test('logs what it blocks, without tokens', () => {
    const { RedactedFields, LogDestinationConfigs } = resourceOf(
      internal,
      'AWS::WAFv2::LoggingConfiguration',
    ).Properties;
    expect(RedactedFields).toEqual([{ SingleHeader: { Name: 'authorization' } }]);
    expect(LogDestinationConfigs).toHaveLength(1);
    const groups = Object.values(resourcesOf(internal, 'AWS::Logs::LogGroup'));
    expect(groups.map((one) => one.Properties.LogGroupName)).toContain('aws-waf-logs-lake-test-ingest');
    for (const { Properties } of groups) {
      expect(Properties).toMatchObject({ RetentionInDays: expect.any(Number), KmsKeyId: expect.any(String) });
    }
  });
});

describe('the rate-limit store', () => {
  test('is encrypted, in private subnets, in two zones, and opens to one user only', () => {
    expect(resourceOf(internal, 'AWS::ElastiCache::ReplicationGroup').Properties).toMatchObject({
      Engine: 'valkey',
      TransitEncryptionEnabled: true,
      TransitEncryptionMode: 'required',
      AtRestEncryptionEnabled: true,
      KmsKeyId: expect.any(String),
      MultiAZEnabled: true,
      AutomaticFailoverEnabled: true,
      NumCacheClusters: 2,
      CacheSubnetGroupName: expect.any(String),
      UserGroupIds: [expect.any(String)],
    });
    const { AccessString, AuthenticationMode } = resourceOf(internal, 'AWS::ElastiCache::User').Properties;
    expect(AuthenticationMode.Type).toBe('password');
    expect(AuthenticationMode.Passwords[0]).toMatch(/^\{\{resolve:secretsmanager:/);
    expect(AccessString).toMatch(/ -@all .* -@dangerous -@admin /);
  });

  test('is not there where instances count for themselves', () => {
    expect(Object.values(open.Resources).filter(({ Type }) => Type.startsWith('AWS::ElastiCache'))).toEqual([]);
  });
});

describe('alarms', () => {
  const alarms = Object.values(resourcesOf(internal, 'AWS::CloudWatch::Alarm')).map((one) => one.Properties);

  test('fire when the group is at its maximum, launches fail, hosts are unhealthy, or responses are errors', () => {
    const names = alarms.map(({ AlarmName }) => AlarmName.replace('lake-test-ingest-', ''));
    expect(names).toEqual(
      expect.arrayContaining([
        ...['at-maximum', 'launches-failing', 'instances-retained', 'unhealthy-hosts', 'target-errors'],
        ...['load-balancer-errors', 'shedding', 'keys-stale', 'store-down'],
      ]),
    );
    expect(alarms.find(({ AlarmName }) => AlarmName.endsWith('at-maximum'))).toMatchObject({ Threshold: 10 });
  });

  test('each notify the topic of the lake, and lead to their section of the runbook', () => {
    for (const { AlarmActions, OKActions, AlarmDescription } of alarms) {
      expect(AlarmActions).toHaveLength(1);
      expect(OKActions).toEqual(AlarmActions);
      expect(AlarmDescription).toMatch(/Runbook: ingest\/docs\/operations\.md#[\w-]+$/);
    }
  });

  test('where there are many datasets, one of all of them tells which one loses events, instead of one of each', () => {
    const of = (template: ReadableTemplate) =>
      Object.values(resourcesOf(template, 'AWS::CloudWatch::Alarm'))
        .map(({ Properties }) => Properties)
        .filter(({ AlarmName }) => AlarmName.endsWith('events-failed'));
    const single = of(internal);
    expect(single.length).toBeGreaterThan(1);
    const [all, ...others] = of(ingestOf({ ...INGEST_STAGE, manyDatasets: { stacks: 2 } }));
    expect([all?.AlarmName, others]).toEqual(['lake-test-ingest-events-failed', []]);
    const { Namespace, MetricName, Statistic, Period } = single[0] as NonNullable<(typeof single)[0]>;
    const sql = `SELECT ${String(Statistic).toUpperCase()}(${MetricName}) FROM SCHEMA("${Namespace}", Dataset) GROUP BY Dataset`;
    expect(all?.Metrics).toEqual([expect.objectContaining({ Period, Expression: expect.stringContaining(sql) })]);
    for (const name of ['Threshold', 'EvaluationPeriods', 'ComparisonOperator', 'TreatMissingData']) {
      expect([name, all?.[name]]).toEqual([name, single[0]?.[name]]);
    }
  });
});
