import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { S3ObjectStore, PART_BYTES as SHIPPED_PART_BYTES } from '../../../lambda/compaction/store/s3-object-store';
import { type S3Server, startS3Server } from '../../../packages/s3-loopback/src';
import { each } from '../../../packages/s3-loopback/test/contract/target';
import { fillBucket } from '../../../packages/s3-loopback/test/support/fill';
import { fastFolder } from '../../support/fast-folder';
import { MemoryBuckets, MemoryStore } from '../support/memory-store';
import { objectStoreContract } from './contract';
import { FaultProxy } from './fault-proxy';
import { faultContract, MAX_ATTEMPTS } from './faults';
import { newPrefix, PART_BYTES, type StoreTarget } from './target';
import { withoutDelays } from './without-delays';

/**
 * The one contract of object stores: for the model that interleavings are explored on, and for the store that ships, over
 * the loopback server. With `S3_CONTRACT_ENDPOINT` and `S3_CONTRACT_BUCKET` (and the SDK's usual credentials), over any
 * other endpoint.
 */
const endpoint = process.env.S3_CONTRACT_ENDPOINT;
const externalBucket = process.env.S3_CONTRACT_BUCKET;

jest.setTimeout(60_000);

describe('the store in memory', () => {
  const buckets = new MemoryBuckets();
  const nothing = async (): Promise<void> => {};
  const store = new MemoryStore(buckets, nothing, nothing);
  const prefix = newPrefix();
  let files = 0;
  const target: StoreTarget = {
    store,
    bucket: 'bucket',
    prefix,
    path: () => `local-${++files}`,
    writeLocal: async (path, body) => void buckets.files.set(path, body),
    readLocal: async (path) => buckets.files.get(path) as Buffer,
    fill: async (names) => {
      for (const name of names) buckets.put('bucket', prefix + name, Buffer.alloc(0));
    },
  };
  objectStoreContract(() => target);
});

test('parts of uploads are as large as the memory of a task allows for three of them', () => {
  expect(SHIPPED_PART_BYTES).toBe(16 * 1024 * 1024);
});

describe('the store on S3', () => {
  let server: S3Server | undefined;
  let proxy: FaultProxy;
  let client: S3Client;
  let target: StoreTarget & { proxy: FaultProxy };
  const folder = mkdtempSync(join(fastFolder(), 'store-contract-'));

  beforeAll(async () => {
    if (endpoint === undefined)
      server = await startS3Server({ root: join(folder, 's3'), buckets: { bucket: { versioned: true } } });
    const upstream = endpoint ?? (server as S3Server).endpoint;
    proxy = await FaultProxy.start(upstream);
    client = new S3Client({
      endpoint: proxy.endpoint,
      forcePathStyle: true,
      maxAttempts: MAX_ATTEMPTS,
      ...(endpoint === undefined
        ? { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }
        : {}),
    });
    withoutDelays(client);
    const store = new S3ObjectStore(client, PART_BYTES);
    const bucket = endpoint === undefined ? 'bucket' : (externalBucket ?? '');
    const prefix = newPrefix();
    let files = 0;
    target = {
      store,
      bucket,
      prefix,
      proxy,
      path: () => join(folder, `local-${++files}`),
      writeLocal: (path, body) => writeFile(path, body),
      readLocal: (path) => readFile(path),
      fill: (names) => {
        const keys = names.map((name) => prefix + name);
        if (server !== undefined) return fillBucket(server.port, bucket, keys);
        return each(keys, 16, (key) => store.put(bucket, key, Buffer.alloc(0)));
      },
    };
  });

  afterAll(async () => {
    client.destroy();
    await proxy.close();
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  objectStoreContract(() => target);
  faultContract(() => target);
});
