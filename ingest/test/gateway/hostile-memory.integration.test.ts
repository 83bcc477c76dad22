import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { parseDatasets } from '../../../lib/dataset';
import { anyText } from '../../../test/support/text';
import type { EventOutcome, EventStatus } from '../../gateway/http/results';
import { answer, answerRoom, MAX_RESULTS } from '../../gateway/http/results';
import { atOnce } from '../../gateway/work/turns';
import { head, open } from './support/raw';
import { logEvent, ndjson, type Rig, startRig } from './support/rig';

const MIB = 1024 * 1024;
const GZIP = { 'content-encoding': 'gzip', 'content-type': 'application/x-ndjson' };

/** Takes any value for its leading key, and has nested columns. */
const [wide] = parseDatasets([
  {
    file: 'test',
    definition: {
      name: 'wide',
      description: 'Wide',
      columns: [
        { name: 'id', type: 'string', notNull: true },
        { name: 'at', type: 'timestamp', notNull: true },
        { name: 'tags', type: 'map<string,int>' },
        { name: 'part', type: 'struct<a:int,b:array<struct<c:int>>>' },
        { name: 'sum', type: 'decimal(10,2)' },
      ],
      partition: { scheme: 'day', from: '2024-01-01', to: '2035-12-31', leading: [{ name: 'site', kind: 'injected' }] },
      eventTime: 'at',
      dedupeKey: ['id'],
      sortBy: ['at'],
      input: { formats: ['ndjson'] },
    },
  },
]);

const wideRig = (): Promise<Rig> => startRig({ datasets: [wide as NonNullable<typeof wide>] });
const wideToken = (rig: Rig): Promise<string> => rig.issuer.token({ scope: 'ingest:wide' });
const buffered = async (rig: Rig): Promise<number> =>
  Number(/ingest_buffered_bytes (\d+)/.exec((await rig.get('/metrics')).body)?.[1]);

test('28 kB of gzip with a long lake-partition header: one refusal, not ten thousand', async () => {
  const rig = await startRig();
  const event = (i: number) =>
    `{"order_id":"o-${i}","ordered_at":${Date.now()},"status":"paid","currency":"EUR","total":"1.00"}\n`;
  const body = gzipSync(Array.from({ length: 10_000 }, (_, i) => event(i)).join(''));
  const answered = await rig.post(body, {
    dataset: 'orders',
    headers: { ...GZIP, 'lake-partition-tenant': 'x'.repeat(15_000) },
  });
  expect([answered.status, answered.body.type]).toEqual([400, 'urn:lake:ingest:bad-header']);
  expect(JSON.stringify(answered.body).length).toBeLessThan(600);
});

const at = Date.now();
const LONG = 'x'.repeat(20_000);
const HOSTILE: readonly (readonly [name: string, event: string])[] = [
  ['a long leading key', `{"id":"a","at":${at},"site":"${LONG}"}`],
  ['a leading key of escapes', `{"id":"a","at":${at},"site":"${'\\u0000'.repeat(3_000)}"}`],
  ['a long name', `{"id":"a","at":${at},"${LONG}":1}`],
  ['a name of escapes', `{"id":"a","at":${at},"${'\\u0001'.repeat(3_000)}":1}`],
  ['a long name in a struct', `{"id":"a","at":${at},"part":{"${LONG}":1}}`],
  ['a long key of a map', `{"id":"a","at":${at},"tags":{"${LONG}":"no"}}`],
  ['a long key twice', `{"id":"a","at":${at},"tags":{"${LONG}":1,"${LONG}":1}}`],
  ['a long text for a number', `{"id":"a","at":${at},"part":{"a":"${LONG}"}}`],
  ['a long number', `{"id":"a","at":${at},"sum":${'9'.repeat(20_000)}}`],
  ['a number with a long fraction', `{"id":"a","at":${at},"sum":0.${'9'.repeat(20_000)}}`],
  ['a long time', `{"id":"a","at":"${LONG}"}`],
  ['deep nesting', `{"id":"a","at":${at},"x":${'['.repeat(5_000)}${']'.repeat(5_000)}}`],
  ['many members', `{"id":"a","at":${at},${Array.from({ length: 1_500 }, (_, i) => `"m${i}":0`).join(',')}}`],
  ['a prototype', `{"id":"a","at":${at},"__proto__":{"${LONG}":1}}`],
  ['a long name that is not JSON', `{"${LONG}`],
  ['lone surrogates', `{"id":"a","at":${at},"${'\\ud800'.repeat(3_000)}":1}`],
];

test.each(HOSTILE)('%s in each of many events: the answer repeats little of it', async (_, event) => {
  const rig = await wideRig();
  const events = Array.from({ length: 300 }, () => `${event}\n`);
  const answered = await rig.post(gzipSync(events.join('')), {
    dataset: 'wide',
    token: await wideToken(rig),
    headers: GZIP,
  });
  expect([answered.status, answered.body.rejected]).toEqual([422, 300]);
  for (const { field, message } of answered.body.results) {
    expect(field.length).toBeLessThanOrEqual(203);
    expect(message.length).toBeLessThanOrEqual(503);
    expect(`${field} ${message}`).not.toMatch(/x{81}|9{81}/);
  }
  expect(Buffer.byteLength(JSON.stringify(answered.body))).toBeLessThan(answerRoom(300) + 1_000);
  expect(await buffered(rig)).toBe(0);
});

test('ten thousand rejected events: entries for the first, ranges for the rest, and every event accounted for', async () => {
  const rig = await startRig();
  const lines = Array.from({ length: 10_000 }, (_, i) => (i % 3 === 0 ? JSON.stringify(logEvent()) : '{"a":1}'));
  const { status, body } = await rig.post(gzipSync(lines.join('\n')), { headers: GZIP, query: '?results=all' });
  expect([status, body.stored, body.rejected]).toEqual([207, 3_334, 6_666]);
  expect(body.results.length).toBeLessThanOrEqual(MAX_RESULTS);
  const seen = new Map<number, string>(body.results.map((r: { index: number; status: string }) => [r.index, r.status]));
  for (const [state, ranges] of Object.entries(body.omitted as Record<string, [number, number][]>)) {
    for (const [first, last] of ranges) for (let i = first; i <= last; i += 1) seen.set(i, state);
  }
  expect(seen.size).toBe(10_000);
  for (const [index, state] of seen) expect(state).toBe(index % 3 === 0 ? 'stored' : 'rejected');
});

test('property: an answer accounts for each event once, and is not larger than the memory that was reserved for it', () => {
  const statuses: EventStatus[] = ['stored', 'duplicate', 'conflict', 'rejected', 'failed', 'skipped'];
  const problem = fc.record({
    code: fc.constant('invalid' as const),
    field: anyText({ maxLength: 203 }),
    message: anyText({ maxLength: 503 }),
  });
  const run = fc.record({ status: fc.constantFrom(...statuses), problem, count: fc.integer({ min: 1, max: 700 }) });
  fc.assert(
    fc.property(fc.array(run, { minLength: 1, maxLength: 12 }), fc.boolean(), (runs, showAll) => {
      const outcomes = runs.flatMap(({ status, problem: why, count }) =>
        Array.from(
          { length: count },
          (): EventOutcome => (status === 'rejected' ? { status, problem: why } : { status }),
        ),
      );
      const { body, counts } = atOnce(answer(outcomes, undefined, 'id', showAll));
      expect(Buffer.byteLength(body)).toBeLessThanOrEqual(answerRoom(outcomes.length) + 500);
      const parsed = JSON.parse(body);
      const found = new Map<number, string>();
      const add = (index: number, status: string): void => {
        if (found.has(index)) throw new Error(`event ${index} occurs twice`);
        found.set(index, status);
      };
      for (const { index, status } of parsed.results) add(index, status);
      for (const [status, ranges] of Object.entries((parsed.omitted ?? {}) as Record<string, [number, number][]>)) {
        for (const [first, last] of ranges) for (let i = first; i <= last; i += 1) add(i, status);
      }
      const durable = (status: string): boolean => status === 'stored' || status === 'duplicate';
      const wrong = outcomes.filter(
        ({ status }, index) => found.get(index) !== (showAll || !durable(status) ? status : undefined),
      );
      expect(wrong).toEqual([]);
      expect(Object.values(counts).reduce((sum, n) => sum + n, 0)).toBe(outcomes.length);
    }),
    { numRuns: 25 },
  );
});

test('a body in a million pieces takes no memory for each, and ends', async () => {
  const rig = await startRig();
  const connection = await open(rig);
  const before = process.memoryUsage().rss;
  connection.socket.write(head(rig.token, 'Transfer-Encoding: chunked'));
  const pieces = '1\r\n \r\n'.repeat(10_000);
  // A client that sends for more than a second after the answer is cut off, and may lose the answer.
  for (let i = 0; i < 100 && connection.heard() === ''; i += 1) {
    connection.socket.write(pieces);
    await sleep(1);
  }
  expect(await connection.closed(5_000)).toBe(true);
  expect(connection.heard()).toContain('HTTP/1.1 400');
  expect(connection.heard()).toContain('pieces');
  expect(process.memoryUsage().rss - before).toBeLessThan(100 * MIB);
  expect(await buffered(rig)).toBe(0);
});

test('gzip with a wrong size, or with thousands of members, reserves memory only for what it inflates to', async () => {
  const rig = await startRig();
  const event = gzipSync(ndjson([logEvent()]));
  const empty = gzipSync('');
  const many = Buffer.concat([...Array.from({ length: 20_000 }, () => empty), event]);
  expect((await rig.post(many, { headers: GZIP })).body.stored).toBe(1);
  // The last member claims 16 MiB, and there are 70 kB of others before it.
  const noise = Buffer.concat(Array.from({ length: 4_000 }, () => empty));
  const lie = Buffer.concat([noise, gzipSync(ndjson([logEvent()]))]);
  lie.writeUInt32LE(16 * MIB - 1, lie.length - 4);
  expect((await rig.post(lie, { headers: GZIP })).status).toBe(400);
  expect(await buffered(rig)).toBe(0);
});

test('a response that is not read holds its memory, and then the connection ends', async () => {
  const rig = await startRig({
    settings: {
      INGEST_REQUEST_SECONDS: '4',
      INGEST_RATE_PER_SECOND: '1000000',
      INGEST_RATE_BURST: '2000000',
    },
  });
  const connection = await open(rig);
  connection.socket.pause();
  const body = gzipSync('{"a":1}\n'.repeat(10_000));
  const request = Buffer.concat([
    Buffer.from(head(rig.token, 'Content-Encoding: gzip', `Content-Length: ${body.length}`)),
    body,
  ]);
  // More than the buffers of the sockets take.
  for (let i = 0; i < 60; i += 1) connection.socket.write(request);
  const until = async (isDone: (bytes: number) => boolean): Promise<number> => {
    for (let i = 0; i < 150; i += 1) {
      const bytes = await buffered(rig);
      expect(bytes).toBeLessThanOrEqual(48 * MIB);
      if (isDone(bytes)) return i;
      await sleep(100);
    }
    throw new Error(`${await buffered(rig)} bytes are held`);
  };
  await until((bytes) => bytes > 100_000);
  await sleep(1_000);
  expect(await buffered(rig)).toBeGreaterThan(100_000);
  await until((bytes) => bytes === 0);
});

test('the OpenAPI document costs tokens', async () => {
  const rig = await startRig({
    settings: { INGEST_RATE_PER_SECOND: '1', INGEST_RATE_BURST: '250', INGEST_MAX_EVENTS: '250' },
  });
  const authorization = `Bearer ${rig.token}`;
  const statuses: number[] = [];
  for (let i = 0; i < 4; i += 1) statuses.push((await rig.get('/openapi.json', { authorization })).status);
  expect(statuses).toEqual([200, 200, 429, 429]);
});

test('labels of metrics and lines of logs do not grow with what callers send', async () => {
  const rig = await startRig({ settings: { INGEST_LOG_LEVEL: 'debug' } });
  for (let i = 0; i < 30; i += 1) {
    await rig.post([logEvent()], { dataset: `none-${i}` });
    await rig.post([logEvent()], { query: `?mode=${LONG.slice(0, 5_000)}${i}` });
    await rig.get(`/${i}/${'%00'.repeat(2_000)}`);
  }
  const { body } = await rig.get('/metrics');
  expect(body).not.toContain('none-');
  expect(body.split('\n').length).toBeLessThan(400);
  for (const line of rig.rawLogs) expect(line.length).toBeLessThan(4_000);
});
