/** What `npx cdk synth` of the shipped stages contains: the app of bin/lake.ts, in a copy of the project. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Assembly, resourcesOfType } from '../../../cli/preflight/assembly/assembly';
import { synthesize } from '../../../cli/preflight/assembly/synthesize';
import { assemblyOf } from '../../../test/support/cdk';
import { copyProject } from '../../../test/support/project-copy';

let prod: Assembly;
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'stages-'));
  try {
    prod = await synthesize({ project: copyProject(folder), stage: 'prod' });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 240_000);

// biome-ignore lint/suspicious/noExplicitAny: properties differ by resource type; assertions read them by path
const only = (type: string): { readonly logicalId: string; readonly Properties: any } => {
  const found = resourcesOfType(prod, type);
  if (found.length !== 1) throw new Error(`${found.length} resources of ${type}`);
  return found[0] as (typeof found)[0] & { readonly Properties: object };
};

describe('the stage prod', () => {
  test('has an Auto Scaling group of two to ten instances, which starts with two and is in two subnets', () => {
    const { Properties } = only('AWS::AutoScaling::AutoScalingGroup');
    expect([Properties.MinSize, Properties.MaxSize]).toEqual(['2', '10']);
    // Where it is left out, a group is created with its minimum as the desired capacity, and no deployment resets it:
    // https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-autoscaling-autoscalinggroup.html
    expect(Properties.DesiredCapacity).toBeUndefined();
    expect(new Set(Properties.VPCZoneIdentifier.map((subnet: unknown) => JSON.stringify(subnet))).size).toBe(2);
  });

  test('launches instances by a launch template, tagged Environment=Production', () => {
    const group = only('AWS::AutoScaling::AutoScalingGroup');
    const template = only('AWS::EC2::LaunchTemplate');
    expect(group.Properties.LaunchTemplate.LaunchTemplateId).toEqual({ Ref: template.logicalId });
    expect(group.Properties.Tags).toContainEqual({
      Key: 'Environment',
      Value: 'Production',
      PropagateAtLaunch: true,
    });
  });

  test('has a target group on port 5001, which the group registers with', () => {
    const target = only('AWS::ElasticLoadBalancingV2::TargetGroup');
    expect(target.Properties).toMatchObject({ Port: 5001, Protocol: 'HTTPS', HealthCheckPath: '/healthz' });
    expect(only('AWS::AutoScaling::AutoScalingGroup').Properties.TargetGroupARNs).toEqual([{ Ref: target.logicalId }]);
  });

  test('scales by CPU, which it keeps at 65 percent', () => {
    const policies = resourcesOfType(prod, 'AWS::AutoScaling::ScalingPolicy').map(({ Properties }) => Properties);
    expect(policies).toContainEqual(
      expect.objectContaining({
        PolicyType: 'TargetTrackingScaling',
        TargetTrackingConfiguration: expect.objectContaining({
          TargetValue: 65,
          PredefinedMetricSpecification: { PredefinedMetricType: 'ASGAverageCPUUtilization' },
        }),
      }),
    );
  });

  test('has alarms of its scaling, each with an action', () => {
    const alarms = new Map(
      resourcesOfType(prod, 'AWS::CloudWatch::Alarm').map(({ Properties }) => [Properties?.AlarmName, Properties]),
    );
    for (const name of ['at-maximum', 'launches-failing', 'instances-retained', 'unhealthy-hosts']) {
      expect(alarms.get(`lake-prod-ingest-${name}`)?.AlarmActions).toHaveLength(1);
    }
  });

  test('listens on HTTPS alone, with a certificate for its name, which points at the load balancer', () => {
    const balancer = only('AWS::ElasticLoadBalancingV2::LoadBalancer');
    const certificate = only('AWS::CertificateManager::Certificate');
    const zone = { HostedZoneId: expect.stringMatching(/^Z/) };
    expect(only('AWS::ElasticLoadBalancingV2::Listener').Properties).toMatchObject({
      Port: 443,
      Protocol: 'HTTPS',
      Certificates: [{ CertificateArn: { Ref: certificate.logicalId } }],
    });
    expect(certificate.Properties).toMatchObject({
      ValidationMethod: 'DNS',
      DomainValidationOptions: [{ ...zone, DomainName: certificate.Properties.DomainName }],
    });
    expect(only('AWS::Route53::RecordSet').Properties).toMatchObject({
      ...zone,
      Type: 'A',
      Name: certificate.Properties.DomainName,
      AliasTarget: {
        DNSName: { 'Fn::GetAtt': [balancer.logicalId, 'DNSName'] },
        HostedZoneId: { 'Fn::GetAtt': [balancer.logicalId, 'CanonicalHostedZoneID'] },
      },
    });
  });

  test('has a WAF before the load balancer', () => {
    const acl = only('AWS::WAFv2::WebACL');
    expect(only('AWS::WAFv2::WebACLAssociation').Properties).toEqual({
      ResourceArn: { Ref: only('AWS::ElasticLoadBalancingV2::LoadBalancer').logicalId },
      WebACLArn: { 'Fn::GetAtt': [acl.logicalId, 'Arn'] },
    });
  });

  test('has Valkey for its rate limits', () => {
    expect(only('AWS::ElastiCache::ReplicationGroup').Properties).toMatchObject({
      Engine: 'valkey',
      MultiAZEnabled: true,
    });
  });

  test('gives tokens by itself: a user pool, a scope a dataset, a client a producer', () => {
    only('AWS::Cognito::UserPool');
    const { Identifier, Scopes } = only('AWS::Cognito::UserPoolResourceServer').Properties;
    expect(Identifier).toBe('lake-prod-ingest');
    expect(Scopes.map(({ ScopeName }: { ScopeName: string }) => ScopeName).sort()).toEqual([
      'access_logs',
      'orders',
      'sensor_readings',
    ]);
    const clients = resourcesOfType(prod, 'AWS::Cognito::UserPoolClient').map(({ Properties }) => Properties);
    expect(clients.map((client) => [client?.ClientName, client?.AllowedOAuthScopes])).toEqual([
      ['lake-prod-web-shop', ['lake-prod-ingest/access_logs', 'lake-prod-ingest/orders']],
      ['lake-prod-plant', ['lake-prod-ingest/sensor_readings']],
    ]);
  });

  test('is not deployed with the example values that it ships with: the first of its stacks refuses', () => {
    const rules = prod.stacks.map(({ name, template }) => [name, 'NoExampleValues' in (template.Rules ?? {})]);
    expect(rules.filter(([, isThere]) => isThere)).toEqual([['lake-prod-storage', true]]);
  });
});

test('the stage dev stays small: no ingest tier, no network, no issuer, no example values', () => {
  const dev = assemblyOf('dev');
  expect(dev.stacks.map(({ name }) => name).sort()).toEqual(
    ['access', 'catalog', 'compaction', 'overview', 'query', 'storage'].map((name) => `lake-dev-${name}`),
  );
  expect(dev.stacks.filter(({ template }) => 'NoExampleValues' in (template.Rules ?? {}))).toEqual([]);
});
