import * as zlib from 'node:zlib';
import { inflateAll, inflateStream, sniff, UnreadableObjectError } from '../../lib/rows';

const LIMIT = 1024 * 1024;
const gzip = (text: string): Buffer => zlib.gzipSync(text);

/** Frames made by the zstd command: `hello hello hello hello hello hello\n` with a checksum, `world\n` without. */
const HELLO = Buffer.from('KLUv/SQkbQAAOGhlbGxvIAoBALlLEWsfCGc=', 'base64');
const WORLD = Buffer.from('KLUv/SAGMQAAd29ybGQK', 'base64');
const HELLO_TEXT = 'hello hello hello hello hello hello\n';
const SKIPPABLE = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);

async function streamed(bytes: Buffer, step: number, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += step) chunks.push(bytes.subarray(at, at + step));
  const parts: Buffer[] = [];
  for await (const part of inflateStream(chunks, limit)) parts.push(part);
  return Buffer.concat(parts).toString();
}

/** All ways of reading must agree: at once, and as a stream in chunks of one byte, of a few, and of all. */
async function inflated(bytes: Buffer, limit = LIMIT): Promise<string> {
  const results = new Set<string>();
  const outcome = async (read: () => string | Promise<string>): Promise<void> => {
    try {
      results.add(await read());
    } catch (error) {
      expect(error).toBeInstanceOf(UnreadableObjectError);
      results.add('unreadable');
    }
  };
  await outcome(() => inflateAll(bytes, limit).toString());
  for (const step of [1, 5, bytes.length + 1]) await outcome(() => streamed(bytes, step, limit));
  expect([...results]).toHaveLength(1);
  return [...results][0] as string;
}

test.each([
  ['gzip', gzip('x')],
  ['zstd', HELLO],
  ['zstd', SKIPPABLE],
  ['parquet', Buffer.from('PAR1....')],
  ['plain', Buffer.from('{"id":1}')],
  ['plain', Buffer.alloc(0)],
  ['plain', Buffer.from([0x1f])],
  ['gzip', Buffer.from([0x1f, 0x8b])],
  ['plain', Buffer.from([0x1f, 0x8c, 8, 0])],
  ['plain', Buffer.from([0x1e, 0x8b, 8, 0])],
  ['zstd', Buffer.from([0x5f, 0x2a, 0x4d, 0x18])],
  ['plain', Buffer.from([0x60, 0x2a, 0x4d, 0x18])],
  ['plain', Buffer.from([0x28, 0xb5, 0x2f, 0xfc])],
  ['plain', Buffer.from([0x28, 0xb5, 0x2f])],
  ['parquet', Buffer.from('PAR1')],
  ['plain', Buffer.from('PAR')],
  ['plain', Buffer.from('PAR2')],
])('tells %s by its first bytes', (content, bytes) => {
  expect(sniff(bytes)).toBe(content);
});

test.each([
  ['plain bytes', Buffer.from('hello\n'), 'hello\n'],
  ['nothing', Buffer.alloc(0), ''],
  ['one byte', Buffer.from('x'), 'x'],
  ['gzip', gzip('hello\n'), 'hello\n'],
  ['gzip of nothing', gzip(''), ''],
  ['concatenated gzip', Buffer.concat([gzip('hello\n'), gzip(''), gzip('world\n')]), 'hello\nworld\n'],
  ['gzip with a zero behind it', Buffer.concat([gzip('hello\n'), Buffer.alloc(1)]), 'hello\n'],
  ['gzip padded to a block', Buffer.concat([gzip('hello\n'), gzip('world\n'), Buffer.alloc(4096)]), 'hello\nworld\n'],
  ['zstd', HELLO, HELLO_TEXT],
  [
    'concatenated zstd',
    Buffer.concat([SKIPPABLE, HELLO, WORLD, SKIPPABLE, HELLO]),
    `${HELLO_TEXT}world\n${HELLO_TEXT}`,
  ],
])('inflates %s', async (_, bytes, text) => {
  expect(await inflated(bytes)).toBe(text);
});

const flipped = (bytes: Buffer, fromEnd: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[copy.length - fromEnd] = (copy.at(-fromEnd) as number) ^ 1;
  return copy;
};
const member = gzip('hello\n');

test.each([
  ['gzip without its trailer', member.subarray(0, -8)],
  ['gzip cut by one byte', member.subarray(0, -1)],
  ['gzip with a wrong checksum', flipped(member, 6)],
  ['gzip with a wrong length', flipped(member, 2)],
  ['a second gzip member cut short', Buffer.concat([member, member.subarray(0, 6)])],
  ['a second gzip member of one byte', Buffer.concat([member, member.subarray(0, 1)])],
  ['text behind gzip', Buffer.concat([member, Buffer.from('{"id":1}\n')])],
  ['zeros and text behind gzip', Buffer.concat([member, Buffer.alloc(9), Buffer.from('x')])],
  ['zeros behind a gzip member cut short', Buffer.concat([member.subarray(0, -8), Buffer.alloc(9)])],
  ['zeros behind zstd', Buffer.concat([HELLO, Buffer.alloc(9)])],
  ['zeros and another member behind gzip', Buffer.concat([member, Buffer.alloc(9), member])],
  ['nothing but a gzip magic', Buffer.from([0x1f, 0x8b])],
  ['zstd cut by one byte', HELLO.subarray(0, -1)],
  ['zstd without its last block', WORLD.subarray(0, 10)],
  ['a second zstd frame cut short', Buffer.concat([HELLO, WORLD.subarray(0, -2)])],
  ['a second zstd frame of two bytes', Buffer.concat([HELLO, WORLD.subarray(0, 2)])],
  ['text behind zstd', Buffer.concat([HELLO, Buffer.from('{"id":1}\n')])],
])('does not take %s for a whole object', async (_, bytes) => {
  expect(await inflated(bytes)).toBe('unreadable');
});

test.each<[what: string, bytes: Buffer, message: string]>([
  ['gzip cut by one byte', member.subarray(0, -1), 'its gzip data is truncated or corrupt: unexpected end of file'],
  ['gzip with a wrong checksum', flipped(member, 6), 'its gzip data is truncated or corrupt: incorrect data check'],
  ['gzip with a wrong length', flipped(member, 2), 'its gzip data is truncated or corrupt: incorrect length check'],
  [
    'text behind gzip',
    Buffer.concat([member, Buffer.from('{"id":1}\n')]),
    'its gzip data is truncated or corrupt: incorrect header check',
  ],
  [
    'zeros and text behind gzip',
    Buffer.concat([member, Buffer.alloc(9), Buffer.from('x')]),
    'other bytes follow its gzip data',
  ],
  ['zeros and gzip behind gzip', Buffer.concat([member, Buffer.alloc(1), member]), 'other bytes follow its gzip data'],
  ['zstd cut by one byte', HELLO.subarray(0, -1), 'its zstd data is truncated or corrupt: unexpected end of file'],
  [
    'zstd cut within its magic',
    Buffer.concat([HELLO, WORLD.subarray(0, 2)]),
    'its zstd data is truncated or corrupt: unexpected end of file',
  ],
])('says what is wrong with %s', async (_, bytes, message) => {
  // What JavaScript inflates where Node.js has no zstd has words of its own.
  const isOwn = 'createZstdDecompress' in zlib || !message.includes('zstd');
  const expected = isOwn ? message : expect.stringMatching(/^its zstd data is truncated or corrupt: \S/);
  const messages: unknown[] = [];
  const note = (error: unknown): void => {
    expect(error).toBeInstanceOf(UnreadableObjectError);
    messages.push((error as Error).message);
  };
  try {
    inflateAll(bytes, LIMIT);
  } catch (error) {
    note(error);
  }
  for (const step of [1, 5, bytes.length]) await streamed(bytes, step, LIMIT).catch(note);
  expect(messages).toEqual([expected, expected, expected, expected]);
});

test.each([
  ['plain', Buffer.from('x'.repeat(11))],
  ['gzip', gzip('x'.repeat(11))],
  ['zstd', WORLD],
])('%s data that inflates to more than it may is said to', async (_, bytes) => {
  const limit = bytes === WORLD ? 5 : 10;
  const message = `it inflates to more than ${limit} bytes`;
  expect(() => inflateAll(bytes, limit)).toThrow(new UnreadableObjectError(message));
  for (const step of [1, 100]) {
    await expect(streamed(bytes, step, limit)).rejects.toThrow(new UnreadableObjectError(message));
  }
  expect(inflateAll(bytes, limit + 1)).toHaveLength(limit + 1);
  expect(await streamed(bytes, 3, limit + 1)).toHaveLength(limit + 1);
});

test('plain bytes are passed on as they are, and no others are copied', () => {
  const bytes = Buffer.from('{"id":1}\n');
  expect(inflateAll(bytes, LIMIT)).toBe(bytes);
});

test('the first chunk is long enough to tell what the bytes are, and the others are as they come', async () => {
  const source = Array.from({ length: 300 }, (_, n) => Buffer.from([97 + (n % 26)]));
  const parts: number[] = [];
  for await (const part of inflateStream(source, LIMIT)) parts.push(part.length);
  expect(parts).toEqual([262, ...Array<number>(38).fill(1)]);
  const none: Buffer[] = [];
  for await (const part of inflateStream([Buffer.alloc(0)], LIMIT)) none.push(part);
  expect(none).toEqual([]);
});

test('members and frames of many chunks, each of any length', async () => {
  const texts = Array.from({ length: 40 }, (_, n) => `${n}:`.repeat(n * 97));
  const bytes = Buffer.concat([...texts.map(gzip), Buffer.alloc(700)]);
  for (const step of [1, 13, 512, 70_000]) expect(await streamed(bytes, step, LIMIT)).toBe(texts.join(''));
  expect(inflateAll(bytes, LIMIT).toString()).toBe(texts.join(''));
  const frames = Buffer.concat(
    Array.from({ length: 30 }, (_, n) => (n % 3 === 0 ? SKIPPABLE : n % 3 === 1 ? HELLO : WORLD)),
  );
  for (const step of [1, 7, 64]) expect(await streamed(frames, step, LIMIT)).toBe(`${HELLO_TEXT}world\n`.repeat(10));
  expect(inflateAll(frames, LIMIT).toString()).toBe(`${HELLO_TEXT}world\n`.repeat(10));
});

test('a truncated gzip object is noticed wherever it is cut', () => {
  const bytes = gzip('{"id":1}\n'.repeat(20));
  for (let length = 3; length < bytes.length; length++) {
    expect(() => inflateAll(bytes.subarray(0, length), LIMIT)).toThrow(UnreadableObjectError);
  }
});

test('the limit counts inflated bytes, to the last one', async () => {
  const bytes = Buffer.concat([gzip('x'.repeat(500)), gzip('y'.repeat(500))]);
  expect(await inflated(bytes, 1000)).toHaveLength(1000);
  expect(await inflated(bytes, 999)).toBe('unreadable');
  expect(await inflated(Buffer.concat([WORLD, HELLO]), 42)).toHaveLength(42);
  expect(await inflated(Buffer.concat([WORLD, HELLO]), 41)).toBe('unreadable');
  expect(await inflated(Buffer.from('plain'), 4)).toBe('unreadable');
});

test('a gzip bomb is refused before it has unfolded', async () => {
  const bomb = zlib.gzipSync(Buffer.alloc(64 * LIMIT));
  let seen = 0;
  const read = async (): Promise<void> => {
    for await (const part of inflateStream([bomb], LIMIT)) seen += part.length;
  };
  await expect(read()).rejects.toThrow(`it inflates to more than ${LIMIT} bytes`);
  expect(seen).toBeLessThanOrEqual(LIMIT);
  expect(() => inflateAll(bomb, LIMIT)).toThrow(`it inflates to more than ${LIMIT} bytes`);
});

test('an error of the source passes through unchanged, for it says nothing about the object', async () => {
  async function* broken(): AsyncGenerator<Buffer> {
    yield member.subarray(0, 12);
    throw new Error('socket hang up');
  }
  const read = async (): Promise<void> => {
    for await (const part of inflateStream(broken(), LIMIT)) expect(part.length).toBeGreaterThan(0);
  };
  await expect(read()).rejects.toThrow(new Error('socket hang up'));
});

test('a reader that stops early closes the source', async () => {
  let closed = false;
  async function* source(): AsyncGenerator<Buffer> {
    try {
      for (;;) yield gzip('hello\n');
    } finally {
      closed = true;
    }
  }
  for await (const part of inflateStream(source(), LIMIT)) {
    expect(part.toString()).toContain('hello\n');
    break;
  }
  expect(closed).toBe(true);
});
