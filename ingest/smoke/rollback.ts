import {
  AutoScalingClient,
  DescribeInstanceRefreshesCommand,
  DescribeScalingActivitiesCommand,
  type InstanceRefresh,
  RollbackInstanceRefreshCommand,
  StartInstanceRefreshCommand,
} from '@aws-sdk/client-auto-scaling';
import {
  CreateLaunchTemplateVersionCommand,
  DeleteLaunchTemplateVersionsCommand,
  DescribeLaunchTemplateVersionsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import type { SmokeCheck } from '../../cli/smoke/check';
import { runDollars } from '../../cli/smoke/checks/compaction';
import type { SmokeContext } from '../../cli/smoke/context';
import { NotDeployed } from '../../cli/smoke/not-deployed';
import { PRICES } from '../../lib/prices';
import { FRONT_PERMISSIONS } from './front';
import { GROUP_PERMISSIONS, groupOf, REPLACE_SECONDS, untilWhole } from './group';
import { whileSending } from './stream';

/** Of the version with the broken image. */
const MARK = 'Smoke test: deleted when it ends';
const NO_IMAGE = `sha256:${'0'.repeat(64)}`;
/** A launch is given up after ten minutes, and what follows takes minutes. */
const FAIL_SECONDS = 1_200;
const ENDED = /^(?:Successful|Failed|Cancelled|RollbackSuccessful|RollbackFailed)$/;

/**
 * Instances with an image that does not exist never serve, and the group goes back to the version before. The refresh is the
 * one that CloudFormation starts at an update. Costs a run and two instances.
 */
export const ingestRollback: SmokeCheck = {
  id: 'ingest-rollback',
  proves: 'an image that does not start is rolled back, and events are acknowledged meanwhile',
  answers: { 'AWS::AutoScaling::AutoScalingGroup': ['that a refresh rolls back'] },
  asked: 'ingest',
  needs: ['ingest-drain'],
  permissions: [
    ...FRONT_PERMISSIONS,
    ...GROUP_PERMISSIONS,
    ...['ec2:DescribeLaunchTemplateVersions', 'ec2:CreateLaunchTemplateVersion', 'ec2:DeleteLaunchTemplateVersions'],
    ...['autoscaling:StartInstanceRefresh', 'autoscaling:RollbackInstanceRefresh', 'ec2:RunInstances', 'iam:PassRole'],
    ...['autoscaling:DescribeInstanceRefreshes', 'autoscaling:DescribeScalingActivities'],
  ],
  notEmulated: 'the emulator starts no instance',
  dollars: (settings) => runDollars(settings) + 2 * PRICES.c7gMedium.usd,
  remove: removeBroken,
  async run(context) {
    await removeBroken(context);
    const before = await versionOf(context);
    try {
      const seen = await whileSending(context, async () => {
        await refreshTo(context, await brokenVersion(context, before));
        await untilFailed(context);
        await untilBack(context);
      });
      const after = await versionOf(context);
      if (after !== before)
        throw new Error(`the group has version ${after} of its launch template instead of ${before}`);
      await untilWhole(context);
      return `version ${before} is back: ${seen}`;
    } finally {
      await removeBroken(context);
    }
  },
};

const templateOf = async (context: SmokeContext) => {
  const { LaunchTemplateId, Version } = (await groupOf(context)).LaunchTemplate ?? {};
  if (LaunchTemplateId === undefined) throw new Error('the Auto Scaling group has no launch template');
  return { LaunchTemplateId, Version };
};

const versionOf = async (context: SmokeContext): Promise<string | undefined> => (await templateOf(context)).Version;

/** The version of the group with another digest in its user data. @returns its number */
async function brokenVersion(context: SmokeContext, SourceVersion: string | undefined): Promise<string> {
  const ec2 = context.client(EC2Client);
  const { LaunchTemplateId } = await templateOf(context);
  const { LaunchTemplateVersions: [source] = [] } = await ec2.send(
    new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId, Versions: [SourceVersion ?? ''] }),
  );
  const script = Buffer.from(source?.LaunchTemplateData?.UserData ?? '', 'base64').toString('utf8');
  const broken = script.replace(
    /^IMAGE='([^'@]+?)(?:@[^']*|:[^':/]*)?'$/m,
    (_, name: string) => `IMAGE='${name}@${NO_IMAGE}'`,
  );
  if (broken === script) throw new Error(`the user data of version ${SourceVersion} names no image`);
  const { LaunchTemplateVersion } = await ec2.send(
    new CreateLaunchTemplateVersionCommand({
      LaunchTemplateId,
      SourceVersion,
      VersionDescription: MARK,
      LaunchTemplateData: { UserData: Buffer.from(broken).toString('base64') },
    }),
  );
  return String(LaunchTemplateVersion?.VersionNumber);
}

async function refreshTo(context: SmokeContext, Version: string): Promise<void> {
  const { LaunchTemplateId } = await templateOf(context);
  await context.client(AutoScalingClient).send(
    new StartInstanceRefreshCommand({
      AutoScalingGroupName: await context.output('ingest', 'GroupName'),
      Strategy: 'Rolling',
      DesiredConfiguration: { LaunchTemplate: { LaunchTemplateId, Version } },
      // As in the update policy of the group.
      Preferences: { AutoRollback: true, MinHealthyPercentage: 100, MaxHealthyPercentage: 150, SkipMatching: true },
    }),
  );
}

/** The last refresh of the group. */
async function refreshOf(context: SmokeContext): Promise<InstanceRefresh> {
  const { InstanceRefreshes: [last] = [] } = await context.client(AutoScalingClient).send(
    new DescribeInstanceRefreshesCommand({
      AutoScalingGroupName: await context.output('ingest', 'GroupName'),
      MaxRecords: 1,
    }),
  );
  return last ?? {};
}

/** Resolves when the group has given up an instance, or the whole refresh. @throws Error when the refresh succeeds */
async function untilFailed(context: SmokeContext): Promise<void> {
  await context.until('launch that is given up', FAIL_SECONDS, async () => {
    const { Status = '' } = await refreshOf(context);
    if (Status === 'Successful') throw new Error('the group took an image that does not exist');
    if (ENDED.test(Status) || Status === 'RollbackInProgress') return true;
    const { Activities = [] } = await context.client(AutoScalingClient).send(
      new DescribeScalingActivitiesCommand({
        AutoScalingGroupName: await context.output('ingest', 'GroupName'),
        MaxRecords: 20,
      }),
    );
    const isGivenUp = Activities.some(
      ({ Description = '', StatusCode, StartTime }) =>
        /^Launching a new EC2 instance/.test(Description) &&
        (StatusCode === 'Failed' || StatusCode === 'Cancelled') &&
        (StartTime?.getTime() ?? 0) > context.began.getTime(),
    );
    return isGivenUp ? true : undefined;
  });
}

/** Auto Scaling tries for an hour before it rolls back by itself, for which nobody waits. @throws Error when it does not roll back */
async function untilBack(context: SmokeContext): Promise<void> {
  const { Status = '' } = await refreshOf(context);
  if (Status === 'Pending' || Status === 'InProgress') await rollBack(context);
  const ended = await context.until('end of the rollback', REPLACE_SECONDS, async () => {
    const last = await refreshOf(context);
    return ENDED.test(last.Status ?? '') ? last : undefined;
  });
  if (ended.Status === 'RollbackSuccessful') return;
  throw new Error(`the refresh ended as ${ended.Status}: ${ended.StatusReason ?? 'without a reason'}`);
}

async function rollBack({ client, output }: SmokeContext): Promise<void> {
  const AutoScalingGroupName = await output('ingest', 'GroupName');
  await client(AutoScalingClient).send(new RollbackInstanceRefreshCommand({ AutoScalingGroupName }));
}

/** Has the group back at its own version, and deletes that of the smoke test. */
async function removeBroken(context: SmokeContext): Promise<void> {
  if (context.settings.ingest === undefined) return;
  const name = await context.output('ingest', 'GroupName').catch((error: unknown) => {
    if (error instanceof NotDeployed) return undefined;
    throw error;
  });
  if (name === undefined) return;
  const ec2 = context.client(EC2Client);
  const { LaunchTemplateId } = await templateOf(context);
  const { LaunchTemplateVersions = [] } = await ec2.send(
    new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId }),
  );
  const own = LaunchTemplateVersions.filter(({ VersionDescription }) => VersionDescription === MARK);
  const Versions = own.map(({ VersionNumber }) => String(VersionNumber));
  if (Versions.length === 0) return;
  const { Status = '', DesiredConfiguration } = await refreshOf(context);
  const isOwn = Versions.includes(DesiredConfiguration?.LaunchTemplate?.Version ?? '');
  if (isOwn && !ENDED.test(Status)) await untilBack(context);
  if (Versions.includes((await versionOf(context)) ?? '')) {
    throw new Error(
      `the group still has version ${Versions.join(', ')} of its launch template: deploy the ingest stack again`,
    );
  }
  await ec2.send(new DeleteLaunchTemplateVersionsCommand({ LaunchTemplateId, Versions }));
}
