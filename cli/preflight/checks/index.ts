import { ingestChecks } from '../../../ingest/preflight'; // with ingest
import type { Check } from '../check';
import { alarmEmails } from './alarm-emails';
import { athenaQueries } from './athena-queries';
import { bootstrap } from './bootstrap';
import { credentials } from './credentials';
import { dataRemoval } from './data-removal';
import { exampleValues } from './example-values';
import { glueDatabases } from './glue-databases';
import { glueEncryption } from './glue-encryption';
import { iamQuotas } from './iam-quotas';
import { icebergTables } from './iceberg-tables';
import { insightsAlarms } from './insights-alarms';
import { kmsKeys } from './kms-keys';
import { lakeFormation } from './lake-formation';
import { lambdaConcurrency } from './lambda-concurrency';
import { lambdaMemory } from './lambda-memory';
import { logPolicies } from './log-policies';
import { movedTables } from './moved-tables';
import { nameCollisions } from './name-collisions';
import { principals } from './principals';
import { publicAccess } from './public-access';
import { region } from './region';
import { regionServices } from './region-services';
import { resourceCounts } from './resource-counts';
import { s3Buckets } from './s3-buckets';
import { serviceLinkedRoles } from './service-linked-roles';
import { sqlChecks } from './sql-checks';
import { stackCount } from './stack-count';
import { stackStates } from './stack-states';
import { templateLimits } from './template-limits';

/** In the order in which they are reported. */
export const CHECKS: readonly Check[] = [
  exampleValues,
  credentials,
  region,
  regionServices,
  bootstrap,
  templateLimits,
  stackCount,
  stackStates,
  movedTables,
  nameCollisions,
  principals,
  serviceLinkedRoles,
  lakeFormation,
  icebergTables,
  glueEncryption,
  lambdaConcurrency,
  lambdaMemory,
  logPolicies,
  athenaQueries,
  glueDatabases,
  kmsKeys,
  s3Buckets,
  iamQuotas,
  resourceCounts,
  insightsAlarms,
  ...ingestChecks, // with ingest
  alarmEmails,
  sqlChecks,
  dataRemoval,
  publicAccess,
];
