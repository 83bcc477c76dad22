import type { StageSettings } from '../../../lib/settings';
import { type Outcome, runChecks, type SmokeCheck } from '../check';
import { compaction } from '../checks/compaction';
import type { SmokeContext } from '../context';
import { type Cdk, deletesData } from './cdk';
import { bucketsThere, type Holdings, holdingsOf, keyState, logGroupsOf, stacksOf, versionsIn } from './remains';

/** What the checks learn from one another. */
export interface Stages {
  readonly cdk: Cdk;
  /** Opens the stage as it is deployed at that moment. */
  readonly open: () => Promise<SmokeContext>;
  kept?: Holdings;
  again?: Holdings;
}

const PERMISSIONS = [
  ...['cloudformation:DescribeStacks', 's3:ListAllMyBuckets', 's3:ListBucketVersions', 'kms:DescribeKey'],
  ...['logs:DescribeLogGroups', 'sts:AssumeRole'],
];

const keeps = (stages: Stages): SmokeCheck => ({
  id: 'destroy-keeps',
  proves: 'cdk destroy removes the stacks, and keeps every version of every object, and the key',
  answers: {},
  permissions: PERMISSIONS,
  async run(context) {
    const seen = await compaction.run(context); // rows to be kept
    const holdings = await holdingsOf(context);
    const before = await versionsIn(context, holdings.buckets);
    await stages.cdk('destroy', []);
    stages.kept = holdings;
    await expectNoStacks(context);
    const lost = holdings.buckets.length - (await bucketsThere(context, holdings.buckets)).length;
    if (lost > 0) {
      throw new Error(
        `${lost} buckets are gone. A stage that was last deployed with -c ${deletesData(context.settings.name)} is destroyed ` +
          'with its data: deploy it without that, and repeat',
      );
    }
    const after = new Set(await versionsIn(context, holdings.buckets));
    const gone = before.filter((version) => !after.has(version));
    if (gone.length > 0) throw new Error(`${gone.length} versions of objects are gone, such as ${gone[0]}`);
    const state = await keyState(context, holdings.dataKey);
    if (state !== 'Enabled') throw new Error(`the data key is ${state} instead of Enabled`);
    return `${before.length} versions in ${holdings.buckets.length} buckets, with ${seen}`;
  },
});

const again = (stages: Stages, settings: StageSettings): SmokeCheck => ({
  id: 'destroy-again',
  proves: 'beside what was kept, the stage is deployed again, with buckets of its own, and compacts',
  answers: {},
  needs: ['destroy-keeps'],
  permissions: PERMISSIONS,
  async run() {
    // The second switch takes effect with a deployment.
    await stages.cdk('deploy', [deletesData(settings.name)]);
    const context = await stages.open();
    stages.again = await holdingsOf(context);
    const shared = stages.again.buckets.filter((bucket) => stages.kept?.buckets.includes(bucket) === true);
    if (shared.length > 0) throw new Error(`it has ${shared.join(', ')} of the stage before`);
    return await compaction.run(context);
  },
});

const all = (stages: Stages, settings: StageSettings): SmokeCheck => ({
  id: 'destroy-all',
  proves:
    'with both switches, cdk destroy removes buckets with their objects, and the keys; what was kept before stays',
  answers: {},
  needs: ['destroy-again'],
  permissions: PERMISSIONS,
  async run(context) {
    const { again: own, kept } = stages;
    if (own === undefined || kept === undefined) throw new Error('there is nothing to destroy');
    await stages.cdk('destroy', [deletesData(settings.name)]);
    await expectNoStacks(context);
    const left = await bucketsThere(context, own.buckets);
    if (left.length > 0) throw new Error(`${left.join(', ')} are still there`);
    const state = await keyState(context, own.dataKey);
    if (state !== 'PendingDeletion') throw new Error(`the data key is ${state} instead of PendingDeletion`);
    const lost = kept.buckets.length - (await bucketsThere(context, kept.buckets)).length;
    if (lost > 0) throw new Error(`${lost} of the buckets that were kept are gone`);
    return `${own.buckets.length} buckets and the keys are gone`;
  },
});

/** In the order in which they run. */
export const destroyChecks = (stages: Stages, settings: StageSettings): readonly SmokeCheck[] => [
  keeps(stages),
  again(stages, settings),
  all(stages, settings),
];

async function expectNoStacks(context: SmokeContext): Promise<void> {
  const left = await stacksOf(context);
  if (left.length > 0) throw new Error(`stacks are still there: ${left.join(', ')}`);
}

/**
 * Destroys a stage with its data kept, deploys it again, and destroys it with its data.
 *
 * @param first the stage as it is deployed now
 * @param told of each outcome as soon as it is there
 * @returns what is left, each with the command that removes it
 */
export async function destroyStage(
  first: SmokeContext,
  { cdk, open }: Pick<Stages, 'cdk' | 'open'>,
  told: (outcome: Outcome) => void = () => {},
): Promise<{ readonly outcomes: readonly Outcome[]; readonly left: readonly string[] }> {
  const stages: Stages = { cdk, open };
  const { settings } = first;
  const outcomes = await runChecks(destroyChecks(stages, settings), first, told);
  return { outcomes, left: await leftOf(first, stages) };
}

async function leftOf(context: SmokeContext, { kept, again: own }: Stages): Promise<readonly string[]> {
  const left: string[] = [];
  for (const name of await stacksOf(context)) left.push(`stack ${name}: npx cdk destroy`);
  for (const holdings of [kept, own]) {
    if (holdings === undefined) continue;
    for (const bucket of await bucketsThere(context, holdings.buckets)) {
      const { length } = await versionsIn(context, [bucket]);
      left.push(
        `bucket ${bucket} with ${length} versions of objects: empty it in the console of S3, then aws s3api delete-bucket --bucket ${bucket}`,
      );
    }
    const state = await keyState(context, holdings.dataKey);
    left.push(
      state === 'PendingDeletion'
        ? `key ${holdings.dataKey}, which AWS deletes by itself after its waiting period`
        : `key ${holdings.dataKey} (${state}), a dollar a month: aws kms schedule-key-deletion --key-id ${holdings.dataKey}`,
    );
  }
  for (const name of await logGroupsOf(context))
    left.push(`log group ${name}: aws logs delete-log-group --log-group-name ${name}`);
  return left;
}
