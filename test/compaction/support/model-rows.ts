/** A row of the model: `id` is the key, `copy` tells arrivals of one id apart. */
export interface ModelRow {
  readonly id: string;
  readonly copy: string;
  /** Where rows supersede each other: which one is later. @default 0 */
  readonly by?: number;
  /** Whether it deletes its key. @default false */
  readonly deletes?: boolean;
}

export const encode = (rows: readonly ModelRow[]): Buffer =>
  Buffer.from(rows.map((row) => JSON.stringify(row)).join('\n'));

/** Rows by their bytes, which never change: the invariants look at every object at every step. */
const decoded = new WeakMap<Buffer, readonly ModelRow[]>();

/** The rows that a reader of a file sees. */
export function decode(body: Buffer): readonly ModelRow[] {
  let rows = decoded.get(body);
  if (rows === undefined) {
    const lines = body.length === 0 || body[0] === SEAL ? [] : body.toString().split('\n');
    rows = lines.map((line) => JSON.parse(line) as ModelRow);
    decoded.set(body, rows);
  }
  return rows;
}

/** Deletions, in a file without rows for its readers. */
const SEAL = 0;
export const seal = (rows: readonly ModelRow[]): Buffer => Buffer.concat([Buffer.of(SEAL), encode(rows)]);
export const unseal = (body: Buffer): readonly ModelRow[] => decode(body.subarray(1));

/** The order of rows of one id: the last one counts. */
export function compareModelRows(a: ModelRow, b: ModelRow): number {
  const by = (a.by ?? 0) - (b.by ?? 0);
  if (by !== 0) return by;
  const deletes = Number(a.deletes ?? false) - Number(b.deletes ?? false);
  if (deletes !== 0) return deletes;
  return a.copy < b.copy ? -1 : a.copy > b.copy ? 1 : 0;
}
