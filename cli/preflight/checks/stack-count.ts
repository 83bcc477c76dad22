import { paginateListStacks, type StackStatus } from '@aws-sdk/client-cloudformation';
import { askForMore, quotaPermissions, quotaValue } from '../account/quotas';
import { stackPermissions } from '../account/stacks';
import { type Check, error, ok, unknown, warning } from '../check';
import { onAnything } from '../permission';

const QUOTA = { service: 'cloudformation', code: 'L-0485CB21' };

/** Every status but that of a stack that is gone. */
const GONE: StackStatus = 'DELETE_COMPLETE';

/** Stacks of the account in this region; a stage of many datasets brings a few dozen. */
export const stackCount: Check = {
  id: 'stack-count',
  permissions: (scope) => [
    ...stackPermissions(scope),
    ...quotaPermissions(),
    ...onAnything('cloudformation:ListStacks'),
  ],
  async run({ aws, assembly, region, deployed }) {
    const [value, own] = await Promise.all([quotaValue(aws, QUOTA), deployed()]);
    let used = 0;
    for await (const { StackSummaries = [] } of paginateListStacks({ client: aws.cloudFormation }, {})) {
      used += StackSummaries.filter(({ StackStatus }) => StackStatus !== GONE).length;
    }
    const needed = used + assembly.stacks.length - own.length;
    if (value === undefined) {
      return [
        unknown(
          `AWS does not say how many stacks are allowed; ${needed} are needed`,
          'Look at CloudFormation in the Service Quotas console.',
        ),
      ];
    }
    const summary = `${needed} stacks of ${value} with this stage`;
    const todo = `Delete unused ones, or request more: ${askForMore(QUOTA, 2 * needed, region)}`;
    if (needed > value) return [error(summary, todo)];
    return [needed > 0.9 * value ? warning(`${summary}: nearly full`, todo) : ok(summary)];
  },
};
