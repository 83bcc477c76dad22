import { ConfigError, type Dataset } from '../lib/dataset';
import { SettingsError, type SettingsExtension, type StageSettings } from '../lib/settings';
import { unknownDatasets } from '../lib/settings/datasets';
import { deliveryProblems } from '../lib/settings/delivery';
import { freshnessProblems } from '../lib/settings/freshness';
import { placementProblems } from '../lib/settings/many-datasets';
import { extensions } from './extensions';

export interface LakeConfig {
  readonly datasets: readonly Dataset[];
  readonly stages: readonly StageSettings[];
  /** Settings of optional parts that the stages were read with. */
  readonly stageExtensions: readonly SettingsExtension[];
}

/** The mistakes of datasets and stages together, in one message for people. */
export class LakeConfigError extends Error {
  override readonly name = 'LakeConfigError';
}

/** Loads one half of the configuration; the modules throw when they hold mistakes, so they are loaded late. */
export interface ConfigSources {
  datasets(): Pick<LakeConfig, 'datasets'>;
  stages(): Pick<LakeConfig, 'stages'>;
}

const FOLDERS: ConfigSources = { datasets: () => require('./datasets'), stages: () => require('./stages') };

/**
 * Reads `config/datasets` and `config/stages`.
 *
 * @throws LakeConfigError that lists every mistake of both
 */
export function loadConfig(sources = FOLDERS): LakeConfig {
  const mistakes: string[] = [];
  const attempt = <T>(load: () => T): T | undefined => {
    try {
      return load();
    } catch (error) {
      if (!(error instanceof ConfigError || error instanceof SettingsError)) throw error;
      mistakes.push(error.message);
      return undefined;
    }
  };
  const datasets = attempt(sources.datasets);
  const stages = attempt(sources.stages);
  if (datasets !== undefined && stages !== undefined) attempt(() => checkDatasets(stages.stages, datasets.datasets));
  if (datasets === undefined || stages === undefined || mistakes.length > 0) {
    throw new LakeConfigError(mistakes.join('\n\n'));
  }
  return { ...datasets, ...stages, stageExtensions: extensions };
}

/** Datasets that a stage knows only by name: those that producers may be confined to, and what extensions ask of them. */
function checkDatasets(stages: LakeConfig['stages'], datasets: LakeConfig['datasets']): void {
  const all = datasets.map(({ name }) => name);
  const problems = stages.flatMap((stage) =>
    [
      ...unknownDatasets('access.ingest.datasets', stage.access.ingest?.datasets ?? [], all),
      ...deliveryProblems(stage, datasets),
      ...freshnessProblems(stage.compaction.schedule, datasets),
      ...placementProblems(stage, all),
      ...extensions.flatMap((extension) => extension.check(stage, datasets)),
    ].map((problem) => ({ file: `config/stages/${stage.name}.ts`, subject: stage.name, ...problem })),
  );
  if (problems.length > 0) throw new SettingsError(problems);
}
