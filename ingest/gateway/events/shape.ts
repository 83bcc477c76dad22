import { ASCII } from '../../../lib/rows/bytes';

const { BACKSLASH, COLON, COMMA, LEFT_BRACE, LEFT_BRACKET, QUOTE, RIGHT_BRACE, RIGHT_BRACKET, SPACE } = ASCII;

export interface Shape {
  /** Members at all levels together. */
  readonly fields: number;
  /** Levels of nesting: 1 for a flat object. */
  readonly depth: number;
}

/**
 * Counts what makes an event expensive, before anything is built from it. A loop, not a recursion: the depth of hostile
 * input must not become the depth of our stack. For text that is not JSON the figures mean nothing.
 */
export function measure(bytes: Buffer, start: number, end: number): Shape {
  let fields = 0;
  let depth = 0;
  let deepest = 0;
  for (let i = start; i < end; i += 1) {
    switch (bytes[i]) {
      case QUOTE:
        i = stringEnd(bytes, i, end);
        break;
      case COLON:
        fields += 1;
        break;
      case LEFT_BRACE:
      case LEFT_BRACKET:
        depth += 1;
        if (depth > deepest) deepest = depth;
        break;
      case RIGHT_BRACE:
      case RIGHT_BRACKET:
        depth -= 1;
        break;
    }
  }
  return { fields, depth: deepest };
}

/**
 * A valid JSON object without some of its own members (not those of nested objects); everything else byte for byte.
 *
 * @returns the shortened text and a newline
 */
export function withoutMembers(bytes: Buffer, start: number, end: number, names: ReadonlySet<string>): Buffer {
  const kept: Buffer[] = [];
  let at = bytes.indexOf(LEFT_BRACE, start) + 1;
  while (at < end) {
    const from = at;
    const key = bytes.indexOf(QUOTE, at);
    if (key < 0 || key >= end) break;
    const keyEnd = stringEnd(bytes, key, end) + 1;
    at = memberEnd(bytes, keyEnd, end);
    const name = JSON.parse(bytes.toString('utf8', key, keyEnd)) as string;
    if (!names.has(name)) kept.push(bytes.subarray(from, at));
    at += 1;
  }
  const parts: Buffer[] = [Buffer.from('{')];
  for (const [index, member] of kept.entries()) {
    if (index > 0) parts.push(Buffer.of(COMMA));
    parts.push(member);
  }
  parts.push(Buffer.from('}\n'));
  return Buffer.concat(parts);
}

/** The comma or brace behind a member of the outer object. */
function memberEnd(bytes: Buffer, from: number, end: number): number {
  let depth = 0;
  for (let i = from; i < end; i += 1) {
    switch (bytes[i]) {
      case QUOTE:
        i = stringEnd(bytes, i, end);
        break;
      case LEFT_BRACE:
      case LEFT_BRACKET:
        depth += 1;
        break;
      case RIGHT_BRACKET:
        depth -= 1;
        break;
      case RIGHT_BRACE:
        if (depth === 0) return trimmed(bytes, from, i);
        depth -= 1;
        break;
      case COMMA:
        if (depth === 0) return i;
        break;
    }
  }
  return end;
}

const trimmed = (bytes: Buffer, from: number, at: number): number => {
  let end = at;
  while (end > from && (bytes[end - 1] as number) <= SPACE) end -= 1;
  return end;
};

/** The closing quote of a string that opens at a position. */
function stringEnd(bytes: Buffer, open: number, end: number): number {
  for (let i = open + 1; i < end; i += 1) {
    if (bytes[i] === BACKSLASH) i += 1;
    else if (bytes[i] === QUOTE) return i;
  }
  return end;
}
