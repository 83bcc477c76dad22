import type { LakeExtension } from '../../lib/stacks/extension';
import { LOAD_BALANCER_LOG_PREFIXES } from './constructs/log-prefixes';
import { ingestSection } from './constructs/overview';
import { ingestSettings } from './settings';
import { IngestStack } from './stacks/ingest-stack';
import { IssuerStack } from './stacks/issuer-stack';
import { NetworkStack } from './stacks/network-stack';

/**
 * Events over HTTPS: a network, unless the stage names one; an issuer of tokens, unless the stage names one; load balancer,
 * instances and alarms.
 */
export const ingestTier: LakeExtension = {
  settings: ingestSettings,
  loadBalancerLogPrefixes: ({ ingest }) => (ingest === undefined ? [] : Object.values(LOAD_BALANCER_LOG_PREFIXES)),
  overview: (settings) => (settings.ingest === undefined ? [] : [ingestSection(settings)]),
  addTo(lake) {
    const { settings, datasets, storage } = lake;
    const { ingest } = settings;
    if (ingest === undefined) return;
    const network =
      ingest.network.kind === 'own'
        ? new NetworkStack(lake, 'Network', {
            ...lake.stackProps('network', 'VPC of the ingest tier'),
            ingest,
            storage,
          })
        : undefined;
    const issuer =
      ingest.issuer.kind === 'own'
        ? new IssuerStack(lake, 'Issuer', {
            ...lake.stackProps('issuer', 'tokens for the producers of the ingest tier'),
            terminationProtection: settings.dataRemoval === 'retain',
            issuer: ingest.issuer,
            datasets,
          })
        : undefined;
    issuer?.addStackDependency(storage); // the first of all, which says whether the stage may be deployed
    new IngestStack(lake, 'Ingest', {
      ...lake.stackProps('ingest', 'load balancer, instances and alarms of the ingest tier'),
      ingest,
      datasets,
      storage,
      network,
      issuer,
    });
  },
};
