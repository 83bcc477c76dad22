import type { ColumnType, StructField } from './model';

/** A type text that cannot be read. The message is `problem` (with the position) followed by `fix`. */
export class TypeSyntaxError extends Error {
  override readonly name = 'TypeSyntaxError';

  constructor(
    /** What is wrong and where, e.g. `unknown type 'strng' at character 14`. */
    readonly problem: string,
    /** What to write instead. */
    readonly fix: string,
    /** Position of the first offending character, counted from 1. */
    readonly position: number,
  ) {
    super(`${problem}; ${fix}`);
  }
}

type ScalarKind = Exclude<ColumnType['kind'], 'decimal' | 'array' | 'map' | 'struct'>;
type MapKeyKind = 'string' | 'tinyint' | 'smallint' | 'int' | 'bigint';

const SCALARS: readonly ScalarKind[] = [
  'boolean',
  'tinyint',
  'smallint',
  'int',
  'bigint',
  'float',
  'double',
  'string',
  'date',
  'timestamp',
  'binary',
];
const KNOWN = [...SCALARS, 'decimal(p,s)', 'array<T>', 'map<K,V>', 'struct<name:T,...>'].join(', ');

const NAMES: readonly string[] = [...SCALARS, 'decimal', 'array', 'map', 'struct'];

/** JSON object keys are strings, so only types that have one exact spelling as a string can be keys. */
const MAP_KEYS: readonly MapKeyKind[] = ['string', 'tinyint', 'smallint', 'int', 'bigint'];

/** Deeper types are refused: no engine here is tested beyond it, and recursion stays bounded. */
const MAX_DEPTH = 32;
const MAX_PRECISION = 38;

/** Names that other systems use, and what they are called here. */
const REPLACEMENTS: Readonly<Record<string, string>> = {
  bool: 'boolean',
  byte: 'tinyint',
  short: 'smallint',
  integer: 'int',
  int32: 'int',
  long: 'bigint',
  int64: 'bigint',
  real: 'float',
  number: 'decimal(p,s) or double',
  numeric: 'decimal(p,s)',
  dec: 'decimal(p,s)',
  char: 'string',
  varchar: 'string',
  text: 'string',
  uuid: 'string',
  json: 'string',
  enum: 'string',
  time: 'string',
  interval: 'string',
  datetime: 'timestamp',
  timestamptz: 'timestamp',
  bytes: 'binary',
  blob: 'binary',
  varbinary: 'binary',
  list: 'array<T>',
  row: 'struct<name:T,...>',
  object: 'struct<name:T,...>',
  uniontype: 'struct<name:T,...> with one field for each alternative',
};

const FIELD_NAME = /^[a-z_][a-z0-9_]*$/;

/**
 * Reads a Hive type as Athena writes it, blanks between tokens allowed.
 *
 * @throws TypeSyntaxError with the position of the first mistake
 */
export function parseType(text: string): ColumnType {
  return new TypeParser(text).parse();
}

/** The canonical Hive spelling of a type: lowercase, no blanks. `parseType` reads it back to an equal type. */
export function formatHiveType(type: ColumnType): string {
  switch (type.kind) {
    case 'decimal':
      return `decimal(${type.precision},${type.scale})`;
    case 'array':
      return `array<${formatHiveType(type.element)}>`;
    case 'map':
      return `map<${formatHiveType(type.key)},${formatHiveType(type.value)}>`;
    case 'struct':
      return `struct<${type.fields.map((field) => `${field.name}:${formatHiveType(field.type)}`).join(',')}>`;
    default:
      return type.kind;
  }
}

/**
 * The type with what is directly in it changed: the element of an array, the value of a map, the fields of a struct.
 *
 * @param field of a struct. @default its type is changed
 */
export function withInner(
  type: ColumnType,
  inner: (type: ColumnType) => ColumnType,
  field: (field: StructField) => StructField = (own) => ({ ...own, type: inner(own.type) }),
): ColumnType {
  switch (type.kind) {
    case 'array':
      return { kind: 'array', element: inner(type.element) };
    case 'map':
      return { ...type, value: inner(type.value) };
    case 'struct':
      return { kind: 'struct', fields: type.fields.map(field) };
    default:
      return type;
  }
}

/** The type with `string` in the place of every timestamp, at any depth. */
export const withTextTimestamps = (type: ColumnType): ColumnType =>
  type.kind === 'timestamp' ? { kind: 'string' } : withInner(type, withTextTimestamps);

/** Whether values of the type are single values: everything but array, map and struct. */
export function isScalar(type: ColumnType): boolean {
  return type.kind !== 'array' && type.kind !== 'map' && type.kind !== 'struct';
}

class TypeParser {
  #at = 0;

  constructor(readonly text: string) {}

  parse(): ColumnType {
    const type = this.#type(1);
    this.#skipBlanks();
    if (this.#at < this.text.length) {
      throw this.#error(`unexpected ${this.#found()} after the type`, 'remove it');
    }
    return type;
  }

  #type(depth: number): ColumnType {
    this.#skipBlanks();
    const start = this.#at;
    if (depth > MAX_DEPTH) {
      throw this.#error(
        `type nested deeper than ${MAX_DEPTH} levels`,
        'flatten it, or keep the inner part as a string',
      );
    }
    const name = this.#word();
    if (name === '') throw this.#error(`expected a type but found ${this.#found()}`, `write one of ${KNOWN}`);
    const scalar = SCALARS.find((kind) => kind === name);
    if (scalar !== undefined) return this.#scalar(scalar);
    switch (name) {
      case 'decimal':
        return this.#decimal(start);
      case 'array': {
        this.#expect('<', 'write array<T>, for example array<string>');
        const element = this.#type(depth + 1);
        this.#expect('>', 'close array< with >');
        return { kind: 'array', element };
      }
      case 'map':
        return this.#map(depth);
      case 'struct':
        return this.#struct(depth);
      default:
        throw this.#unknown(name, start);
    }
  }

  #scalar(kind: ScalarKind): ColumnType {
    if (this.#peek() === '(') {
      throw this.#error(`type '${kind}' takes no parameter, found '('`, `write ${kind}`);
    }
    return { kind };
  }

  #decimal(start: number): ColumnType {
    const match = /^\s*\(\s*(\d+)\s*,\s*(\d+)\s*\)/.exec(this.text.slice(this.#at));
    if (match === null) {
      throw this.#error('decimal without precision and scale', 'write both, for example decimal(12,2)', start);
    }
    this.#at += match[0].length;
    const precision = Number(match[1]);
    const scale = Number(match[2]);
    if (precision < 1 || precision > MAX_PRECISION) {
      throw this.#error(`decimal precision ${match[1]}`, `write a precision from 1 to ${MAX_PRECISION}`, start);
    }
    if (scale > precision) {
      throw this.#error(
        `decimal scale ${match[2]} is larger than the precision ${precision}`,
        `write a scale from 0 to ${precision}`,
        start,
      );
    }
    return { kind: 'decimal', precision, scale };
  }

  #map(depth: number): ColumnType {
    const hint = 'write map<K,V>, for example map<string,int>';
    this.#expect('<', hint);
    this.#skipBlanks();
    const start = this.#at;
    const key = this.#type(depth + 1);
    if (!MAP_KEYS.some((kind) => kind === key.kind)) {
      throw this.#error(
        `map key of type '${formatHiveType(key)}'`,
        `map keys are names of JSON object members: write one of ${MAP_KEYS.join(', ')}`,
        start,
      );
    }
    this.#expect(',', hint);
    const value = this.#type(depth + 1);
    this.#expect('>', 'close map< with >');
    return { kind: 'map', key, value };
  }

  #struct(depth: number): ColumnType {
    this.#expect('<', 'write struct<name:T,...>, for example struct<id:string,age:int>');
    const fields: StructField[] = [];
    do {
      const name = this.#fieldName(fields);
      this.#expect(':', `write ${name}:T with the type of the field after the colon`);
      fields.push({ name, type: this.#type(depth + 1) });
    } while (this.#take(','));
    this.#expect('>', 'close struct< with >');
    return { kind: 'struct', fields };
  }

  #fieldName(before: readonly StructField[]): string {
    this.#skipBlanks();
    const start = this.#at;
    const name = /^[^\s:,<>()]*/.exec(this.text.slice(start))?.[0] ?? '';
    if (name === '') throw this.#error(`expected a field name but found ${this.#found()}`, 'write name:T');
    const lower = name.toLowerCase();
    if (before.some((field) => field.name === lower)) {
      throw this.#error(
        `struct field '${name}' occurs twice (names are compared without case)`,
        'give each field its own name',
        start,
      );
    }
    if (!FIELD_NAME.test(name)) {
      throw this.#error(
        `struct field '${name}' is not a lowercase name`,
        FIELD_NAME.test(lower) ? `write ${lower}` : 'use lowercase letters, digits and underscores',
        start,
      );
    }
    this.#at += name.length;
    return name;
  }

  #unknown(name: string, start: number): TypeSyntaxError {
    const lower = name.toLowerCase();
    const usual = Object.hasOwn(REPLACEMENTS, lower) ? REPLACEMENTS[lower] : undefined;
    const replacement = NAMES.includes(lower) ? lower : usual;
    const fix = replacement === undefined ? `write one of ${KNOWN}` : `write ${replacement}`;
    return this.#error(`unknown type '${name}'`, fix, start);
  }

  #word(): string {
    const word = /^\w+/.exec(this.text.slice(this.#at))?.[0] ?? '';
    this.#at += word.length;
    return word;
  }

  #peek(): string | undefined {
    this.#skipBlanks();
    return this.text[this.#at];
  }

  #take(symbol: string): boolean {
    if (this.#peek() !== symbol) return false;
    this.#at += 1;
    return true;
  }

  #expect(symbol: string, fix: string): void {
    if (!this.#take(symbol)) throw this.#error(`expected '${symbol}' but found ${this.#found()}`, fix);
  }

  #skipBlanks(): void {
    while (/\s/.test(this.text[this.#at] ?? '')) this.#at += 1;
  }

  #found(): string {
    const rest = this.text.slice(this.#at);
    return rest === '' ? 'the end' : `'${/^(?:\w+|.)/su.exec(rest)?.[0] ?? ''}'`;
  }

  #error(problem: string, fix: string, at = this.#at): TypeSyntaxError {
    return new TypeSyntaxError(`${problem} at character ${at + 1}`, fix, at + 1);
  }
}
