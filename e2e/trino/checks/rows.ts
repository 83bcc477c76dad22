import {
  type Dataset,
  parsePartitionPath,
  partitionKeys,
  partitionPredicate,
  quoteIdentifier,
} from '../../../lib/dataset';
import { csvField } from '../../data/encode';
import { type Canonical, expectedRow, type LogicalRow } from '../../data/values';
import type { EngineLake, Zone } from '../lake';
import { canonical, spelledTimestamp } from '../server/values';

/**
 * Asks a table for every column and partition key of every row of one partition, in the order of the dedupe key, and
 * compares with the rows that the producers meant, value by value.
 *
 * @throws Error with the first differences
 */
export async function compareRows(
  lake: EngineLake,
  zone: Zone,
  dataset: Dataset,
  partition: string,
  rows: readonly LogicalRow[],
): Promise<string> {
  const keys = partitionKeys(dataset).map(({ name }) => name);
  const columns = [...dataset.columns.map(({ name }) => name), ...keys].map(quoteIdentifier);
  const { rows: found } = await lake.trino.query(
    `SELECT ${columns.join(', ')} FROM ${lake.table(zone, dataset)}
     WHERE ${partitionPredicate(dataset, partition)}
     ORDER BY ${dataset.dedupe.key.map(quoteIdentifier).join(', ')}`,
  );
  const strings = readsStrings(zone, dataset);
  const timestamp = textTimestamps(zone, dataset) ? spelledTimestamp : String;
  const parsed = parsePartitionPath(dataset, partition);
  const values = parsed.ok ? parsed.values : {};
  const place = keys.map((name) =>
    /^(year|month|day|hour)$/.test(name) ? String(Number(values[name])) : (values[name] ?? ''),
  );
  const expected = inKeyOrder(dataset, rows).map((row) => [
    ...(strings ? dataset.columns.map(({ name }) => csvField(row[name] ?? null)) : expectedRow(dataset, row)),
    ...place,
  ]);
  const actual = found.map((row) => [
    ...dataset.columns.map(({ type }, index) => canonical(row[index], strings ? { kind: 'string' } : type, timestamp)),
    ...keys.map((_, index) => String(row[dataset.columns.length + index])),
  ]);
  assertSame([...dataset.columns.map(({ name }) => name), ...keys], actual, expected);
  return `${rows.length} rows of ${columns.length} columns`;
}

/** Whether the table shows text whatever the type: OpenCSVSerde knows strings only. */
export const readsStrings = (zone: Zone, { input }: Dataset): boolean => zone === 'raw' && input.formats[0] === 'csv';

/** Whether the table shows timestamps as producers spelled them. */
const textTimestamps = (zone: Zone, { input }: Dataset): boolean => zone === 'raw' && input.formats[0] === 'ndjson';

/** As the engine sorts: text by its bytes in UTF-8. */
function inKeyOrder({ dedupe }: Dataset, rows: readonly LogicalRow[]): LogicalRow[] {
  const key = (row: LogicalRow): Buffer => Buffer.from(dedupe.key.map((name) => `${row[name]}\u0000`).join(''));
  return rows
    .map((row) => ({ row, key: key(row) }))
    .sort((a, b) => a.key.compare(b.key))
    .map(({ row }) => row);
}

const MOST_SHOWN = 5;

/** @throws Error that says how many rows there are, and shows the first that differ */
export function assertSame(
  names: readonly string[],
  actual: readonly (readonly Canonical[])[],
  expected: readonly (readonly Canonical[])[],
): void {
  const problems: string[] = [];
  if (actual.length !== expected.length) problems.push(`${actual.length} rows, not ${expected.length}`);
  let differing = 0;
  for (let index = 0; index < Math.min(actual.length, expected.length); index++) {
    for (const [column, name] of names.entries()) {
      const [got, want] = [actual[index]?.[column], expected[index]?.[column]].map((value) => JSON.stringify(value));
      if (got === want) continue;
      if (++differing <= MOST_SHOWN) {
        problems.push(
          `row ${index} (${JSON.stringify(expected[index]?.[0])}), ${name}: ${short(got)}, not ${short(want)}`,
        );
      }
    }
  }
  if (differing > MOST_SHOWN) problems.push(`and ${differing - MOST_SHOWN} more values`);
  if (problems.length > 0) throw new Error(problems.join('\n'));
}

const short = (text: string | undefined): string =>
  text === undefined || text.length <= 200 ? String(text) : `${text.slice(0, 200)}…`;
