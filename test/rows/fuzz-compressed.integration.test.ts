/** Compressed objects that are broken: each is what it was, or refused with a reason; the validator sees no other bytes. */
import { gzipSync } from 'node:zlib';
import { inflateAll, inflateStream, UnreadableObjectError } from '../../lib/rows';
import { numbers, read, SUBJECTS } from './fuzz';
import { rounds } from './fuzz-rounds';

const LIMIT = 1024 * 1024;
const [subject] = SUBJECTS;
if (subject === undefined) throw new Error('there is no subject');
const TEXT = subject.text;
const half = TEXT.indexOf('\n', TEXT.length / 2) + 1;
/** Frames made by the zstd command, with and without a checksum. */
const ZSTD = Buffer.from('KLUv/SQkbQAAOGhlbGxvIAoBALlLEWsfCGc=', 'base64');
const ZSTD_TEXT = Buffer.from('hello hello hello hello hello hello\n');
const UNCHECKED = Buffer.from('KLUv/SAGMQAAd29ybGQK', 'base64');
const UNCHECKED_TEXT = Buffer.from('world\n');

interface Object {
  readonly name: string;
  readonly bytes: Buffer;
  readonly text: Buffer;
  /** Lengths at which it is whole: after each of its members. */
  readonly members: readonly (readonly [length: number, text: Buffer])[];
  /** Whether a checksum tells that a byte is another. */
  readonly isChecked: boolean;
}

function object(
  name: string,
  isChecked: boolean,
  ...members: readonly (readonly [bytes: Buffer, text: Buffer])[]
): Object {
  const ends = members.map((_, index) => {
    const whole = members.slice(0, index + 1);
    return [Buffer.concat(whole.map(([bytes]) => bytes)).length, Buffer.concat(whole.map(([, text]) => text))] as const;
  });
  const [bytes, text] = [0, 1].map((part) => Buffer.concat(members.map((member) => member[part as 0 | 1])));
  return { name, bytes: bytes as Buffer, text: text as Buffer, members: ends, isChecked };
}

const gzip = (text: Buffer): readonly [Buffer, Buffer] => [gzipSync(text), text];
// Node 20 reads zstd without its checksum.
const OBJECTS: readonly Object[] = [
  object('gzip', true, gzip(TEXT)),
  object('gzip of two members', true, gzip(TEXT.subarray(0, half)), gzip(TEXT.subarray(half))),
  object('gzip with an empty member', true, gzip(TEXT), gzip(Buffer.alloc(0))),
  object('zstd', false, [ZSTD, ZSTD_TEXT]),
  object('zstd of two frames', false, [ZSTD, ZSTD_TEXT], [UNCHECKED, UNCHECKED_TEXT]),
];

/** What it inflates to, at once and in pieces; or why it is refused. */
async function inflate(bytes: Buffer): Promise<Buffer | string> {
  const whole = await outcome(async () => inflateAll(bytes, LIMIT));
  const pieces = await outcome(async () => {
    const parts: Buffer[] = [];
    const cuts = [bytes.subarray(0, bytes.length >> 1), bytes.subarray(bytes.length >> 1)];
    for await (const part of inflateStream(cuts, LIMIT)) parts.push(Buffer.from(part));
    return Buffer.concat(parts);
  });
  // Both agree, but for the words of the reason.
  expect([typeof pieces, pieces.length > 0 || bytes.length === 0 || typeof pieces !== 'string']).toEqual([
    typeof whole,
    true,
  ]);
  if (typeof whole !== 'string') expect(pieces).toEqual(whole);
  return whole;
}

async function outcome(run: () => Promise<Buffer>): Promise<Buffer | string> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof UnreadableObjectError)) throw error;
    expect(error.message).not.toBe('');
    return error.message;
  }
}

describe.each(OBJECTS)('$name', ({ bytes, text, members, isChecked }) => {
  test('is its text', async () => {
    expect(await inflate(bytes)).toEqual(text);
  });

  test('truncated at each byte, it is refused, unless it ends with a member', async () => {
    for (let length = 1; length < bytes.length; length += 1) {
      const found = await inflate(bytes.subarray(0, length));
      const whole = members.find(([end]) => end === length)?.[1];
      // The first bytes of a few are no magic number yet: text, which the validator judges.
      const isPlain = length < 4 && typeof found !== 'string' && found.equals(bytes.subarray(0, length));
      if (!isPlain)
        expect([length, found]).toEqual([length, whole ?? expect.stringMatching(/truncated|corrupt|other bytes|not/)]);
    }
  });

  test('with each byte changed, it is refused or as it was', async () => {
    for (let at = 0; at < bytes.length; at += 1) {
      for (let round = 0; round < rounds(1, 8); round += 1) {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] as number) ^ (1 << ((at + round) % 8));
        const found = await inflate(changed);
        // Without its magic number it is no compressed object, but one that no reader of rows takes.
        const isPlain = at < 4 && typeof found !== 'string' && found.equals(changed);
        if (isPlain) expect([at, rejectsAll(changed)]).toEqual([at, true]);
        else if (typeof found !== 'string' && isChecked) expect([at, found.equals(text)]).toEqual([at, true]);
      }
    }
  });

  test('with bytes behind it, it is refused, but for zeros behind gzip', async () => {
    for (const tail of ['x', '\0', '\n', '{"id":1}\n', '\x1f', '\x1f\x8b', '\x28\xb5\x2f', '\0'.repeat(100), '\0\0x']) {
      const isPadding = bytes[0] === 0x1f && /^\0+$/.test(tail);
      expect([tail, await inflate(Buffer.concat([bytes, Buffer.from(tail, 'latin1')]))]).toEqual([
        tail,
        isPadding ? text : expect.any(String),
      ]);
    }
  });

  test('broken at random, it ends: refused, or read', async () => {
    const random = numbers(20_260_615);
    const next = (): number => random.next().value;
    for (let run = 0; run < rounds(150, 10_000); run += 1) {
      const from = next() % bytes.length;
      const to = Math.min(bytes.length, from + (next() % 12));
      const noise = Buffer.from(Array.from({ length: next() % 8 }, () => next() % 256));
      const broken = Buffer.concat([bytes.subarray(0, from), noise, bytes.subarray(to)]);
      const found = await inflate(broken);
      const isSame = broken.equals(bytes) || typeof found === 'string' || from < 4 || !isChecked;
      // A checksum of 32 bits lets nothing of so few runs through; whole members may be gone.
      if (!isSame)
        expect([
          run,
          [text, ...members.map(([, whole]) => whole)].some((whole) => whole.equals(found as Buffer)),
        ]).toEqual([run, true]);
    }
  });
});

test('an object of no bytes has no rows', async () => {
  expect(await inflate(Buffer.alloc(0))).toEqual(Buffer.alloc(0));
  expect(read(subject, Buffer.alloc(0))).toMatchObject({ output: '', rejected: [] });
});

test('gzip of nothing has no rows', async () => {
  expect(await inflate(gzipSync(''))).toEqual(Buffer.alloc(0));
});

/** Whether no row is made of the bytes. */
function rejectsAll(bytes: Buffer): boolean {
  const found = read(subject as (typeof SUBJECTS)[number], bytes);
  return typeof found === 'string' || found.output === '';
}
