import { setTimeout as sleep } from 'node:timers/promises';
import { S3Client } from '@aws-sdk/client-s3';
import type { Lake } from '../protocol/lake';
import { S3ObjectStore } from '../store/s3-object-store';
import { requireEnv } from './environment';

/**
 * The SDK's standard configuration rules (endpoint, region, credentials, retries). One thing is added: an endpoint that
 * is not AWS's own is addressed by path, because `bucket.localhost` seldom resolves.
 */
export function createS3Client(): S3Client {
  const endpoint = process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL;
  return new S3Client({
    forcePathStyle: endpoint !== undefined && !new URL(endpoint).hostname.endsWith('amazonaws.com'),
  });
}

/** The lake that the environment names: `RAW_BUCKET`, `CURATED_BUCKET`, `QUARANTINE_BUCKET`. */
export function lakeFromEnvironment(client: S3Client): Lake {
  return {
    store: new S3ObjectStore(client),
    buckets: {
      raw: requireEnv('RAW_BUCKET'),
      curated: requireEnv('CURATED_BUCKET'),
      quarantine: requireEnv('QUARANTINE_BUCKET'),
    },
    now: () => new Date(),
    sleep: async (milliseconds) => {
      await sleep(milliseconds);
    },
  };
}
