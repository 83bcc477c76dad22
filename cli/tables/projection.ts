import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { TableDefinition } from '../../lib/dataset/model';

/** Values of the partition keys as they stand in the path. */
export type KeyValues = Readonly<Record<string, string>>;

export interface ProjectedPartition {
  readonly values: KeyValues;
  /** The folder that the table's `storage.location.template` gives for these values. */
  readonly folder: string;
}

/**
 * The partitions that Athena's partition projection finds for a table, read from the table's properties and nothing
 * else. Athena computes every combination and looks in each place; here the existing folders are matched against the
 * template and the ranges, which gives the same partitions without visiting the empty ones.
 *
 * Understands what the lake's tables use: `integer` (range, digits), `enum`, `date` (format yyyy-MM-dd, fixed range) and
 * `injected`. @throws Error on any other configuration, or when a key has none, as Athena does
 *
 * A table without partition keys is its location as a whole.
 *
 * @param root Folder whose sub-folders are the buckets.
 * @param where Only partitions with these values.
 */
export async function projectedPartitions(
  table: TableDefinition,
  root: string,
  where: KeyValues = {},
): Promise<ProjectedPartition[]> {
  const { parameters } = table;
  if (table.partitionKeys.length === 0) {
    const folder = join(root, bucketPath(table.location));
    return (await stat(folder).catch(() => undefined))?.isDirectory() === true ? [{ values: {}, folder }] : [];
  }
  if (parameters['projection.enabled'] !== 'true') {
    throw new Error(`table ${table.name}: projection.enabled must be "true"`);
  }
  const accepts = new Map(table.partitionKeys.map(({ name }) => [name, keyTest(table, name)]));
  const template = parameters['storage.location.template'] ?? '';
  for (const name of accepts.keys()) {
    if (!template.includes(`\${${name}}`)) {
      throw new Error(`table ${table.name}: storage.location.template must hold a placeholder for "${name}"`);
    }
  }
  const [bucket = '', ...segments] = bucketPath(template).replace(/\/$/, '').split('/');
  const found: ProjectedPartition[] = [];

  const descend = async (folder: string, depth: number, values: KeyValues): Promise<void> => {
    const segment = segments[depth];
    if (segment === undefined) {
      found.push({ values, folder });
      return;
    }
    const names = [...segment.matchAll(/\$\{([^}]+)\}/g)].map((match) => match[1] ?? '');
    if (names.length === 0) {
      await descend(join(folder, segment), depth + 1, values);
      return;
    }
    // Text and names of keys in turns.
    const pieces = segment.split(/\$\{([^}]+)\}/);
    const pattern = new RegExp(
      `^${pieces.map((piece, index) => (index % 2 === 0 ? escapeRegExp(piece) : valuePattern(table, piece))).join('')}$`,
    );
    for (const child of await subfolders(folder)) {
      const match = pattern.exec(child);
      if (match === null) {
        continue;
      }
      const own = Object.fromEntries(names.map((name, index) => [name, match[index + 1] ?? '']));
      const fits = Object.entries(own).every(
        ([name, value]) => accepts.get(name)?.(value) === true && (where[name] ?? value) === value,
      );
      if (fits) {
        await descend(join(folder, child), depth + 1, { ...values, ...own });
      }
    }
  };
  await descend(join(root, bucket), 0, {});
  return found;
}

/** `s3://bucket/key` as `bucket/key`. @throws Error for anything else */
export function bucketPath(uri: string): string {
  if (!uri.startsWith('s3://')) {
    throw new Error(`must be an s3:// URI, but got "${uri}"`);
  }
  return uri.slice('s3://'.length);
}

/** What a value of a key looks like in a folder, which may hold several without anything between them. */
function valuePattern({ parameters }: TableDefinition, key: string): string {
  const digits = parameters[`projection.${key}.digits`];
  switch (parameters[`projection.${key}.type`]) {
    case 'integer':
      return digits === undefined ? '(\\d+)' : `(\\d{${digits}})`;
    case 'date':
      return '(\\d{4}-\\d{2}-\\d{2})';
    default:
      return '(.+)';
  }
}

function keyTest(table: TableDefinition, key: string): (value: string) => boolean {
  const property = (name: string): string | undefined => table.parameters[`projection.${key}.${name}`];
  const fail = (problem: string): never => {
    throw new Error(`table ${table.name}, partition key "${key}": ${problem}`);
  };
  const range = (): [string, string] => {
    const [from, to, ...rest] = (property('range') ?? '').split(',').map((part) => part.trim());
    return from && to && rest.length === 0
      ? [from, to]
      : fail(`range must be "from,to", but got "${property('range')}"`);
  };
  switch (property('type')) {
    case undefined:
      return fail('missing projection configuration');
    case 'injected':
      return (value) => value !== '';
    case 'enum': {
      const values = (property('values') ?? fail('enum without values')).split(',').map((value) => value.trim());
      return (value) => values.includes(value);
    }
    case 'integer': {
      const [from, to] = range().map(Number) as [number, number];
      const digits = Number(property('digits') ?? 0);
      const step = Number(property('interval') ?? 1);
      return (value) => {
        const number = Number(value);
        const projected = number >= from && number <= to && (number - from) % step === 0;
        return projected && value === String(number).padStart(digits, '0');
      };
    }
    case 'date': {
      if (property('format') !== 'yyyy-MM-dd') {
        return fail(`only the format yyyy-MM-dd is understood, but got "${property('format')}"`);
      }
      const [from, to] = range();
      return (value) => /^\d{4}-\d\d-\d\d$/.test(value) && value >= from && value <= to;
    }
    default:
      return fail(`projection type "${property('type')}" is not understood`);
  }
}

async function subfolders(folder: string): Promise<string[]> {
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory() !== true) {
    return [];
  }
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
