import { Agent } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { PutObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { type S3Settings, s3ClientConfig } from '../../../lib/dataset/s3-settings';
import type { CommitSettings } from '../settings';
import { backoffMillis } from '../work/backoff';
import { type Sink, SinkError } from './sink';

/** Waits between attempts grow from the first to the second; each is drawn between half of it and all. */
const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 2_000;

/** Refusals that say nothing about the request: another attempt with fresh credentials or a fresh signature may pass. */
const RETRIED_CODES: ReadonlySet<string> = new Set([
  'ExpiredToken',
  'RequestTimeTooSkewed',
  'ConditionalRequestConflict',
]);

export interface PutObserver {
  /** After each attempt: `stored`, or the name of the error. */
  attempted(outcome: string, milliseconds: number): void;
}

/**
 * Puts objects with the AWS SDK. Every attempt has `If-None-Match: *` and the same key, so that an attempt whose
 * outcome is unknown (a timeout after S3 has committed) can safely be repeated: 412 means that it had succeeded.
 */
export class S3Sink implements Sink {
  readonly #client: S3Client;
  readonly #target: { readonly bucket: string; readonly kmsKeyArn: string | undefined };
  readonly #settings: CommitSettings;
  readonly #observer: PutObserver;

  constructor(
    client: S3Client,
    target: { readonly bucket: string; readonly kmsKeyArn: string | undefined },
    settings: CommitSettings,
    observer: PutObserver,
  ) {
    this.#client = client;
    this.#target = target;
    this.#settings = settings;
    this.#observer = observer;
  }

  async put(key: string, body: Buffer): Promise<void> {
    const deadline = performance.now() + this.#settings.putSeconds * 1000;
    for (let attempt = 0; ; attempt += 1) {
      const left = deadline - performance.now();
      const problem = await this.#attempt(key, body, Math.min(left, this.#settings.putAttemptSeconds * 1000));
      if (problem === undefined) return;
      const wait = backoffMillis(FIRST_WAIT_MS, LONGEST_WAIT_MS, attempt);
      if (!problem.retry || performance.now() + wait >= deadline) {
        const tries = attempt === 0 ? '1 attempt' : `${attempt + 1} attempts`;
        throw new SinkError(`PutObject s3://${this.#target.bucket}/${key}: ${problem.text} (${tries})`);
      }
      await sleep(wait);
    }
  }

  async #attempt(key: string, body: Buffer, timeoutMs: number): Promise<{ text: string; retry: boolean } | undefined> {
    const { bucket, kmsKeyArn } = this.#target;
    const started = performance.now();
    const done = (outcome: string): void => this.#observer.attempted(outcome, performance.now() - started);
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), Math.max(1, timeoutMs));
    try {
      const command = new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        Body: body,
        ContentType: 'application/gzip',
        IfNoneMatch: '*',
        ...(kmsKeyArn === undefined ? {} : { ServerSideEncryption: 'aws:kms' as const, SSEKMSKeyId: kmsKeyArn }),
      });
      await this.#client.send(command, { abortSignal: timeout.signal });
      done('stored');
      return undefined;
    } catch (error) {
      if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 412) {
        done('stored-before');
        return undefined;
      }
      const name = timeout.signal.aborted ? 'Timeout' : error instanceof Error ? error.name : 'Unknown';
      done(name);
      const text = `${name}: ${error instanceof Error ? error.message : String(error)}`;
      return { text, retry: isWorthARetry(error) };
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Everything except a refusal that would be the same again: no such bucket, no permission, an invalid request. */
function isWorthARetry(error: unknown): boolean {
  if (!(error instanceof S3ServiceException)) return true;
  const status = error.$metadata.httpStatusCode ?? 0;
  return RETRIED_CODES.has(error.name) || status < 400 || status >= 500 || status === 408 || status === 429;
}

/**
 * The SDK's client, with retries left to the sink (so that they share one budget), connections for every PUT in flight,
 * and TLS 1.3.
 */
export function createS3Client(settings: S3Settings, putsInFlight: number): S3Client {
  return new S3Client({
    ...s3ClientConfig(settings),
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: 2_000,
      httpAgent: { keepAlive: true, maxSockets: putsInFlight },
      httpsAgent: new Agent({ keepAlive: true, maxSockets: putsInFlight, minVersion: 'TLSv1.3' }),
    },
  });
}
