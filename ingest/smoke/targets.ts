import type { SmokeCheck } from '../../cli/smoke/check';
import { ingestOf } from './front';
import { GROUP_PERMISSIONS, groupOf, targetsOf } from './group';

/** Instances boot, start the gateway and answer the load balancer's health checks. Costs nothing. */
export const ingestTargets: SmokeCheck = {
  id: 'ingest-targets',
  proves: 'every instance of the ingest tier is in service, and healthy at the load balancer',
  answers: {
    'AWS::AutoScaling::AutoScalingGroup': ['that instances start'],
    'AWS::EC2::LaunchTemplate': ['that an instance boots with it'],
    'AWS::ElasticLoadBalancingV2::TargetGroup': ['health checks of real instances'],
  },
  asked: 'ingest',
  permissions: GROUP_PERMISSIONS,
  notEmulated: 'the emulator starts no instance',
  async run(context) {
    const { minInstances } = ingestOf(context);
    const group = await groupOf(context);
    const { healthy, others } = await targetsOf(context, group);
    if (others.length > 0) throw new Error(others.join('; '));
    if (healthy.length < minInstances) {
      throw new Error(`${healthy.length} instances are healthy, and the stage wants ${minInstances}`);
    }
    return `${healthy.length} instances`;
  },
};
