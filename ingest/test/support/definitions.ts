import type { StageDefinition } from '../../../lib/settings';
import type { IngestDefinition } from '../../infra/settings';

type GivenIngest = IngestDefinition & Required<Pick<IngestDefinition, 'certificateArn' | 'token'>>;

/** The shortest ingest tier with a certificate and an issuer that exist. The image is named, because tests and proofs build none. */
export const INGEST: GivenIngest = {
  certificateArn: 'arn:aws:acm:eu-central-1:111122223333:certificate/0a1b2c3d-0000-4000-8000-000000000000',
  token: { issuer: 'https://login.example.com', audience: 'data-lake' },
  image: { repository: 'data/ingest', digest: `sha256:${'5'.repeat(64)}` },
};

type Stage = Omit<StageDefinition, 'name'>;

/** The same for the emulator: CloudFormation refuses values that are examples. */
export const DEPLOYED_INGEST: GivenIngest = {
  certificateArn: 'arn:aws:acm:us-east-1:000000000000:certificate/6f5a2c71-9d3e-4b08-8a1c-5e7d9f0b2a46',
  token: { issuer: 'https://login.lake.internal', audience: 'data-lake' },
  image: {
    repository: 'data/ingest',
    digest: 'sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef',
  },
};

/** A tier that brings its own certificate and issuer; no value of it is an example, so that it is deployed to the emulator. */
export const OWN_INGEST: IngestDefinition = {
  domain: {
    domainName: 'ingest.lake.internal',
    hostedZoneId: 'Z08A1B2C3D4E5F6G7H8I9',
    hostedZoneName: 'lake.internal',
  },
  issuer: {
    producers: [
      { producer: 'web-shop', datasets: ['orders', 'access_logs'] },
      { producer: 'plant-7', datasets: ['sensor_readings'] },
    ],
  },
  image: {
    repository: 'data/ingest',
    digest: 'sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef',
  },
};

/** The same with every switch of the issuer turned. */
export const OWN_INGEST_STAGE: Stage = {
  ingest: {
    ...OWN_INGEST,
    issuer: {
      producers: OWN_INGEST.issuer?.producers ?? [],
      domainPrefix: 'events-of-the-lake',
      tokenMinutes: 1_440,
      verifyAtLoadBalancer: true,
    },
  },
};

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
export const CLOSED_INGEST_STAGE: Stage & { readonly ingest: GivenIngest } = {
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
      partitionsClaim: 'https://example.com/lake_partitions',
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
