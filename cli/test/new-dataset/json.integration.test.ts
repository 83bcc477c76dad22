import { gzipSync } from 'node:zlib';
import { provenFor, typesOf } from './support';

jest.setTimeout(120_000);

const rows = [1, 2, 3].map((id) => `{"id":${id},"at":"2026-06-15T10:00:0${id}Z"}`);

test.each<[string, string, string]>([
  ['one a line', `${rows.join('\n')}\n`, 'ndjson'],
  ['one after the other', rows.join(''), 'json'],
  ['an array', `[${rows.join(',')}]`, 'json'],
  ['over several lines', rows.map((row) => JSON.stringify(JSON.parse(row), null, 2)).join('\n'), 'json'],
])('records %s', async (_, text, format) => {
  const proposed = await provenFor({ 'a.json.gz': gzipSync(text) });
  expect([proposed.share, proposed.definition.input]).toEqual([[3, 3], { formats: [format] }]);
});

test('records in an envelope are taken out of it, and its members go with them', async () => {
  const text = (owner: string): string => `{"owner":"${owner}","tags":["x"],"events":[${rows.join(',')}]}`;
  const proposed = await provenFor({ 'a.json': text('a') + text('b') });
  expect(proposed.share).toEqual([6, 6]);
  expect(proposed.definition.input).toEqual({ formats: ['json'], json: { unwrap: 'events', carry: ['owner'] } });
  expect(typesOf(proposed)).toEqual({ id: 'int', at: 'timestamp', owner: 'string' });
});

test('a record with its own time is not an envelope', async () => {
  const proposed = await provenFor({ 'a.json': '{"id":1,"at":"2026-06-15T10:00:00Z","lines":[{"n":1}]}\n' });
  expect(proposed.definition.input).toEqual({ formats: ['ndjson'] });
});

test('envelopes within envelopes: an array, or an object, with what stands beside', async () => {
  const arrays = await provenFor({ 'a.json': `{"version":"0","detail":{"source":"x","records":[${rows.join(',')}]}}` });
  expect([arrays.share, arrays.definition.input.json]).toEqual([
    [3, 3],
    { unwrap: { path: ['detail', 'records'] }, carry: ['version', { path: ['detail', 'source'] }] },
  ]);
  expect(arrays.text).toContain('The rows are those in detail.records');
  const events = rows.map((row, n) => `{"schema":{"v":1},"payload":{"n":${n},"after":${row}}}`);
  const objects = await provenFor({ 'a.json': events.join('\n') });
  expect([objects.share, objects.definition.input.json]).toEqual([
    [3, 3],
    { unwrap: { path: ['payload', 'after'] }, carry: [{ path: ['payload', 'n'] }] },
  ]);
});

test.each<[string, string, Readonly<Record<string, string>>]>([
  [
    'other parts beside',
    '{"meta":{"at":"2026-06-15T10:00:00Z","n":1},"body":{"x":1}}',
    { meta_at: 'timestamp', meta_n: 'int', body: 'struct<x:int>' },
  ],
  [
    'a member of the same name',
    '{"id":1,"meta":{"id":2,"at":"2026-06-15T10:00:00Z"}}',
    { id: 'int', meta_id: 'int', meta_at: 'timestamp' },
  ],
])(
  'an object with a time and %s is no envelope: its time becomes a column, and nothing is lost',
  async (_, record, types) => {
    const proposed = await provenFor({ 'a.json': `${record}\n` });
    expect([proposed.share, proposed.definition.input]).toEqual([[1, 1], { formats: ['ndjson'] }]);
    expect(typesOf(proposed)).toEqual(types);
    expect(proposed.definition.columns).toContainEqual({
      ...{ name: 'meta_at', type: 'timestamp', notNull: true },
      from: { path: ['meta', 'at'] },
    });
  },
);

test('Firehose is known by the names of its objects', async () => {
  const many = Array.from({ length: 20 }, (_, id) => `{"id":${id},"at":"2026-06-15T10:00:00Z"}`);
  const proposed = await provenFor({ '2026/06/15/10/clicks-1-2026-06-15-10-00-00-0b8ff5e6': many.join('') });
  expect(proposed.text).toContain('export default firehoseJson({');
  expect([proposed.share, proposed.definition.delivery, proposed.definition.dedupeKey]).toEqual([
    [20, 20],
    'firehose',
    ['id'],
  ]);
});

test('CloudTrail is known', async () => {
  const record = '{"eventVersion":"1.08","eventTime":"2026-06-15T10:00:00Z","eventID":"e-1","eventName":"GetObject"}';
  const proposed = await provenFor({
    'AWSLogs/111122223333/CloudTrail/us-east-1/2026/06/15/a.json.gz': gzipSync(`{"Records":[${record}]}`),
  });
  expect([proposed.share, proposed.text]).toEqual([
    [1, 1],
    expect.stringContaining("export default cloudTrail({ name: 'sample' });"),
  ]);
});
