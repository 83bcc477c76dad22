import { type IResolvable, Reference, Stack, Tokenization } from 'aws-cdk-lib';
import { ManagedPolicy, type ManagedPolicyProps, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { flattenCfnReference } from 'cdk-nag/lib/utils/flatten-cfn-reference';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge';

/** A statement; where its resources hold wildcards, with the reason why they are right. */
export type Statement = PolicyStatement | JustifiedStatement;

export interface JustifiedStatement {
  readonly statement: PolicyStatement;
  /** One sentence, for an auditor. */
  readonly wildcard: string;
}

export interface JustifiedPolicyProps extends Omit<ManagedPolicyProps, 'statements' | 'document'> {
  readonly statements: readonly Statement[];
}

/**
 * A managed policy that accepts the wildcards in its resources for the reasons that its statements bring along. What has no
 * reason is reported by the rules (AwsSolutions-IAM5).
 *
 * @throws Error when a statement gives a reason but has no wildcard, or the reason is too short to be one
 * @example
 * ```ts
 * const statement = new PolicyStatement({ actions: ['s3:GetObject'], resources: [bucket.arnForObjects('orders/*')] });
 * new JustifiedPolicy(stack, 'ReadOrders', {
 *   statements: [{ statement, wildcard: 'Readers take any object of the dataset; nothing else is under its prefix.' }],
 * });
 * ```
 */
export class JustifiedPolicy extends ManagedPolicy {
  constructor(scope: Construct, id: string, props: JustifiedPolicyProps) {
    super(scope, id, { ...props, statements: props.statements.map(bare) });
    for (const [resource, reasons] of wildcardsIn(props.statements.filter(isJustified))) {
      const finding = findingFor(Stack.of(this), resource);
      acknowledge(this, [...reasons].join(' '), `AwsSolutions::AwsSolutions-IAM5[Resource::${finding}]`);
    }
  }
}

const isJustified = (statement: Statement): statement is JustifiedStatement => !(statement instanceof PolicyStatement);

const bare = (statement: Statement): PolicyStatement =>
  statement instanceof PolicyStatement ? statement : statement.statement;

/** Each resource with a wildcard, and the reasons of all statements that name it: a rule sees it once in a policy. */
function wildcardsIn(justified: readonly JustifiedStatement[]): ReadonlyMap<string, ReadonlySet<string>> {
  const reasons = new Map<string, Set<string>>();
  for (const { statement, wildcard } of justified) {
    const resources = statement.resources.filter((resource) => resource.includes('*'));
    if (resources.length === 0) {
      throw new Error(`${statement.sid ?? 'A statement'} has no wildcard; remove its reason, "${wildcard}"`);
    }
    for (const resource of resources) {
      reasons.set(resource, (reasons.get(resource) ?? new Set<string>()).add(wildcard));
    }
  }
  return reasons;
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
