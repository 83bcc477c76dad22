import { cronProblem, rateProblem } from '../../lib/settings/schedules';

test.each([
  'cron(0 5 * * ? *)',
  'cron(0/15 8-17 ? * MON-FRI *)',
  'cron(0 10 ? * 6L 2026-2030)',
  'cron(15 12 L JAN,jul ? *)',
  'cron(0 8 3W * ? *)',
  'cron(0 8 ? * 2#1 *)',
  'cron(*/5 * ? * * *)',
  'cron(0 0 1 1 ? 1970)',
  'cron(59 23 31 12 ? 2199)',
])('accepts %s', (expression) => {
  expect(cronProblem(expression)).toBeUndefined();
});

test.each([
  ['cron(0 5 * * *)', 'not of the form'],
  ['0 5 * * ? *', 'not of the form'],
  ['cron(60 5 * * ? *)', 'minutes'],
  ['cron(0 24 * * ? *)', 'hours'],
  ['cron(0 5 32 * ? *)', 'day of month'],
  ['cron(0 5 * FOO ? *)', 'month'],
  ['cron(0 5 ? * 8 *)', 'day of week'],
  ['cron(0 5 * * ? 1969)', 'year'],
  ['cron(0 5 * * ? 2200)', 'year'],
  ['cron(10-5 5 * * ? *)', 'minutes'],
  ['cron(0/0 5 * * ? *)', 'minutes'],
  ['cron(0 5 * * * *)', 'exactly one'],
  ['cron(0 5 ? * ? *)', 'exactly one'],
])('refuses %s', (expression, problem) => {
  expect(cronProblem(expression)).toContain(problem);
});

test.each([
  ['rate(1 minute)', undefined],
  ['rate(15 minutes)', undefined],
  ['rate(1 minutes)', 'singular'],
  ['rate(2 hour)', 'singular'],
  ['rate(0 days)', 'at least 1'],
  ['rate(5 seconds)', 'not of the form'],
])('%s: %s', (expression, problem) => {
  const found = rateProblem(expression);
  if (problem === undefined) expect(found).toBeUndefined();
  else expect(found).toContain(problem);
});
