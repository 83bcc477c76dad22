import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { inflateStream, sniff, UnreadableObjectError } from '../../lib/rows';

/** Told by the first bytes, because names lie. */
export async function contentOf(path: string): Promise<ReturnType<typeof sniff>> {
  const file = await open(path);
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return sniff(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

/** What a file holds, when it is known and nothing that is read: an archive, another compression, another format. */
export async function foreignContent(path: string): Promise<string | undefined> {
  try {
    for await (const _ of decoded(path)) break;
    return undefined;
  } catch (error) {
    // What is damaged is data that got lost: it is taken in, and then told by the account.
    if (error instanceof UnreadableObjectError)
      return / which is not read\b/.test(error.message) ? error.message : undefined;
    throw error;
  }
}

/**
 * The content of a plain, gzip or zstd file, piece by piece and with flat memory; a byte order mark at its start is left
 * out, unless it is wanted.
 *
 * @throws UnreadableObjectError when the compressed data is damaged or cut off
 */
export async function* decoded(path: string, withMark = false): AsyncGenerator<Buffer> {
  const source = createReadStream(path, { highWaterMark: 256 * 1024 });
  let first = true;
  // Size is no reason to refuse a file here: large ones are split.
  for await (const chunk of inflateStream(source as AsyncIterable<Buffer>, Number.MAX_SAFE_INTEGER)) {
    if (chunk.length === 0) {
      continue;
    }
    const marked = !withMark && first && chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf;
    yield marked ? chunk.subarray(3) : chunk;
    first = false;
  }
}
