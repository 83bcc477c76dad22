import type { DatasetDefinition } from '../../lib/dataset/model';

const pageViews: DatasetDefinition = {
  name: 'page_views',
  description: 'One row for each page that a visitor of a shop opened.',
  columns: [
    { name: 'view_id', type: 'string', notNull: true, comment: 'Unique id of the view' },
    { name: 'viewed_at', type: 'timestamp', notNull: true, comment: 'When the page was opened' },
    { name: 'url', type: 'string', notNull: true, comment: 'Address of the page' },
    { name: 'duration_ms', type: 'int', comment: 'Time on the page, null when unknown' },
    { name: 'visitor', type: 'struct<id:string,country:string>', comment: 'Who looked' },
    { name: 'experiments', type: 'map<string,string>', comment: 'Variant shown, by experiment' },
  ],
  partition: {
    scheme: 'day',
    from: '2026-01-01',
    to: '2035-12-31',
    leading: [{ name: 'shop', kind: 'enum', values: ['de', 'fr', 'it'] }],
  },
  eventTime: 'viewed_at',
  dedupeKey: ['view_id'],
  sortBy: ['viewed_at'],
  input: { formats: ['ndjson'] },
  retention: { curatedDays: 730 },
};

export default pageViews;
