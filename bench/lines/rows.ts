/** Rows of web logs, in many forms. */
import type { Column, ColumnType } from '../../lib/dataset/model';

export const ROWS = 10_000;

export const column = (name: string, type: ColumnType, notNull = false): Column => ({
  name,
  type,
  notNull,
  comment: undefined,
});
const string: ColumnType = { kind: 'string' };

export const columns: readonly Column[] = [
  column('event_id', string, true),
  column('event_time', { kind: 'timestamp' }, true),
  column('client_ip', string),
  column('method', string),
  column('path', string),
  column('protocol', string),
  column('status', { kind: 'int' }, true),
  column('bytes', { kind: 'bigint' }),
  column('duration_ms', { kind: 'double' }),
  column('cached', { kind: 'boolean' }),
  column('referrer', string),
  column('user_agent', string),
  column('tags', { kind: 'array', element: string }),
  column('geo', {
    kind: 'struct',
    fields: [
      { name: 'country', type: string },
      { name: 'asn', type: { kind: 'int' } },
    ],
  }),
];

export type Row = Record<string, unknown>;

export const log = (index: number): Row => ({
  event_id: `${(index * 2_654_435_761).toString(16).padStart(16, '0')}5905143f`,
  event_time: new Date(1_781_500_000_000 + index * 37).toISOString(),
  client_ip: `83.149.${index % 256}.${(index * 7) % 256}`,
  method: index % 9 === 0 ? 'POST' : 'GET',
  path: `/presentations/logstash-monitorama-${index % 100}/images/kibana-search-${index}.png?session=${index * 31}`,
  protocol: 'HTTP/1.1',
  status: index % 50 === 0 ? 404 : 200,
  bytes: (index * 7919) % 500_000,
  duration_ms: ((index * 13) % 9000) / 16,
  cached: index % 3 === 0,
  referrer: index % 4 === 0 ? null : `http://semicomplete.com/presentations/logstash-monitorama-${index % 100}/`,
  user_agent:
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/32.0 Safari/537',
  tags: ['web', `shard-${index % 16}`],
  geo: { country: 'DE', asn: 3320 + (index % 100) },
});

/** Columns that delimited text has too: no array and no struct. */
export const FLAT = [
  'event_id',
  'event_time',
  'client_ip',
  'method',
  'path',
  'status',
  'bytes',
  'referrer',
  'user_agent',
] as const;
export const flatColumns = columns.filter(({ name }) => (FLAT as readonly string[]).includes(name));
export const flatLog = (index: number): Row => {
  const row = log(index);
  return Object.fromEntries(FLAT.map((name) => [name, row[name]]));
};

export const texts = (line: (index: number) => Row): readonly string[] =>
  Array.from({ length: ROWS }, (_, index) => JSON.stringify(line(index)));
