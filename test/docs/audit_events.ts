import type { DatasetDefinition } from '../../lib/dataset';

const auditEvents: DatasetDefinition = {
  name: 'audit_events',
  description: 'Who did what, as the audit service writes it.',
  columnNames: 'snake',
  columns: [
    // eventID, eventId, EventId, event-id
    { name: 'event_id', type: 'string', notNull: true },
    { name: 'event_time', type: 'timestamp', notNull: true, from: { firstOf: ['eventTime', '@timestamp'] } },
    { name: 'user_type', type: 'string', from: { path: ['userIdentity', 'type'] } },
    { name: 'session', type: 'struct<mfa:boolean>', fields: { mfa: { from: 'mfaAuthenticated' } } },
  ],
  partition: { scheme: 'day', from: '2026-01-01', to: '2028-12-31' },
  eventTime: 'event_time',
  dedupeKey: ['event_id'],
  input: { formats: ['ndjson', 'parquet'] },
};

export default auditEvents;
