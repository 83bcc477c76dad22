import { athenaWorkgroupEncrypted } from './athena-workgroup-encrypted';
import { athenaWorkgroupEnforced } from './athena-workgroup-enforced';
import { athenaWorkgroupMetrics } from './athena-workgroup-metrics';
import { athenaWorkgroupScanLimit } from './athena-workgroup-scan-limit';
import { glueCrawlerEncrypted } from './glue-crawler-encrypted';
import { glueCrawlerLogsOnly } from './glue-crawler-logs-only';
import { glueTableProjectionComplete } from './glue-table-projection-complete';
import { iamNoWildcardActions } from './iam-no-wildcard-actions';
import type { LakeRule } from './rule';
import { s3BucketTlsFloor } from './s3-bucket-tls-floor';

/** All rules of the lake's own pack. */
export const LAKE_RULES: readonly LakeRule[] = [
  athenaWorkgroupEncrypted,
  athenaWorkgroupEnforced,
  athenaWorkgroupMetrics,
  athenaWorkgroupScanLimit,
  glueCrawlerEncrypted,
  glueCrawlerLogsOnly,
  glueTableProjectionComplete,
  iamNoWildcardActions,
  s3BucketTlsFloor,
];
