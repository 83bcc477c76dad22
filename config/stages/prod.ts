import type { StageDefinition } from '../../lib/settings';

/**
 * An example of a production stage. Set `account`, `region` and `alarmEmails` before you deploy it. For events over HTTPS add
 * `ingest`, which needs a certificate and an issuer of tokens: docs/ingest-infrastructure.md.
 */
const prod: StageDefinition = {
  name: 'prod',
  tags: { 'data-classification': 'internal' },
  retention: { logDays: 365, accessLogDays: 731 },
  query: {
    analyst: { scanLimitGB: 200, dailyAlarmGB: 5_000 },
    engineer: { scanLimitGB: 2_000, dailyAlarmGB: 10_000 },
    dashboard: { scanLimitGB: 20, dailyAlarmGB: 1_000 },
  },
  compaction: {
    maxConcurrency: 50,
    // Needs a Lambda concurrency quota of at least 150: AWS keeps 100 of an account unreserved.
    reservedConcurrency: 50,
  },
};

export default prod;
