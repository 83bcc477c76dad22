import { type Dataset, type DatasetDefinition, parseDataset } from '../../lib/dataset';

const common = {
  description: 'Rows of the proof with kills',
  columns: [
    { name: 'id', type: 'string', notNull: true },
    { name: 'at', type: 'timestamp', notNull: true },
    { name: 'n', type: 'int' },
  ],
  partition: { scheme: 'day', from: '2026-01-01', to: '2026-12-31' },
  eventTime: 'at',
  input: { formats: ['ndjson', 'csv'] },
  // Few, so that merges happen all the time.
  compaction: { maxUndersizedFiles: 2 },
} satisfies Omit<DatasetDefinition, 'name'>;

/** A row that is taken in twice stays there twice: nothing hides a mistake. */
export const PLAIN: Dataset = parseDataset({ ...common, name: 'plain_rows' });
/** Repeated files leave nothing behind. */
export const DISTINCT: Dataset = parseDataset({ ...common, name: 'distinct_rows', dedupeKey: ['id'] });

/** Text of blanks in folders of the producer's own, of which one gives a column. */
export const LAID_OUT: Dataset = parseDataset({
  ...common,
  name: 'laid_out_rows',
  columns: [...common.columns, { name: 'source', type: 'string', notNull: true }],
  input: { formats: ['csv'], csv: { delimiter: ' ', header: false }, layout: '{source}/{yyyy}/{MM}/{dd}/' },
});
/** Of each key the row with the largest version stays, or none when that deletes it: in whatever order they arrive. */
export const CHANGED: Dataset = parseDataset({
  ...common,
  name: 'changed_rows',
  columns: [
    ...common.columns,
    { name: 'version', type: 'int', notNull: true },
    { name: 'is_deleted', type: 'boolean', notNull: true },
  ],
  dedupe: { key: ['id'], keep: 'latest', by: 'version', deleted: 'is_deleted' },
});

export const DATASETS = [PLAIN, DISTINCT, LAID_OUT, CHANGED];

/** Few, so that workers meet. */
export const DAYS = ['2026-06-14', '2026-06-15'];

export const partitionOf = (day: string): string => {
  const [year, month, date] = day.split('-');
  return `year=${year}/month=${month}/day=${date}`;
};
