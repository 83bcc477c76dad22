/** One mistake in a stage file. */
export interface SettingsProblem {
  readonly file: string;
  readonly stage: string;
  readonly field: string;
  /** What is wrong. */
  readonly problem: string;
  /** What to write instead. */
  readonly fix: string;
}

/** Thrown when stage settings are wrong; carries every mistake of every stage, not only the first. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';

  constructor(readonly problems: readonly SettingsProblem[]) {
    const count = problems.length === 1 ? '1 mistake' : `${problems.length} mistakes`;
    super([`The stage settings have ${count}:`, ...problems.map(describe)].join('\n'));
  }
}

const describe = ({ file, stage, field, problem, fix }: SettingsProblem): string =>
  `  ${file}: stage '${stage}', ${field}: ${problem}\n    fix: ${fix}`;
