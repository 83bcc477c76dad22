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

test('a record with a time of its own is no envelope', async () => {
  const proposed = await provenFor({ 'a.json': '{"id":1,"at":"2026-06-15T10:00:00Z","lines":[{"n":1}]}\n' });
  expect(proposed.definition.input).toEqual({ formats: ['ndjson'] });
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
