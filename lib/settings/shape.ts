import type { SettingsExtension } from './extension';
import { type Report, show } from './report';

/** Fields of a stage that are objects, and those that are lists; `*` stands for any name. */
const OBJECTS = [
  ...['tags', 'retention', 'query', 'query.*', 'compaction', 'crawler', 'access', 'access.*', 'delivery', 'delivery.*'],
  ...['manyDatasets', 'manyDatasets.placed'],
];
const LISTS = [
  ...['alarmEmails', 'access.*.roles', 'access.*.permissionSets', 'access.*.datasets', 'delivery.*.accounts'],
  'manyDatasets.placed.*',
];

/** The name of an unchecked definition, for messages. */
export function stageName(definition: unknown): string {
  const name = isObject(definition) ? definition.name : undefined;
  return typeof name === 'string' ? name : '(unnamed)';
}

/**
 * Whether an unchecked definition has objects and lists where the settings have them. What it lacks
 * is reported.
 */
export function hasShape(definition: unknown, extensions: readonly SettingsExtension[], report: Report): boolean {
  if (!isObject(definition)) {
    report('default export', `is ${show(definition)}`, 'make a StageDefinition the default export');
    return false;
  }
  let fits = true;
  const check = (paths: readonly string[], isRight: (value: unknown) => boolean, fix: string): void => {
    for (const [path, value] of paths.flatMap((wanted) => valuesAt(definition, wanted.split('.')))) {
      if (value === undefined || isRight(value)) continue;
      report(path, `is ${show(value)}`, fix);
      fits = false;
    }
  };
  check([...OBJECTS, ...extensions.flatMap(({ objects }) => objects)], isObject, 'write an object, in braces');
  check([...LISTS, ...extensions.flatMap(({ lists }) => lists)], Array.isArray, 'write a list, in brackets');
  return fits;
}

function valuesAt(value: unknown, [name, ...rest]: readonly string[], path = ''): readonly [string, unknown][] {
  if (name === undefined) return [[path.slice(1), value]];
  if (!isObject(value)) return [];
  const names = name === '*' ? Object.keys(value) : [name];
  return names.flatMap((own) => valuesAt(value[own], rest, `${path}.${own}`));
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
