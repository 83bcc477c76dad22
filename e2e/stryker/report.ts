/** What StrykerJS's JSON report holds, as far as it is read here: https://github.com/stryker-mutator/mutation-testing-elements */
export interface MutationReport {
  readonly files: Readonly<Record<string, MutatedFile>>;
}

interface MutatedFile {
  readonly source: string;
  readonly mutants: readonly ReportedMutant[];
}

interface Position {
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

interface ReportedMutant {
  readonly location: { readonly start: Position; readonly end: Position };
  readonly replacement?: string;
  readonly status: Status;
}

type Status =
  | 'Killed'
  | 'Timeout'
  | 'Survived'
  | 'NoCoverage'
  | 'CompileError'
  | 'RuntimeError'
  | 'Ignored'
  | 'Pending';

/** A mutant as people see it. */
export interface Mutant {
  readonly file: string;
  /** Number of its first line, from 1. */
  readonly line: number;
  /** Its first line, without indentation. */
  readonly text: string;
  /** What was replaced, and by what, with runs of white space as one space. */
  readonly original: string;
  readonly replacement: string;
  readonly status: Status;
}

/** A mutant that no test can notice, as it does what the code does. */
export interface Equivalent {
  readonly file: string;
  /** The line, without indentation. The entry stands for each mutant of such a line that replaces the same by the same. */
  readonly text: string;
  readonly original: string;
  readonly replacement: string;
  /** Why nobody could tell the difference. */
  readonly why: string;
}

export function mutantsOf({ files }: MutationReport): readonly Mutant[] {
  return Object.entries(files).flatMap(([file, { source, mutants }]) => {
    const lines = source.split('\n');
    return mutants.map(({ location: { start, end }, replacement = '', status }) => {
      const original = lines.slice(start.line - 1, end.line);
      // The end first: both may be on the same line.
      original.push((original.pop() ?? '').slice(0, end.column - 1));
      original[0] = (original[0] ?? '').slice(start.column - 1);
      return {
        file,
        line: start.line,
        text: (lines[start.line - 1] ?? '').trim(),
        original: oneLine(original.join('\n')),
        replacement: oneLine(replacement),
        status,
      };
    });
  });
}

const oneLine = (text: string): string => text.trim().replace(/\s+/g, ' ');

export interface Judgement {
  /** Mutants that a test noticed, those noticed by running out of time among them. */
  readonly killed: number;
  readonly timedOut: number;
  /** Mutants that no test noticed and nobody has reviewed. */
  readonly survivors: readonly Mutant[];
  /** Survivors that are in the list. */
  readonly equivalent: number;
  /** Entries of the list that are wrong: no mutant is like that, or a test notices it. */
  readonly wrong: readonly string[];
  /** Percent of the mutants that are not equivalent, rounded down to one decimal. */
  readonly score: number;
}

/** Mutants that cannot even be loaded say nothing, and StrykerJS does not count them either. */
export function judge(mutants: readonly Mutant[], list: readonly Equivalent[]): Judgement {
  const noticed = mutants.filter(({ status }) => status === 'Killed' || status === 'Timeout');
  const unnoticed = mutants.filter(({ status }) => status === 'Survived' || status === 'NoCoverage');
  const files = new Set(mutants.map(({ file }) => file));
  const wrong = list
    .filter(({ file }) => files.has(file))
    .flatMap((entry) => {
      if (unnoticed.some((mutant) => isSame(mutant, entry))) return [];
      const isNoticed = noticed.some((mutant) => isSame(mutant, entry));
      return [`${describe(entry)}: ${isNoticed ? 'a test notices it' : 'there is no such mutant'}`];
    });
  const survivors = unnoticed.filter((mutant) => !list.some((entry) => isSame(mutant, entry)));
  return {
    killed: noticed.length,
    timedOut: noticed.filter(({ status }) => status === 'Timeout').length,
    survivors,
    equivalent: unnoticed.length - survivors.length,
    wrong,
    score: Math.floor((1_000 * noticed.length) / Math.max(1, noticed.length + survivors.length)) / 10,
  };
}

export const describe = ({ file, text, original, replacement }: Omit<Equivalent, 'why'>): string =>
  `${file} "${text}": ${original} → ${replacement}`;

const isSame = (mutant: Mutant, entry: Equivalent): boolean =>
  mutant.file === entry.file &&
  mutant.text === entry.text &&
  mutant.original === entry.original &&
  mutant.replacement === entry.replacement;
