import type { ColumnType } from '../dataset/model';
import type { ValueType } from './compiled';
import type { RowChecker } from './row';

/** A column of the line that is written. */
export interface WrittenColumn {
  readonly name: string;
  readonly kind: ColumnType['kind'];
  /** The field of its value, and -1 where the record has none. */
  readonly field: number;
  /** Fields whose texts, with a blank between them, are its value where each has one. @default none */
  readonly joined?: readonly number[];
}

/** A column, as it is written. A class, so that the engine sees objects of one shape. */
export class FieldColumn {
  readonly name: string;
  readonly kind: ColumnType['kind'];
  readonly field: number;
  readonly joined: readonly number[];
  /** Whether it is a field of text, without anything joined to it. */
  readonly isText: boolean;
  /** The key, with what stands before it, its quotes and its colon, as words. */
  readonly key: Int32Array;
  /** Bytes by which the last word is too long. */
  readonly padding: number;
  /** What its values are checked against as they are written; undefined where the whole line is. */
  readonly type: ValueType | undefined;
  readonly isNeeded: boolean;

  constructor({ name, kind, field, joined = [] }: WrittenColumn, isFirst: boolean, row: RowChecker | undefined) {
    this.name = name;
    this.kind = kind;
    this.field = field;
    this.joined = joined;
    this.isText = kind === 'string' && joined.length === 0 && field >= 0;
    const text = Buffer.from(`${isFirst ? '{' : ','}${JSON.stringify(name)}:   `);
    this.key = Int32Array.from({ length: text.length >> 2 }, (_, index) => text.readInt32LE(4 * index));
    this.padding = 4 * this.key.length - (text.length - 3);
    this.type = row?.columnType(name);
    this.isNeeded = row?.needs(name) ?? false;
  }
}
