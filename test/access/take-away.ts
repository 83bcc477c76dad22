import { list, type PolicyDocument, type Statement } from '../support/iam';

export interface TakenAway {
  /** For example `the action s3:GetObject from ReadData`. */
  readonly what: string;
  readonly policies: readonly PolicyDocument[];
}

/**
 * Every way to take one thing out of the policies of a role: an action, a resource, one of the values of a condition, or a
 * whole condition, which widens the statement.
 */
export const takeAway = (policies: readonly PolicyDocument[]): readonly TakenAway[] =>
  policies.flatMap((policy, p) =>
    policy.Statement.flatMap((statement, s) =>
      variants(statement).map(([what, changed]) => ({
        what: `${what} from ${statement.Sid ?? `statement ${s + 1}`}`,
        policies: policies.with(p, { ...policy, Statement: without(policy.Statement, s, changed) }),
      })),
    ),
  );

function without(
  statements: readonly Statement[],
  index: number,
  changed: Statement | undefined,
): readonly Statement[] {
  return changed === undefined ? statements.filter((_, i) => i !== index) : statements.with(index, changed);
}

type Variant = readonly [what: string, changed: Statement | undefined];

const variants = (statement: Statement): readonly Variant[] => [
  ...fewer(statement, 'Action', 'action'),
  ...fewer(statement, 'Resource', 'resource'),
  ...conditions(statement),
];

function fewer(statement: Statement, property: 'Action' | 'Resource', what: string): Variant[] {
  const all = list(statement[property]);
  return all.map((one) => {
    const rest = all.filter((other) => other !== one);
    return [`the ${what} ${one}`, rest.length === 0 ? undefined : { ...statement, [property]: rest }];
  });
}

function conditions(statement: Statement): Variant[] {
  return Object.entries(statement.Condition ?? {}).flatMap(([operator, block]) =>
    Object.entries(block).flatMap(([key, values]): Variant[] => {
      const change = (wanted: (typeof block)[string] | undefined): Statement => {
        const others = Object.fromEntries(Object.entries(block).filter(([name]) => name !== key));
        const changed = wanted === undefined ? others : { ...others, [key]: wanted };
        return { ...statement, Condition: { ...statement.Condition, [operator]: changed } };
      };
      const all = list(values);
      return [
        [`the condition ${key}`, change(undefined)],
        ...(all.length < 2
          ? []
          : all.map((one): Variant => [`the value ${one} of ${key}`, change(all.filter((other) => other !== one))])),
      ];
    }),
  );
}
