import { exampleValues } from '../../../cli/preflight/checks/example-values';
import { nameCollisions } from '../../../cli/preflight/checks/name-collisions';
import { thisMachine } from '../../../cli/preflight/machine';
import { failure, jsonFailure } from '../../../cli/test/preflight/aws-stand-in';
import { ACCOUNT, look, REGION, told, type World } from '../../../cli/test/preflight/context';
import prod from '../../../test/fixtures/stages/prod';
import type { IngestDefinition } from '../../infra/settings';
import { domain } from '../../preflight/domain';
import { imageBuild } from '../../preflight/image-build';
import { tokenAddress } from '../../preflight/token-address';
import { OWN_INGEST } from '../support/definitions';

describe('example-values', () => {
  test('names each of the shipped stage prod, and says what to write', async () => {
    const { findings } = await look(exampleValues, { stage: prod });
    expect(findings.map(({ level, found }) => `${level}: ${found}`)).toEqual([
      'error: account is an example: 111122223333',
      'error: ingest.allowedCidrs[0] is an example: 203.0.113.0/24',
      'error: ingest.domain.domainName is an example: ingest.example.com',
      'error: ingest.domain.hostedZoneId is an example: Z0123456789EXAMPLE',
      'error: ingest.domain.hostedZoneName is an example: example.com',
    ]);
    expect(findings[0]?.todo).toContain('aws sts get-caller-identity');
    expect(findings[3]?.todo).toContain('aws route53 list-hosted-zones');
  });

  test('finds none in a stage that has its own', async () => {
    expect(told(await look(exampleValues, { stage: { ingest: OWN_INGEST } }))).toEqual([
      'ok: no setting of the stage is an example',
    ]);
  });
});

describe('domain', () => {
  const ID = 'Z08A1B2C3D4E5F6G7H8I9';
  const SERVERS = ['ns-1.awsdns-01.org', 'ns-2.awsdns-02.com'];
  const NAME = 'ingest.data.lake.internal';
  const INGEST: IngestDefinition = {
    ...OWN_INGEST,
    domain: { domainName: NAME, hostedZoneId: ID, hostedZoneName: 'lake.internal' },
  };
  type RecordSet = readonly [name: string, type: string, value?: string];

  const zone = ({ name = 'lake.internal.', isPrivate = false } = {}): string =>
    `<GetHostedZoneResponse><HostedZone><Id>/hostedzone/${ID}</Id><Name>${name}</Name><CallerReference>x</CallerReference>` +
    `<Config><PrivateZone>${isPrivate}</PrivateZone></Config></HostedZone><DelegationSet><NameServers>` +
    `${SERVERS.map((server) => `<NameServer>${server}</NameServer>`).join('')}</NameServers></DelegationSet></GetHostedZoneResponse>`;
  const recordSets = (records: readonly RecordSet[]): string =>
    `<ListResourceRecordSetsResponse><ResourceRecordSets>${records
      .map(
        ([Name, Type, value = 'x']) =>
          `<ResourceRecordSet><Name>${Name}</Name><Type>${Type}</Type><TTL>1</TTL><ResourceRecords><ResourceRecord><Value>${value.replaceAll('"', '&quot;')}</Value></ResourceRecord></ResourceRecords></ResourceRecordSet>`,
      )
      .join(
        '',
      )}</ResourceRecordSets><IsTruncated>false</IsTruncated><MaxItems>300</MaxItems></ListResourceRecordSetsResponse>`;
  const world = (records: readonly RecordSet[] = [], more: Partial<World> & { zone?: string } = {}): World => ({
    stage: { ingest: INGEST },
    machine: { nameServers: async () => SERVERS.map((server) => `${server.toUpperCase()}.`) },
    answers: {
      [`GET /2013-04-01/hostedzone/${ID}`]: { body: more.zone ?? zone() },
      [`GET /2013-04-01/hostedzone/${ID}/rrset`]: {
        body: recordSets([['lake.internal.', 'NS'], ['lake.internal.', 'SOA'], ...records]),
      },
    },
    ...more,
  });

  test('is free, in a public zone of this account that is asked', async () => {
    const outcome = await look(
      domain,
      world([
        ['other.data.lake.internal.', 'A'],
        [`${NAME}.`, 'TXT'],
      ]),
    );
    expect(told(outcome)).toEqual([`ok: ${NAME} is free, in the public zone lake.internal of this account`]);
    expect([...outcome.actions].sort()).toEqual(['route53:GetHostedZone', 'route53:ListResourceRecordSets']);
  });

  test("may be the zone's own name", async () => {
    const ingest = {
      ...INGEST,
      domain: { domainName: 'lake.internal', hostedZoneId: ID, hostedZoneName: 'lake.internal' },
    };
    expect(told(await look(domain, world([['lake.internal.', 'MX']], { stage: { ingest } })))).toEqual([
      'ok: lake.internal is free, in the public zone lake.internal of this account',
    ]);
  });

  test.each<[string, World, string, string]>([
    [
      'a zone that another account has',
      world([], { answers: { [`GET /2013-04-01/hostedzone/${ID}`]: failure('NoSuchHostedZone', 404) } }),
      `error: account ${ACCOUNT} has no hosted zone ${ID}`,
      'ingest.certificateArn',
    ],
    [
      'the id of another zone',
      world([], { zone: zone({ name: 'sea.internal.' }) }),
      `error: the hosted zone ${ID} is sea.internal, and not lake.internal`,
      'hostedZoneId',
    ],
    [
      'a private zone',
      world([], { zone: zone({ isPrivate: true }) }),
      `error: the hosted zone ${ID} (lake.internal) is private`,
      'import',
    ],
    [
      'a zone that is delegated elsewhere',
      world([], { machine: { nameServers: async () => ['dns1.registrar.net'] } }),
      'error: the public DNS asks dns1.registrar.net for lake.internal, and not this zone',
      SERVERS.join(', '),
    ],
    [
      'a zone that nobody delegates to',
      world([], { machine: { nameServers: async () => [] } }),
      'error: the public DNS asks nobody for lake.internal',
      SERVERS.join(', '),
    ],
    [
      'a name below a delegation',
      world([['data.lake.internal.', 'NS']]),
      `error: data.lake.internal is delegated to another zone, so records of ${NAME} in this one are not seen`,
      'Name the zone data.lake.internal',
    ],
    [
      'a name that has a record',
      world([[`${NAME}.`, 'A']]),
      `error: ${NAME} has a record already (A)`,
      'choose another name',
    ],
    [
      'a name that is an alias',
      world([[`${NAME}.`, 'CNAME']]),
      `error: ${NAME} has a record already (CNAME)`,
      'Delete it',
    ],
    ['a name with IPv6 addresses', world([[`${NAME}.`, 'AAAA']]), `warning: ${NAME} has an AAAA record`, 'Delete it'],
    [
      'another authority alone',
      world([['lake.internal.', 'CAA', '0 issue "letsencrypt.org"']]),
      'error: CAA records of lake.internal let only letsencrypt.org issue certificates',
      '0 issue "amazon.com"',
    ],
    [
      'no authority at all',
      world([
        ['data.lake.internal.', 'CAA', '0 issue ";"'],
        ['lake.internal.', 'CAA', '0 issue "amazon.com"'],
      ]),
      'error: CAA records of data.lake.internal let nobody issue certificates',
      'data.lake.internal',
    ],
  ])('is in trouble with %s', async (_, given, found, todo) => {
    const { findings } = await look(domain, given);
    expect(findings.map((finding) => `${finding.level}: ${finding.found}`)).toEqual([expect.stringContaining(found)]);
    expect(findings[0]?.todo).toContain(todo);
  });

  test.each<[string, RecordSet]>([
    ['Amazon among others', ['lake.internal.', 'CAA', '0 issue "amazontrust.com; policy=x"']],
    ['wildcards alone', ['lake.internal.', 'CAA', '0 issuewild "letsencrypt.org"']],
    ['another name', ['other.lake.internal.', 'CAA', '0 issue "letsencrypt.org"']],
  ])('is in no trouble with CAA records of %s', async (_, record) => {
    expect(told(await look(domain, world([record])))).toEqual([expect.stringContaining('ok: ')]);
  });

  test('keeps its own record', async () => {
    const deployed = [
      {
        name: 'lake-test-ingest',
        status: 'CREATE_COMPLETE',
        statusReason: undefined,
        description: undefined,
        terminationProtection: false,
        resources: [{ type: 'AWS::Route53::RecordSet', logicalId: 'NameAlias', physicalId: `${NAME}.` }],
      },
    ];
    expect(told(await look(domain, world([[`${NAME}.`, 'A']], { deployed })))).toEqual([
      expect.stringContaining('ok: '),
    ]);
  });

  test('is not judged by a DNS that does not answer', async () => {
    const nameServers = () => Promise.reject(new Error('queryNs ETIMEOUT lake.internal'));
    expect(told(await look(domain, world([], { machine: { nameServers } })))).toEqual([
      expect.stringContaining('unknown: name servers of lake.internal: could not be checked'),
    ]);
  });

  test('is not looked for where it is an example, or where there is none', async () => {
    expect(told(await look(domain, { stage: prod }))).toEqual(['skipped: ingest.example.com is an example']);
    expect(told(await look(domain))).toEqual(['skipped: not needed: the stage gives no name to its load balancer']);
  });
});

describe('token-address', () => {
  const ADDRESS = `lake-test-${ACCOUNT}`;
  const world = (body: unknown, more: Partial<World> = {}): World => ({
    stage: { ingest: OWN_INGEST },
    answers: { DescribeUserPoolDomain: { body } },
    ...more,
  });
  const taken = { DomainDescription: { UserPoolId: 'eu-central-1_AbCdEf123', Domain: ADDRESS } };
  const owned = (physicalId: string): NonNullable<World['deployed']> => [
    {
      name: 'lake-test-issuer',
      status: 'CREATE_COMPLETE',
      statusReason: undefined,
      description: undefined,
      terminationProtection: true,
      resources: [{ type: 'AWS::Cognito::UserPoolDomain', logicalId: 'TokensDomain', physicalId }],
    },
  ];

  test.each<[string, World, string]>([
    ['free', world({ DomainDescription: {} }), `ok: ${ADDRESS}.auth.${REGION}.amazoncognito.com is free`],
    [
      'unknown to Cognito',
      { ...world({}), answers: { DescribeUserPoolDomain: jsonFailure('ResourceNotFoundException') } },
      'ok: ',
    ],
    ['taken', world(taken), `error: ${ADDRESS}.auth.${REGION}.amazoncognito.com belongs to another user pool`],
    ["the stage's own", world(taken, { deployed: owned(ADDRESS) }), 'ok: '],
    ['taken, while the stage has another', world(taken, { deployed: owned('before') }), 'error: '],
  ])('%s', async (_, given, expected) => {
    expect(told(await look(tokenAddress, given))).toEqual([expect.stringContaining(expected)]);
  });

  test('is of no interest to a stage with an issuer outside', async () => {
    expect(told(await look(tokenAddress))).toEqual(['skipped: not needed: the stage has no issuer of its own']);
  });
});

describe('image-build', () => {
  const build: World = { stage: { ingest: OWN_INGEST }, stack: { buildsImages: true } };

  test('needs nothing where no image is built', async () => {
    expect(told(await look(imageBuild))).toEqual(['skipped: not needed: no image is built']);
  });

  test('says what is wrong, and the way without', async () => {
    const imageBuildProblem = async () => 'docker is not installed';
    const { findings } = await look(imageBuild, { ...build, machine: { imageBuildProblem } });
    expect(findings).toEqual([
      {
        level: 'error',
        found: 'the image of the ingest gateway cannot be built here: docker is not installed',
        todo: expect.stringContaining('ingest.image'),
      },
    ]);
    expect(told(await look(imageBuild, build))).toEqual(['ok: the image of the ingest gateway can be built here']);
  });

  test.each([
    ['a program that is not there', '/nowhere/docker', '/nowhere/docker is not installed'],
    ['one that fails', 'false', 'false does not answer: '],
    ['one that answers', 'true', undefined],
  ])('asks %s', async (_, program, expected) => {
    process.env.CDK_DOCKER = program;
    try {
      const problem = await thisMachine.imageBuildProblem();
      if (expected === undefined) expect(problem).toBeUndefined();
      else expect(problem).toContain(expected);
    } finally {
      delete process.env.CDK_DOCKER;
    }
  });
});

describe('names of the ingest tier', () => {
  const NAME = 'lake-test-ingest';
  const resources: NonNullable<World['resources']> = [
    ['AWS::AutoScaling::AutoScalingGroup', { AutoScalingGroupName: NAME }],
    ['AWS::ElastiCache::User', { UserId: NAME, UserName: 'ingest-gateway' }],
    ['AWS::ElastiCache::UserGroup', { UserGroupId: NAME }],
    ['AWS::WAFv2::WebACL', { Name: NAME }],
  ];
  const answers = (taken: boolean): NonNullable<World['answers']> => ({
    DescribeAutoScalingGroups: {
      body: `<R><DescribeAutoScalingGroupsResult><AutoScalingGroups>${
        taken ? `<member><AutoScalingGroupName>${NAME}</AutoScalingGroupName></member>` : ''
      }</AutoScalingGroups></DescribeAutoScalingGroupsResult></R>`,
    },
    DescribeUsers: taken ? { body: '<R><DescribeUsersResult/></R>' } : failure('UserNotFound', 404),
    DescribeUserGroups: taken ? { body: '<R><DescribeUserGroupsResult/></R>' } : failure('UserGroupNotFound', 404),
    ListWebACLs: { body: { WebACLs: [{ Name: taken ? NAME : 'another' }] } },
  });

  test('are free', async () => {
    expect(told(await look(nameCollisions, { resources, answers: answers(false) }))).toEqual([
      'ok: 4 names are free, or belong to stacks of this stage',
    ]);
  });

  test('are taken by something else', async () => {
    expect(told(await look(nameCollisions, { resources, answers: answers(true) }))).toEqual(
      ['Auto Scaling group', 'ElastiCache user', 'ElastiCache user group', 'web ACL'].map((thing) =>
        expect.stringContaining(`error: the ${thing} ${NAME} exists, and no stack of this stage owns it`),
      ),
    );
  });

  test('are taken by the stage itself', async () => {
    const own = (type: string, physicalId: string) => ({ type, logicalId: 'X', physicalId });
    const deployed = [
      {
        name: 'lake-test-ingest',
        status: 'CREATE_COMPLETE',
        statusReason: undefined,
        description: undefined,
        terminationProtection: false,
        resources: [
          own('AWS::AutoScaling::AutoScalingGroup', NAME),
          own('AWS::ElastiCache::User', NAME),
          own('AWS::ElastiCache::UserGroup', NAME),
          own('AWS::WAFv2::WebACL', `${NAME}|0a1b2c3d-0000-4000-8000-000000000000|REGIONAL`),
        ],
      },
    ];
    expect(told(await look(nameCollisions, { resources, answers: answers(true), deployed }))).toEqual([
      'ok: 4 names are free, or belong to stacks of this stage',
    ]);
  });
});
