import { isArn, isUnresolved, matchesArn, matchesGlob } from './patterns';
import { type Conditions, list, type Request } from './policy';

interface Operator {
  readonly met: (actual: string, wanted: string) => boolean;
  /** Whether a value of a policy or of a request means something to it. */
  readonly takes: (value: string) => boolean;
}

/** A number as policies write it. `Number` would take an empty text for 0. */
const NUMBER = /^-?\d+(?:\.\d+)?$/;

const string = (met: Operator['met']): Operator => ({ met, takes: () => true });

const numeric = (compare: (actual: number, wanted: number) => boolean): Operator => ({
  met: (actual, wanted) => compare(Number(actual), Number(wanted)),
  takes: (value) => NUMBER.test(value),
});

/** Of ARNs IAM takes `Equals` and `Like` for the same. */
const ARN: Operator = { met: (actual, wanted) => matchesArn(wanted, actual), takes: isArn };

const BOOLEAN: Operator = {
  met: (actual, wanted) => actual === wanted,
  takes: (value) => value === 'true' || value === 'false',
};

const OPERATORS: Readonly<Record<string, Operator>> = {
  StringEquals: string((actual, wanted) => actual === wanted),
  StringEqualsIgnoreCase: string((actual, wanted) => actual.toLowerCase() === wanted.toLowerCase()),
  StringLike: string((actual, wanted) => matchesGlob(wanted, actual)),
  ArnEquals: ARN,
  ArnLike: ARN,
  Bool: BOOLEAN,
  NumericEquals: numeric((actual, wanted) => actual === wanted),
  NumericLessThan: numeric((actual, wanted) => actual < wanted),
  NumericLessThanEquals: numeric((actual, wanted) => actual <= wanted),
  NumericGreaterThan: numeric((actual, wanted) => actual > wanted),
  NumericGreaterThanEquals: numeric((actual, wanted) => actual >= wanted),
};

/** Operators that hold where the other does not, and where the key is missing. */
const NEGATED: Readonly<Record<string, string>> = {
  StringNotEquals: 'StringEquals',
  StringNotEqualsIgnoreCase: 'StringEqualsIgnoreCase',
  StringNotLike: 'StringLike',
  ArnNotEquals: 'ArnEquals',
  ArnNotLike: 'ArnLike',
};

interface Read {
  readonly operator: Operator;
  readonly negated: boolean;
  readonly optional: boolean;
}

/** @returns undefined for an operator that is not known here */
function read(text: string): Read | undefined {
  if (text === 'Null') return { operator: BOOLEAN, negated: false, optional: false };
  const name = text.replace(/IfExists$/, '');
  const positive = NEGATED[name];
  const operator = OPERATORS[positive ?? name];
  return operator && { operator, negated: positive !== undefined, optional: name !== text };
}

/** Operators that are not known here, and values that mean nothing to their operator or are not resolved. */
export const notUnderstood = (conditions: Conditions = {}): readonly string[] =>
  Object.entries(conditions).flatMap(([text, block]) => {
    const operator = read(text)?.operator;
    if (operator === undefined) return [`the condition operator ${text}`];
    return Object.entries(block).flatMap(([key, wanted]) =>
      list(wanted)
        .map(String)
        .filter((value) => isUnresolved(value) || !operator.takes(value))
        .map((value) => `the value '${value}' of ${text} ${key}`),
    );
  });

/** @throws Error for an operator or a value of a request that is not known here: a guess could prove something wrong */
export function holds(conditions: Conditions | undefined, context: Request['context']): boolean {
  const keys = new Map(Object.entries(context).map(([key, value]) => [key.toLowerCase(), value]));
  return Object.entries(conditions ?? {}).every(([operator, block]) =>
    Object.entries(block).every(([key, wanted]) =>
      holdsFor(operator, keys.get(key.toLowerCase()), list(wanted).map(String)),
    ),
  );
}

function holdsFor(text: string, actual: string | undefined, wanted: readonly string[]): boolean {
  const known = read(text);
  if (known === undefined) throw new Error(`The condition operator ${text} is not known here`);
  if (text === 'Null') return wanted.includes(String(actual === undefined));
  const { operator, negated, optional } = known;
  if (actual === undefined) return optional || negated;
  if (!operator.takes(actual)) throw new Error(`${text} cannot be asked of '${actual}'`);
  return wanted.some((value) => operator.met(actual, value)) !== negated;
}
