import type { StageProblem } from './errors';

/** Names of a setting that no dataset has. */
export const unknownDatasets = (field: string, names: readonly string[], all: readonly string[]): StageProblem[] =>
  names.flatMap((name, index) =>
    all.includes(name)
      ? []
      : [{ field: `${field}[${index}]`, problem: `'${name}' is not a dataset`, fix: `write one of ${all.join(', ')}` }],
  );
