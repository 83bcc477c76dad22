import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { RequestEvent } from '../../../packages/s3-loopback/src';
import { type Sink, SinkError } from '../../gateway/commit/sink';
import { later, logEvent, type Rig, startRig } from './support/rig';
import { head, speak } from './support/sockets';

/** Holds every PUT until it is let go. */
class Gate implements Sink {
  readonly held: (() => void)[] = [];
  puts = 0;

  put(): Promise<void> {
    this.puts += 1;
    return new Promise((resolve) => this.held.push(resolve));
  }

  open(): void {
    for (const resolve of this.held.splice(0)) resolve();
  }
}

const until = async (condition: () => boolean): Promise<void> => {
  for (let i = 0; i < 3_000 && !condition(); i += 1) await sleep(10);
  expect(condition()).toBe(true);
};

test('no answer before the PUT has succeeded', async () => {
  const sink = new Gate();
  const rig = await startRig({ sink, settings: { INGEST_LATENCY_CLASS: 'cheap' } });
  let answered = 0;
  const posts = Array.from({ length: 5 }, () =>
    rig.post([logEvent()]).finally(() => {
      answered += 1;
    }),
  );
  await until(() => sink.held.length > 0);
  await sleep(100);
  expect(answered).toBe(0);
  const opening = setInterval(() => sink.open(), 10);
  later(() => clearInterval(opening));
  expect((await Promise.all(posts)).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
});

test('many requests share one PUT', async () => {
  const rig = await startRig({ settings: { INGEST_LATENCY_CLASS: 'cheap' } });
  await Promise.all(Array.from({ length: 100 }, () => rig.post([logEvent()])));
  // On a busy machine they do not all come within the linger of one batch.
  expect(Object.keys(rig.raw()).length).toBeLessThanOrEqual(10);
  expect(rig.events()).toHaveLength(100);
});

test('503 from S3 is tried again until it works', async () => {
  let left = 4;
  const rig = await startRig({
    onRequest: ({ phase }) => (phase === 'before' && left-- > 0 ? { status: 503, code: 'SlowDown' } : undefined),
  });
  const answer = await rig.post([logEvent()]);
  expect([answer.status, rig.events().length]).toEqual([200, 1]);
  expect((await rig.get('/metrics')).body).toContain('ingest_put_attempts_total{outcome="SlowDown"} 4\n');
});

test.each(['drop', 'silence'])('a PUT that succeeded unseen (%s) is stored once, and acknowledged', async (fault) => {
  let first = true;
  const onRequest = async ({ phase }: RequestEvent) => {
    if (phase === 'before' || !first) return undefined;
    first = false;
    if (fault === 'silence') await sleep(3_000);
    return 'drop' as const;
  };
  const rig = await startRig({ onRequest, settings: { INGEST_PUT_ATTEMPT_SECONDS: '1' } });
  expect((await rig.post([logEvent()])).status).toBe(200);
  expect(Object.keys(rig.raw())).toHaveLength(1);
  expect((await rig.get('/metrics')).body).toContain('ingest_put_attempts_total{outcome="stored-before"} 1\n');
});

test('while S3 is unavailable, nothing is acknowledged, and the same events may be sent again', async () => {
  let isDown = true;
  const rig = await startRig({
    onRequest: () => (isDown ? { status: 500, code: 'InternalError' } : undefined),
    settings: { INGEST_PUT_SECONDS: '1' },
  });
  const event = logEvent();
  const answer = await rig.post([event, { ...event, event_id: 8 }]);
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
  expect(answer.body).toMatchObject({ stored: 0, failed: 1, rejected: 1 });
  expect(rig.events()).toEqual([]);
  isDown = false;
  expect((await rig.post([event])).body).toMatchObject({ stored: 1, duplicates: 0 });
});

test('a repeated event waits for the PUT of the first, and fails with it', async () => {
  let fail: (error: Error) => void = () => {};
  const sink: Sink = { put: () => new Promise((_, reject) => (fail = reject)) };
  const rig = await startRig({ sink });
  const event = logEvent();
  const posts = [rig.post([event])];
  await sleep(100);
  posts.push(rig.post([event]));
  await sleep(100);
  fail(new SinkError('gone'));
  for (const answer of await Promise.all(posts)) expect([answer.status, answer.body.failed]).toEqual([503, 1]);
});

describe('backpressure', () => {
  /** Posts, and the number of those that were turned away so far. */
  function posting() {
    const posts: ReturnType<Rig['post']>[] = [];
    let turnedAway = 0;
    return {
      posts,
      turnedAway: () => turnedAway,
      add: (post: ReturnType<Rig['post']>) => {
        posts.push(post);
        void post.then(({ status }) => {
          if (status === 503) turnedAway += 1;
        });
      },
    };
  }

  test('503 with Retry-After once too many bytes wait, while health stays good; then all is well again', async () => {
    const sink = new Gate();
    const rig = await startRig({
      sink,
      settings: {
        INGEST_MAX_BUFFERED_BYTES: String(1024 * 1024),
        INGEST_MAX_INFLATED_BYTES: String(512 * 1024),
        INGEST_MAX_BODY_BYTES: String(512 * 1024),
      },
    });
    const large = logEvent({ user_agent: 'x'.repeat(200_000) });
    const { posts, add, turnedAway } = posting();
    for (let i = 0; i < 20; i += 1) {
      const token = await rig.issuer.token({ sub: `producer-${i}` });
      add(rig.post([{ ...large, event_id: `big-${i}` }], { token }));
    }
    // Five of them at most have room.
    await until(() => sink.held.length > 0 && turnedAway() >= 15);
    const early = await rig.post([{ ...large, event_id: 'one more' }]);
    expect([early.status, early.headers.get('retry-after'), early.body.type]).toEqual([
      503,
      '1',
      'urn:lake:ingest:overloaded',
    ]);
    expect((await rig.get('/healthz')).status).toBe(200);
    expect((await rig.get('/readyz')).status).toBe(200);
    const { body } = await rig.get('/metrics');
    expect(Number(/ingest_buffered_bytes (\d+)/.exec(body)?.[1])).toBeLessThanOrEqual(1024 * 1024);
    const opening = setInterval(() => sink.open(), 10);
    later(() => clearInterval(opening));
    const statuses = (await Promise.all(posts)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200, 503]));
    expect((await rig.post([large])).status).toBe(200);
    expect((await rig.get('/metrics')).body).toContain('ingest_buffered_bytes 0\n');
  });

  test('a body that inflates beyond the room is turned away', async () => {
    const sink = new Gate();
    const rig = await startRig({
      sink,
      settings: {
        INGEST_MAX_BUFFERED_BYTES: String(1024 * 1024),
        INGEST_MAX_INFLATED_BYTES: String(1024 * 1024),
        INGEST_MAX_BODY_BYTES: '65536',
      },
    });
    const zipped = (id: string) => gzipSync(JSON.stringify(logEvent({ event_id: id, path: 'x'.repeat(200_000) })));
    const { posts, add, turnedAway } = posting();
    for (let i = 0; i < 8; i += 1) {
      const token = await rig.issuer.token({ sub: `producer-${i}` });
      add(rig.post(zipped(`z-${i}`), { token, headers: { 'content-encoding': 'gzip' } }));
    }
    await until(() => turnedAway() >= 3);
    const opening = setInterval(() => sink.open(), 10);
    later(() => clearInterval(opening));
    const statuses = (await Promise.all(posts)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 503).length).toBeGreaterThanOrEqual(3);
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(3);
  });
});

describe('draining', () => {
  test('answers who waits, once their events are stored, turns the others away, and closes', async () => {
    const sink = new Gate();
    const rig = await startRig({ sink, settings: { INGEST_LATENCY_CLASS: 'cheap' } });
    const waiting = [rig.post([logEvent()]), rig.post([logEvent()])];
    // On a connection that a request has begun on.
    const body = `${JSON.stringify(logEvent())}\n`;
    const request = `${head(rig, `Content-Length: ${Buffer.byteLength(body)}`)}${body}`;
    let finishRequest = (): void => {};
    const late = speak(rig, (socket) => {
      socket.write(request.slice(0, 40));
      finishRequest = () => socket.write(request.slice(40));
    });
    await sleep(150);
    expect(sink.puts).toBe(0);
    const stopped = rig.gateway.stop();
    await until(() => sink.held.length === 1); // without waiting for the linger
    finishRequest();
    const turnedAway = await late;
    expect(turnedAway).toContain('HTTP/1.1 503 ');
    expect(turnedAway.toLowerCase()).toContain('connection: close');
    expect(turnedAway).toContain('urn:lake:ingest:draining');
    sink.open();
    const answers = await Promise.all(waiting);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(answers.map(({ headers }) => headers.get('connection'))).toEqual(['close', 'close']);
    expect(await stopped).toBe(true);
    await expect(rig.get('/healthz')).rejects.toThrow();
    expect(rig.logs.at(-1)).toMatchObject({ message: 'drained: everything is stored and answered' });
  });

  test('gives up after its time, says so, and acknowledges nothing', async () => {
    const rig = await startRig({
      sink: new Gate(),
      settings: { INGEST_DRAIN_SECONDS: '2', INGEST_REQUEST_SECONDS: '2', INGEST_PUT_SECONDS: '1' },
    });
    const post = rig.post([logEvent()]).catch(() => 'cut off');
    await sleep(100);
    expect(await rig.gateway.stop()).toBe(false);
    expect(await post).toBe('cut off');
    expect(rig.logs.at(-1)).toMatchObject({ level: 'error', message: 'not drained in time', batches: 1 });
  });
});
