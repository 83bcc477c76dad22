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
  readonly statusReason?: string;
}

/** What a sample's plugin says of a mutant that was not drawn. */
const NOT_DRAWN = 'not drawn';

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
  /** Whether it was tried, or left out of a sample. */
  readonly isDrawn: boolean;
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
    return mutants.map(({ location: { start, end }, replacement = '', status, statusReason }) => {
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
        isDrawn: statusReason !== NOT_DRAWN,
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
  /** Of a sample: how many of how many mutants, and the 95% interval of the score of all, in percent. @default all were tried */
  readonly sample?: { readonly tried: number; readonly of: number; readonly interval: readonly [number, number] };
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
      if (!isNoticed && mutants.some((mutant) => !mutant.isDrawn && isSame(mutant, entry))) return [];
      return [`${describe(entry)}: ${isNoticed ? 'a test notices it' : 'there is no such mutant'}`];
    });
  const survivors = unnoticed.filter((mutant) => !list.some((entry) => isSame(mutant, entry)));
  const tried = mutants.filter(({ isDrawn }) => isDrawn).length;
  return {
    killed: noticed.length,
    timedOut: noticed.filter(({ status }) => status === 'Timeout').length,
    survivors,
    equivalent: unnoticed.length - survivors.length,
    wrong,
    score: Math.floor((1_000 * noticed.length) / Math.max(1, noticed.length + survivors.length)) / 10,
    ...(tried < mutants.length && {
      sample: { tried, of: mutants.length, interval: wilson(noticed.length, noticed.length + survivors.length) },
    }),
  };
}

/**
 * Wilson's interval of 95% for a share, https://www.itl.nist.gov/div898/handbook/prc/section2/prc241.htm, in percent with one
 * decimal, rounded outward.
 */
export function wilson(successes: number, of: number): readonly [number, number] {
  if (of === 0) return [0, 100];
  const z = 1.959964;
  const share = successes / of;
  const middle = share + z ** 2 / (2 * of);
  const half = z * Math.sqrt((share * (1 - share)) / of + z ** 2 / (4 * of ** 2));
  const scale = 1 + z ** 2 / of;
  return [
    Math.max(0, Math.floor((1_000 * (middle - half)) / scale) / 10),
    Math.min(100, Math.ceil((1_000 * (middle + half)) / scale) / 10),
  ];
}

export const describe = ({ file, text, original, replacement }: Omit<Equivalent, 'why'>): string =>
  `${file} "${text}": ${original} → ${replacement}`;

const isSame = (mutant: Mutant, entry: Equivalent): boolean =>
  mutant.file === entry.file &&
  mutant.text === entry.text &&
  mutant.original === entry.original &&
  mutant.replacement === entry.replacement;
