import { holds } from './conditions';
import { matchesAction, matchesArn } from './patterns';
import { type Caller, list, type PolicyDocument, type Request, type Statement } from './policy';
import { understood } from './understood';

export type Decision = 'allowed' | 'explicitly denied' | 'not allowed';

/** What the policies of an identity say, by themselves. */
export const byIdentity = (policies: readonly PolicyDocument[], request: Request): Decision =>
  decide(understood(policies), request);

/** What the policy of a resource says to a caller whom it names, by ARN, account or `*`. */
export function byResource(policy: PolicyDocument | undefined, caller: Caller, request: Request): Decision {
  const own = understood(policy === undefined ? [] : [policy]);
  return decide(
    own.filter((statement) => names(statement, caller)),
    request,
  );
}

/**
 * A policy of a resource that trusts the whole account: to a key it is what makes the policies of identities count at all.
 * Elsewhere in the own account they count anyway.
 */
export function trustsAccount(policy: PolicyDocument | undefined, { account }: Caller, request: Request): boolean {
  const root = `arn:aws:iam::${account}:root`;
  return (policy?.Statement ?? []).some(
    (statement) =>
      statement.Effect === 'Allow' &&
      typeof statement.Principal === 'object' &&
      list(statement.Principal.AWS).some((principal) => principal === root || principal === account) &&
      applies(statement, request),
  );
}

function decide(statements: readonly Statement[], request: Request): Decision {
  const effects = statements.filter((statement) => applies(statement, request)).map(({ Effect }) => Effect);
  if (effects.includes('Deny')) return 'explicitly denied';
  return effects.includes('Allow') ? 'allowed' : 'not allowed';
}

function applies(statement: Statement, { action, resource, context }: Request): boolean {
  const { Action, NotAction, Resource, NotResource, Condition } = statement;
  return (
    covers(Action, NotAction, (pattern) => matchesAction(pattern, action)) &&
    // A policy of a role's trust names no resource: it belongs to one.
    (Resource === undefined && NotResource === undefined
      ? true
      : covers(Resource, NotResource, (pattern) => matchesArn(pattern, resource))) &&
    holds(Condition, context)
  );
}

function covers(
  some: Statement['Action'],
  allBut: Statement['NotAction'],
  matches: (pattern: string) => boolean,
): boolean {
  if (allBut !== undefined) return !list(allBut).some(matches);
  return list(some).some(matches);
}

/** A statement for the account's root user is none for its roles, unless it denies. */
function names({ Principal, Effect }: Statement, { principal, account }: Caller): boolean {
  if (Principal === undefined) return false;
  // Both are everybody, services too: docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
  if (Principal === '*' || list(Principal.AWS).includes('*')) return true;
  if (principal.startsWith('service:')) return list(Principal.Service).includes(principal.slice('service:'.length));
  return list(Principal.AWS).some(
    (one) => one === principal || (Effect === 'Deny' && [account, `arn:aws:iam::${account}:root`].includes(one)),
  );
}
