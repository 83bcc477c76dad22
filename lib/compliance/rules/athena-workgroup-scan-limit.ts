import { CfnWorkGroup } from 'aws-cdk-lib/aws-athena';
import { ruleFor } from './rule';
import { workgroupConfiguration } from './workgroup-configuration';

/**
 * The smallest limit that Athena takes, in bytes.
 * https://docs.aws.amazon.com/athena/latest/ug/workgroups-setting-control-limits-cloudwatch.html
 */
const LEAST_BYTES = 10_000_000;

export const athenaWorkgroupScanLimit = ruleFor(CfnWorkGroup, {
  id: 'athena-workgroup-scan-limit',
  info: 'The Athena workgroup has no limit, or one below 10,000,000 bytes, on what a query may scan.',
  explanation: 'One query without a partition predicate can scan, and cost, the whole lake.',
  holds: (workgroup, resolve) => {
    const limit = workgroupConfiguration(workgroup, resolve)?.bytesScannedCutoffPerQuery;
    return limit !== undefined && limit >= LEAST_BYTES;
  },
});
