import { S3Client } from '@aws-sdk/client-s3';
import { sleep } from '../limits/deadline';
import type { Lake } from '../protocol/lake';
import { boundRequests } from '../store/bounded-requests';
import { S3ObjectStore } from '../store/s3-object-store';
import { requireEnv } from './environment';

/**
 * The SDK's standard configuration rules (endpoint, region, credentials, retries). One thing is added: an endpoint that
 * is not AWS's own is addressed by path, because `bucket.localhost` seldom resolves. And no request waits without a bound.
 *
 * @param signal ends every request. @default nothing does
 */
export function createS3Client(signal?: AbortSignal): S3Client {
  const endpoint = process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL;
  const client = new S3Client({
    forcePathStyle: endpoint !== undefined && !new URL(endpoint).hostname.endsWith('amazonaws.com'),
  });
  boundRequests(client, { signal });
  return client;
}

/** The lake that the environment names: `RAW_BUCKET`, `CURATED_BUCKET`, `QUARANTINE_BUCKET`. @param signal ends its sleeps */
export function lakeFromEnvironment(client: S3Client, signal?: AbortSignal): Lake {
  return {
    store: new S3ObjectStore(client),
    buckets: {
      raw: requireEnv('RAW_BUCKET'),
      curated: requireEnv('CURATED_BUCKET'),
      quarantine: requireEnv('QUARANTINE_BUCKET'),
    },
    now: () => new Date(),
    sleep: (milliseconds) => sleep(milliseconds, signal),
  };
}
