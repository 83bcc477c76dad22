import type { S3Client } from '@aws-sdk/client-s3';
import { RequestSigner } from '../download/request-signer';
import { type ConverterSettings, DuckDbConverter } from '../engine/duckdb-converter';
import type { Lake } from '../protocol/lake';
import type { CompactorSettings } from './settings';

/** The converter that ships, for one lake. @param more what aborts it, and callbacks for what it notices. @default none */
export async function createConverter(
  client: S3Client,
  lake: Lake,
  { memoryMiB, spillMiB, threads, ...sizes }: CompactorSettings,
  more: Pick<ConverterSettings, 'signal' | 'onUnknownFields' | 'onOutsidePartition'> = {},
): Promise<DuckDbConverter> {
  const signer = await RequestSigner.create(client, lake.buckets.raw);
  return new DuckDbConverter(lake.store, lake.buckets.curated, signer, {
    limits: { memoryMiB, spillMiB, threads },
    workers: threads,
    now: lake.now,
    maxAttempts: await client.config.maxAttempts(),
    ...sizes,
    ...more,
  });
}
