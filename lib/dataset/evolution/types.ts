import type { ColumnType } from '../model';
import { formatHiveType } from '../types';
import type { RuleId } from './rules';

/** Told of each difference within a type: where, and what it is. */
export type TypeReport = (path: string, rule: RuleId, from?: string, to?: string) => void;

const WHOLE = ['tinyint', 'smallint', 'int', 'bigint'];

/** Reports how a type changed, down to the fields of structs. Formats and sources of values count as well. */
export function compareTypes(path: string, before: ColumnType, after: ColumnType, report: TypeReport): void {
  if (before.kind === 'struct' && after.kind === 'struct') {
    const old = new Map(before.fields.map((field) => [field.name, field]));
    const names = new Set(after.fields.map(({ name }) => name));
    for (const { name } of before.fields) if (!names.has(name)) report(`${path}.${name}`, 'removed', name);
    for (const { name, type, from } of after.fields) {
      const own = old.get(name);
      if (own === undefined) report(`${path}.${name}`, 'field-added', undefined, formatHiveType(type));
      else {
        compareTypes(`${path}.${name}`, own.type, type, report);
        if (!same(own.from, from)) report(`${path}.${name}`, 'source', text(own.from), text(from));
      }
    }
    return;
  }
  if (before.kind === 'array' && after.kind === 'array') {
    compareTypes(`${path}[]`, before.element, after.element, report);
    return;
  }
  if (before.kind === 'map' && after.kind === 'map') {
    compareTypes(`${path}{key}`, before.key, after.key, report);
    compareTypes(`${path}{}`, before.value, after.value, report);
    return;
  }
  const [from, to] = [formatHiveType(before), formatHiveType(after)];
  if (from !== to) {
    const rule = ruleOf(before, after);
    report(path, rule === 'type-widened' && isInside(path) ? 'type-widened-inside' : rule, from, to);
  } else if (!same(before, after)) report(path, 'source', text(before), text(after));
}

/** Whether a path leads into a struct, an array or a map. */
const isInside = (path: string): boolean => ['.', '[', '{'].some((mark) => path.includes(mark));

/** Of two scalars, or of two kinds of type. */
function ruleOf(before: ColumnType, after: ColumnType): RuleId {
  if (before.kind === 'decimal' && after.kind === 'decimal') {
    // More digits before the point, and no other scale: files keep theirs.
    if (before.scale !== after.scale) return 'type-changed';
    return after.precision > before.precision ? 'type-widened' : 'type-narrowed';
  }
  const [from, to] = [WHOLE.indexOf(before.kind), WHOLE.indexOf(after.kind)];
  if (from >= 0 && to >= 0) return to > from ? 'type-widened' : 'type-narrowed';
  // A double holds each int, but not each bigint.
  if (from >= 0 && after.kind === 'double' && before.kind !== 'bigint') return 'type-widened';
  if (from >= 0 && after.kind === 'string') return 'type-widened';
  if (before.kind === 'float' && after.kind === 'double') return 'type-widened';
  if (before.kind === 'double' && after.kind === 'float') return 'type-narrowed';
  return 'type-changed';
}

/** As JSON has them: a baseline has no more. */
export const same = (a: unknown, b: unknown): boolean => text(a) === text(b);

export const text = (value: unknown): string | undefined => (value === undefined ? undefined : JSON.stringify(value));
