import { escapeKey, isPlainPath } from './keys';

interface Node {
  readonly name: string;
  /** Entries of a folder; -1 for a file; -2 for something that is not ours (a symbolic link). */
  children: number;
}

const FILE = -1;
const FOREIGN = -2;

export interface Place {
  /** Relative to the bucket's folder, or to its folder of odd keys. */
  readonly path: string;
  readonly odd: boolean;
}

/**
 * Where the current version of each key lies: at the path that its key spells, or, when that cannot be (`a` while `a/b`
 * is a file, `..`, a trailing slash, names that differ only in case on a file system that ignores it), under an escaped
 * name apart. Knows every folder and file, so that placing costs no look at the disk.
 */
export class Placement {
  readonly #nodes = new Map<string, Node>();
  readonly #odd = new Set<string>();

  /** @param ignoresCase whether the file system takes `A` and `a` for one name */
  constructor(private readonly ignoresCase: boolean) {}

  /** Where the key's file is, or where it is to go. The place is the key's until `vacate`. */
  occupy(key: string): Place {
    if (this.#odd.has(key)) return oddPlace(key);
    const node = this.#nodes.get(this.#fold(key));
    if (node === undefined ? this.#claim(key) : node.children === FILE && node.name === key) {
      return { path: key, odd: false };
    }
    this.#odd.add(key);
    return oddPlace(key);
  }

  /** Where the key's file is. */
  locate(key: string): Place {
    return this.#odd.has(key) ? oddPlace(key) : { path: key, odd: false };
  }

  /** Gives the key's place up. @returns the folders that are empty now, innermost first */
  vacate(key: string): string[] {
    if (this.#odd.delete(key)) return [];
    this.#nodes.delete(this.#fold(key));
    const emptied: string[] = [];
    for (let slash = key.lastIndexOf('/'); slash > 0; slash = key.lastIndexOf('/', slash - 1)) {
      const folder = key.slice(0, slash);
      const node = this.#nodes.get(this.#fold(folder));
      if (node === undefined || --node.children > 0) break;
      this.#nodes.delete(this.#fold(folder));
      emptied.push(folder);
    }
    return emptied;
  }

  /** Registers a file found on disk under an odd name. */
  addOdd(key: string): void {
    this.#odd.add(key);
  }

  /** Registers a path that must not be written through. */
  block(path: string): void {
    if (this.#claim(path)) (this.#nodes.get(this.#fold(path)) as Node).children = FOREIGN;
  }

  hasFolder(path: string): boolean {
    return (this.#nodes.get(this.#fold(path))?.children ?? FILE) >= 0;
  }

  #claim(key: string): boolean {
    if (!isPlainPath(key) || this.#nodes.has(this.#fold(key))) return false;
    let known = 0;
    for (let slash = key.lastIndexOf('/'); slash > 0; slash = key.lastIndexOf('/', slash - 1)) {
      const folder = key.slice(0, slash);
      const node = this.#nodes.get(this.#fold(folder));
      if (node === undefined) continue;
      if (node.children < 0 || node.name !== folder) return false;
      known = slash;
      break;
    }
    if (known > 0) (this.#nodes.get(this.#fold(key.slice(0, known))) as Node).children++;
    for (let slash = key.indexOf('/', known + 1); slash > 0; slash = key.indexOf('/', slash + 1)) {
      const folder = key.slice(0, slash);
      this.#nodes.set(this.#fold(folder), { name: folder, children: 1 });
    }
    this.#nodes.set(this.#fold(key), { name: key, children: FILE });
    return true;
  }

  #fold(path: string): string {
    return this.ignoresCase ? path.normalize('NFC').toLowerCase() : path;
  }
}

const oddPlace = (key: string): Place => ({ path: escapeKey(key), odd: true });
