import { PutObjectCommand } from '@aws-sdk/client-s3';
import { createS3Client } from '../../../lambda/compaction/runtime/lake';
import { startS3Server } from '../../../packages/s3-loopback/src';
import { datasets } from '../../../test/fixtures/datasets';
import { parseStage } from '../../../test/support/extensions';
import type { OperatedLake } from '../../verbs/lake';
import { openStage } from '../../verbs/stage-lake';
import type { RunVerb } from '../../verbs/verb';
import { type Answer, AwsStandIn } from '../preflight/aws-stand-in';
import { folderWith } from '../support/folder';
import { captured } from '../support/run';
import { DAY } from './support';

export const REGION = 'eu-central-1';
export const MACHINE = 'arn:aws:states:eu-central-1:111122223333:stateMachine:lake-dev-compaction';
const stage = parseStage({ name: 'dev', region: REGION });
export const BUCKETS = { raw: 'lake-raw', curated: 'lake-curated', quarantine: 'lake-quarantine' };
/** A raw object that waits. */
export const RAW = `raw/access_logs/${DAY}/late.json`;

const OUTPUTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'lake-dev-storage': {
    RawBucketName: BUCKETS.raw,
    CuratedBucketName: BUCKETS.curated,
    QuarantineBucketName: BUCKETS.quarantine,
  },
  'lake-dev-compaction': { StateMachineArn: MACHINE },
};

const described: Answer = {
  body: (sent: string) => {
    const name = new URLSearchParams(sent).get('StackName') ?? '';
    const outputs = Object.entries(OUTPUTS[name] ?? {}).map(
      ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
    );
    return `<R><DescribeStacksResult><Stacks><member><StackName>${name}</StackName><Outputs>${outputs.join('')}</Outputs></member></Stacks></DescribeStacksResult></R>`;
  },
};

/**
 * Does something with a deployed stage: its buckets are those of an S3 server here, and all else of AWS an HTTP server.
 *
 * @param objects bodies by `bucket/key`. @default one raw object that waits
 */
export async function withStage<T>(
  answers: Readonly<Record<string, Answer>>,
  work: () => Promise<T>,
  objects: Readonly<Record<string, string | Buffer>> = { [`${BUCKETS.raw}/${RAW}`]: '{}\n' },
): Promise<T> {
  const buckets = Object.fromEntries(Object.values(BUCKETS).map((name) => [name, { versioned: true }]));
  const server = await startS3Server({ root: folderWith(), buckets });
  const standIn = await AwsStandIn.start({ DescribeStacks: described, DescribeAlarms: { body: {} }, ...answers });
  process.env.AWS_ENDPOINT_URL_S3 = server.endpoint;
  const s3 = createS3Client({ endpoint: server.endpoint, region: REGION });
  try {
    for (const [path, Body] of Object.entries(objects)) {
      const [Bucket = '', ...key] = path.split('/');
      await s3.send(new PutObjectCommand({ Bucket, Key: key.join('/'), Body: Buffer.from(Body) }));
    }
    return await work();
  } finally {
    s3.destroy();
    delete process.env.AWS_ENDPOINT_URL_S3;
    await standIn.stop();
    await server.close();
  }
}

/** A verb of the stage. */
export const ask = (verb: RunVerb, ...args: readonly string[]) =>
  captured((terminal) => verb(['--stage', 'dev', ...args], terminal, () => [stage]));

/** Does something with the lake that a verb gets. */
export async function inStage<T>(
  work: (lake: OperatedLake) => Promise<T>,
  access: 'read' | 'write' = 'write',
): Promise<T> {
  const lake = await openStage(stage, datasets, access);
  try {
    return await work(lake);
  } finally {
    await lake.close();
  }
}
