/**
 * `npm run test:deploy`: deploys the lake to an emulator of AWS with the CDK's own command line, and uses what is deployed; then
 * once more with IAM enforced, to see who may do what.
 */
import '../../test/fixtures/datasets/given';
import { names } from '../../cli/program';
import { ingestScenarios } from '../../ingest/e2e/deploy'; // with ingest
import { accessScenarios } from '../access/scenarios';
import { Encoder } from '../data/encode';
import { LakeFiles } from '../emulator/files';
import { withEmulatedLake } from '../emulator/lake';
import { preflightScenarios } from '../preflight/scenarios';
import { Report, seconds } from '../tools/report';
import { type Supervisor, supervised } from '../tools/supervisor';
import { walkthroughScenarios } from '../walkthrough/scenarios';
import { caseScenarios } from './cases';
import { changeScenarios } from './changes';
import { compactionScenarios } from './compaction';
import { failureScenarios } from './failures';
import { chosenGroups, type Group } from './groups';
import { icebergScenarios } from './iceberg';
import { killScenarios } from './kill';
import { poisonScenarios } from './poison';
import { removalScenarios } from './removal';
import { Scenario } from './scenario';
import { smokeScenarios } from './smoke';
import { storeScenarios } from './store';
import { verbScenarios } from './verbs';
import { watchedScenarios } from './watched';

type DeployGroup = Group & {
  /** Works with the one lake that all such groups share. */
  readonly onLake?: (scenario: Scenario) => Promise<void>;
  /** Starts what it needs by itself. */
  readonly alone?: (supervisor: Supervisor, report: Report) => Promise<void>;
};

/** Another group is one line here. On the shared lake they run in this order, and the last one destroys it. */
const GROUPS: readonly DeployGroup[] = [
  { name: 'compaction', onLake: compactionScenarios },
  { name: 'poison', onLake: poisonScenarios },
  { name: 'failures', onLake: failureScenarios },
  { name: 'preflight', onLake: preflightScenarios },
  { name: 'changes', onLake: changeScenarios },
  { name: 'ingest', onLake: ingestScenarios }, // with ingest
  { name: 'removal', onLake: removalScenarios, needs: ['compaction'] },
  { name: 'walkthrough', alone: walkthroughScenarios },
  { name: 'cases', alone: caseScenarios },
  { name: 'iceberg', alone: icebergScenarios },
  { name: 'watched', alone: watchedScenarios },
  { name: 'access', alone: accessScenarios },
  { name: 'verbs', alone: verbScenarios },
  { name: 'smoke', alone: smokeScenarios },
  { name: 'store', alone: storeScenarios },
  { name: 'kill', alone: killScenarios },
];

const PROGRAM = {
  name: 'npm run test:deploy',
  does:
    "Deploys the lake to an emulator of AWS with the CDK's own command line, and uses what is deployed; then once more with IAM " +
    'enforced, to see who may do what.',
  options: {
    only: names(
      'run this group of scenarios, and those that it needs',
      GROUPS.map(({ name }) => name),
    ),
  },
};

supervised(PROGRAM, async (supervisor, { only }) => {
  const started = Date.now();
  const groups = chosenGroups(GROUPS, only);
  const report = new Report();
  const onLake = groups.flatMap((group) => group.onLake ?? []);
  if (onLake.length > 0) await useLake(supervisor, report, onLake);
  for (const { alone } of groups) await alone?.(supervisor, report);
  const left = GROUPS.filter((group) => !groups.includes(group)).map(({ name }) => name);
  if (left.length > 0) console.log(`\nNot run, because of --only: ${left.join(', ')}`);
  console.log(`\nIn ${seconds(started)}`);
  return report.finish();
});

async function useLake(
  supervisor: Supervisor,
  report: Report,
  groups: readonly ((scenario: Scenario) => Promise<void>)[],
): Promise<void> {
  await withEmulatedLake(supervisor, {}, async (lake) => {
    const scratch = supervisor.folder('deploy');
    const encoder = await Encoder.open(scratch);
    try {
      const scenario = new Scenario(supervisor, report, lake, new LakeFiles(lake), encoder, scratch);
      for (const group of groups) await group(scenario);
    } finally {
      encoder.close();
    }
  });
}
