import type { DatasetDefinition } from '../../lib/dataset/model';

const accessLogs: DatasetDefinition = {
  name: 'access_logs',
  description: 'One row for each HTTP request that a web server answered, in the fields of the combined log format.',
  columns: [
    { name: 'event_id', type: 'string', notNull: true, comment: 'Unique id of the request' },
    { name: 'event_time', type: 'timestamp', notNull: true, comment: 'When the request was answered' },
    { name: 'client_ip', type: 'string', comment: 'Address of the client, IPv4 or IPv6' },
    { name: 'method', type: 'string', comment: 'HTTP method, for example GET' },
    { name: 'path', type: 'string', comment: 'Request target with its query string' },
    { name: 'protocol', type: 'string', comment: 'Protocol version, for example HTTP/1.1' },
    { name: 'status', type: 'int', comment: 'HTTP status code' },
    { name: 'bytes', type: 'bigint', comment: 'Bytes of the response body, null when there was none' },
    { name: 'referrer', type: 'string', comment: 'Referer header, null when absent' },
    { name: 'user_agent', type: 'string', comment: 'User-Agent header, null when absent' },
  ],
  partition: { scheme: 'day', from: '2015-01-01', to: '2035-12-31' },
  eventTime: 'event_time',
  dedupeKey: ['event_id'],
  // Analysts look at a span of time first: an hour of a day then lies in few row groups.
  sortBy: ['event_time'],
  input: { formats: ['ndjson', 'csv', 'parquet'] },
};

export default accessLogs;
