import { parseStage, SettingsError, type SettingsProblem, type StageDefinition } from '../../lib/settings';
import { CLOSED_INGEST_STAGE, INGEST, OPEN_INGEST_STAGE } from '../../proof/templates/ingest';

/** The problems of one stage, with whatever a JavaScript caller could write. */
function problemsOf(definition: Record<string, unknown>): readonly SettingsProblem[] {
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
    token: { keySetUrl: 'https://login.example.com/.well-known/jwks.json', verifyAtLoadBalancer: false },
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

test('takes a VPC that exists, and one without a way out', () => {
  expect(parseStage({ name: 'a', ...OPEN_INGEST_STAGE }).ingest?.network).toMatchObject({ kind: 'existing' });
  expect(parseStage({ name: 'a', ...CLOSED_INGEST_STAGE }).ingest?.network).toMatchObject({ kind: 'own', nat: 'none' });
});

test.each<[string, Record<string, unknown>, string]>([
  ['no certificate', ingest({ certificateArn: undefined }), 'ingest.certificateArn'],
  [
    'the ARN of something else',
    ingest({ certificateArn: 'arn:aws:iam::111122223333:role/x' }),
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
    'ingest.token.issuer is missing, and events are taken from verified callers only',
    'ingest.token.audience is missing, and events are taken from verified callers only',
    'ingest.certificateArn is missing, and the load balancer speaks HTTPS only',
  ]);
});
