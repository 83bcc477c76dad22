import type { Dataset, DatasetDefinition } from '../../../lib/dataset';
import { parseDataset } from '../../../lib/dataset';

export const PARTITION = 'year=2026/month=06/day=15';

export const COLUMNS: DatasetDefinition['columns'] = [
  { name: 'id', type: 'string', notNull: true },
  { name: 'at', type: 'timestamp', notNull: true },
  { name: 'n', type: 'int' },
];

/** A small dataset; tests add what they are about. */
export function testDataset(more: Partial<DatasetDefinition> = {}): Dataset {
  return parseDataset({
    name: 'events',
    description: 'Events of the tests',
    columns: COLUMNS,
    partition: { scheme: 'day', from: '2026-01-01', to: '2026-12-31' },
    eventTime: 'at',
    input: { formats: ['ndjson', 'csv', 'parquet'] },
    ...more,
  });
}

export const line = (id: string, n: number | null = 1): string =>
  `${JSON.stringify({ id, at: `2026-06-15T10:00:${String(Math.abs(n ?? 0) % 60).padStart(2, '0')}Z`, n })}\n`;
