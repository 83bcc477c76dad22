import { gunzipSync } from 'node:zlib';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { type Dataset, manifestKey, rawPrefix, rejectedLinesPrefix } from '../../lib/dataset';
import type { RawFile } from '../data/encode';
import type { EmulatedLake } from './lake';

const OUTPUTS = {
  raw: 'RawBucketName',
  curated: 'CuratedBucketName',
  quarantine: 'QuarantineBucketName',
  logs: 'LogsBucketName',
  results: 'ResultsBucketName',
} as const;

export type BucketName = keyof typeof OUTPUTS;

export interface ListedObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  readonly etag: string;
}

/** What the quarantine table shows of a rejection, as far as it is looked at. */
export interface RejectedLine {
  readonly raw: string | null;
  readonly reason: string;
  readonly line: number;
}

/** The objects of a deployed lake, as producers put them and operators see them. */
export class LakeFiles {
  constructor(readonly deployed: EmulatedLake) {}

  bucket(name: BucketName): string {
    return this.deployed.output('storage', OUTPUTS[name]);
  }

  /** @throws Error when the lake was not deployed with such a dataset */
  dataset(name: string): Dataset {
    const found = this.deployed.datasets.find((dataset) => dataset.name === name);
    if (found === undefined) throw new Error(`the deployed lake has no dataset ${name}`);
    return found;
  }

  /** Puts an object into the inbox. @returns its URI */
  async putRaw({ name }: Dataset, partition: string, file: RawFile): Promise<string> {
    const key = `${rawPrefix(name, partition)}${file.name}`;
    await this.put('raw', key, file.body);
    return `s3://${this.bucket('raw')}/${key}`;
  }

  /** The manifest of a partition, as it stands there. */
  async manifest({ name }: Dataset, partition: string): Promise<string> {
    return (await this.get('curated', manifestKey(name, partition))).toString('utf8');
  }

  /** What was rejected of the objects of a partition. */
  async rejectedLines({ name }: Dataset, partition: string): Promise<readonly RejectedLine[]> {
    const entries: RejectedLine[] = [];
    for (const { key } of await this.list('quarantine', rejectedLinesPrefix(name, partition))) {
      const text = gunzipSync(await this.get('quarantine', key)).toString('utf8');
      for (const line of text.trim().split('\n')) entries.push(JSON.parse(line) as RejectedLine);
    }
    return entries;
  }

  async put(bucket: BucketName, key: string, body: Uint8Array | string): Promise<void> {
    await this.#s3.send(new PutObjectCommand({ Bucket: this.bucket(bucket), Key: key, Body: body }));
  }

  async get(bucket: BucketName, key: string): Promise<Buffer> {
    const { Body } = await this.#s3.send(new GetObjectCommand({ Bucket: this.bucket(bucket), Key: key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  }

  async delete(bucket: BucketName, key: string): Promise<void> {
    await this.#s3.send(new DeleteObjectCommand({ Bucket: this.bucket(bucket), Key: key }));
  }

  async list(bucket: BucketName, prefix = ''): Promise<readonly ListedObject[]> {
    const found: ListedObject[] = [];
    const Bucket = this.bucket(bucket);
    let ContinuationToken: string | undefined;
    do {
      const page = await this.#s3.send(new ListObjectsV2Command({ Bucket, Prefix: prefix, ContinuationToken }));
      for (const { Key = '', Size = 0, ETag = '' } of page.Contents ?? []) {
        found.push({ key: Key, size: Size, etag: ETag });
      }
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
    return found;
  }

  get #s3(): S3Client {
    return this.deployed.client(S3Client);
  }
}
