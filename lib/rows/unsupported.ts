import { isUtf8 } from 'node:buffer';
import { UnreadableObjectError } from './errors';

/** Bytes of the beginning that tell every format: a tar archive names itself at byte 257. */
export const TELLING_BYTES = 262;

interface Signature {
  readonly name: string;
  readonly magic: Buffer;
  readonly at: number;
  /** Lines may begin so too: then a control character must follow that no text has. */
  readonly likeText?: boolean;
}

const hex = (name: string, magic: string): Signature => ({ name, magic: Buffer.from(magic, 'hex'), at: 0 });
const ascii = (name: string, magic: string): Signature => ({ name, magic: Buffer.from(magic, 'latin1'), at: 0 });

const SIGNATURES: readonly Signature[] = [
  // https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT; the second one is an empty archive.
  hex('a zip archive', '504b0304'),
  hex('a zip archive', '504b0506'),
  ...Array.from({ length: 9 }, (_, level) => ascii('bzip2', `BZh${level + 1}1AY&SY`)),
  // Of nothing: the end of the stream follows at once.
  ...Array.from({ length: 9 }, (_, level) => ascii('bzip2', `BZh${level + 1}\x17\x72\x45\x38\x50\x90`)),
  hex('xz', 'fd377a585a00'), // https://tukaani.org/xz/xz-file-format.txt
  hex('LZMA', '5d00008000'),
  // https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md, and its legacy frame
  hex('lz4', '04224d18'),
  hex('lz4', '02214c18'),
  // https://github.com/google/snappy/blob/main/framing_format.txt, and the stream of snappy-java
  hex('snappy', 'ff060000734e61507059'),
  hex('snappy', '82534e4150505900'),
  hex('compress (.Z)', '1f9d'),
  hex('a 7z archive', '377abcaf271c'),
  ascii('a RAR archive', 'Rar!\x1a\x07'),
  { ...ascii('a tar archive', 'ustar'), at: 257, likeText: true },
  ascii('Avro', 'Obj\x01'),
  { ...ascii('ORC', 'ORC'), likeText: true },
  { ...ascii('encrypted Parquet', 'PARE'), likeText: true },
  ascii('Arrow', 'ARROW1\0\0'),
  // Before UTF-16: its mark begins with the same two bytes.
  hex('UTF-32 text', 'fffe0000'),
  hex('UTF-32 text', '0000feff'),
  { ...hex('UTF-16 text', 'fffe'), likeText: true },
  { ...hex('UTF-16 text', 'feff'), likeText: true },
];

const READ = 'Objects are read in UTF-8, plain or compressed once with gzip or zstd, or as Parquet';

/**
 * Refuses content that is known and not read, by name: without it every line of it would be "not UTF-8".
 *
 * @param head the first `TELLING_BYTES` bytes or more, or all of a shorter object
 * @param outer the compression that the content was in, if any
 * @throws UnreadableObjectError
 */
export function refuseUnsupported(head: Buffer, outer?: 'gzip' | 'zstd'): void {
  const name = nameUnsupported(head) ?? (outer === undefined ? undefined : nameNested(head));
  if (name === undefined) return;
  const what = outer === undefined ? `it is ${name}` : `its ${outer} data is ${name}`;
  throw new UnreadableObjectError(`${what}, which is not read. ${READ}`);
}

function nameUnsupported(head: Buffer): string | undefined {
  const found = SIGNATURES.find(
    ({ magic, at, likeText }) =>
      head[at] === magic[0] &&
      head.subarray(at, at + magic.length).equals(magic) &&
      (likeText !== true || isBinary(head)),
  );
  if (found !== undefined) return found.name;
  if (isUnmarkedUtf16(head)) return 'UTF-16 text';
  return isSnappy(head) ? 'snappy' : undefined;
}

/** Whether there is a control character before the tab, which is the first that text has. */
const isBinary = (head: Buffer): boolean => head.subarray(0, TELLING_BYTES).some((byte) => byte < 9);

/** Two characters of ASCII, each in two bytes. */
function isUnmarkedUtf16(head: Buffer): boolean {
  const [a, b, c, d] = head;
  const printable = (byte: number | undefined): boolean => byte !== undefined && byte > 8 && byte < 127;
  return (b === 0 && d === 0 && printable(a) && printable(c)) || (a === 0 && c === 0 && printable(b) && printable(d));
}

/** Formats that are read on their own, but not inside of another compression. */
function nameNested(head: Buffer): string | undefined {
  if (head.subarray(0, 3).equals(Buffer.of(0x1f, 0x8b, 8))) return 'gzip once more';
  if (head.subarray(0, 4).equals(Buffer.of(0x28, 0xb5, 0x2f, 0xfd))) return 'zstd once more';
  if (head.subarray(0, 4).equals(Buffer.from('PAR1'))) return 'Parquet';
  return undefined;
}

/** Snappy without a frame has no magic number, neither raw nor in Hadoop's blocks: its elements tell it. */
function isSnappy(head: Buffer): boolean {
  // Hadoop: length of the block and of its compressed chunk, both big-endian, then raw snappy.
  if (head.length > 12 && head[0] === 0 && head[4] === 0) {
    const length = head.readUInt32BE(0);
    const raw = head.subarray(8, 8 + head.readUInt32BE(4));
    return raw.length > 0 && (varint(raw)?.value ?? 0) > 0 && (varint(raw)?.value ?? 0) <= length && isRawSnappy(raw);
  }
  // Raw: below 128 bytes of content the first byte is ASCII, and so little is not worth a guess.
  return (head[0] ?? 0) > 0x7f && !isUtf8(head.subarray(0, TELLING_BYTES)) && isRawSnappy(head);
}

/** Whether bytes begin as snappy does: the length, then elements that fit what came before them. */
function isRawSnappy(bytes: Buffer): boolean {
  const length = varint(bytes);
  if (length === undefined) return false;
  let produced = 0;
  let elements = 0;
  let at = length.bytes;
  while (at < bytes.length && produced < length.value) {
    const tag = bytes[at] as number;
    const kind = tag & 3;
    if (kind === 0) {
      const extra = Math.max(0, (tag >> 2) - 59);
      if (at + extra >= bytes.length) break;
      const size = (extra === 0 ? tag >> 2 : bytes.readUIntLE(at + 1, extra)) + 1;
      produced += size;
      at += 1 + extra + size;
    } else {
      const width = kind === 3 ? 4 : kind;
      if (at + width >= bytes.length) break;
      const offset = kind === 1 ? ((tag >> 5) << 8) | (bytes[at + 1] as number) : bytes.readUIntLE(at + 1, width);
      if (offset === 0 || offset > produced) return false;
      produced += kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
      at += 1 + width;
    }
    elements++;
  }
  // An object that ends here ends with its content.
  return elements > 0 && produced <= length.value && (at <= bytes.length || elements > 1 || at > TELLING_BYTES);
}

/** A number in little-endian groups of seven bits, at most 32 bits. */
function varint(bytes: Buffer): { readonly value: number; readonly bytes: number } | undefined {
  let value = 0;
  for (let i = 0; i < 5; i++) {
    const byte = bytes[i];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return value < 2 ** 32 && value > 0 ? { value, bytes: i + 1 } : undefined;
  }
  return undefined;
}
