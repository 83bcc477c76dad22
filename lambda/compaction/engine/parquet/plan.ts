import { duckdbType, quoteIdentifier, quoteText } from '../../../../lib/dataset/duckdb-types';
import type { Column, ColumnType } from '../../../../lib/dataset/model';
import { Sources } from '../../../../lib/dataset/sources';
import { formatHiveType } from '../../../../lib/dataset/types';
import { UnreadableObjectError } from '../../../../lib/rows';
import { type LocatedNode, locate } from './locate';
import { advice, article, describeNode, limits } from './messages';
import type { Rule } from './rule';
import { nulls, ruleFor } from './rules';
import type { FileNode } from './schema';

/** SQL for one declared column, or for a part of one. */
export interface Plan {
  /** The value, for rows that fit. */
  readonly value: string;
  /** The reason why a value does not fit, as text; NULL for one that does. Absent where everything fits. */
  readonly reason?: string | undefined;
}

/** Told the path of each field in the file that the declared type has no place for, and the fields that it has. */
export type OnUndeclared = (path: string, declared: readonly string[]) => void;

/** What is the same for every column of a file. */
export interface Context {
  readonly undeclared: OnUndeclared;
  /** Texts that mean null. */
  readonly nulls: readonly string[] | undefined;
}

/**
 * @param deletes SQL of whether a row deletes, for a column that such a row need not have. @default every row needs it
 * @throws UnreadableObjectError when no value of the column in the file can be one of the declared column
 */
export function planColumn(column: Column, places: readonly LocatedNode[], context: Context, deletes?: string): Plan {
  const { value, reason } = planPlaces(column.type, places, column.name, 0, context);
  const whole = reason === undefined ? undefined : labelled(quoteText(column.name), reason);
  if (!column.notNull) return { value, reason: whole };
  const missing = quoteText(`${column.name}: null in a column that must have a value`);
  const none = places.map((place) => `${place.value} IS NULL`).join(' AND ');
  const isNull = deletes === undefined ? none : `${none} AND NOT ${deletes}`;
  return { value, reason: `CASE WHEN ${isNull} THEN ${missing}${whole === undefined ? '' : ` ELSE ${whole}`} END` };
}

/** The first value of several places that is not null. Each has to fit. */
function planPlaces(
  type: ColumnType,
  places: readonly LocatedNode[],
  path: string,
  depth: number,
  context: Context,
): Plan {
  const plans = places.map(({ node, value }) => plan(node, type, value, path, depth, context));
  const [only] = plans;
  if (only !== undefined && plans.length === 1) return only;
  const reasons = plans.flatMap(({ reason }) => reason ?? []);
  return {
    value: `coalesce(${plans.map(({ value }) => value).join(', ')})`,
    reason: reasons.length === 0 ? undefined : `coalesce(${reasons.join(', ')})`,
  };
}

/** `path` is that of the declared field. Reasons begin with the rest of the path, below it. */
function plan(node: FileNode, type: ColumnType, x: string, path: string, depth: number, context: Context): Plan {
  if (node.shape === 'value' && node.found.kind === 'null') return single(node, type, x, nulls(type, x));
  switch (type.kind) {
    case 'array':
      if (node.shape === 'list') return list(node, type, x, path, depth, context);
      break;
    case 'map':
      if (node.shape === 'map') return map(node, type, x, path, depth, context);
      break;
    case 'struct':
      if (node.shape === 'struct') return struct(node, type, x, path, depth, context);
      break;
    default:
      if (node.shape === 'value') {
        const rule = ruleFor(node.found, type, x, node.text);
        if (rule !== undefined) return single(node, type, x, rule);
      }
  }
  throw new UnreadableObjectError(
    `column ${path}: the file has ${describeNode(node)}, the dataset declares ${article(formatHiveType(type))}; ${advice(node, type)}`,
  );
}

function single(node: Of<'value'>, type: ColumnType, x: string, { value, misfit }: Rule): Plan {
  if (misfit === undefined) return { value };
  const shown = `coalesce(left(CAST(${x} AS VARCHAR), 100), 'null')`;
  const problem = `': ' || ${shown} || ${quoteText(` (${node.found.label}) ${limits(node.found, type)}`)}`;
  return { value, reason: `CASE WHEN ${x} IS NOT NULL AND ${misfit} THEN ${problem} END` };
}

type Of<S extends FileNode['shape']> = FileNode & { shape: S };
type Declared<K extends ColumnType['kind']> = ColumnType & { kind: K };

function list(
  node: Of<'list'>,
  type: Declared<'array'>,
  x: string,
  path: string,
  depth: number,
  context: Context,
): Plan {
  const item = quoteIdentifier(`item ${depth}`);
  const index = quoteIdentifier(`index ${depth}`);
  const element = plan(node.element, type.element, item, `${path}[]`, depth + 1, context);
  const value = element.value === item ? x : `list_transform(${x}, lambda ${item}: ${element.value})`;
  if (element.reason === undefined) return { value };
  const reason = labelled(`'[' || (${index} - 1) || ']'`, element.reason);
  return { value, reason: firstOf(`list_transform(${x}, lambda ${item}, ${index}: ${reason})`) };
}

function map(node: Of<'map'>, type: Declared<'map'>, x: string, path: string, depth: number, context: Context): Plan {
  const entry = quoteIdentifier(`entry ${depth}`);
  const keyAt = `struct_extract(${entry}, 'key')`;
  const valueAt = `struct_extract(${entry}, 'value')`;
  const key = plan(node.key, type.key, keyAt, `${path}[key]`, depth + 1, context);
  const member = plan(node.value, type.value, valueAt, `${path}[value]`, depth + 1, context);
  const entries = `map_entries(${x})`;
  const keys = key.value === keyAt ? `map_keys(${x})` : `list_transform(${entries}, lambda ${entry}: ${key.value})`;
  const same = key.value === keyAt && member.value === valueAt;
  const packed = `struct_pack(k := ${key.value}, v := ${member.value})`;
  const value = same ? x : `map_from_entries(list_transform(${entries}, lambda ${entry}: ${packed}))`;
  const shown = `coalesce(left(CAST(${keyAt} AS VARCHAR), 40), 'null')`;
  const parts = [
    `CASE WHEN ${keyAt} IS NULL THEN ': null as a key' END`,
    ...(key.reason === undefined ? [] : [labelled("'[key]'", key.reason)]),
    ...(member.reason === undefined ? [] : [labelled(`'[' || ${shown} || ']'`, member.reason)]),
  ];
  const broken = firstOf(`list_transform(${entries}, lambda ${entry}: coalesce(${parts.join(', ')}))`);
  // Keys are compared as they will be: the texts 0 and -0 are one integer.
  const twice = `CASE WHEN len(list_distinct(${keys})) < len(${keys}) THEN ': a key occurs twice' END`;
  return { value, reason: `coalesce(${broken}, ${twice})` };
}

function struct(
  node: Of<'struct'>,
  type: Declared<'struct'>,
  x: string,
  path: string,
  depth: number,
  context: Context,
): Plan {
  const reasons: string[] = [];
  let same = node.fields.length === type.fields.length;
  const fields = type.fields.map((target, index) => {
    const { name, type: field } = target;
    const places = locate(target, node.fields, { within: x, nulls: context.nulls });
    same &&= places.length === 1 && places[0]?.node === node.fields[index];
    if (places.length === 0) return `${quoteIdentifier(name)} := NULL::${duckdbType(field)}`;
    const { value, reason } = planPlaces(field, places, `${path}.${name}`, depth, context);
    // One that is converted, or null for its text, is not the value that the file has.
    same &&= value === `struct_extract(${x}, ${quoteText(name)})`;
    if (reason !== undefined) reasons.push(labelled(quoteText(`.${name}`), reason));
    return `${quoteIdentifier(name)} := ${value}`;
  });
  const declared = type.fields.map(({ name }) => name);
  const sources = new Sources(type.fields);
  for (const field of node.fields) {
    if (!sources.uses(field.name)) context.undeclared(`${path}.${field.name}`, declared);
  }
  return {
    value: same ? x : `CASE WHEN ${x} IS NOT NULL THEN struct_pack(${fields.join(', ')}) END`,
    reason: reasons.length === 0 ? undefined : `coalesce(${reasons.join(', ')})`,
  };
}

/** Puts a part of the path, as SQL, before a reason. NULL stays NULL. */
const labelled = (path: string, reason: string): string => `(${path} || ${reason})`;

const firstOf = (reasons: string): string => `list_filter(${reasons}, lambda reason: reason IS NOT NULL)[1]`;
