import { type ColumnType, pathsOf, type Sourced } from '../../lib/dataset';
import { timeIn } from './times';
import type { Value } from './values';

type Target = Sourced & { readonly type: ColumnType };
type Members = Map<string, unknown>;

/** A row as a producer writes it: each value in the best of its places, or in camel case for `columnNames: 'snake'`. */
export function sourceObject(columns: readonly Target[], row: Readonly<Record<string, Value>>): object {
  const members: Members = new Map();
  for (const column of columns) {
    const [best = [column.name]] = column.from === 'snake' ? [[camelCase(column.name)]] : pathsOf(column);
    let at = members;
    for (const name of best.slice(0, -1)) {
      const inner = at.get(name);
      const next: Members = inner instanceof Map ? inner : new Map();
      at.set(name, next);
      at = next;
    }
    at.set(best.at(-1) ?? column.name, sourced(column.type, row[column.name] ?? null));
  }
  return plain(members);
}

const camelCase = (name: string): string =>
  name.replace(/([a-z0-9])_([a-z])/g, (_, before, after) => `${before}${after.toUpperCase()}`);

/** `Object.fromEntries` makes a member of its own even of `__proto__`. */
const plain = (members: Members): object =>
  Object.fromEntries([...members].map(([name, value]) => [name, value instanceof Map ? plain(value) : value]));

/** A value as a producer writes it. */
export function sourced(type: ColumnType, value: Value): unknown {
  if ((type.kind === 'timestamp' || type.kind === 'date') && type.format !== undefined && typeof value === 'string') {
    return timeIn(type.format, value);
  }
  if (typeof value !== 'object' || value === null) return value;
  switch (type.kind) {
    case 'array':
      return Array.isArray(value) ? value.map((item: Value) => sourced(type.element, item)) : value;
    case 'map':
      return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, sourced(type.value, inner)]));
    case 'struct':
      return sourceObject(type.fields, value as Readonly<Record<string, Value>>);
    default:
      return value;
  }
}
