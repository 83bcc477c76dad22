import { unknownDatasets } from './datasets';
import type { StageProblem } from './errors';
import type { ManyDatasets, ManyDatasetsDefinition, StageSettings } from './model';
import { checkKeys, type Report, wholeNumber } from './report';

const MOST_STACKS = 99;

/** The stack that holds all tables of a stage without `manyDatasets`. */
export const FIRST_STACK = 0;

/** The stacks of the datasets of a stage. */
export function resolveManyDatasets(
  given: ManyDatasetsDefinition | undefined,
  report: Report,
): ManyDatasets | undefined {
  if (given === undefined) return undefined;
  const { stacks, placed = {} } = given;
  checkKeys(given, ['stacks', 'placed'], 'manyDatasets.', report);
  wholeNumber('manyDatasets.stacks', stacks, 1, MOST_STACKS, report);
  const places = new Map<string, number>();
  for (const [key, names] of Object.entries(placed)) {
    const field = `manyDatasets.placed.${key}`;
    const number = /^\d{1,2}$/.test(key) ? Number(key) : Number.NaN;
    if (!(number <= stacks)) report(field, 'is not the number of a stack', `write one from 0 to ${stacks}`);
    names.forEach((name, index) => {
      if (places.has(name)) report(`${field}[${index}]`, `places '${name}' a second time`, 'name it once');
      places.set(name, number);
    });
  }
  return { stacks, placed: places };
}

/**
 * The number of the stack that holds a dataset. It depends only on the name and the stage, never on other datasets:
 * whatever is added, removed or renamed, the others stay where they are.
 */
export function stackOfDataset({ manyDatasets }: StageSettings, dataset: string): number {
  if (manyDatasets === undefined) return FIRST_STACK;
  return manyDatasets.placed.get(dataset) ?? 1 + (hash(dataset) % manyDatasets.stacks);
}

/** Datasets that the stage places but that are not declared. */
export const placementProblems = ({ manyDatasets }: StageSettings, datasets: readonly string[]): StageProblem[] =>
  [...(manyDatasets?.placed ?? [])].flatMap(([name, stack]) => {
    const field = `manyDatasets.placed.${stack}`;
    return unknownDatasets(field, [name], datasets).map((problem) => ({ ...problem, field }));
  });

/**
 * FNV-1a over the characters of the name, which are ASCII, and the last step of MurmurHash3, so that its low bits depend on all
 * of them. Never change it: tables of deployed stages would move.
 */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
