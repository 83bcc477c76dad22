/** Frames of zstd (RFC 8878) are followed to their end, whatever their headers say and wherever they are cut. */
import { ZstdFrames } from '../../lib/rows/zstd';

const MAGIC = [0x28, 0xb5, 0x2f, 0xfd];
/** A header of three bytes: kind 0 raw, 1 repeated, 2 compressed. */
const block = (kind: number, size: number, isLast: boolean): number[] => {
  const value = (size << 3) | (kind << 1) | (isLast ? 1 : 0);
  return [value & 255, (value >> 8) & 255, value >> 16, ...Array<number>(kind === 1 ? 1 : size).fill(0xff)];
};
const fill = (count: number): number[] => Array<number>(count).fill(0xee);

/** Descriptors, and how many bytes follow them before the first block. */
const FRAMES: readonly (readonly [what: string, bytes: readonly number[]])[] = [
  ['a window, no size', [...MAGIC, 0x00, ...fill(1), ...block(0, 5, true)]],
  ['a single segment', [...MAGIC, 0x20, ...fill(1), ...block(0, 5, true)]],
  ['a single segment, with a size of two bytes', [...MAGIC, 0x60, ...fill(2), ...block(2, 7, true)]],
  ['a single segment, with a size of four bytes', [...MAGIC, 0xa0, ...fill(4), ...block(0, 1, true)]],
  ['a size of two bytes', [...MAGIC, 0x40, ...fill(3), ...block(0, 5, true)]],
  ['a size of four bytes', [...MAGIC, 0x80, ...fill(5), ...block(0, 5, true)]],
  ['a size of eight bytes', [...MAGIC, 0xc0, ...fill(9), ...block(0, 5, true)]],
  ['a dictionary of one byte', [...MAGIC, 0x01, ...fill(2), ...block(0, 5, true)]],
  ['a dictionary of two bytes', [...MAGIC, 0x02, ...fill(3), ...block(0, 5, true)]],
  ['a dictionary of four bytes', [...MAGIC, 0x03, ...fill(5), ...block(0, 5, true)]],
  ['a checksum', [...MAGIC, 0x04, ...fill(1), ...block(0, 5, true), ...fill(4)]],
  [
    'several blocks',
    [...MAGIC, 0x24, ...fill(1), ...block(0, 300, false), ...block(2, 70, false), ...block(1, 5000, true), ...fill(4)],
  ],
  ['a repeated byte that is last', [...MAGIC, 0x20, ...fill(1), ...block(1, 100_000, true)]],
  ['an empty block', [...MAGIC, 0x20, ...fill(1), ...block(0, 0, true)]],
  ['something to be skipped', [0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]],
  ['nothing to be skipped', [0x5f, 0x2a, 0x4d, 0x18, 0, 0, 0, 0]],
  ['much to be skipped', [0x50, 0x2a, 0x4d, 0x18, 1, 1, 0, 0, ...fill(257)]],
];

test.each(FRAMES)('a frame with %s is complete at its end, and nowhere before', (_, frame) => {
  const bytes = Buffer.from([...frame, ...frame]);
  for (const size of [1, 3, bytes.length]) {
    const frames = new ZstdFrames();
    expect(frames.complete).toBe(true);
    for (let at = 0; at < bytes.length; at += size) {
      frames.push(bytes.subarray(at, at + size));
      const end = Math.min(at + size, bytes.length);
      expect([end, frames.complete]).toEqual([end, end === frame.length || end === 2 * frame.length]);
    }
  }
});
