import { GetAccountSummaryCommand } from '@aws-sdk/client-iam';
import { stackPermissions } from '../account/stacks';
import { resourcesOfType } from '../assembly/assembly';
import { type Check, error, type Finding, ok, unknown, warning } from '../check';
import { onAnything } from '../permission';

const COUNTED = [
  { type: 'AWS::IAM::Role', things: 'IAM roles', used: 'Roles', quota: 'RolesQuota' },
  { type: 'AWS::IAM::ManagedPolicy', things: 'IAM policies', used: 'Policies', quota: 'PoliciesQuota' },
] as const;

const REMEDY = 'Delete unused ones, or request more in Service Quotas (service IAM, in us-east-1).';

/** Roles and customer managed policies of the account, of which IAM itself keeps count. */
export const iamQuotas: Check = {
  id: 'iam-quotas',
  permissions: (scope) => [...stackPermissions(scope), ...onAnything('iam:GetAccountSummary')],
  async run(context) {
    const deployed = (await context.deployed()).flatMap(({ resources }) => resources);
    const { SummaryMap: summary = {} } = await context.aws.iam.send(new GetAccountSummaryCommand({}));
    return COUNTED.map(({ type, things, used, quota }): Finding => {
      const own = deployed.filter((resource) => resource.type === type).length;
      const wanted = resourcesOfType(context.assembly, type).length;
      const [now, value] = [summary[used], summary[quota]];
      if (now === undefined || value === undefined) {
        return unknown(`IAM does not say how many ${things} there are`, 'Look at the dashboard of the IAM console.');
      }
      const needed = now + Math.max(0, wanted - own);
      const found = `${needed} ${things} of ${value} with this stage`;
      if (needed > value) return error(found, REMEDY);
      return needed > 0.9 * value ? warning(`${found}: nearly full`, REMEDY) : ok(found);
    });
  },
};
