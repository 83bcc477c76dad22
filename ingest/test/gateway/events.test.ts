import { gzipSync } from 'node:zlib';
import { parseDataset } from '../../../lib/dataset';
import { datasets } from '../../../test/fixtures/datasets';
import { logEvent, ndjson, startRig, today } from './support/rig';

const counts = ({ stored, duplicates, rejected, failed, skipped }: Record<string, unknown>) => ({
  stored,
  duplicates,
  rejected,
  failed,
  skipped,
});
const ONE = { stored: 1, duplicates: 0, rejected: 0, failed: 0, skipped: 0 };

describe('a body', () => {
  test('of one event is in the raw zone, byte for byte, when the response arrives', async () => {
    const rig = await startRig();
    const text = `{"event_id":"a", "event_time":"${new Date().toISOString()}","bytes":9007199254740993}`;
    const answer = await rig.post(text.replace('9007199254740993', '12'));
    expect([answer.status, counts(answer.body)]).toEqual([200, ONE]);
    const objects = rig.raw();
    expect(Object.values(objects)).toEqual([[text.replace('9007199254740993', '12')]]);
    expect(Object.keys(objects)[0]).toMatch(
      new RegExp(`^raw/access_logs/${today()}/ingest-\\d{8}T\\d{9}Z-[0-9a-f]{8}-1-[0-9a-f-]{36}\\.json\\.gz$`),
    );
  });

  test('of a JSON array becomes one line an event, however it was laid out', async () => {
    const rig = await startRig();
    const events = [logEvent({ path: '/a\nb "c" \\' }), logEvent()];
    const answer = await rig.post(Buffer.from(`  ${JSON.stringify(events, null, 2).replaceAll('\n', '\r\n')}\n`));
    expect([answer.status, answer.body.stored]).toEqual([200, 2]);
    expect(rig.events()).toEqual(events);
  });

  test.each(['application/x-ndjson', 'application/jsonl', 'application/x-ndjson; charset=utf-8'])(
    'of %s',
    async (type) => {
      const rig = await startRig();
      const events = [logEvent(), logEvent()];
      const [first, second] = events.map((event) => JSON.stringify(event));
      const answer = await rig.post(`\ufeff${first}\r\n\n  \t\n ${second}`, { headers: { 'content-type': type } });
      expect([answer.status, answer.body.stored]).toEqual([200, 2]);
      expect(rig.events()).toEqual(events);
    },
  );

  test.each([
    ['small', 1],
    ['large', 3_000],
  ])('that is gzip, %s', async (_, count) => {
    const rig = await startRig();
    const events = Array.from({ length: count }, () => logEvent());
    const answer = await rig.post(gzipSync(ndjson(events)), {
      headers: { 'content-encoding': 'gzip', 'content-type': 'application/x-ndjson' },
    });
    expect([answer.status, answer.body.stored]).toEqual([200, count]);
    expect(rig.events()).toEqual(events);
  });

  const deep = `{"client_ip":${'['.repeat(100)}${']'.repeat(100)}}`;
  test.each([
    ['a lone surrogate', '{"path":"\\ud83d"}', 'invalid escape or lone surrogate'],
    ['a lone surrogate in a name', '{"\\udc00":{"a":"]}\\""}}', 'invalid escape or lone surrogate'],
    ['half of an escape', '{"path":"\\u00"}', 'invalid escape or lone surrogate'],
    ['an escape that is none', '{"path":"\\x]}"}', 'invalid escape or lone surrogate'],
    ['more levels than JSON has here', deep, '101 levels'],
    ['a bracket where none can stand', '{"path" [1]}', 'expected'],
  ])('an event with %s is rejected alone, in an array as in NDJSON', async (_, event, message) => {
    const rig = await startRig();
    const [first, last] = [logEvent(), logEvent()].map((other) => JSON.stringify(other));
    for (const [status, body] of [
      [207, Buffer.from(`[${first}, ${event} ,${last}]`)],
      [200, Buffer.from(`[${first},${last}]`)],
      [422, Buffer.from(event)],
      [422, `${event}\n`],
    ] as const) {
      const answer = await rig.post(body);
      expect(answer.status).toBe(status);
      if (status !== 200) expect(answer.body.results[0].message).toContain(message);
    }
    expect(rig.events().map((stored) => JSON.stringify(stored))).toEqual([first, last]);
  });

  test('of several documents is distinguished from broken JSON', async () => {
    const rig = await startRig();
    const { status, body } = await rig.post(
      Buffer.from(`${JSON.stringify(logEvent())}\n${JSON.stringify(logEvent())}`),
    );
    expect([status, body.detail]).toEqual([400, expect.stringMatching(/more than one JSON document.*x-ndjson$/)]);
  });

  test.each([
    ['nothing', Buffer.from(''), 400, 'not-json'],
    ['an empty array', Buffer.from('[]'), 400, 'no-events'],
    ['a cut array', Buffer.from('[{"a":1},'), 400, 'not-json'],
    ['a comma too many', Buffer.from('[{"a":1},]'), 400, 'not-json'],
    ['two documents', Buffer.from('{"a":1} {"a":2}'), 400, 'not-json'],
    ['words', Buffer.from('hello'), 400, 'not-json'],
  ])('of %s is refused as a whole', async (_, body, status, code) => {
    const rig = await startRig();
    const answer = await rig.post(body);
    expect([answer.status, answer.body.type]).toEqual([status, `urn:lake:ingest:${code}`]);
    expect(rig.raw()).toEqual({});
  });
});

describe('results', () => {
  const bad = { ...logEvent(), status: 'broken' };

  test('name the line, the field and what is wrong; the others are stored', async () => {
    const rig = await startRig();
    const good = [logEvent(), logEvent()];
    const lines = [JSON.stringify(good[0]), JSON.stringify(bad), '', '{"event_id":"1"', JSON.stringify(good[1])];
    const answer = await rig.post(lines.join('\n'));
    expect(answer.status).toBe(207);
    expect(counts(answer.body)).toEqual({ stored: 2, duplicates: 0, rejected: 2, failed: 0, skipped: 0 });
    expect(answer.body.results).toEqual([
      {
        index: 1,
        line: 2,
        status: 'rejected',
        code: 'invalid',
        field: 'status',
        message: 'expected an int, found the string "broken"',
      },
      {
        index: 2,
        line: 4,
        status: 'rejected',
        code: 'invalid',
        field: '',
        message: 'not JSON: the line ends too early',
      },
    ]);
    expect(rig.events()).toEqual(good);
  });

  test('all of them when asked for', async () => {
    const rig = await startRig();
    const answer = await rig.post([logEvent(), logEvent()], { query: '?results=all' });
    expect(answer.body.results).toEqual([
      { index: 0, status: 'stored' },
      { index: 1, status: 'stored' },
    ]);
  });

  test('all-or-nothing stores nothing when one event does not fit', async () => {
    const rig = await startRig();
    const answer = await rig.post([logEvent(), bad], { query: '?mode=all-or-nothing' });
    expect(answer.status).toBe(422);
    expect(counts(answer.body)).toEqual({ stored: 0, duplicates: 0, rejected: 1, failed: 0, skipped: 1 });
    expect(answer.body.results.map(({ status }: { status: string }) => status)).toEqual(['skipped', 'rejected']);
    expect(rig.raw()).toEqual({});
  });

  test('all-or-nothing stores everything when all fit', async () => {
    const rig = await startRig();
    const answer = await rig.post([logEvent(), logEvent()], { query: '?mode=all-or-nothing' });
    expect([answer.status, answer.body.stored, rig.events().length]).toEqual([200, 2, 2]);
  });

  test('422 when no event fits', async () => {
    const rig = await startRig();
    expect((await rig.post([bad])).status).toBe(422);
  });

  test('400 for a mode that does not exist', async () => {
    const rig = await startRig();
    expect((await rig.post([logEvent()], { query: '?mode=some' })).body.detail).toContain('each or all-or-nothing');
  });
});

describe('place', () => {
  const order = (changes: Record<string, unknown> = {}) => ({
    order_id: 'o-1',
    ordered_at: new Date().toISOString(),
    status: 'paid',
    currency: 'EUR',
    total: '12.50',
    ...changes,
  });

  test('by event time, one object a partition', async () => {
    const now = Date.parse('2026-06-15T00:05:00Z');
    const rig = await startRig({ now: () => now });
    const times = [
      '2026-06-14T23:59:59.999Z',
      '2026-06-15T00:00:00Z',
      '2026-06-15T01:30:00+02:00',
      '2026-06-15T00:01:00Z',
    ];
    const token = await rig.issuer.token({ iat: null, exp: now / 1000 + 60 });
    const answer = await rig.post(
      times.map((event_time) => logEvent({ event_time })),
      { token },
    );
    expect(answer.status).toBe(200);
    const found = Object.entries(rig.raw()).map(([key, lines]) => [key.split('/').slice(1, 5).join('/'), lines.length]);
    expect(Object.fromEntries(found)).toEqual({
      'access_logs/year=2026/month=06/day=14': 2,
      'access_logs/year=2026/month=06/day=15': 2,
    });
  });

  test('of a leading key, from the event, which is stored without it', async () => {
    const rig = await startRig();
    const answer = await rig.post(order({ tenant: 'acme' }), { dataset: 'orders' });
    expect(answer.body).toMatchObject({ stored: 1 });
    expect(Object.keys(rig.raw())[0]).toContain(`raw/orders/tenant=acme/${today()}/ingest-`);
    expect(rig.events()[0]).not.toHaveProperty('tenant');
    expect(rig.events()[0]).toMatchObject({ order_id: 'o-1', total: '12.50' });
  });

  test('of a leading key, from a header', async () => {
    const rig = await startRig();
    await rig.post(order(), { dataset: 'orders', headers: { 'lake-partition-tenant': 'globex' } });
    expect(Object.keys(rig.raw())[0]).toContain('raw/orders/tenant=globex/');
  });

  test.each([
    ['is not given', order(), {}, 'tenant: give it as a member of the event, or in the header lake-partition-tenant'],
    [
      'is given twice, and not the same',
      order({ tenant: 'acme' }),
      { 'lake-partition-tenant': 'globex' },
      'contradict',
    ],
  ])('a leading key that %s is refused', async (_, event, headers: Record<string, string>, message) => {
    const rig = await startRig();
    const answer = await rig.post(event, { dataset: 'orders', headers });
    expect(answer.status).toBe(422);
    expect(answer.body.results[0]).toMatchObject({ code: 'no-place', message: expect.stringContaining(message) });
  });

  test.each([
    ['of another value', 'lake-partition-tenant', 'umbrella', "'umbrella' is not a value of key tenant"],
    ['of no value', 'lake-partition-tenant', '', "'' is not a value"],
    ['of another key', 'lake-partition-region', 'eu', '"lake-partition-region" is not a partition header of orders'],
    ['with the name of a prototype', 'lake-partition-__proto__', 'acme', 'is not a partition header'],
    ['that is endless', 'lake-partition-tenant', 'x'.repeat(10_000), `'${'x'.repeat(80)}...' is not a value`],
  ])('a partition header %s is refused once, for the whole request', async (_, header, value, detail) => {
    const rig = await startRig();
    const events = Array.from({ length: 100 }, () => order());
    const answer = await rig.post(events, { dataset: 'orders', headers: { [header]: value } });
    expect([answer.status, answer.body.type]).toEqual([400, 'urn:lake:ingest:bad-header']);
    expect(answer.body.detail).toContain(detail);
    expect(JSON.stringify(answer.body).length).toBeLessThan(600);
  });
});

describe('the same event', () => {
  test('is stored once: again in one request, at the same time, and later', async () => {
    const rig = await startRig();
    const event = logEvent();
    const [first, second] = await Promise.all([rig.post([event, event]), rig.post([event])]);
    const third = await rig.post([event]);
    expect([first, second, third].map(({ status }) => status)).toEqual([200, 200, 200]);
    const sum = (name: string) => [first, second, third].reduce((n, { body }) => n + body[name], 0);
    expect([sum('stored'), sum('duplicates')]).toEqual([1, 3]);
    expect(rig.events()).toEqual([event]);
  });

  test('in another partition is another event, as compaction sees it', async () => {
    const rig = await startRig();
    const event = logEvent();
    const yesterday = { ...event, event_time: new Date(Date.now() - 86_400_000).toISOString() };
    expect((await rig.post([event, yesterday])).body.stored).toBe(2);
  });

  test('of a key whose later rows replace earlier ones is stored as often as it is sent, updates above all', async () => {
    const changing = datasets.map((dataset) => ({
      ...dataset,
      dedupe: { ...dataset.dedupe, keep: 'latest' as const, by: ['event_time'] },
    }));
    const rig = await startRig({ datasets: changing });
    const event = logEvent();
    expect((await rig.post([event])).body).toMatchObject({ stored: 1 });
    expect((await rig.post([{ ...event, status: 404 }])).body).toMatchObject({
      stored: 1,
      duplicates: 0,
      conflicts: 0,
    });
  });

  test('without a dedupe key is recognised by the Idempotency-Key, and only as the same event', async () => {
    const keyless = datasets.map((dataset) => ({ ...dataset, dedupe: { ...dataset.dedupe, key: [] } }));
    const rig = await startRig({ datasets: keyless });
    const [a, b] = [logEvent(), logEvent()];
    const headers = { 'idempotency-key': 'batch-1' };
    expect((await rig.post([a, b], { headers })).body).toMatchObject({ stored: 2, duplicates: 0 });
    expect((await rig.post([a, b], { headers })).body).toMatchObject({ stored: 0, duplicates: 2 });
    expect((await rig.post([b, a], { headers })).body).toMatchObject({ stored: 2, duplicates: 0 });
    expect((await rig.post([a])).body).toMatchObject({ stored: 1, duplicates: 0 });
    const other = await rig.issuer.token({ sub: 'another' });
    expect((await rig.post([a, b], { headers, token: other })).body).toMatchObject({ stored: 2 });
  });
});

test('an Idempotency-Key has 1 to 200 characters', async () => {
  const rig = await startRig();
  const post = (key: string) => rig.post([logEvent()], { headers: { 'idempotency-key': key } });
  expect((await post('k'.repeat(200))).status).toBe(200);
  for (const key of ['', 'k'.repeat(201)]) {
    const { status, body } = await post(key);
    expect([status, body.type, body.detail]).toEqual([
      400,
      'urn:lake:ingest:bad-header',
      'Idempotency-Key must have 1 to 200 characters',
    ]);
  }
  expect(rig.events()).toHaveLength(1);
});

test('events have the names of the columns, whatever the names are in files', async () => {
  const dataset = parseDataset({
    name: 'trail',
    description: 'Events of other names in files.',
    columns: [
      { name: 'event_id', type: 'string', notNull: true },
      { name: 'event_time', type: 'timestamp', notNull: true, from: 'eventTime' },
      { name: 'user_type', type: 'string', from: { path: ['userIdentity', 'type'] } },
      { name: 'detail', type: 'struct<zone_id:int>', fields: { zone_id: { from: 'Zone' } } },
    ],
    columnNames: 'snake',
    partition: { scheme: 'day', from: '2026-01-01', to: '2126-12-31' },
    eventTime: 'event_time',
    dedupeKey: ['event_id'],
    input: { formats: ['ndjson'] },
  });
  const rig = await startRig({ datasets: [dataset] });
  const event_time = new Date().toISOString();
  const event = { event_id: 'a', event_time, user_type: 'Root', detail: { zone_id: 1 } };
  const token = await rig.issuer.token({ scope: 'ingest:trail' });
  const taken = await rig.post(event, { dataset: 'trail', token });
  expect([taken.status, counts(taken.body)]).toEqual([200, ONE]);
  expect(rig.events()).toEqual([event]);
  for (const other of [
    { eventID: 'b', event_time },
    { event_id: 'b', eventTime: event_time },
    { event_id: 'b', event_time, userIdentity: { type: 'Root' } },
    { event_id: 'b', event_time, detail: { Zone: 1 } },
  ]) {
    const refused = await rig.post(other, { dataset: 'trail', token });
    expect([refused.status, counts(refused.body)]).toMatchObject([422, { stored: 0, rejected: 1 }]);
  }
});
