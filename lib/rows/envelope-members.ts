import type { SourcePath } from '../dataset/model';

/** Members of a level that are remembered, and the longest name of one, in bytes. */
const MAX_MEMBERS = 100;
const MAX_NAME_BYTES = 256;

/** What is known of a member of an envelope by its name. */
export interface EnvelopeMember {
  readonly name: string;
  /** The same from the envelope on, with dots between. */
  readonly path: string;
  /** Whether it is a member that leads to the records, or holds them. */
  readonly isOnPath: boolean;
  /** Numbers of the carried members that it is or holds, with the names that lead to each from it. */
  readonly carries: readonly { readonly index: number; readonly rest: SourcePath }[];
  /** Its name as it was written, with its quotes. */
  readonly token: Buffer;
  /** What came after it last time: producers keep an order. */
  next: EnvelopeMember | undefined;
}

/** The members of one level of envelopes. Names are read once, and then known by their bytes. */
export class EnvelopeLevel {
  readonly #unwrap: SourcePath;
  readonly #carry: readonly SourcePath[];
  readonly #level: number;
  readonly #known = new Map<string, EnvelopeMember>();
  #first: EnvelopeMember | undefined;

  constructor(unwrap: SourcePath, carry: readonly SourcePath[], level: number) {
    this.#unwrap = unwrap;
    this.#carry = carry;
    this.#level = level;
  }

  /** @param previous the member before it in its object, if it is not the first */
  at(buf: Buffer, from: number, to: number, previous: EnvelopeMember | undefined): EnvelopeMember {
    const likely = previous === undefined ? this.#first : previous.next;
    if (likely !== undefined && isAt(likely.token, buf, from, to)) return likely;
    const found = this.#find(buf, from, to);
    if (found === undefined) return this.#read(buf, from, to);
    if (previous === undefined) this.#first = found;
    else previous.next = found;
    return found;
  }

  /** One that is remembered, if there is room for it. */
  #find(buf: Buffer, from: number, to: number): EnvelopeMember | undefined {
    if (to - from > MAX_NAME_BYTES) return undefined;
    const text = buf.toString('latin1', from, to);
    const known = this.#known.get(text);
    if (known !== undefined || this.#known.size === MAX_MEMBERS) return known;
    const found = this.#read(buf, from, to);
    this.#known.set(text, found);
    return found;
  }

  #read(buf: Buffer, from: number, to: number): EnvelopeMember {
    const level = this.#level;
    const name = JSON.parse(buf.toString('utf8', from, to)) as string;
    const above = this.#unwrap.slice(0, level);
    return {
      name,
      path: [...above, name].join('.'),
      isOnPath: name === this.#unwrap[level],
      carries: this.#carry.flatMap((path, index) => {
        const leads = path[level] === name && above.every((one, depth) => one === path[depth]);
        return leads ? [{ index, rest: path.slice(level + 1) }] : [];
      }),
      token: Buffer.from(buf.subarray(from, to)),
      next: undefined,
    };
  }
}

function isAt(token: Buffer, buf: Buffer, from: number, to: number): boolean {
  if (to - from !== token.length) return false;
  for (let i = 0; i < token.length; i++) if (buf[from + i] !== token[i]) return false;
  return true;
}
