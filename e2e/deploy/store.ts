import { join } from 'node:path';
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { type Emulator, REGION, startEmulator } from '../emulator/ministack';
import { PROJECT_ROOT } from '../tools/project';
import type { Report } from '../tools/report';
import type { Supervisor } from '../tools/supervisor';

const BUCKET = 'contract';

/** The contract of object stores, which `npm run test:integration` holds our own S3 server to, held to the emulator's S3. */
export async function storeScenarios(supervisor: Supervisor, report: Report): Promise<void> {
  report.section('The object store on the S3 of the emulator, behind a proxy that refuses, cuts and loses answers');
  await withEmptyS3(supervisor, { [BUCKET]: { versioned: true } }, async ({ endpoint, environment }) => {
    await report.check('keeps the whole contract', async () => {
      const jest = join(PROJECT_ROOT, 'node_modules', 'jest', 'bin', 'jest.js');
      const args = [jest, '--runInBand', '--testNamePattern', 'the store on S3', 'test/compaction/store'];
      const { code, stderr } = await supervisor.run(process.execPath, args, {
        cwd: PROJECT_ROOT,
        env: { ...process.env, ...environment, S3_CONTRACT_ENDPOINT: endpoint, S3_CONTRACT_BUCKET: BUCKET },
      });
      const passed = /Tests:.* (\d+) passed/.exec(stderr)?.[1];
      if (code !== 0 || passed === undefined) throw new Error(stderr.slice(-8_000));
      return `${passed} tests`;
    });
  });
}

/** Uses an emulator of its own that has nothing but these buckets. */
export async function withEmptyS3(
  supervisor: Supervisor,
  buckets: Readonly<Record<string, { readonly versioned?: boolean }>>,
  use: (emulator: Emulator) => Promise<void>,
): Promise<void> {
  const emulator = await startEmulator(supervisor);
  try {
    const { endpoint } = emulator;
    const client = new S3Client({ endpoint, region: REGION, forcePathStyle: true, credentials: ROOT });
    for (const [Bucket, { versioned }] of Object.entries(buckets)) {
      await client.send(new CreateBucketCommand({ Bucket }));
      const VersioningConfiguration = { Status: 'Enabled' } as const;
      if (versioned) await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
    }
    client.destroy();
    await use(emulator);
  } finally {
    await emulator.stop();
  }
}

const ROOT = { accessKeyId: 'test', secretAccessKey: 'test' };
