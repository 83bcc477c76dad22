/** What `verify` finds in how a stage stores its files: each finding with its cause. */

import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import {
  type BucketVersioningStatus,
  GetObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type ServerSideEncryption,
} from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { createS3Client, openLake } from '../../../lambda/compaction/runtime/lake';
import { readSettings } from '../../../lambda/compaction/runtime/settings';
import { parseStage } from '../../../lib/settings';
import { startS3Server } from '../../../packages/s3-loopback/src';
import { datasets } from '../../../test/fixtures/datasets';
import { BUCKETS } from '../../lake';
import type { OperatedLake } from '../../verbs/lake';
import { parseSelection } from '../../verbs/selection';
import { verifyLake } from '../../verbs/verify/verb';
import { DAY, dataFiles, keptLake } from './support';

/** Opens a kept lake as if it were a stage. */
async function asStage<T>(folder: string, work: (lake: OperatedLake) => Promise<T>): Promise<T> {
  const { raw, curated, quarantine } = BUCKETS;
  const server = await startS3Server({
    root: folder,
    buckets: { [raw]: { versioned: true }, [curated]: { versioned: true }, [quarantine]: { versioned: true } },
  });
  const read = readSettings({
    RAW_BUCKET: raw,
    CURATED_BUCKET: curated,
    QUARANTINE_BUCKET: quarantine,
    AWS_ENDPOINT_URL_S3: server.endpoint,
  });
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  const settings = { ...read, s3: { ...read.s3, region: 'us-east-1', credentials } };
  const s3 = createS3Client(settings.s3);
  const clients = [new CloudWatchClient({ region: 'us-east-1' }), new SFNClient({ region: 'us-east-1' })] as const;
  const [cloudWatch, sfn] = clients;
  try {
    return await work({
      ...openLake(s3, { raw, curated, quarantine }),
      place: { stage: 'dev' },
      datasets,
      s3,
      settings,
      aws: {
        ...{ stateMachineArn: '', alarmPrefix: 'lake-dev-', cloudWatch, sfn },
        retention: parseStage({ name: 'dev' }).retention,
      },
      close: async () => {},
    });
  } finally {
    for (const client of [s3, ...clients]) client.destroy();
    await server.close();
  }
}

async function findings(lake: OperatedLake): Promise<readonly { readonly kind: string; readonly key: string }[]> {
  const selection = parseSelection({ dataset: ['access_logs'], partition: DAY }, datasets);
  const { json } = await verifyLake({ lake, selection, mayChange: false, progress: () => {} }, false, false);
  return json.findings as readonly { readonly kind: string; readonly key: string; readonly problem: string }[];
}

/** Stores a file again with an encryption, as somebody would who knows nothing of the key. */
async function storeAs({ s3, buckets }: OperatedLake, key: string, encryption: ServerSideEncryption): Promise<void> {
  const own = { Bucket: buckets.curated, Key: key };
  const { Body } = await s3.send(new GetObjectCommand(own));
  const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
  await s3.send(new PutObjectCommand({ ...own, Body: bytes, ServerSideEncryption: encryption }));
}

test.each<[ServerSideEncryption, readonly object[]]>([
  ['aws:kms', []],
  ['aws:kms:dsse', []],
  ['AES256', [{ kind: 'encryption', problem: 'it is encrypted with AES256, not with the key of the lake' }]],
])('a file that is encrypted with %s', async (encryption, expected) => {
  const folder = await keptLake();
  const [key = ''] = dataFiles(folder);
  await asStage(folder, async (lake) => {
    expect(await findings(lake)).toEqual([]);
    await storeAs(lake, key, encryption);
    expect(await findings(lake)).toMatchObject(expected.map((finding) => ({ ...finding, key, repairable: false })));
  });
});

test('a file that was stored while the bucket kept no versions', async () => {
  const folder = await keptLake();
  const [key = ''] = dataFiles(folder);
  await asStage(folder, async (lake) => {
    const switchTo = (Status: BucketVersioningStatus) =>
      lake.s3.send(
        new PutBucketVersioningCommand({ Bucket: lake.buckets.curated, VersioningConfiguration: { Status } }),
      );
    await switchTo('Suspended');
    expect(await findings(lake)).toEqual([]);
    await storeAs(lake, key, 'aws:kms');
    expect(await findings(lake)).toMatchObject([{ kind: 'unversioned', key, problem: 'it has no version' }]);
    await switchTo('Enabled');
    expect(await findings(lake)).toMatchObject([{ kind: 'unversioned', key }]);
    await storeAs(lake, key, 'aws:kms');
    expect(await findings(lake)).toEqual([]);
  });
});
