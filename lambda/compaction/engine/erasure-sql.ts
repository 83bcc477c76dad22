import { type ColumnType, type Dataset, duckdbType, quoteIdentifier, quoteText } from '../../../lib/dataset';
import { type Erasure, isWholePartition, keyType } from '../protocol/erasures';
import type { PartitionRef } from '../protocol/lake';
import type { EraseCondition } from './eraser';

/** SQL of a column, or of a field of structs as `user.id`. Brackets cannot be read as a table and its column. */
export function pathSql(column: string): string {
  const [first = '', ...fields] = column.split('.');
  return [quoteIdentifier(first), ...fields.map((name) => `[${quoteText(name)}]`)].join('');
}

/** SQL that is true for rows that were erased, and false for all others. @throws Error when the dataset has no such column of keys */
export function erasedSql(ref: PartitionRef, erasures: readonly Erasure[]): string {
  const conditions = erasedConditions(ref, erasures).map(({ condition }) => condition);
  return conditions.length === 0 ? 'false' : conditions.join(' OR ');
}

/** The same, of each erase. */
export function erasedConditions(ref: PartitionRef, erasures: readonly Erasure[]): readonly EraseCondition[] {
  return erasures.map((erasure) => {
    const whole = isWholePartition(ref, erasure);
    if (whole !== undefined) return { value: 'NULL', condition: `${whole}` };
    const digest = `sha256(${quoteText(erasure.salt)} || ${textSql(ref.dataset, erasure.column)})`;
    const values = erasure.values.map(quoteText).join(', ');
    const condition = `coalesce(${digest} IN (SELECT unnest([${values}])), false)`;
    return { value: pathSql(erasure.column), condition };
  });
}

/** The text of a value that is compared, as `valueText` of the command makes it. */
function textSql(dataset: Dataset, column: string): string {
  const type: ColumnType | undefined = keyType(dataset, column);
  if (type === undefined) throw new Error(`${dataset.name} has no column of keys "${column}"`);
  // An older file may have another type.
  const value = `(${pathSql(column)}::${duckdbType(type)})`;
  switch (type.kind) {
    case 'string':
      return `CASE WHEN length(${value}) = 36 AND regexp_full_match(${value}, ${UUID}) THEN lower(${value}) ELSE ${value} END`;
    case 'decimal': {
      const text = `${value}::VARCHAR`;
      return type.scale === 0 ? text : `rtrim(rtrim(${text}, '0'), '.')`;
    }
    case 'timestamp':
      return `epoch_us(${value})::VARCHAR`;
    default:
      return `${value}::VARCHAR`;
  }
}

const UUID = quoteText('[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}');
