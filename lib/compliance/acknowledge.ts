import { type IResolvable, Reference, Stack, Tokenization, Validations } from 'aws-cdk-lib';
import type { ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { flattenCfnReference } from 'cdk-nag/lib/utils/flatten-cfn-reference';
import type { IConstruct } from 'constructs';

/** `<pack>::<rule id>`: with the pack's name the acknowledgement, and its reason, show in `validation-report.json`. */
export type RuleId = `${'AwsSolutions' | 'NIST.800.53.R5' | 'HIPAA.Security' | 'PCI.DSS.321' | 'Lake'}::${string}`;

/** A reason shorter than this says nothing about the resource at hand. */
const SHORTEST_REASON = 30;

/**
 * Accepts what a rule finds on one construct (and below). The reason is for an auditor: why it is right here, and what to
 * turn on where it is not.
 *
 * @throws Error when the reason is missing or too short to be one
 */
export function acknowledge(scope: IConstruct, reason: string, ...ids: readonly RuleId[]): void {
  if (reason.trim().length < SHORTEST_REASON) {
    throw new Error(`${scope.node.path}: acknowledging ${ids.join(', ')} needs a reason, not '${reason}'`);
  }
  for (const id of ids) Validations.of(scope).acknowledge({ id, reason });
}

/** Accepts wildcards in resources of a policy, each named exactly as its statement names it. */
export function acknowledgeWildcards(policy: ManagedPolicy, reason: string, resources: readonly string[]): void {
  const stack = Stack.of(policy);
  const ids = resources.map(
    (resource): RuleId => `AwsSolutions::AwsSolutions-IAM5[Resource::${findingFor(stack, resource)}]`,
  );
  acknowledge(policy, reason, ...ids);
}

/**
 * The resource as the rule will see it, in a template that is finished: there, what belongs to another stack has become the
 * name of that stack's export.
 */
function findingFor(stack: Stack, resource: string): string {
  const mapToken = (token: IResolvable): string => {
    const foreign = Reference.isReference(token) && Stack.of(token.target) !== stack;
    return flattenCfnReference(stack.resolve(foreign ? Stack.of(token.target).exportValue(token) : token));
  };
  return Tokenization.reverseString(resource)
    .mapTokens({ mapToken })
    .join({ join: (left, right) => `${left}${right}` });
}

/** The same finding in each pack that has the rule. */
export const inRegulatoryPacks = (rule: string): RuleId[] => [
  `NIST.800.53.R5::NIST.800.53.R5-${rule}`,
  `HIPAA.Security::HIPAA.Security-${rule}`,
  `PCI.DSS.321::PCI.DSS.321-${rule}`,
];
