import { matchesArn, matchesGlob } from './patterns';
import { type Conditions, list, type Request } from './policy';

type Test = (actual: string, wanted: string) => boolean;

const NUMBER =
  (compare: (actual: number, wanted: number) => boolean): Test =>
  (actual, wanted) => {
    const [left, right] = [Number(actual), Number(wanted)];
    return Number.isFinite(left) && Number.isFinite(right) && compare(left, right);
  };

const TESTS: Readonly<Record<string, Test>> = {
  StringEquals: (actual, wanted) => actual === wanted,
  StringEqualsIgnoreCase: (actual, wanted) => actual.toLowerCase() === wanted.toLowerCase(),
  StringLike: (actual, wanted) => matchesGlob(wanted, actual),
  // Of ARNs IAM takes both operators for the same.
  ArnEquals: (actual, wanted) => matchesArn(wanted, actual),
  ArnLike: (actual, wanted) => matchesArn(wanted, actual),
  Bool: (actual, wanted) => actual.toLowerCase() === wanted.toLowerCase(),
  NumericEquals: NUMBER((actual, wanted) => actual === wanted),
  NumericLessThan: NUMBER((actual, wanted) => actual < wanted),
  NumericLessThanEquals: NUMBER((actual, wanted) => actual <= wanted),
  NumericGreaterThan: NUMBER((actual, wanted) => actual > wanted),
  NumericGreaterThanEquals: NUMBER((actual, wanted) => actual >= wanted),
};

/** Operators that hold where the other does not, and where the key is missing. */
const NEGATED: Readonly<Record<string, string>> = {
  StringNotEquals: 'StringEquals',
  StringNotEqualsIgnoreCase: 'StringEqualsIgnoreCase',
  StringNotLike: 'StringLike',
  ArnNotEquals: 'ArnEquals',
  ArnNotLike: 'ArnLike',
  NumericNotEquals: 'NumericEquals',
};

/** @throws Error for an operator that nothing here uses: a guess could prove something wrong */
export function holds(conditions: Conditions | undefined, context: Request['context']): boolean {
  const keys = new Map(Object.entries(context).map(([key, value]) => [key.toLowerCase(), value]));
  return Object.entries(conditions ?? {}).every(([operator, block]) =>
    Object.entries(block).every(([key, wanted]) =>
      holdsFor(operator, keys.get(key.toLowerCase()), list(wanted).map(String)),
    ),
  );
}

function holdsFor(operator: string, actual: string | undefined, wanted: readonly string[]): boolean {
  if (operator === 'Null') return wanted.some((value) => (value === 'true') === (actual === undefined));
  const optional = operator.endsWith('IfExists');
  const name = optional ? operator.slice(0, -'IfExists'.length) : operator;
  const negated = NEGATED[name];
  const test = TESTS[negated ?? name];
  if (test === undefined) throw new Error(`The condition operator ${operator} is not known here`);
  if (actual === undefined) return optional || negated !== undefined;
  const met = wanted.some((value) => test(actual, value));
  return negated === undefined ? met : !met;
}
