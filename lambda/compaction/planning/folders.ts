import {
  type Dataset,
  isIgnored,
  layoutTemplate,
  parsePartitionPath,
  partitionInterval,
  partitionKeys,
  placeByPath,
} from '../../../lib/dataset';
import { rawPrefix } from '../../../lib/dataset/layout';
import type { ListPage } from '../store/object-store';

/** A folder of the inbox that is listed by itself, page by page. */
export interface Leaf {
  readonly prefix: string;
  /** Whether only the objects directly in it belong to it: its folders are separate leaves. */
  readonly isLoose: boolean;
  /** Start of its partition, epoch milliseconds; `NO_TIME` for a folder that belongs to no partition, or to several. */
  readonly time: number;
}

/** A position in the order of leaves. */
export type LeafPosition = Pick<Leaf, 'prefix' | 'time'>;

const NO_TIME = Number.MAX_SAFE_INTEGER;

/** Oldest data first. */
export function compareLeaves(a: LeafPosition, b: LeafPosition): number {
  if (a.time !== b.time) return a.time - b.time;
  return a.prefix < b.prefix ? -1 : Number(a.prefix > b.prefix);
}

/** Most folders of a dataset held in memory, about 150 bytes each; if there are more, their parents are listed. */
export const MAX_FOLDERS = 100_000;
/** Most pages of a folder's subfolders; a folder with more is listed as a whole. */
const MAX_PAGES = 200;

/** A page of a folder's subfolders. */
export interface FolderPage {
  readonly prefix: string;
  readonly token: string | undefined;
  readonly number: number;
}

/**
 * Finds the folders of an inbox that get their own listing: those of partitions, by delimiter, level by level. Which
 * they are depends only on the objects, not on time, so that a position in their order means the same to the next run.
 */
export class FolderSearch {
  readonly #dataset: Dataset;
  readonly #root: string;
  readonly #depth: number;
  readonly #maxFolders: number;
  readonly #leaves: Leaf[] = [];
  /** The level that is being searched: its folders, the pages to request, and how many folders are not done. */
  #parents: readonly string[] = [];
  #pages: FolderPage[] = [];
  #waiting = 0;
  #level = 0;
  /** The subfolders found on this level: in folders that are not done, and in those that are. */
  readonly #partly = new Map<string, { readonly folders: string[]; isLoose: boolean }>();
  #children: string[] = [];
  #settled: Leaf[] = [];
  #isOver: boolean;

  constructor(dataset: Dataset, maxFolders = MAX_FOLDERS) {
    this.#dataset = dataset;
    this.#maxFolders = maxFolders;
    this.#root = rawPrefix(dataset.name);
    const template = layoutTemplate(dataset);
    this.#depth =
      template === undefined ? partitionKeys(dataset).length : template.segments.length - Number(template.isOpen);
    this.#isOver = this.#depth === 0;
    if (this.#isOver) this.#leaves.push(this.#leaf(this.#root));
    else this.#expand([this.#root]);
  }

  /** The folders in order, once they are found. */
  get leaves(): readonly Leaf[] | undefined {
    return this.#isOver ? this.#leaves.sort(compareLeaves) : undefined;
  }

  /** The next page to request, by delimiter. */
  next(): FolderPage | undefined {
    return this.#pages.pop();
  }

  /** Consumes the response to that request. */
  take({ prefix, number }: FolderPage, { objects, folders, token }: ListPage): void {
    const found = this.#partly.get(prefix) ?? { folders: [], isLoose: false };
    found.isLoose ||= objects.length > 0;
    found.folders.push(...folders);
    if (token !== undefined && number < MAX_PAGES) {
      this.#partly.set(prefix, found);
      this.#pages.push({ prefix, token, number: number + 1 });
      return;
    }
    this.#partly.delete(prefix);
    if (token !== undefined) this.#settled.push(this.#leaf(prefix));
    else {
      if (found.isLoose) this.#settled.push({ ...this.#leaf(prefix), isLoose: true });
      if (this.#children.length <= this.#maxFolders) for (const folder of found.folders) this.#children.push(folder);
    }
    if (--this.#waiting === 0) this.#endLevel();
  }

  #expand(folders: readonly string[]): void {
    this.#parents = folders;
    this.#waiting = folders.length;
    this.#pages = folders.map((prefix) => ({ prefix, token: undefined, number: 1 })).reverse();
  }

  #endLevel(): void {
    if (this.#leaves.length + this.#children.length > this.#maxFolders) {
      this.#leaves.push(...this.#parents.map((prefix) => this.#leaf(prefix)));
      this.#isOver = true;
      return;
    }
    for (const leaf of this.#settled) this.#leaves.push(leaf);
    this.#settled = [];
    this.#level++;
    const children = this.#children.filter((prefix) => !isIgnored(this.#dataset, prefix.slice(this.#root.length)));
    this.#children = [];
    const isLeaf = (prefix: string): boolean => this.#level === this.#depth || this.#isHivePartition(prefix);
    for (const prefix of children) if (isLeaf(prefix)) this.#leaves.push(this.#leaf(prefix));
    const inner = children.filter((prefix) => !isLeaf(prefix));
    if (inner.length === 0) this.#isOver = true;
    else this.#expand(inner);
  }

  /** The lake itself writes into Hive folders, even in an inbox with another layout. */
  #isHivePartition(prefix: string): boolean {
    return parsePartitionPath(this.#dataset, prefix.slice(this.#root.length, -1)).ok;
  }

  #leaf(prefix: string): Leaf {
    const placed = placeByPath(this.#dataset, `${prefix.slice(this.#root.length)}~`);
    const time = placed.ok ? partitionInterval(this.#dataset, placed.partition).start.getTime() : NO_TIME;
    return { prefix, isLoose: false, time };
  }
}
