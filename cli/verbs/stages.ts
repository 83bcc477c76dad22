import { closest } from '../../lib/dataset/checks/closest';
import type { StageSettings } from '../../lib/settings';
import { UsageError } from '../command-line';

export type Stages = () => readonly StageSettings[];

/** Those of `config/stages`, read once they are needed. */
export const configuredStages: Stages = () =>
  (require('../../config/stages') as typeof import('../../config/stages')).stages;

/** @throws UsageError when there is none of the name */
export function stageNamed(name: string, stages: Stages): StageSettings {
  const all = stages();
  const settings = all.find((stage) => stage.name === name);
  if (settings !== undefined) return settings;
  const names = all.map((stage) => stage.name);
  const near = closest(name, names);
  throw new UsageError('--stage', `there is no stage "${name}"`, `write ${near ?? `one of ${names.join(', ')}`}`);
}
