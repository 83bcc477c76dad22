/**
 * The app of `bin/lake.ts` for the emulator: the functions are of the host's processor, and what the emulator does not know is taken out
 * of the templates. Settings and datasets are those of the configuration.
 */
import { App } from 'aws-cdk-lib';
import { loadConfig } from '../../config';
import { buildLakes } from '../../lib/stacks/lake-app';
import { extensions } from '../../test/support/extensions';
import { filterAssembly } from '../emulator/assembly';
import { HOST_ARCHITECTURE } from '../emulator/stage';

// As in e2e/emulator/app.ts, without the validator of templates.
const app = new App({ autoSynth: false, builtinCloudFormationValidation: false });
const only: unknown = app.node.tryGetContext('stage');
const { datasets, stages, stageExtensions } = loadConfig();
buildLakes(app, {
  datasets,
  stages: stages
    .filter(({ name }) => only === undefined || only === name)
    .map((settings) => ({ ...settings, compaction: { ...settings.compaction, architecture: HOST_ARCHITECTURE } })),
  stageExtensions,
  extensions,
});
filterAssembly(app.synth().directory);
