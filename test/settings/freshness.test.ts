import { freshnessProblems } from '../../lib/settings/freshness';

const orders = (warnAfterSeconds?: number, errorAfterSeconds?: number) => ({
  name: 'orders',
  freshness: {
    ...(warnAfterSeconds === undefined ? {} : { warnAfterSeconds }),
    ...(errorAfterSeconds === undefined ? {} : { errorAfterSeconds }),
  },
});

test('a limit that is shorter than the time between two runs is an error, which names both', () => {
  expect(freshnessProblems('rate(2 hours)', [orders(3_600, 86_400)])).toEqual([
    {
      field: 'compaction.schedule',
      problem:
        'rate(2 hours) is longer than freshness.warnAfter of dataset orders, 60 minutes: the alarm would ring between two runs',
      fix: 'run more often, or write a longer warnAfter in config/datasets/orders.ts',
    },
  ]);
});

test.each<[string, number | undefined, number | undefined, readonly string[]]>([
  ['rate(1 hour)', 3_600, 7_200, []],
  ['rate(61 minutes)', 3_600, undefined, ['warnAfter']],
  ['rate(1 day)', 3_600, 7_200, ['warnAfter', 'errorAfter']],
  ['rate(1 day)', undefined, 86_400, []],
  ['rate(2 days)', 172_800, 172_801, []],
  // Runs by a cron expression are not evenly spaced: what is too short cannot be said.
  ['cron(0 * * * ? *)', 3_600, undefined, []],
])('%s with warnAfter %s and errorAfter %s: %j', (schedule, warn, error, fields) => {
  const found = freshnessProblems(schedule, [orders(warn, error), { name: 'others' }]);
  expect(found.map(({ problem }) => /freshness\.(\w+)/.exec(problem)?.[1])).toEqual(fields);
});
