import type { JsonInput } from './json-input';
import type { Column, ColumnType, JoinedSource, SourcePath, ValueSource } from './model';
import { isSpelling, snakeCase } from './snake-case';
import { withInner } from './types';

/** A column or struct field, as far as it is looked up in the input. */
export interface Sourced {
  readonly name: string;
  readonly from?: ValueSource;
}

export const isJoined = (from: ValueSource | undefined): from is JoinedSource =>
  typeof from === 'object' && Object.hasOwn(from, 'join');

/** The places of the texts that are joined to a value; none for a value that is there as a whole. */
export const partsOf = ({ from }: Sourced): readonly SourcePath[] => (isJoined(from) ? from.join : []);

/**
 * Where a value may stand as a whole, in order of preference; the own name last. Of any spelling in snake case, the own one;
 * and so of one that is joined.
 */
export function pathsOf({ name, from }: Sourced): readonly SourcePath[] {
  if (from === undefined || from === 'snake' || isJoined(from)) return [[name]];
  return from.some((path) => path.length === 1 && path[0] === name) ? from : [...from, [name]];
}

/** The name of a column in a rewritten header, or in a pattern: its most preferred name that is not a path. */
export const fieldName = (target: Sourced): string =>
  pathsOf(target).find(({ length }) => length === 1)?.[0] ?? target.name;

/** A place of the input: whose value stands there, and how many other places of it are preferred. */
export interface Place<Target extends Sourced> {
  readonly target: Target;
  readonly rank: number;
}

/** Finds what the members of one object, or the columns of a header, are for. */
export class Sources<Target extends Sourced> {
  readonly #named = new Map<string, Place<Target>>();
  readonly #snake = new Map<string, Target>();
  /** First names of paths, and of texts that are joined. */
  readonly #enveloped = new Set<string>();

  constructor(targets: readonly Target[]) {
    for (const target of targets) {
      if (target.from === 'snake') this.#snake.set(target.name, target);
      for (const [name = ''] of partsOf(target)) this.#enveloped.add(name);
      for (const [rank, path] of pathsOf(target).entries()) {
        const [name = ''] = path;
        if (path.length === 1) this.#named.set(name, { target, rank });
        else this.#enveloped.add(name);
      }
    }
  }

  /** What the member of a name is for, if it is a value itself. */
  place(name: string): Place<Target> | undefined {
    const named = this.#named.get(name);
    if (named !== undefined || this.#snake.size === 0) return named;
    const target = this.#snake.get(snakeCase(name));
    return target && { target, rank: 0 };
  }

  /** Whether a member of a name is used: as a value, or for its members. */
  uses(name: string): boolean {
    return this.#enveloped.has(name) || this.place(name) !== undefined;
  }
}

/** What an object of JSON holds for a column: undefined where no name of it is there, and null where each is null. */
export function sourceValue(target: Sourced, object: object): unknown {
  const parts = partsOf(target).map((path) => valueAt(object, path));
  if (parts.length > 0 && parts.every((part) => typeof part === 'string' || typeof part === 'number')) {
    return parts.join(' ');
  }
  const found = placesIn(target, object).map((path) => valueAt(object, path));
  return found.find((value) => value !== undefined && value !== null) ?? (found.includes(null) ? null : undefined);
}

function placesIn(target: Sourced, object: object): readonly SourcePath[] {
  if (target.from !== 'snake') return pathsOf(target);
  return Object.keys(object)
    .filter((name) => isSpelling(name, target.name))
    .map((name) => [name]);
}

function valueAt(object: object, path: SourcePath): unknown {
  let value: unknown = object;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    value = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
  }
  return value;
}

/** The columns as the lake's own names say, at any depth: of what compaction has read, and of events. */
export function withOwnNames(columns: readonly Column[]): readonly Column[] {
  return columns.map(({ from: _, type, ...column }) => ({ ...column, type: ownNames(type) }));
}

/** The columns as events have them: under their own names, times in ISO 8601, and JSON as text. */
export function asEvents(columns: readonly Column[]): readonly Column[] {
  return withOwnNames(columns).map((column) => ({ ...column, type: withoutFormats(column.type) }));
}

const withoutFormats = (type: ColumnType): ColumnType =>
  type.kind === 'timestamp' || type.kind === 'date' || type.kind === 'string'
    ? { kind: type.kind }
    : withInner(type, withoutFormats);

/** Whether any value has another name in the input than its column or field, or another form than its type. */
export function differsInInput(columns: readonly Pick<Column, 'from' | 'type'>[]): boolean {
  return columns.some(({ from, type }) => from !== undefined || holdsDifference(type));
}

const ownNames = (type: ColumnType): ColumnType =>
  withInner(type, ownNames, ({ name, type: field }) => ({ name, type: ownNames(field) }));

function holdsDifference(type: ColumnType): boolean {
  switch (type.kind) {
    case 'array':
      return holdsDifference(type.element);
    case 'map':
      return holdsDifference(type.value);
    case 'struct':
      return differsInInput(type.fields);
    case 'timestamp':
    case 'date':
      return type.format !== undefined;
    case 'string':
      return type.json === true;
    default:
      return false;
  }
}

/** The place of a value in words: `"VendorID"`, `"userIdentity" / "type"`, or several in order. Undefined for the own name. */
export function describeSource({ name, from }: Sourced): string | undefined {
  if (from === undefined) return undefined;
  if (from === 'snake') return name.includes('_') ? `any name whose snake case is ${name}` : undefined;
  if (isJoined(from)) return `${from.join.map(describePath).join(' and ')}, joined with a blank`;
  return from.map(describePath).join(', else ');
}

export const describePath = (path: SourcePath): string => path.map((name) => JSON.stringify(name)).join(' / ');

/** Where the records of an object stand, in words: `in "Records" of each object, with "owner" of it`. */
export function describeEnvelope({ unwrap, carry }: JsonInput): string {
  const carried = carry.length === 0 ? '' : `, with ${carry.map(describePath).join(', ')} of it`;
  return `in ${describePath(unwrap)} of each object, one or an array${carried}`;
}
