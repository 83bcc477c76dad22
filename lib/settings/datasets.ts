import type { StageProblem } from './errors';

/** Most names that a message lists to help with a misspelled one. */
const SHOWN = 20;

/** Names of a setting that no dataset has. */
export const unknownDatasets = (field: string, names: readonly string[], all: readonly string[]): StageProblem[] =>
  names.flatMap((name, index) =>
    all.includes(name)
      ? []
      : [{ field: `${field}[${index}]`, problem: `'${name}' is not a dataset`, fix: `write one of ${some(all)}` }],
  );

const some = (all: readonly string[]): string =>
  all.length <= SHOWN ? all.join(', ') : `${all.slice(0, SHOWN).join(', ')} and ${all.length - SHOWN} others`;
