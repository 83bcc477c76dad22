import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { PartUpload } from './object-store';
import { required } from './s3-listing';

/** An object of one part is uploaded in one request. */
export class S3PartUpload implements PartUpload {
  readonly #client: S3Client;
  readonly #target: { readonly Bucket: string; readonly Key: string };
  readonly #parts: { readonly PartNumber: number; readonly ETag: string }[] = [];
  #uploadId: string | undefined;
  /** The latest part, which is held back: it may be the last. */
  #held: Buffer | undefined;

  constructor(client: S3Client, bucket: string, key: string) {
    this.#client = client;
    this.#target = { Bucket: bucket, Key: key };
  }

  async add(part: Buffer): Promise<void> {
    const before = this.#held;
    this.#held = part;
    if (before !== undefined) await this.#upload(before);
  }

  async close(): Promise<void> {
    const last = this.#held ?? Buffer.alloc(0);
    if (this.#uploadId === undefined) {
      await this.#client.send(new PutObjectCommand({ ...this.#target, Body: last }));
      return;
    }
    await this.#upload(last);
    const MultipartUpload = { Parts: this.#parts };
    await this.#client.send(
      new CompleteMultipartUploadCommand({ ...this.#target, UploadId: this.#uploadId, MultipartUpload }),
    );
  }

  /** Best effort: the bucket's lifecycle rule for incomplete multipart uploads removes what is left. */
  async abort(): Promise<void> {
    if (this.#uploadId === undefined) return;
    const command = new AbortMultipartUploadCommand({ ...this.#target, UploadId: this.#uploadId });
    await this.#client.send(command).catch(() => undefined);
  }

  async #upload(Body: Buffer): Promise<void> {
    if (this.#uploadId === undefined) {
      const created = await this.#client.send(new CreateMultipartUploadCommand(this.#target));
      this.#uploadId = required(created.UploadId);
    }
    const PartNumber = this.#parts.length + 1;
    const command = new UploadPartCommand({ ...this.#target, UploadId: this.#uploadId, PartNumber, Body });
    const { ETag } = await this.#client.send(command);
    this.#parts.push({ PartNumber, ETag: required(ETag) });
  }
}
