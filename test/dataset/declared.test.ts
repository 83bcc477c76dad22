/** What a table says of its dataset's declaration, and what is made of it. */
import type { Dataset } from '../../lib/dataset';
import { asDeclared, declaredText } from '../../lib/dataset/declared';
import { dataset } from './helpers';

const COLUMNS = [
  { name: 'id', type: 'string', notNull: true },
  { name: 'at', type: 'timestamp', notNull: true, from: 'Time', format: { epoch: 's' } },
  { name: 'n', type: 'int', from: 'N' },
  { name: 'note', type: 'string', format: 'json' },
  { name: 'price', type: 'decimal(5,2)' },
];
const declared = (more: object = {}): Dataset => dataset({ columns: COLUMNS, sortBy: ['id'], ...more });
const text = declaredText(declared());
const kept = JSON.parse(text) as Record<string, unknown>;

test('a declaration has what the columns and keys of the table do not say, and no more', () => {
  const { dedupe, eventTime, input, sortBy, compaction, retention } = declared();
  expect(kept).toEqual({
    dedupe: { key: dedupe.key, keep: dedupe.keep, by: dedupe.by },
    ...{ eventTime, input, sortBy, compaction },
    retention: { rawNoncurrentDays: retention.rawNoncurrentDays },
    columns: {
      id: { notNull: true },
      at: { type: { kind: 'timestamp', format: { epoch: 's' } }, from: [['Time']], notNull: true },
      n: { from: [['N']] },
      note: { type: { kind: 'string', json: true } },
    },
    range: ['2024-01-01', '2026-12-31'],
  });
});

test('a dataset as it was declared has its settings, and what the table says as it is today', () => {
  const today = declared({
    description: 'Other words.',
    columns: [
      { name: 'id', type: 'string' },
      { name: 'at', type: 'timestamp', notNull: true },
      { name: 'n', type: 'bigint', notNull: true, from: 'M' },
      { name: 'note', type: 'bigint' },
      { name: 'price', type: 'decimal(5,2)', notNull: true, from: 'Price' },
      { name: 'fresh', type: 'date', format: { pattern: '%d.%m.%Y' }, notNull: true },
    ],
    sortBy: [],
    dedupeKey: ['at'],
    retention: { curatedDays: 90 },
    compaction: { codec: 'zstd' },
    input: { formats: ['json'] },
    partition: { scheme: 'day', from: '2025-01-01', to: '2028-12-31' },
  });
  const { partition, sortBy, input, compaction, eventTime } = declared();
  const was = asDeclared(today, text);
  expect(was).toEqual({
    ...today,
    ...{ sortBy, input, compaction, eventTime, partition },
    dedupe: { key: [], keep: 'earliest', by: [] },
    retention: { rawNoncurrentDays: 30 },
    columns: [
      { name: 'id', type: { kind: 'string' }, notNull: true },
      { name: 'at', type: { kind: 'timestamp', format: { epoch: 's' } }, notNull: true, from: [['Time']] },
      { name: 'n', type: { kind: 'bigint' }, notNull: false, from: [['N']] },
      // Another type is told by the table.
      { name: 'note', type: { kind: 'bigint' }, notNull: false },
      { name: 'price', type: { kind: 'decimal', precision: 5, scale: 2 }, notNull: false },
      { name: 'fresh', type: { kind: 'date' }, notNull: false },
    ],
  });
  expect(was?.columns.map((column) => 'from' in column)).toEqual([false, true, true, false, false, false]);
});

test.each([...Object.keys(kept)])('a text without %s is no declaration', (name) => {
  const { [name]: _, ...others } = kept;
  expect(asDeclared(declared(), JSON.stringify(others))).toBeUndefined();
});

test.each([undefined, '', '{', '{}', 'null'])('%j is no declaration', (none) => {
  expect(asDeclared(declared(), none)).toBeUndefined();
});

test('what else a declaration has is left out', () => {
  expect(asDeclared(declared(), JSON.stringify({ ...kept, name: 'other', more: 1 }))).toEqual(
    asDeclared(declared(), text),
  );
});
