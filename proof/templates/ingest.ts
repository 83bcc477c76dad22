import type { IngestDefinition, StageDefinition } from '../../lib/settings';

/** The shortest ingest tier: what cannot be guessed. The image is named, because tests and proofs build none. */
export const INGEST: IngestDefinition = {
  certificateArn: 'arn:aws:acm:eu-central-1:111122223333:certificate/0a1b2c3d-0000-4000-8000-000000000000',
  token: { issuer: 'https://login.example.com', audience: 'data-lake' },
  image: { repository: 'data/ingest', digest: `sha256:${'5'.repeat(64)}` },
};

type Stage = Omit<StageDefinition, 'name'>;

/** The ingest tier of most lakes: in a VPC of its own, reached from within. */
export const INGEST_STAGE: Stage = { ingest: INGEST };

/** Every switch the other way: another VPC, the whole internet, tokens verified twice, no store, all of it deletable. */
export const OPEN_INGEST_STAGE: Stage = {
  dataRemoval: 'delete',
  ingest: {
    ...INGEST,
    token: { ...INGEST.token, verifyAtLoadBalancer: true },
    internetFacing: true,
    allowedCidrs: ['0.0.0.0/0'],
    minimumTls: '1.2',
    rateLimit: { store: 'memory' },
    scalingEmails: ['ops@example.com'],
  },
  network: {
    vpcId: 'vpc-0123456789abcdef0',
    subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
    loadBalancerSubnetIds: ['subnet-0123456789abcdef2', 'subnet-0123456789abcdef3'],
  },
};

/** No way out of the network: no NAT, keys of the issuer in the settings. */
export const CLOSED_INGEST_STAGE: Stage = {
  ingest: {
    ...INGEST,
    token: { ...INGEST.token, keySet: { keys: [{ kty: 'EC', crv: 'P-256', kid: '1', x: 'x', y: 'y' }] } },
  },
  network: { nat: 'none', cidr: '10.1.0.0/22' },
};

/** Every setting of the tier away from its default, in a VPC of its own; for the account and region of `EVERY_SWITCH`. */
export const EVERY_INGEST_SWITCH: Stage & { readonly ingest: IngestDefinition } = {
  ingest: {
    certificateArn: 'arn:aws:acm:eu-central-1:123456789012:certificate/0a1b2c3d-0000-4000-8000-000000000000',
    token: {
      issuer: 'https://login.example.com/',
      audience: 'events',
      keySetUrl: 'https://login.example.com/keys',
      keySet: { keys: [{ kty: 'RSA', kid: '1', n: 'n', e: 'AQAB' }] },
      verifyAtLoadBalancer: true,
    },
    internetFacing: true,
    allowedCidrs: ['203.0.113.0/24', '198.51.100.0/24'],
    minimumTls: '1.2',
    image: { repository: 'data/ingest', digest: `sha256:${'6'.repeat(64)}` },
    instanceType: 'm7g.medium',
    minInstances: 3,
    maxInstances: 12,
    targetCpuPercent: 50,
    targetRequestsPerMinute: 100_000,
    addressRequestsPerMinute: 60_000,
    latencyClass: 'low',
    rateLimit: { eventsPerSecond: 100, burst: 30_000, store: 'valkey', nodeType: 'cache.r7g.large' },
    environmentTag: 'Sandbox',
    scalingEmails: ['ops@example.com'],
  },
  network: {
    cidr: '10.2.0.0/16',
    availabilityZones: ['eu-central-1a', 'eu-central-1b', 'eu-central-1c'],
    nat: 'each-zone',
    endpoints: false,
  },
};
