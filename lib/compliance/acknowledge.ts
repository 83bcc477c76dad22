import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** `<pack>::<rule id>`: with the pack's name the acknowledgement, and its reason, show in `validation-report.json`. */
export type RuleId = `${'AwsSolutions' | 'NIST.800.53.R5' | 'HIPAA.Security' | 'PCI.DSS.321' | 'Lake'}::${string}`;

/** A shorter reason says nothing about its resource. */
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

/** The same finding in each pack that has the rule. */
export const inRegulatoryPacks = (rule: string): RuleId[] => [
  `NIST.800.53.R5::NIST.800.53.R5-${rule}`,
  `HIPAA.Security::HIPAA.Security-${rule}`,
  `PCI.DSS.321::PCI.DSS.321-${rule}`,
];
