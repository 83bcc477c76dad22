import type { Check } from '../check';
import { alarmEmails } from './alarm-emails';
import { athenaQueries } from './athena-queries';
import { bootstrap } from './bootstrap';
import { certificate } from './certificate';
import { credentials } from './credentials';
import { dataRemoval } from './data-removal';
import { domain } from './domain';
import { elasticIps } from './elastic-ips';
import { exampleValues } from './example-values';
import { glueDatabases } from './glue-databases';
import { glueEncryption } from './glue-encryption';
import { iamQuotas } from './iam-quotas';
import { imageBuild } from './image-build';
import { instanceTypes } from './instance-types';
import { instanceZones } from './instance-zones';
import { kmsKeys } from './kms-keys';
import { lakeFormation } from './lake-formation';
import { lambdaConcurrency } from './lambda-concurrency';
import { lambdaMemory } from './lambda-memory';
import { loadBalancers } from './load-balancers';
import { logPolicies } from './log-policies';
import { managedRules } from './managed-rules';
import { nameCollisions } from './name-collisions';
import { principals } from './principals';
import { publicAccess } from './public-access';
import { region } from './region';
import { regionServices } from './region-services';
import { s3Buckets } from './s3-buckets';
import { serviceLinkedRoles } from './service-linked-roles';
import { stackStates } from './stack-states';
import { tokenAddress } from './token-address';
import { vpcs } from './vpcs';

/** In the order in which they are reported. */
export const CHECKS: readonly Check[] = [
  exampleValues,
  credentials,
  region,
  regionServices,
  bootstrap,
  stackStates,
  nameCollisions,
  principals,
  serviceLinkedRoles,
  lakeFormation,
  glueEncryption,
  certificate,
  domain,
  tokenAddress,
  imageBuild,
  lambdaConcurrency,
  lambdaMemory,
  logPolicies,
  athenaQueries,
  glueDatabases,
  kmsKeys,
  s3Buckets,
  iamQuotas,
  instanceTypes,
  instanceZones,
  vpcs,
  elasticIps,
  loadBalancers,
  managedRules,
  alarmEmails,
  dataRemoval,
  publicAccess,
];
