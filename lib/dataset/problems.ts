/** One mistake in what the lake is given: a dataset, a stage, a variable of the environment, an option of a command. */
export interface Problem {
  /** File that holds it, relative to the project. @default none: it is in the environment or on the command line */
  readonly file?: string;
  /** Name of the dataset or stage, such as `(unnamed)`; the variable; the option or argument, such as `--rows`. */
  readonly subject: string;
  /** Path of the offending value in the subject, e.g. `columns[3].type`. @default the subject itself */
  readonly field?: string;
  /** What is wrong. */
  readonly problem: string;
  /** What to write instead. */
  readonly fix: string;
}

/** Every mistake, not only the first; the message lists them. */
export class ProblemsError extends Error {
  /**
   * @param where what the mistakes are in, such as `the stage settings`
   * @param kind what a subject is called, such as `stage`. @default its name says it
   */
  constructor(
    readonly problems: readonly Problem[],
    where: string,
    kind?: string,
  ) {
    const count = `${problems.length} ${problems.length === 1 ? 'mistake' : 'mistakes'}`;
    super([`${count} in ${where}:`, ...problems.map((problem) => describe(problem, kind))].join('\n'));
  }
}

function describe({ file, subject, field, problem, fix }: Problem, kind: string | undefined): string {
  const place = [kind === undefined ? subject : `${kind} '${subject}'`, ...(field === undefined ? [] : [field])];
  // Further lines of a problem are below its first.
  const text = problem.replaceAll('\n', '\n    ');
  return `  ${file === undefined ? '' : `${file}: `}${place.join(', ')}: ${text}\n    fix: ${fix}`;
}

/** Every mistake of the datasets. */
export class ConfigError extends ProblemsError {
  override readonly name = 'ConfigError';

  constructor(problems: readonly Problem[]) {
    super(problems, 'the dataset configuration', 'dataset');
  }
}

/** Collects the mistakes of one definition. */
export class Report {
  readonly problems: Problem[] = [];

  constructor(
    readonly file: string,
    readonly dataset: string,
  ) {}

  add(field: string, problem: string, fix: string): void {
    this.problems.push({ file: this.file, subject: this.dataset, field, problem, fix });
  }
}
