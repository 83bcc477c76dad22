import {
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { describeNotProven } from '../emulator/assembly';
import type { EmulatedLake } from '../emulator/lake';
import { INGEST } from '../templates/ingest';
import { type Scenario, same } from './scenario';

/** The ingest tier comes to a lake that exists, and goes again. No instance starts: the emulator has none. */
export async function ingestScenarios(scenario: Scenario): Promise<void> {
  const { report, lake } = scenario;
  report.section('The ingest tier');
  const before = lake.assembly;

  await report.check('network and ingest stacks are deployed beside the others', async () => {
    const assembly = await lake.synthesize({ stage: { ingest: INGEST } });
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

/** The one that uses the other first. */
const ingestStacks = (lake: EmulatedLake): readonly string[] =>
  ['Ingest', 'Network'].map((stack) => `${lake.settings.name}/${stack}`);
