/** What a check counts or looks for may be on any page of what AWS lists. */

import type { Check } from '../../preflight/check';
import { alarmEmails } from '../../preflight/checks/alarm-emails';
import { bootstrap } from '../../preflight/checks/bootstrap';
import { glueDatabases } from '../../preflight/checks/glue-databases';
import { icebergTables } from '../../preflight/checks/iceberg-tables';
import { insightsAlarms } from '../../preflight/checks/insights-alarms';
import { kmsKeys } from '../../preflight/checks/kms-keys';
import { lambdaMemory } from '../../preflight/checks/lambda-memory';
import { nameCollisions } from '../../preflight/checks/name-collisions';
import { s3Buckets } from '../../preflight/checks/s3-buckets';
import { stackCount } from '../../preflight/checks/stack-count';
import { type Answer, quota } from './aws-stand-in';
import { ACCOUNT, look, REGION, told, type World } from './context';

const PAGE_2 = 'the-second-page';

/** Two pages; the first one has the token with which the second is asked for. */
const pages = (first: unknown, second: unknown): Answer => ({
  body: (sent: string) => (sent.includes(PAGE_2) ? second : first),
});
const listed = (name: string, first: readonly unknown[], second: readonly unknown[], token = 'NextToken'): Answer =>
  pages({ [name]: first, [token]: PAGE_2, Truncated: true }, { [name]: second });

const buckets = (names: readonly string[], more = ''): string =>
  `<R><Buckets>${names.map((name) => `<Bucket><Name>${name}</Name></Bucket>`).join('')}</Buckets>${more}</R>`;
const xml = (operation: string, list: string, first: string, second: string): Answer => {
  const page = (members: string, more = '') =>
    `<R><${operation}Result><${list}>${members}</${list}>${more}</${operation}Result></R>`;
  return pages(page(first, `<NextToken>${PAGE_2}</NextToken>`), page(second));
};

const query = { Metrics: [{ Id: 'm', Expression: 'SELECT MAX(Behind) FROM SCHEMA("n", Dataset)' }] };
const topic = `arn:aws:sns:${REGION}:${ACCOUNT}:lake-test-alarms`;
const table = (name: string) => ({
  Name: name,
  Parameters: { metadata_location: `s3://curated-1/iceberg/${name}/metadata/0.json` },
});
const ASSETS = 'cdk-hnb659fds-assets';

test.each<[string, Check, World, string]>([
  [
    'subscriptions',
    alarmEmails,
    {
      stage: { alarmEmails: ['data@acme.org'] },
      deployed: [
        {
          ...{ name: 's', status: 'CREATE_COMPLETE', statusReason: undefined, description: undefined },
          terminationProtection: false,
          resources: [{ type: 'AWS::SNS::Topic', logicalId: 'Alarms', physicalId: topic }],
        },
      ],
      answers: {
        ListSubscriptionsByTopic: xml(
          'ListSubscriptionsByTopic',
          'Subscriptions',
          '<member><Endpoint>other@acme.org</Endpoint><SubscriptionArn>arn</SubscriptionArn></member>',
          '<member><Endpoint>data@acme.org</Endpoint><SubscriptionArn>PendingConfirmation</SubscriptionArn></member>',
        ),
      },
    },
    'warning: data@acme.org has not confirmed its subscription, so alarms do not reach it',
  ],
  [
    'buckets of the account',
    bootstrap,
    {
      stack: { bootstrap: { version: 6, parameter: '/cdk-bootstrap/hnb659fds/version' }, assetBuckets: [ASSETS] },
      answers: {
        GetParameter: { body: { Parameter: { Value: '21' } } },
        [`HEAD /${ASSETS}/`]: { status: 403 },
        'GET /': pages(
          buckets([`${ASSETS}-older`], `<ContinuationToken>${PAGE_2}</ContinuationToken>`),
          buckets([ASSETS]),
        ),
      },
    },
    `ok: bucket ${ASSETS} is there for assets`,
  ],
  [
    'Glue databases',
    glueDatabases,
    {
      resources: [['AWS::Glue::Database']],
      answers: { ...quota(100), GetDatabases: listed('DatabaseList', [{ Name: 'a' }], [{ Name: 'b' }, { Name: 'c' }]) },
    },
    'ok: 4 Glue databases of 100 with this stage',
  ],
  [
    'KMS keys',
    kmsKeys,
    {
      resources: [['AWS::KMS::Key']],
      answers: { ...quota(100), ListKeys: listed('Keys', [{ KeyId: 'a' }], [{ KeyId: 'b' }, {}], 'NextMarker') },
    },
    'ok: 4 KMS keys of 100 with this stage',
  ],
  [
    'buckets',
    s3Buckets,
    {
      resources: [['AWS::S3::Bucket']],
      answers: {
        ...quota(100),
        'GET /': pages(buckets(['a'], `<ContinuationToken>${PAGE_2}</ContinuationToken>`), buckets(['b', 'c'])),
      },
    },
    'ok: 4 buckets of 100 with this stage',
  ],
  [
    'tables, and places that Lake Formation governs',
    icebergTables,
    {
      resources: [['AWS::Glue::Database', { DatabaseInput: { Name: 'lake_test_iceberg' } }]],
      answers: {
        GetTables: listed('TableList', [table('orders')], [table('clicks')]),
        'POST /ListResources': listed(
          'ResourceInfoList',
          [{ ResourceArn: 'arn:aws:s3:::curated-1/data/clicks' }],
          [{ ResourceArn: 'arn:aws:s3:::curated-1/iceberg' }, { ResourceArn: 'arn:aws:s3:::curated-1/data/orders' }],
        ),
      },
    },
    "ok: 2 tables of lake_test_iceberg are the lake's",
  ],
  [
    'alarms',
    insightsAlarms,
    {
      resources: [['AWS::CloudWatch::Alarm', query]],
      answers: {
        DescribeAlarms: listed('MetricAlarms', [{ AlarmName: 'a', ...query }], [{ AlarmName: 'b', ...query }]),
      },
    },
    'ok: 3 alarms of Metrics Insights of 200 with this stage',
  ],
  [
    'functions',
    lambdaMemory,
    {
      resources: [['AWS::Lambda::Function', { MemorySize: 4_096 }]],
      answers: {
        'GET /2015-03-31/functions': pages(
          { Functions: [{ FunctionName: 'small', MemorySize: 128 }], NextMarker: PAGE_2 },
          { Functions: [{ FunctionName: 'large', MemorySize: 4_096 }] },
        ),
      },
    },
    'ok: 4096 MiB, which the function large has as well',
  ],
  [
    'stacks',
    stackCount,
    {
      answers: {
        ...quota(100),
        ListStacks: xml(
          'ListStacks',
          'StackSummaries',
          '<member><StackName>a</StackName><StackStatus>CREATE_COMPLETE</StackStatus></member>',
          '<member><StackName>b</StackName><StackStatus>CREATE_COMPLETE</StackStatus></member>',
        ),
      },
    },
    'ok: 3 stacks of 100 with this stage',
  ],
  [
    'web ACLs',
    nameCollisions,
    {
      resources: [['AWS::WAFv2::WebACL', { Name: 'mine' }]],
      answers: {
        ListWebACLs: {
          body: (sent: string) =>
            sent.includes(PAGE_2) ? { WebACLs: [{ Name: 'mine' }] } : { WebACLs: [{ Name: 'a' }], NextMarker: PAGE_2 },
        },
      },
    },
    'error: the web ACL mine exists, and no stack of this stage owns it: lake-test-storage could not create it',
  ],
  [
    'alarms by their names, a hundred at a time',
    nameCollisions,
    {
      resources: Array.from({ length: 250 }, (_, index) => ['AWS::CloudWatch::Alarm', { AlarmName: `alarm-${index}` }]),
      answers: {
        DescribeAlarms: {
          body: (sent: string) => {
            const { AlarmNames } = JSON.parse(sent) as { AlarmNames: string[] };
            const own = AlarmNames.slice(0, 100).filter((name) => name === 'alarm-99' || name === 'alarm-249');
            return { MetricAlarms: [], CompositeAlarms: own.map((AlarmName) => ({ AlarmName })) };
          },
        },
      },
    },
    'ok: 248 names are free, or belong to stacks of this stage',
  ],
])('%s', async (_, check, world, expected) => {
  expect(told(await look(check, world))).toContain(expected);
});
