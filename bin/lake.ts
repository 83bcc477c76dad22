import { App } from 'aws-cdk-lib';
import { LakeConfigError, loadConfig } from '../config';
import { ingestTier } from '../ingest/infra'; // with ingest
import { isOfOtherPartition, OTHER_PARTITION, SettingsError } from '../lib/settings';
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
    throw new LakeConfigError(
      `-c ${STAGE_CONTEXT}=${only}: the stages are ${stages.map(({ name }) => name).join(', ')}`,
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

/** A stage without a region goes where the credentials lead, which the CDK tells in the environment. */
function refuseOtherPartitions(region: string | undefined): void {
  if (region === undefined || !isOfOtherPartition(region)) return;
  throw new LakeConfigError(
    `The credentials lead to ${region}, which ${OTHER_PARTITION.problem}; ${OTHER_PARTITION.fix}`,
  );
}

try {
  main();
} catch (error) {
  if (!(error instanceof LakeConfigError || error instanceof SettingsError)) throw error;
  // A mistake in the configuration needs no stack trace.
  console.error(error.message);
  process.exitCode = 1;
}
