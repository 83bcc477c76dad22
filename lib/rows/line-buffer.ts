import * as words from './words';

const { viewOf } = words;

/** Below what an allocator maps anew each time (128 KiB with glibc), so that memory that is free again is taken. */
const BATCH_BYTES = 120 * 1024;

/** Memory for lines, one after another. What was written is never written again: it may have been passed on. */
export class LineBuffer {
  bytes = Buffer.alloc(0);
  /** The same bytes, to be written as words. */
  view = viewOf(this.bytes);
  /** Where the next line begins. */
  used = 0;

  /** Makes room for so many bytes behind the last line. */
  reserve(length: number): void {
    if (this.used + length <= this.bytes.length) return;
    this.bytes = Buffer.allocUnsafeSlow(Math.max(BATCH_BYTES, length));
    this.view = viewOf(this.bytes);
    this.used = 0;
  }
}
