import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { later, logEvent, ndjson, startRig } from './support/rig';
import { head, speak } from './support/sockets';

const GZIP = { 'content-encoding': 'gzip', 'content-type': 'application/x-ndjson' };
const KIB = 1024;

test('an oversize body is refused by its length, before it is read', async () => {
  const rig = await startRig({ settings: { INGEST_MAX_BODY_BYTES: '2048' } });
  const heard = await speak(rig, (socket) => socket.write(head(rig, 'Content-Length: 1000000000')));
  expect(heard).toContain('HTTP/1.1 413');
  expect(heard).toContain('urn:lake:ingest:too-large');
});

test('an oversize chunked body is cut off when it passes the limit', async () => {
  const rig = await startRig({ settings: { INGEST_MAX_BODY_BYTES: '20480' } });
  let sent = 0;
  const heard = await speak(rig, (socket) => {
    socket.write(head(rig, 'Transfer-Encoding: chunked'));
    const timer = setInterval(() => {
      if (socket.destroyed || sent > 50_000_000) return clearInterval(timer);
      socket.write(`1000\r\n${'x'.repeat(4_096)}\r\n`);
      sent += 4_096;
    }, 1);
    later(() => clearInterval(timer));
  });
  expect(heard).toContain('HTTP/1.1 413');
  expect(sent).toBeLessThan(10_000_000);
  expect(rig.raw()).toEqual({});
});

test('a wrong Content-Length stores nothing: what is too short waits and ends, what is too long is another request', async () => {
  const rig = await startRig({ settings: { INGEST_REQUEST_SECONDS: '1' } });
  const body = ndjson([logEvent()]);
  const short = await speak(
    rig,
    (socket) => socket.write(`${head(rig, `Content-Length: ${body.length + 10}`)}${body}`),
    8_000,
  );
  expect(short).toContain('HTTP/1.1 408');
  expect(rig.raw()).toEqual({});
  const long = await speak(rig, (socket) =>
    socket.write(`${head(rig, `Content-Length: ${body.length}`)}${body}{"more":1}`),
  );
  // The rest is not a request. Its connection ends, maybe before the answer to the first is out: who lies is told nothing.
  expect(long).toContain('HTTP/1.1 400');
  expect(rig.events().length).toBeLessThanOrEqual(1);
});

test('both lengths at once, the way requests are smuggled, are refused', async () => {
  const rig = await startRig();
  const heard = await speak(rig, (socket) =>
    socket.write(`${head(rig, 'Content-Length: 5', 'Transfer-Encoding: chunked')}0\r\n\r\n`),
  );
  expect(heard).toContain('HTTP/1.1 400');
});

test('slowloris: who sends the head or the body by drops is cut off, and the others do not notice', async () => {
  const rig = await startRig({ settings: { INGEST_REQUEST_SECONDS: '1' } });
  const drops = (first: string, rest: string) => (socket: Socket) => {
    socket.write(first);
    let at = 0;
    const timer = setInterval(() => {
      if (socket.destroyed) return clearInterval(timer);
      socket.write(rest[at++ % rest.length] ?? '');
    }, 50);
    later(() => clearInterval(timer));
  };
  const slow = Array.from({ length: 20 }, () => speak(rig, drops(head(rig, 'Content-Length: 100000'), ' '), 15_000));
  const fast = await Promise.all(Array.from({ length: 20 }, () => rig.post([logEvent()])));
  expect(fast.every(({ status }) => status === 200)).toBe(true);
  for (const heard of await Promise.all(slow)) expect(heard).toContain('408');
});

test('a gzip bomb is stopped by the bytes that come out of it', async () => {
  const rig = await startRig({ settings: { INGEST_MAX_INFLATED_BYTES: String(1024 * KIB) } });
  const bomb = gzipSync(Buffer.alloc(200 * 1024 * KIB, 0x20));
  expect(bomb.length).toBeLessThan(250 * KIB);
  const before = process.memoryUsage().rss;
  const answers = await Promise.all(Array.from({ length: 10 }, () => rig.post(bomb, { headers: GZIP })));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 413));
  expect(answers[0]?.body.detail).toBe('the body inflates to more than 1048576 bytes');
  expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * KIB);
});

test('truncated gzip is refused as a whole, though events came out of it', async () => {
  const rig = await startRig();
  const whole = gzipSync(ndjson(Array.from({ length: 500 }, () => logEvent())));
  for (const cut of [1, 8, Math.floor(whole.length / 2), whole.length - 1]) {
    const answer = await rig.post(whole.subarray(0, whole.length - cut), { headers: GZIP });
    expect([answer.status, answer.body.detail]).toEqual([400, expect.stringContaining('the gzip data is damaged')]);
  }
  const damaged = Buffer.from(whole);
  damaged[damaged.length - 6] = (damaged[damaged.length - 6] as number) ^ 1; // the checksum
  expect((await rig.post(damaged, { headers: GZIP })).status).toBe(400);
  expect(rig.raw()).toEqual({});
});

test('concatenated gzip members are one body; anything else behind them is refused', async () => {
  const rig = await startRig();
  const [a, b] = [gzipSync(ndjson([logEvent()])), gzipSync(ndjson([logEvent()]))];
  expect((await rig.post(Buffer.concat([a, b]), { headers: GZIP })).body.stored).toBe(2);
  for (const rest of [Buffer.from('garbage'), Buffer.alloc(1), b.subarray(0, 12)]) {
    expect((await rig.post(Buffer.concat([a, rest]), { headers: GZIP })).status).toBe(400);
  }
});

test.each(['br', 'deflate', 'gzip, gzip', 'x'.repeat(100)])('Content-Encoding %.10s is refused', async (encoding) => {
  const rig = await startRig();
  const answer = await rig.post(gzipSync(ndjson([logEvent()])), { headers: { ...GZIP, 'content-encoding': encoding } });
  expect([answer.status, answer.body.type]).toEqual([415, 'urn:lake:ingest:unsupported-type']);
});

test.each(['text/plain', 'application/xml', 'multipart/form-data; boundary=x', 'application/json; charset=utf-16'])(
  'Content-Type %s is refused',
  async (type) => {
    const rig = await startRig();
    expect((await rig.post([logEvent()], { headers: { 'content-type': type } })).status).toBe(415);
  },
);

test('a million lines are refused by their number, quickly', async () => {
  const rig = await startRig();
  const answer = await rig.post(gzipSync('{}\n'.repeat(1_000_000)), { headers: GZIP });
  expect([answer.status, answer.body.type]).toEqual([413, 'urn:lake:ingest:too-many-events']);
  const array = await rig.post(gzipSync(`[${'{},'.repeat(1_000_000)}{}]`), {
    headers: { 'content-encoding': 'gzip', 'content-type': 'application/json' },
  });
  expect([array.status, array.body.type]).toEqual([413, 'urn:lake:ingest:too-many-events']);
});

test('a million blank lines hold no event', async () => {
  const rig = await startRig();
  const answer = await rig.post(gzipSync('\n'.repeat(1_000_000)), { headers: GZIP });
  expect([answer.status, answer.body.type]).toEqual([400, 'urn:lake:ingest:no-events']);
});

test('events of more partitions than a request may touch are refused', async () => {
  const rig = await startRig({ settings: { INGEST_MAX_PARTITIONS: '3' } });
  const events = [0, 1, 2, 3].map((days) => logEvent({ event_time: Date.now() - days * 86_400_000 }));
  expect((await rig.post(events)).body.type).toBe('urn:lake:ingest:too-many-partitions');
  expect((await rig.post(events.slice(1))).status).toBe(200);
});
