/** One mistake in a dataset configuration. */
export interface ConfigProblem {
  /** File of the definition, relative to the project. */
  readonly file: string;
  /** Name of the dataset, or `(unnamed)`. */
  readonly dataset: string;
  /** Path of the offending value, e.g. `columns[3].type`. */
  readonly field: string;
  /** What is wrong. */
  readonly problem: string;
  /** What to write instead. */
  readonly fix: string;
}

/** Every mistake of a configuration; the message lists them by dataset. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly problems: readonly ConfigProblem[]) {
    super(describe(problems));
  }
}

/** Collects the mistakes of one definition. */
export class Report {
  readonly problems: ConfigProblem[] = [];

  constructor(
    readonly file: string,
    readonly dataset: string,
  ) {}

  add(field: string, problem: string, fix: string): void {
    this.problems.push({ file: this.file, dataset: this.dataset, field, problem, fix });
  }
}

function describe(problems: readonly ConfigProblem[]): string {
  const lines = [`${problems.length} ${problems.length === 1 ? 'mistake' : 'mistakes'} in the dataset configuration`];
  let heading = '';
  for (const { file, dataset, field, problem, fix } of problems) {
    const own = `${file}, dataset ${dataset}:`;
    if (own !== heading) lines.push('', own);
    heading = own;
    lines.push(`  ${field}: ${problem}; ${fix}`);
  }
  return lines.join('\n');
}
