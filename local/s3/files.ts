import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

/** MD5 of an open file as hex; closes it. */
export async function md5OfFile(fd: number): Promise<string> {
  const hash = createHash('md5');
  await pipeline(createReadStream('', { fd, highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}
