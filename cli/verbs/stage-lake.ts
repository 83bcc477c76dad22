import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { SFNClient } from '@aws-sdk/client-sfn';
import { createS3Client, openLake } from '../../lambda/compaction/runtime/lake';
import { readSettings } from '../../lambda/compaction/runtime/settings';
import type { Dataset } from '../../lib/dataset';
import { resourceName, type StageSettings } from '../../lib/settings';
import { UsageError } from '../command-line';
import { environment } from '../environment';
import { ifFound, isNoStack } from '../preflight/aws/errors';
import { guard } from '../preflight/aws/guard';
import { configuredRegion } from '../preflight/aws/region';
import type { Access, OperatedLake } from './lake';

/** An unreachable endpoint must not keep an operator waiting. */
const TIMEOUTS = { connectionTimeout: 5_000, requestTimeout: 20_000, throwOnRequestTimeout: true };

/** What a verb may call once it may change something. */
export const ANY_CALL = /./;

/**
 * Opens a deployed stage by the outputs of its stacks, with the credentials of the AWS SDK.
 *
 * @throws UsageError when there is no region, or the stage is not deployed there
 */
export async function openStage(
  stage: StageSettings,
  datasets: readonly Dataset[],
  access: Access,
): Promise<OperatedLake> {
  const region = stage.region ?? (await configuredRegion());
  if (region === undefined) {
    throw new UsageError(
      '--stage',
      `no region is known for ${stage.name}`,
      `set AWS_REGION, or \`region\` in config/stages/${stage.name}.ts`,
    );
  }
  const config = { region, maxAttempts: 4, requestHandler: TIMEOUTS };
  const allowed = access === 'read' ? undefined : ANY_CALL;
  const outputs = new StackOutputs(guard(new CloudFormationClient(config)), stage, region);
  try {
    const storage = await outputs.of('storage');
    const buckets = {
      raw: storage('RawBucketName'),
      curated: storage('CuratedBucketName'),
      quarantine: storage('QuarantineBucketName'),
    };
    const stateMachineArn = (await outputs.of('compaction'))('StateMachineArn');
    const settings = readSettings({
      ...environment(),
      RAW_BUCKET: buckets.raw,
      CURATED_BUCKET: buckets.curated,
      QUARANTINE_BUCKET: buckets.quarantine,
    });
    const s3Settings = { ...settings.s3, region };
    const s3 = guard(createS3Client(s3Settings), undefined, allowed);
    const cloudWatch = guard(new CloudWatchClient(config));
    const sfn = guard(new SFNClient(config), undefined, allowed);
    return {
      ...openLake(s3, buckets),
      place: { stage: stage.name },
      datasets,
      s3,
      settings: { ...settings, s3: s3Settings },
      aws: {
        stateMachineArn,
        alarmPrefix: resourceName(stage, ''),
        retention: stage.retention,
        cloudWatch,
        sfn,
      },
      close: async () => {
        for (const client of [s3, cloudWatch, sfn]) client.destroy();
      },
    };
  } finally {
    outputs.close();
  }
}

class StackOutputs {
  readonly #client: CloudFormationClient;
  readonly #stage: StageSettings;
  readonly #region: string;

  constructor(client: CloudFormationClient, stage: StageSettings, region: string) {
    this.#client = client;
    this.#stage = stage;
    this.#region = region;
  }

  /** @returns what gives an output of a stack by its name */
  async of(part: string): Promise<(name: string) => string> {
    const StackName = resourceName(this.#stage, part);
    const answer = await ifFound(this.#client.send(new DescribeStacksCommand({ StackName })), isNoStack);
    const { Outputs: outputs = [] } = answer?.Stacks?.[0] ?? {};
    return (name) => {
      const value = outputs.find(({ OutputKey }) => OutputKey === name)?.OutputValue;
      if (value !== undefined) return value;
      throw new UsageError(
        '--stage',
        answer === undefined
          ? `there is no stack ${StackName} in ${this.#region}`
          : `the stack ${StackName} in ${this.#region} has no output ${name}`,
        `deploy it (npx cdk deploy '${this.#stage.name}/*'), or use the account and region that it is in`,
      );
    };
  }

  close(): void {
    this.#client.destroy();
  }
}
