import { type Automaton, compileLinePattern } from '../../lib/dataset/line-pattern';
import { Fields } from '../../lib/rows/fields';
import { LineMatcher } from '../../lib/rows/line-matcher';

/** Reads lines by a pattern, as compaction does. */
export class LineReader {
  readonly #matcher: LineMatcher;
  readonly #fields = new Fields();

  /** @throws LinePatternError */
  constructor(pattern: string | Automaton) {
    this.#matcher = new LineMatcher(pattern);
  }

  get groups(): readonly string[] {
    return this.#matcher.groups;
  }

  /** The texts of the groups; undefined for a line that does not match. */
  read(line: Buffer): string[] | undefined {
    if (!this.#matcher.match(line, 0, line.length, this.#fields)) return undefined;
    return this.groups.map((_, group) => line.toString('utf8', this.#fields.from(group), this.#fields.to(group)));
  }
}

export const isPattern = (pattern: string): boolean => {
  try {
    compileLinePattern(pattern);
    return true;
  } catch {
    return false;
  }
};
