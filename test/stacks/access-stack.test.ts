import { parseDataset } from '../../lib/dataset';
import { LAKE_ROLES, type StageDefinition } from '../../lib/settings';
import { everyRole, type TestStage, testLake } from '../support/cdk';
import { type ReadableTemplate, readable, resourceOf, resourcesOf } from '../support/template';

const ROLE = 'arn:aws:iam::210987654321:role/people/data-analysts';

const access = (definition: StageDefinition['access'], others: TestStage = {}): ReadableTemplate =>
  readable(testLake({ ...others, stage: { access: definition ?? {} } }).access);

test('matches the snapshot', () => {
  expect(access(everyRole({ roles: [ROLE], permissionSets: ['DataPeople'] }))).toMatchSnapshot();
});

describe('policies', () => {
  test('are there for every role under fixed names, to attach to roles and permission sets, whoever the stage names', () => {
    const template = access({});
    const policies = Object.values(resourcesOf(template, 'AWS::IAM::ManagedPolicy')).map(
      ({ Properties }) => Properties,
    );

    expect(policies.map(({ ManagedPolicyName }) => ManagedPolicyName).sort()).toEqual(
      [...LAKE_ROLES, 'auditor-logs', 'operating'].map((name) => `lake-test-${name}`).sort(),
    );
    for (const { Path } of policies) expect(Path).toBe('/lake/test/');
    for (const name of LAKE_ROLES) {
      expect(template.Outputs).toHaveProperty(`${name[0]?.toUpperCase()}${name.slice(1)}PolicyArn`);
    }
  });

  /** The limit of a managed policy, in characters without white space. */
  const LIMIT = 6_144;

  /** As long as a stage, a dataset and what CloudFormation names can be. */
  const longest = (): ReadableTemplate => {
    const dataset = (index: number) =>
      parseDataset(
        { ...require('../fixtures/datasets/orders').default, name: `d${String(index).padStart(63, '0')}` },
        `config/datasets/d${String(index).padStart(63, '0')}.ts`,
      );
    return readable(
      testLake({
        stage: { prefix: 'p'.repeat(16), access: everyRole({ permissionSets: ['DataPeople'] }) },
        datasets: Array.from({ length: 60 }, (_, index) => dataset(index)),
      }).access,
    );
  };

  test('fit into a managed policy, however long the names are', () => {
    const sizes = Object.values(resourcesOf(longest(), 'AWS::IAM::ManagedPolicy')).map(({ Properties }) => [
      Properties.ManagedPolicyName,
      JSON.stringify(Properties.PolicyDocument)
        .replaceAll(/<[\w-]+:(Raw|Curated|Quarantine|Results|Logs)Arn>/g, `arn:aws:s3:::${'b'.repeat(63)}`)
        .replaceAll(/<[\w-]+:\w+>/g, `arn:aws-us-gov:kms:ap-southeast-2:123456789012:key/${'k'.repeat(36)}`)
        .replaceAll('<AWS::Partition>', 'aws-us-gov')
        .replaceAll('<AWS::Region>', 'ap-southeast-2')
        .replaceAll('<AWS::AccountId>', '123456789012')
        .replaceAll('-test', `-${'s'.repeat(12)}`)
        .replaceAll('_test', `_${'s'.repeat(12)}`).length,
    ]);
    expect(sizes).toHaveLength(10); // 60 datasets need three policies
    expect(sizes.filter(([, size]) => size > LIMIT)).toEqual([]);
  });

  test('of producers name their datasets: all that are declared, or those that the stage lists', () => {
    const prefixes = (template: ReadableTemplate) =>
      resourceOf(template, 'AWS::IAM::ManagedPolicy', 'Ingest').Properties.PolicyDocument.Statement[0].Resource;
    const raw = (dataset: string) => `<lake-test-storage:RawArn>/raw/${dataset}/*`;

    expect(prefixes(access({}))).toEqual(['access_logs', 'orders', 'sensor_readings'].map(raw));
    expect(prefixes(access({ ingest: { roles: [ROLE], datasets: ['orders'] } }))).toBe(raw('orders'));
  });
});

describe('roles', () => {
  test('exist only where the stage names somebody', () => {
    expect(resourcesOf(access({}), 'AWS::IAM::Role')).toEqual({});
    expect(Object.keys(resourcesOf(access({ auditor: { roles: [ROLE] } }), 'AWS::IAM::Role'))).toEqual(['AuditorRole']);
  });

  test('trust the named roles, and permission sets of exactly that name in this account', () => {
    const template = access({ analyst: { roles: [ROLE], permissionSets: ['Data.Analyst'] } });
    const { AssumeRolePolicyDocument, RoleName, Path } = resourceOf(template, 'AWS::IAM::Role').Properties;
    const suffix = '?'.repeat(16);
    const reserved = 'arn:<AWS::Partition>:iam::<AWS::AccountId>:role/aws-reserved/sso.amazonaws.com';

    expect([RoleName, Path]).toEqual(['lake-test-analyst', '/lake/test/']);
    expect(AssumeRolePolicyDocument.Statement).toEqual([
      { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { AWS: ROLE } },
      {
        Action: 'sts:AssumeRole',
        Effect: 'Allow',
        Principal: { AWS: 'arn:<AWS::Partition>:iam::<AWS::AccountId>:root' },
        Condition: {
          ArnLike: {
            'aws:PrincipalArn': [
              `${reserved}/AWSReservedSSO_Data.Analyst_${suffix}`,
              `${reserved}/*/AWSReservedSSO_Data.Analyst_${suffix}`,
            ],
          },
        },
      },
    ]);
  });

  test('of permission sets alone trust nobody by ARN', () => {
    const template = access({ admin: { permissionSets: ['A', 'B'] } });
    const statements = resourceOf(template, 'AWS::IAM::Role').Properties.AssumeRolePolicyDocument.Statement;

    expect(statements).toHaveLength(1);
    expect(statements[0].Condition.ArnLike['aws:PrincipalArn']).toHaveLength(4);
  });

  test('have the policies of their name, engineers and administrators also what operates the jobs', () => {
    const template = access(everyRole({ roles: [ROLE] }));
    const attached = Object.values(resourcesOf(template, 'AWS::IAM::Role')).map(({ Properties }) => [
      Properties.RoleName.slice('lake-test-'.length),
      Properties.ManagedPolicyArns,
    ]);
    expect(Object.fromEntries(attached)).toEqual({
      admin: ['<Admin>', '<Operating>'],
      engineer: ['<EngineerPolicy>', '<Operating>'],
      analyst: ['<AnalystPolicy>'],
      dashboard: ['<DashboardPolicy>'],
      ingest: ['<Ingest>'],
      auditor: ['<Auditor>', '<AuditorLogs>'],
    });
  });

  test('stay out of the path that the TLS floor spares', () => {
    for (const { Properties } of Object.values(resourcesOf(access(everyRole({ roles: [ROLE] })), 'AWS::IAM::Role'))) {
      expect(`${Properties.Path}${Properties.RoleName}`).not.toContain('/service/');
    }
  });
});

test('it refers to storage alone, so that no policy stands in the way of replacing what it names', () => {
  const imports = new Set(
    [...JSON.stringify(access(everyRole({ roles: [ROLE] }))).matchAll(/<lake-test-(\w+):/g)].map(([, stack]) => stack),
  );
  expect([...imports]).toEqual(['storage']);
});
