import type { Dataset } from '../../../lib/dataset';
import { rawPrefix } from '../../../lib/dataset/layout';
import type { Lake } from '../protocol/lake';
import { compareKeys } from '../store/key-order';
import type { ListPage, ListRange, ObjectInfo } from '../store/object-store';
import { compareLeaves, FolderSearch, type Leaf } from './folders';
import { beginningAt, type Lane, type Step } from './lanes';
import type { InboxProgress } from './progress';

/** Consumes the objects of one folder, in the order of their keys. */
export interface LeafVisitor {
  add(object: ObjectInfo): void;
  /** The listing is done, up to a key or to the end. */
  end(through: string | undefined): void;
  /** The listing was given up. */
  cut(): void;
}

export interface InboxListingOptions {
  /** @param after where the listing begins, exclusive */
  readonly visit: (after: string | undefined) => LeafVisitor;
  /** Where earlier runs stopped. @default nothing is remembered */
  readonly progress?: InboxProgress;
  /** Whether time is over. Even then, each listing requests at least one page of a folder. @default never */
  readonly isOver?: () => boolean;
  /** Most folders that get their own listing. @default 100,000 */
  readonly maxFolders?: number;
}

/** The listing of one folder: from the key where an earlier run stopped to the end, then from the start up to that key. */
interface Visit {
  readonly leaf: Leaf;
  /** Ranges that are left. The first is in progress. */
  readonly ranges: ListRange[];
  visitor: LeafVisitor;
  token: string | undefined;
  /** The position if the listing stopped now. Undefined: at the start of the folder. */
  last: string | undefined;
}

/** A key after everything in a folder. */
const LAST_CHARACTER = '\u{10ffff}';

/**
 * Lists the inbox of a dataset. A small one is one request. Otherwise its folders are found by delimiter and listed side by
 * side, those of the oldest partitions first. Memory holds the folders' names and one page for each request in flight.
 *
 * Requests: 1, one or more for each folder above the partitions, and one for each 1,000 objects of a folder, at least one.
 */
export class InboxListing implements Lane {
  readonly #lake: Lake;
  readonly #root: string;
  readonly #options: InboxListingOptions;
  readonly #search: FolderSearch;
  #isRootAsked = false;
  #isSmall: boolean | undefined;
  #leaves: readonly Leaf[] | undefined;
  #begun = 0;
  #pages = 0;
  readonly #visits: Visit[] = [];

  constructor(lake: Lake, dataset: Dataset, options: InboxListingOptions) {
    this.#lake = lake;
    this.#root = rawPrefix(dataset.name);
    this.#options = options;
    this.#search = new FolderSearch(dataset, options.maxFolders);
  }

  next(): Step | undefined {
    if (!this.#isRootAsked) {
      this.#isRootAsked = true;
      return () => this.#askRoot();
    }
    if (this.#isSmall !== false) return undefined;
    const folder = this.#search.next();
    if (folder !== undefined) {
      return async () =>
        this.#search.take(folder, await this.#ask(folder.prefix, { folders: true, token: folder.token }));
    }
    if (this.#search.leaves === undefined) return undefined;
    if (this.#pages > 0 && this.#options.isOver?.() === true) return undefined;
    const visit = this.#visits.pop() ?? this.#begin();
    if (visit === undefined) return undefined;
    this.#pages++;
    return () => this.#askVisit(visit);
  }

  /**
   * Closes unfinished listings, once no step is in progress.
   *
   * @returns where the next run continues; undefined when everything was listed
   */
  end(): Pick<InboxProgress, 'position' | 'resume'> | undefined {
    if (this.#isSmall === true) return undefined;
    const leaves = this.#leaves ?? [];
    const resume: Record<string, string> = {};
    const known = this.#options.progress?.resume ?? {};
    for (const name of leaves.slice(this.#begun).map(nameOf)) {
      const key = known[name];
      if (key !== undefined) resume[name] = key;
    }
    for (const { leaf, visitor, last } of this.#visits) {
      visitor.cut();
      if (last !== undefined) resume[nameOf(leaf)] = last;
    }
    if (this.#begun === leaves.length && this.#visits.length === 0) return undefined;
    const { prefix, time } = leaves[this.#begun - 1] as Leaf;
    return { position: { prefix, time }, resume };
  }

  #ask(prefix: string, request: Parameters<Lake['store']['listPage']>[2]): Promise<ListPage> {
    return this.#lake.store.listPage(this.#lake.buckets.raw, prefix, request);
  }

  async #askRoot(): Promise<void> {
    const { objects, token } = await this.#ask(this.#root, {});
    this.#isSmall = token === undefined;
    if (!this.#isSmall) return;
    const visitor = this.#options.visit(undefined);
    for (const object of objects) visitor.add(object);
    visitor.end(undefined);
  }

  #begin(): Visit | undefined {
    this.#leaves ??= this.#inTurn(this.#search.leaves ?? []);
    const leaf = this.#leaves[this.#begun];
    if (leaf === undefined) return undefined;
    this.#begun++;
    const after = this.#options.progress?.resume?.[nameOf(leaf)];
    const ranges = after === undefined ? [{}] : [{ after }, { through: after }];
    return { leaf, ranges, visitor: this.#options.visit(after), token: undefined, last: after };
  }

  /** Oldest first, but the folders that the previous run did not reach come before them. */
  #inTurn(leaves: readonly Leaf[]): readonly Leaf[] {
    const position = this.#options.progress?.position;
    if (position === undefined) return leaves;
    const next = leaves.findIndex((leaf) => compareLeaves(leaf, position) > 0);
    return beginningAt(leaves, next);
  }

  async #askVisit(visit: Visit): Promise<void> {
    const { leaf, token } = visit;
    const { after, through } = visit.ranges[0] as ListRange;
    const page = await this.#ask(leaf.prefix, { after, token, folders: leaf.isLoose });
    visit.token = page.token;
    for (const object of page.objects) {
      if (through !== undefined && compareKeys(object.key, through) > 0) {
        visit.token = undefined;
        break;
      }
      visit.visitor.add(object);
      visit.last = object.key;
    }
    if (visit.token === undefined) {
      visit.visitor.end(through);
      visit.ranges.shift();
      if (visit.ranges.length === 0) return;
      visit.visitor = this.#options.visit(undefined);
      visit.last = undefined;
    } else {
      // For loose objects: a page may hold folders only.
      const folder = page.folders.at(-1);
      if (folder !== undefined && compareKeys(folder, visit.last ?? '') > 0) visit.last = `${folder}${LAST_CHARACTER}`;
    }
    this.#visits.push(visit);
  }
}

/** A folder's loose objects and the folder as a whole are distinct leaves. */
const nameOf = ({ prefix, isLoose }: Leaf): string => (isLoose ? `${prefix}*` : prefix);
