import { askForMore, type Quota, quotaPermissions, quotaValue } from '../account/quotas';
import { stackPermissions } from '../account/stacks';
import { resourcesOfType } from '../assembly/assembly';
import { type Check, error, ok, skipped, unknown, warning } from '../check';
import type { Context } from '../context';
import { onAnything } from '../permission';

export interface CountableQuota extends Quota {
  readonly id: string;
  /** CloudFormation's type of what is counted. */
  readonly type: string;
  /** What is counted, in plural, as people say it. */
  readonly things: string;
  /** IAM actions of `count`. */
  readonly actions: readonly string[];
  /** How many the account has in this region now. */
  count(context: Context): Promise<number>;
}

/** Above this share of a quota a warning says that the next one may not fit. */
const NEARLY_FULL = 0.9;

/** A quota on a number of things: those that exist and those that the stage adds must fit into it. */
export const countableQuota = ({ id, type, things, actions, count, ...quota }: CountableQuota): Check => ({
  id,
  permissions: (scope) => [...stackPermissions(scope), ...quotaPermissions(), ...onAnything(...actions)],
  async run(context) {
    const wanted = resourcesOfType(context.assembly, type).length;
    if (wanted === 0) return [skipped(`not needed: the stage creates no ${things}`)];
    const own = (await context.deployed()).flatMap(({ resources }) => resources).filter((one) => one.type === type);
    const [value, used] = await Promise.all([quotaValue(context.aws, quota), count(context)]);
    const needed = used + Math.max(0, wanted - own.length);
    if (value === undefined) {
      return [
        unknown(
          `AWS does not say how many ${things} are allowed; ${needed} are needed`,
          `Look at ${quota.service} in the Service Quotas console.`,
        ),
      ];
    }
    const summary = `${needed} ${things} of ${value} with this stage`;
    const todo = `Delete unused ones, or request more: ${askForMore(quota, 2 * needed, context.region)}`;
    if (needed > value) return [error(summary, todo)];
    return [needed > NEARLY_FULL * value ? warning(`${summary}: nearly full`, todo) : ok(summary)];
  },
});
