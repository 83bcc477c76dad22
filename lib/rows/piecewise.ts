import { ASCII } from './bytes';
import { MAX_LINE_BYTES } from './limits';
import { firstBorder, lastBorder } from './positions';

const { NEWLINE } = ASCII;
const NEWLINE_BYTE = Buffer.of(NEWLINE);

/** Bytes without a line end that are worth looking at before one comes. */
const EAGER_BYTES = 32 * 1024;

/** Bytes of a chunk that are joined to held ones at first. */
const JOINED_BYTES = 4096;

/** The try, from 0, that joins all bytes of a chunk to held ones. */
const LAST_TRY = 2;

/**
 * Takes the pieces in `[start, end)`. A newline stands at `end` or right before it.
 *
 * @param final whether the input ends at `end`
 * @returns where the first piece begins that cannot be taken before more bytes come
 */
export type TakePieces = (buf: Buffer, start: number, end: number, final: boolean) => number;

/**
 * Hands over the bytes of an object, cut anywhere, so that each piece can be looked at as a whole. Bytes stay where they
 * are, as long as no piece goes over a border between chunks.
 */
export class Piecewise {
  /** Position in the object of the first byte of the current buffer. */
  base = 0;
  readonly #take: TakePieces;
  readonly #tooLong: () => Error;
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** Held bytes are looked at again when they are this many, so that a long piece is not scanned once a chunk. */
  #retryAt = 0;

  /** @param tooLong what to throw where a piece has more than `MAX_LINE_BYTES` */
  constructor(take: TakePieces, tooLong: () => Error) {
    this.#take = take;
    this.#tooLong = tooLong;
  }

  push(input: Buffer): void {
    let chunk = input;
    let from = 0;
    if (this.#heldBytes > 0) {
      const bytes = this.#heldBytes + chunk.length;
      const lineEnd = chunk.indexOf(NEWLINE) + 1;
      if (bytes < this.#retryAt || (lineEnd === 0 && bytes < EAGER_BYTES)) {
        this.#hold(chunk);
        return;
      }
      for (let tries = this.#retryAt > 0 ? LAST_TRY : 0; ; tries++) {
        const length = this.#joined(chunk, lineEnd, tries);
        const held = this.#heldBytes;
        const joined = Buffer.concat([...this.#held, chunk.subarray(0, length), NEWLINE_BYTE]);
        const end = joined.length - 1;
        const rest = this.#take(joined, 0, end, false);
        this.base += rest;
        this.#held = [];
        this.#heldBytes = 0;
        if (rest >= held) {
          from = rest - held;
          break;
        }
        this.#hold(joined.subarray(rest, end));
        if (length === chunk.length) {
          this.#retryLater();
          return;
        }
        chunk = chunk.subarray(length);
      }
    }
    this.base -= from;
    const lines = chunk.lastIndexOf(NEWLINE) + 1;
    if (lines > from) from = this.#take(chunk, from, lines, false);
    if (chunk.length - from > EAGER_BYTES && lines < chunk.length) from = this.#takeOpen(chunk, from);
    this.base += from;
    this.#hold(chunk.subarray(from));
    this.#retryLater();
  }

  /** Takes the end of the object. */
  end(): void {
    const bytes = Buffer.concat([...this.#held, NEWLINE_BYTE]);
    this.#held = [];
    this.#heldBytes = 0;
    this.base += this.#take(bytes, 0, bytes.length - 1, true);
  }

  /**
   * How many bytes of a chunk are joined to held ones. At first as few as will do: up to the end of the line, or to where another record
   * seems to begin, that brace included. Then up to the last such place that is near, then all.
   */
  #joined(chunk: Buffer, lineEnd: number, tries: number): number {
    if (tries === LAST_TRY) return chunk.length;
    const some = Math.min(Math.max(this.#heldBytes, JOINED_BYTES), chunk.length);
    if (tries === 0 && lineEnd > 0 && lineEnd <= some) return lineEnd;
    const border = tries === 0 ? firstBorder(chunk, 0, some) : lastBorder(chunk, 0, some);
    return border < 0 ? some : border + 1;
  }

  /**
   * Takes bytes that do not end in a newline: for the time being, the last one is a newline. What seems to be the start of a record whose
   * end has not come yet is left out, as telling that takes longer than reading several.
   */
  #takeOpen(chunk: Buffer, from: number): number {
    const border = lastBorder(chunk, Math.max(from, chunk.length - EAGER_BYTES), chunk.length);
    const last = border < 0 ? chunk.length - 1 : Math.min(border + 1, chunk.length - 1);
    const byte = chunk[last] as number;
    chunk[last] = NEWLINE;
    try {
      return this.#take(chunk, from, last, false);
    } finally {
      chunk[last] = byte;
    }
  }

  #hold(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#held.push(Buffer.from(bytes));
    this.#heldBytes += bytes.length;
    if (this.#heldBytes > MAX_LINE_BYTES) throw this.#tooLong();
  }

  #retryLater(): void {
    this.#retryAt = this.#heldBytes > EAGER_BYTES ? Math.min(this.#heldBytes * 2, MAX_LINE_BYTES) : 0;
  }
}
