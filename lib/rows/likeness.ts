/**
 * Names that a person would take for one another: `VendorID`, `vendor-id`, ` Vendor Id` and `vendor_id`. Names match
 * exactly, so that a value under another spelling would be lost without a word; this is how such a spelling is noticed.
 */

import { pathsOf, type Sourced, Sources } from '../dataset/sources';

// A global of a vm context, as tests run in, is slow to look up.
const { imul } = Math;

/** Longer names are compared with none: a declared one has at most 255 bytes. */
const MAX_COMPARED_BYTES = 4096;

/** What separates words of a name, or cannot be seen: underscore, hyphens, dot, white space, marks of format (a BOM). */
const SEPARATORS = /[_.\p{Pd}\p{White_Space}\p{Cf}]/gu;

/** The form of a name in which look-alikes are equal: compatibility forms unified, lower case, no separators. */
export function likeness(name: string): string {
  return name.normalize('NFKC').toLowerCase().replace(SEPARATORS, '');
}

/** By ASCII byte: what it counts for in a likeness; 0 for a separator. */
const FOLDED = new Uint8Array(128).map((_, byte) => likeness(String.fromCharCode(byte)).codePointAt(0) ?? 0);

/** A hash of a name's likeness, without making a string; -1 for a name with a byte beyond ASCII. */
function likenessCode(bytes: Uint8Array, from: number, to: number): number {
  let code = 0x811c9dc5;
  for (let i = from; i < to; i++) {
    const byte = bytes[i] as number;
    if (byte > 127) return -1;
    const folded = FOLDED[byte] as number;
    if (folded !== 0) code = imul(code ^ folded, 0x01000193);
  }
  return code >>> 0;
}

/** Finds the declared names that a name looks like. */
export class Likenesses<Declared extends { readonly name: string; readonly bytes: Uint8Array }> {
  readonly #codes = new Set<number>();
  readonly #declared = new Map<string, Declared[]>();

  constructor(declared: readonly Declared[]) {
    for (const entry of declared) {
      this.#codes.add(likenessCode(entry.bytes, 0, entry.bytes.length));
      const form = likeness(entry.name);
      this.#declared.set(form, [...(this.#declared.get(form) ?? []), entry]);
    }
  }

  /** The declared names that the bytes look like, always the same array for the same names; undefined when there are none. */
  find(bytes: Buffer, from: number, to: number): readonly Declared[] | undefined {
    if (this.#codes.size === 0 || to - from > MAX_COMPARED_BYTES) return undefined;
    const code = likenessCode(bytes, from, to);
    if (code !== -1 && !this.#codes.has(code)) return undefined;
    return this.#declared.get(likeness(bytes.toString('utf8', from, to)));
  }
}

/** A declared name that is missing, and the undeclared ones that look like it. */
export interface LookAlike {
  readonly declared: string;
  readonly undeclared: readonly string[];
}

/** The declared names that are missing where undeclared ones look like them, in the order of the declaration. */
export function lookAlikes(declared: readonly Sourced[], present: readonly string[]): LookAlike[] {
  const sources = new Sources(declared);
  const undeclared = new Map<string, string[]>();
  for (const name of present) {
    if (sources.uses(name)) continue;
    const form = likeness(name);
    undeclared.set(form, [...(undeclared.get(form) ?? []), name]);
  }
  if (undeclared.size === 0) return [];
  const there = new Set(present.map((name) => sources.place(name)?.target));
  const names = new Set(present);
  return declared.flatMap((target) => {
    if (there.has(target)) return [];
    const firsts = [...new Set(pathsOf(target).map(([first = '']) => first))];
    const alike = firsts.flatMap((name) => (names.has(name) ? [] : (undeclared.get(likeness(name)) ?? [])));
    return alike.length === 0 ? [] : [{ declared: target.name, undeclared: [...new Set(alike)] }];
  });
}
