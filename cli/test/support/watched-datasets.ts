/** Datasets with freshness and checks; imported before the product's code, which then knows no others. */
import { type Dataset, parseDataset } from '../../../lib/dataset';

const readings = (onFail: 'quarantine' | 'fail', name: string, more: object = {}): Dataset =>
  parseDataset({
    name,
    description: 'One row for each reading.',
    columns: [
      { name: 'id', type: 'string', notNull: true, comment: 'Id' },
      { name: 'at', type: 'timestamp', notNull: true, comment: 'When' },
      { name: 'value', type: 'int', comment: 'Value' },
    ],
    partition: { scheme: 'dt', from: '2026-01-01', to: '2035-12-31' },
    eventTime: 'at',
    dedupeKey: ['id'],
    sortBy: ['at'],
    input: { formats: ['ndjson'] },
    checks: [{ column: 'value', min: 0, max: 100, onFail }],
    ...more,
  } as never);

export const watched = readings('quarantine', 'watched', {
  freshness: { warnAfter: '2 hours', errorAfter: '6 hours' },
});
export const refusing = readings('fail', 'refusing');
export const datasets = [watched, refusing];

Object.defineProperty(globalThis, '__LAKE_DATASETS__', { configurable: true, value: datasets });
