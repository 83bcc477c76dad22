import { rejectedLinesPrefix, rejectedObjectsPrefix } from '../../../lib/dataset';
import type { SmokeCheck } from '../check';
import { runCompaction } from '../compaction-run';
import { putPoison } from '../rows';
import { runDollars, untilTaken } from './compaction';

/** What cannot be read ends in quarantine. Raises the alarm `objects-quarantined` of the dataset. Costs one run. */
export const poison: SmokeCheck = {
  id: 'poison',
  proves: 'an object that breaks off and a line that fits no row end in quarantine, and stop nothing',
  answers: {},
  permissions: ['states:StartExecution', 'states:DescribeExecution', 's3:PutObject', 's3:ListBucket'],
  dollars: runDollars,
  async run(context) {
    const { lake, reserved } = context;
    const { torn, line } = await putPoison(context, reserved.poison);
    await runCompaction(context);
    await untilTaken(context, reserved.poison);
    const found = async (prefix: string): Promise<readonly string[]> => {
      const keys: string[] = [];
      for await (const { key } of lake.store.list(lake.buckets.quarantine, prefix)) keys.push(key);
      return keys;
    };
    const name = torn.slice(torn.lastIndexOf('/') + 1);
    const objects = await found(rejectedObjectsPrefix(reserved.dataset.name, reserved.poison));
    if (!objects.some((key) => key.endsWith(name))) throw new Error(`${torn} is not in quarantine`);
    const lines = await found(rejectedLinesPrefix(reserved.dataset.name, reserved.poison));
    if (line !== undefined && lines.length === 0) throw new Error(`the line of ${line} is not in quarantine`);
    return line === undefined ? 'an object; the dataset takes any line' : 'an object and a line';
  },
};
