import type { Dataset } from '../dataset/model';
import type { StageProblem } from './errors';
import type { StageDefinition, StageSettings } from './model';
import type { Report } from './report';

/**
 * Settings of an optional part of a lake. It adds its members to `StageDefinition` and `StageSettings` by declaration merging, and
 * is named in `config/extensions.ts`.
 */
export interface SettingsExtension {
  /** Members of a stage's definition. */
  readonly keys: readonly string[];
  /** Fields within them that are objects, and those that are lists; `*` stands for any name. */
  readonly objects: readonly string[];
  readonly lists: readonly string[];
  /** @returns members of the stage's settings, with every default filled in */
  resolve(definition: StageDefinition, report: Report): Partial<StageSettings>;
  /** Checks of the settings against the datasets. */
  check(stage: StageSettings, datasets: readonly Dataset[]): readonly StageProblem[];
  readonly examples: {
    /** Whether an example value there does not prevent a deployment, or follows from another value. */
    ignores(path: string, settings: StageSettings): boolean;
    /** The field as a stage writes it, by its path in the settings. */
    asWritten(path: string, settings: StageSettings): string;
    /** What to write into a field, by its path in the settings. */
    readonly write: readonly (readonly [RegExp, string])[];
  };
}
