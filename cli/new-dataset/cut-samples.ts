import { createWriteStream } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { UnreadableObjectError } from '../../lib/rows';
import { bytes, plural } from '../format';
import { contentOf, decoded } from '../input/decode';
import type { LeftOut } from '../input/discover';
import type { S3Limits } from './s3-samples';
import type { FoundFiles, SampleFile } from './samples';

/** What a byte of compressed data about inflates to. */
const INFLATED = 8;
/** The least that is read of a file. */
const LEAST_BYTES = 1024 * 1024;

/** Files of which as much is taken as is to be read, and what was taken, in words, where it is not all. */
export interface CutFiles extends FoundFiles {
  readonly taken?: string;
}

/**
 * As much of files as is to be read, so that time and memory have a bound: all of them, or some that are spread evenly, of the
 * larger ones the first lines.
 *
 * @param scratch folder for links and copies
 */
export async function cutSamples(found: FoundFiles, limits: S3Limits, scratch: string): Promise<CutFiles> {
  const sizes = await Promise.all(found.files.map(inflatedSize));
  const all = sizes.reduce((sum, size) => sum + size, 0);
  if (all <= limits.maxBytes) return found;
  const most = Math.min(limits.maxObjects, Math.max(1, Math.floor(limits.maxBytes / LEAST_BYTES)));
  const step = Math.max(1, found.files.length / most);
  const chosen = Array.from({ length: Math.min(most, found.files.length) }, (_, n) => Math.floor(n * step));
  const share = Math.max(LEAST_BYTES, Math.floor(limits.maxBytes / chosen.length));
  const folder = join(scratch, 'cut');
  const leftOut: LeftOut[] = [];
  const files: SampleFile[] = [];
  let cut = 0;
  for (const index of chosen) {
    const file = found.files[index];
    if (file === undefined) continue;
    const path = join(folder, file.relative);
    await mkdir(dirname(path), { recursive: true });
    if ((sizes[index] ?? 0) <= share) {
      await symlink(file.path, path);
      files.push(file);
      continue;
    }
    const reason = await copyHead(file, path, share);
    if (reason !== undefined) leftOut.push({ file: file.relative, reason });
    else files.push({ path, relative: file.relative, size: share });
    cut += 1;
  }
  const taken = `${plural(files.length, 'file')} of ${found.files.length}, ${cut} of them cut to ${bytes(share)}: --max-mib and --max-objects say how much is read`;
  return { folder, files, leftOut: [...found.leftOut, ...leftOut], taken };
}

async function inflatedSize({ path, size }: SampleFile): Promise<number> {
  const content = await contentOf(path).catch(() => 'plain' as const);
  return content === 'gzip' || content === 'zstd' ? size * INFLATED : size;
}

/** Copies the first lines. @returns why it cannot, if it cannot */
async function copyHead({ path, size }: SampleFile, to: string, most: number): Promise<string | undefined> {
  if ((await contentOf(path)) === 'parquet') return `${bytes(size)} of Parquet, more than is read: name a smaller file`;
  let hasLine = false;
  async function* head(): AsyncGenerator<Buffer> {
    let left = most;
    // A line ends where the next one begins: what is held is not written until its end has come.
    let held: Buffer[] = [];
    for await (const chunk of decoded(path, true)) {
      const part = chunk.subarray(0, left);
      left -= part.length;
      const end = part.lastIndexOf(0x0a) + 1;
      if (end > 0) {
        hasLine = true;
        yield Buffer.concat([...held, part.subarray(0, end)]);
        held = [];
      }
      held.push(Buffer.from(part.subarray(end)));
      if (left === 0) return;
    }
    yield Buffer.concat(held);
    hasLine = true;
  }
  try {
    await pipeline(Readable.from(head()), createWriteStream(to));
  } catch (error) {
    if (error instanceof UnreadableObjectError) return error.message;
    throw error;
  }
  return hasLine ? undefined : `one line of more than ${bytes(most)}: name a smaller file`;
}
