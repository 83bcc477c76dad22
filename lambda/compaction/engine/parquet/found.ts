import { CONVERTED, type Element, type Unit } from './element';

/** What a column of a Parquet file holds, by its physical type and annotation. */
export type Found = { readonly label: string } & (
  | { readonly kind: 'integer'; readonly bits: 8 | 16 | 32 | 64; readonly signed: boolean }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number; readonly bytes: number }
  | { readonly kind: 'timestamp'; readonly unit: Unit }
  | {
      readonly kind:
        | 'boolean'
        | 'int96'
        | 'float'
        | 'double'
        | 'float16'
        | 'date'
        | 'text'
        | 'enum'
        | 'json'
        | 'bson'
        | 'bytes'
        | 'uuid'
        | 'time'
        | 'interval'
        | 'null'
        | 'other';
    }
);

/** Whether text may hold anything but UTF-8 without the reader failing: see `readAs`. */
export type TextMode = 'as text' | 'as bytes';

export function foundIn(element: Element): Found {
  const label = labelOf(element);
  const { physical, length } = element;
  const bytes = physical === 'BYTE_ARRAY' || physical === 'FIXED_LEN_BYTE_ARRAY';
  const annotation = annotationOf(element);
  switch (annotation) {
    case undefined:
      return unannotated(element, label);
    case 'UTF8':
    case 'STRING':
      return { kind: bytes ? 'text' : 'other', label };
    case 'ENUM':
      return { kind: bytes ? 'enum' : 'other', label };
    case 'JSON':
      return { kind: bytes ? 'json' : 'other', label };
    case 'BSON':
      return { kind: bytes ? 'bson' : 'other', label };
    case 'DECIMAL':
      return decimal(element, label);
    case 'DATE':
      return { kind: physical === 'INT32' ? 'date' : 'other', label };
    case 'TIMESTAMP':
    case 'TIMESTAMP_MILLIS':
    case 'TIMESTAMP_MICROS': {
      const unit = unitOf(element);
      if (physical !== 'INT64' || unit === undefined) return { kind: 'other', label };
      return { kind: 'timestamp', unit, label };
    }
    case 'TIME':
    case 'TIME_MILLIS':
    case 'TIME_MICROS':
      return { kind: 'time', label };
    case 'INTERVAL':
      return { kind: 'interval', label };
    case 'UNKNOWN':
      return { kind: 'null', label };
    case 'UUID':
      return { kind: physical === 'FIXED_LEN_BYTE_ARRAY' && length === 16 ? 'uuid' : 'other', label };
    case 'FLOAT16':
      return { kind: physical === 'FIXED_LEN_BYTE_ARRAY' && length === 2 ? 'float16' : 'other', label };
    default:
      return integer(element, annotation, label);
  }
}

function unannotated({ physical }: Element, label: string): Found {
  switch (physical) {
    case 'BOOLEAN':
      return { kind: 'boolean', label };
    case 'INT32':
      return { kind: 'integer', bits: 32, signed: true, label };
    case 'INT64':
      return { kind: 'integer', bits: 64, signed: true, label };
    case 'INT96':
      return { kind: 'int96', label };
    case 'FLOAT':
      return { kind: 'float', label };
    case 'DOUBLE':
      return { kind: 'double', label };
    case 'BYTE_ARRAY':
    case 'FIXED_LEN_BYTE_ARRAY':
      return { kind: 'bytes', label };
    default:
      return { kind: 'other', label };
  }
}

function integer({ physical, logical }: Element, annotation: string, label: string): Found {
  const match = /^(U?)INT_(8|16|32|64)$/.exec(annotation);
  const bits = logical?.name === 'INTEGER' ? logical.bits : Number(match?.[2]);
  const signed = logical?.name === 'INTEGER' ? logical.signed === true : match?.[1] === '';
  const fits = (physical === 'INT32' && bits !== 64) || (physical === 'INT64' && bits === 64);
  if (!fits || (bits !== 8 && bits !== 16 && bits !== 32 && bits !== 64)) return { kind: 'other', label };
  return { kind: 'integer', bits, signed, label };
}

function decimal(element: Element, label: string): Found {
  const { physical, length } = element;
  const { precision = 0, scale = 0 } = decimalOf(element);
  const sizes: Readonly<Record<string, number | undefined>> = {
    INT32: 4,
    INT64: 8,
    FIXED_LEN_BYTE_ARRAY: length,
    BYTE_ARRAY: 16,
  };
  const bytes = sizes[physical ?? ''];
  const known = precision >= 1 && precision <= 38 && scale >= 0 && scale <= precision;
  return known && bytes !== undefined ? { kind: 'decimal', precision, scale, bytes, label } : { kind: 'other', label };
}

/** Where there are both, the new annotation counts. */
function annotationOf({ logical, converted }: Element): string | undefined {
  if (logical !== undefined) return logical.name;
  return converted === undefined ? undefined : (CONVERTED[converted] ?? `converted type ${converted}`);
}

function decimalOf({ logical, precision, scale }: Element): {
  precision?: number | undefined;
  scale?: number | undefined;
} {
  return logical?.name === 'DECIMAL' ? logical : { precision, scale };
}

function unitOf({ logical, converted }: Element): Unit | undefined {
  if (logical !== undefined) return logical.unit;
  return CONVERTED[converted ?? -1] === 'TIMESTAMP_MILLIS' ? 'MILLIS' : 'MICROS';
}

/** As messages name it: `INT64 TIMESTAMP(MICROS, UTC)`. */
function labelOf(element: Element): string {
  const { physical = 'an unknown physical type', length, logical } = element;
  const base = physical === 'FIXED_LEN_BYTE_ARRAY' ? `${physical}(${length ?? '?'})` : physical;
  const annotation = annotationOf(element);
  switch (annotation) {
    case undefined:
      return base;
    case 'DECIMAL': {
      const { precision = 0, scale = 0 } = decimalOf(element);
      return `${base} DECIMAL(${precision},${scale})`;
    }
    case 'TIME':
    case 'TIMESTAMP':
      return `${base} ${annotation}(${logical?.unit ?? '?'}, ${logical?.utc === true ? 'UTC' : 'local'})`;
    case 'INTEGER':
      return `${base} INTEGER(${logical?.bits ?? '?'}, ${logical?.signed === true ? 'signed' : 'unsigned'})`;
    default:
      return `${base} ${annotation}`;
  }
}

/**
 * The element that the engine is given in place of the file's. It reads some annotations wrongly: a number outside of
 * its annotation wraps, a decimal of more than 38 digits becomes a double, one text that is not UTF-8 or one time out of
 * range fails the file. So it gets the physical type, and only the annotations that it reads exactly.
 *
 * @param text whether text is read as text, which fails on a text that is not UTF-8, or as bytes
 */
export function readAs(element: Element, found: Found, text: TextMode): Element {
  const { name, repetition, physical, length } = element;
  const bare: Element = { name, repetition, physical, length };
  switch (found.kind) {
    case 'text':
    case 'enum':
    case 'json':
      return text === 'as text' && physical === 'BYTE_ARRAY' ? { ...bare, converted: CONVERTED.indexOf('UTF8') } : bare;
    case 'decimal': {
      const decimal = { converted: CONVERTED.indexOf('DECIMAL'), precision: decimalDigits(found), scale: found.scale };
      return { ...bare, ...decimal };
    }
    case 'date':
      return { ...bare, converted: CONVERTED.indexOf('DATE') };
    case 'integer':
      if (found.signed || found.bits < 32) return bare;
      return { ...bare, converted: CONVERTED.indexOf(found.bits === 32 ? 'UINT_32' : 'UINT_64') };
    case 'float16':
      return { ...bare, logical: { name: 'FLOAT16' } };
    default:
      return bare;
  }
}

/** Digits that the engine gives to a decimal: as many as its bytes may need. With fewer, it would cut off the rest. */
export function decimalDigits({ bytes, precision }: { readonly bytes: number; readonly precision: number }): number {
  return Math.max(bytes <= 4 ? 9 : bytes <= 8 ? 18 : 38, precision);
}
