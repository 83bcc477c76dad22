import type { Problem } from '../../../lib/dataset';
import { SettingsError, type StageDefinition } from '../../../lib/settings';
import { parseStage } from '../../../test/support/extensions';
import { CLOSED_INGEST_STAGE, INGEST, OPEN_INGEST_STAGE, OWN_INGEST } from '../support/definitions';

/** The problems of one stage, with whatever a JavaScript caller could write. */
function problemsOf(definition: Record<string, unknown>): readonly Problem[] {
  try {
    parseStage({ name: 'test', ...definition } as StageDefinition, 'config/stages/test.ts');
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

const ingest = (changes: Record<string, unknown>) => ({ ingest: { ...INGEST, ...changes } });
const token = (changes: Record<string, unknown>) => ingest({ token: { ...INGEST.token, ...changes } });
const network = (given: Record<string, unknown>, changes: Record<string, unknown> = {}) => ({
  ...ingest(changes),
  network: given,
});
const SUBNETS = ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'];
const EXISTING = { vpcId: 'vpc-0123456789abcdef0', subnetIds: SUBNETS };
const CALLERS = { allowedCidrs: ['10.0.0.0/8'] };

test('a stage has no ingest tier unless it says so', () => {
  expect(parseStage({ name: 'dev' }).ingest).toBeUndefined();
});

test('a certificate and an issuer are enough, and nobody outside of the VPC may call', () => {
  expect(parseStage({ name: 'prod', ingest: INGEST }).ingest).toMatchObject({
    internetFacing: false,
    allowedCidrs: ['10.0.0.0/20'],
    minimumTls: '1.3',
    minInstances: 2,
    maxInstances: 10,
    targetCpuPercent: 65,
    latencyClass: 'balanced',
    environmentTag: 'Production',
    certificate: { kind: 'given', arn: INGEST.certificateArn },
    issuer: {
      kind: 'external',
      keySetUrl: 'https://login.example.com/.well-known/jwks.json',
      verifyAtLoadBalancer: false,
    },
    rateLimit: { store: 'valkey' },
    network: { kind: 'own', nat: 'one', endpoints: true },
  });
});

test.each([
  ['prod', 'Production'],
  ['dev', 'Development'],
  ['staging', 'Staging'],
])('the instances of %s are tagged %s', (name, tag) => {
  expect(parseStage({ name, ingest: INGEST }).ingest?.environmentTag).toBe(tag);
});

test('one address may send what the group keeps up with at its largest, unless the stage says less', () => {
  const limit = (changes: object) =>
    parseStage({ name: 'a', ingest: { ...INGEST, ...changes } }).ingest?.addressRequestsPerMinute;
  expect(limit({})).toBe(2_400_000);
  expect(limit({ maxInstances: 4, targetRequestsPerMinute: 60_000 })).toBe(240_000);
  expect(limit({ addressRequestsPerMinute: 6_000 })).toBe(6_000);
  expect(problemsOf(ingest({ addressRequestsPerMinute: 10 })).map(({ field }) => field)).toEqual([
    'ingest.addressRequestsPerMinute',
  ]);
  expect(problemsOf(ingest({ maxInstances: 'many' })).map(({ field }) => field)).toEqual(['ingest.maxInstances']);
});

test.each([
  ['minInstances', 2, 100, { maxInstances: 100 }],
  ['maxInstances', 2, 100, {}],
  ['targetCpuPercent', 20, 80, {}],
  ['targetRequestsPerMinute', 600, 1_000_000, {}],
])('%s is from %d to %d, both included', (name, least, most, others) => {
  const found = (value: number) =>
    problemsOf(ingest({ ...others, [name]: value })).some(({ field }) => field === `ingest.${name}`);
  expect([least - 1, least, most, most + 1].map(found)).toEqual([true, false, false, true]);
});

test('a group may have as many instances at least as at most', () => {
  expect(problemsOf(ingest({ minInstances: 4, maxInstances: 4 }))).toEqual([]);
});

test.each(['lake_partitions', 'https://example.com/partitions'])('tokens may be confined by the claim %s', (claim) => {
  const { issuer } = parseStage({ name: 'a', ...token({ partitionsClaim: claim }) } as StageDefinition).ingest ?? {};
  expect(issuer).toMatchObject({ kind: 'external', partitionsClaim: claim });
});

test('takes a VPC that exists, and one without a way out', () => {
  expect(parseStage({ name: 'a', ...OPEN_INGEST_STAGE }).ingest?.network).toMatchObject({ kind: 'existing' });
  expect(parseStage({ name: 'a', ...CLOSED_INGEST_STAGE }).ingest?.network).toMatchObject({ kind: 'own', nat: 'none' });
});

test.each<[string, Record<string, unknown>, string]>([
  ['neither certificate nor domain', ingest({ certificateArn: undefined }), 'ingest.domain'],
  ['no issuer of either kind', ingest({ token: undefined }), 'ingest.issuer'],
  [
    'the ARN of something else',
    ingest({ certificateArn: 'arn:aws:iam::111122223333:role/x' }),
    'ingest.certificateArn',
  ],
  [
    'a certificate of another partition',
    ingest({ certificateArn: INGEST.certificateArn.replace('arn:aws:', 'arn:aws-cn:') }),
    'ingest.certificateArn',
  ],
  ['a certificate of another region', { region: 'eu-west-1', ...ingest({}) }, 'ingest.certificateArn'],
  ['a certificate of another account', { account: '444455556666', ...ingest({}) }, 'ingest.certificateArn'],
  ['no issuer', token({ issuer: undefined }), 'ingest.token.issuer'],
  ['no audience', token({ audience: undefined }), 'ingest.token.audience'],
  ['keys over plain HTTP', token({ keySetUrl: 'http://login.example.com/keys' }), 'ingest.token.keySetUrl'],
  ['keys that are none', token({ keySet: { keys: [{}] } }), 'ingest.token.keySet'],
  ['a private key', token({ keySet: { keys: [{ kty: 'EC', d: 'secret' }] } }), 'ingest.token.keySet'],
  ['a shared key', token({ keySet: { keys: [{ kty: 'oct', k: 'secret' }] } }), 'ingest.token.keySet'],
  ['keys without end', token({ keySet: { keys: [{ kty: 'RSA', n: 'n'.repeat(5_000) }] } }), 'ingest.token.keySet'],
  ['an empty name of the claim that confines', token({ partitionsClaim: '' }), 'ingest.token.partitionsClaim'],
  ['a claim with a line break', token({ partitionsClaim: 'a\nINGEST_PORT=1' }), 'ingest.token.partitionsClaim'],
  ['several claims', token({ partitionsClaim: ['a', 'b'] }), 'ingest.token.partitionsClaim'],
  ['a claim of another meaning', token({ partitionsClaim: 'sub' }), 'ingest.token.partitionsClaim'],
  ['a claim without end', token({ partitionsClaim: 'a'.repeat(129) }), 'ingest.token.partitionsClaim'],
  ['an unknown setting of tokens', token({ secret: 'x' }), 'ingest.token.secret'],
  ['an unknown setting', ingest({ port: 80 }), 'ingest.port'],
  ['a burstable type with two processors', ingest({ instanceType: 't4g.small' }), 'ingest.instanceType'],
  ['an Intel type', ingest({ instanceType: 'c7i.medium' }), 'ingest.instanceType'],
  ['a type with more processors than processes', ingest({ instanceType: 'c7g.large' }), 'ingest.instanceType'],
  ['one instance', ingest({ minInstances: 1 }), 'ingest.minInstances'],
  ['fewer at most than at least', ingest({ minInstances: 4, maxInstances: 3 }), 'ingest.maxInstances'],
  ['a CPU that is never reached', ingest({ targetCpuPercent: 95 }), 'ingest.targetCpuPercent'],
  ['no requests', ingest({ targetRequestsPerMinute: 0 }), 'ingest.targetRequestsPerMinute'],
  ['an unknown latency', ingest({ latencyClass: 'fast' }), 'ingest.latencyClass'],
  ['TLS 1.0', ingest({ minimumTls: '1.0' }), 'ingest.minimumTls'],
  ['a tag for a digest', ingest({ image: { repository: 'a', digest: 'latest' } }), 'ingest.image.digest'],
  [
    'a whole URI for a repository',
    ingest({ image: { ...INGEST.image, repository: 'a.b/c:d' } }),
    'ingest.image.repository',
  ],
  ['a burst below one request', ingest({ rateLimit: { burst: 10 } }), 'ingest.rateLimit.burst'],
  ['an unknown store', ingest({ rateLimit: { store: 'redis' } }), 'ingest.rateLimit.store'],
  ['a node type that is none', ingest({ rateLimit: { nodeType: 't4g.small' } }), 'ingest.rateLimit.nodeType'],
  ['an empty environment', ingest({ environmentTag: '' }), 'ingest.environmentTag'],
  ['an address that is none', ingest({ scalingEmails: ['me'] }), 'ingest.scalingEmails[0]'],
  ['the internet without saying who', ingest({ internetFacing: true }), 'ingest.allowedCidrs'],
  ['another VPC without saying who', network(EXISTING), 'ingest.allowedCidrs'],
  ['nobody who may call', ingest({ allowedCidrs: [] }), 'ingest.allowedCidrs'],
  ['a range that is none', ingest({ allowedCidrs: ['10.0.0.0/8', '300.0.0.0/8'] }), 'ingest.allowedCidrs[1]'],
  ['a range with bits behind its prefix', ingest({ allowedCidrs: ['10.0.0.1/8'] }), 'ingest.allowedCidrs[0]'],
  ['a network without an ingest tier', { network: {} }, 'network'],
  ['a VPC id that is none', network({ ...EXISTING, vpcId: 'lake' }, CALLERS), 'network.vpcId'],
  ['one subnet', network({ ...EXISTING, subnetIds: SUBNETS.slice(1) }, CALLERS), 'network.subnetIds'],
  ['a subnet id that is none', network({ ...EXISTING, subnetIds: ['a', SUBNETS[0]] }, CALLERS), 'network.subnetIds[0]'],
  ['subnets of no VPC', network({ subnetIds: SUBNETS }), 'network.subnetIds'],
  ['a range for a VPC that exists', network({ ...EXISTING, cidr: '10.0.0.0/20' }, CALLERS), 'network.cidr'],
  [
    'the internet through private subnets',
    network(EXISTING, { ...CALLERS, internetFacing: true }),
    'network.loadBalancerSubnetIds',
  ],
  ['a VPC that is too small', network({ cidr: '10.0.0.0/28' }), 'network.cidr'],
  ['one zone', network({ availabilityZones: ['eu-central-1a'] }), 'network.availabilityZones'],
  [
    'a region for a zone',
    network({ availabilityZones: ['eu-central-1a', 'eu-central-1'] }),
    'network.availabilityZones[1]',
  ],
  ['an unknown way out', network({ nat: 'two' }), 'network.nat'],
  ['no way to the keys of the issuer', network({ nat: 'none' }), 'network.nat'],
])('refuses %s', (_, definition, field) => {
  const problems = problemsOf(definition);

  expect(problems.map((problem) => problem.field)).toEqual([field]);
  expect(problems[0]?.fix).not.toBe('');
});

test('says that instances which neither NAT nor endpoints serve reach nothing', () => {
  const closed = { ...CLOSED_INGEST_STAGE, network: { nat: 'none', endpoints: false } };
  expect(problemsOf(closed).map(({ field }) => field)).toEqual(['network.endpoints']);
});

test('reports every mistake of an empty ingest tier at once', () => {
  expect(problemsOf({ ingest: {} }).map(({ field, problem }) => `${field} ${problem}`)).toEqual([
    'ingest.domain is missing, and the load balancer speaks HTTPS only',
    'ingest.issuer is missing, and events are taken from verified callers only',
  ]);
});

describe('a domain of the lake', () => {
  const ZONE = { hostedZoneId: 'Z08A1B2C3D4E5F6G7H8I9', hostedZoneName: 'lake.internal' };
  const named = (domain: Record<string, unknown>) => ({
    ingest: { ...INGEST, certificateArn: undefined, domain: { ...ZONE, ...domain } },
  });
  const certificateOf = (domain: Record<string, unknown>) =>
    parseStage({ name: 'test', ...named(domain) } as unknown as StageDefinition).ingest?.certificate;

  test.each([
    ['a name in the zone', { domainName: 'ingest.lake.internal' }],
    ['a name some levels below', { domainName: 'a.b.c.lake.internal' }],
    ["the zone's own name", { domainName: 'lake.internal' }],
  ])('takes %s', (_, domain) => {
    expect(certificateOf(domain)).toEqual({ kind: 'own', ...ZONE, ...domain });
  });

  test('reads names as DNS does, and ids as Route 53 gives them out', () => {
    expect(
      certificateOf({
        domainName: 'Ingest.LAKE.internal.',
        hostedZoneId: `/hostedzone/${ZONE.hostedZoneId}`,
        hostedZoneName: 'lake.internal.',
      }),
    ).toEqual({ kind: 'own', ...ZONE, domainName: 'ingest.lake.internal' });
  });

  test.each<[string, Record<string, unknown>, string, RegExp]>([
    ['no name', {}, 'domainName', /is missing/],
    ['a name of another zone', { domainName: 'ingest.lake.example' }, 'domainName', /is not in the zone lake.internal/],
    ['a name that only ends alike', { domainName: 'ingestlake.internal' }, 'domainName', /is not in the zone/],
    ['a name above the zone', { domainName: 'internal.internal' }, 'domainName', /is not in the zone/],
    ['a wildcard', { domainName: '*.lake.internal' }, 'domainName', /is a wildcard/],
    [
      'a wildcard for a zone',
      { domainName: 'a.lake.internal', hostedZoneName: '*.internal' },
      'hostedZoneName',
      /is a wildcard/,
    ],
    ['a wildcard below another name', { domainName: 'a.*.lake.internal' }, 'domainName', /is a wildcard/],
    ['a URL', { domainName: 'https://ingest.lake.internal' }, 'domainName', /is not a domain name/],
    ['a name with a port', { domainName: 'ingest.lake.internal:443' }, 'domainName', /is not a domain name/],
    ['a name with a blank', { domainName: 'ingest .lake.internal' }, 'domainName', /beyond ASCII|is not a domain name/],
    ['a name with an empty part', { domainName: 'ingest..lake.internal' }, 'domainName', /is not a domain name/],
    ['a name with an underscore', { domainName: 'in_gest.lake.internal' }, 'domainName', /is not a domain name/],
    ['a part that begins with a hyphen', { domainName: '-a.lake.internal' }, 'domainName', /is not a domain name/],
    ['a name beyond ASCII', { domainName: 'prüfung.lake.internal' }, 'domainName', /xn--/],
    ['an address', { domainName: '10.0.0.1' }, 'domainName', /is an address/],
    ['a name that ACM takes no more', { domainName: `${'a'.repeat(60)}.lake.internal` }, 'domainName', /74 characters/],
    ['a zone without id', { domainName: 'lake.internal', hostedZoneId: undefined }, 'hostedZoneId', /is missing/],
    [
      'a zone by its name',
      { domainName: 'lake.internal', hostedZoneId: 'lake.internal' },
      'hostedZoneId',
      /not the id/,
    ],
    ['no name of the zone', { domainName: 'lake.internal', hostedZoneName: undefined }, 'hostedZoneName', /is missing/],
    [
      'a top-level domain',
      { domainName: 'lake.internal', hostedZoneName: 'internal' },
      'hostedZoneName',
      /not a domain/,
    ],
    ['an unknown field', { domainName: 'lake.internal', privateZone: true }, 'privateZone', /is not a setting/],
  ])('refuses %s', (_, domain, field, problem) => {
    const problems = problemsOf(named(domain));
    expect(problems.map((one) => one.field)).toEqual([`ingest.domain.${field}`]);
    expect(problems[0]?.problem).toMatch(problem);
  });

  test.each(['ingest.lake.internal', null])('is more than a name: %j', (domain) => {
    const problems = problemsOf({ ingest: { ...INGEST, certificateArn: undefined, domain } });
    expect(problems.map(({ field }) => field)).toEqual(['ingest.domain']);
  });

  test('says so when a certificate is given as well', () => {
    const both = { ingest: { ...INGEST, domain: OWN_INGEST.domain } };
    expect(problemsOf(both).map(({ field }) => field)).toEqual(['ingest.certificateArn']);
  });
});

describe('an issuer of the lake', () => {
  const own = (issuer: Record<string, unknown>, more: Record<string, unknown> = {}) => ({
    ...more,
    ingest: { ...OWN_INGEST, issuer: { ...OWN_INGEST.issuer, ...issuer } },
  });
  const producers = (...some: readonly unknown[]) => own({ producers: some });
  const SHOP = { producer: 'shop', datasets: ['orders'] };

  test('gives tokens for an hour, at an address that is made of prefix, stage and account', () => {
    expect(parseStage({ name: 'test', ingest: OWN_INGEST }).ingest?.issuer).toEqual({
      kind: 'own',
      producers: OWN_INGEST.issuer?.producers,
      tokenMinutes: 60,
      domainPrefix: undefined,
      verifyAtLoadBalancer: false,
    });
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['nobody', producers(), 'producers'],
    ['no list', own({ producers: 'shop' }), 'producers'],
    [
      'too many for the outputs of a stack',
      own({ producers: Array.from({ length: 191 }, (_, n) => ({ ...SHOP, producer: `p${n}` })) }),
      'producers',
    ],
    ['a producer without name', producers({ datasets: ['orders'] }), 'producers[0].producer'],
    ['a producer that is a text', producers('shop'), 'producers[0]'],
    ['a name with capitals', producers({ ...SHOP, producer: 'Shop' }), 'producers[0].producer'],
    ['a name that ends in a hyphen', producers({ ...SHOP, producer: 'shop-' }), 'producers[0].producer'],
    ['one producer twice', producers(SHOP, SHOP), 'producers[1].producer'],
    ['names that differ in hyphens alone', producers(SHOP, { ...SHOP, producer: 's-hop' }), 'producers[1].producer'],
    ['a producer that writes nothing', producers({ producer: 'shop', datasets: [] }), 'producers[0].datasets'],
    ['a dataset twice', producers({ ...SHOP, datasets: ['orders', 'orders'] }), 'producers[0].datasets'],
    [
      'more scopes than a client holds',
      producers({ ...SHOP, datasets: Array.from({ length: 51 }, (_, n) => `d${n}`) }),
      'producers[0].datasets',
    ],
    ['an unknown field of a producer', producers({ ...SHOP, secret: 'x' }), 'producers[0].secret'],
    ['an unknown field', own({ issuer: 'x' }), 'issuer'],
    ['tenants of a producer', producers({ ...SHOP, partitions: ['tenant=acme'] }), 'producers[0].partitions'],
    ['a claim of tenants', own({ partitionsClaim: 'lake_partitions' }), 'partitionsClaim'],
    ['an address with a dot', own({ domainPrefix: 'my.lake' }), 'domainPrefix'],
    ['a reserved word in the address', own({ domainPrefix: 'my-cognito' }), 'domainPrefix'],
    ['a reserved word in the prefix of the lake', own({}, { prefix: 'aws-lake' }), 'domainPrefix'],
    ['tokens of a minute', own({ tokenMinutes: 1 }), 'tokenMinutes'],
    ['tokens of two days', own({ tokenMinutes: 2_880 }), 'tokenMinutes'],
    ['a switch that is none', own({ verifyAtLoadBalancer: 'yes' }), 'verifyAtLoadBalancer'],
  ])('refuses %s', (_, definition, fields) => {
    const expected = fields.split(' ').map((field) => `ingest.issuer.${field}`);
    expect(problemsOf(definition).map(({ field }) => field)).toEqual(expected);
  });

  test.each(['https://login.lake.internal', null])('is not an address: %j', (issuer) => {
    const [problem, ...others] = problemsOf({ ingest: { ...OWN_INGEST, issuer } });
    expect([problem?.field, others]).toEqual(['ingest.issuer', []]);
    expect(problem?.fix).toContain('ingest.token');
  });

  test('says how tenants are kept apart where its tokens cannot', () => {
    for (const definition of [producers({ ...SHOP, partitions: [] }), own({ partitionsClaim: 'tenant' })]) {
      expect(problemsOf(definition)[0]?.fix).toMatch(/a dataset of its own.*ingest\.token\.partitionsClaim/);
    }
  });

  test('says so when tokens of another are given as well', () => {
    expect(problemsOf({ ingest: { ...OWN_INGEST, token: INGEST.token } }).map(({ field }) => field)).toEqual([
      'ingest.token',
    ]);
  });

  test('needs a way out of the network, for its keys are known after its creation only', () => {
    expect(problemsOf(own({}, { network: { nat: 'none' } })).map(({ field }) => field)).toEqual(['network.nat']);
  });
});
