import type { ColumnType, JoinedSource, SourcePath, StructField, ValueSource } from '../model';
import { snakeCase } from '../snake-case';
import { describePath, isJoined, partsOf, pathsOf, type Sourced } from '../sources';
import { withInner } from '../types';
import { closest } from './closest';
import { type Cursor, count, show } from './cursor';
import { type ColumnFormat, readFormat, withFormat } from './formats';

const EXAMPLES =
  "write a name such as 'eventTime', { path: ['user', 'id'] }, { firstOf: ['eventTime', 'event-time'] }, or { join: ['date', 'time'] }";
const MAX_NAMES = 32;
const MAX_NAME_LENGTH = 1000;

/** Checks a `from`: the paths in order of preference or the texts to join, or undefined where there is a mistake. */
export function readSource(cursor: Cursor): readonly SourcePath[] | JoinedSource | undefined {
  const { value } = cursor;
  if (Array.isArray(value)) {
    return cursor.problem(
      'an array could be a path or a choice',
      `write { path: [...] } for a member of a member, or { firstOf: [...] } for several names`,
    );
  }
  if (typeof value === 'string') return one(readMember(cursor));
  const object = cursor.object(['path', 'firstOf', 'join'], EXAMPLES);
  if (object === undefined) return undefined;
  const [given, other] = Object.entries(object).flatMap(([name, item]) => (item.isMissing ? [] : [name]));
  if (given === undefined) return cursor.problem('says no name', EXAMPLES);
  if (other !== undefined) return cursor.problem(`has both ${given} and ${other}`, EXAMPLES);
  if (!object.join.isMissing) return readJoin(object.join);
  return object.path.isMissing ? readChoice(object.firstOf) : one(readPath(object.path));
}

const one = <T>(value: T | undefined): readonly T[] | undefined => (value === undefined ? undefined : [value]);

function readMember(cursor: Cursor): SourcePath | undefined {
  const name = readSourceName(cursor);
  return name === undefined ? undefined : [name];
}

function readSourceName(cursor: Cursor): string | undefined {
  const name = cursor.text('write a name as it stands in the input');
  if (name === undefined) return undefined;
  if (name.length > MAX_NAME_LENGTH) {
    return cursor.problem(`has ${count(name.length)} characters`, `write at most ${count(MAX_NAME_LENGTH)}`);
  }
  // What is not Unicode text stands in no input.
  return name.isWellFormed() ? name : cursor.problem('holds half of a surrogate pair', 'write whole characters');
}

function readPath(cursor: Cursor): SourcePath | undefined {
  const items = readList(cursor, "write the names from the outside in, for example ['userIdentity', 'type']");
  const names = items?.map(readSourceName).filter((name) => name !== undefined);
  return names === undefined || names.length < (items?.length ?? 0) ? undefined : names;
}

/** Checks a name, or a path of names. */
export function readPlace(cursor: Cursor): SourcePath | undefined {
  const { value } = cursor;
  if (typeof value === 'string' && /^[^.]+(?:\.[^.]+)+$/.test(value)) {
    const path = value.split('.').map((name) => `'${name}'`);
    return cursor.problem(
      `${show(value)} could be a path, or one name with a dot in it`,
      `write { path: [${path.join(', ')}] } for a member of a member, or { path: ['${value}'] } for the one name`,
    );
  }
  if (typeof value === 'string') return readMember(cursor);
  const object = cursor.object(['path'], "write a name, or { path: ['payload', 'after'] }");
  return object && readPath(object.path);
}

function readChoice(cursor: Cursor): readonly SourcePath[] | undefined {
  const items = readList(cursor, "write names and paths in order of preference, for example ['eventTime', 'time']");
  const paths = items?.map((item) => {
    if (typeof item.value === 'string') return readMember(item);
    const object = item.object(['path'], "write a name, or { path: ['user', 'id'] }");
    return object && readPath(object.path);
  });
  if (items === undefined || paths === undefined) return undefined;
  const known = new Set<string>();
  for (const [index, path] of paths.entries()) {
    if (path === undefined) return undefined;
    const form = JSON.stringify(path);
    if (known.has(form)) return items[index]?.problem(`${describePath(path)} occurs twice`, 'remove one of them');
    known.add(form);
  }
  return paths.filter((path) => path !== undefined);
}

function readJoin(cursor: Cursor): JoinedSource | undefined {
  const join = readChoice(cursor);
  if (join === undefined) return undefined;
  return join.length > 1 ? { join } : cursor.problem('joins one name', "write two or more, or from: 'name'");
}

function readList(cursor: Cursor, fix: string): Cursor[] | undefined {
  const items = cursor.array(fix);
  if (items === undefined) return undefined;
  if (items.length === 0) return cursor.problem('is empty', fix);
  if (items.length > MAX_NAMES) {
    return cursor.problem(`has ${count(items.length)} items`, `write at most ${count(MAX_NAMES)}`);
  }
  return items;
}

/** What `fields` says, by the path of the field. */
export interface FieldSettings {
  readonly sources: ReadonlyMap<string, readonly SourcePath[]>;
  readonly formats: ReadonlyMap<string, ColumnFormat>;
}

/** A type with what `fields` says of its fields, and with what `columnNames` says of the names of the others. */
export function sourcedType(
  type: ColumnType,
  settings: FieldSettings,
  otherwise: 'snake' | undefined,
  path = '',
): ColumnType {
  return withInner(
    type,
    (inner) => sourcedType(inner, settings, otherwise, path),
    (field): StructField => {
      const at = path === '' ? field.name : `${path}.${field.name}`;
      const from: ValueSource | undefined = settings.sources.get(at) ?? otherwise;
      const format = settings.formats.get(at);
      const formatted = format === undefined ? field.type : withFormat(field.type, format);
      const inner = sourcedType(formatted, settings, otherwise, at);
      return { name: field.name, type: inner, ...(from === undefined ? {} : { from }) };
    },
  );
}

/** Checks the `fields` of a column. `cursors` say where each `from` is written. */
export function readFieldSettings(
  cursor: Cursor,
  type: ColumnType,
): FieldSettings & { readonly cursors: ReadonlyMap<string, Cursor> } {
  const formats = new Map<string, ColumnFormat>();
  const sources = new Map<string, readonly SourcePath[]>();
  const cursors = new Map<string, Cursor>();
  const known = fieldTypes(type, '');
  for (const [path, item] of cursor.members("write for example { type: { from: 'Type' } }") ?? []) {
    const field = known.get(path);
    if (field === undefined) {
      const near = closest(path, [...known.keys()]);
      item.problem(
        `there is no struct field '${path}' in the type`,
        near === undefined ? 'name a field of a struct, with dots between nested ones' : `write '${near}'`,
      );
      continue;
    }
    const object = item.object(['from', 'format'], "write for example { from: 'Type' }");
    if (object === undefined) continue;
    const format = object.format.isMissing ? undefined : readFormat(object.format, field);
    if (format !== undefined) formats.set(path, format);
    const source = object.from.isMissing ? undefined : readSource(object.from);
    if (source === undefined) continue;
    if (isJoined(source)) {
      object.from.problem('joins names for a field of a struct', 'make a column of it');
      continue;
    }
    sources.set(path, source);
    cursors.set(path, object.from);
  }
  return { sources, formats, cursors };
}

function fieldTypes(type: ColumnType, path: string): ReadonlyMap<string, ColumnType> {
  switch (type.kind) {
    case 'array':
      return fieldTypes(type.element, path);
    case 'map':
      return fieldTypes(type.value, path);
    case 'struct':
      return new Map(
        type.fields.flatMap((field) => {
          const at = path === '' ? field.name : `${path}.${field.name}`;
          return [[at, field.type] as const, ...fieldTypes(field.type, at)];
        }),
      );
    default:
      return new Map();
  }
}

/** A column or field together with the place where its `from` is written, or it itself. */
export interface Located extends Sourced {
  readonly cursor: Cursor;
}

const inSnake = (path: SourcePath): string =>
  snakeCase(path.at(-1) ?? '')
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');

/** A name for the value of a path within a member of the column's name: `_id` of `$oid` is `id_oid`. */
const instead = (name: string, path: SourcePath): string => `${name.replace(/^_+/, '')}_${inSnake(path)}`;

const isNamed = ({ from }: Sourced): boolean => from !== undefined && from !== 'snake';

/** Reports names of the input from which two columns, or two fields of a struct, would take their values. */
export function checkDistinct(targets: readonly Located[], kind: 'column' | 'struct field'): void {
  const owners = new Map<string, Located>();
  const snake = new Map(targets.flatMap((target) => (target.from === 'snake' ? [[target.name, target] as const] : [])));
  const takes = targets.flatMap((target) => [...pathsOf(target), ...partsOf(target)].map((path) => ({ target, path })));
  for (const { target, path } of takes) {
    const form = JSON.stringify(path);
    const earlier = owners.get(form);
    if (earlier === undefined) {
      owners.set(form, target);
      continue;
    }
    // Two columns of one name are a mistake of its own.
    if (earlier.name === target.name) continue;
    const [at, other] = isNamed(target) ? [target, earlier] : [earlier, target];
    at.cursor.problem(
      path.length === 1 && path[0] === other.name
        ? `${describePath(path)} is the name of ${kind} '${other.name}', which takes it too`
        : `${describePath(path)} is named by ${kind} '${other.name}' too`,
      `take each value into one ${kind}: change the name or the from of one of them`,
    );
  }
  for (const { target, path } of takes) {
    for (let length = 1; length < path.length; length++) {
      const other = owners.get(JSON.stringify(path.slice(0, length)));
      if (other === undefined) continue;
      const outer = describePath(path.slice(0, length));
      if (other.name === target.name) {
        target.cursor.problem(
          `${describePath(path)} is within ${outer}, which is a place of the value itself`,
          length === 1 && path[0] === target.name
            ? `a ${kind} is taken under its own name too: rename it, for example to '${instead(target.name, path)}'`
            : 'remove one of the two',
        );
      } else {
        target.cursor.problem(
          `${describePath(path)} is within ${outer}, which ${kind} '${other.name}' takes as a whole`,
          `take it from that ${kind} in queries, or change the from of one of them`,
        );
      }
      break;
    }
    const [first = ''] = path;
    const spelled = snake.get(snakeCase(first));
    if (spelled !== undefined && spelled !== target && first !== target.name) {
      target.cursor.problem(
        `${describePath([first])} is also a spelling of ${kind} '${spelled.name}', because columnNames is 'snake'`,
        `give ${kind} '${spelled.name}' a from of its own, or change this one`,
      );
    }
  }
}
