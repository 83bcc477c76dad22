/** Which stack a dataset lies in never depends on the others: what is added, removed or renamed moves nothing. */
import type { Dataset, DatasetDefinition } from '../../lib/dataset';
import { SettingsError, type StageDefinition } from '../../lib/settings';
import { buildLakes } from '../../lib/stacks/lake-app';
import { stacksOf, testApp, testLake, testSettings } from '../support/cdk';
import { extensions, parseStage } from '../support/extensions';
import { manyDefinitions, parsed } from '../support/many-datasets';
import { type ReadableTemplate, readable, resourcesOf } from '../support/template';

/** What is lost or breaks its readers when it moves to another stack, or gets another logical id there. */
const STATEFUL = [
  ...['AWS::Glue::Table', 'AWS::Glue::Database', 'AWS::S3::Bucket', 'AWS::KMS::Key', 'AWS::SNS::Topic'],
  ...['AWS::SQS::Queue', 'AWS::IAM::Role', 'AWS::Athena::WorkGroup', 'AWS::Logs::LogGroup'],
];

/** Where each stateful resource lies: stack and logical id, with what tells it from the others. */
function places(stage: Omit<StageDefinition, 'name'>, datasets: readonly Dataset[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const stack of stacksOf(testLake({ stage, datasets }))) {
    const template: ReadableTemplate = readable(stack);
    for (const type of STATEFUL) {
      for (const [id, { Properties }] of Object.entries(resourcesOf(template, type))) {
        found.set(`${stack.stackName}/${id}`, `${type} ${Properties?.TableInput?.Name ?? ''}`);
      }
    }
  }
  return found;
}

/** Those that are in both must lie in the same place, which they do when every old place is there, but for those that go. */
function expectNothingMoves(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
  gone: readonly string[] = [],
): void {
  expect(before.size).toBeGreaterThan(20);
  const missing = [...before].filter(([place, what]) => after.get(place) !== what);
  expect(missing.filter(([, what]) => !gone.some((name) => what.endsWith(` ${name}`)))).toEqual([]);
}

const MANY = { manyDatasets: { stacks: 5 } };
const definitions = manyDefinitions(24);
const names = (all: readonly DatasetDefinition[]): string[] => all.map(({ name }) => name);

describe('of a stage of many datasets', () => {
  const before = places(MANY, parsed(definitions));

  test('the datasets lie in several stacks, and each stack that is declared is there', () => {
    const stacks = new Set([...before.keys()].map((place) => place.split('/')[0]));
    expect([...stacks].filter((name) => name?.includes('-datasets-')).length).toBeGreaterThan(3);
    const one = testLake({ stage: MANY, datasets: parsed(definitions.slice(0, 1)) });
    const declared = stacksOf(one).filter(({ stackName }) => stackName.includes('-datasets-'));
    expect(declared).toHaveLength(5);
    // CloudFormation takes no template without a resource.
    for (const stack of declared) expect(Object.keys(readable(stack).Resources).length).toBeGreaterThan(0);
  });

  test('one more moves nothing', () => {
    expectNothingMoves(before, places(MANY, parsed([...definitions, ...manyDefinitions(1, 24)])));
    expectNothingMoves(before, places(MANY, parsed([...manyDefinitions(1, 30), ...definitions])));
  });

  test('one less moves nothing but what goes', () => {
    for (const gone of [0, 11, 23]) {
      const rest = definitions.filter((_, index) => index !== gone);
      const name = names(definitions)[gone] as string;
      // The first is delivered by Firehose, whose role goes along.
      const after = places(MANY, parsed(rest));
      const missing = [...before].filter(([place]) => !after.has(place)).map(([, what]) => what.trim());
      expect(missing.filter((what) => what === `AWS::Glue::Table ${name}`)).toHaveLength(2);
      expect(missing.filter((what) => what !== `AWS::Glue::Table ${name}`)).toEqual(
        gone === 0 ? ['AWS::IAM::Role'] : [],
      );
    }
  });

  test('a new name is a new dataset: the tables of the old one go, nothing else moves', () => {
    const renamed = definitions.map((one, index) => (index === 5 ? { ...one, name: 'renamed' } : one));
    const after = places(MANY, parsed(renamed));
    expectNothingMoves(before, after, ['events_0005']);
    expect([...after.values()].filter((what) => what.endsWith(' renamed'))).toHaveLength(2);
  });
});

test('a stage that grows from one stack to many keeps every dataset that it names where it is', () => {
  const few = definitions.slice(0, 10);
  const grown = { manyDatasets: { stacks: 5, placed: { 0: names(few) } } };
  expectNothingMoves(places({}, parsed(few)), places(grown, parsed(definitions)));
});

describe('capacity', () => {
  const build = (stage: Omit<StageDefinition, 'name'>, datasets: readonly Dataset[]): string => {
    try {
      const settings = parseStage({ name: 'test', ...stage });
      buildLakes(testApp(), {
        datasets,
        stages: [settings],
        extensions,
        stageExtensions: extensions.map((extension) => extension.settings),
      });
      return '';
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      return error.message;
    }
  };

  test('more than a stack holds is refused, with what to write', () => {
    const message = build({}, parsed(manyDefinitions(79)));
    expect(message).toContain('is not set, and 79 datasets do not fit into one stack');
    expect(message).toContain('write { stacks: 32 }');
    expect(message).toContain("{ stacks: 32, placed: { 0: ['events_0000', 'events_0001', 'events_0002', ...] } }");
  });

  test('so are few datasets with so many columns', () => {
    const wide = manyDefinitions(12).map((one) => ({
      ...one,
      columns: [
        ...one.columns.slice(0, 2),
        ...Array.from({ length: 900 }, (_, index) => ({ name: `wide_${index}`, type: 'string' })),
      ],
    }));
    expect(build({}, parsed(wide))).toContain('do not fit into one stack');
    expect(build({}, parsed(wide.slice(0, 3)))).toBe('');
  });

  test('a full stack is named, and the one with most room', () => {
    const all = manyDefinitions(150);
    const message = build({ manyDatasets: { stacks: 2, placed: { 1: names(all) } } }, parsed(all));
    expect(message).toMatch(/stack 1 is full: about 1,\d{3},\d{3} bytes of template/);
    expect(message).toContain("placed: { 2: ['its name'] }");
  });
});

test('a policy that names datasets one by one names them all, or the stage is refused', () => {
  const datasets = Array.from({ length: 251 }, (_, index) => `events_${index}`);
  const roles = ['arn:aws:iam::123456789012:role/producer'];
  expect(() => testSettings({ access: { ingest: { roles, datasets } } })).toThrow(
    'names 251 datasets, and the policies of a role have room for 250',
  );
  expect(() => testSettings({ access: { ingest: { roles, datasets: datasets.slice(1) } } })).not.toThrow();
});

describe('retention of raw objects', () => {
  const rules = (stage: Omit<StageDefinition, 'name'>, all: readonly DatasetDefinition[]) =>
    Object.values(resourcesOf(readable(testLake({ stage, datasets: parsed(all) }).storage), 'AWS::S3::Bucket'))
      .flatMap(({ Properties }) => Properties.LifecycleConfiguration.Rules as Record<string, unknown>[])
      .filter(({ Id }) => String(Id).startsWith('compacted-'))
      .map(({ Prefix }) => Prefix);

  test('those with the longest period need no rule of their own', () => {
    const short = definitions.filter(({ retention }) => retention?.rawNoncurrentDays === 14);
    expect(rules(MANY, definitions)).toEqual(short.map(({ name }) => `raw/${name}/`));
    expect(rules({}, definitions)).toHaveLength(definitions.length);
  });
});

describe('what all datasets share', () => {
  const lake = testLake({ stage: MANY, datasets: parsed(definitions) });

  test('alarms: one of each kind, by a query that groups by dataset', () => {
    const { Resources } = readable(lake.compaction);
    const alarms = Object.entries(Resources).filter(([, { Type, Properties }]) =>
      Type === 'AWS::CloudWatch::CompositeAlarm' ? true : JSON.stringify(Properties.Metrics ?? '').includes('SELECT'),
    );
    expect(Object.fromEntries(alarms)).toMatchSnapshot();
  });

  test('each of them looks at the metric that the alarm of a single dataset looks at, and rings when that would', () => {
    const alarmsOf = (stage: Omit<StageDefinition, 'name'>) => {
      const freshness = { warnAfter: '2 hours', errorAfter: '1 day' };
      const column = definitions[0]?.columns[0]?.name ?? '';
      const checks = (['warn', 'fail'] as const).map((onFail) => ({
        name: `x_${onFail}`,
        column,
        notIn: ['x'],
        onFail,
      }));
      const watched = definitions.slice(0, 1).map((one) => ({ ...one, freshness, checks }));
      const { compaction } = testLake({ stage, datasets: parsed(watched) });
      return Object.values(resourcesOf(readable(compaction), 'AWS::CloudWatch::Alarm')).map(
        ({ Properties }) => Properties,
      );
    };
    const single = alarmsOf({}).filter(({ AlarmName }) => AlarmName.includes('-events_0000-'));
    expect(single).toHaveLength(10);
    const all = alarmsOf(MANY);
    for (const { AlarmName, Namespace, MetricName, Dimensions, Statistic, Period, ...alarm } of single) {
      const shared = all.find((one) => one.AlarmName === AlarmName.replace('-events_0000', ''));
      const take = { Sum: 'SUM', Maximum: 'MAX' }[Statistic as 'Sum' | 'Maximum'];
      expect(shared).toEqual({
        ...alarm,
        AlarmName: AlarmName.replace('-events_0000', ''),
        AlarmDescription: alarm.AlarmDescription.replace('events_0000', 'a dataset').replace(
          ' Runbook',
          ' The notification names the dataset. Runbook',
        ),
        Metrics: [
          {
            Id: expect.any(String),
            Expression: `SELECT ${take}(${MetricName}) FROM SCHEMA("${Namespace}", Dataset) GROUP BY Dataset ORDER BY ${take}() DESC`,
            Period,
            ReturnData: true,
          },
        ],
      });
      expect(Dimensions).toEqual([{ Name: 'Dataset', Value: 'events_0000' }]);
    }
  });

  test.each([
    ['rate(15 minutes)', 'missing'],
    ['rate(1 day)', 'ignore'],
  ])(
    'with %s, missing data of stale datasets is %s: between two runs it says nothing',
    (schedule, TreatMissingData) => {
      const watched = parsed(definitions).map((one) => ({ ...one, freshness: { errorAfterSeconds: 86_400 } }));
      const { compaction } = testLake({ stage: { ...MANY, compaction: { schedule } }, datasets: watched });
      const alarms = Object.values(resourcesOf(readable(compaction), 'AWS::CloudWatch::Alarm')).map(
        ({ Properties }) => Properties,
      );
      const stale = alarms.filter(({ AlarmName }) => AlarmName.startsWith('lake-test-compaction-stale'));
      expect(stale).toEqual([expect.objectContaining({ AlarmName: 'lake-test-compaction-stale', TreatMissingData })]);
    },
  );

  test.each([
    ['rate(1 hour)', 2, 3600, 4 * 3600],
    ['rate(2 hours)', 1, 2 * 3600, 8 * 3600],
    ['rate(1 day)', 1, 3 * 3600, 96 * 3600],
  ])('with %s, %i period(s) of %i seconds decide who is behind', (schedule, EvaluationPeriods, Period, Threshold) => {
    const { compaction } = testLake({ stage: { ...MANY, compaction: { schedule } }, datasets: parsed(definitions) });
    const alarms = Object.values(resourcesOf(readable(compaction), 'AWS::CloudWatch::Alarm')).map(
      ({ Properties }) => Properties,
    );
    const behind = alarms.find(({ AlarmName }) => AlarmName === 'lake-test-compaction-behind');
    expect(behind).toMatchObject({ EvaluationPeriods, Threshold, Metrics: [{ Period, ReturnData: true }] });
  });

  test('saved queries', () => {
    const saved = Object.values(resourcesOf(readable(lake.query), 'AWS::Athena::NamedQuery'));
    expect(saved.map(({ Properties }) => Properties)).toMatchSnapshot();
  });

  test('policies, lifecycle and key: none names a dataset that no service delivers', () => {
    const named = names(
      definitions.filter(({ delivery, retention }) => !delivery && retention?.rawNoncurrentDays === 30),
    );
    expect(named.length).toBeGreaterThan(10);
    for (const stack of [lake.storage, lake.access, lake.query, lake.compaction]) {
      const text = JSON.stringify(readable(stack));
      expect([stack.stackName, named.filter((name) => text.includes(name))]).toEqual([stack.stackName, []]);
    }
  });

  test('a service delivers to its datasets one by one where they are few, and else under the prefix of all', () => {
    const delivered = (count: number) => {
      const all = manyDefinitions(count).map((one) => ({ ...one, delivery: 'vpc-flow-logs' as const }));
      const template = readable(testLake({ stage: MANY, datasets: parsed(all) }).storage);
      const statements = Object.values(resourcesOf(template, 'AWS::S3::BucketPolicy')).flatMap(
        ({ Properties }) => Properties.PolicyDocument.Statement as { Sid?: string; Resource: string | string[] }[],
      );
      return [statements.find(({ Sid }) => Sid === 'DeliverVpcFlowLogs')?.Resource].flat();
    };
    expect(delivered(20)).toHaveLength(20);
    expect(delivered(21)).toEqual(['<Raw.Arn>/raw/*/AWSLogs/<AWS::AccountId>/*']);
  });
});
