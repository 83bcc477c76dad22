import { Stack } from 'aws-cdk-lib';
import { CfnWorkGroup } from 'aws-cdk-lib/aws-athena';
import { CfnCrawler, CfnTable } from 'aws-cdk-lib/aws-glue';
import { CfnPolicy, CfnRole, Effect, ManagedPolicy, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { LakeChecks } from '../../lib/compliance/lake-checks';
import { LAKE_RULES } from '../../lib/compliance/rules';
import { testApp } from '../support/cdk';

/** The rules of the lake's own pack that find something in what `build` makes. */
function findings(build: (stack: Stack) => void): string[] {
  const app = testApp();
  build(new Stack(app, 'Stack'));
  return new LakeChecks(app).validateScope(app).violations.map(({ ruleName }) => ruleName);
}

const workgroup =
  (change: CfnWorkGroup.WorkGroupConfigurationProperty = {}) =>
  (stack: Stack): void => {
    new CfnWorkGroup(stack, 'Workgroup', {
      name: 'w',
      workGroupConfiguration: {
        enforceWorkGroupConfiguration: true,
        publishCloudWatchMetricsEnabled: true,
        bytesScannedCutoffPerQuery: 10_000_000,
        resultConfiguration: {
          outputLocation: 's3://results/',
          encryptionConfiguration: { encryptionOption: 'SSE_KMS', kmsKey: new Key(stack, 'Key').keyArn },
        },
        ...change,
      },
    });
  };

const crawler =
  (change: Partial<ConstructorParameters<typeof CfnCrawler>[2]> = {}) =>
  (stack: Stack): void => {
    new CfnCrawler(stack, 'Crawler', {
      role: 'role',
      targets: {},
      crawlerSecurityConfiguration: 'security',
      schemaChangePolicy: { updateBehavior: 'LOG', deleteBehavior: 'LOG' },
      ...change,
    });
  };

const table =
  (parameters: Record<string, string>) =>
  (stack: Stack): void => {
    const { bucketName } = new Bucket(stack, 'Data', { enforceSSL: true, minimumTLSVersion: 1.2 });
    const location = { 'storage.location.template': `s3://${bucketName}/${parameters.template ?? ''}` };
    new CfnTable(stack, 'Table', {
      catalogId: stack.account,
      databaseName: 'd',
      tableInput: {
        partitionKeys: [
          { name: 'year', type: 'int' },
          { name: 'month', type: 'int' },
        ],
        parameters: { ...parameters, ...location },
      },
    });
  };

const PROJECTED = {
  'projection.enabled': 'true',
  'projection.year.type': 'integer',
  'projection.month.type': 'integer',
};
const TEMPLATE = 'year=${' + 'year}/month=${' + 'month}/';

const policy =
  (statement: Record<string, unknown>) =>
  (stack: Stack): void => {
    const policyDocument = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Resource: 'arn', ...statement }] };
    new CfnPolicy(stack, 'Policy', { policyName: 'p', policyDocument });
  };

const bucket =
  (change: { enforceSSL?: boolean; minimumTLSVersion?: number }, more?: (bucket: Bucket) => void) =>
  (stack: Stack): void => {
    const built = new Bucket(stack, 'Bucket', change);
    more?.(built);
  };

const denyOldTls = (built: Bucket, change: Partial<ConstructorParameters<typeof PolicyStatement>[0]>): void => {
  const { AnyPrincipal } = jest.requireActual<typeof import('aws-cdk-lib/aws-iam')>('aws-cdk-lib/aws-iam');
  built.addToResourcePolicy(
    new PolicyStatement({
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      actions: ['s3:*'],
      resources: [built.arnForObjects('*')],
      conditions: { NumericLessThan: { 's3:TlsVersion': 1.2 } },
      ...change,
    }),
  );
};

type Build = (stack: Stack) => void;

/** For each rule what it accepts and what it refuses, each refused for that rule alone. */
const CASES: Readonly<Record<string, { readonly accepts: readonly Build[]; readonly refuses: readonly Build[] }>> = {
  'athena-workgroup-enforced': {
    accepts: [workgroup()],
    refuses: [workgroup({ enforceWorkGroupConfiguration: false })],
  },
  'athena-workgroup-metrics': {
    accepts: [workgroup()],
    refuses: [workgroup({ publishCloudWatchMetricsEnabled: false })],
  },
  'athena-workgroup-encrypted': {
    accepts: [workgroup()],
    refuses: [
      workgroup({ resultConfiguration: { outputLocation: 's3://results/' } }),
      workgroup({ resultConfiguration: { encryptionConfiguration: { encryptionOption: 'SSE_S3' } } }),
      workgroup({ resultConfiguration: { encryptionConfiguration: { encryptionOption: 'SSE_KMS' } } }),
    ],
  },
  'athena-workgroup-scan-limit': {
    accepts: [workgroup({ bytesScannedCutoffPerQuery: 1e12 })],
    refuses: [
      workgroup({ bytesScannedCutoffPerQuery: 9_999_999 }),
      workgroup(JSON.parse('{"bytesScannedCutoffPerQuery":null}')),
    ],
  },
  'glue-crawler-encrypted': {
    accepts: [crawler()],
    refuses: [
      (stack) => {
        new CfnCrawler(stack, 'Crawler', {
          role: 'role',
          targets: {},
          schemaChangePolicy: { updateBehavior: 'LOG', deleteBehavior: 'LOG' },
        });
      },
    ],
  },
  'glue-crawler-logs-only': {
    accepts: [crawler()],
    refuses: [
      crawler({ schemaChangePolicy: {} }),
      crawler({ schemaChangePolicy: { updateBehavior: 'LOG' } }),
      crawler({ schemaChangePolicy: { updateBehavior: 'UPDATE_IN_DATABASE', deleteBehavior: 'LOG' } }),
    ],
  },
  'glue-table-projection-complete': {
    accepts: [table({ ...PROJECTED, template: TEMPLATE }), table({})],
    refuses: [
      table({ ...PROJECTED, template: 'year=${' + 'year}/' }),
      table({ 'projection.enabled': 'true', 'projection.year.type': 'integer', template: TEMPLATE }),
    ],
  },
  'iam-no-wildcard-actions': {
    accepts: [
      policy({ Action: ['s3:GetObject'] }),
      policy({ Effect: 'Deny', Action: 's3:*' }),
      (stack) => {
        new CfnRole(stack, 'Role', { assumeRolePolicyDocument: {} });
      },
    ],
    refuses: [
      policy({ Action: '*' }),
      policy({ Action: ['s3:GetObject', 's3:Put*'] }),
      policy({ NotAction: 'iam:PassRole' }),
      (stack) => {
        new ManagedPolicy(stack, 'Managed', {
          statements: [new PolicyStatement({ actions: ['s3:List*'], resources: ['arn'] })],
        });
      },
      (stack) => {
        const document = new PolicyDocument({
          statements: [new PolicyStatement({ actions: ['kms:*'], resources: ['arn'] })],
        });
        new CfnRole(stack, 'Role', {
          assumeRolePolicyDocument: {},
          policies: [{ policyName: 'inline', policyDocument: document }],
        });
      },
    ],
  },
  's3-bucket-tls-floor': {
    accepts: [
      bucket({ enforceSSL: true, minimumTLSVersion: 1.2 }),
      bucket({ enforceSSL: true, minimumTLSVersion: 1.3 }),
    ],
    refuses: [
      bucket({}),
      bucket({ enforceSSL: true }),
      bucket({}, (built) => denyOldTls(built, { conditions: { NumericLessThan: { 's3:TlsVersion': 1.1 } } })),
      // An exception is not a floor.
      bucket({}, (built) =>
        denyOldTls(built, {
          conditions: { NumericLessThan: { 's3:TlsVersion': 1.2 }, Bool: { 'aws:ViaAWSService': 'false' } },
        }),
      ),
    ],
  },
};

test('every rule has cases, and is named as its file', () => {
  expect(LAKE_RULES.map(({ id }) => id).sort()).toEqual(Object.keys(CASES).sort());
  for (const { id } of LAKE_RULES) {
    expect(require(`../../lib/compliance/rules/${id}`)).toBeDefined();
  }
});

describe.each(Object.entries(CASES))('%s', (id, { accepts, refuses }) => {
  test.each(accepts.map((build, index) => [index, build] as const))('accepts case %i', (_, build) => {
    expect(findings(build)).toEqual([]);
  });

  test.each(refuses.map((build, index) => [index, build] as const))('refuses case %i', (_, build) => {
    expect(findings(build)).toEqual([`Lake-${id}`]);
  });
});
