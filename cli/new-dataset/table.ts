import { createHash } from 'node:crypto';
import { type JsonValue, Members, NumberText } from './json-value';
import type { TypeNode } from './resolve';
import { Shape } from './shape';

/** A row of a sample: members of JSON, or fields of delimited text under the names of its header. */
export type Row =
  | { readonly members: Members }
  | {
      readonly names: readonly string[];
      readonly texts: readonly (string | undefined)[];
      /** Fields that are no numbers, though JSON has such numbers, by their index. @default none */
      readonly words?: ReadonlySet<number>;
    };

/** A column more than this is not looked at; a dataset has at most as many. */
const MAX_COLUMNS = 1000;

export interface SampleColumn {
  readonly source: string;
  readonly shape: Shape;
  /** What the schema of Parquet files says; `undefined` within for types that no column takes. */
  declared?: { readonly node: TypeNode | undefined; readonly label: string };
  /** Types of other Parquet files that have none in common with it. */
  readonly otherTypes: Set<string>;
}

/** What all samples hold, column by column. */
export class SampleTable {
  rows = 0;
  readonly columns = new Map<string, SampleColumn>();
  /** Names of columns beyond the limit. */
  readonly leftOut = new Set<string>();

  add(row: Row): void {
    this.rows += 1;
    if ('members' in row) {
      // Of a name twice the row is refused anyway.
      for (const [name, value] of row.members.entries) this.column(name)?.shape.add(value);
    } else {
      for (const [index, name] of row.names.entries()) {
        // A field without a name has none that a column could have.
        if (name !== '') this.column(name)?.shape.addText(row.texts[index], row.words?.has(index) !== true);
      }
    }
  }

  column(name: string): SampleColumn | undefined {
    const known = this.columns.get(name);
    if (known !== undefined) return known;
    if (this.columns.size >= MAX_COLUMNS) {
      if (this.leftOut.size < 100) this.leftOut.add(name);
      return undefined;
    }
    const column = { source: name, shape: new Shape(), otherTypes: new Set<string>() };
    this.columns.set(name, column);
    return column;
  }
}

/** The value of a column as a text that is equal for equal values; undefined for none. */
export function keyText(row: Row, source: string): string | undefined {
  if (!('members' in row)) {
    const index = row.names.indexOf(source);
    return index === -1 ? undefined : row.texts[index];
  }
  const value = row.members.entries.find(([name]) => name === source)?.[1];
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string' ? value : textOf(value);
}

function textOf(value: JsonValue): string {
  if (value instanceof NumberText) return value.text;
  if (value instanceof Members)
    return `{${value.entries.map(([name, inner]) => `${JSON.stringify(name)}:${textOf(inner)}`).join()}}`;
  if (Array.isArray(value)) return `[${(value as readonly JsonValue[]).map(textOf).join()}]`;
  return JSON.stringify(value);
}

/** A short text that is equal for rows with equal values. */
export function rowDigest(row: Row): string {
  const text = 'members' in row ? textOf(row.members) : JSON.stringify([row.names, row.texts]);
  return createHash('sha256').update(text).digest('base64').slice(0, 16);
}
