import { bootstrap } from '../../preflight/checks/bootstrap';
import { credentials } from '../../preflight/checks/credentials';
import { dataRemoval } from '../../preflight/checks/data-removal';
import { glueEncryption } from '../../preflight/checks/glue-encryption';
import { lakeFormation } from '../../preflight/checks/lake-formation';
import { principals } from '../../preflight/checks/principals';
import { publicAccess } from '../../preflight/checks/public-access';
import { region } from '../../preflight/checks/region';
import { regionServices } from '../../preflight/checks/region-services';
import { serviceLinkedRoles } from '../../preflight/checks/service-linked-roles';
import { failure, jsonFailure } from './aws-stand-in';
import { ACCOUNT, look, REGION, told, type World } from './context';

const EVERYTHING_TO_IAM = [
  { Principal: { DataLakePrincipalIdentifier: 'IAM_ALLOWED_PRINCIPALS' }, Permissions: ['ALL'] },
];

describe('lake-formation', () => {
  const settings = (databases: unknown, tables: unknown): World => ({
    resources: [['AWS::Glue::Database']],
    answers: {
      'POST /GetDataLakeSettings': {
        body: {
          DataLakeSettings: { CreateDatabaseDefaultPermissions: databases, CreateTableDefaultPermissions: tables },
        },
      },
    },
  });

  test('is satisfied where IAM decides about new databases and tables', async () => {
    const outcome = await look(lakeFormation, settings(EVERYTHING_TO_IAM, EVERYTHING_TO_IAM));
    expect(told(outcome)).toEqual(['ok: Lake Formation leaves new databases and tables to IAM']);
  });

  test.each([
    [[], [], 'databases and tables'],
    [EVERYTHING_TO_IAM, [], 'tables'],
    [[], EVERYTHING_TO_IAM, 'databases'],
    [[{ ...EVERYTHING_TO_IAM[0], Permissions: ['SELECT'] }], EVERYTHING_TO_IAM, 'databases'],
  ])('says what is locked: %j %j', async (databases, tables, what) => {
    const outcome = await look(lakeFormation, settings(databases, tables));
    expect(told(outcome)).toEqual([expect.stringContaining(`error: Lake Formation takes new ${what} under its own`)]);
    expect(outcome.findings[0]?.todo).toContain('Use only IAM access control');
  });

  test('a caller who may not ask gets to know the permission', async () => {
    const { findings } = await look(lakeFormation, { resources: [['AWS::Glue::Database']] });
    expect(findings).toEqual([
      {
        level: 'unknown',
        found: 'needs lakeformation:GetDataLakeSettings',
        todo: expect.stringContaining('--policy'),
        missing: ['lakeformation:GetDataLakeSettings'],
      },
    ]);
  });

  test('is of no interest to a stage without a database', async () => {
    expect(told(await look(lakeFormation))).toEqual(['skipped: not needed: the stage creates no Glue database']);
  });
});

describe('bootstrap', () => {
  const NAME = `cdk-hnb659fds-assets-${ACCOUNT}-${REGION}`;
  const world = (version: string | undefined, answers: World['answers'] = {}): World => ({
    stack: {
      bootstrap: { version: 6, parameter: '/cdk-bootstrap/hnb659fds/version' },
      assetBuckets: [`cdk-hnb659fds-assets-\${AWS::AccountId}-\${AWS::Region}`],
    },
    answers: {
      GetParameter:
        version === undefined ? jsonFailure('ParameterNotFound') : { body: { Parameter: { Value: version } } },
      ...answers,
    },
  });
  const HEAD = `HEAD /${NAME}/`;
  const listed = (...names: readonly string[]) => ({
    'GET /': {
      body: `<ListAllMyBucketsResult><Buckets>${names
        .map((name) => `<Bucket><Name>${name}</Name></Bucket>`)
        .join('')}</Buckets></ListAllMyBucketsResult>`,
    },
  });

  test.each([
    [
      'an account without it',
      world(undefined, { [HEAD]: { status: 404 } }),
      ['error: 111122223333 is not bootstrapped in eu-central-1'],
    ],
    [
      'an account whose bucket was left behind',
      world(undefined, { [HEAD]: { status: 200 } }),
      ['error: 111122223333 is not bootstrapped', `error: the bucket ${NAME} is left from an earlier bootstrap stack`],
    ],
    [
      'a bucket name that somebody else took',
      world(undefined, { [HEAD]: { status: 403 }, ...listed('another') }),
      [
        'error: 111122223333 is not bootstrapped',
        `error: the bucket ${NAME}, which the assets go to, belongs to another account`,
      ],
    ],
    [
      'a bucket of somebody else behind a bootstrap stack',
      world('21', { [HEAD]: { status: 403 }, ...listed() }),
      ['ok: bootstrap version 21', `error: the bucket ${NAME}, which the assets go to, belongs to another account`],
    ],
    [
      'an own bucket that the caller may not look into',
      world('21', { [HEAD]: { status: 403 }, ...listed(NAME) }),
      ['ok: bootstrap version 21', `ok: bucket ${NAME} is there`],
    ],
    [
      'a bucket that is gone',
      world('21', { [HEAD]: { status: 404 } }),
      ['ok: bootstrap version 21', 'error: the bootstrap stack exists, but its bucket'],
    ],
    ['an old version', world('5', { [HEAD]: { status: 200 } }), ['error: bootstrap version 5, but the stacks need 6']],
    [
      'a fit one',
      world('21', { [HEAD]: { status: 200 } }),
      ['ok: bootstrap version 21, at least 6 is needed', `ok: bucket ${NAME}`],
    ],
    [
      'the version that is needed, and no other',
      world('6', { [HEAD]: { status: 200 } }),
      ['ok: bootstrap version 6, at least 6 is needed', `ok: bucket ${NAME}`],
    ],
    [
      // S3 answers 200 to whoever may read a bucket, and 403 where it is not the account's that is expected.
      'an open bucket of somebody else',
      world('21', { [HEAD]: { headers: { 'x-amz-expected-bucket-owner': ACCOUNT } } }),
      ['ok: bootstrap version 21', `ok: bucket ${NAME}`],
    ],
    ['nothing that may be asked', world('21', { [HEAD]: { status: 403 } }), ['unknown: needs s3:ListAllMyBuckets']],
  ])('judges %s', async (_, given, expected) => {
    const found = told(await look(bootstrap, given));
    for (const text of expected) expect(found).toContainEqual(expect.stringContaining(text));
    expect(found.filter((text) => text.startsWith('error'))).toHaveLength(
      expected.filter((text) => text.startsWith('error')).length,
    );
  });
});

test('bootstrap: the stack that needs the latest version decides, and another qualifier is part of the command', async () => {
  const parameter = '/cdk-bootstrap/lake/version';
  const { findings } = await look(
    {
      ...bootstrap,
      run: (context) => {
        const [stack] = context.assembly.stacks;
        const needs = (version: number) =>
          ({ ...stack, bootstrap: { version, parameter } }) as NonNullable<typeof stack>;
        return bootstrap.run({ ...context, assembly: { stacks: [needs(6), needs(28), needs(8)] } });
      },
    },
    { answers: { GetParameter: { body: { Parameter: { Value: '27' } } } } },
  );
  expect(findings).toEqual([
    {
      level: 'error',
      found: 'bootstrap version 27, but the stacks need 28',
      todo: `Bring it up to date: npx cdk bootstrap aws://${ACCOUNT}/${REGION} --qualifier lake`,
    },
  ]);
});

describe('region', () => {
  test.each([
    ['cn-north-1', 'aws-cn'],
    ['us-gov-west-1', 'aws-us-gov'],
    ['us-iso-east-1', 'aws-iso'],
    ['us-isob-east-1', 'aws-iso-b'],
    ['eu-isoe-west-1', 'aws-iso-e'],
    ['eusc-de-east-1', 'aws-eusc'],
    // Either alone is enough: a region that is not known here, or a caller that does not say where it is from.
    ['xx-new-1', 'aws-new'],
    ['cn-north-1', 'aws'],
  ])('%s of %s is refused once, with a way out', async (there, partition) => {
    const { findings } = await look(region, { region: there, partition });
    expect(findings).toEqual([
      {
        level: 'error',
        found: expect.stringContaining(`${there} is not in the partition aws`),
        todo: expect.stringMatching(/Deploy to another account and region: .*'eu-central-1'/),
      },
    ]);
  });

  test.each(['eu-central-1', 'us-east-1', 'ap-southeast-7', 'il-central-1', 'mx-central-1', 'ca-west-1'])(
    '%s is of the partition aws',
    async (here) => {
      expect(told(await look(region, { region: here }))).toEqual([expect.stringMatching(`^ok: ${here}`)]);
    },
  );
});

test.each([
  [undefined, 'us-east-1', `ok: ${REGION}; the stage names no region, so the credentials' is used`],
  [REGION, REGION, `ok: ${REGION}`],
  [REGION, 'us-east-1', `warning: the stage is deployed to ${REGION}, but the command line works in us-east-1`],
])('region: a stage of %s, and a command line in %s', async (own, commandLine, expected) => {
  process.env.AWS_REGION = commandLine;
  try {
    expect(told(await look(region, { stage: own === undefined ? {} : { region: own } }))).toEqual([expected]);
  } finally {
    delete process.env.AWS_REGION;
  }
});

describe('region-services', () => {
  const LISTS = '/aws/service/global-infrastructure';
  const world = (...names: readonly string[]): World => ({
    resources: [['AWS::Athena::WorkGroup'], ['AWS::WAFv2::WebACL'], ['Custom::Anything'], ['AWS::CDK::Metadata']],
    answers: {
      GetParameters: { body: { Parameters: names.map((Name) => ({ Name: `${LISTS}${Name}`, Value: 'x' })) } },
    },
  });
  const here = (name: string): string => `/regions/${REGION}/services/${name}`;

  test.each([
    ['all there', [here('athena'), here('waf')], ['ok: eu-central-1 has athena, waf']],
    ['one missing', [here('athena'), '/services/waf'], ['error: eu-central-1 has no waf, which the stacks use']],
    [
      'one that no region lists',
      [here('athena')],
      ['ok: eu-central-1 has athena', "skipped: AWS's public list does not name waf"],
    ],
    ['no list', [], ["unknown: AWS's public list of services does not know eu-central-1"]],
  ])('%s', async (_, names, expected) => {
    expect(told(await look(regionServices, world(...names)))).toEqual(expected);
  });
});

test('region-services: SSM gives ten parameters at a time', async () => {
  const names = Array.from({ length: 23 }, (_, index) => `Service${String(index).padStart(2, '0')}`);
  const asked: number[] = [];
  const body = (sent: string) => {
    const { Names } = JSON.parse(sent) as { Names: string[] };
    asked.push(Names.length);
    return { Parameters: Names.slice(0, 10).map((Name) => ({ Name, Value: 'x' })) };
  };
  const outcome = await look(regionServices, {
    resources: names.map((name) => [`AWS::${name}::Thing`]),
    answers: { GetParameters: { body } },
  });
  expect(told(outcome)).toEqual([`ok: eu-central-1 has ${names.map((name) => name.toLowerCase()).join(', ')}`]);
  expect(asked).toEqual([10, 10, 3]);
});

describe('service-linked-roles', () => {
  const group: World = { resources: [['AWS::AutoScaling::AutoScalingGroup']] };
  const missing = { GetRole: failure('NoSuchEntity', 404) };

  test('are created on first use', async () => {
    expect(told(await look(serviceLinkedRoles, { ...group, answers: missing }))).toEqual([
      'warning: AWSServiceRoleForAutoScaling does not exist; AWS creates it on first use',
    ]);
  });

  test('must exist where a policy names one', async () => {
    const role = `arn:aws:iam::${ACCOUNT}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`;
    const resources = [...(group.resources ?? []), ['AWS::KMS::Key', { Principal: { AWS: role } }] as const];
    const outcome = await look(serviceLinkedRoles, { resources, answers: missing });
    expect(told(outcome)).toEqual([expect.stringMatching(/^error: AWSServiceRoleForAutoScaling does not exist, and/)]);
    expect(outcome.findings[0]?.todo).toContain(
      'create-service-linked-role --aws-service-name autoscaling.amazonaws.com',
    );
  });

  test('exist', async () => {
    const answers = { GetRole: { body: '<GetRoleResponse><GetRoleResult><Role/></GetRoleResult></GetRoleResponse>' } };
    expect(told(await look(serviceLinkedRoles, { ...group, answers }))).toEqual([
      'ok: AWSServiceRoleForAutoScaling exists',
    ]);
  });
});

describe('principals', () => {
  const world = (arn: string, answers: World['answers']): World => ({
    resources: [['AWS::IAM::Role', { AssumeRolePolicyDocument: { Statement: [{ Principal: { AWS: [arn] } }] } }]],
    ...(answers === undefined ? {} : { answers }),
  });

  test.each([
    [`arn:aws:iam::${ACCOUNT}:role/team/data`, { GetRole: failure('NoSuchEntity', 404) }, 'error: a policy names'],
    [`arn:aws:iam::${ACCOUNT}:user/data`, { GetUser: failure('NoSuchEntity', 404) }, 'error: a policy names'],
    ['arn:aws:iam::999988887777:role/data', {}, 'skipped: arn:aws:iam::999988887777:role/data is of another account'],
    [`arn:aws:iam::${ACCOUNT}:role/data`, {}, 'unknown: needs iam:GetRole'],
    [
      `arn:aws:iam::${ACCOUNT}:user/data`,
      { GetUser: { body: '<GetUserResponse><GetUserResult><User/></GetUserResult></GetUserResponse>' } },
      `ok: arn:aws:iam::${ACCOUNT}:user/data exists`,
    ],
  ])('%s', async (arn, answers, expected) => {
    expect(told(await look(principals, world(arn, answers)))).toEqual([expect.stringContaining(expected)]);
  });
});

test('an encrypted Glue catalog needs grants that the lake does not make', async () => {
  const answers = (mode: object): World => ({
    answers: {
      GetDataCatalogEncryptionSettings: { body: { DataCatalogEncryptionSettings: { EncryptionAtRest: mode } } },
    },
  });
  const locked = { CatalogEncryptionMode: 'SSE-KMS', SseAwsKmsKeyId: 'alias/catalog' };
  expect(told(await look(glueEncryption, answers(locked)))).toEqual([
    expect.stringContaining('warning: the Glue catalog is encrypted with alias/catalog'),
  ]);
  expect(told(await look(glueEncryption, answers({ ...locked, CatalogEncryptionServiceRole: 'r' })))).toEqual([
    expect.stringMatching(/^ok: /),
  ]);
  expect(told(await look(glueEncryption, answers({ CatalogEncryptionMode: 'DISABLED' })))).toEqual([
    'ok: the Glue catalog needs no key of its own',
  ]);
});

test('credentials of another account than the stage names are an error', async () => {
  expect(told(await look(credentials, { stage: { account: '999988887777' } }))).toEqual([
    expect.stringContaining(
      `error: the stage belongs to account 999988887777, but these credentials are of ${ACCOUNT}`,
    ),
  ]);
  expect(told(await look(credentials, { stage: { account: ACCOUNT } }))).toEqual([expect.stringMatching(/^ok: /)]);
});

test.each([
  ...['prod', 'prod-eu', 'prod2', 'prd', 'production', 'live'].map((name) => [name, 'warning'] as const),
  ...['dev', 'product', 'preprod', 'lively'].map((name) => [name, 'ok'] as const),
])('the stage %s that may delete its data: %s', async (name, level) => {
  const { findings } = await look(dataRemoval, { stage: { name, dataRemoval: 'delete' } });
  expect(findings.map((finding) => finding.level)).toEqual([level]);
  expect(told(await look(dataRemoval, { stage: { name } }))).toEqual([
    'ok: buckets and keys stay when the stacks are deleted',
  ]);
});

test('the block of public access is reported as it is', async () => {
  const PATH = 'GET /v20180820/configuration/publicAccessBlock';
  const block = (last: boolean) => ({
    [PATH]: {
      body: `<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>${last}</RestrictPublicBuckets></PublicAccessBlockConfiguration>`,
    },
  });
  expect(told(await look(publicAccess, { answers: block(true) }))).toEqual([
    'ok: the account blocks public access to all its buckets',
  ]);
  expect(told(await look(publicAccess, { answers: block(false) }))).toEqual([
    expect.stringContaining('ok: the account does not block'),
  ]);
  const none = { [PATH]: { status: 404, body: '<Error><Code>NoSuchPublicAccessBlockConfiguration</Code></Error>' } };
  expect(told(await look(publicAccess, { answers: none }))).toEqual([
    expect.stringContaining('ok: the account does not block'),
  ]);
});
