import type { IncomingHttpHeaders } from 'node:http';
import type { Body } from './body';
import type { Bucket } from './bucket';
import type { FileSlice } from './files';
import type { Store } from './store';

/** A request, understood and with its body received. */
export interface Call {
  readonly store: Store;
  readonly operation: string;
  readonly bucketName: string;
  readonly key: string;
  readonly query: ReadonlyMap<string, string>;
  readonly headers: IncomingHttpHeaders;
  readonly requestId: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** The body of an operation that takes one. */
  readonly body: Body;
  /** @throws S3Error NoSuchBucket */
  readonly bucket: Bucket;
}

export interface Reply {
  readonly status: number;
  /** Names and values in turn. */
  readonly headers?: readonly string[];
  readonly body?: string | Buffer | FileSlice;
  /** Content-Length of a HEAD, whose body is not sent. */
  readonly length?: number;
}

export interface Operation {
  readonly name: string;
  /** Kind of body: none, a small XML document, or an object's bytes. @default 'none' */
  readonly body?: 'xml' | 'object';
  /** Whether checksum headers speak of something else than the body that is sent. */
  readonly ownChecksum?: boolean;
  /** Whether the document must come with a digest. */
  readonly digestRequired?: boolean;
  /**
   * Takes effect and answers. Whatever it checks and changes it does in one turn of the event loop, except for copying
   * bytes to a temporary file beforehand.
   */
  run(call: Call): Reply | Promise<Reply>;
}

export const xmlReply = (body: string, headers: readonly string[] = []): Reply => ({
  status: 200,
  headers: ['Content-Type', 'application/xml', ...headers],
  body,
});

export const singleHeader = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value.join(',') : value;
