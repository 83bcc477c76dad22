import { lookup, lookupRequired, type Scope } from './paths';
import { allowFields, type Json, type JsonObject, type State, StateError, UnsupportedError } from './types';

/** Name of the state that a Choice goes to. */
export function choose(state: State, scope: Scope): string {
  const rules = state.Choices as JsonObject[];
  const next = rules.find((rule) => matches(rule, scope))?.Next ?? state.Default;
  if (next === undefined) throw new StateError('States.NoChoiceMatched', 'No rule matches and there is no Default');
  return String(next);
}

const COMPARISONS: Readonly<Record<string, (value: Json, expected: Json) => boolean>> = {
  BooleanEquals: (value, expected) => value === expected,
  StringEquals: (value, expected) => value === expected,
  NumericEquals: (value, expected) => value === expected,
  NumericGreaterThan: (value, expected) => typeof value === 'number' && value > Number(expected),
};

function matches(rule: JsonObject, scope: Scope): boolean {
  if (Array.isArray(rule.And)) {
    allowFields('Choice', rule, ['And', 'Next', 'Comment']);
    return rule.And.every((part) => matches(part as JsonObject, scope));
  }
  const { Variable, Next: _next, Comment: _comment, ...tests } = rule;
  const [[name, expected] = ['', null], ...more] = Object.entries(tests);
  if (more.length > 0) throw new UnsupportedError(`Choice rule ${JSON.stringify(rule)}`);
  if (name === 'IsPresent') return (lookup(String(Variable), scope) !== undefined) === expected;
  const compare = COMPARISONS[name];
  if (compare === undefined) throw new UnsupportedError(`Choice rule ${name}`);
  return compare(lookupRequired(String(Variable), scope), expected);
}
