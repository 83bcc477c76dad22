import { S3Client } from '@aws-sdk/client-s3';
import { sleep } from '../limits/deadline';
import type { Lake, LakeBuckets } from '../protocol/lake';
import { boundRequests } from '../store/bounded-requests';
import { S3ObjectStore } from '../store/s3-object-store';
import type { S3Settings } from './settings';

/**
 * The SDK's client. Two things are added: an endpoint that is not AWS's own is addressed by path, because
 * `bucket.localhost` seldom resolves; and no request waits without a bound.
 *
 * @param signal ends every request. @default nothing does
 */
export function createS3Client({ endpoint, region, credentials }: S3Settings, signal?: AbortSignal): S3Client {
  const client = new S3Client({
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
    ...(credentials === undefined ? {} : { credentials, useDualstackEndpoint: false, useFipsEndpoint: false }),
    forcePathStyle: endpoint !== undefined && !new URL(endpoint).hostname.endsWith('amazonaws.com'),
  });
  boundRequests(client, { signal });
  return client;
}

/** A lake on S3. @param signal ends its sleeps. @default nothing does */
export const openLake = (client: S3Client, buckets: LakeBuckets, signal?: AbortSignal): Lake => ({
  store: new S3ObjectStore(client),
  buckets,
  now: () => new Date(),
  sleep: (milliseconds) => sleep(milliseconds, signal),
});
