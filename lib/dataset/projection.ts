import type { TableDefinition } from './model';
import type { TimeKey } from './partitions';

/**
 * Projection of keys of time: every year, month, day and hour, or every date, of a range.
 *
 * @param range first and last day, `yyyy-MM-dd`
 * @param unpadded keys that have no leading zeros in the location
 */
export function timeProjection(
  keys: readonly TimeKey[],
  { from, to }: { readonly from: string; readonly to: string },
  unpadded: ReadonlySet<string> = new Set(),
): Readonly<Record<string, string>> {
  // Only `digits` pads the value in the location; leading zeros in the range do not.
  const integer = (key: TimeKey, range: string, digits?: number): Record<string, string> => ({
    [`projection.${key}.type`]: 'integer',
    [`projection.${key}.range`]: range,
    ...(digits === undefined || unpadded.has(key) ? {} : { [`projection.${key}.digits`]: String(digits) }),
  });
  const projections: Readonly<Record<TimeKey, Readonly<Record<string, string>>>> = {
    year: integer('year', `${from.slice(0, 4)},${to.slice(0, 4)}`),
    month: integer('month', '1,12', 2),
    day: integer('day', '1,31', 2),
    hour: integer('hour', '0,23', 2),
    dt: {
      'projection.dt.type': 'date',
      'projection.dt.format': 'yyyy-MM-dd',
      'projection.dt.range': `${from},${to}`,
      'projection.dt.interval': '1',
      'projection.dt.interval.unit': 'DAYS',
    },
  };
  return Object.assign({}, ...keys.map((key) => projections[key]));
}

/** Where the partition of given keys lies: in Hive's folders below the table's location. */
export const projectedLocation = (
  location: string,
  keys: TableDefinition['partitionKeys'],
): Readonly<Record<string, string>> => ({
  'storage.location.template': `${location}${keys.map(({ name }) => `${name}=\${${name}}/`).join('')}`,
});

/**
 * What makes Athena refuse a projected table, or read nothing from it: keys without a projection configuration, keys that
 * the location does not depend on, a location without its final slash, and configuration of things that are no keys.
 * Neither CloudFormation nor CDK finds these. Empty when all is well.
 */
export function projectionProblems(table: Pick<TableDefinition, 'partitionKeys' | 'parameters'>): readonly string[] {
  const { parameters } = table;
  const keys = table.partitionKeys.map(({ name }) => name);
  const template = parameters['storage.location.template'] ?? '';
  const problems: string[] = [];
  if (parameters['projection.enabled'] !== 'true') problems.push('projection.enabled is not true');
  if (!template.endsWith('/')) problems.push('storage.location.template does not end with a slash');
  for (const key of keys) {
    if (parameters[`projection.${key}.type`] === undefined) problems.push(`key ${key} has no projection.${key}.type`);
    if (!template.includes(`\${${key}}`)) problems.push(`storage.location.template has no placeholder for key ${key}`);
  }
  const configured = Object.keys(parameters).map((name) => /^projection\.(\w+)\.type$/.exec(name)?.[1]);
  for (const name of configured) {
    if (name !== undefined && !keys.includes(name))
      problems.push(`projection of ${name}, which is not a partition key`);
  }
  return problems;
}
