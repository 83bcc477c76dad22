import { MAX_LINE_BYTES, UnreadableObjectError } from '../../lib/rows';
import { decoded } from './decode';

export interface Line {
  /** 1-based, blank lines counted. */
  readonly number: number;
  /** Without its line end. Valid until the next line is asked for. */
  readonly bytes: Buffer;
}

const NEWLINE = 0x0a;

/**
 * The lines of a text file that are not blank, with flat memory.
 *
 * @throws UnreadableObjectError when the file is damaged or a line is too long
 */
export async function* lines(path: string): AsyncGenerator<Line> {
  let number = 0;
  let held: Buffer[] = [];
  let heldBytes = 0;
  const line = (bytes: Buffer): Line | undefined => {
    number += 1;
    if (bytes.length > MAX_LINE_BYTES) {
      throw new UnreadableObjectError(`line ${number} is longer than ${MAX_LINE_BYTES} bytes`);
    }
    const end = bytes[bytes.length - 1] === 0x0d ? bytes.length - 1 : bytes.length;
    return isBlank(bytes) ? undefined : { number, bytes: bytes.subarray(0, end) };
  };
  for await (const chunk of decoded(path)) {
    let from = 0;
    for (let newline = chunk.indexOf(NEWLINE); newline !== -1; newline = chunk.indexOf(NEWLINE, from)) {
      const rest = chunk.subarray(from, newline);
      const found = line(heldBytes === 0 ? rest : Buffer.concat([...held, rest]));
      held = [];
      heldBytes = 0;
      if (found !== undefined) {
        yield found;
      }
      from = newline + 1;
    }
    held.push(Buffer.from(chunk.subarray(from)));
    heldBytes += chunk.length - from;
    if (heldBytes > MAX_LINE_BYTES) {
      throw new UnreadableObjectError(`line ${number + 1} is longer than ${MAX_LINE_BYTES} bytes`);
    }
  }
  const last = heldBytes === 0 ? undefined : line(Buffer.concat(held));
  if (last !== undefined) {
    yield last;
  }
}

function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
}
