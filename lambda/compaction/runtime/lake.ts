import { S3Client } from '@aws-sdk/client-s3';
import { type S3Settings, s3ClientConfig } from '../../../lib/dataset/s3-settings';
import { sleep } from '../limits/deadline';
import type { Lake, LakeBuckets } from '../protocol/lake';
import { boundRequests } from '../store/bounded-requests';
import { S3ObjectStore } from '../store/s3-object-store';
import { retriesUnlessSet } from './environment';

/**
 * S3 takes 3,500 writes and 5,500 reads a second for each prefix, and answers 503 SlowDown above. Each client then finds its
 * own rate ("adaptive": after a refusal fewer, after success more), with full jitter, and tries a few seconds longer than the
 * SDK's three attempts, unless `AWS_RETRY_MODE` or `AWS_MAX_ATTEMPTS` say otherwise.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
 */
const RETRIES = { retryMode: 'adaptive', maxAttempts: 8 };

/**
 * The SDK's client, with a time limit for every request.
 *
 * @param signal ends every request. @default nothing does
 */
export function createS3Client(settings: S3Settings, signal?: AbortSignal): S3Client {
  const client = new S3Client({ ...s3ClientConfig(settings), ...retriesUnlessSet(RETRIES) });
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
