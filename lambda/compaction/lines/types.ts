import type { Column, ColumnType } from '../../../lib/dataset/model';
import { KeyEntry, KeyTable, type NameBudget } from './keys';

/** Keys that a map's table remembers across rows; maps with ever new keys fall back to a set for each row. */
const MAP_KEYS_REMEMBERED = 256;

/**
 * A column type, compiled for scanning. One class for all kinds, with every field always present, so that the engine
 * sees objects of one shape.
 */
export class ValueType {
  /** What a value must be, with its article: `an int`. */
  readonly expected: string;
  /** Limits of the integer kinds that fit a JavaScript number. */
  readonly min: number = 0;
  readonly max: number = 0;
  readonly precision: number = 0;
  readonly scale: number = 0;
  /** Type of an array's elements or of a map's values. */
  readonly element: ValueType | undefined = undefined;
  readonly key: ValueType | undefined = undefined;
  /** Names of a struct's fields, or the keys met in a map. */
  readonly table: KeyTable | undefined = undefined;
  /** Whether it is the type of a map's keys. */
  readonly isKey: boolean;
  /** Objects read so far; numbers them for `KeyEntry.seenIn`. */
  objects = 0;

  readonly kind: ColumnType['kind'] | 'row';

  constructor(
    type: ColumnType | { kind: 'row'; columns: readonly Column[] },
    budget: NameBudget,
    use: 'value' | 'key' = 'value',
  ) {
    this.kind = type.kind;
    this.isKey = use === 'key';
    this.expected = EXPECTED[type.kind];
    switch (type.kind) {
      case 'tinyint':
        this.min = -128;
        this.max = 127;
        break;
      case 'smallint':
        this.min = -32_768;
        this.max = 32_767;
        break;
      case 'int':
        this.min = -2_147_483_648;
        this.max = 2_147_483_647;
        break;
      case 'bigint':
        // Longer integers are compared digit by digit.
        this.min = -999_999_999_999_999;
        this.max = 999_999_999_999_999;
        break;
      case 'decimal':
        this.precision = type.precision;
        this.scale = type.scale;
        this.expected = `a decimal(${type.precision},${type.scale})`;
        break;
      case 'array':
        this.element = new ValueType(type.element, budget);
        break;
      case 'map':
        this.key = new ValueType(type.key, budget, 'key');
        this.element = new ValueType(type.value, budget);
        this.table = new KeyTable([], { left: MAP_KEYS_REMEMBERED });
        break;
      case 'struct':
        this.table = new KeyTable(
          type.fields.map((field) => new KeyEntry(Buffer.from(field.name), new ValueType(field.type, budget), false)),
          budget,
        );
        break;
      case 'row':
        this.table = new KeyTable(
          type.columns.map(
            (column) => new KeyEntry(Buffer.from(column.name), new ValueType(column.type, budget), column.notNull),
          ),
          budget,
        );
        break;
    }
  }
}

const EXPECTED: Readonly<Record<ValueType['kind'], string>> = {
  boolean: 'a boolean',
  tinyint: 'a tinyint',
  smallint: 'a smallint',
  int: 'an int',
  bigint: 'a bigint',
  float: 'a float',
  double: 'a double',
  decimal: 'a decimal',
  string: 'a string',
  date: 'a date (yyyy-MM-dd)',
  timestamp: 'a timestamp (yyyy-MM-ddTHH:mm:ss, or milliseconds since 1970)',
  binary: 'a base64 string',
  array: 'an array',
  map: 'an object',
  struct: 'an object',
  row: 'an object',
};
