/** Runs named checks one after another and prints what became of each. A failed one does not stop the next. */
export class Report {
  #passed = 0;
  readonly #failed: { readonly name: string; readonly text: string }[] = [];

  /** @param body throws when the check fails; a text that it resolves to is printed beside the name */
  async check(name: string, body: () => Promise<unknown>): Promise<void> {
    const started = Date.now();
    try {
      const detail = await body();
      this.#passed++;
      console.log(`✓ ${name}${typeof detail === 'string' ? `: ${detail}` : ''} (${seconds(started)})`);
    } catch (error) {
      const text = (error instanceof Error ? error.message : String(error)).replace(/^/gm, '    ');
      this.#failed.push({ name, text });
      console.log(`✗ ${name} (${seconds(started)})\n${text}`);
    }
  }

  section(title: string): void {
    console.log(`\n${title}`);
  }

  /** Prints the failures again, because only the end of a long log may be kept, and then the totals. @returns the exit code */
  finish(): number {
    if (this.#failed.length > 0) console.log('\nFailed:');
    for (const { name, text } of this.#failed) console.log(`  ${name}\n${text.slice(0, 1_000)}`);
    console.log(`\n${this.#passed} passed, ${this.#failed.length} failed`);
    return this.#failed.length === 0 ? 0 : 1;
  }
}

export const seconds = (since: number): string => `${((Date.now() - since) / 1000).toFixed(1)} s`;

/** Whole numbers with separators. */
export const grouped = (value: number): string => value.toLocaleString('en-US');

/** Columns of text, the first to the left and the others to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join('  '),
    )
    .join('\n');
}
