import { type CfnResource, Stack } from 'aws-cdk-lib';
import { NagRuleCompliance } from 'cdk-nag';

/** One check on one kind of resource. Its id is the name of its file. */
export interface LakeRule {
  readonly id: string;
  /** What must hold; shown with the finding. */
  readonly info: string;
  readonly explanation: string;
  check(node: CfnResource): NagRuleCompliance;
}

type ResourceClass<T extends CfnResource> = abstract new (...args: never[]) => T;

/** Applies to resources of one class; the others are none of the rule's business. */
export const ruleFor = <T extends CfnResource>(
  resourceClass: ResourceClass<T>,
  rule: Omit<LakeRule, 'check'> & { readonly holds: (resource: T, resolve: <V>(value: V) => V) => boolean },
): LakeRule => ({
  ...rule,
  check: (node) => {
    if (!(node instanceof resourceClass)) return NagRuleCompliance.NOT_APPLICABLE;
    const stack = Stack.of(node);
    return rule.holds(node, (value) => stack.resolve(value))
      ? NagRuleCompliance.COMPLIANT
      : NagRuleCompliance.NON_COMPLIANT;
  },
});
