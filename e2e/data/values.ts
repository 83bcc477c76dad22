import type { ColumnType, Dataset } from '../../lib/dataset';

/**
 * A value as a person would write it down, independent of any format: whole numbers up to int and floating ones as
 * numbers, bigint as bigint, decimals as plain text, dates `yyyy-MM-dd`, timestamps `yyyy-MM-ddTHH:mm:ss.SSS` in UTC,
 * binary as bytes, maps as pairs, structs as objects.
 */
export type Logical =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly Logical[]
  | LogicalMap
  | { readonly [field: string]: Logical };

export class LogicalMap {
  constructor(readonly entries: readonly (readonly [string | bigint, Logical])[]) {}
}

export type LogicalRow = Readonly<Record<string, Logical>>;

/** A value in the one form in which answers and expectations are compared: JSON, exact to the last digit. */
export type Canonical = null | boolean | string | readonly Canonical[];

/** The canonical form of a logical value of a type. It shares no code with what converts, checks or reads files. */
export function expected(value: Logical, type: ColumnType): Canonical {
  if (value === null) return null;
  switch (type.kind) {
    case 'boolean':
      return value as boolean;
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint':
      return String(value);
    case 'float':
      return floating(Math.fround(Number(value)));
    case 'double':
      return floating(Number(value));
    case 'decimal':
      return decimal(String(value), type.scale);
    case 'string':
    case 'date':
      return value as string;
    case 'timestamp':
      return (value as string).replace('T', ' ');
    case 'binary':
      return Buffer.from(value as Uint8Array).toString('hex');
    case 'array':
      return (value as readonly Logical[]).map((element) => expected(element, type.element));
    case 'map':
      return sorted(
        (value as LogicalMap).entries.map(([key, element]) => [String(key), expected(element, type.value)] as const),
      );
    case 'struct': {
      const fields = value as Readonly<Record<string, Logical>>;
      return type.fields.map((field) => expected(fields[field.name] ?? null, field.type));
    }
  }
}

/** All columns of a row, in the order of the dataset. */
export const expectedRow = ({ columns }: Dataset, row: LogicalRow): Canonical[] =>
  columns.map(({ name, type }) => expected(row[name] ?? null, type));

/** The shortest text that reads back as the same double; the sign of zero is kept. */
export const floating = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));

/** Plain notation with exactly `scale` digits of fraction. */
export function decimal(text: string, scale: number): string {
  const [, sign = '', whole = '', fraction = ''] = /^(-?)0*(\d+?)(?:\.(\d*))?$/.exec(text) ?? [];
  const digits = fraction.padEnd(scale, '0');
  if (whole === '' || digits.length > scale) throw new Error(`${text} is not a decimal of scale ${scale}`);
  const zero = /^0*$/.test(`${whole}${digits}`);
  return `${zero ? '' : sign}${whole}${scale === 0 ? '' : `.${digits}`}`;
}

export const sorted = (entries: readonly (readonly [string, Canonical])[]): Canonical =>
  [...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
