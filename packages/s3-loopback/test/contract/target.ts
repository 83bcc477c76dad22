import { randomBytes } from 'node:crypto';
import {
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  ListObjectVersionsCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type PutObjectCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';

/** The endpoint and bucket that a contract suite runs against, below a prefix of its own. */
export class Target {
  readonly prefix = `contract-${randomBytes(6).toString('hex')}/`;
  #client: S3Client | undefined;
  #bucket = '';
  #versioned = false;

  get client(): S3Client {
    if (this.#client === undefined) throw new Error('The target is used before it is open.');
    return this.#client;
  }

  get bucket(): string {
    return this.#bucket;
  }

  get versioned(): boolean {
    return this.#versioned;
  }

  /** Writes an empty object at each name. */
  async fill(names: readonly string[]): Promise<void> {
    await each(names, 16, (name) => this.put(name, new Uint8Array()));
  }

  async open(client: S3Client, bucket: string): Promise<void> {
    this.#client = client;
    this.#bucket = bucket;
    const { Status } = await client.send(new GetBucketVersioningCommand({ Bucket: bucket }));
    this.#versioned = Status === 'Enabled';
  }

  /** Removes everything below the prefix, every version of it. */
  async clean(): Promise<void> {
    for (;;) {
      const page = await this.client.send(new ListObjectVersionsCommand({ Bucket: this.bucket, Prefix: this.prefix }));
      const entries = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].map(({ Key, VersionId }) => ({
        Key,
        VersionId,
      }));
      if (entries.length === 0) return;
      await this.client.send(
        new DeleteObjectsCommand({ Bucket: this.bucket, Delete: { Objects: entries, Quiet: true } }),
      );
    }
  }

  key(name: string): string {
    return this.prefix + name;
  }

  put(
    name: string,
    body: NonNullable<PutObjectCommandInput['Body']>,
    input: Partial<PutObjectCommandInput> = {},
  ): Promise<PutObjectCommandOutput> {
    return this.client.send(new PutObjectCommand({ Bucket: this.bucket, Key: this.key(name), Body: body, ...input }));
  }

  async text(name: string, input: Partial<GetObjectCommandInput> = {}): Promise<string> {
    const { Body } = await this.client.send(
      new GetObjectCommand({ Bucket: this.bucket, Key: this.key(name), ...input }),
    );
    return (await Body?.transformToString()) ?? '';
  }

  /** Address of an object of this target, for a command's input. */
  at(name: string): { Bucket: string; Key: string } {
    return { Bucket: this.bucket, Key: this.key(name) };
  }
}

export interface Failure {
  readonly status: number | undefined;
  readonly code: string;
}

/** Status and code of a request that is to fail. */
export async function failure(request: Promise<unknown>): Promise<Failure> {
  try {
    await request;
  } catch (error) {
    const { name, $metadata } = error as { name: string; $metadata?: { httpStatusCode?: number } };
    return { status: $metadata?.httpStatusCode, code: name };
  }
  throw new Error('The request succeeded, but was to fail.');
}

/** Runs work with bounded concurrency. */
export async function each<T>(items: readonly T[], width: number, work: (item: T) => Promise<unknown>): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
}
