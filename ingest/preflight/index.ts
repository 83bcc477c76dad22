import type { Check } from '../../cli/preflight/check';
import { certificate } from './certificate';
import { domain } from './domain';
import { elasticIps } from './elastic-ips';
import { imageBuild } from './image-build';
import { instanceTypes } from './instance-types';
import { instanceZones } from './instance-zones';
import { loadBalancers } from './load-balancers';
import { managedRules } from './managed-rules';
import { tokenAddress } from './token-address';
import { vpcs } from './vpcs';

/** What the ingest tier needs of an account, in the order in which it is reported. */
export const ingestChecks: readonly Check[] = [
  certificate,
  domain,
  tokenAddress,
  imageBuild,
  instanceTypes,
  instanceZones,
  vpcs,
  elasticIps,
  loadBalancers,
  managedRules,
];
