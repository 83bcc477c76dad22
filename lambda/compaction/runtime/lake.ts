import { S3Client } from '@aws-sdk/client-s3';
import { type S3Settings, s3ClientConfig } from '../../../lib/dataset/s3-settings';
import { sleep } from '../limits/deadline';
import type { Lake, LakeBuckets } from '../protocol/lake';
import { boundRequests } from '../store/bounded-requests';
import { S3ObjectStore } from '../store/s3-object-store';
import { retriesUnlessSet } from './environment';

/**
 * S3 supports at least 3,500 writes and 5,500 reads a second per prefix, and answers 503 SlowDown above its limit:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html
 * Each client then adapts its rate (mode "adaptive"), with full jitter, and retries for a few seconds longer than the
 * SDK's three attempts, unless `AWS_RETRY_MODE` or `AWS_MAX_ATTEMPTS` say otherwise.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
 */
const RETRIES = { retryMode: 'adaptive', maxAttempts: 8 };

/**
 * The SDK's client, with a timeout for every request.
 *
 * @param signal aborts every request. @default none
 */
export function createS3Client(settings: S3Settings, signal?: AbortSignal): S3Client {
  const client = new S3Client({ ...s3ClientConfig(settings), ...retriesUnlessSet(RETRIES) });
  boundRequests(client, { signal });
  return client;
}

/** A lake on S3. @param signal aborts its sleeps. @default none */
export const openLake = (client: S3Client, buckets: LakeBuckets, signal?: AbortSignal): Lake => ({
  store: new S3ObjectStore(client),
  buckets,
  now: () => new Date(),
  sleep: (milliseconds) => sleep(milliseconds, signal),
});
