import { type Column, type ColumnType, type Dataset, isScalar, quoteIdentifier } from '../../lib/dataset';
import { expected, type Logical, type LogicalRow } from './values';

/** Conditions on one column. */
export interface ColumnPredicates {
  readonly type: ColumnType;
  readonly cases: readonly {
    readonly sql: string;
    /** Rows for which it holds. */
    readonly count: number;
  }[];
}

/**
 * Conditions on every scalar column, at the least and greatest values, one beside them and one in the middle: where wrong
 * statistics lose rows.
 *
 * @param literal a value in SQL
 */
export function predicatesOf(
  dataset: Dataset,
  rows: readonly LogicalRow[],
  literal: (value: Logical, column: Column) => string,
): ColumnPredicates[] {
  return dataset.columns
    .filter(({ type }) => isScalar(type) && type.kind !== 'binary')
    .map((column) => {
      const { name, type } = column;
      const values = [...rows].flatMap((row) => row[name] ?? []);
      const compare = comparator(column);
      const ordered = [...values].sort(compare);
      const probes = [0, 1, Math.floor(ordered.length / 2), ordered.length - 1].flatMap((at) => ordered[at] ?? []);
      const cases = probes.flatMap((probe) =>
        (['=', '<', '>='] as const).map((operator) => ({
          sql: `${quoteIdentifier(name)} ${operator} ${literal(probe, column)}`,
          count: values.filter((value) => holds(operator, compare(value, probe))).length,
        })),
      );
      cases.push({ sql: `${quoteIdentifier(name)} IS NULL`, count: rows.length - values.length });
      return { type, cases };
    });
}

const holds = (operator: '=' | '<' | '>=', order: number): boolean =>
  operator === '=' ? order === 0 : operator === '<' ? order < 0 : order >= 0;

/** The order of a type's values, as SQL has it. */
function comparator({ type }: Column): (a: Logical, b: Logical) => number {
  const order = (a: number | bigint, b: number | bigint): number => (a < b ? -1 : a > b ? 1 : 0);
  switch (type.kind) {
    case 'boolean':
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'float':
    case 'double':
      return (a, b) => order(Number(a), Number(b));
    case 'bigint':
      return (a, b) => order(a as bigint, b as bigint);
    case 'decimal': {
      const scaled = (value: Logical): bigint => BigInt(String(expected(value, type)).replace('.', ''));
      return (a, b) => order(scaled(a), scaled(b));
    }
    default:
      return (a, b) => Buffer.from(String(a)).compare(Buffer.from(String(b)));
  }
}
