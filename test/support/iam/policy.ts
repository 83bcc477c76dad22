/** IAM's policy language, as far as the lake uses it. What it does not know it refuses, instead of guessing. */

export type OneOrMore<T> = T | readonly T[];

export type Conditions = Readonly<Record<string, Readonly<Record<string, OneOrMore<string | boolean | number>>>>>;

export interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action?: OneOrMore<string>;
  readonly NotAction?: OneOrMore<string>;
  readonly Resource?: OneOrMore<string>;
  readonly NotResource?: OneOrMore<string>;
  readonly Principal?: '*' | Readonly<Record<string, OneOrMore<string>>>;
  readonly Condition?: Conditions;
}

export interface PolicyDocument {
  readonly Version?: string;
  readonly Statement: readonly Statement[];
}

/** Who asks for what. Keys of the context are those of IAM, `aws:PrincipalArn` and the like. */
export interface Request {
  readonly action: string;
  /** ARN, or `*` for an action that knows no resource. */
  readonly resource: string;
  readonly context: Readonly<Record<string, string>>;
}

export interface Caller {
  /** ARN of the role, or `service:<name>` for a service that acts by itself. */
  readonly principal: string;
  readonly account: string;
}

export const list = <T>(value: OneOrMore<T> | undefined): readonly T[] => {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]) as readonly T[];
};
