/** Today's templates and datasets against a deployed stage, whose account is an HTTP server here. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Dataset } from '../../lib/dataset';
import { parseType } from '../../lib/dataset/types';
import { parseStage as parsePlain, type StageSettings } from '../../lib/settings';
import { datasets } from '../../test/fixtures/datasets';
import dev from '../../test/fixtures/stages/dev';
import { parseStage } from '../../test/support/extensions';
import { type SynthesizedStack, synthesize } from '../../test/support/synthesize';
import { UsageError } from '../command-line';
import { diff } from '../diff/diff';
import { Terminal } from '../terminal';
import { tellRights } from '../verbs/tell-rights';
import { type Answer, AwsStandIn } from './preflight/aws-stand-in';
import { folderWith } from './support/folder';

interface Resource {
  readonly Type: string;
  readonly DeletionPolicy?: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}
type Resources = Record<string, Resource>;

const settings = parseStage(dev);
const lakeOf = (today: readonly Dataset[]): readonly SynthesizedStack[] =>
  synthesize({ name: 'dev', settings, datasets: today });
const deployed = lakeOf(datasets);

const resourcesOf = (stacks: readonly SynthesizedStack[], stack: string): Resources =>
  stacks.find(({ id }) => id === stack)?.template.Resources as Resources;
const idOf = (stack: string, type: string, beginning = ''): string => {
  const found = Object.entries(resourcesOf(deployed, stack)).find(
    ([id, { Type }]) => Type === type && id.startsWith(beginning),
  );
  if (found === undefined) throw new Error(`${stack} has no ${type} ${beginning}`);
  return found[0];
};

const xml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const stackIn = (sent: string): SynthesizedStack | undefined =>
  deployed.find(({ stackName }) => stackName === new URLSearchParams(sent).get('StackName'));

interface Table {
  readonly Name: string;
  readonly Parameters: Readonly<Record<string, string>>;
  readonly StorageDescriptor: { readonly Columns: readonly { readonly Name: string; readonly Type: string }[] };
}
const tables = Object.entries(resourcesOf(deployed, 'Catalog'))
  .filter(([id, { Type }]) => Type === 'AWS::Glue::Table' && id.startsWith('Curated'))
  .map(([, { Properties }]) => Properties?.TableInput as Table);

/** CloudFormation and Glue, as they have the deployed stacks. */
const ACCOUNT: Readonly<Record<string, Answer>> = {
  GetTemplate: {
    body: (sent: string) =>
      `<R><GetTemplateResult><TemplateBody>${xml(JSON.stringify(stackIn(sent)?.template))}</TemplateBody></GetTemplateResult></R>`,
  },
  ListStackResources: {
    body: (sent: string) => {
      const members = Object.entries(stackIn(sent)?.template.Resources ?? {}).map(
        ([id, { Type }]) =>
          `<member><LogicalResourceId>${id}</LogicalResourceId><PhysicalResourceId>the-${id}</PhysicalResourceId><ResourceType>${Type}</ResourceType><ResourceStatus>CREATE_COMPLETE</ResourceStatus></member>`,
      );
      return `<R><ListStackResourcesResult><StackResourceSummaries>${members.join('')}</StackResourceSummaries></ListStackResourcesResult></R>`;
    },
  },
  GetTables: { body: { TableList: tables } },
  DescribeStacks: { body: () => stacksAnswer(deployed.map(({ stackName }) => stackName)) },
};

function stacksAnswer(names: readonly string[], stage = 'dev'): string {
  const tags = Object.entries({ lake: 'lake', stage, team: 'data' }).map(
    ([key, value]) => `<member><Key>${key}</Key><Value>${value}</Value></member>`,
  );
  const stacks = names.map(
    (name) =>
      `<member><StackName>${name}</StackName><StackStatus>UPDATE_COMPLETE</StackStatus><CreationTime>2026-06-15T10:00:00Z</CreationTime><Tags>${tags.join('')}</Tags></member>`,
  );
  return `<R><DescribeStacksResult><Stacks>${stacks.join('')}</Stacks></DescribeStacksResult></R>`;
}

let text = '';

interface Told {
  readonly code: number;
  readonly changes: readonly Readonly<Record<string, unknown>>[];
  readonly orphans?: readonly object[];
  readonly undeclared?: readonly string[];
  readonly resources: readonly {
    readonly logicalId: string;
    readonly type: string;
    readonly name: string;
    readonly holds?: string;
    readonly change: {
      readonly kind: string;
      readonly isKept?: boolean;
      readonly property?: { readonly path: string };
    };
  }[];
}

/** A folder as `cdk synth` leaves it. */
function assemblyOf(stacks: readonly SynthesizedStack[]): string {
  const folder = join(folderWith(), 'cdk.out');
  mkdirSync(folder);
  const artifacts = stacks.map(({ id, stackName, template }) => {
    writeFileSync(join(folder, `${id}.template.json`), JSON.stringify(template));
    const properties = { templateFile: `${id}.template.json`, stackName };
    return [id, { type: 'aws:cloudformation:stack', displayName: `dev/${id}`, properties }];
  });
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ artifacts: Object.fromEntries(artifacts) }));
  return folder;
}

async function ask(
  today: readonly Dataset[],
  {
    templates = today === datasets ? deployed : lakeOf(today),
    account = ACCOUNT,
    args = ['--json'],
    stage = settings,
  }: {
    readonly templates?: readonly SynthesizedStack[];
    readonly account?: Readonly<Record<string, Answer>>;
    readonly args?: readonly string[];
    readonly stage?: StageSettings;
  } = {},
): Promise<Told> {
  text = '';
  const terminal = new Terminal({ write: (part) => (text += part) }, {});
  const standIn = await AwsStandIn.start(account);
  try {
    const all = ['--stage', 'dev', '--assembly', assemblyOf(templates), ...args];
    const region = { ...stage, region: 'eu-central-1' };
    const code = await tellRights(() => diff(all, terminal, today, () => [region]));
    return args.includes('--json') && text !== ''
      ? { ...JSON.parse(text), code }
      : { code, changes: [], resources: [] };
  } finally {
    await standIn.stop();
  }
}

/** The templates of now with one stack's resources changed. */
function withResources(stack: string, change: (resources: Resources) => void): readonly SynthesizedStack[] {
  const copy = structuredClone(deployed) as SynthesizedStack[];
  change(resourcesOf(copy, stack));
  return copy;
}

const set = (resources: Resources, id: string, properties: Readonly<Record<string, unknown>>): void => {
  const own = resources[id] as Resource;
  resources[id] = { ...own, Properties: { ...own.Properties, ...properties } };
};

const [first, ...rest] = datasets as readonly [Dataset, ...Dataset[]];
const withFirst = (change: Partial<Dataset>): readonly Dataset[] => [{ ...first, ...change }, ...rest];

test('what is deployed loses nothing, and no request changes anything', async () => {
  expect(await ask(datasets)).toMatchObject({ code: 0, stage: 'dev', policy: 'evolve', changes: [], resources: [] });
  await ask(datasets, { args: [] });
  expect(text).toBe('Nothing changed that data or tables notice.\n');
});

describe('resources', () => {
  const RAW = idOf('Storage', 'AWS::S3::Bucket', 'Raw');
  const KEY = idOf('Storage', 'AWS::KMS::Key', 'DataKey');
  const DATABASE = idOf('Catalog', 'AWS::Glue::Database', 'Curated');
  const QUEUE = idOf('Compaction', 'AWS::SQS::Queue');

  test.each<[string, string, (resources: Resources) => void, string, object]>([
    [
      'a bucket with another name',
      'Storage',
      (all) => set(all, RAW, { BucketName: 'mine' }),
      RAW,
      { kind: 'replaced', isKept: true, property: { path: 'BucketName', to: 'mine' } },
    ],
    [
      'a bucket whose construct moved',
      'Storage',
      (all) => {
        all.Moved = all[RAW] as Resource;
        delete all[RAW];
      },
      RAW,
      { kind: 'deleted', isKept: true },
    ],
    [
      'a bucket that became something else',
      'Storage',
      (all) => {
        all[RAW] = { Type: 'AWS::SNS::Topic' };
      },
      RAW,
      { kind: 'retyped', type: 'AWS::SNS::Topic' },
    ],
    [
      'a key of another kind',
      'Storage',
      (all) => set(all, KEY, { KeySpec: 'RSA_2048' }),
      KEY,
      { kind: 'replaced', isKept: true, property: { path: 'KeySpec' } },
    ],
    [
      'a bucket without its policy',
      'Storage',
      (all) => {
        all[RAW] = { ...(all[RAW] as Resource), DeletionPolicy: 'Delete' };
      },
      RAW,
      { kind: 'unprotected', property: { path: 'deletionPolicy', from: 'Retain', to: 'Delete' } },
    ],
    [
      'a queue that is gone',
      'Compaction',
      (all) => {
        delete all[QUEUE];
      },
      QUEUE,
      { kind: 'deleted', isKept: false },
    ],
  ])('%s is refused, with its name', async (_, stack, change, logicalId, expected) => {
    const { code, resources } = await ask(datasets, { templates: withResources(stack, change) });
    expect([code, resources.filter(({ holds }) => holds !== undefined)]).toEqual([
      1,
      [
        expect.objectContaining({
          logicalId,
          name: `the-${logicalId}`,
          holds: expect.any(String),
          change: expect.objectContaining({}),
        }),
      ],
    ]);
    expect(resources[0]?.change).toMatchObject(expected);
    await ask(datasets, { templates: withResources(stack, change), args: [] });
    expect(text).toMatch(
      new RegExp(`^refused +AWS::\\S+ lake-dev-\\w+/${logicalId} \\(the-${logicalId}\\)\n +\\w+`, 'm'),
    );
  });

  test('what is made of a replaced resource is replaced too', async () => {
    const database = { DatabaseInput: { Name: 'other' } };
    const { code, resources } = await ask(datasets, {
      templates: withResources('Catalog', (all) => set(all, DATABASE, database)),
    });
    const replaced = resources.filter(({ change }) => change.kind === 'replaced');
    expect(code).toBe(1);
    expect(replaced.filter(({ type }) => type === 'AWS::Glue::Table')).toHaveLength(datasets.length);
    expect(replaced[0]).toMatchObject({ logicalId: DATABASE, change: { property: { path: 'DatabaseInput.Name' } } });
  });

  test('an alarm that goes is told, and lost to nobody', async () => {
    const alarm = idOf('Compaction', 'AWS::CloudWatch::Alarm');
    const templates = withResources('Compaction', (all) => {
      delete all[alarm];
    });
    expect(await ask(datasets, { templates, args: ['--json', '--policy', 'strict'] })).toMatchObject({
      code: 0,
      resources: [{ logicalId: alarm, change: { kind: 'deleted' } }],
    });
    await ask(datasets, { templates, args: [] });
    expect(text).toMatch(/^safe .*Alarm/);
  });
});

describe('stacks that the code does not make any more', () => {
  const without = deployed.filter(({ id }) => id !== 'Storage' && id !== 'Overview');

  test('are told with what they hold, and need care', async () => {
    const orphans = [
      { stack: 'lake-dev-overview', holds: [expect.stringContaining('address')] },
      { stack: 'lake-dev-storage', holds: expect.arrayContaining([expect.stringMatching(/object/)]) },
    ];
    expect(await ask(datasets, { templates: without })).toMatchObject({ code: 0, orphans });
    expect(await ask(datasets, { templates: without, args: ['--json', '--policy', 'strict'] })).toMatchObject({
      code: 1,
    });
    await ask(datasets, { templates: without, args: [] });
    expect(text).toMatch(/^needs care stack lake-dev-storage\n +the code does not make it any more/m);
  });

  test('those of another stage, whose name begins alike, are not', async () => {
    const all = [...deployed.map(({ stackName }) => stackName)];
    const other = stacksAnswer(['lake-dev-eu-storage'], 'dev-eu').replace(
      /^<R><DescribeStacksResult><Stacks>|<\/Stacks>.*$/g,
      '',
    );
    const body = stacksAnswer(all).replace('</Stacks>', `${other}</Stacks>`);
    expect(await ask(datasets, { account: { ...ACCOUNT, DescribeStacks: { body } } })).toMatchObject({
      code: 0,
      orphans: [],
    });
  });
});

describe('datasets', () => {
  test('another name loses both tables, and is a new dataset', async () => {
    const { code, changes, resources } = await ask(withFirst({ name: 'renamed' }));
    expect(code).toBe(1);
    expect(changes).toMatchObject([
      { dataset: first.name, rule: 'dataset-removed', class: 'refused' },
      { dataset: 'renamed', rule: 'dataset-added', class: 'safe' },
    ]);
    const lost = resources.filter(({ type }) => type === 'AWS::Glue::Table');
    expect(lost.map(({ change }) => change.kind)).toEqual(['deleted', 'deleted']);
    expect(lost.every(({ name }) => name.startsWith('the-'))).toBe(true);
  });

  const [column, ...columns] = first.columns;
  const column0 = column as Dataset['columns'][number];
  test.each<[string, Partial<Dataset>, object, number]>([
    ['a column removed', { columns }, { subject: column0.name, rule: 'removed', class: 'care' }, 0],
    [
      'a column added',
      { columns: [...first.columns, { name: 'more', type: parseType('int'), notNull: false, comment: undefined }] },
      { subject: 'more', rule: 'column-added', class: 'safe' },
      0,
    ],
    [
      'another type',
      { columns: [{ ...column0, type: parseType('map<string,int>') }, ...columns] },
      { subject: column0.name, rule: 'type-changed', class: 'refused' },
      1,
    ],
    [
      'other keys',
      { partition: { ...first.partition, scheme: 'hour' } },
      {
        subject: 'partition.scheme',
        rule: 'partition-keys',
        class: 'refused',
        from: first.partition.scheme,
        to: 'hour',
      },
      1,
    ],
    [
      'a leading key',
      { partition: { ...first.partition, leading: [{ name: 'region', kind: 'injected' }] } },
      { subject: 'partition.leading', rule: 'partition-keys', class: 'refused' },
      1,
    ],
    [
      'years that go',
      { partition: { ...first.partition, to: `${first.partition.from.slice(0, 4)}-12-31` } },
      { subject: 'partition.to', rule: 'range-narrowed', class: 'care' },
      0,
    ],
  ])('%s', async (_, change, expected, code) => {
    const today = withFirst(change);
    const found = await ask(today);
    expect(found).toMatchObject({ code, changes: [{ dataset: first.name, ...expected }] });
    const strict = await ask(today, { stage: { ...settings, schemaChanges: 'strict' } });
    expect(strict.code).toBe(found.changes[0]?.class === 'safe' ? 0 : 1);
  });

  const [named] = first.columns.map((each) => ({ ...each, notNull: !each.notNull }));
  const csv = { ...first.input, formats: ['csv' as const] };
  test.each<[string, Partial<Dataset>, object, number]>([
    [
      'another dedupe',
      { dedupe: { ...first.dedupe, key: [first.eventTime] } },
      { subject: 'dedupe', rule: 'dedupe', class: 'care' },
      0,
    ],
    ['another input', { input: csv }, { subject: 'input', rule: 'input', class: 'care' }, 0],
    [
      'a shorter retention',
      { retention: { ...first.retention, rawNoncurrentDays: 1 } },
      { subject: 'retention.rawNoncurrentDays', rule: 'retention-shorter', class: 'care', to: '1' },
      0,
    ],
    [
      'a shorter retention of rows',
      { retention: { ...first.retention, curatedDays: 4000 } },
      { subject: 'retention.curatedDays', rule: 'retention-shorter', class: 'care' },
      0,
    ],
    [
      'notNull',
      { columns: [named as Dataset['columns'][number], ...first.columns.slice(1)] },
      { subject: named?.name, rule: named?.notNull === true ? 'not-null-added' : 'not-null-removed' },
      0,
    ],
    [
      'a source',
      {
        columns: [{ ...column0, from: [['other']] }, ...columns],
      },
      { subject: column0.name, rule: 'source', class: 'care' },
      0,
    ],
    [
      'days that go',
      { partition: { ...first.partition, to: first.partition.to.replace(/-12-31$/, '-12-30') } },
      { subject: 'partition.to', rule: 'range-narrowed', class: 'care' },
      0,
    ],
    ['a codec', { compaction: { ...first.compaction, graceHours: 30 } }, { rule: 'files', class: 'safe' }, 0],
  ])('what no column says: %s', async (_, change, expected, code) => {
    const found = await ask(withFirst(change));
    expect(found).toMatchObject({ code, undeclared: [], changes: [{ dataset: first.name, ...expected }] });
    const strict = await ask(withFirst(change), { stage: { ...settings, schemaChanges: 'strict' } });
    expect(strict.code).toBe(found.changes[0]?.class === 'safe' ? 0 : 1);
  });

  test.each(['', '{}', '{"dedupe":1}', 'null', '[]', 'x'])(
    'a table that does not hold its declaration (%s) is compared as far as it goes, and named',
    async (text0) => {
      const [table, ...others] = tables as [Table, ...Table[]];
      const { 'lake.declared': _, ...Parameters } = table.Parameters;
      const changed = { ...table, Parameters: text0 === '' ? Parameters : { ...Parameters, 'lake.declared': text0 } };
      const account = { ...ACCOUNT, GetTables: { body: { TableList: [changed, ...others] } } };
      expect(await ask(datasets, { account })).toMatchObject({ code: 0, changes: [], undeclared: [table.Name] });
      await ask(datasets, { account, args: [] });
      expect(text).toContain(`Only columns, keys and years were compared of ${table.Name}`);
    },
  );

  test('every dataset of the tests is read from its table as it is declared', async () => {
    expect((await ask(datasets)).changes).toEqual([]);
    expect(tables).toHaveLength(datasets.length);
  });

  test('a table that somebody changed by hand is told', async () => {
    const [table, ...others] = tables as [Table, ...Table[]];
    const [own, ...more] = table.StorageDescriptor.Columns;
    const Columns = [{ ...own, Type: 'varchar(10)' }, ...more];
    const changed = { ...table, StorageDescriptor: { ...table.StorageDescriptor, Columns } };
    const GetTables = { body: { TableList: [changed, ...others, { Name: 'a_view', TableType: 'VIRTUAL_VIEW' }] } };
    expect(await ask(datasets, { account: { ...ACCOUNT, GetTables } })).toMatchObject({
      code: 1,
      changes: [{ dataset: table.Name, rule: 'type-changed', from: 'varchar(10)' }],
    });
  });
});

describe('what cannot be asked', () => {
  test.each([
    ['GetTemplate', 'cloudformation:GetTemplate'],
    ['ListStackResources', 'cloudformation:ListStackResources'],
    ['GetTables', 'glue:GetTables'],
  ])('without %s the missing right is told, with 2', async (operation, right) => {
    const { [operation]: _, ...account } = ACCOUNT;
    const stderr = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    const { code } = await ask(datasets, { account });
    const told = stderr.mock.calls.join('');
    stderr.mockRestore();
    expect([code, told]).toEqual([2, expect.stringContaining(`needs ${right}`)]);
  });

  test('a stage that is not deployed', async () => {
    const body = '<R><Error><Code>ValidationError</Code><Message>Stack x does not exist</Message></Error></R>';
    await expect(ask(datasets, { account: { ...ACCOUNT, GetTemplate: { status: 400, body } } })).rejects.toThrow(
      UsageError,
    );
  });

  test('an assembly without the stage', async () => {
    await expect(ask(datasets, { templates: [] })).rejects.toThrow("no stack of the stage 'dev'");
  });
});

test('a stage says evolve unless it says strict', () => {
  expect(parsePlain({ name: 'a' }).schemaChanges).toBe('evolve');
  expect(() => parsePlain({ name: 'a', schemaChanges: 'lenient' as 'strict' })).toThrow('schemaChanges');
});
