/** What preflight, diff and the smoke test take for the stacks of a stage. */

import { parseStage } from '../../../test/support/extensions';
import { deployedStacks } from '../../preflight/account/stacks';
import { closeAws, openAws } from '../../preflight/aws/clients';
import { configuredRegion } from '../../preflight/aws/region';
import { stacksOfStage } from '../../preflight/aws/stage-stacks';
import { type Answer, AwsStandIn } from './aws-stand-in';
import { assemblyOf, REGION } from './context';

async function asked<T>(
  answers: Readonly<Record<string, Answer>>,
  work: (aws: ReturnType<typeof openAws>) => Promise<T>,
) {
  const standIn = await AwsStandIn.start(answers);
  const aws = openAws({ region: REGION });
  try {
    return await work(aws);
  } finally {
    closeAws(aws);
    await standIn.stop();
  }
}

const PAGE_2 = 'the-second-page';
const paged = (operation: string, list: string, first: string, second: string): Answer => {
  const page = (members: string, more: string) =>
    `<R><${operation}Result><${list}>${members}</${list}>${more}</${operation}Result></R>`;
  return {
    body: (sent: string) =>
      sent.includes(PAGE_2) ? page(second, '') : page(first, `<NextToken>${PAGE_2}</NextToken>`),
  };
};

const stackXml = (name: string, more = '', tags: Readonly<Record<string, string>> = {}): string =>
  `<member><StackName>${name}</StackName><StackStatus>UPDATE_COMPLETE</StackStatus><CreationTime>2026-06-15T10:00:00Z</CreationTime>${more}<Tags>${Object.entries(
    tags,
  )
    .map(([key, value]) => `<member><Key>${key}</Key><Value>${value}</Value></member>`)
    .join('')}</Tags></member>`;

describe('the stacks of an assembly', () => {
  const resource = (id: string, status = 'CREATE_COMPLETE'): string =>
    `<member><LogicalResourceId>${id}</LogicalResourceId><PhysicalResourceId>the-${id}</PhysicalResourceId><ResourceType>AWS::S3::Bucket</ResourceType><ResourceStatus>${status}</ResourceStatus></member>`;
  const resources = paged(
    'ListStackResources',
    'StackResourceSummaries',
    `${resource('A')}${resource('Gone', 'DELETE_COMPLETE')}`,
    resource('B'),
  );
  const described = (stack: string): Answer => ({
    body: `<R><DescribeStacksResult><Stacks>${stack}</Stacks></DescribeStacksResult></R>`,
  });

  test('have their resources from every page, without those that are deleted', async () => {
    const more =
      '<Description>Ours</Description><EnableTerminationProtection>true</EnableTerminationProtection><StackStatusReason>why</StackStatusReason>';
    const answers = { DescribeStacks: described(stackXml('lake-test-storage', more)), ListStackResources: resources };
    expect(await asked(answers, (aws) => deployedStacks(aws, assemblyOf([])))).toEqual([
      {
        name: 'lake-test-storage',
        status: 'UPDATE_COMPLETE',
        statusReason: 'why',
        description: 'Ours',
        terminationProtection: true,
        resources: ['A', 'B'].map((logicalId) => ({
          type: 'AWS::S3::Bucket',
          logicalId,
          physicalId: `the-${logicalId}`,
        })),
      },
    ]);
  });

  test('are those that exist: one that was deleted does not, nor one that CloudFormation does not know', async () => {
    const deleted = described(stackXml('lake-test-storage').replace('UPDATE_COMPLETE', 'DELETE_COMPLETE'));
    const unknown: Answer = {
      status: 400,
      body: '<ErrorResponse><Error><Code>ValidationError</Code><Message>Stack with id x does not exist</Message></Error></ErrorResponse>',
    };
    for (const DescribeStacks of [deleted, unknown])
      expect(await asked({ DescribeStacks }, (aws) => deployedStacks(aws, assemblyOf([])))).toEqual([]);
  });

  test('that cannot be asked are no empty account', async () => {
    const invalid: Answer = {
      status: 400,
      body: '<ErrorResponse><Error><Code>ValidationError</Code><Message>1 validation error</Message></Error></ErrorResponse>',
    };
    await expect(asked({ DescribeStacks: invalid }, (aws) => deployedStacks(aws, assemblyOf([])))).rejects.toThrow(
      '1 validation error',
    );
  });
});

test('the stacks of a stage have its tags, on whatever page they are: names alone begin alike', async () => {
  const own = { lake: 'lake', stage: 'test' };
  const first = [
    stackXml('lake-test-storage', '', own),
    stackXml('lake-test2-storage', '', { lake: 'lake', stage: 'test2' }),
    stackXml('other-test-storage', '', { lake: 'other', stage: 'test' }),
    stackXml('lake-test-by-hand'),
    stackXml('nested', '<ParentId>arn:aws:cloudformation:r:1:stack/p/1</ParentId>', own),
    stackXml('lake-test-former', '', own).replace('UPDATE_COMPLETE', 'DELETE_COMPLETE'),
  ];
  const answers = {
    DescribeStacks: paged('DescribeStacks', 'Stacks', first.join(''), stackXml('lake-test-query', '', own)),
  };
  const names = await asked(answers, async ({ cloudFormation }) => {
    const found: string[] = [];
    for await (const { StackName } of stacksOfStage(cloudFormation, parseStage({ name: 'test' })))
      found.push(StackName);
    return found;
  });
  expect(names).toEqual(['lake-test-storage', 'lake-test-query']);
});

test.each([
  [{ AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'us-east-1' }, 'eu-west-1'],
  [{ AWS_REGION: '', AWS_DEFAULT_REGION: 'us-east-1' }, 'us-east-1'],
])('of %j, the region of the command line is %s', async (env, expected) => {
  expect(await configuredRegion(env)).toBe(expected);
});
