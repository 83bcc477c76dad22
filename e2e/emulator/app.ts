/**
 * The app of `bin/lake.ts` with one stage of the tests, whose settings are changed. Run by `synthesize`, which names a JSON file of
 * `ProofLake` in the environment variable PROOF_LAKE.
 */
import { readFileSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import { type DatasetDefinition, parseDatasets } from '../../lib/dataset';
import type { StageDefinition } from '../../lib/settings';
import { buildLakes } from '../../lib/stacks/lake-app';
import { datasets as fixtures } from '../../test/fixtures/datasets';
import { extensions, parseStage } from '../../test/support/extensions';

export interface ProofLake {
  readonly stage: StageDefinition;
  /** Beside those of the tests. */
  readonly datasets: readonly DatasetDefinition[];
}

const { stage, datasets } = JSON.parse(readFileSync(process.env.PROOF_LAKE ?? '', 'utf8')) as ProofLake;
const more = parseDatasets(datasets.map((definition) => ({ file: `${definition.name} of a proof`, definition })));
// The validator of templates has a proof of its own, and would take a third of each synth.
const app = new App({ builtinCloudFormationValidation: false });
buildLakes(app, {
  datasets: [...fixtures, ...more],
  stages: [parseStage(stage)],
  stageExtensions: extensions.map(({ settings }) => settings),
  extensions,
});
