import { constants } from 'node:buffer';
import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { Decompress } from 'fzstd';
import { MIB } from '../dataset/units';
import { UnreadableObjectError } from './errors';
import { refuseUnsupported, TELLING_BYTES } from './unsupported';
import { ZstdFrames } from './zstd';

/** What the first bytes of an object say it is; its name and its Content-Encoding may say otherwise. */
export type Content = 'gzip' | 'zstd' | 'parquet' | 'plain';

/** Detects the content by its magic number, in the first four bytes. */
export function sniff(bytes: Buffer): Content {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return 'gzip';
  if (bytes.length < 4) return 'plain';
  const magic = bytes.readUInt32LE(0);
  // A zstd file may begin with a skippable frame.
  if (magic === 0xfd2fb528 || (magic & 0xfffffff0) >>> 0 === 0x184d2a50) return 'zstd';
  return magic === 0x31524150 ? 'parquet' : 'plain';
}

/** zlib's zstd, which came with Node 22.15; the types of Node 20 do not know it. */
interface NativeZstd {
  zstdDecompressSync?(bytes: Buffer, options: object): { buffer: Buffer; engine: { bytesWritten: number } };
  createZstdDecompress?(options: object): Transform & { bytesWritten: number };
}
const { zstdDecompressSync, createZstdDecompress }: NativeZstd = zlib as NativeZstd;

const STREAM_OPTIONS = { chunkSize: 64 * 1024 };
const MIN_CHUNK = 64 * 1024;
const MAX_CHUNK = 4 * MIB;

/**
 * Inflates a whole object at once: the fastest way for small ones. Gzip (checksum and length verified, any number of
 * members, zeros behind the last), zstd (any number of frames; checksums verified where Node has zstd, from 22.15 on) or plain bytes, which
 * come back as they are.
 *
 * @param limit most bytes that the object may inflate to
 * @throws UnreadableObjectError when it is truncated, corrupt, followed by other bytes, too large or of a known form that
 * is not read
 */
export function inflateAll(bytes: Buffer, limit: number): Buffer {
  const content = sniff(bytes);
  const inflated = inflateContent(content, bytes, limit);
  refuseUnsupported(inflated, compressionOf(content));
  return inflated;
}

function inflateContent(content: Content, bytes: Buffer, limit: number): Buffer {
  switch (content) {
    case 'gzip':
      return gunzipAll(bytes, limit);
    case 'zstd':
      return zstdDecompressSync === undefined ? unzstdPortable(bytes, limit) : unzstdNative(bytes, limit);
    default:
      if (bytes.length > limit) throw tooLarge(limit);
      return bytes;
  }
}

const compressionOf = (content: Content | undefined): 'gzip' | 'zstd' | undefined =>
  content === 'gzip' || content === 'zstd' ? content : undefined;

function gunzipAll(bytes: Buffer, limit: number): Buffer {
  // The length in the trailer is only a hint, but a good one: with it the output needs no second buffer.
  const hint = bytes.length >= 18 ? bytes.readUInt32LE(bytes.length - 4) + 1 : 0;
  const chunkSize = Math.min(Math.max(hint, MIN_CHUNK), MAX_CHUNK);
  const maxOutputLength = Math.min(limit, constants.MAX_LENGTH);
  try {
    const options = { chunkSize, maxOutputLength, info: true };
    const { buffer, engine } = zlib.gunzipSync(bytes, options) as unknown as {
      buffer: Buffer;
      engine: { bytesWritten: number };
    };
    // zlib stops at a zero byte behind a member and ignores whatever follows.
    if (!isPadding(bytes.subarray(engine.bytesWritten))) throw trailing('gzip');
    return buffer;
  } catch (error) {
    throw unreadable('gzip', error, limit);
  }
}

function unzstdNative(bytes: Buffer, limit: number): Buffer {
  const walk = new ZstdFrames();
  walk.push(bytes);
  if (!walk.complete) throw truncated('zstd');
  const frames: Buffer[] = [];
  let inflated = 0;
  try {
    // Node inflates only the first frame and passes over the rest in silence.
    for (let rest = bytes; rest.length > 0; ) {
      const maxOutputLength = Math.min(Math.max(limit - inflated, 1), constants.MAX_LENGTH);
      const { buffer, engine } = (zstdDecompressSync as NonNullable<typeof zstdDecompressSync>)(rest, {
        maxOutputLength,
        info: true,
      });
      if (engine.bytesWritten === 0) throw trailing('zstd');
      inflated += buffer.length;
      if (inflated > limit) throw tooLarge(limit);
      frames.push(buffer);
      rest = rest.subarray(engine.bytesWritten);
    }
  } catch (error) {
    throw unreadable('zstd', error, limit);
  }
  return frames.length === 1 ? (frames[0] as Buffer) : Buffer.concat(frames);
}

function unzstdPortable(bytes: Buffer, limit: number): Buffer {
  const parts: Buffer[] = [];
  const inflater = new PortableZstd();
  // In small steps, so that a bomb is noticed before it has unfolded.
  for (const part of inflater.parts(bytes, limit)) parts.push(part);
  parts.push(...inflater.end(limit));
  return Buffer.concat(parts);
}

/** zstd in JavaScript, for Node versions without it. It notices truncation but does not verify checksums. */
class PortableZstd {
  static readonly STEP = 64 * 1024;
  readonly #parts: Buffer[] = [];
  #inflated = 0;
  readonly #inflater = new Decompress((part) => this.#parts.push(Buffer.from(part)));

  *parts(bytes: Buffer, limit: number): Generator<Buffer> {
    for (let at = 0; at < bytes.length; at += PortableZstd.STEP) {
      yield* this.#push(bytes.subarray(at, at + PortableZstd.STEP), false, limit);
    }
  }

  end(limit: number): Buffer[] {
    return this.#push(Buffer.alloc(0), true, limit);
  }

  #push(bytes: Buffer, final: boolean, limit: number): Buffer[] {
    try {
      this.#inflater.push(bytes, final);
    } catch (error) {
      throw unreadable('zstd', error, limit);
    }
    const parts = this.#parts.splice(0);
    for (const part of parts) this.#inflated += part.length;
    if (this.#inflated > limit) throw tooLarge(limit);
    return parts;
  }
}

/**
 * Inflates an object of any size in flat memory, with the same guarantees as `inflateAll`. An error of the source itself
 * is passed on unchanged.
 *
 * @param limit most bytes that the object may inflate to
 * @throws UnreadableObjectError as `inflateAll` does
 */
export async function* inflateStream(
  source: AsyncIterable<Buffer> | Iterable<Buffer>,
  limit: number,
): AsyncGenerator<Buffer> {
  let inflated = 0;
  const found: { content?: Content } = {};
  for await (const part of withWholeHead(inflateParts(withWholeHead(source), limit, found))) {
    if (inflated === 0) refuseUnsupported(part, compressionOf(found.content));
    inflated += part.length;
    if (inflated > limit) throw tooLarge(limit);
    yield part;
  }
}

/** The same bytes, the first chunk being long enough to tell what they are, if there are as many. */
async function* withWholeHead(source: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncGenerator<Buffer> {
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of source) {
    if (head === undefined) {
      yield chunk;
    } else {
      head = Buffer.concat([head, chunk]);
      if (head.length < TELLING_BYTES) continue;
      yield head;
      head = undefined;
    }
  }
  if (head !== undefined && head.length > 0) yield head;
}

async function* inflateParts(
  source: AsyncGenerator<Buffer>,
  limit: number,
  found: { content?: Content },
): AsyncGenerator<Buffer> {
  let content: Content | undefined;
  let portable: PortableZstd | undefined;
  let member: Member | undefined;
  let isPadded = false;
  const frames = new ZstdFrames();
  try {
    for await (const chunk of source) {
      content ??= sniff(chunk);
      found.content = content;
      if (content === 'plain' || content === 'parquet') {
        yield chunk;
      } else if (content === 'zstd' && createZstdDecompress === undefined) {
        portable ??= new PortableZstd();
        yield* portable.parts(chunk, limit);
      } else {
        if (content === 'zstd') frames.push(chunk);
        for (let rest = chunk; rest.length > 0; ) {
          if (isPadded) {
            if (!isPadding(rest)) throw trailing(content);
            break;
          }
          member ??= new Member(content, limit);
          const used: number = yield* member.write(rest);
          // What a member leaves over begins the next one, or is padding. That it is neither is an error then.
          if (used < rest.length) {
            if (used === 0 && member.isFresh) throw trailing(content);
            member.close();
            member = undefined;
          }
          rest = rest.subarray(used);
          isPadded = content === 'gzip' && member === undefined && rest[0] === 0;
        }
      }
    }
    if (portable !== undefined) yield* portable.end(limit);
    if (member !== undefined) yield* member.end();
    if (content === 'zstd' && portable === undefined && !frames.complete) throw truncated(content);
  } finally {
    member?.close();
  }
}

/** One run of a zlib stream, which may end before its input does. */
class Member {
  readonly #engine: Transform & { bytesWritten: number };
  readonly #content: Content;
  readonly #limit: number;
  #wake: () => void = () => undefined;
  #error: Error | undefined;
  #ended = false;

  constructor(content: Content, limit: number) {
    this.#content = content;
    this.#limit = limit;
    const create = content === 'gzip' ? zlib.createGunzip : createZstdDecompress;
    if (create === undefined) throw new RangeError(`no stream inflates ${content}`);
    this.#engine = create(STREAM_OPTIONS);
    this.#engine.on('readable', () => this.#wake());
    this.#engine.on('end', () => {
      this.#ended = true;
      this.#wake();
    });
    this.#engine.on('error', (error) => {
      this.#error ??= error;
      this.#wake();
    });
  }

  get isFresh(): boolean {
    return this.#engine.bytesWritten === 0;
  }

  /** Inflates a chunk; returns how many of its bytes belong to this member. */
  async *write(chunk: Buffer): AsyncGenerator<Buffer, number> {
    const before = this.#engine.bytesWritten;
    let written = false;
    this.#engine.write(chunk, () => {
      written = true;
      this.#wake();
    });
    yield* this.#drain(() => written);
    return this.#engine.bytesWritten - before;
  }

  async *end(): AsyncGenerator<Buffer> {
    this.#engine.end();
    yield* this.#drain(() => this.#ended);
  }

  close(): void {
    this.#engine.destroy();
  }

  async *#drain(done: () => boolean): AsyncGenerator<Buffer> {
    for (;;) {
      const awake = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      const finished = done();
      for (;;) {
        const part = this.#engine.read() as Buffer | null;
        if (part === null) break;
        yield part;
      }
      if (this.#error !== undefined) throw unreadable(this.#content, this.#error, this.#limit);
      if (finished) return;
      await awake;
    }
  }
}

/** Zeros behind the last member, up to the length of a block of a tape or disk: gzip ignores them too. */
const isPadding = (bytes: Buffer): boolean => bytes.every((byte) => byte === 0);

const tooLarge = (limit: number): UnreadableObjectError =>
  new UnreadableObjectError(`it inflates to more than ${limit} bytes`);

const truncated = (content: Content): UnreadableObjectError =>
  new UnreadableObjectError(`its ${content} data is truncated or corrupt: unexpected end of file`);

const trailing = (content: Content): UnreadableObjectError =>
  new UnreadableObjectError(`other bytes follow its ${content} data`);

function unreadable(content: Content, error: unknown, limit: number): UnreadableObjectError {
  if (error instanceof UnreadableObjectError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ERR_BUFFER_TOO_LARGE') return tooLarge(limit);
  return new UnreadableObjectError(`its ${content} data is truncated or corrupt: ${message}`);
}
