import type { TableDefinition } from './model';

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
    if (name !== undefined && !keys.includes(name)) problems.push(`projection of ${name}, which is no partition key`);
  }
  return problems;
}
