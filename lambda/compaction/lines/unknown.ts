import type { ValueType } from './types';

/** Names of undeclared fields that are remembered; beyond, fields are only counted. */
const MAX_UNKNOWN_NAMES = 100;

/** A field that objects carry and the dataset does not declare. It is not stored. */
export interface UnknownField {
  /** Path of the field, e.g. `user.agent`; array indices and map keys are left out. */
  readonly name: string;
  /** How often it occurred, rejected lines included. */
  readonly count: number;
  /** A declared name that differs only in case: names match exactly, so its values are probably missing. */
  readonly similarTo: string | undefined;
}

/** Counts undeclared fields by name: schema drift is otherwise invisible, because the line is accepted without them. */
export class UnknownFields {
  readonly budget = { left: MAX_UNKNOWN_NAMES };
  /** Occurrences of fields that were not remembered by name. */
  beyondLimit = 0;

  list(root: ValueType): UnknownField[] {
    const fields: UnknownField[] = [];
    collect(root, '', fields);
    return fields;
  }
}

function collect(type: ValueType, path: string, fields: UnknownField[]): void {
  if (type.element !== undefined) collect(type.element, path, fields);
  if (type.table === undefined || type.kind === 'map') return;
  const { entries } = type.table;
  const declared = entries.filter((entry) => entry.type !== undefined).map((entry) => entry.name);
  for (const { name, count, type: known } of entries) {
    const full = path === '' ? name : `${path}.${name}`;
    if (known !== undefined) {
      collect(known, full, fields);
    } else if (count > 0) {
      const similarTo = declared.find((other) => other.toLowerCase() === name.toLowerCase());
      fields.push({ name: full, count, similarTo });
    }
  }
}
