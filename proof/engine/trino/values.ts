import type { ColumnType } from '../../../lib/dataset';
import { type Canonical, decimal, floating, sorted } from '../../data/values';
import type { Value } from './client';

/** The canonical form of a value as Trino's protocol sends it. @throws Error when it has not the form of its type */
export function canonical(value: Value | undefined, type: ColumnType): Canonical {
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
    case 'timestamp':
      return String(value);
    case 'float':
      return floating(Math.fround(Number(value)));
    case 'double':
      return floating(Number(value));
    case 'decimal':
      return decimal(String(value), type.scale);
    case 'binary':
      return Buffer.from(String(value), 'base64').toString('hex');
    case 'array':
      return (value as readonly Value[]).map((element) => canonical(element, type.element));
    case 'map':
      return sorted(
        Object.entries(value as Readonly<Record<string, Value>>).map(
          ([key, element]) => [key, canonical(element, type.value)] as const,
        ),
      );
    case 'struct': {
      const fields = value as readonly Value[];
      return type.fields.map((field, index) => canonical(fields[index], field.type));
    }
  }
}
