import { type App, Stack } from 'aws-cdk-lib';
import { CfnWorkGroup } from 'aws-cdk-lib/aws-athena';
import { Alarm, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CfnLogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnBucket } from 'aws-cdk-lib/aws-s3';
// with ingest: begin
import {
  CLOSED_INGEST_STAGE,
  INGEST,
  INGEST_STAGE,
  OPEN_INGEST_STAGE,
  OWN_INGEST_STAGE,
} from '../../ingest/test/support/definitions';
// with ingest: end
import { acknowledge, JustifiedPolicy } from '../../lib/compliance';
import { ALLOW_DATA_DELETION } from '../../lib/constructs/removal';
import { datasets } from '../fixtures/datasets';
import { everyRole, type TestStage, testApp, testLake } from '../support/cdk';
import { acknowledgements, type PackReport, packReports, staleAcknowledgements } from '../support/compliance';
import { deliveredDatasets } from '../support/deliveries';

const PACKS = ['AwsSolutions', 'NIST.800.53.R5', 'HIPAA.Security', 'PCI.DSS.321', 'Lake'];

// The CDK prints what it finds.
beforeAll(() => jest.spyOn(console, 'error').mockImplementation());
afterAll(() => jest.restoreAllMocks());

const findings = (reports: readonly PackReport[]): string[] =>
  reports.flatMap(({ violations }) => violations.map(({ ruleName }) => ruleName));

describe('the packs run', () => {
  let reports: readonly PackReport[];

  beforeAll(() => {
    const app = testApp();
    const stack = new Stack(app, 'Canary');
    new CfnBucket(stack, 'Bucket');
    new CfnLogGroup(stack, 'Logs');
    new CfnWorkGroup(stack, 'Workgroup', { name: 'canary' });
    new Alarm(stack, 'Alarm', {
      metric: new Metric({ namespace: 'n', metricName: 'm' }),
      threshold: 1,
      evaluationPeriods: 1,
    });
    new ManagedPolicy(stack, 'Policy', {
      statements: [new PolicyStatement({ actions: ['s3:*'], resources: ['*'] })],
    });
    reports = packReports(app);
  });

  test.each(PACKS)('%s finds what is wrong with the canary', (name) => {
    expect(reports.find(({ pluginName }) => pluginName === name)?.conclusion).toBe('failure');
  });

  test('each finds its own kind, alarms without action and bare log groups among them', () => {
    expect(findings(reports)).toEqual(
      expect.arrayContaining([
        'AwsSolutions-S1',
        'AwsSolutions-IAM5[Action::s3:*]',
        'NIST.800.53.R5-CloudWatchAlarmAction',
        'NIST.800.53.R5-CloudWatchLogGroupRetentionPeriod',
        'HIPAA.Security-CloudWatchLogGroupEncrypted',
        'PCI.DSS.321-S3BucketPublicReadProhibited',
        'Lake-athena-workgroup-enforced',
        'Lake-iam-no-wildcard-actions',
        'Lake-s3-bucket-tls-floor',
      ]),
    );
  });
});

const VARIANTS: readonly (readonly [string, TestStage])[] = [
  ['as it is by default', {}],
  [
    'with every switch turned',
    {
      stage: {
        crawler: { mode: 'event' },
        tls13Floor: false,
        dataRemoval: 'delete',
        alarmEmails: ['data@example.com'],
        compaction: { reservedConcurrency: 50 },
        access: everyRole({ permissionSets: ['Data'] }),
      },
      context: { [ALLOW_DATA_DELETION]: 'test' },
    },
  ],
  ['with Iceberg tables', { datasets: datasets.map((one) => ({ ...one, iceberg: true as const })) }],
  ['to which every service delivers', { datasets: deliveredDatasets() }],
  // with ingest: begin
  ['with an ingest tier', { stage: INGEST_STAGE }],
  ['with an ingest tier that is open to all', { stage: OPEN_INGEST_STAGE }],
  ['with an ingest tier that reaches nothing outside', { stage: CLOSED_INGEST_STAGE }],
  ['with an ingest tier that has its own certificate and issuer', { stage: OWN_INGEST_STAGE }],
  [
    'with an ingest tier that faces the internet from a VPC of its own',
    { stage: { ingest: { ...INGEST, internetFacing: true, allowedCidrs: ['203.0.113.0/24'] } } },
  ],
  // with ingest: end
];

describe.each(VARIANTS)('the lake %s', (_, variant) => {
  let app: App;
  let reports: readonly PackReport[];

  beforeAll(() => {
    app = testApp(variant.context);
    testLake({ ...variant, app });
    reports = packReports(app);
  });

  test('has no finding that nobody acknowledged', () => {
    expect(findings(reports)).toEqual([]);
    expect(reports.map(({ conclusion }) => conclusion)).not.toContain('failure');
  });

  test('acknowledges nothing that no pack finds', () => {
    expect(acknowledgements(app).length).toBeGreaterThan(0);
    expect(staleAcknowledgements(app, reports)).toEqual([]);
  });

  test('gives a reason of at least a sentence for each, with its pack', () => {
    for (const { id, reason } of acknowledgements(app)) {
      expect(reason).toMatch(/^[A-Z\w].{28,}\.$/s);
      expect(PACKS).toContain(id.split('::')[0]);
    }
  });
});

describe('acknowledging', () => {
  test.each(['', '   ', 'Not needed.', 'Accepted risk.'])('refuses %j as a reason', (reason) => {
    const stack = new Stack(testApp(), 'Stack');

    expect(() => acknowledge(stack, reason, 'AwsSolutions::AwsSolutions-S1')).toThrow(
      /Stack: .*AwsSolutions-S1.*reason/,
    );
  });

  const reading = (...resources: readonly string[]) =>
    new PolicyStatement({ sid: 'Read', actions: ['s3:GetObject'], resources: [...resources] });

  test('a wildcard covers the resources of that statement of that policy, no other', () => {
    const app = testApp();
    const stack = new Stack(app, 'Stack');
    const wildcard = 'The test needs an acknowledgement to look at.';
    new JustifiedPolicy(stack, 'Known', {
      statements: [{ statement: reading('known/*', 'exact'), wildcard }, reading('other/*')],
    });
    new JustifiedPolicy(stack, 'Unknown', { statements: [reading('known/*')] });

    const reports = packReports(app).filter(({ pluginName }) => pluginName === 'AwsSolutions');
    expect(findings(reports)).toEqual(['AwsSolutions-IAM5[Resource::known/*]', 'AwsSolutions-IAM5[Resource::other/*]']);
  });

  test('a wildcard of several statements gives the reasons of all', () => {
    const app = testApp();
    const stack = new Stack(app, 'Stack');
    const [first, second] = ['The first statement reads whatever is there.', 'The second one has to find it.'];
    new JustifiedPolicy(stack, 'Policy', {
      statements: [first, second, first].map((wildcard) => ({ statement: reading('*'), wildcard })),
    });

    expect(acknowledgements(app)).toEqual([
      expect.objectContaining({ id: 'AwsSolutions::AwsSolutions-IAM5[Resource::*]', reason: `${first} ${second}` }),
    ]);
  });

  test('of a wildcard that is none is refused', () => {
    const stack = new Stack(testApp(), 'Stack');
    const statements = [{ statement: reading('exact'), wildcard: 'There was a wildcard here once upon a time.' }];

    expect(() => new JustifiedPolicy(stack, 'Policy', { statements })).toThrow('Read has no wildcard');
  });

  test('of something that no pack finds is reported as stale', () => {
    const app = testApp();
    const stack = new Stack(app, 'Stack');
    new CfnLogGroup(stack, 'Logs');
    acknowledge(stack, 'There is no bucket in here, so this is stale.', 'AwsSolutions::AwsSolutions-S1');

    expect(staleAcknowledgements(app, packReports(app))).toEqual(['Stack AwsSolutions::AwsSolutions-S1']);
  });
});
