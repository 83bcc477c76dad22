import { notUnderstood } from './conditions';
import { isArn, isUnresolved } from './patterns';
import { list, type PolicyDocument, type Statement } from './policy';

const ELEMENTS = new Set([
  ...['Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'NotResource', 'Principal', 'Condition'],
]);

/** `*`, or a service by its name and an action of it. */
const ACTION = /^(?:\*|[\w-]+:[\w*?]+)$/;
const ACCOUNT_OR_ARN = /^(?:\*|\d+|arn:[^*?<$]+)$/;
const SERVICE = /^[\w.-]+\.amazonaws\.com$/;

const checked = new WeakSet<Statement>();

/**
 * The statements of policies, after a look at every word of them. What the evaluation does not know it would take for plain
 * text, and a "may not" would hold for the wrong reason. Some of this IAM refuses as well; the rest the lake does not use:
 * variables, NotPrincipal, and wildcards in the first five parts of an ARN, which may match beyond a colon
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html).
 *
 * @throws Error that names the statement and what in it is not understood
 */
export function understood(policies: readonly PolicyDocument[]): readonly Statement[] {
  const statements = policies.flatMap(({ Statement: own }) => own);
  for (const statement of statements) {
    if (checked.has(statement)) continue;
    const [first, ...others] = mistakes(statement);
    if (first !== undefined) {
      const what = [first, ...others].join(', ');
      throw new Error(`The evaluation does not understand ${what} in ${statement.Sid ?? JSON.stringify(statement)}`);
    }
    checked.add(statement);
  }
  return statements;
}

function mistakes(statement: Statement): readonly string[] {
  const { Effect, Action, NotAction, Resource, NotResource, Principal, Condition } = statement;
  return [
    ...Object.keys(statement).filter((element) => !ELEMENTS.has(element)),
    ...(Effect === 'Allow' || Effect === 'Deny' ? [] : [`the effect ${Effect}`]),
    ...((Action === undefined) === (NotAction === undefined) ? ['anything but either Action or NotAction'] : []),
    ...(Resource !== undefined && NotResource !== undefined ? ['Resource beside NotResource'] : []),
    ...[...list(Action), ...list(NotAction)].filter((one) => !ACTION.test(one)).map((one) => `the action ${one}`),
    ...[...list(Resource), ...list(NotResource)].filter((one) => !isPlain(one)).map((one) => `the resource ${one}`),
    ...strangers(Principal).map((one) => `the principal ${one}`),
    ...notUnderstood(Condition),
  ];
}

/** `*`, or an ARN in which nothing is left to fill in, with wildcards in its last part alone. */
const isPlain = (resource: string): boolean =>
  resource === '*' ||
  (isArn(resource) && !isUnresolved(resource) && !/[*?]/.test(resource.split(':').slice(0, 5).join()));

/** What of a principal is neither an account, a role, a service nor everybody. */
function strangers(principal: Statement['Principal']): readonly string[] {
  if (principal === undefined || principal === '*') return [];
  if (typeof principal === 'string') return [principal];
  const { AWS, Service, ...others } = principal;
  return [
    ...Object.keys(others),
    ...list(AWS).filter((one) => !ACCOUNT_OR_ARN.test(one)),
    ...list(Service).filter((one) => !SERVICE.test(one)),
  ];
}
