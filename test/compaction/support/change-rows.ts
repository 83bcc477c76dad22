/** Rows of changes, and what is to become of a set of them, worked out in the plainest way. */
export interface ChangeRow {
  readonly id: string;
  readonly at: string;
  /** What says which row is later. */
  readonly seq: number | null;
  readonly sub: number | null;
  readonly op: 'I' | 'U' | 'D';
  readonly n: number | null;
  readonly tags: readonly string[] | null;
}

/** The last row of each key, unless it deletes: a function of the set of rows. */
export function lastRows(rows: readonly ChangeRow[]): ChangeRow[] {
  const last = new Map<string, ChangeRow>();
  for (const row of rows) {
    const best = last.get(row.id);
    if (best === undefined || compareRows(row, best) > 0) last.set(row.id, row);
  }
  return [...last.values()].filter(({ op }) => op !== 'D').sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** By `seq` and `sub`, deletions last, then by event time and by all columns. Null is least. */
export function compareRows(a: ChangeRow, b: ChangeRow): number {
  const rank = (row: ChangeRow) => [
    row.seq,
    row.sub,
    row.op === 'D' ? 1 : 0,
    row.at,
    row.id,
    row.at,
    row.seq,
    row.sub,
    row.op,
    row.n,
    row.tags === null ? null : row.tags.join('\u0000'),
  ];
  const [x, y] = [rank(a), rank(b)];
  for (const [index, value] of x.entries()) {
    const other = y[index] ?? null;
    if (value === other) continue;
    if (value === null || value === undefined) return -1;
    if (other === null) return 1;
    return value < other ? -1 : 1;
  }
  return 0;
}
