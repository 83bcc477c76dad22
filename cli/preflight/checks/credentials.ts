import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import type { Aws } from '../aws/clients';
import { type Check, error, ok } from '../check';

export interface Caller {
  readonly account: string;
  readonly arn: string;
}

/** Whose credentials these are: the one call that needs no permission. @throws BadCredentials */
export async function whoAmI({ sts }: Aws): Promise<Caller> {
  const { Account, Arn } = await sts.send(new GetCallerIdentityCommand({}));
  if (Account === undefined || Arn === undefined) throw new Error('STS does not say who the caller is.');
  return { account: Account, arn: Arn };
}

/** Whether the credentials belong into the stage's account. That they are good was found out before. */
export const credentials: Check = {
  id: 'credentials',
  permissions: () => [],
  run({ account, caller, settings }) {
    if (settings.account === undefined) return [ok(`account ${account}, as ${caller}; the stage names no account`)];
    if (settings.account === account) return [ok(`account ${account}, as ${caller}`)];
    return [
      error(
        `the stage belongs to account ${settings.account}, but these credentials are of ${account} (${caller})`,
        `Use a profile of ${settings.account} (AWS_PROFILE), or correct \`account\` in config/stages/${settings.name}.ts. ` +
          `Everything else here was found in ${account}.`,
      ),
    ];
  },
};
