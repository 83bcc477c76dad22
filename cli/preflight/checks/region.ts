import { isOfOtherPartition, OTHER_PARTITION } from '../../../lib/settings';
import { configuredRegion } from '../aws/region';
import { type Check, error, ok, warning } from '../check';

export const region: Check = {
  id: 'region',
  permissions: () => [],
  async run({ region: actual, settings, partition }) {
    if (partition !== 'aws' || isOfOtherPartition(actual)) {
      return [
        error(`${actual} ${OTHER_PARTITION.problem}`, `Deploy to another account and region: ${OTHER_PARTITION.fix}.`),
      ];
    }
    if (settings.region === undefined) return [ok(`${actual}; the stage names no region, so the credentials' is used`)];
    const configured = await configuredRegion();
    if (configured === undefined || configured === actual) return [ok(actual)];
    return [
      warning(
        `the stage is deployed to ${actual}, but the command line works in ${configured}`,
        `Set AWS_REGION=${actual}, or \`aws\` commands without --region look for the lake in ${configured}.`,
      ),
    ];
  },
};
