import type { CfnResource } from 'aws-cdk-lib';
import { CfnManagedPolicy, CfnPolicy, CfnRole } from 'aws-cdk-lib/aws-iam';
import { NagRuleCompliance } from 'cdk-nag';
import { type LakeRule, ruleFor } from './rule';

interface Statement {
  readonly Effect?: string;
  readonly Action?: string | readonly string[];
  readonly NotAction?: unknown;
}

interface Document {
  readonly Statement?: readonly Statement[];
}

const ID = {
  id: 'iam-no-wildcard-actions',
  info: 'An identity policy allows actions by wildcard or by NotAction.',
  explanation: 'What such a statement allows grows with every action that AWS adds.',
};

const inPolicy = ruleFor(CfnPolicy, { ...ID, holds: (policy, resolve) => names(resolve(policy.policyDocument)) });
const inManagedPolicy = ruleFor(CfnManagedPolicy, {
  ...ID,
  holds: (policy, resolve) => names(resolve(policy.policyDocument)),
});
const inRole = ruleFor(CfnRole, {
  ...ID,
  holds: (role, resolve) => {
    const policies = (resolve(role.policies) ?? []) as readonly { readonly policyDocument: unknown }[];
    return policies.every(({ policyDocument }) => names(resolve(policyDocument)));
  },
});

export const iamNoWildcardActions: LakeRule = {
  ...ID,
  check: (node: CfnResource) =>
    [inPolicy, inManagedPolicy, inRole]
      .map((rule) => rule.check(node))
      .find((result) => result !== NagRuleCompliance.NOT_APPLICABLE) ?? NagRuleCompliance.NOT_APPLICABLE,
};

const names = (document: unknown): boolean =>
  ((document as Document).Statement ?? [])
    .filter(({ Effect }) => Effect === 'Allow')
    .every(({ Action, NotAction }) => NotAction === undefined && ![Action ?? []].flat().join().includes('*'));
