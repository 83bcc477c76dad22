import type { StageDefinition } from '../../lib/settings';

/**
 * An example of a production stage. Values marked as examples must be yours before you deploy it. `npm run preflight -- --stage prod` names
 * those that are left, and CloudFormation refuses the stage until then.
 */
const prod: StageDefinition = {
  name: 'prod',
  account: '111122223333', // example
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
  // with ingest: begin
  // Events over HTTPS, on two to ten instances behind a load balancer.
  ingest: {
    internetFacing: true,
    allowedCidrs: ['203.0.113.0/24'], // example
    domain: {
      domainName: 'ingest.example.com', // example
      hostedZoneId: 'Z0123456789EXAMPLE', // example
      hostedZoneName: 'example.com', // example
    },
    // A client for each, in a user pool of the stage. With an issuer of your own: `token` instead.
    issuer: {
      producers: [
        { producer: 'web-shop', datasets: ['access_logs', 'orders'] },
        { producer: 'plant', datasets: ['sensor_readings'] },
      ],
    },
  },
  // with ingest: end
};

export default prod;
