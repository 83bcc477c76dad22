import type { Column, ColumnType } from './model';
import { isJoined, pathsOf, type Sourced } from './sources';

/**
 * How the OpenX SerDe finds the members of other names, as properties `mapping.<column>`. It knows one name for a column or
 * field of a name, wherever in the row that is, compares without case, and looks into no object for it:
 * https://docs.aws.amazon.com/athena/latest/ug/openx-json-serde.html. Of several places the best has the mapping.
 */
export function jsonMapping(columns: readonly Column[]): Record<string, string> {
  const wanted = new Map<string, Set<string | undefined>>();
  visit(columns, (target) => wanted.set(target.name, (wanted.get(target.name) ?? new Set()).add(keyOf(target))));
  return Object.fromEntries(
    [...wanted].flatMap(([name, keys]) => {
      const [key] = keys;
      return keys.size > 1 || key === undefined || key === name ? [] : [[`mapping.${name}`, key]];
    }),
  );
}

/** Whether the raw table of JSON shows the value of a column: it stands under a name that a mapping can give. */
export function isMapped(column: Column, columns: readonly Column[]): boolean {
  const key = keyOf(column);
  return key !== undefined && (jsonMapping(columns)[`mapping.${column.name}`] ?? column.name) === key;
}

/** The name in lower case that a value stands under; undefined for one within an object. */
function keyOf(target: Sourced): string | undefined {
  // Without case, every camel or Pascal spelling is the name without its underscores.
  if (target.from === 'snake')
    return target.name.replaceAll('_', '') === '' ? target.name : target.name.replaceAll('_', '');
  if (isJoined(target.from)) return undefined;
  const [best = []] = pathsOf(target);
  return best.length === 1 ? best[0]?.toLowerCase() : undefined;
}

function visit(targets: readonly (Sourced & { readonly type: ColumnType })[], on: (target: Sourced) => void): void {
  for (const target of targets) {
    on(target);
    inside(target.type, on);
  }
}

function inside(type: ColumnType, on: (target: Sourced) => void): void {
  switch (type.kind) {
    case 'array':
      inside(type.element, on);
      break;
    case 'map':
      inside(type.value, on);
      break;
    case 'struct':
      visit(type.fields, on);
      break;
  }
}
