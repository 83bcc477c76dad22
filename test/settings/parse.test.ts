import type { Problem } from '../../lib/dataset';
import { SettingsError, type StageDefinition } from '../../lib/settings';
import { parseStage, parseStages } from '../support/extensions';

/** The problems of one stage, with whatever a JavaScript caller could write. */
function problemsOf(definition: Record<string, unknown>): readonly Problem[] {
  try {
    parseStage({ name: 'test', ...definition } as StageDefinition, 'config/stages/test.ts');
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

test('only a name is needed, and the defaults fit a new account', () => {
  const settings = parseStage({ name: 'dev' });

  // Quotas of a new account: functions of 3,008 MB, ten at once, and none of them to reserve.
  expect(settings.compaction.memoryMiB).toBeLessThanOrEqual(3_008);
  expect(settings.compaction.maxConcurrency).toBeLessThan(10);
  expect(settings.compaction.reservedConcurrency).toBeUndefined();
  expect(settings).toMatchObject({ account: undefined, region: undefined, dataRemoval: 'retain', tls13Floor: true });
});

test('the defaults', () => {
  const { retention, query, compaction, crawler, prefix, schemaChanges, dashboard } = parseStage({ name: 'dev' });
  expect({ retention, query, compaction, crawler, prefix, schemaChanges, dashboard }).toEqual({
    prefix: 'lake',
    schemaChanges: 'evolve',
    dashboard: true,
    retention: { logDays: 90, accessLogDays: 365, resultDays: 7, quarantineDays: 90, noncurrentDays: 30, planDays: 14 },
    query: {
      analyst: { scanLimitGB: 100, dailyAlarmGB: 1_000 },
      engineer: { scanLimitGB: 1_000, dailyAlarmGB: 10_000 },
      dashboard: { scanLimitGB: 10, dailyAlarmGB: 100 },
    },
    compaction: {
      schedule: 'rate(15 minutes)',
      maintenanceSchedule: 'cron(30 2 * * ? *)',
      ...{ maxConcurrency: 5, memoryMiB: 3_008, ephemeralStorageMiB: 10_240, architecture: 'arm64' },
      reservedConcurrency: undefined,
    },
    crawler: { mode: 'schedule', schedule: 'cron(0 5 * * ? *)' },
  });
  // An alarm of a day is ten queries of a workgroup, whatever its limit is.
  expect(parseStage({ name: 'dev', query: { analyst: { scanLimitGB: 7 } } }).query.analyst.dailyAlarmGB).toBe(70);
});

// Each with the smallest and the largest value, and what is one too many on either side.
test.each<[string, (value: number) => Record<string, unknown>, number, number, number?]>([
  ['retention.planDays', (planDays) => ({ retention: { planDays } }), 1, 36_500],
  ['query.engineer.scanLimitGB', (scanLimitGB) => ({ query: { engineer: { scanLimitGB } } }), 0.01, 7_000_000, 0.001],
  ['monthlyBudget', (monthlyBudget) => ({ monthlyBudget }), 1, 10_000_000, 0.01],
  ['compaction.maxConcurrency', (maxConcurrency) => ({ compaction: { maxConcurrency } }), 1, 1_000],
  ['compaction.memoryMiB', (memoryMiB) => ({ compaction: { memoryMiB } }), 1_769, 10_240],
  ['compaction.ephemeralStorageMiB', (size) => ({ compaction: { ephemeralStorageMiB: size } }), 2_048, 10_240],
  ['compaction.reservedConcurrency', (count) => ({ compaction: { reservedConcurrency: count } }), 5, 1_000],
  ['name', (length) => ({ name: 'a'.repeat(length) }), 1, 12],
  ['prefix', (length) => ({ prefix: 'a'.repeat(length) }), 1, 16],
])('%s has its bounds', (field, definition, least, most, step = 1) => {
  const fields = (value: number) => {
    const { name = 'test', ...rest } = definition(value) as { readonly name?: string };
    try {
      parseStage({ ...rest, name } as StageDefinition);
      return [];
    } catch (error) {
      return [...new Set((error as SettingsError).problems.map((problem) => problem.field))];
    }
  };
  expect([fields(least), fields(most)]).toEqual([[], []]);
  expect([fields(least - step), fields(most + step)]).toEqual([[field], [field]]);
});

test('the policies of a role have room for 250 datasets', () => {
  const fields = (count: number) => {
    const datasets = Array.from({ length: count }, (_, index) => `d${index}`);
    return problemsOf({ access: { ingest: { permissionSets: ['A'], datasets } } }).map(({ field }) => field);
  };
  expect([fields(250), fields(251)]).toEqual([[], ['access.ingest.datasets']]);
});

test.each<[string, Record<string, unknown>, string]>([
  ['an unknown setting', { colour: 'blue' }, 'colour'],
  ['an unknown nested setting', { retention: { days: 1 } }, 'retention.days'],
  ['an unknown workgroup', { query: { intern: {} } }, 'query.intern'],
  ['a prefix with capitals', { prefix: 'Lake' }, 'prefix'],
  ['a prefix that is too long', { prefix: 'a'.repeat(17) }, 'prefix'],
  ['a prefix that ends in a hyphen', { prefix: 'lake-' }, 'prefix'],
  ['a short account id', { account: '12345' }, 'account'],
  ['an account id that lost its quotes', { account: 123456789012 }, 'account'],
  ['a region that is none', { region: 'frankfurt' }, 'region'],
  ['a region of China', { region: 'cn-north-1' }, 'region'],
  ['a region of GovCloud', { region: 'us-gov-west-1' }, 'region'],
  ['an isolated region', { region: 'us-isob-east-1' }, 'region'],
  ['a region of the European Sovereign Cloud', { region: 'eusc-de-east-1' }, 'region'],
  ['a reserved tag key', { tags: { 'aws:owner': 'me' } }, 'tags.aws:owner'],
  ['a reserved tag key in capitals', { tags: { 'AWS:owner': 'me' } }, 'tags.AWS:owner'],
  ['the other tag that the lake sets', { tags: { lake: 'x' } }, 'tags.lake'],
  ['a tag that the lake sets', { tags: { stage: 'x' } }, 'tags.stage'],
  ['a tag value that is not text', { tags: { cost: 5 } }, 'tags.cost'],
  ['a retention that CloudWatch does not offer', { retention: { logDays: 8 } }, 'retention.logDays'],
  ['a retention of no days', { retention: { resultDays: 0 } }, 'retention.resultDays'],
  ['half a day', { retention: { planDays: 1.5 } }, 'retention.planDays'],
  ['a removal policy that is none', { dataRemoval: 'destroy' }, 'dataRemoval'],
  ['a switch that is not a boolean', { tls13Floor: 'yes' }, 'tls13Floor'],
  ['a scan limit below what Athena takes', { query: { analyst: { scanLimitGB: 0.001 } } }, 'query.analyst.scanLimitGB'],
  [
    'a scan limit that is not a number',
    { query: { analyst: { scanLimitGB: Number.NaN } } },
    'query.analyst.scanLimitGB',
  ],
  ['a daily alarm below one query', { query: { dashboard: { dailyAlarmGB: 1 } } }, 'query.dashboard.dailyAlarmGB'],
  ['a rate of 1 minutes', { compaction: { schedule: 'rate(1 minutes)' } }, 'compaction.schedule'],
  [
    'a cron of five fields',
    { compaction: { maintenanceSchedule: 'cron(0 5 * * ?)' } },
    'compaction.maintenanceSchedule',
  ],
  ['no concurrency', { compaction: { maxConcurrency: 0 } }, 'compaction.maxConcurrency'],
  ['more memory than Lambda has', { compaction: { memoryMiB: 10_241 } }, 'compaction.memoryMiB'],
  ['an unknown processor', { compaction: { architecture: 'x86' } }, 'compaction.architecture'],
  ['less reserved than used', { compaction: { reservedConcurrency: 1 } }, 'compaction.reservedConcurrency'],
  ['an unknown crawler mode', { crawler: { mode: 'always' } }, 'crawler.mode'],
  ['a rate for the crawler', { crawler: { schedule: 'rate(1 day)' } }, 'crawler.schedule'],
  ['a budget of nothing', { monthlyBudget: 0 }, 'monthlyBudget'],
  ['a budget that is a text', { monthlyBudget: '500' as never }, 'monthlyBudget'],
  ['a dashboard that is a text', { dashboard: 'no' as never }, 'dashboard'],
  ['an address that is none', { alarmEmails: ['me'] }, 'alarmEmails[0]'],
  ['an address with an empty part', { alarmEmails: ['me@data..example'] }, 'alarmEmails[0]'],
  ['an address given twice', { alarmEmails: ['a@b.example', 'a@b.example'] }, 'alarmEmails[1]'],
  ['a role of the lake that is none', { access: { intern: {} } }, 'access.intern'],
  ['a role for nobody', { access: { analyst: {} } }, 'access.analyst'],
  [
    'a misspelt list of principals',
    { access: { analyst: { role: [], permissionSets: ['A'] } } },
    'access.analyst.role',
  ],
  [
    'one principal without its list',
    { access: { admin: { roles: 'x', permissionSets: ['A'] } } },
    'access.admin.roles',
  ],
  [
    'an account as a role',
    { access: { admin: { roles: ['arn:aws:iam::123456789012:root'] } } },
    'access.admin.roles[0]',
  ],
  ['any role', { access: { admin: { roles: ['arn:aws:iam::123456789012:role/*'] } } }, 'access.admin.roles[0]'],
  ['a user', { access: { admin: { roles: ['arn:aws:iam::123456789012:user/jo'] } } }, 'access.admin.roles[0]'],
  [
    'the role of a permission set, which changes its name',
    {
      access: {
        analyst: {
          roles: [
            'arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Analyst_0123456789abcdef',
          ],
        },
      },
    },
    'access.analyst.roles[0]',
  ],
  [
    'a pattern of permission sets',
    { access: { analyst: { permissionSets: ['Analyst*'] } } },
    'access.analyst.permissionSets[0]',
  ],
  [
    'a permission set given twice',
    { access: { analyst: { permissionSets: ['A', 'A'] } } },
    'access.analyst.permissionSets[1]',
  ],
  [
    'datasets for a role that reads',
    { access: { analyst: { permissionSets: ['A'], datasets: ['orders'] } } },
    'access.analyst.datasets',
  ],
])('refuses %s', (_, definition, field) => {
  const problems = problemsOf(definition);

  expect(problems.map((problem) => problem.field)).toEqual([field]);
  expect(problems[0]?.fix).not.toBe('');
});

test.each<[unknown, string]>([
  ['cn-north-1', "'cn-north-1' is not in the partition aws"],
  ['us-gov-west-1', "'us-gov-west-1' is not in the partition aws"],
  ['eusc-de-east-1', "'eusc-de-east-1' is not in the partition aws"],
  ['CN-NORTH-1', "'CN-NORTH-1' is not a region"],
])('region %j: %s', (region, problem) => {
  expect(problemsOf({ region })).toEqual([expect.objectContaining({ problem: expect.stringContaining(problem) })]);
});

test.each<[unknown, string]>([
  ['x'.repeat(200), `'${'x'.repeat(77)}...' is not`],
  ['a\nb\u202e', "'a\\u{a}b\\u{202e}' is not"],
  [['a'], 'an array is not'],
  [{}, 'an object is not'],
  [null, 'null is not'],
])('a message shows %j in one short line', (account, start) => {
  const [problem, ...others] = problemsOf({ account });
  expect([problem?.problem.startsWith(start), others]).toEqual([true, []]);
});

test('reports every mistake of every stage at once, with file, field, problem and fix', () => {
  const sources = [
    { file: 'config/stages/dev.ts', definition: { name: 'dev', region: 'nowhere', prefix: 'L' } },
    { file: 'config/stages/prod.ts', definition: { name: 'production' } },
    { file: 'config/stages/copy.ts', definition: { name: 'dev' } },
  ];

  expect(() => parseStages(sources)).toThrow(
    new SettingsError([
      {
        file: 'config/stages/dev.ts',
        subject: 'dev',
        field: 'prefix',
        problem: "'L' is not a valid name",
        fix: 'use 1 to 16 lowercase letters, digits and single hyphens, starting with a letter',
      },
      {
        file: 'config/stages/dev.ts',
        subject: 'dev',
        field: 'region',
        problem: "'nowhere' is not a region",
        fix: "write a region such as 'eu-central-1', or leave it out",
      },
      {
        file: 'config/stages/prod.ts',
        subject: 'production',
        field: 'name',
        problem: "is 'production' in config/stages/prod.ts",
        fix: "write 'prod' or rename the file",
      },
      {
        file: 'config/stages/copy.ts',
        subject: 'dev',
        field: 'name',
        problem: 'is used by config/stages/dev.ts too',
        fix: 'give every stage its own name',
      },
      {
        file: 'config/stages/copy.ts',
        subject: 'dev',
        field: 'name',
        problem: "is 'dev' in config/stages/copy.ts",
        fix: "write 'copy' or rename the file",
      },
    ]),
  );
});

test('roles of the lake go to the principals that the stage names', () => {
  const roles = ['arn:aws:iam::123456789012:role/team/data-analysts', 'arn:aws-us-gov:iam::123456789012:role/x'];
  const { access } = parseStage({
    name: 'dev',
    access: {
      analyst: { roles, permissionSets: ['Analyst'] },
      ingest: { roles: [roles[0] ?? ''], datasets: ['orders'] },
    },
  });

  expect(access).toEqual({
    analyst: { roles, permissionSets: ['Analyst'], datasets: [] },
    ingest: { roles: [roles[0]], permissionSets: [], datasets: ['orders'] },
  });
});
