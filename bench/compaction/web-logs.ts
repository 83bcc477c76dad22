import { parseDataset } from '../../lib/dataset';

/** Web logs with 14 columns, nested ones among them, about 500 bytes a line. */
export function webLogs(variant: 'plain' | 'sorted and deduplicated') {
  return parseDataset({
    name: 'web_logs',
    description: 'Web logs of the benchmark',
    columns: [
      { name: 'event_id', type: 'string', notNull: true },
      { name: 'event_time', type: 'timestamp', notNull: true },
      { name: 'client_ip', type: 'string' },
      { name: 'method', type: 'string' },
      { name: 'path', type: 'string' },
      { name: 'protocol', type: 'string' },
      { name: 'status', type: 'int' },
      { name: 'bytes', type: 'bigint' },
      { name: 'duration_ms', type: 'double' },
      { name: 'referrer', type: 'string' },
      { name: 'user_agent', type: 'string' },
      { name: 'visitor', type: 'struct<id:bigint,country:string,premium:boolean>' },
      { name: 'tags', type: 'array<string>' },
      { name: 'cache_hit', type: 'boolean' },
    ],
    partition: { scheme: 'day', from: '2026-01-01', to: '2026-12-31' },
    eventTime: 'event_time',
    input: { formats: ['ndjson'] },
    ...(variant === 'plain' ? {} : { sortBy: ['event_time'], dedupeKey: ['event_id'] }),
  });
}

const AGENTS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile',
  'Mozilla/5.0 (X11; Linux x86_64; rv:139.0) Gecko/20100101 Firefox/139.0',
  'Googlebot/2.1 (+http://www.google.com/bot.html)',
];
const COUNTRIES = ['DE', 'US', 'FR', 'BR', 'IN', 'JP', 'GB'];
const TAGS = ['web', 'mobile', 'api', 'beta', 'campaign', 'internal'];
const DAY = Date.UTC(2026, 5, 15);

/** Deterministic lines of one object. Times rise from object to object, as collectors write them. */
export function webLogLines(object: number, rows: number, objects: number): string {
  let state = (object * 2_654_435_761 + 12_345) >>> 0;
  const next = (limit: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  const hex = (): string => (next(2 ** 32) >>> 0).toString(16).padStart(8, '0');
  const start = DAY + Math.floor((object / objects) * 85_000_000);
  let text = '';
  for (let row = 0; row < rows; row++) {
    const user = next(50_000);
    text += `{"event_id":"${hex()}${object.toString(16).padStart(8, '0')}${row.toString(16).padStart(8, '0')}","event_time":"${new Date(start + next(1_000_000)).toISOString()}","client_ip":"${next(223) + 1}.${next(255)}.${next(255)}.${next(255)}","method":"${next(10) === 0 ? 'POST' : 'GET'}","path":"/products/${next(5000)}/details?page=${next(40)}&ref=${hex()}","protocol":"HTTP/1.1","status":${[200, 200, 200, 304, 404, 500][next(6)]},"bytes":${next(90_000)},"duration_ms":${next(900_000) / 1000},"referrer":"https://www.example.com/catalogue/${next(300)}","user_agent":"${AGENTS[next(AGENTS.length)]}","visitor":{"id":${user},"country":"${COUNTRIES[user % COUNTRIES.length]}","premium":${user % 9 === 0}},"tags":["${TAGS[next(6)]}","${TAGS[next(6)]}"],"cache_hit":${next(3) === 0}}\n`;
  }
  return text;
}
