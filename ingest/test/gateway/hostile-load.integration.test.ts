import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { splitDocument, splitLines } from '../../gateway/events/split';
import type { Steps } from '../../gateway/work/turns';
import { head, open, type RawConnection } from './support/raw';
import { logEvent, ndjson, type Rig, startRig } from './support/rig';

const MIB = 1024 * 1024;
const GZIP = { 'content-encoding': 'gzip', 'content-type': 'application/x-ndjson' };
const PLENTY = { INGEST_RATE_PER_SECOND: '1000000', INGEST_RATE_BURST: '2000000' };

const buffered = async (rig: Rig): Promise<number> =>
  Number(/ingest_buffered_bytes (\d+)/.exec((await rig.get('/metrics')).body)?.[1]);

/**
 * Processor milliseconds of this process while something was done: all of them, and those of turns of the event loop that
 * took more than 50. Other processes and collections of garbage make a turn longer now and then; work without a break
 * makes all of them long.
 */
async function turnsWhile(work: () => Promise<unknown>): Promise<{ long: number; whole: number }> {
  let isDone = false;
  let long = 0;
  let whole = 0;
  const done = work().finally(() => {
    isDone = true;
  });
  for (let before = process.cpuUsage(); !isDone; before = process.cpuUsage()) {
    await nextTurn();
    const turn = process.cpuUsage(before).user / 1_000;
    whole += turn;
    if (turn > 50) long += turn;
  }
  await done;
  return { long, whole };
}

describe('bodies that do not end', () => {
  const unfinished = async (rig: Rig, token: string, bytes: number, ...headers: string[]): Promise<RawConnection> => {
    const connection = await open(rig);
    connection.socket.write(head(token, ...headers, `Content-Length: ${4 * MIB}`));
    if (bytes > 0) connection.socket.write(Buffer.alloc(bytes, 0x20));
    return connection;
  };

  test('twelve of 4 MiB that are only announced take nothing from the others', async () => {
    const rig = await startRig();
    const other = await rig.issuer.token({ sub: 'other' });
    await Promise.all(Array.from({ length: 12 }, () => unfinished(rig, rig.token, 0)));
    await sleep(100);
    expect(await buffered(rig)).toBeLessThan(100_000);
    expect((await rig.post([logEvent()], { token: other })).status).toBe(200);
    expect((await rig.post([logEvent()])).status).toBe(200);
  });

  test('twelve of 4 MiB that are sent but for a byte take half of the room; the others go on', async () => {
    const rig = await startRig();
    const other = await rig.issuer.token({ sub: 'other' });
    const all = await Promise.all(Array.from({ length: 12 }, () => unfinished(rig, rig.token, 4 * MIB - 1)));
    await sleep(500);
    const held = await buffered(rig);
    expect(held).toBeGreaterThan(4 * MIB);
    expect(held).toBeLessThanOrEqual(24 * MIB + 100_000);
    const refused = all.filter(({ heard }) => heard().includes('too-many-at-once'));
    expect(refused.length).toBeGreaterThan(0);
    for (const { heard } of refused) expect(heard()).toMatch(/^HTTP\/1.1 429[\s\S]*retry-after: 1/i);
    const large = ndjson(Array.from({ length: 5_000 }, () => logEvent({ user_agent: 'x'.repeat(300) })));
    expect((await rig.post(large, { token: other })).status).toBe(200);
    for (const { socket } of all) socket.destroy();
    await sleep(100);
    expect(await buffered(rig)).toBe(0);
  });

  test('one that stalls is aborted with 408, long before its time is over; one that is merely slow is not', async () => {
    const rig = await startRig({ settings: { INGEST_BODY_BYTES_PER_SECOND: '1000' } });
    const still = await unfinished(rig, rig.token, 3_000);
    const body = ndjson([logEvent()]).padEnd(16_000, '\n');
    const slow = await open(rig);
    slow.socket.write(head(rig.token, `Content-Length: ${body.length}`));
    for (let at = 0; at < body.length; at += 500) {
      slow.socket.write(body.slice(at, at + 500));
      await sleep(250);
    }
    await sleep(1_000);
    expect(await still.closed(3_000)).toBe(true);
    expect(still.heard()).toMatch(/^HTTP\/1.1 408[\s\S]*urn:lake:ingest:too-slow/);
    expect(slow.heard()).toMatch(/^HTTP\/1.1 200/);
    expect(await buffered(rig)).toBe(0);
  }, 30_000);
});

describe('requests that are refused give their room back', () => {
  const KINDS: readonly (readonly [name: string, status: number, send: (rig: Rig) => Promise<unknown>])[] = [
    ['without a token', 401, (rig) => rig.post([logEvent()], { token: 'a.b.c' })],
    ['without the role', 403, (rig) => rig.post([logEvent()], { dataset: 'other' })],
    ['with a wrong header', 400, (rig) => rig.post([logEvent()], { headers: { 'idempotency-key': 'x'.repeat(201) } })],
    ['with a wrong query', 400, (rig) => rig.post([logEvent()], { query: '?mode=some' })],
    ['of another type', 415, (rig) => rig.post([logEvent()], { headers: { 'content-type': 'text/plain' } })],
    ['that are too large', 413, (rig) => rig.post('x'.repeat(70_000))],
    ['that inflate to too much', 413, (rig) => rig.post(gzipSync(' '.repeat(400_000)), { headers: GZIP })],
    ['of damaged gzip', 400, (rig) => rig.post(gzipSync('{}').subarray(0, 20), { headers: GZIP })],
    ['that are no JSON', 400, (rig) => rig.post(Buffer.from('{'))],
    ['of too many events', 413, (rig) => rig.post('{}\n'.repeat(2_000))],
    ['of no event', 400, (rig) => rig.post('\n')],
    ['of events that do not fit', 422, (rig) => rig.post('{}\n'.repeat(500))],
  ];
  const SETTINGS = {
    INGEST_MAX_BUFFERED_BYTES: String(MIB),
    INGEST_MAX_INFLATED_BYTES: '300000',
    INGEST_MAX_BODY_BYTES: '65536',
    INGEST_MAX_EVENT_BYTES: '65536',
    INGEST_MAX_EVENTS: '1000',
    ...PLENTY,
  };

  test.each(KINDS)('%s: ten of them, and many more, lock no node', async (_, status, send) => {
    const rig = await startRig({ settings: SETTINGS });
    for (let round = 0; round < 5; round += 1) {
      const answers = (await Promise.all(Array.from({ length: 10 }, () => send(rig)))) as { status: number }[];
      for (const answer of answers) expect([status, 429]).toContain(answer.status);
    }
    expect(await buffered(rig)).toBe(0);
    const large = ndjson(Array.from({ length: 100 }, () => logEvent({ user_agent: 'x'.repeat(400) })));
    expect((await rig.post(large)).status).toBe(200);
  });

  test('ten 401s with large bodies, at the same time as everybody else: nobody is refused for them', async () => {
    const rig = await startRig({ settings: SETTINGS });
    const body = 'x'.repeat(60_000);
    const hostile = Array.from({ length: 10 }, () => rig.post(body, { token: 'a.b.c' }));
    const honest = await Promise.all(Array.from({ length: 10 }, () => rig.post([logEvent()])));
    expect(honest.map(({ status }) => status)).toEqual(honest.map(() => 200));
    for (const { status } of await Promise.all(hostile)) expect(status).toBe(401);
    expect(await buffered(rig)).toBe(0);
  });

  test('connections that break off, at any time', async () => {
    const rig = await startRig();
    const body = ndjson(Array.from({ length: 2_000 }, () => logEvent()));
    for (const part of [0, 1, 1_000, body.length - 1, body.length]) {
      const connection = await open(rig);
      connection.socket.write(head(rig.token, `Content-Length: ${body.length}`));
      connection.socket.write(body.slice(0, part));
      await sleep(part === body.length ? 5 : 30);
      connection.socket.destroy();
    }
    for (let i = 0; i < 100 && (await buffered(rig)) > 0; i += 1) await sleep(50);
    expect(await buffered(rig)).toBe(0);
  });

  test('a connection that breaks off with requests behind one another', async () => {
    const rig = await startRig({ settings: { INGEST_LATENCY_CLASS: 'cheap' } });
    const request = (): string => {
      const body = ndjson([logEvent()]);
      return `${head(rig.token, `Content-Length: ${body.length}`)}${body}`;
    };
    const connection = await open(rig);
    connection.socket.write(Array.from({ length: 50 }, request).join(''));
    await sleep(200);
    // One is in work; the others wait for it, and hold nothing yet.
    expect(await buffered(rig)).toBeGreaterThan(2_000);
    connection.socket.destroy();
    await sleep(1_000);
    expect(await buffered(rig)).toBe(0);
  });
});

describe('work that is long', () => {
  const time = Date.now();
  const members = Array.from({ length: 1_900 }, (_, i) => `"code-${i}":"1.00"`).join(',');
  const mapEvent = (i: number): string =>
    `{"order_id":"o-${i}","ordered_at":${time},"status":"paid","currency":"EUR","total":"1.00","tenant":"acme",` +
    `"discounts":{${members}}}\n`;

  test('four bodies with thousands of map members: health checks and small requests go on', async () => {
    const rig = await startRig({ settings: PLENTY });
    const bodies = [0, 1, 2, 3].map((body) =>
      gzipSync(Array.from({ length: 60 }, (_, i) => mapEvent(1_000 * body + i)).join('')),
    );
    const tokens = await Promise.all(bodies.map((_, i) => rig.issuer.token({ sub: `subject-${i}` })));
    const answers: { status: number }[] = [];
    const { long, whole } = await turnsWhile(async () => {
      const posts = bodies.map((body, i) =>
        rig.post(body, { dataset: 'orders', token: tokens[i] as string, headers: GZIP }),
      );
      answers.push(...(await Promise.all(posts)));
    });
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(whole).toBeGreaterThan(300);
    expect(long).toBeLessThan(whole / 2);
  });

  test.each([
    ['blanks', ' '.repeat(4 * MIB - 1)],
    ['newlines', '\n'.repeat(4 * MIB - 1)],
    ['blank lines', ' \n'.repeat(2 * MIB - 1)],
  ])('4 kB of compressed %s cost tokens, by what comes out', async (_, text) => {
    const rig = await startRig({
      settings: { INGEST_RATE_PER_SECOND: '1', INGEST_RATE_BURST: '750', INGEST_MAX_EVENTS: '750' },
    });
    const body = gzipSync(text);
    expect(body.length).toBeLessThan(10_000);
    const statuses: number[] = [];
    for (let i = 0; i < 5; i += 1) statuses.push((await rig.post(body, { headers: GZIP })).status);
    // 4 MiB are 256 tokens, before anything is looked at.
    expect(statuses).toEqual([400, 400, 429, 429, 429]);
  });

  test('a token is taken before the body is read, and a request that is refused for more keeps the reader from nothing', async () => {
    const rig = await startRig({
      settings: { INGEST_RATE_PER_SECOND: '1', INGEST_RATE_BURST: '10', INGEST_MAX_EVENTS: '10' },
    });
    const all = await Promise.all(
      Array.from({ length: 15 }, async () => {
        const connection = await open(rig);
        connection.socket.write(head(rig.token, 'Content-Length: 1000'));
        return connection;
      }),
    );
    await sleep(300);
    const refused = all.filter(({ heard }) => heard().includes('HTTP/1.1 429'));
    expect(refused.length).toBeGreaterThanOrEqual(4);
    expect(refused.length).toBeLessThanOrEqual(5);
  });

  test('many small bodies of one subject do not hold up another: pipelined, on many connections', async () => {
    const rig = await startRig({ settings: PLENTY });
    const other = await rig.issuer.token({ sub: 'other' });
    const body = '{"a":1}\n'.repeat(1_000);
    const request = `${head(rig.token, `Content-Length: ${body.length}`)}${body}`;
    for (let i = 0; i < 20; i += 1) {
      const { socket } = await open(rig);
      socket.write(request.repeat(8));
    }
    const started = performance.now();
    expect((await rig.post([logEvent()], { token: other })).status).toBe(200);
    const own = performance.now() - started;
    for (let i = 0; i < 800 && (await buffered(rig)) > 0; i += 1) await sleep(50);
    const whole = performance.now() - started;
    expect(own).toBeLessThan(Math.max(500, whole));
    expect(await buffered(rig)).toBe(0);
  }, 60_000);

  /** Milliseconds of this process, not of others, that the longest step of some work takes. */
  function longestStep(steps: Steps<unknown>): number {
    let longest = 0;
    for (let isDone: boolean | undefined = false; isDone !== true; ) {
      const before = process.cpuUsage();
      try {
        isDone = steps.next().done;
      } catch {
        isDone = true;
      }
      longest = Math.max(longest, process.cpuUsage(before).user / 1_000);
    }
    return longest;
  }

  test.each([
    ['blanks', ' '.repeat(4 * MIB)],
    ['blanks behind something', `x${' '.repeat(4 * MIB)}`],
    ['newlines', '\n'.repeat(4 * MIB)],
    ['a string without end', `"${'x'.repeat(4 * MIB)}`],
    ['backslashes', `"${'\\\\'.repeat(2 * MIB)}"`],
    ['one huge event', `{"a":[${'1,'.repeat(4 * MIB)}1]}`],
    ['an array of huge events', `[{"a":"${'x'.repeat(4 * MIB)}"},{"a":"${'x'.repeat(4 * MIB)}"}]`],
    ['small events', `[${'{},'.repeat(9_000)}{}]${' '.repeat(4 * MIB)}`],
    ['a long number', '1'.repeat(4 * MIB)],
  ])('a body of %s is split in many short steps', (_, text) => {
    for (const split of [
      (bytes: Buffer) => splitDocument(bytes, 10_000, 262_144),
      (bytes: Buffer) => splitLines(bytes, 10_000),
    ]) {
      // The best of several: compiling and collecting garbage take time of this process as well.
      let longest = Number.POSITIVE_INFINITY;
      for (let i = 0; i < 6 && longest > 10; i += 1)
        longest = Math.min(longest, longestStep(split(Buffer.from(`${text}\n`))));
      expect(longest).toBeLessThan(20);
    }
  });
});

test('an event that is larger than the limit is found whole, and the others are stored', async () => {
  const rig = await startRig();
  const large = { ...logEvent(), user_agent: 'x"\\]}'.repeat(200_000) };
  for (const text of [
    JSON.stringify([logEvent(), large, logEvent()]),
    JSON.stringify([logEvent(), { ...logEvent(), user_agent: 'x'.repeat(400_000) }, logEvent()], null, 2),
  ]) {
    const { status, body } = await rig.post(Buffer.from(text));
    expect([status, body.stored, body.results.length]).toEqual([207, 2, 1]);
    expect(body.results[0]).toMatchObject({ index: 1, code: 'too-large' });
  }
  const alone = await rig.post(Buffer.from(JSON.stringify(large)));
  expect([alone.status, alone.body.results[0].code]).toEqual([422, 'too-large']);
  const cut = await rig.post(Buffer.from(`[${JSON.stringify(large).slice(0, -1)}`));
  expect([cut.status, cut.body.type]).toEqual([400, 'urn:lake:ingest:not-json']);
});
