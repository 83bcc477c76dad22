import { DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { ListBucketsCommand } from '@aws-sdk/client-s3';
import { listVersions } from '../../../lambda/compaction/store/s3-versions';
import { resourceName } from '../../../lib/settings';
import { ExpectedError } from '../../command-line';
import { stacksOfStage } from '../../preflight/aws/stage-stacks';
import type { SmokeContext } from '../context';
import { JOURNAL } from '../journal';

/** A stage's own buckets and key, by the outputs of its storage stack. They outlive it unless both switches are set. */
export interface Holdings {
  readonly buckets: readonly string[];
  readonly dataKey: string;
}

const BUCKET_OUTPUTS = [
  'RawBucketName',
  'CuratedBucketName',
  'QuarantineBucketName',
  'ResultsBucketName',
  'LogsBucketName',
];

export async function holdingsOf({ output }: SmokeContext): Promise<Holdings> {
  const of = async (name: string): Promise<string> => {
    const value = await output('storage', name);
    if (value === undefined) throw new Error(`the storage stack has no output ${name}`);
    return value;
  };
  const buckets: string[] = [];
  for (const name of BUCKET_OUTPUTS) buckets.push(await of(name));
  return { buckets, dataKey: await of('DataKeyArn') };
}

/** What compaction keeps beside the rows. */
const NO_DATA = /^(?:plans|progress|newest)\//;

/**
 * A stage with rows is not destroyed, whoever wrote them.
 *
 * @throws ExpectedError naming the first object that is found
 */
export async function refuseData({ lake, settings }: SmokeContext): Promise<void> {
  for (const bucket of [lake.buckets.raw, lake.buckets.curated, lake.buckets.quarantine]) {
    for await (const { key } of lake.store.list(bucket, '')) {
      if (NO_DATA.test(key) || key === JOURNAL) continue;
      throw new ExpectedError(
        `Stage ${settings.name} holds data: ${key} in ${bucket}. Nothing was destroyed.\n` +
          '  → Use a stage without data, such as a new one, or move the data elsewhere first.',
        2,
      );
    }
  }
}

/** Names of the stage's stacks that are there. */
export async function stacksOf({ clients, settings }: SmokeContext): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { StackName } of stacksOfStage(clients.cloudFormation, settings)) found.push(StackName);
  return found;
}

/** Those of some buckets that are there. */
export async function bucketsThere({ lake }: SmokeContext, names: readonly string[]): Promise<readonly string[]> {
  const { Buckets = [] } = await lake.s3.send(new ListBucketsCommand({}));
  const there = new Set(Buckets.map(({ Name }) => Name));
  return names.filter((name) => there.has(name));
}

/** Every version of every object, as bucket, key and version. */
export async function versionsIn({ lake }: SmokeContext, buckets: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const bucket of buckets) {
    for await (const { key, versionId } of listVersions(lake.s3, bucket, '')) {
      found.push(`${bucket}/${key} (${versionId})`);
    }
  }
  return found;
}

/** Such as `Enabled` and `PendingDeletion`. */
export async function keyState({ client }: SmokeContext, KeyId: string): Promise<string | undefined> {
  const { KeyMetadata } = await client(KMSClient).send(new DescribeKeyCommand({ KeyId }));
  return KeyMetadata?.KeyState;
}

/** Log groups that outlived the stacks. */
export async function logGroupsOf({ clients, settings }: SmokeContext): Promise<readonly string[]> {
  const found: string[] = [];
  for (const prefix of ['/lake/', '/aws/lambda/', '/aws/vendedlogs/states/', 'aws-waf-logs-']) {
    const { logGroups = [] } = await clients.logs.send(
      new DescribeLogGroupsCommand({ logGroupNamePrefix: `${prefix}${resourceName(settings, '')}` }),
    );
    found.push(...logGroups.map(({ logGroupName = '' }) => logGroupName));
  }
  return found;
}
