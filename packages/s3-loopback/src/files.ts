import { createHash } from 'node:crypto';
import { closeSync, createReadStream, createWriteStream, fstatSync, readSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Digest } from './checksums';
import { APPEND, CREATE, openReal, READ } from './no-links';

/** Part of a file that becomes a response body; the descriptor is closed when it has been sent. */
export interface FileSlice {
  readonly fd: number;
  readonly start: number;
  readonly length: number;
}

/** Up to this, one synchronous read costs less than a stream. */
const ONE_READ_BYTES = 1 << 20;
const BUFFER_BYTES = 1 << 20;

/** MD5 of an open file as hex; closes it. */
export async function md5OfFile(fd: number): Promise<string> {
  const hash = createHash('md5');
  const { size } = fstatSync(fd);
  if (size <= ONE_READ_BYTES) {
    const bytes = readSlice({ fd, start: 0, length: size });
    if (bytes === undefined) throw new Error('The file was changed behind the server.');
    return hash.update(bytes).digest('hex');
  }
  await pipeline(createReadStream('', { fd, highWaterMark: BUFFER_BYTES }), hash);
  return hash.digest('hex');
}

/**
 * Copies part of an open file to memory or, if it is large, to a temporary file; closes the source.
 * @throws Error when the file is shorter than it should be
 */
export async function copySlice(
  { fd, start, length }: FileSlice,
  tempFile: () => string,
  digests: readonly Digest[] = [],
): Promise<Buffer | string> {
  if (length <= ONE_READ_BYTES) {
    const bytes = readSlice({ fd, start, length });
    if (bytes === undefined) throw new Error('The file was changed behind the server.');
    for (const digest of digests) digest.update(bytes);
    return bytes;
  }
  const target = tempFile();
  await appendSlice({ fd, start, length }, target, digests);
  return target;
}

/** Appends part of an open file to another; closes the source. */
async function appendSlice(
  { fd, start, length }: FileSlice,
  target: string,
  digests: readonly Digest[],
): Promise<void> {
  const source = createReadStream('', { fd, start, end: start + length - 1, highWaterMark: BUFFER_BYTES });
  let copied = 0;
  await pipeline(
    source,
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        copied += chunk.length;
        for (const digest of digests) digest.update(chunk);
        yield chunk;
      }
    },
    createWriteStream('', { fd: openReal(target, APPEND), highWaterMark: BUFFER_BYTES }),
  );
  if (copied !== length) throw new Error('The file was changed behind the server.');
}

/** Writes files one behind the other into a new one. */
export async function concatenate(
  files: readonly { readonly path: string; readonly size: number }[],
  target: string,
  digests: readonly Digest[],
): Promise<void> {
  closeSync(openReal(target, CREATE));
  for (const { path, size } of files) {
    if (size > 0) await appendSlice({ fd: openReal(path, READ), start: 0, length: size }, target, digests);
  }
}

/** Reads part of an open file at once; closes it. @returns undefined when the file is shorter */
export function readSlice({ fd, start, length }: FileSlice): Buffer | undefined {
  try {
    const bytes = allocate(length);
    return readSync(fd, bytes, 0, length, start) === length ? bytes : undefined;
  } finally {
    closeSync(fd);
  }
}

const SLAB_BYTES = 1 << 20;
const SLAB_SHARE = SLAB_BYTES >> 4;
let slab = Buffer.alloc(0);

/** Small buffers are cut from one large block: allocating each on its own costs more than reading the file. */
function allocate(length: number): Buffer {
  if (length > SLAB_SHARE) return Buffer.allocUnsafe(length);
  if (length > slab.length) slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  const bytes = slab.subarray(0, length);
  slab = slab.subarray(length);
  return bytes;
}
