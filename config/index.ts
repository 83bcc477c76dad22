import { ConfigError, type Dataset, takesEvents } from '../lib/dataset';
import { SettingsError, type SettingsProblem, type StageSettings } from '../lib/settings';

export interface LakeConfig {
  readonly datasets: readonly Dataset[];
  readonly stages: readonly StageSettings[];
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
  if (datasets !== undefined && stages !== undefined)
    attempt(() => checkIngestDatasets(stages.stages, datasets.datasets));
  if (datasets === undefined || stages === undefined || mistakes.length > 0) {
    throw new LakeConfigError(mistakes.join('\n\n'));
  }
  return { ...datasets, ...stages };
}

/** Datasets that a stage knows only by name: those that producers may be confined to, and those that get tokens for events. */
function checkIngestDatasets(stages: LakeConfig['stages'], datasets: LakeConfig['datasets']): void {
  const all = datasets.map(({ name }) => name);
  const withEvents = datasets.filter(takesEvents).map(({ name }) => name);
  const problems = stages.flatMap((stage): SettingsProblem[] => {
    const about = { file: `config/stages/${stage.name}.ts`, stage: stage.name };
    const unknown = (field: string, names: readonly string[]): SettingsProblem[] =>
      names.flatMap((name, index) =>
        all.includes(name)
          ? []
          : [
              {
                ...about,
                field: `${field}[${index}]`,
                problem: `'${name}' is not a dataset`,
                fix: `write one of ${all.join(', ')}`,
              },
            ],
      );
    const issuer = stage.ingest?.issuer;
    const producers = issuer?.kind === 'own' ? issuer.producers : [];
    return [
      ...(stage.ingest !== undefined && withEvents.length === 0
        ? [
            {
              ...about,
              field: 'ingest',
              problem: 'has nothing to take: no dataset has ndjson among its input.formats',
              fix: "add 'ndjson' to the input.formats of one in config/datasets, or remove ingest",
            },
          ]
        : []),
      ...unknown('access.ingest.datasets', stage.access.ingest?.datasets ?? []),
      ...producers.flatMap((producer, index) => {
        const field = `ingest.issuer.producers[${index}].datasets`;
        return [
          ...unknown(field, producer.datasets),
          ...withoutEvents(about, field, producer.datasets, all, withEvents),
        ];
      }),
      ...(issuer?.kind === 'own' && withEvents.length > MOST_SCOPES
        ? [
            {
              ...about,
              field: 'ingest.issuer',
              problem: `has a scope for each of ${withEvents.length} datasets that take events, and Cognito takes ${MOST_SCOPES}`,
              fix: 'use an issuer of your own: ingest.token',
            },
          ]
        : []),
    ];
  });
  if (problems.length > 0) throw new SettingsError(problems);
}

/** Scopes of a resource server: https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html */
const MOST_SCOPES = 100;

/** The gateway stores events as NDJSON. */
const withoutEvents = (
  about: Pick<SettingsProblem, 'file' | 'stage'>,
  field: string,
  names: readonly string[],
  all: readonly string[],
  withEvents: readonly string[],
): SettingsProblem[] =>
  names.flatMap((name, index) =>
    all.includes(name) && !withEvents.includes(name)
      ? [
          {
            ...about,
            field: `${field}[${index}]`,
            problem: `'${name}' takes no events, for its formats leave out ndjson`,
            fix: `add 'ndjson' to input.formats in config/datasets/${name}.ts, or remove it here`,
          },
        ]
      : [],
  );
