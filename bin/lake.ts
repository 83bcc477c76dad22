import { App } from 'aws-cdk-lib';
import { LakeConfigError, loadConfig } from '../config';
import { ingestTier } from '../ingest/infra'; // with ingest
import { ProblemsError } from '../lib/dataset/problems';
import { isOfOtherPartition, OTHER_PARTITION } from '../lib/settings';
import { buildLakes } from '../lib/stacks/lake-app';

/** `-c stage=dev` builds one stage alone, which halves the time that synth takes. */
const STAGE_CONTEXT = 'stage';

function main(): void {
  const { datasets, stages, stageExtensions } = loadConfig();
  const app = new App();
  const only: unknown = app.node.tryGetContext(STAGE_CONTEXT);
  refuseOtherPartitions(process.env.CDK_DEFAULT_REGION);
  const chosen = stages.filter(({ name }) => only === undefined || only === name);
  if (chosen.length === 0) {
    const fix = `write one of ${stages.map(({ name }) => name).join(', ')}; stages are files in config/stages`;
    throw new ProblemsError(
      [{ subject: `-c ${STAGE_CONTEXT}`, problem: `there is no stage "${only}"`, fix }],
      'the command line',
    );
  }
  buildLakes(app, {
    datasets,
    stages: chosen,
    stageExtensions,
    extensions: [
      ingestTier, // with ingest
    ],
  });
}

/** A stage without a region is deployed to that of the credentials, which the CDK passes in the environment. */
function refuseOtherPartitions(region: string | undefined): void {
  if (region === undefined || !isOfOtherPartition(region)) return;
  const { problem, fix } = OTHER_PARTITION;
  throw new ProblemsError([{ subject: `region ${region}`, problem, fix }], 'the credentials');
}

try {
  main();
} catch (error) {
  if (!(error instanceof LakeConfigError || error instanceof ProblemsError)) throw error;
  // A mistake in the configuration needs no stack trace.
  console.error(error.message);
  process.exitCode = 1;
}
