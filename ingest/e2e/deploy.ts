import {
  CognitoIdentityProviderClient,
  DescribeUserPoolClientCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import {
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { CreateHostedZoneCommand, ListResourceRecordSetsCommand, Route53Client } from '@aws-sdk/client-route-53';
import { decodeJwt } from 'jose';
import { type Scenario, same } from '../../e2e/deploy/scenario';
import { describeNotProven } from '../../e2e/emulator/assembly';
import { CdkFailure } from '../../e2e/emulator/cdk';
import type { EmulatedLake } from '../../e2e/emulator/lake';
import { REGION } from '../../e2e/emulator/ministack';
import { principalOf } from '../gateway/auth/claims';
import type { IngestDefinition } from '../infra/settings';
import { INGEST, OWN_INGEST } from '../test/support/definitions';

/** The ingest tier comes to a lake that exists, and goes again. No instance starts: the emulator has none. */
export async function ingestScenarios(scenario: Scenario): Promise<void> {
  const { report, lake } = scenario;
  report.section('The ingest tier');
  const before = lake.assembly;

  await report.check('with values that are examples nothing is deployed, and nothing changes', async () => {
    const assembly = await lake.synthesize({ stage: { ingest: INGEST } });
    const failure = await lake.deploy(assembly).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (!(failure instanceof CdkFailure)) throw new Error(`cdk deploy did not fail: ${failure}`);
    if (!failure.message.includes('holds example values: ingest.')) throw failure;
    same(await lake.physicalIds('storage', 'AWS::EC2::VPC'), [], 'networks');
    await lake.deploy(before);
    same(Object.keys(lake.outputs).includes('ingest'), false, 'the ingest stack is there');
  });

  const zone = await createZone(lake);
  await report.check('network, issuer and ingest stacks are deployed beside the others', async () => {
    const assembly = await lake.synthesize({ stage: { ingest: inZone(zone) } });
    console.log(describeNotProven(assembly));
    await lake.deploy(assembly);
    same(lake.output('ingest', 'GroupName'), `${lake.stackName('ingest')}`, 'name of the group');
  });

  await report.check('the load balancer listens on 443 alone, and forwards to HTTPS on 5001', async () => {
    const client = lake.client(ElasticLoadBalancingV2Client);
    const { LoadBalancers = [] } = await client.send(new DescribeLoadBalancersCommand({}));
    const [balancer] = LoadBalancers;
    same([LoadBalancers.length, balancer?.Scheme], [1, 'internal'], 'load balancers');
    const { Listeners = [] } = await client.send(
      new DescribeListenersCommand({ LoadBalancerArn: balancer?.LoadBalancerArn }),
    );
    same(
      Listeners.map(({ Port, Protocol }) => [Port, Protocol]),
      [[443, 'HTTPS']],
      'listeners',
    );
    const { TargetGroups = [] } = await client.send(new DescribeTargetGroupsCommand({}));
    same(
      TargetGroups.map((group) => [group.Port, group.Protocol, group.HealthCheckPath]),
      [[5001, 'HTTPS', '/healthz']],
      'target groups',
    );
  });

  await report.check('its name points at the load balancer', async () => {
    const { ResourceRecordSets = [] } = await lake
      .client(Route53Client)
      .send(new ListResourceRecordSetsCommand({ HostedZoneId: zone }));
    const [record, ...others] = ResourceRecordSets.filter(({ Type }) => Type === 'A');
    same([record?.Name, others], [`${OWN_INGEST.domain?.domainName}.`, []], 'records');
    // Route 53 writes the names that it is given with a dot at the end.
    const target = record?.AliasTarget?.DNSName?.replace(/\.$/, '');
    same(target, lake.output('ingest', 'LoadBalancerDnsName'), 'target of the alias');
  });

  await report.check(
    'a producer gets a token with its client, and the gateway finds in it its datasets alone',
    async () => {
      const UserPoolId = lake.output('issuer', 'UserPoolId');
      const ClientId = lake.output('issuer', 'ClientIdOfWebShop');
      const found = await lake
        .client(CognitoIdentityProviderClient)
        .send(new DescribeUserPoolClientCommand({ UserPoolId, ClientId }));
      const secret = found.UserPoolClient?.ClientSecret ?? '';
      // The emulator answers for every address, whose names resolve nowhere.
      const address = new URL(lake.output('issuer', 'TokenEndpoint'));
      const answer = await fetch(`${lake.emulator.endpoint}${address.pathname}`, {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(`${ClientId}:${secret}`).toString('base64')}` },
        body: new URLSearchParams({ grant_type: 'client_credentials' }),
      });
      const { access_token: token, expires_in: seconds } = (await answer.json()) as Record<string, unknown>;
      same([answer.status, seconds], [200, 3_600], 'answer of the issuer');
      // The emulator has no keys to sign with: signatures are for ingest/test/gateway/cognito-tokens.test.ts.
      const claims = decodeJwt(String(token));
      same(claims.iss, `https://cognito-idp.${REGION}.amazonaws.com/${UserPoolId}`, 'issuer of the token');
      const { subject, datasets } = principalOf(claims, {
        profile: 'cognito',
        issuer: claims.iss ?? '',
        audience: lake.stackName('ingest'),
        algorithms: ['RS256'],
        rolesClaim: 'scope',
        partitionsClaim: undefined,
        jwks: '',
      });
      same([subject, [...datasets].sort()], [ClientId, ['access_logs', 'orders']], 'subject and datasets');
    },
  );

  await report.check('it is in the network that the other stack made, with a role of its own', async () => {
    const [subnets, role] = await Promise.all([
      lake.physicalIds('network', 'AWS::EC2::Subnet', ''),
      lake.physicalId('ingest', 'AWS::IAM::Role', 'InstanceRole'),
    ]);
    same(subnets.length, 4, 'subnets: two private, two of the NAT gateway');
    const { Role } = await lake.client(IAMClient).send(new GetRoleCommand({ RoleName: role }));
    if (!decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '').includes('ec2.amazonaws.com')) {
      throw new Error(`The role ${role} is not for instances`);
    }
  });

  await report.check('destroyed, it leaves a lake as it was', async () => {
    await lake.cdk.destroy(lake.assembly, ingestStacks(lake));
    await lake.deploy(before);
    same(Object.keys(lake.outputs).includes('ingest'), false, 'the ingest stack is there');
    await scenario.compareEverything();
  });
}

/** A hosted zone for the name of the tier. */
async function createZone(lake: EmulatedLake): Promise<string> {
  const { HostedZone } = await lake
    .client(Route53Client)
    .send(new CreateHostedZoneCommand({ Name: OWN_INGEST.domain?.hostedZoneName ?? '', CallerReference: 'proof' }));
  return (HostedZone?.Id ?? '').replace('/hostedzone/', '');
}

const inZone = (hostedZoneId: string): IngestDefinition => ({
  ...OWN_INGEST,
  ...(OWN_INGEST.domain === undefined ? {} : { domain: { ...OWN_INGEST.domain, hostedZoneId } }),
});

/** Those that use the others first. */
const ingestStacks = (lake: EmulatedLake): readonly string[] =>
  ['Ingest', 'Issuer', 'Network'].map((stack) => `${lake.settings.name}/${stack}`);
