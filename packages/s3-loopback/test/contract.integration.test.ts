import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { fastFolder } from '../../../test/support/fast-folder';
import { type S3Server, startS3Server } from '../src';
import { copyContract } from './contract/copies';
import { deleteContract } from './contract/deletes';
import { listingContract } from './contract/listing';
import { multipartContract } from './contract/multipart';
import { objectContract } from './contract/objects';
import { preconditionContract } from './contract/preconditions';
import { Target } from './contract/target';
import { versionContract } from './contract/versions';
import { fillBucket } from './support/fill';

/**
 * What the lake needs of S3, stated through the AWS SDK. By default it holds the loopback server to it; with
 * `S3_CONTRACT_ENDPOINT` and `S3_CONTRACT_BUCKET` (and the SDK's usual credentials) any other endpoint, S3 itself included.
 */
const endpoint = process.env.S3_CONTRACT_ENDPOINT;
const externalBucket = process.env.S3_CONTRACT_BUCKET;

jest.setTimeout(60_000);

let server: S3Server | undefined;
let root = '';
let client: S3Client;

beforeAll(async () => {
  if (endpoint !== undefined) {
    client = new S3Client({ endpoint, forcePathStyle: true });
    return;
  }
  root = mkdtempSync(join(fastFolder(), 's3-contract-'));
  server = await startS3Server({ root, buckets: { plain: {}, versioned: { versioned: true } } });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  client = new S3Client({ endpoint: server.endpoint, region: 'us-east-1', credentials });
});

afterAll(async () => {
  client.destroy();
  await server?.close();
  if (root !== '') rmSync(root, { recursive: true });
});

class LoopbackTarget extends Target {
  /** The whole folder goes. */
  override async clean(): Promise<void> {}

  override fill(names: readonly string[]): Promise<void> {
    return fillBucket(
      (server as S3Server).port,
      this.bucket,
      names.map((name) => this.key(name)),
    );
  }
}

const buckets = endpoint === undefined ? ['plain', 'versioned'] : [externalBucket ?? ''];

describe.each(buckets)('bucket %s', (bucket) => {
  const target = endpoint === undefined ? new LoopbackTarget() : new Target();
  beforeAll(() => target.open(client, bucket));
  afterAll(() => target.clean());

  objectContract(target);
  preconditionContract(target);
  deleteContract(target);
  listingContract(target, bucket !== 'versioned');
  multipartContract(target);
  copyContract(target);
  versionContract(target);
});
