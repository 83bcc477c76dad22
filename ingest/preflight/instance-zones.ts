import {
  DescribeAvailabilityZonesCommand,
  DescribeInstanceTypeOfferingsCommand,
  DescribeSubnetsCommand,
} from '@aws-sdk/client-ec2';
import { resourcesOfType } from '../../cli/preflight/assembly/assembly';
import { at, strings } from '../../cli/preflight/assembly/template';
import { type Check, error, ok, skipped } from '../../cli/preflight/check';
import type { Context } from '../../cli/preflight/context';
import { onAnything } from '../../cli/preflight/permission';

/** Whether the zones of the ingest tier have its instance type: one that a region offers may be missing in a zone of it. */
export const instanceZones: Check = {
  id: 'instance-zones',
  permissions: () =>
    onAnything('ec2:DescribeInstanceTypeOfferings', 'ec2:DescribeAvailabilityZones', 'ec2:DescribeSubnets'),
  async run(context) {
    const types = resourcesOfType(context.assembly, 'AWS::EC2::LaunchTemplate').flatMap(({ Properties }) => {
      const type = at(Properties, ['LaunchTemplateData', 'InstanceType']);
      return typeof type === 'string' ? [type] : [];
    });
    if (types.length === 0) return [skipped('not needed: the stage runs no instances')];
    const zones = [...new Set([...(await zonesOfOwn(context)), ...(await zonesOfExisting(context))])].sort();
    return Promise.all([...new Set(types)].map((type) => judge(context, type, zones)));
  },
};

async function judge({ aws, settings }: Context, type: string, zones: readonly string[]) {
  const { InstanceTypeOfferings = [] } = await aws.ec2.send(
    new DescribeInstanceTypeOfferingsCommand({
      LocationType: 'availability-zone',
      Filters: [{ Name: 'instance-type', Values: [type] }],
    }),
  );
  const offered = InstanceTypeOfferings.flatMap(({ Location }) => Location ?? []).sort();
  const missing = zones.filter((zone) => !offered.includes(zone));
  if (missing.length === 0) return ok(`${type} is offered in ${zones.join(', ')}`);
  return error(
    `${type} is not offered in ${missing.join(', ')}, where the stage has subnets for it`,
    `Choose another instanceType in config/stages/${settings.name}.ts, or zones of ${offered.join(', ')}.`,
  );
}

/** Zones of subnets that the templates create: by name, or as one of those of the region, in their order. */
async function zonesOfOwn({ aws, assembly, region }: Context): Promise<readonly string[]> {
  const given = resourcesOfType(assembly, 'AWS::EC2::Subnet').map(({ Properties }) =>
    at(Properties, ['AvailabilityZone']),
  );
  const named = given.filter((zone): zone is string => typeof zone === 'string' && zone.startsWith(region));
  const places = given.flatMap((zone) => {
    const [place] = (at(zone, ['Fn::Select']) ?? []) as readonly unknown[];
    return place === undefined ? [] : [Number(place)];
  });
  if (places.length === 0) return named;
  const { AvailabilityZones = [] } = await aws.ec2.send(
    new DescribeAvailabilityZonesCommand({ Filters: [{ Name: 'zone-type', Values: ['availability-zone'] }] }),
  );
  const all = AvailabilityZones.flatMap(({ ZoneName }) => ZoneName ?? []).sort();
  return [...named, ...places.flatMap((place) => all[place] ?? [])];
}

/** Zones of subnets that exist and that a group names by id. */
async function zonesOfExisting({ aws, assembly }: Context): Promise<readonly string[]> {
  const SubnetIds = resourcesOfType(assembly, 'AWS::AutoScaling::AutoScalingGroup')
    .flatMap(({ Properties }) => strings(at(Properties, ['VPCZoneIdentifier'])))
    .filter((id) => /^subnet-[0-9a-f]+$/.test(id));
  if (SubnetIds.length === 0) return [];
  const { Subnets = [] } = await aws.ec2.send(new DescribeSubnetsCommand({ SubnetIds }));
  return Subnets.flatMap(({ AvailabilityZone }) => AvailabilityZone ?? []);
}
