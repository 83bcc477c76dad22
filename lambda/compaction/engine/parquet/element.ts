import { type ThriftReader, type ThriftWriter, TYPE } from './thrift';

/** Physical types by their number. */
export const PHYSICAL = [
  'BOOLEAN',
  'INT32',
  'INT64',
  'INT96',
  'FLOAT',
  'DOUBLE',
  'BYTE_ARRAY',
  'FIXED_LEN_BYTE_ARRAY',
] as const;
export type Physical = (typeof PHYSICAL)[number];

/** The old annotations by their number. */
export const CONVERTED = [
  'UTF8',
  'MAP',
  'MAP_KEY_VALUE',
  'LIST',
  'ENUM',
  'DECIMAL',
  'DATE',
  'TIME_MILLIS',
  'TIME_MICROS',
  'TIMESTAMP_MILLIS',
  'TIMESTAMP_MICROS',
  'UINT_8',
  'UINT_16',
  'UINT_32',
  'UINT_64',
  'INT_8',
  'INT_16',
  'INT_32',
  'INT_64',
  'JSON',
  'BSON',
  'INTERVAL',
] as const;

/** Their successors. A number without a name here is one that this code does not know. */
const LOGICAL: Readonly<Record<number, string>> = {
  1: 'STRING',
  2: 'MAP',
  3: 'LIST',
  4: 'ENUM',
  5: 'DECIMAL',
  6: 'DATE',
  7: 'TIME',
  8: 'TIMESTAMP',
  10: 'INTEGER',
  11: 'UNKNOWN',
  12: 'JSON',
  13: 'BSON',
  14: 'UUID',
  15: 'FLOAT16',
  16: 'VARIANT',
  17: 'GEOMETRY',
  18: 'GEOGRAPHY',
};
const UNITS: Readonly<Record<number, Unit>> = { 1: 'MILLIS', 2: 'MICROS', 3: 'NANOS' };

export type Unit = 'MILLIS' | 'MICROS' | 'NANOS';

export interface Logical {
  /** Name in the specification; `logical type 25` for one that is newer than this code. */
  readonly name: string;
  readonly scale?: number | undefined;
  readonly precision?: number | undefined;
  readonly utc?: boolean | undefined;
  readonly unit?: Unit | undefined;
  readonly bits?: number | undefined;
  readonly signed?: boolean | undefined;
}

/** A SchemaElement of the footer. */
export interface Element {
  readonly physical?: Physical | undefined;
  /** Bytes of a FIXED_LEN_BYTE_ARRAY. */
  readonly length?: number | undefined;
  readonly repetition?: number | undefined;
  readonly name: string;
  /** Absent or 0 for a column. */
  readonly children?: number | undefined;
  readonly converted?: number | undefined;
  readonly scale?: number | undefined;
  readonly precision?: number | undefined;
  readonly logical?: Logical | undefined;
}

export const REPETITION = { REQUIRED: 0, OPTIONAL: 1, REPEATED: 2 };

export function readElement(reader: ThriftReader): Element {
  const numbers = new Map<number, number>();
  let name = '';
  let logical: Logical | undefined;
  reader.struct((field) => {
    if (field.type === TYPE.I32) numbers.set(field.id, reader.integer());
    else if (field.id === 4 && field.type === TYPE.BINARY) name = reader.text();
    else if (field.id === 10 && field.type === TYPE.STRUCT) logical = readLogical(reader);
    else reader.skip(field);
  });
  const physical = numbers.get(1);
  return {
    physical: physical === undefined ? undefined : PHYSICAL[physical],
    length: numbers.get(2),
    repetition: numbers.get(3),
    name,
    children: numbers.get(5),
    converted: numbers.get(6),
    scale: numbers.get(7),
    precision: numbers.get(8),
    logical,
  };
}

function readLogical(reader: ThriftReader): Logical | undefined {
  let logical: Logical | undefined;
  reader.struct((member) => {
    if (member.type !== TYPE.STRUCT) return reader.skip(member);
    const name = LOGICAL[member.id] ?? `logical type ${member.id}`;
    const numbers = new Map<number, number>();
    const flags = new Map<number, boolean>();
    let unit: Unit | undefined;
    reader.struct((field) => {
      if (field.type === TYPE.TRUE || field.type === TYPE.FALSE) flags.set(field.id, field.type === TYPE.TRUE);
      else if (field.type === TYPE.I32) numbers.set(field.id, reader.integer());
      else if (field.type === TYPE.I8) numbers.set(field.id, reader.i8());
      else if (field.type === TYPE.STRUCT) {
        reader.struct((choice) => {
          unit = UNITS[choice.id];
          reader.skip(choice);
        });
      } else reader.skip(field);
    });
    const decimal = name === 'DECIMAL' ? { scale: numbers.get(1) ?? 0, precision: numbers.get(2) } : {};
    const time = name === 'TIME' || name === 'TIMESTAMP' ? { utc: flags.get(1) ?? false, unit } : {};
    const integer = name === 'INTEGER' ? { bits: numbers.get(1), signed: flags.get(2) ?? false } : {};
    logical = { name, ...decimal, ...time, ...integer };
  });
  return logical;
}

/** Writes an element; of the logical types only those that have no parameters. */
export function writeElement(writer: ThriftWriter, element: Element): void {
  writer.struct((field) => {
    const number = (id: number, value: number | undefined): void => {
      if (value === undefined) return;
      field(id, TYPE.I32);
      writer.integer(value);
    };
    number(1, element.physical === undefined ? undefined : PHYSICAL.indexOf(element.physical));
    number(2, element.length);
    number(3, element.repetition);
    field(4, TYPE.BINARY);
    writer.text(element.name);
    number(5, element.children);
    number(6, element.converted);
    number(7, element.scale);
    number(8, element.precision);
    const logical = Object.entries(LOGICAL).find(([, name]) => name === element.logical?.name);
    if (logical === undefined) return;
    field(10, TYPE.STRUCT);
    writer.struct((member) => {
      member(Number(logical[0]), TYPE.STRUCT);
      writer.struct(() => {});
    });
  });
}
