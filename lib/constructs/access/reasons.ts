/** Why wildcards in the policies of people are right, where several statements share the reason. */

export const NAMES_REASON =
  'CloudFormation chooses the end of these names, which begin with that of the stack; a reference would prevent it from ' +
  'ever replacing the resource.';

export const RUNS_REASON = 'Executions and map runs get the last part of their names when they start.';
