import type { DeletionMarker } from '../../../lib/dataset/dedupe';
import { quoteText } from '../../../lib/dataset/duckdb-types';

/** SQL condition: whether a row with this value in the marker column deletes its key; never null. */
export function isDeletion(value: string, { values }: DeletionMarker): string {
  const list = values.map((one) => (typeof one === 'string' ? quoteText(one) : String(one))).join(', ');
  return `coalesce(${value} IN (${list}), false)`;
}
