import { GetRoleCommand, GetUserCommand } from '@aws-sdk/client-iam';
import { strings, visit } from '../assembly/template';
import { ifFound } from '../aws/errors';
import { type Check, error, type Finding, ok, skipped } from '../check';
import type { Context } from '../context';
import { iamArn } from '../scope';

const PRINCIPAL = /^arn:[\w-]+:iam::(\d{12}):(role|user)\/(?:[^*]*\/)?([^/*]+)$/;

/** A policy that names a role which does not exist is refused: "Invalid principal in policy". */
export const principals: Check = {
  id: 'principals',
  permissions: (scope) => [
    { action: 'iam:GetRole', resource: iamArn(scope, 'role/*') },
    { action: 'iam:GetUser', resource: iamArn(scope, 'user/*') },
  ],
  async run(context) {
    const named = principalsOf(context);
    if (named.length === 0) return [skipped('not needed: no policy of the stage names a role or user by its ARN')];
    return Promise.all(named.map((principal) => judge(context, principal)));
  },
};

/** Literal ARNs under `Principal`; those that a template computes are of its own resources. */
function principalsOf({ assembly }: Context): readonly string[] {
  const found = new Set<string>();
  for (const { template } of assembly.stacks) {
    visit(template.Resources, (object) => {
      if (!('Principal' in object)) return;
      for (const text of strings(object.Principal)) if (PRINCIPAL.test(text)) found.add(text);
    });
  }
  return [...found].sort();
}

async function judge({ aws, account, settings }: Context, principal: string): Promise<Finding> {
  const [, owner, kind, name = ''] = PRINCIPAL.exec(principal) ?? [];
  if (owner !== account) return skipped(`${principal} is of another account, which cannot be checked from here`);
  const found =
    kind === 'role'
      ? await ifFound(aws.iam.send(new GetRoleCommand({ RoleName: name })))
      : await ifFound(aws.iam.send(new GetUserCommand({ UserName: name })));
  if (found !== undefined) return ok(`${principal} exists`);
  return error(
    `a policy names ${principal}, which does not exist`,
    `Create it first, or correct its name in config/stages/${settings.name}.ts.`,
  );
}
