import { AutoScalingClient, TerminateInstanceInAutoScalingGroupCommand } from '@aws-sdk/client-auto-scaling';
import type { SmokeCheck } from '../../cli/smoke/check';
import { runDollars } from '../../cli/smoke/checks/compaction';
import { PRICES } from '../../lib/prices';
import { FRONT_PERMISSIONS } from './front';
import { GROUP_PERMISSIONS, groupOf, targetsOf, untilWhole } from './group';
import { whileSending } from './stream';

/** An instance that is terminated loses nothing that it acknowledged, and its work goes to others. Costs a run and an instance. */
export const ingestDrain: SmokeCheck = {
  id: 'ingest-drain',
  proves: 'while an instance is terminated and replaced, events are acknowledged, and none of them is lost',
  answers: { 'The gateway neither loses nor duplicates an event': ['load balancer, instances'] },
  asked: 'ingest',
  needs: ['ingest-events'],
  permissions: [...FRONT_PERMISSIONS, ...GROUP_PERMISSIONS, 'autoscaling:TerminateInstanceInAutoScalingGroup'],
  notEmulated: 'the emulator starts no instance',
  dollars: (settings) => runDollars(settings) + PRICES.c7gMedium.usd,
  async run(context) {
    const { healthy } = await targetsOf(context, await groupOf(context));
    const [InstanceId] = healthy;
    if (InstanceId === undefined || healthy.length < 2) {
      throw new Error(`${healthy.length} instances are healthy, and one that goes needs another one`);
    }
    const seen = await whileSending(context, async () => {
      await context
        .client(AutoScalingClient)
        .send(new TerminateInstanceInAutoScalingGroupCommand({ InstanceId, ShouldDecrementDesiredCapacity: false }));
      await untilWhole(context, InstanceId);
    });
    return `${InstanceId} went: ${seen}`;
  },
};
