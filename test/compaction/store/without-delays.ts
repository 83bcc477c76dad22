import type { S3Client } from '@aws-sdk/client-s3';

/** The SDK's own retries, without the waits between them: their length is the SDK's business. */
export function withoutDelays(client: S3Client): void {
  const provide = client.config.retryStrategy;
  client.config.retryStrategy = async () => {
    const strategy = await provide();
    if (!('retryBackoffStrategy' in strategy)) throw new Error('The SDK has another kind of retry strategy');
    strategy.retryBackoffStrategy = { computeNextBackoffDelay: () => 0, setDelayBase: () => {} };
    return strategy;
  };
}
