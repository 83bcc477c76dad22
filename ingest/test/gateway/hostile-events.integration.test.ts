import { parseDatasets } from '../../../lib/dataset';
import { datasets } from '../../../test/fixtures/datasets';
import { logEvent, startRig, today } from './support/rig';

const time = () => new Date().toISOString();

/** The result of one event that is sent as text. */
async function sent(text: string, dataset = 'access_logs', headers: Record<string, string> = {}) {
  const rig = await startRig();
  const answer = await rig.post(text, { dataset, headers });
  const [result] = answer.body.results ?? [];
  if (answer.status !== 200) expect(rig.raw()).toEqual({});
  return { status: answer.status, result, answer, rig };
}

test('fifty thousand columns are counted before anything is built from them', async () => {
  const members = Array.from({ length: 50_000 }, (_, i) => `"c${i}":1`).join(',');
  const { status, result } = await sent(`{"event_id":"a","event_time":"${time()}",${members}}`);
  expect([status, result.code]).toEqual([422, 'too-large']);
  const fewer = Array.from({ length: 10_000 }, (_, i) => `"${i.toString(36)}":1`).join(',');
  expect((await sent(`{"event_id":"a","event_time":"${time()}",${fewer}}`)).result.code).toBe('too-many-fields');
});

test.each([
  ['arrays', '['.repeat(200_000), 400],
  ['closed arrays', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 422],
  ['objects', '{"a":'.repeat(40_000), 400],
])('200k-deep JSON of %s is refused, in an event, in a line and as the whole body', async (_, deep, whole) => {
  const { rig, status } = await sent(`{"event_id":"a","x":${deep}}`);
  expect(status).toBe(422);
  expect((await rig.post(deep)).status).toBe(422);
  expect((await rig.post(Buffer.from(deep))).status).toBe(whole);
  expect((await rig.post(Buffer.from(`[${deep}]`))).status).toBe(whole);
  expect((await rig.get('/healthz')).status).toBe(200);
});

test('an event as deep as the limit is looked at, one level more is too deep', async () => {
  const nested = (depth: number) =>
    `{"event_id":"a","event_time":"${time()}","x":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;
  expect((await sent(nested(32))).result).toMatchObject({ code: 'unknown-field', field: 'x' });
  expect((await sent(nested(33))).result.code).toBe('too-deep');
});

test.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'])(
  'a member called %s is a field that nobody declared',
  async (name) => {
    const text = `{"event_id":"a","event_time":"${time()}","${name}":{"event_id":"b","status":7}}`;
    const { status, result } = await sent(text);
    expect([status, result.code, result.field]).toEqual([422, 'unknown-field', name]);
    expect(({} as Record<string, unknown>).status).toBeUndefined();
  },
);

test('__proto__ does not replace a missing field', async () => {
  const { result } = await sent(`{"__proto__":{"event_id":"a","event_time":"${time()}"}}`);
  expect(result.message).toContain('missing');
});

test('2^53+1 is refused as a number, which JSON does not hold, and stored as digits', async () => {
  const event = (bytes: string) => `{"event_id":"a","event_time":"${time()}","bytes":${bytes}}`;
  const { status, result } = await sent(event('9007199254740993'));
  expect([status, result.field, result.message]).toEqual([422, 'bytes', expect.stringContaining('string of digits')]);
  const { rig } = await sent(event('"9007199254740993"'));
  expect(rig.events()[0]).toMatchObject({ bytes: '9007199254740993' });
  expect((await sent(event('"9223372036854775808"'))).status).toBe(422);
});

test.each(['NaN', 'Infinity', '-Infinity', '1e999', '-1e999', '0x10', '01', '1.', '+1', '"NaN"', '1e400'])(
  'the number %s is refused',
  async (number) => {
    const text = `{"sensor_id":"s","measured_at":"${time()}","temperature":${number}}`;
    const { status, result } = await sent(text, 'sensor_readings');
    expect([status, result.status]).toEqual([422, 'rejected']);
  },
);

test.each([
  ['../', '../globex'],
  ['%2e%2e', '%2e%2e%2fglobex'],
  ['%2F', 'acme%2Fglobex'],
  ['NUL', 'acme\\u0000'],
  ['=', 'tenant=globex'],
  ['a homoglyph', '\u0430cme'],
  ['a fullwidth letter', '\uff41cme'],
  ['a newline', 'acme\\n'],
  ['nothing', ''],
  ['another case', 'ACME'],
])('a partition value with %s is refused', async (_, tenant) => {
  const order = `{"order_id":"o","ordered_at":"${time()}","status":"paid","currency":"EUR","total":"1.00","tenant":"${tenant}"}`;
  const { status, result } = await sent(order, 'orders');
  expect([status, result.status]).toEqual([422, 'rejected']);
});

/** A dataset whose leading key takes any value, so that nothing but the rules for paths stands in the way. */
const [open] = parseDatasets([
  {
    file: 'test',
    definition: {
      name: 'clicks',
      description: 'Clicks',
      columns: [
        { name: 'id', type: 'string', notNull: true },
        { name: 'at', type: 'timestamp', notNull: true },
      ],
      partition: { scheme: 'day', from: '2024-01-01', to: '2035-12-31', leading: [{ name: 'site', kind: 'injected' }] },
      eventTime: 'at',
      dedupeKey: ['id'],
      sortBy: ['at'],
      input: { formats: ['ndjson'] },
    },
  },
]);

test.each([
  '../x',
  '..',
  '.',
  '%2e%2e',
  'a/b',
  'a\\b',
  'a\u0000',
  'a=b',
  'a b',
  '\u0430',
  '',
  'a\r\nb',
  `${'x'.repeat(2_000)}`,
  '\u202e',
])('a value of a free partition key that is not a plain word is refused: %j', async (site) => {
  const rig = await startRig({ datasets: [...datasets, open as (typeof datasets)[number]] });
  const token = await rig.issuer.token({ scope: 'ingest:clicks' });
  const answer = await rig.post({ id: '1', at: time(), site }, { dataset: 'clicks', token });
  expect([answer.status, rig.raw()]).toEqual([422, {}]);
  const good = await rig.post({ id: '1', at: time(), site: 'shop-1.de' }, { dataset: 'clicks', token });
  expect([good.status, Object.keys(rig.raw())[0]?.split('/')[2]]).toEqual([200, 'site=shop-1.de']);
});

test.each([
  '..%2faccess_logs',
  '%2e%2e',
  'access_logs%00',
  'access_logs%2f..%2forders',
  'аccess_logs',
  'access_logs%3dx',
  'ACCESS_LOGS',
  'x'.repeat(5_000),
])('the dataset %.30s in the path is none', async (dataset) => {
  const rig = await startRig();
  const answer = await rig.post([logEvent()], { dataset });
  expect([403, 404, 414]).toContain(answer.status);
  expect(rig.raw()).toEqual({});
});

test.each([
  '0000-06-15T00:00:00Z',
  '9999-12-31T23:59:59Z',
  '0001-01-01T00:00:00+14:00',
  '9999-12-31T23:59:59-14:00',
  '2026-02-30T00:00:00Z',
  '1999-01-01T00:00:00Z',
  '2100-01-01T00:00:00Z',
  '+010000-01-01T00:00:00Z',
  '2026-06-15',
  'now',
])('the event time %s has no place', async (event_time) => {
  const { status, result } = await sent(JSON.stringify({ event_id: 'a', event_time }));
  expect([status, result.status]).toEqual([422, 'rejected']);
});

test.each([-1, 0, 8_640_000_000_000_001, 253_402_300_799_999, 1.5])(
  'the event time %s ms has no place',
  async (event_time) => {
    const { status } = await sent(JSON.stringify({ event_id: 'a', event_time }));
    expect(status).toBe(422);
  },
);

test('the window: as old and as early as the settings say, not a minute more', async () => {
  const rig = await startRig({ settings: { INGEST_PAST_HOURS: '2', INGEST_FUTURE_MINUTES: '10' } });
  const at = (minutes: number) => logEvent({ event_time: Date.now() + minutes * 60_000 });
  const answer = await rig.post([at(-119), at(9), at(-121), at(11)], { query: '?results=all' });
  expect(answer.body.results.map(({ status }: { status: string }) => status)).toEqual([
    'stored',
    'stored',
    'rejected',
    'rejected',
  ]);
  expect(answer.body.results[2].message).toContain('is older than 2 hours');
  expect(answer.body.results[3].message).toContain('is more than 10 minutes ahead of the clock');
});

test('text that is not UTF-8, and a lone surrogate, are refused', async () => {
  const rig = await startRig();
  const event = Buffer.from(`{"event_id":"a?","event_time":"${time()}"}`);
  event[event.indexOf('?')] = 0xff;
  const answer = await rig.post(event);
  expect([answer.status, answer.body.results[0].code]).toEqual([422, 'not-utf8']);
  expect((await rig.post(`{"event_id":"\\ud800","event_time":"${time()}"}`)).status).toBe(422);
});

test('a member that occurs twice is refused, as JSON readers differ about it', async () => {
  const { status } = await sent(`{"event_id":"a","event_id":"b","event_time":"${time()}"}`);
  expect(status).toBe(422);
});

test('quotes, newlines and Unicode in values stay what they are', async () => {
  const rig = await startRig();
  const event = logEvent({ path: '"},{\n\u0000\u2028\u{1f600}', referrer: '\\u0041' });
  expect((await rig.post([event])).status).toBe(200);
  expect(rig.events()).toEqual([event]);
  expect(Object.keys(rig.raw())[0]).toContain(today());
});
