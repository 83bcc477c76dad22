import type { Route, ValueType } from './compiled';

/** Names of undeclared fields of an object that are remembered, whatever its format; beyond, fields are only counted. */
export const MAX_UNKNOWN_NAMES = 100;

/** A field that objects carry and the dataset does not declare. It is not stored. */
export interface UnknownField {
  /** Path of the field, e.g. `user.agent`; array indices and map keys are left out. */
  readonly name: string;
  /** How often it occurred, rejected lines included. */
  readonly count: number;
  /** A declared name that differs only in case or separators; it was there too, or the line was rejected. */
  readonly similarTo: string | undefined;
}

/** Counts undeclared fields by name: schema drift is otherwise invisible, because the line is accepted without them. */
export class UnknownFields {
  readonly budget = { left: MAX_UNKNOWN_NAMES };
  /** Occurrences of fields that were not remembered by name. */
  beyondLimit = 0;

  /** Whether nothing was counted or remembered. */
  get isUntouched(): boolean {
    return this.budget.left === MAX_UNKNOWN_NAMES && this.beyondLimit === 0;
  }

  list(root: ValueType): UnknownField[] {
    const fields: UnknownField[] = [];
    collect(root, '', fields);
    return fields;
  }
}

function collect(type: ValueType, path: string, fields: UnknownField[]): void {
  if (type.element !== undefined) collect(type.element, path, fields);
  if (type.table === undefined || type.kind === 'map') return;
  for (const { name, count, type: declared, alike, route } of type.table.entries) {
    const full = path === '' ? name : `${path}.${name}`;
    const known = declared ?? typeBehind(route);
    if (known !== undefined) {
      collect(known, full, fields);
    } else if (count > 0) {
      fields.push({ name: full, count, similarTo: alike?.[0]?.name });
    }
  }
}

/** Of several places of one value, the first stands for all. */
function typeBehind(route: Route | undefined): ValueType | undefined {
  if (route?.kind === 'envelope') return route.type;
  return route?.kind === 'slot' && route.rank === 0 ? route.slot.type : undefined;
}
