import { keyText, type Row, rowDigest } from './table';

/** Rows whose keys are remembered. */
const MAX_ROWS = 500_000;
/** Columns that are looked at. */
const MAX_CANDIDATES = 12;

/** A column that may be an id of the row. */
export interface KeyCandidate {
  /** Its name in the input. */
  readonly source: string;
  /** Different values from which on it is taken for an id, when no two rows share one. */
  readonly least: number;
  /** Whether its values, not its name, look like those of an id: then all of them must. */
  readonly isByValues: boolean;
}

/** A column that is another in each row. A row that comes again as it was is the same row. */
export interface KeyFinding extends KeyCandidate {
  /** Different values. */
  readonly values: number;
  /** Rows that are there more than once, whole. */
  readonly repeated: number;
}

/** Finds out which columns are another in each row. */
export class KeySearch {
  readonly #open: { readonly candidate: KeyCandidate; readonly seen: Map<string, string>; repeated: number }[];
  #rows = 0;
  /** Columns with a value in each row so far that rows which differ share. */
  readonly differing: string[] = [];

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
      const { source, isByValues } = state.candidate;
      const key = keyText(row, source);
      const known = key === undefined ? undefined : state.seen.get(key);
      if (key === undefined || (isByValues && !isToken(key))) this.#open.splice(index, 1);
      else if (known === undefined) state.seen.set(key, digest);
      else if (known === digest) state.repeated += 1;
      else {
        this.#open.splice(index, 1);
        this.differing.push(source);
      }
    }
  }

  /** Those that told all rows apart, in the order of the candidates. */
  get unique(): readonly KeyFinding[] {
    return this.#open.map(({ candidate, repeated, seen }) => ({ ...candidate, values: seen.size, repeated }));
  }
}

/** Different values that tell that a column is an id, by what its name says: of the row, or of something. */
const LEAST = { row: 20, other: 100 } as const;

const ROW_ID =
  /^(?:_?id|uuid|guid|(?:event|message|record|request|row|log|entry|insert|transaction|delivery|invocation|span)_?(?:id|uuid|guid|key))$/;
const SOME_ID = /(?:^|_)(?:id|uuid|guid|key|identifier|trace|offset|seq|seqno|sequence|sequence_(?:no|number))$/;
/**
 * What many rows are about. Its id is unique in a sample by chance, and rows would be lost later. The same holds for what is computed of a content.
 */
const OF_MANY_ROWS = new RegExp(
  '(?:^|_)(?:user|customer|client|account|tenant|org|organi[sz]ation|company|team|member|person|employee|patient|' +
    'device|sensor|meter|host|server|node|pod|container|instance|machine|cluster|vpc|subnet|interface|agent|vehicle|driver|' +
    'session|visitor|cookie|anonymous|product|item|sku|category|store|shop|site|page|app|application|campaign|ad|group|' +
    'project|workspace|region|zone|location|country|city|process|thread|parent|partition|shard|stream|topic|type|status|' +
    'error|model|version|owner|author|subject|role|principal|webacl|rule|queue|bucket|object|file|access|api|public|private|foreign|' +
    'hash|checksum|digest|fingerprint|etag|md5|sha\\d*|token|arn|url|uri|path|email|ip)' +
    '(?:_?(?:id|uuid|guid|key|identifier|hash|ref|no|nr|number|name))?$',
);

/** UUIDs, hashes, ULIDs and other long words of letters and digits, which nothing but an id is. */
const isToken = (text: string): boolean =>
  /^\{?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?$/i.test(text) ||
  /^(?=\D*\d)(?=[^A-Za-z]*[A-Za-z])(?:[0-9a-f]{16,}|[0-9A-Za-z_+=-]{20,})$/i.test(text);

/**
 * How a column may be an id of the row, by its name and by some of its values.
 *
 * @param name as `plainName` makes it
 * @param examples texts of it; empty for numbers
 * @param dataset whose name may be that of its rows, as of `orders` with `order_id`
 */
export function candidateOf(
  source: string,
  name: string,
  examples: readonly string[],
  dataset: string,
): (KeyCandidate & { readonly rank: number }) | undefined {
  const isByValues = examples.length > 0 && examples.every(isToken);
  const candidate = { source, isByValues: false, least: LEAST.other as number };
  if (ROW_ID.test(name)) return { ...candidate, rank: 0, least: LEAST.row };
  if (name === `${dataset}_id` || name === `${dataset.replace(/s$/, '')}_id`) return { ...candidate, rank: 1 };
  if (OF_MANY_ROWS.test(name)) return undefined;
  if (SOME_ID.test(name)) return { ...candidate, rank: isByValues ? 2 : 3 };
  return isByValues ? { ...candidate, rank: 4, isByValues } : undefined;
}

const ID_NAMES: readonly RegExp[] = [
  /^(?:event_?id|id|uuid|guid|_id|message_?id|record_?id)$/,
  /(?:^|_)(?:uuid|guid)$/,
  /(?:^|_)id$|(?:^|_)(?:key|hash|identifier)$/,
];

/** How much a name is one of an id of a table: the less, the more. */
export function idRank(name: string): number {
  const rank = ID_NAMES.findIndex((pattern) => pattern.test(name));
  return rank === -1 ? ID_NAMES.length : rank;
}

export const NO_ID_RANK = ID_NAMES.length;
