import { createHash, type Hash } from 'node:crypto';
import { closeSync, unlinkSync, writeSync } from 'node:fs';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import {
  CHECKSUM_ALGORITHMS,
  type Checksum,
  type ChecksumAlgorithm,
  createDigest,
  DIGEST_BYTES,
  type Digest,
  isChecksumAlgorithm,
} from './checksums';
import { ChunkedDecoder, type ChunkVerifier } from './chunked';
import { invalidRequest, S3Error } from './errors';
import { CREATE, openReal } from './no-links';

/** Bodies up to this stay in memory until they take effect; larger ones go to a temporary file as they arrive. */
const MEMORY_BYTES = 1 << 20;
const MAX_BODY_BYTES = 5 * 2 ** 30;

/** A request body, received whole and checked against everything that the request says about it. */
export interface Body {
  readonly size: number;
  /** MD5 as hex: the ETag of an object written in one piece. */
  readonly md5: string;
  readonly checksum: Checksum | undefined;
  /** The bytes, or the temporary file that holds them. */
  readonly content: Buffer | string;
}

export interface ReceiveOptions {
  /** Names a temporary file for a body too large for memory. */
  readonly tempFile: () => string;
  /** Checks chunk signatures of signed streaming bodies. */
  readonly chunkVerifier?: ChunkVerifier | undefined;
  /** Hex SHA-256 that the signature promises. */
  readonly sha256?: string | undefined;
  /** Whether the operation needs a Content-MD5 or a checksum (DeleteObjects). */
  readonly digestRequired?: boolean;
  /** Whether the checksum headers do not speak of this body. */
  readonly ignoreChecksum?: boolean;
  /** Largest body, in bytes. @default 5 GiB, the limit of one PUT */
  readonly maxBytes?: number;
}

/**
 * Reads the body of a request. Resolves only if every length and checksum holds.
 * @throws S3Error BadDigest, IncompleteBody, EntityTooLarge, InvalidDigest, InvalidRequest, XAmzContentSHA256Mismatch, …
 */
export function receiveBody(request: IncomingMessage, options: ReceiveOptions): Promise<Body> {
  return new Promise((resolve, reject) => {
    let receiver: Receiver;
    try {
      receiver = new Receiver(request.headers, options);
    } catch (error) {
      reject(error);
      return;
    }
    let settled = false;
    const attempt = (step: () => void): void => {
      if (settled) return;
      try {
        step();
      } catch (error) {
        settled = true;
        receiver.discard();
        reject(error);
      }
    };
    request.on('data', (chunk: Buffer) => attempt(() => receiver.write(chunk)));
    request.on('end', () =>
      attempt(() => {
        const body = receiver.end();
        settled = true;
        resolve(body);
      }),
    );
    request.on('close', () =>
      attempt(() => {
        throw new S3Error('IncompleteBody');
      }),
    );
  });
}

class Receiver {
  readonly #decoder: ChunkedDecoder | undefined;
  readonly #length: number;
  readonly #maxBytes: number;
  readonly #md5 = createHash('md5');
  readonly #sha256: Hash | undefined;
  readonly #expected: ExpectedChecksum | undefined;
  readonly #digest: Digest | undefined;
  readonly #chunks: Buffer[] = [];
  #size = 0;
  #file: { readonly path: string; readonly fd: number } | undefined;

  constructor(
    private readonly headers: IncomingHttpHeaders,
    private readonly options: ReceiveOptions,
  ) {
    const streams = single(headers['x-amz-content-sha256'])?.startsWith('STREAMING-') === true;
    const chunked = streams || isAwsChunked(headers);
    this.#length = bodyLength(headers, chunked);
    this.#maxBytes = options.maxBytes ?? MAX_BODY_BYTES;
    if (this.#length > this.#maxBytes) throw new S3Error('EntityTooLarge');
    this.#expected = options.ignoreChecksum === true ? undefined : expectedChecksum(headers);
    checkContentMd5(headers['content-md5']);
    if (options.digestRequired === true && this.#expected === undefined && headers['content-md5'] === undefined) {
      throw invalidRequest('Missing required header for this request: Content-MD5');
    }
    this.#digest = this.#expected === undefined ? undefined : createDigest(this.#expected.algorithm);
    this.#sha256 = options.sha256 === undefined ? undefined : createHash('sha256');
    this.#decoder = chunked ? new ChunkedDecoder((data) => this.#store(data), options.chunkVerifier) : undefined;
    if (this.#length > MEMORY_BYTES) {
      const path = options.tempFile();
      this.#file = { path, fd: openReal(path, CREATE) };
    }
  }

  write(chunk: Buffer): void {
    if (this.#decoder === undefined) this.#store(chunk);
    else this.#decoder.write(chunk);
  }

  end(): Body {
    this.#decoder?.end();
    if (this.#size !== this.#length) throw new S3Error('IncompleteBody');
    const md5 = this.#md5.digest();
    const promised = single(this.headers['content-md5']);
    if (promised !== undefined && promised !== md5.toString('base64')) {
      throw new S3Error('BadDigest', {
        details: { ExpectedDigest: promised, CalculatedDigest: md5.toString('base64') },
      });
    }
    if (this.#sha256 !== undefined && this.#sha256.digest('hex') !== this.options.sha256) {
      throw new S3Error('XAmzContentSHA256Mismatch');
    }
    const checksum = this.#checksum();
    if (this.#file !== undefined) closeSync(this.#file.fd);
    const [first] = this.#chunks;
    const content = this.#file?.path ?? (this.#chunks.length === 1 ? (first as Buffer) : Buffer.concat(this.#chunks));
    return { size: this.#size, md5: md5.toString('hex'), checksum, content };
  }

  /** Forgets what has arrived. */
  discard(): void {
    if (this.#file === undefined) return;
    try {
      closeSync(this.#file.fd);
    } catch {
      // closed by end() already
    }
    unlinkSync(this.#file.path);
    this.#file = undefined;
  }

  #store(data: Buffer): void {
    this.#size += data.length;
    if (this.#size > this.#length) throw new S3Error('IncompleteBody');
    this.#md5.update(data);
    this.#sha256?.update(data);
    this.#digest?.update(data);
    if (this.#file === undefined) this.#chunks.push(data);
    else writeFully(this.#file.fd, data);
  }

  #checksum(): Checksum | undefined {
    if (this.#expected === undefined || this.#digest === undefined) return undefined;
    const { algorithm, header } = this.#expected;
    const expected = this.#expected.value ?? this.#decoder?.trailers.get(header);
    if (expected === undefined) throw invalidRequest(`The trailing header ${header} is missing.`);
    if (Buffer.from(expected, 'base64').length !== DIGEST_BYTES[algorithm]) {
      throw invalidRequest(`Value for ${header} header is invalid.`);
    }
    const value = this.#digest.digest().toString('base64');
    if (value !== expected) {
      throw new S3Error('BadDigest', {
        message: `The ${algorithm.toUpperCase()} you specified did not match the calculated checksum.`,
      });
    }
    return { algorithm, value, type: 'FULL_OBJECT' };
  }
}

interface ExpectedChecksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly header: string;
  /** Absent when a trailer will tell. */
  readonly value: string | undefined;
}

const CHECKSUM_PREFIX = 'x-amz-checksum-';

function expectedChecksum(headers: IncomingHttpHeaders): ExpectedChecksum | undefined {
  const found = CHECKSUM_ALGORITHMS.filter((name) => headers[CHECKSUM_PREFIX + name] !== undefined);
  const trailer = single(headers['x-amz-trailer'])?.trim().toLowerCase();
  if (found.length > 1 || (found.length === 1 && trailer?.startsWith(CHECKSUM_PREFIX) === true)) {
    throw invalidRequest('Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.');
  }
  const [algorithm] = found;
  if (algorithm !== undefined) {
    const header = CHECKSUM_PREFIX + algorithm;
    return { algorithm, header, value: single(headers[header]) };
  }
  if (trailer?.startsWith(CHECKSUM_PREFIX)) {
    const name = trailer.slice(CHECKSUM_PREFIX.length);
    if (!isChecksumAlgorithm(name))
      throw invalidRequest('The value specified in the x-amz-trailer header is not supported');
    return { algorithm: name, header: trailer, value: undefined };
  }
  if (headers['x-amz-sdk-checksum-algorithm'] !== undefined) {
    throw invalidRequest(
      'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
    );
  }
  return undefined;
}

function checkContentMd5(header: string | string[] | undefined): void {
  const value = single(header);
  if (value === undefined) return;
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length !== 16 || bytes.toString('base64') !== value) throw new S3Error('InvalidDigest');
}

function bodyLength(headers: IncomingHttpHeaders, chunked: boolean): number {
  const header = chunked ? headers['x-amz-decoded-content-length'] : headers['content-length'];
  const value = single(header);
  if (value === undefined || !/^\d{1,15}$/.test(value)) throw new S3Error('MissingContentLength');
  return Number(value);
}

const isAwsChunked = (headers: IncomingHttpHeaders): boolean =>
  headers['content-encoding']?.split(',').some((coding) => coding.trim() === 'aws-chunked') === true;

const single = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value.join(',') : value;

/** `writeSync` may write less than it was given. */
function writeFully(fd: number, data: Buffer): void {
  for (let at = 0; at < data.length; ) at += writeSync(fd, data, at);
}
