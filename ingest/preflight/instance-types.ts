import { DescribeInstanceTypesCommand } from '@aws-sdk/client-ec2';
import { askForMore, quotaPermissions, quotaValue } from '../../cli/preflight/account/quotas';
import { resourcesOfType } from '../../cli/preflight/assembly/assembly';
import { at } from '../../cli/preflight/assembly/template';
import { type Check, error, type Finding, ok, skipped, unknown, warning } from '../../cli/preflight/check';
import type { Context } from '../../cli/preflight/context';
import { onAnything } from '../../cli/preflight/permission';

/** vCPUs of running on-demand instances of the standard families; five in many new accounts. */
const STANDARD_VCPUS = { service: 'ec2', code: 'L-1216C47A' };

/** Whether the region offers the instance types of the ingest tier, and the account may run as many as the group grows to. */
export const instanceTypes: Check = {
  id: 'instance-types',
  permissions: () => [...quotaPermissions(), ...onAnything('ec2:DescribeInstanceTypes')],
  async run(context) {
    const types = [
      ...new Set(
        resourcesOfType(context.assembly, 'AWS::EC2::LaunchTemplate')
          .map(({ Properties }) => at(Properties, ['LaunchTemplateData', 'InstanceType']))
          .filter((type): type is string => typeof type === 'string'),
      ),
    ];
    if (types.length === 0) return [skipped('not needed: the stage runs no instances')];
    const sizes = await Promise.all(types.map((type) => vcpusOf(context, type)));
    const { region, settings } = context;
    const absent = types.filter((_, index) => sizes[index] === undefined);
    if (absent.length > 0) {
      return absent.map((type) =>
        error(
          `${region} does not offer instances of type ${type}`,
          `Choose another instanceType in config/stages/${settings.name}.ts: aws ec2 describe-instance-types --region ${region}`,
        ),
      );
    }
    return [await judgeQuota(context, types, Math.max(...sizes.map((size) => size ?? 0)))];
  },
};

/** @returns undefined when the region does not offer the type */
async function vcpusOf({ aws }: Context, type: string): Promise<number | undefined> {
  try {
    const { InstanceTypes } = await aws.ec2.send(
      new DescribeInstanceTypesCommand({ Filters: [{ Name: 'instance-type', Values: [type] }] }),
    );
    return InstanceTypes?.find(({ InstanceType }) => InstanceType === type)?.VCpuInfo?.DefaultVCpus;
  } catch (cause) {
    if (cause instanceof Error && cause.name === 'InvalidInstanceType') return undefined;
    throw cause;
  }
}

async function judgeQuota(
  { aws, assembly, region }: Context,
  types: readonly string[],
  each: number,
): Promise<Finding> {
  const groups = resourcesOfType(assembly, 'AWS::AutoScaling::AutoScalingGroup').map(({ Properties }) => ({
    least: Number(at(Properties, ['MinSize']) ?? 0),
    most: Number(at(Properties, ['MaxSize']) ?? 0),
  }));
  const least = each * groups.reduce((sum, group) => sum + group.least, 0);
  const most = each * groups.reduce((sum, group) => sum + group.most, 0);
  const value = await quotaValue(aws, STANDARD_VCPUS);
  const summary = `${types.join(', ')}: ${least} vCPUs at least and ${most} at most`;
  if (value === undefined) {
    return unknown(
      `${summary}, but AWS does not say how many are allowed`,
      'Look at ec2 in the Service Quotas console.',
    );
  }
  const todo = `Ask for more: ${askForMore(STANDARD_VCPUS, 2 * most, region)}`;
  const found = `${summary}, of ${value} that the account may run over all its instances`;
  if (least > value) return error(found, todo);
  return most > value ? warning(`${found}: the group cannot grow to its end`, todo) : ok(found);
}
