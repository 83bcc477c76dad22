import type { StageDefinition } from '../../lib/settings';

const live: StageDefinition = {
  name: 'live',
  account: '123456789012',
  region: 'eu-central-1',
  alarmEmails: ['data-platform@example.com'],
  ingest: {
    certificateArn: 'arn:aws:acm:eu-central-1:123456789012:certificate/0a1b2c3d-0000-4000-8000-000000000000',
    token: { issuer: 'https://login.example.com', audience: 'data-lake' },
    allowedCidrs: ['10.0.0.0/8'],
    environmentTag: 'Production',
  },
  network: {
    vpcId: 'vpc-0123456789abcdef0',
    subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
  },
};

export default live;
