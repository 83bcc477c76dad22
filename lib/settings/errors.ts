import { type Problem, ProblemsError } from '../dataset/problems';

export type { Problem };

/** Thrown when stage settings are wrong; carries every mistake of every stage. */
export class SettingsError extends ProblemsError {
  override readonly name = 'SettingsError';

  constructor(problems: readonly Problem[]) {
    super(problems, 'the stage settings', 'stage');
  }
}

/** A mistake of a stage; the caller adds which stage. */
export type StageProblem = Omit<Problem, 'file' | 'subject'>;
