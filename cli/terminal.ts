import { type Environment, environment } from './environment';
/** What the run prints: headings, progress bars, one table. No dependency, and plain text if the output is not a terminal. */

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface Progress {
  /** @param done Share of the work, 0 to 1. */
  update(done: number): void;
  /** Replaces the bar by one finished line. */
  done(summary: string): void;
}

export type Align = 'left' | 'right';

export interface Table {
  readonly head: readonly string[];
  readonly align: readonly Align[];
  /** A row of cells, or `'rule'` for a line between groups. */
  readonly rows: readonly (readonly string[] | 'rule')[];
}

const BAR_WIDTH = 24;
const FRAME_MS = 100;

export class Terminal {
  readonly #out: Output;
  readonly #animate: boolean;
  readonly #color: boolean;
  #barShown = false;

  /**
   * @param env `NO_COLOR` (any value but the empty one) turns colours off, see no-color.org. Bars and colours appear only
   *   when `out` is a terminal, and neither does when `TERM` is `dumb`.
   */
  constructor(out: Output, env: Environment = environment()) {
    this.#out = out;
    this.#animate = out.isTTY === true && env.TERM !== 'dumb';
    this.#color = this.#animate && (env.NO_COLOR ?? '') === '';
  }

  line(text = ''): void {
    this.#clearBar();
    this.#out.write(`${text}\n`);
  }

  bold = (text: string): string => this.#paint('1', text);
  dim = (text: string): string => this.#paint('2', text);
  good = (text: string): string => this.#paint('32', text);
  bad = (text: string): string => this.#paint('31', text);

  /** A bar; only its finished line is printed when the output is not a terminal. */
  progress(label: string): Progress {
    let drawnAt = 0;
    return {
      update: (done) => {
        const now = Date.now();
        if (!this.#animate || now - drawnAt < FRAME_MS) {
          return;
        }
        drawnAt = now;
        this.#drawBar(label, Math.max(0, Math.min(1, done)));
      },
      done: (summary) => this.line(`${this.good('✓')} ${label.padEnd(9)} ${summary}`),
    };
  }

  /** Forgets a bar that a failure or an interrupt left on the screen. */
  reset(): void {
    this.#clearBar();
  }

  table(table: Table): void {
    const width = (column: number): number =>
      Math.max(
        visibleLength(table.head[column] ?? ''),
        ...table.rows.map((row) => (row === 'rule' ? 0 : visibleLength(row[column] ?? ''))),
      );
    const widths = table.head.map((_, column) => width(column));
    const render = (cells: readonly string[]): string =>
      cells.map((cell, column) => pad(cell, widths[column] ?? 0, table.align[column] ?? 'left')).join('  ');
    const rule = this.dim('─'.repeat(widths.reduce((sum, w) => sum + w, 0) + 2 * (widths.length - 1)));
    this.line(this.bold(render(table.head).trimEnd()));
    this.line(rule);
    for (const row of table.rows) {
      this.line(row === 'rule' ? rule : render(row).trimEnd());
    }
  }

  #drawBar(label: string, fraction: number): void {
    const filled = Math.round(fraction * BAR_WIDTH);
    const bar = `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)}`;
    const text = `  ${label.padEnd(9)} ${bar} ${Math.floor(fraction * 100)
      .toString()
      .padStart(3)}%`;
    this.#out.write(`\r\u001b[2K${text.slice(0, (this.#out.columns ?? 80) - 1)}`);
    this.#barShown = true;
  }

  #clearBar(): void {
    if (this.#barShown) {
      this.#out.write('\r\u001b[2K');
      this.#barShown = false;
    }
  }

  #paint(code: string, text: string): string {
    return this.#color ? `\u001b[${code}m${text}\u001b[0m` : text;
  }
}

function pad(text: string, width: number, align: Align): string {
  const fill = ' '.repeat(Math.max(0, width - visibleLength(text)));
  return align === 'right' ? fill + text : text + fill;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes are control characters
const visibleLength = (text: string): number => text.replace(/\u001b\[\d+m/g, '').length;
