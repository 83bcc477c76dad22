/** What a deployment replaces, deletes or leaves unprotected; and what is read of a deployed stage. */
import { parseStage } from '../../lib/settings';
import { changesOf } from '../diff/changes';
import { readStage } from '../diff/deployed';
import type { Held } from '../diff/held';
import { resourceLosses } from '../diff/resources';
import type { Template } from '../preflight/assembly/template';
import { type Answer, AwsStandIn } from './preflight/aws-stand-in';
import { assemblyOf } from './preflight/context';

const bucket = (more: Partial<Held> = {}): Held => ({ type: 'AWS::S3::Bucket', fixed: { BucketName: 'a' }, ...more });
const RETAIN = { deletionPolicy: 'Retain', updateReplacePolicy: 'Retain' };

describe('the changes of a resource', () => {
  test('none', () => {
    expect(changesOf(bucket(RETAIN), bucket(RETAIN))).toEqual([]);
    expect(changesOf(bucket(), bucket(RETAIN))).toEqual([]);
  });

  // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
  test.each([
    ['Retain', true],
    ['RetainExceptOnCreate', true],
    ['Snapshot', true],
    ['Delete', false],
    [undefined, false],
  ])('one that goes, with DeletionPolicy %s, is kept: %s', (policy, isKept) => {
    const own = policy === undefined ? {} : { deletionPolicy: policy };
    expect(changesOf(bucket({ updateReplacePolicy: 'Retain', ...own }), undefined)).toEqual([
      { kind: 'deleted', isKept: policy !== undefined && isKept },
    ]);
  });

  test.each([
    ['another value', { BucketName: 'a' }, { BucketName: 'b' }, { path: 'BucketName', from: 'a', to: 'b' }],
    ['a value that was not there', {}, { BucketName: 'b' }, { path: 'BucketName', from: undefined, to: 'b' }],
    ['a value that is no more', { BucketName: 'a' }, {}, { path: 'BucketName', from: 'a', to: undefined }],
    ['a value of another form', { KeySpec: [1] }, { KeySpec: [1, 2] }, { path: 'KeySpec', from: [1], to: [1, 2] }],
  ])('%s replaces it: kept by the policy of before, and by that for replacements', (_, before, now, property) => {
    const change = (policies: Partial<Held>) =>
      changesOf(bucket({ fixed: before, ...policies }), bucket({ fixed: now, ...RETAIN }));
    expect(change(RETAIN)).toEqual([{ kind: 'replaced', isKept: true, property }]);
    expect(change({ deletionPolicy: 'Retain' })).toEqual([{ kind: 'replaced', isKept: false, property }]);
  });

  test('another type is refused by CloudFormation', () => {
    expect(changesOf(bucket(), bucket({ type: 'AWS::KMS::Key' }))).toEqual([
      { kind: 'retyped', type: 'AWS::KMS::Key' },
    ]);
  });

  test('a policy that protects no more is told', () => {
    expect(changesOf(bucket(RETAIN), bucket({ deletionPolicy: 'Delete' }))).toEqual([
      { kind: 'unprotected', property: { path: 'deletionPolicy', from: 'Retain', to: 'Delete' } },
      { kind: 'unprotected', property: { path: 'updateReplacePolicy', from: 'Retain', to: undefined } },
    ]);
  });
});

describe('what is made of a replaced resource', () => {
  const database = (name: string) => ({ Type: 'AWS::Glue::Database', Properties: { DatabaseInput: { Name: name } } });
  const losses = (value: unknown, more: Template['Resources'] = {}): string[] => {
    const table = { Type: 'AWS::Glue::Table', Properties: { DatabaseName: value, TableInput: { Name: 't' } } };
    // What is made of it may stand before it.
    const rest = { ...more, Table: table } as Template['Resources'];
    const stack = {
      stack: 's',
      names: new Map([['Raw', 'the-raw']]),
      before: { Resources: { Raw: database('a'), ...rest } } as Template,
      after: { Resources: { Raw: database('b'), ...rest } } as Template,
    };
    return resourceLosses(stack).map(({ logicalId, name }) => `${logicalId} ${name ?? ''}`.trim());
  };

  test.each<[string, unknown]>([
    ['Ref', { Ref: 'Raw' }],
    ['a list', { 'Fn::GetAtt': ['Raw', 'Arn'] }],
    ['a text', { 'Fn::GetAtt': 'Raw.Arn' }],
    ['Sub', { 'Fn::Sub': `x-\${Raw}` }],
    ['Sub with an attribute', { 'Fn::Sub': [`x-\${Raw.Arn}`, {}] }],
    ['within others', { 'Fn::Join': ['', ['a', { Ref: 'Raw' }]] }],
  ])('%s', (_, value) => {
    expect(losses(value)).toEqual(['Raw the-raw', 'Table']);
  });

  test.each<[string, unknown]>([
    ['a text', 'Raw'],
    ['another resource', { Ref: 'RawOther' }],
    ['an attribute of another', { 'Fn::GetAtt': ['RawOther', 'Arn'] }],
    ['an attribute of another, as text', { 'Fn::GetAtt': 'RawOther.Arn' }],
    ['a text that is no reference', { 'Fn::Sub': 'x-Raw' }],
  ])('is not: %s', (_, value) => {
    expect(losses(value)).toEqual(['Raw the-raw']);
  });

  test('is what is made of that, too', () => {
    const last = {
      Type: 'AWS::Glue::Table',
      Properties: { DatabaseName: { Ref: 'Table' }, TableInput: { Name: 'u' } },
    };
    expect(losses({ Ref: 'Raw' }, { Last: last } as Template['Resources'])).toEqual(['Raw the-raw', 'Table', 'Last']);
  });
});

describe('a deployed stage', () => {
  const PAGE_2 = 'the-second-page';
  const paged = (operation: string, list: string, first: string, second: string): Answer => {
    const page = (members: string, more = ''): string =>
      `<R><${operation}Result><${list}>${members}</${list}>${more}</${operation}Result></R>`;
    return {
      body: (sent: string) => (sent.includes(PAGE_2) ? page(second) : page(first, `<NextToken>${PAGE_2}</NextToken>`)),
    };
  };
  const resource = (id: string): string =>
    `<member><LogicalResourceId>${id}</LogicalResourceId><PhysicalResourceId>the-${id}</PhysicalResourceId></member>`;
  const stack = (name: string, status = 'UPDATE_COMPLETE'): string =>
    `<member><StackName>${name}</StackName><StackStatus>${status}</StackStatus><CreationTime>2026-06-15T10:00:00Z</CreationTime><Tags><member><Key>lake</Key><Value>lake</Value></member><member><Key>stage</Key><Value>test</Value></member></Tags></member>`;
  const template = JSON.stringify({ Resources: { Own: { Type: 'AWS::S3::Bucket' } } }).replaceAll('"', '&quot;');
  const table = (Name: string, Parameters?: object) => ({ Name, Parameters });

  test('is read from every page: names, tables that Athena projects, and stacks that are no more made', async () => {
    const standIn = await AwsStandIn.start({
      GetTemplate: { body: `<R><GetTemplateResult><TemplateBody>${template}</TemplateBody></GetTemplateResult></R>` },
      ListStackResources: paged('ListStackResources', 'StackResourceSummaries', resource('A'), resource('B')),
      DescribeStacks: paged(
        'DescribeStacks',
        'Stacks',
        stack('lake-test-storage') + stack('lake-test-review', 'REVIEW_IN_PROGRESS'),
        stack('lake-test-former'),
      ),
      GetTables: {
        body: (sent: string) =>
          sent.includes(PAGE_2)
            ? { TableList: [table('orders', { 'projection.enabled': 'true' }), table('view')] }
            : {
                TableList: [table('clicks', { 'projection.enabled': 'true' }), table('mine', { other: '1' })],
                NextToken: PAGE_2,
              },
      },
    });
    try {
      const found = await readStage(parseStage({ name: 'test', region: 'eu-central-1' }), assemblyOf([]).stacks);
      expect(found.stacks.map(({ stack: name, names }) => [name, [...names]])).toEqual([
        [
          'lake-test-storage',
          [
            ['A', 'the-A'],
            ['B', 'the-B'],
          ],
        ],
      ]);
      expect(found.tables.map(({ Name }) => Name)).toEqual(['clicks', 'orders']);
      expect(found.orphans).toEqual([
        { stack: 'lake-test-former', holds: ['its objects, and the name that producers and readers have'] },
      ]);
    } finally {
      await standIn.stop();
    }
  });
});
