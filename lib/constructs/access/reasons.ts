/** Why wildcards in the policies of people are right, where several statements share the reason. */

export const NAMES_REASON =
  'CloudFormation ends these names, which begin with that of the stack; naming them by reference would stop it from ever ' +
  'replacing what they belong to.';

export const RUNS_REASON = 'Executions and map runs get the last part of their name when they start.';
