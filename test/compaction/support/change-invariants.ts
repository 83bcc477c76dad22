import { compareModelRows, type ModelRow } from './model-rows';

/**
 * What holds at every instant where the last row of each key counts: the row that is visible has arrived and is not behind any
 * row that was taken in; a key without one has none, or was deleted by a row that is not behind either; and none goes back.
 */
export class ChangeInvariants {
  /** The last row of each key that was visible. */
  readonly #reached = new Map<string, ModelRow>();

  copyTo(other: ChangeInvariants): void {
    for (const [id, row] of this.#reached) other.#reached.set(id, row);
  }

  /** Somebody went back to a version from before these keys had the rows that they had. */
  forget(ids: ReadonlySet<string>): void {
    for (const id of ids) this.#reached.delete(id);
  }

  /**
   * @param arrived all rows
   * @param open whether a row may not have been taken in yet, or never will
   * @returns what does not hold
   */
  check(
    arrived: readonly ModelRow[],
    visible: readonly ModelRow[],
    open: (copy: string) => boolean,
  ): string | undefined {
    const shown = new Map(visible.map((row) => [row.id, row]));
    const all = new Map<string, ModelRow[]>();
    for (const row of arrived) {
      if (row.id === 'bad') continue;
      const rows = all.get(row.id);
      if (rows === undefined) all.set(row.id, [row]);
      else rows.push(row);
    }
    for (const [id, row] of shown) {
      if (row.deletes === true) return `the row ${row.copy} deletes, and is visible`;
      if (!all.get(id)?.some(({ copy }) => copy === row.copy)) return `the row ${row.copy} never arrived`;
    }
    for (const [id, rows] of all) {
      const row = shown.get(id);
      const taken = last(rows.filter(({ copy }) => !open(copy)));
      const reached = this.#reached.get(id);
      for (const before of [taken, reached]) {
        if (before === undefined) continue;
        if (row !== undefined) {
          if (compareModelRows(row, before) < 0) return `${row.copy} is visible, and ${before.copy} is later`;
        } else if (!rows.some((one) => one.deletes === true && compareModelRows(one, before) >= 0)) {
          return `${before.copy} is lost`;
        }
      }
      if (row !== undefined) this.#reached.set(id, row);
    }
    return undefined;
  }
}

function last(rows: readonly ModelRow[]): ModelRow | undefined {
  return rows.reduce<ModelRow | undefined>(
    (best, row) => (best === undefined || compareModelRows(row, best) > 0 ? row : best),
    undefined,
  );
}
