import { duckdbType, quoteText } from '../../../../lib/dataset/duckdb-types';
import type { Rule, ScalarType } from './rule';

/**
 * Rules for texts and bytes. A text is a value of another type exactly when NDJSON would take it within quotes; see
 * `lib/rows/scalars.ts`.
 */
const INTEGER = '-?(0|[1-9][0-9]*)';
const DATE = '[0-9]{4}-[0-9]{2}-[0-9]{2}';
const TIME = '([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?';
const ZONE = '(Z|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)?';

export function fromText(
  kind: 'text' | 'enum' | 'json',
  type: ScalarType,
  x: string,
  isText: boolean,
): Rule | undefined {
  if (type.kind === 'string') {
    return isText ? { how: 'exact', value: x } : { how: 'exact', value: `decode(${x}, 'replace')`, misfit: notUtf8(x) };
  }
  const rule = kind === 'text' ? parsed(type, isText ? x : `decode(${x}, 'replace')`) : undefined;
  if (rule === undefined || isText) return rule;
  return { ...rule, misfit: `(${notUtf8(x)} OR ${rule.misfit})` };
}

export function fromBytes(type: ScalarType, x: string): Rule | undefined {
  switch (type.kind) {
    case 'binary':
      return { how: 'exact', value: x };
    case 'string':
      return { how: 'if UTF-8', value: `decode(${x}, 'replace')`, misfit: notUtf8(x) };
    default:
      return undefined;
  }
}

export function fromUuid(type: ScalarType, x: string): Rule | undefined {
  switch (type.kind) {
    case 'binary':
      return { how: 'its 16 bytes', value: x };
    case 'string': {
      const groups = [8, 4, 4, 4, 12].map((length) => `(.{${length}})`).join('');
      const value = `regexp_replace(lower(hex(${x})), '${groups}', '\\1-\\2-\\3-\\4-\\5')`;
      return { how: '8-4-4-4-12, lower case', value };
    }
    default:
      return undefined;
  }
}

const notUtf8 = (x: string): string => `encode(decode(${x}, 'replace')) <> ${x}`;

const matches = (x: string, pattern: string): string => `regexp_full_match(${x}, ${quoteText(pattern)})`;

function parsed(type: ScalarType, x: string): Rule | undefined {
  const sql = duckdbType(type);
  switch (type.kind) {
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint': {
      const value = `TRY_CAST(${x} AS ${sql})`;
      return { how: 'as in NDJSON', value, misfit: `(NOT ${matches(x, INTEGER)} OR ${value} IS NULL)` };
    }
    case 'decimal': {
      const fraction = type.scale === 0 ? '0+' : `[0-9]{1,${type.scale}}0*`;
      const value = `TRY_CAST(${x} AS ${sql})`;
      const misfit = `(NOT ${matches(x, `${INTEGER}(\\.${fraction})?`)} OR ${value} IS NULL)`;
      return { how: 'as in NDJSON', value, misfit };
    }
    case 'date': {
      const value = `TRY_CAST(${x} AS DATE)`;
      const misfit = `(NOT ${matches(x, DATE)} OR coalesce(${value} < DATE '0001-01-01', true))`;
      return { how: 'as in NDJSON', value, misfit };
    }
    case 'timestamp': {
      const cut = `regexp_replace(${x}, '(\\.[0-9]{3})[0-9]+', '\\1')`;
      const value = `(TRY_CAST(${cut} AS TIMESTAMPTZ) AT TIME ZONE 'UTC')`;
      const range = `${value} < TIMESTAMP '0001-01-01' OR ${value} >= TIMESTAMP '9999-12-31' + INTERVAL 1 DAY`;
      const misfit = `(NOT ${matches(x, `${DATE}[T ]${TIME}${ZONE}`)} OR coalesce(${range}, true))`;
      return { how: 'as in NDJSON', value, misfit };
    }
    default:
      return undefined;
  }
}
