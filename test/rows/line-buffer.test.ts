/** Memory for lines: what was written stays, and room is made where there is none. */
import { LineBuffer } from '../../lib/rows/line-buffer';

test('lines share memory as long as there is room in it', () => {
  const lines = new LineBuffer();
  lines.reserve(100);
  const first = lines.bytes;
  expect([first.length, lines.used]).toEqual([120 * 1024, 0]);
  lines.used = 100;
  lines.reserve(first.length - 100);
  expect([lines.bytes === first, lines.used]).toEqual([true, 100]);
  lines.reserve(first.length - 99);
  expect([lines.bytes === first, lines.used]).toEqual([false, 0]);
});

test('a longer line gets memory of its length, and words are those of the bytes', () => {
  const lines = new LineBuffer();
  lines.reserve(200_000);
  expect(lines.bytes).toHaveLength(200_000);
  lines.bytes.write('abcd');
  expect(lines.view.getInt32(0, true)).toBe(0x64636261);
});
