import { ALLOW_DATA_DELETION } from '../../lib/constructs/removal';
import { parseDataset } from '../../lib/dataset';
import { type TestStage, testApp, testStorage } from '../support/cdk';
import type { Statement } from '../support/iam';
import { manyDefinitions, parsed } from '../support/many-datasets';
import { type ReadableTemplate, readable, resourceOf, resourcesOf } from '../support/template';

const storage = (lake: TestStage = {}): ReadableTemplate => readable(testStorage(lake));

let template: ReadableTemplate;

beforeAll(() => {
  template = storage();
});

const policyOf = (bucket: string, from = template): Statement[] =>
  resourceOf(from, 'AWS::S3::BucketPolicy', `${bucket}Policy`).Properties.PolicyDocument.Statement;

const lifecycleOf = (bucket: string, from = template): Record<string, unknown>[] =>
  resourceOf(from, 'AWS::S3::Bucket', bucket).Properties.LifecycleConfiguration.Rules;

const BUCKETS = ['Raw', 'Curated', 'Quarantine', 'Results', 'Logs'];

test('matches the snapshot', () => {
  expect(template).toMatchSnapshot();
});

describe.each(BUCKETS)('the bucket %s', (name) => {
  test('is private, versioned, owner enforced and named by CloudFormation', () => {
    const { Properties } = resourceOf(template, 'AWS::S3::Bucket', name);

    expect(Properties.PublicAccessBlockConfiguration).toEqual({
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    });
    expect(Properties.VersioningConfiguration).toEqual({ Status: 'Enabled' });
    expect(Properties.OwnershipControls.Rules).toEqual([{ ObjectOwnership: 'BucketOwnerEnforced' }]);
    expect(Properties.BucketName).toBeUndefined();
  });

  test('is encrypted: with the data key and a bucket key, or by S3 where logs are delivered', () => {
    const { Properties } = resourceOf(template, 'AWS::S3::Bucket', name);

    expect(Properties.BucketEncryption.ServerSideEncryptionConfiguration).toEqual([
      name === 'Logs'
        ? { ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }
        : {
            BucketKeyEnabled: true,
            ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: '<DataKey.Arn>' },
          },
    ]);
  });

  test('logs its accesses, except for the log bucket itself', () => {
    const { Properties } = resourceOf(template, 'AWS::S3::Bucket', name);

    expect(Properties.LoggingConfiguration).toEqual(
      name === 'Logs' ? undefined : { DestinationBucketName: '<Logs>', LogFilePrefix: `s3/${name.toLowerCase()}/` },
    );
  });

  test('denies everyone plain HTTP and TLS below 1.2', () => {
    const everyone = {
      Effect: 'Deny',
      Action: 's3:*',
      Principal: { AWS: '*' },
      Resource: [`<${name}.Arn>`, `<${name}.Arn>/*`],
    };

    expect(policyOf(name)).toEqual(
      expect.arrayContaining([
        { ...everyone, Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
        { ...everyone, Condition: { NumericLessThan: { 's3:TlsVersion': 1.2 } } },
      ]),
    );
  });

  test('lets nobody in by its policy but the delivery of access logs', () => {
    const allowed = policyOf(name).filter(({ Effect }) => Effect === 'Allow');

    expect(allowed.map(({ Principal }) => Principal)).toEqual(
      (name === 'Logs' ? BUCKETS.slice(0, 4) : []).map(() => ({ Service: 'logging.s3.amazonaws.com' })),
    );
  });

  test('gives up abandoned uploads and old versions', () => {
    const rules = lifecycleOf(name);

    expect(rules.every(({ Status }) => Status === 'Enabled')).toBe(true);
    expect(rules).toContainEqual(
      expect.objectContaining({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } }),
    );
    expect(rules.filter((rule) => 'NoncurrentVersionExpiration' in rule && !('Prefix' in rule))).toHaveLength(1);
  });

  test('is kept when the stack goes', () => {
    expect(resourceOf(template, 'AWS::S3::Bucket', name)).toMatchObject({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
    });
  });
});

describe('TLS 1.3', () => {
  const floors = (from: ReadableTemplate): string[] =>
    BUCKETS.filter((name) => policyOf(name, from).some(({ Sid }) => Sid === 'DirectCallersNeedTls13'));

  test('is the floor of raw and curated for direct callers; services on their behalf keep 1.2', () => {
    expect(floors(template)).toEqual(['Raw', 'Curated']);
    expect(policyOf('Curated')).toContainEqual({
      Sid: 'DirectCallersNeedTls13',
      Effect: 'Deny',
      Principal: { AWS: '*' },
      Action: 's3:*',
      Resource: ['<Curated.Arn>', '<Curated.Arn>/*'],
      Condition: {
        NumericLessThan: { 's3:TlsVersion': '1.3' },
        Bool: { 'aws:ViaAWSService': 'false' },
        ArnNotLike: { 'aws:PrincipalArn': 'arn:<AWS::Partition>:iam::<AWS::AccountId>:role/lake/test/service/*' },
      },
    });
  });

  test('has a switch', () => {
    expect(floors(storage({ stage: { tls13Floor: false } }))).toEqual([]);
  });
});

describe('lifecycle', () => {
  test('never expires a current object of the raw zone, nor data and manifests of the curated zone', () => {
    const expiring = (bucket: string) => lifecycleOf(bucket).filter((rule) => 'ExpirationInDays' in rule);

    expect(expiring('Raw')).toEqual([]);
    expect(expiring('Curated').map(({ Prefix }) => Prefix)).toEqual(['plans/', 'set-aside/', 'erasures/']);
  });

  test('keeps compacted raw objects for as long as their dataset says', () => {
    const definition = require('../fixtures/datasets/orders').default;
    const orders = parseDataset({ ...definition, retention: { rawNoncurrentDays: 60 } }, 'config/datasets/orders.ts');
    const rules = lifecycleOf('Raw', storage({ datasets: [orders], stage: { retention: { noncurrentDays: 5 } } }));

    const noncurrent = rules.filter((rule) => 'NoncurrentVersionExpiration' in rule);
    expect(noncurrent).toEqual([
      expect.objectContaining({ Prefix: 'raw/orders/', NoncurrentVersionExpiration: { NoncurrentDays: 60 } }),
      // The shorter of two rules wins, so the one for everything must not be shorter.
      expect.objectContaining({ NoncurrentVersionExpiration: { NoncurrentDays: 60 } }),
    ]);
  });

  test('follows the retention settings', () => {
    const retention = { resultDays: 3, quarantineDays: 11, accessLogDays: 13, planDays: 2, noncurrentDays: 17 };
    const from = storage({ stage: { retention } });
    const expiry = (bucket: string) => lifecycleOf(bucket, from).flatMap((rule) => rule.ExpirationInDays ?? []);

    expect([expiry('Results'), expiry('Quarantine'), expiry('Logs'), expiry('Curated')]).toEqual([
      [3],
      [11],
      [13],
      [2, 7, 60],
    ]);
    expect(lifecycleOf('Curated', from)).toContainEqual(
      expect.objectContaining({ NoncurrentVersionExpiration: { NoncurrentDays: 17 } }),
    );
  });
});

describe('keys', () => {
  const statements = (key: string): Statement[] =>
    resourceOf(template, 'AWS::KMS::Key', key).Properties.KeyPolicy.Statement;

  test.each(['DataKey', 'OperationsKey'])('%s rotates, is kept and belongs to the account', (key) => {
    expect(resourceOf(template, 'AWS::KMS::Key', key)).toMatchObject({
      DeletionPolicy: 'Retain',
      Properties: { EnableKeyRotation: true },
    });
    expect(JSON.stringify(statements(key).map(({ Principal }) => Principal))).not.toContain('"*"');
  });

  test('the services that write logs, alarms and events can use the operations key, in this account only', () => {
    const services = statements('OperationsKey').flatMap(({ Principal, Condition }) => {
      const { Service } = Principal as { Service?: string };
      return Service === undefined ? [] : [[Service, Condition]];
    });
    const ownAccount = { StringEquals: { 'aws:SourceAccount': '<AWS::AccountId>' } };

    expect(services).toEqual([
      [
        'logs.<AWS::Region>.amazonaws.com',
        {
          ArnLike: {
            'kms:EncryptionContext:aws:logs:arn':
              'arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group:*',
          },
        },
      ],
      ['cloudwatch.amazonaws.com', undefined],
      ['s3.amazonaws.com', ownAccount],
      ['delivery.logs.amazonaws.com', ownAccount],
    ]);
  });
});

describe('alarm topic', () => {
  test('is encrypted, takes alarms of this account and TLS only', () => {
    expect(resourceOf(template, 'AWS::SNS::Topic').Properties.KmsMasterKeyId).toBe('<OperationsKey.Arn>');
    const { Statement: statements } = resourceOf(template, 'AWS::SNS::TopicPolicy').Properties.PolicyDocument;
    expect(statements).toEqual([
      expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      expect.objectContaining({
        Effect: 'Allow',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Condition: { StringEquals: { 'aws:SourceAccount': '<AWS::AccountId>' } },
      }),
    ]);
  });

  test('tells the alarm topic what the account spends, when the stage has a budget', () => {
    expect(resourcesOf(template, 'AWS::Budgets::Budget')).toEqual({});
    const from = storage({ stage: { monthlyBudget: 500 } });

    const { Budget, NotificationsWithSubscribers: notifications } = resourceOf(from, 'AWS::Budgets::Budget').Properties;
    expect(Budget).toEqual({ BudgetType: 'COST', TimeUnit: 'MONTHLY', BudgetLimit: { Amount: 500, Unit: 'USD' } });
    const told = notifications.map(
      ({ Notification, Subscribers }: { readonly Notification: object; readonly Subscribers: unknown }) => {
        return { ...Notification, Subscribers };
      },
    );
    const above = (NotificationType: string, Threshold: number) => ({
      ...{ NotificationType, Threshold, ThresholdType: 'PERCENTAGE', ComparisonOperator: 'GREATER_THAN' },
      Subscribers: [{ SubscriptionType: 'SNS', Address: '<AlarmTopic>' }],
    });
    expect(told).toEqual([above('ACTUAL', 80), above('ACTUAL', 100), above('FORECASTED', 100)]);
    const keys = Object.values(resourcesOf(from, 'AWS::KMS::Key')).flatMap(
      ({ Properties }) => Properties.KeyPolicy.Statement as readonly { readonly Sid?: string }[],
    );
    expect(keys.filter(({ Sid }) => Sid === 'BudgetsToTheTopic')).toEqual([
      {
        Sid: 'BudgetsToTheTopic',
        Effect: 'Allow',
        Principal: { Service: 'budgets.amazonaws.com' },
        Action: ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:GenerateDataKeyWithoutPlaintext'],
        Resource: '*',
        Condition: { StringEquals: { 'aws:SourceAccount': '<AWS::AccountId>' } },
      },
    ]);
    const { Statement: statements } = resourceOf(from, 'AWS::SNS::TopicPolicy').Properties.PolicyDocument;
    expect(statements).toContainEqual({
      Sid: 'BudgetsOfThisAccount',
      Effect: 'Allow',
      Principal: { Service: 'budgets.amazonaws.com' },
      Action: 'sns:Publish',
      Resource: '<AlarmTopic>',
      Condition: { StringEquals: { 'aws:SourceAccount': '<AWS::AccountId>' } },
    });
  });

  test('mails whom the stage names', () => {
    const from = storage({ stage: { alarmEmails: ['data@example.com', 'ops@example.com'] } });

    const mails = Object.values(resourcesOf(from, 'AWS::SNS::Subscription')).map(({ Properties }) => Properties);
    expect(mails.map(({ Protocol, Endpoint }) => [Protocol, Endpoint])).toEqual([
      ['email', 'data@example.com'],
      ['email', 'ops@example.com'],
    ]);
  });
});

describe('deleting data', () => {
  // The CDK prints warnings.
  beforeEach(() => jest.spyOn(console, 'error').mockImplementation());
  afterEach(() => jest.restoreAllMocks());

  const deletionPolicies = (lake: TestStage): unknown[] => [
    ...new Set(
      ['AWS::S3::Bucket', 'AWS::KMS::Key'].flatMap((type) =>
        Object.values(resourcesOf(storage(lake), type)).map(({ DeletionPolicy }) => DeletionPolicy),
      ),
    ),
  ];

  test.each<[string, TestStage, string]>([
    ['neither switch', {}, 'Retain'],
    ['the setting alone', { stage: { dataRemoval: 'delete' } }, 'Retain'],
    ['the command line alone', { context: { [ALLOW_DATA_DELETION]: 'test' } }, 'Retain'],
    [
      'a command line that names another stage',
      { stage: { dataRemoval: 'delete' }, context: { [ALLOW_DATA_DELETION]: 'prod' } },
      'Retain',
    ],
    ['both switches', { stage: { dataRemoval: 'delete' }, context: { [ALLOW_DATA_DELETION]: 'test' } }, 'Delete'],
  ])('with %s', (_, lake, expected) => {
    expect(deletionPolicies(lake)).toEqual([expected]);
  });

  test('says so when the command line has no effect', () => {
    const app = testApp({ [ALLOW_DATA_DELETION]: 'test' });
    testStorage({ app });

    const { messages } = app.synth().getStackByName('Storage');
    expect(messages.map(({ level, entry }) => [level, entry.data])).toEqual([
      ['warning', expect.stringContaining("the stage says dataRemoval: 'retain'")],
    ]);
  });
});

describe('events of raw objects', () => {
  test('exist only for a crawler that works by events', () => {
    expect(resourcesOf(template, 'AWS::SQS::Queue')).toEqual({});
  });

  test('go to an encrypted queue with a dead-letter queue, which this account alone can fill', () => {
    const from = storage({ stage: { crawler: { mode: 'event' } } });

    expect(resourceOf(from, 'AWS::S3::Bucket', 'Raw').Properties.NotificationConfiguration).toEqual({
      QueueConfigurations: [
        {
          Event: 's3:ObjectCreated:*',
          Queue: '<RawObjectEventsQueue.Arn>',
          Filter: { S3Key: { Rules: [{ Name: 'prefix', Value: 'raw/' }] } },
        },
      ],
    });
    expect(resourceOf(from, 'AWS::S3::Bucket', 'Raw').DependsOn).toEqual(['RawObjectEventsQueuePolicy']);
    expect(resourceOf(from, 'AWS::SQS::Queue', 'RawObjectEventsQueue').Properties).toMatchObject({
      KmsMasterKeyId: '<OperationsKey.Arn>',
      RedrivePolicy: { deadLetterTargetArn: '<RawObjectEventsDeadLetterQueue.Arn>', maxReceiveCount: 5 },
      VisibilityTimeout: 7_200,
    });
    for (const { Properties } of Object.values(resourcesOf(from, 'AWS::SQS::Queue'))) {
      expect(Properties).toMatchObject({ KmsMasterKeyId: '<OperationsKey.Arn>', MessageRetentionPeriod: 1_209_600 });
    }
    const statements: Statement[] = resourceOf(from, 'AWS::SQS::QueuePolicy', 'RawObjectEventsQueue').Properties
      .PolicyDocument.Statement;
    expect(statements.filter(({ Effect }) => Effect === 'Allow')).toEqual([
      expect.objectContaining({
        Action: 'sqs:SendMessage',
        Principal: { Service: 's3.amazonaws.com' },
        Condition: { StringEquals: { 'aws:SourceAccount': '<AWS::AccountId>' } },
      }),
    ]);
  });
});

test('its outputs name what producers and readers need', () => {
  expect(Object.keys(template.Outputs)).toEqual(
    expect.arrayContaining(['RawBucketName', 'CuratedBucketName', 'ResultsBucketName', 'DataKeyArn', 'AlarmTopicArn']),
  );
});

test('the raw bucket takes 990 rules of single datasets, and 991 are refused', () => {
  const short = { delivery: undefined, retention: { rawNoncurrentDays: 7 } };
  const all = parsed(manyDefinitions(991).map((one) => ({ ...one, ...short }) as never));
  const stage = { manyDatasets: { stacks: 32 } };
  const rules = lifecycleOf('Raw', storage({ stage, datasets: all.slice(1) }));
  expect(rules.filter(({ Id }) => String(Id).startsWith('compacted-'))).toHaveLength(990);
  expect(() => testStorage({ stage, datasets: all })).toThrow(
    /991 datasets keep raw objects for less than 30 days, .* S3 takes 990 such rules[\s\S]*have rawNoncurrentDays of 1 of them or more be 30/,
  );
});
