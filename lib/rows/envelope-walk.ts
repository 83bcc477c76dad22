import type { SourcePath } from '../dataset/model';
import { ASCII } from './bytes';
import { skipString } from './json';
import { type Extent, LONGEST_ESCAPE, skipBlank } from './json-extent';

const { COLON, COMMA, LEFT_BRACE, QUOTE, RIGHT_BRACE } = ASCII;

/** What was found of an envelope. */
export type Found =
  /** It does not end within the bytes that were given. */
  | { readonly kind: 'open' }
  /** It is not JSON, or not what it should be. */
  | { readonly kind: 'broken'; readonly reason: string | undefined }
  /** It ends at the position, and holds no record, or no more. */
  | { readonly kind: 'ended'; readonly at: number; readonly reason: string | undefined }
  /** Its records begin at the position. */
  | { readonly kind: 'records'; readonly at: number };

export const OPEN: Found = { kind: 'open' };

/** Steps through the members of an object. */
export class Walk {
  buf: Buffer = Buffer.alloc(0);
  at = 0;
  end = 0;
  /** The name of the member that was reached last, with its quotes. */
  keyAt = 0;
  keyEnd = 0;
  fault: Found = OPEN;
  #final = false;
  readonly #extent: Extent;

  constructor(extent: Extent) {
    this.#extent = extent;
  }

  begin(buf: Buffer, at: number, end: number, final: boolean): void {
    this.buf = buf;
    this.at = at;
    this.end = end;
    this.#final = final;
  }

  get byte(): number {
    return this.buf[this.at] as number;
  }

  /** Goes on to the next byte that is not white space, if there is one. */
  next(): boolean {
    this.at = skipBlank(this.buf, this.at, this.end);
    if (this.at < this.end) return true;
    this.fault = OPEN;
    return false;
  }

  comma(): boolean {
    if (this.byte !== COMMA) return this.#broken(this.at);
    this.at++;
    return this.next();
  }

  /** Reads the name of the member that begins here; then its value stands here. */
  key(): boolean {
    const { buf } = this;
    const from = this.at;
    if (this.byte !== QUOTE) return this.#broken(from);
    const to = skipString(buf, from + 1);
    if (to < 0) return this.#broken(~to);
    this.keyAt = from;
    this.keyEnd = to;
    this.at = to;
    if (!this.next()) return false;
    if (buf[this.at] !== COLON) return this.#broken(this.at);
    this.at++;
    return this.next();
  }

  /** Goes behind the value that stands here. */
  value(): boolean {
    const found = this.#extent.scan(this.buf, this.at, this.end, this.#final);
    if (found === 'broken') return this.#broken(this.#extent.at);
    if (found === 'open') {
      this.fault = OPEN;
      return false;
    }
    this.at = this.#extent.at;
    return true;
  }

  #broken(at: number): false {
    // An escape may be cut off.
    const isCut = at >= this.end || (!this.#final && at + LONGEST_ESCAPE > this.end);
    this.fault = isCut ? OPEN : { kind: 'broken', reason: undefined };
    return false;
  }
}

/** Start and end of the member of a value that a path leads to, or its key that occurs twice; undefined where there is none. */
export function memberAt(
  buf: Buffer,
  from: number,
  to: number,
  path: SourcePath,
  extent: Extent,
): readonly [number, number] | { readonly twice: string } | undefined {
  const [name, ...rest] = path;
  if (name === undefined) return [from, to];
  if (buf[from] !== LEFT_BRACE) return undefined;
  const walk = new Walk(extent);
  walk.begin(buf, from + 1, to, true);
  let found: readonly [number, number] | undefined;
  for (;;) {
    walk.next();
    if (walk.byte === RIGHT_BRACE) break;
    if (walk.byte === COMMA) walk.comma();
    if (!walk.key()) return undefined;
    const { at, keyAt, keyEnd } = walk;
    if (!walk.value()) return undefined;
    if (JSON.parse(buf.toString('utf8', keyAt, keyEnd)) !== name) continue;
    if (found !== undefined) return { twice: name };
    found = [at, walk.at];
  }
  return found && memberAt(buf, found[0], found[1], rest, extent);
}
