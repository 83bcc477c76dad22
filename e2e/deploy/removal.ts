import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { GetDatabasesCommand, GlueClient } from '@aws-sdk/client-glue';
import { IAMClient, ListRolesCommand } from '@aws-sdk/client-iam';
import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { ListBucketsCommand, ListObjectVersionsCommand, PutBucketTaggingCommand, S3Client } from '@aws-sdk/client-s3';
import { ListStateMachinesCommand, SFNClient } from '@aws-sdk/client-sfn';
import { ALLOW_DATA_DELETION } from '../../lib/constructs/removal';
import { ndjsonText } from '../data/encode';
import { randomRows } from '../data/random-rows';
import type { BucketName } from '../emulator/files';
import type { EmulatedLake } from '../emulator/lake';
import { type Scenario, same } from './scenario';

const ZONES: readonly BucketName[] = ['raw', 'curated', 'quarantine', 'results', 'logs'];

/** The end of a lake: by default its data stays, and two switches together remove everything. */
export async function removalScenarios(scenario: Scenario): Promise<void> {
  const { report, lake, files } = scenario;
  report.section('The end of a lake');
  const kept = ZONES.map((zone) => files.bucket(zone));
  const key = lake.output('storage', 'DataKeyArn');

  await report.check('destroy keeps the buckets with every object, and their key', async () => {
    const before = await versions(lake, kept);
    if (before.length < 10) throw new Error(`Only ${before.length} objects are there to be kept`);
    await lake.destroy();
    same(await stacksOf(lake), [], 'stacks after destroy');
    // A run that the schedule started may still have written its plan.
    const after = new Set(await versions(lake, kept));
    const gone = before.filter((version) => !after.has(version));
    same(gone, [], 'versions of objects that are gone after destroy');
    const { KeyMetadata } = await lake.client(KMSClient).send(new DescribeKeyCommand({ KeyId: key }));
    same(KeyMetadata?.KeyState, 'Enabled', 'state of the data key');
    return `${before.length} versions of objects in ${kept.length} buckets`;
  });

  await report.check('deployed again beside what was kept, it works', async () => {
    await lake.deploy(await lake.synthesize({ context: { [ALLOW_DATA_DELETION]: lake.settings.name } }));
    const partition = 'dt=2026-11-11';
    const dataset = files.dataset('sensor_readings');
    const rows = randomRows(dataset, partition, 5, 11_001);
    await files.putRaw(dataset, partition, { name: 'new.json', body: Buffer.from(ndjsonText(dataset, rows)) });
    await scenario.compact();
  });

  await report.check('with both switches, destroy removes data, keys and everything else', async () => {
    const own = ZONES.map((zone) => files.bucket(zone));
    const ownKey = lake.output('storage', 'DataKeyArn');
    if (own.some((bucket) => kept.includes(bucket))) throw new Error('The second lake has a bucket of the first');
    // AWS tags the buckets by the template. The emulator does not, and the function that empties them asks for the tag.
    for (const bucket of own) await tagForDeletion(lake, bucket);
    await lake.destroy();
    same(await stacksOf(lake), [], 'stacks after destroy');
    same(
      (await bucketNames(lake)).filter((name) => own.includes(name)),
      [],
      'buckets of the second lake',
    );
    const { KeyMetadata } = await lake.client(KMSClient).send(new DescribeKeyCommand({ KeyId: ownKey }));
    same(KeyMetadata?.KeyState, 'PendingDeletion', 'state of its data key');
    same(await leftovers(lake), [], 'what is left of the lake');
    const stillThere = (await bucketNames(lake)).filter((name) => kept.includes(name));
    same(stillThere.length, kept.length, 'buckets of the first lake, which were kept');
  });
}

async function tagForDeletion(lake: EmulatedLake, bucket: string): Promise<void> {
  await lake.client(S3Client).send(
    new PutBucketTaggingCommand({
      Bucket: bucket,
      Tagging: { TagSet: [{ Key: 'aws-cdk:auto-delete-objects', Value: 'true' }] },
    }),
  );
}

async function versions(lake: EmulatedLake, buckets: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const Bucket of buckets) {
    let KeyMarker: string | undefined;
    do {
      const page = await lake.client(S3Client).send(new ListObjectVersionsCommand({ Bucket, KeyMarker }));
      for (const { Key, VersionId } of page.Versions ?? []) found.push(`${Bucket}/${Key} ${VersionId}`);
      KeyMarker = page.IsTruncated === true ? page.NextKeyMarker : undefined;
    } while (KeyMarker !== undefined);
  }
  return found.sort();
}

const bucketNames = async (lake: EmulatedLake): Promise<string[]> =>
  ((await lake.client(S3Client).send(new ListBucketsCommand({}))).Buckets ?? []).map(({ Name = '' }) => Name);

async function stacksOf(lake: EmulatedLake): Promise<string[]> {
  const { Stacks = [] } = await lake.client(CloudFormationClient).send(new DescribeStacksCommand({}));
  return Stacks.filter(({ StackStatus }) => StackStatus !== 'DELETE_COMPLETE')
    .map(({ StackName = '' }) => StackName)
    .filter((name) => name.startsWith(lake.stackName('')));
}

/** Everything whose name begins as the lake's does, but buckets. */
async function leftovers(lake: EmulatedLake): Promise<string[]> {
  const prefix = lake.stackName('');
  const functions = (await lake.client(LambdaClient).send(new ListFunctionsCommand({}))).Functions ?? [];
  const machines = (await lake.client(SFNClient).send(new ListStateMachinesCommand({}))).stateMachines ?? [];
  const roles = (await lake.client(IAMClient).send(new ListRolesCommand({}))).Roles ?? [];
  const databases = (await lake.client(GlueClient).send(new GetDatabasesCommand({}))).DatabaseList ?? [];
  return [
    ...functions.map(({ FunctionName = '' }) => FunctionName),
    ...machines.map(({ name = '' }) => name),
    ...roles.map(({ RoleName = '' }) => RoleName),
    ...databases.map(({ Name = '' }) => Name.replaceAll('_', '-')),
  ].filter((name) => name.startsWith(prefix));
}
