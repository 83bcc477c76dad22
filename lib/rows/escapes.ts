import { isUtf8 } from 'node:buffer';
import { ASCII } from './bytes';

const { BACKSLASH } = ASCII;
const LOWER_X = 0x78;
const UPPER_N = 0x4e;

/** What a letter after a backslash stands for: the control characters of MySQL and PostgreSQL. */
const CONTROLS = new Map(
  Object.entries({ b: 8, f: 12, n: 10, r: 13, t: 9, v: 11, '0': 0, Z: 26 }).map(([letter, code]) => [
    letter.charCodeAt(0),
    code,
  ]),
);

/** Whether a text is what stands for null in PostgreSQL, MySQL and Hive. */
export const isNullEscape = (source: Buffer, from: number, to: number): boolean =>
  to - from === 2 && source[from] === BACKSLASH && source[from + 1] === UPPER_N;

/**
 * The text that a field with backslashes stands for. Bytes beyond ASCII that are written as `\xHH`, as web servers do, stay as
 * they are where those that stand together make no UTF-8.
 *
 * @param doubled the quote, where two of them stand for one
 */
export function unescaped(source: Buffer, from: number, to: number, doubled: number): Buffer {
  const target = Buffer.allocUnsafe(to - from);
  let end = 0;
  for (let i = from; i < to; i++) {
    const byte = source[i] as number;
    if (byte === doubled) {
      target[end++] = byte;
      i++;
    } else if (byte !== BACKSLASH || i + 1 === to) {
      target[end++] = byte;
    } else {
      const letter = source[++i] as number;
      const hex = letter === LOWER_X ? hexAt(source, i + 1, to) : -1;
      if (hex >= 0x80) {
        const start = i - 1;
        const bytes = bytesAt(source, start, to);
        const after = start + 4 * bytes.length;
        const text = isUtf8(bytes) ? bytes : source.subarray(start, after);
        end += text.copy(target, end);
        i = after - 1;
      } else if (hex >= 0) {
        target[end++] = hex;
        i += 2;
      } else {
        target[end++] = CONTROLS.get(letter) ?? letter;
      }
    }
  }
  return target.subarray(0, end);
}

/** Bytes beyond ASCII that are written one after the other as `\xHH`. */
function bytesAt(source: Buffer, from: number, to: number): Buffer {
  const bytes: number[] = [];
  for (let i = from; source[i] === BACKSLASH && source[i + 1] === LOWER_X; i += 4) {
    const byte = hexAt(source, i + 2, to);
    if (byte < 0x80) break;
    bytes.push(byte);
  }
  return Buffer.from(bytes);
}

function hexAt(source: Buffer, at: number, to: number): number {
  if (at + 2 > to) return -1;
  const high = hexDigit(source[at] as number);
  const low = hexDigit(source[at + 1] as number);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/** Negative for what is none. */
function hexDigit(byte: number): number {
  if (byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
