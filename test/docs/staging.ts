import type { StageDefinition } from '../../lib/settings';

const staging: StageDefinition = {
  name: 'staging',
  account: '123456789012',
  region: 'eu-central-1',
  alarmEmails: ['data-platform@example.com'],
  compaction: { schedule: 'rate(5 minutes)', maxConcurrency: 20 },
};

export default staging;
