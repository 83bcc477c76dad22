import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { Decompress } from 'fzstd';

export type Compression = 'none' | 'gzip' | 'zstd';

/** A file that cannot be read to its end: it goes to quarantine as a whole. */
export class UnreadableError extends Error {
  override readonly name = 'UnreadableError';
}

/** Told by the first bytes, because names lie. */
export async function compressionOf(path: string): Promise<Compression> {
  const head = await firstBytes(path, 4);
  if (head[0] === 0x1f && head[1] === 0x8b) {
    return 'gzip';
  }
  return head.equals(Buffer.from([0x28, 0xb5, 0x2f, 0xfd])) ? 'zstd' : 'none';
}

export async function firstBytes(path: string, length: number): Promise<Buffer> {
  const file = await open(path);
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/**
 * The content of a file, inflated, piece by piece; a byte order mark at its start is left out.
 *
 * @throws UnreadableError when the compressed stream is damaged or cut off
 */
export async function* decoded(path: string, compression: Compression): AsyncGenerator<Buffer> {
  let first = true;
  for await (const chunk of inflated(path, compression)) {
    if (chunk.length === 0) {
      continue;
    }
    const marked = first && chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf;
    yield marked ? chunk.subarray(3) : chunk;
    first = false;
  }
}

async function* inflated(path: string, compression: Compression): AsyncGenerator<Buffer> {
  const source = createReadStream(path, { highWaterMark: 256 * 1024 });
  try {
    if (compression === 'gzip') {
      const inflate = createGunzip({ chunkSize: 256 * 1024 });
      source.on('error', (error) => inflate.destroy(error));
      yield* source.pipe(inflate) as AsyncIterable<Buffer>;
    } else if (compression === 'zstd') {
      yield* unzstd(source);
    } else {
      yield* source as AsyncIterable<Buffer>;
    }
  } catch (error) {
    if (compression !== 'none' && isDamage(error)) {
      throw new UnreadableError(`damaged ${compression}: ${error instanceof Error ? error.message : String(error)}`);
    }
    throw error;
  } finally {
    source.destroy();
  }
}

/** Node's own zstd came with 22.15; this one runs on 20 as well. */
async function* unzstd(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const out: Buffer[] = [];
  let complete = true;
  const inflate = new Decompress((chunk, final) => {
    out.push(Buffer.from(chunk));
    complete = final === true;
  });
  for await (const chunk of source) {
    complete = false;
    inflate.push(new Uint8Array(chunk));
    yield* out.splice(0);
  }
  inflate.push(new Uint8Array(0), true);
  yield* out.splice(0);
  if (!complete) {
    throw new Error('unexpected end of file');
  }
}

/** zlib's errors carry a Z_ code, fzstd's a number; errors of the file system carry a system call. */
const isDamage = (error: unknown): boolean => !(error instanceof Error && 'syscall' in error);
