import { type DeployedStack, stackPermissions } from '../account/stacks';
import type { AssemblyStack } from '../assembly/assembly';
import { type Check, error, type Finding, ok, warning } from '../check';

/** Whether CloudFormation lets each stack be created or updated from the state that it is in. */
export const stackStates: Check = {
  id: 'stack-states',
  permissions: stackPermissions,
  async run({ assembly, region, deployed }) {
    const existing = new Map((await deployed()).map((stack) => [stack.name, stack]));
    const findings = assembly.stacks.flatMap((own) => {
      const stack = existing.get(own.name);
      return stack === undefined ? [] : judge(own, stack, region);
    });
    if (findings.length > 0) return findings;
    if (existing.size === 0) return [ok(`none of the ${assembly.stacks.length} stacks exists yet`)];
    return [ok(`${existing.size} of ${assembly.stacks.length} stacks exist and can be updated`)];
  },
};

function judge(own: AssemblyStack, stack: DeployedStack, region: string): readonly Finding[] {
  const { name, status } = stack;
  const found = `${name} is ${status}${stack.statusReason === undefined ? '' : ` (${stack.statusReason})`}`;
  const run = (command: string): string => `aws cloudformation ${command} --stack-name ${name} --region ${region}`;
  if (/^(?:ROLLBACK_COMPLETE|ROLLBACK_FAILED)$/.test(status)) {
    // The CDK deletes such a stack by itself, which termination protection forbids.
    return stack.terminationProtection
      ? [
          error(
            `${found}: its creation failed, and termination protection keeps it`,
            `Read why (${run('describe-stack-events')}), then ` +
              `${run('update-termination-protection --no-enable-termination-protection')} and ${run('delete-stack')}`,
          ),
        ]
      : [
          warning(
            `${found}: its creation failed once. cdk deploy deletes and creates it`,
            `Read why it failed, or it fails again: ${run('describe-stack-events')}`,
          ),
        ];
  }
  if (status === 'REVIEW_IN_PROGRESS') {
    return [
      warning(
        `${found}: a change set was made and never executed`,
        `cdk deploy goes on from there. To begin anew: ${run('delete-stack')}`,
      ),
    ];
  }
  if (status === 'UPDATE_ROLLBACK_FAILED') {
    return [error(found, `Repair what its events name, then ${run('continue-update-rollback')}`)];
  }
  if (status === 'DELETE_FAILED') {
    return [error(found, `Repair what its events name, then ${run('delete-stack')}`)];
  }
  if (status.endsWith('_IN_PROGRESS')) {
    return [error(found, 'Somebody deploys or deletes it right now: wait until that has ended.')];
  }
  if (/^(?:CREATE_FAILED|IMPORT_ROLLBACK_FAILED)$/.test(status)) {
    return [error(found, `Read why (${run('describe-stack-events')}), then ${run('delete-stack')}`)];
  }
  return foreign(own, stack);
}

/** A stack of that name that shares no resource with ours is somebody else's, and a deployment would empty it. */
function foreign(own: AssemblyStack, { name, resources, description }: DeployedStack): readonly Finding[] {
  const ids = new Set(Object.keys(own.template.Resources));
  if (resources.length === 0 || resources.some(({ logicalId }) => ids.has(logicalId))) return [];
  return [
    error(
      `the stack ${name} exists, but has no resource of this lake (its description: ${description ?? 'none'})`,
      'A deployment would replace everything in it. Choose another `prefix` for the stage.',
    ),
  ];
}
