import type { ColumnType } from '../../../lib/dataset';
import { type Canonical, decimal, floating, sorted } from '../../data/values';
import type { Value } from './client';

/**
 * The canonical form of a value as Trino's protocol sends it.
 *
 * @param timestamp reads a timestamp. @default as Trino writes one
 * @throws Error when it has not the form of its type
 */
export function canonical(value: Value | undefined, type: ColumnType, timestamp: ReadTimestamp = String): Canonical {
  if (value === null || value === undefined) return null;
  switch (type.kind) {
    case 'boolean':
      return value as boolean;
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint':
    case 'string':
    case 'date':
      return String(value);
    case 'timestamp':
      return timestamp(String(value));
    case 'float':
      return floating(Math.fround(Number(value)));
    case 'double':
      return floating(Number(value));
    case 'decimal':
      return decimal(String(value), type.scale);
    case 'binary':
      return Buffer.from(String(value), 'base64').toString('hex');
    case 'array':
      return (value as readonly Value[]).map((element) => canonical(element, type.element, timestamp));
    case 'map':
      return sorted(
        Object.entries(value as Readonly<Record<string, Value>>).map(
          ([key, element]) => [key, canonical(element, type.value, timestamp)] as const,
        ),
      );
    case 'struct': {
      const fields = value as readonly Value[];
      return type.fields.map((field, index) => canonical(fields[index], field.type, timestamp));
    }
  }
}

export type ReadTimestamp = (text: string) => string;

/**
 * A timestamp in any spelling that producers may use, as Trino writes the same moment: what a raw JSON table shows is the
 * producer's text. It shares no code with what checks or converts rows.
 *
 * @throws Error for other text
 */
export function spelledTimestamp(text: string): string {
  const digits = /^-?\d+$/.test(text);
  const zoned = /(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`;
  const moment = new Date(digits ? Number(text) : zoned.replace(' ', 'T'));
  if (Number.isNaN(moment.getTime())) throw new Error(`${JSON.stringify(text)} is not a timestamp`);
  return moment.toISOString().replace('T', ' ').replace('Z', '');
}
