import type { Found } from '../../lambda/compaction/engine/parquet/found';
import { declarableScalar } from '../../lambda/compaction/engine/parquet/messages';
import type { FileNode } from '../../lambda/compaction/engine/parquet/schema';
import { nameAll } from './names';
import type { TypeNode } from './resolve';

const scalar = (type: string): TypeNode => ({ kind: 'scalar', type });

/**
 * The type that takes all values of a column, by the table in docs/input.md; undefined where there is none.
 *
 * @param isText whether bytes without an annotation are text
 */
export function parquetType(node: FileNode, isText: (node: FileNode) => boolean): TypeNode | undefined {
  switch (node.shape) {
    case 'value': {
      if (node.found.kind === 'bytes') return scalar(isText(node) ? 'string' : 'binary');
      const type = typeOf(node.found);
      return type === undefined ? undefined : scalar(type);
    }
    case 'list': {
      const element = parquetType(node.element, isText);
      return element === undefined ? undefined : { kind: 'array', element };
    }
    case 'map': {
      const key = parquetType(node.key, isText);
      const value = parquetType(node.value, isText);
      if (key?.kind !== 'scalar' || value === undefined) return undefined;
      return /^(?:string|tinyint|smallint|int|bigint)$/.test(key.type)
        ? { kind: 'map', key: key.type, value }
        : undefined;
    }
    case 'struct': {
      const fields = node.fields.flatMap((field) => {
        const type = parquetType(field, isText);
        return type === undefined ? [] : [{ name: field.name, type }];
      });
      if (fields.length === 0) return undefined;
      const level = nameAll(
        fields.map(({ name }) => name),
        'field',
      );
      return { kind: 'struct', level, fields: fields.map(({ type }) => type) };
    }
  }
}

function typeOf(found: Found): string | undefined {
  if (found.kind === 'null') return 'string';
  return found.kind === 'decimal' && found.precision > 38 ? undefined : declarableScalar(found);
}

/** The type that takes the values of both; undefined where there is none. */
export function widerType(a: string, b: string): string | undefined {
  if (a === b) return a;
  const integers = ['tinyint', 'smallint', 'int', 'bigint'];
  const [x, y] = [integers.indexOf(a), integers.indexOf(b)];
  if (x !== -1 && y !== -1) return integers[Math.max(x, y)];
  const floats = ['float', 'double'];
  if (floats.includes(a) && floats.includes(b)) return 'double';
  if ((floats.includes(a) && y !== -1 && y < 3) || (floats.includes(b) && x !== -1 && x < 3)) return 'double';
  const [p, q] = [digits(a), digits(b)];
  if (p === undefined || q === undefined) return undefined;
  const scale = Math.max(p.scale, q.scale);
  const precision = Math.max(p.precision - p.scale, q.precision - q.scale) + scale;
  return precision <= 38 ? `decimal(${precision},${scale})` : undefined;
}

const INTEGER_DIGITS: Readonly<Record<string, number>> = { tinyint: 3, smallint: 5, int: 10, bigint: 19 };

function digits(type: string): { readonly precision: number; readonly scale: number } | undefined {
  const [, precision, scale] = /^decimal\((\d+),(\d+)\)$/.exec(type) ?? [];
  if (precision !== undefined) return { precision: Number(precision), scale: Number(scale) };
  const whole = INTEGER_DIGITS[type];
  return whole === undefined ? undefined : { precision: whole, scale: 0 };
}
