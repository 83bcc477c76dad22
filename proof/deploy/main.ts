/**
 * `npm run test:deploy`: deploys the lake to an emulator of AWS with the CDK's own command line, and uses what is deployed; then
 * once more with IAM enforced, to see who may do what.
 */
import { accessScenarios } from '../access/scenarios';
import { Encoder } from '../data/encode';
import { LakeFiles } from '../emulator/files';
import { withEmulatedLake } from '../emulator/lake';
import { preflightScenarios } from '../preflight/scenarios';
import { Report, seconds } from '../tools/report';
import { supervised } from '../tools/supervisor';
import { walkthroughScenarios } from '../walkthrough/scenarios';
import { changeScenarios } from './changes';
import { compactionScenarios } from './compaction';
import { failureScenarios } from './failures';
import { poisonScenarios } from './poison';
import { removalScenarios } from './removal';
import { Scenario } from './scenario';

void supervised(async (supervisor) => {
  const started = Date.now();
  const report = new Report();
  await withEmulatedLake(supervisor, {}, async (lake) => {
    const scratch = supervisor.folder('deploy');
    const encoder = await Encoder.open(scratch);
    try {
      const scenario = new Scenario(supervisor, report, lake, new LakeFiles(lake), encoder, scratch);
      await compactionScenarios(scenario);
      await poisonScenarios(scenario);
      await failureScenarios(scenario);
      await preflightScenarios(scenario);
      await changeScenarios(scenario);
      await removalScenarios(scenario);
    } finally {
      encoder.close();
    }
  });
  await walkthroughScenarios(supervisor, report);
  await accessScenarios(supervisor, report);
  console.log(`\nIn ${seconds(started)}`);
  return report.finish();
});
