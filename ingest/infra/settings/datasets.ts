import { type Dataset, takesEvents, toTakeEvents } from '../../../lib/dataset';
import type { StageProblem, StageSettings } from '../../../lib/settings';
import { unknownDatasets } from '../../../lib/settings/datasets';

/** Scopes of a resource server: https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html */
const MOST_SCOPES = 100;

/** What does not go together: the datasets, and those of a stage that get tokens for events. */
export function ingestProblems({ ingest }: StageSettings, datasets: readonly Dataset[]): readonly StageProblem[] {
  if (ingest === undefined) return [];
  const all = datasets.map(({ name }) => name);
  const withEvents = datasets.filter(takesEvents).map(({ name }) => name);
  const { issuer } = ingest;
  const producers = issuer.kind === 'own' ? issuer.producers : [];
  return [
    ...(withEvents.length === 0 ? [NOTHING_TO_TAKE] : []),
    ...producers.flatMap((producer, index) => {
      const field = `ingest.issuer.producers[${index}].datasets`;
      return [...unknownDatasets(field, producer.datasets, all), ...withoutEvents(field, producer.datasets, datasets)];
    }),
    ...(issuer.kind === 'own' && withEvents.length > MOST_SCOPES
      ? [
          {
            field: 'ingest.issuer',
            problem: `has a scope for each of ${withEvents.length} datasets that take events, and Cognito takes ${MOST_SCOPES}`,
            fix: 'use an issuer of your own: ingest.token',
          },
        ]
      : []),
  ];
}

const NOTHING_TO_TAKE: StageProblem = {
  field: 'ingest',
  problem: 'has nothing to take: no dataset has ndjson or json among its input.formats, and no input.json',
  fix: "add 'ndjson' to the input.formats of one in config/datasets, or remove ingest",
};

/** The gateway stores events as NDJSON. */
const withoutEvents = (field: string, names: readonly string[], datasets: readonly Dataset[]): StageProblem[] =>
  names.flatMap((name, index) => {
    const dataset = datasets.find((one) => one.name === name);
    if (dataset === undefined || takesEvents(dataset)) return [];
    return [
      {
        field: `${field}[${index}]`,
        problem: `'${name}' takes no events`,
        fix: `in config/datasets/${name}.ts, ${toTakeEvents(dataset)}; or remove it here`,
      },
    ];
  });
