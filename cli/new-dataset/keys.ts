import { keyText, type Row, rowDigest } from './table';

/** Rows whose keys are remembered. */
const MAX_ROWS = 500_000;
/** Combinations of columns that are looked at. */
const MAX_CANDIDATES = 12;

/** Columns that together may tell rows apart, by their names in the input. */
export interface KeyCandidate {
  readonly sources: readonly string[];
}

export interface KeyFinding extends KeyCandidate {
  readonly isUnique: boolean;
  /** Rows that are there more than once, whole. */
  readonly repeated: number;
}

/** Finds out which columns are another in each row. A row that comes again as it was is the same row. */
export class KeySearch {
  readonly #open: { readonly candidate: KeyCandidate; readonly seen: Map<string, string>; repeated: number }[];
  #rows = 0;
  /** Candidates of which rows with one value differ, and each row has a value. */
  readonly #differing: KeyCandidate[] = [];

  constructor(readonly candidates: readonly KeyCandidate[]) {
    this.#open = candidates.slice(0, MAX_CANDIDATES).map((candidate) => ({ candidate, seen: new Map(), repeated: 0 }));
  }

  get isOver(): boolean {
    return this.#open.length === 0 || this.#rows >= MAX_ROWS;
  }

  add(row: Row): void {
    this.#rows += 1;
    const digest = rowDigest(row);
    for (let index = this.#open.length - 1; index >= 0; index -= 1) {
      const state = this.#open[index];
      if (state === undefined) continue;
      const texts = state.candidate.sources.map((source) => keyText(row, source));
      const key = JSON.stringify(texts);
      const known = state.seen.get(key);
      if (texts.includes(undefined) || (known !== undefined && known !== digest)) {
        this.#open.splice(index, 1);
        if (!texts.includes(undefined)) this.#differing.push(state.candidate);
      } else if (known === undefined) state.seen.set(key, digest);
      else state.repeated += 1;
    }
  }

  /** Columns alone that are the same in rows which differ. */
  get differing(): readonly string[] {
    return this.#differing.flatMap(({ sources: [first, ...others] }) =>
      first === undefined || others.length > 0 ? [] : [first],
    );
  }

  /** Those that told all rows apart, in the order of the candidates. */
  get found(): readonly (KeyCandidate & { readonly repeated: number })[] {
    return this.#open.map(({ candidate, repeated }) => ({ ...candidate, repeated }));
  }
}

const ID_NAMES: readonly RegExp[] = [
  /^(?:event_?id|id|uuid|guid|_id|message_?id|record_?id)$/,
  /(?:^|_)(?:uuid|guid)$/,
  /(?:^|_)id$|(?:^|_)(?:key|hash|identifier)$/,
  /(?:^|_)(?:no|nr|number|code|sku|serial|name|ip|host|device|sensor|user|account|email)$/,
];

/** How much a name is one of an id: the less, the more. */
export function idRank(name: string): number {
  const rank = ID_NAMES.findIndex((pattern) => pattern.test(name));
  return rank === -1 ? ID_NAMES.length : rank;
}

export const NO_ID_RANK = ID_NAMES.length;
/** From this rank on a column alone is no id, but may be one together with a time. */
export const PART_RANK = 3;
