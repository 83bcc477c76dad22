import { type Sink, SinkError } from '../../gateway/commit/sink';
import { IngestServer, type ServerParts } from '../../gateway/http/server';
import { readSettings } from '../../gateway/settings';
import { logEvent, ndjson, type Rig, startRig } from './support/rig';
import { createIssuer } from './support/tokens';

const problem = (status: number, title: string, code: string, detail: string) => ({
  type: `urn:lake:ingest:${code}`,
  title,
  status,
  detail,
  requestId: expect.any(String),
});

describe('the server itself', () => {
  /** As it is before it listens: nothing is asked of its parts. */
  const server = (environment: Record<string, string> = {}): IngestServer['app']['server'] => {
    const settings = readSettings({
      RAW_BUCKET: 'raw',
      INGEST_JWKS: '/keys.json',
      INGEST_JWT_ISSUER: 'me',
      INGEST_JWT_AUDIENCE: 'you',
      ...environment,
    });
    return new IngestServer({ settings } as ServerParts).app.server;
  };

  test('keeps idle connections for longer than a load balancer, and waits for heads and requests as it is told', () => {
    const { keepAliveTimeout, headersTimeout, requestTimeout, maxRequestsPerSocket, maxHeadersCount } = server();
    expect({ keepAliveTimeout, headersTimeout, requestTimeout, maxRequestsPerSocket, maxHeadersCount }).toEqual({
      keepAliveTimeout: 75_000,
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      maxRequestsPerSocket: 0,
      maxHeadersCount: 0,
    });
  });

  test.each([
    [9, 9_000],
    [11, 10_000],
  ])('waits %s seconds for a request, and never longer for its head', (seconds, headersTimeout) => {
    const found = server({ INGEST_REQUEST_SECONDS: String(seconds) });
    expect([found.headersTimeout, found.requestTimeout]).toEqual([headersTimeout, seconds * 1_000]);
  });
});

describe('an id of a request', () => {
  test.each(['a', 'A-z_0.9', 'x'.repeat(64)])('that is harmless is kept: %s', async (id) => {
    const rig = await startRig();
    expect((await rig.get('/healthz', { 'x-request-id': id })).headers.get('x-request-id')).toBe(id);
  });

  test('is given by the node otherwise, by counting', async () => {
    const rig = await startRig({ settings: { INGEST_NODE_ID: 'node-7' } });
    const ids: unknown[] = [];
    for (let i = 0; i < 36; i += 1) ids.push((await rig.get('/healthz')).headers.get('x-request-id'));
    expect([ids[0], ids[1], ids[35]]).toEqual(['node-7-1', 'node-7-2', 'node-7-10']);
    for (const odd of ['x'.repeat(65), 'a b', 'a/b', 'é']) {
      const answer = await rig.get('/healthz', { 'x-request-id': Buffer.from(odd).toString('latin1') });
      expect(answer.headers.get('x-request-id')).toMatch(/^node-7-\w+$/);
    }
  });
});

describe('health', () => {
  test('is good while the process runs; ready it is while it has keys', async () => {
    const rig = await startRig();
    for (const [path, status] of [
      ['/healthz', 'ok'],
      ['/readyz', 'ready'],
    ] as const) {
      const answer = await rig.get(path);
      expect([answer.status, answer.headers.get('content-type'), answer.body]).toEqual([
        200,
        'application/json; charset=utf-8',
        { status },
      ]);
    }
  });

  test('without keys it is not ready, and says why', async () => {
    const issuer = { ...(await createIssuer()), jwks: '{"keys":[]}' };
    const rig = await startRig({ issuer });
    const { status, body } = await rig.get('/readyz');
    expect([status, body]).toEqual([503, { status: 'not ready', reason: 'no keys to verify tokens with' }]);
    expect((await rig.get('/healthz')).status).toBe(200);
    const answer = await rig.post([logEvent()]);
    expect([answer.status, answer.headers.get('retry-after'), answer.body]).toEqual([
      503,
      '1',
      problem(503, 'Service Unavailable', 'no-keys', 'tokens cannot be verified at the moment; send the request again'),
    ]);
  });
});

describe('metrics', () => {
  test('are for callers beside the process, not for those that a load balancer forwards', async () => {
    const rig = await startRig();
    const { status, headers, body } = await rig.get('/metrics');
    expect([status, headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    expect(body).toContain('# HELP ingest_events_total ');
    const refused = await rig.get('/metrics', { 'x-forwarded-for': '' });
    expect([refused.status, refused.body]).toEqual([
      404,
      problem(404, 'Not Found', 'no-route', 'there is nothing here'),
    ]);
  });

  test('count the bytes of events without the newline behind them, and the time until they were stored', async () => {
    const rig = await startRig();
    const body = ndjson([logEvent()]);
    await rig.post(body);
    const { body: text } = await rig.get('/metrics');
    expect(text).toContain(`ingest_received_bytes_total{dataset="access_logs"} ${body.length}\n`);
    expect(text).toContain('ingest_ack_seconds_count 1\n');
    const seconds = Number(/^ingest_ack_seconds_sum (\S+)$/m.exec(text)?.[1]);
    // At least the linger.
    expect(seconds).toBeGreaterThan(0.005);
    expect(seconds).toBeLessThan(60);
  });

  test('of what was stored in time count no events that failed', async () => {
    const sink: Sink = {
      put: async () => {
        throw new SinkError('gone');
      },
    };
    const rig = await startRig({ sink });
    const answer = await rig.post([logEvent()]);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    const { body } = await rig.get('/metrics');
    expect(body).toContain('ingest_ack_seconds_count 0\n');
    expect(body).toContain('ingest_events_total{dataset="access_logs",result="failed"} 1\n');
    expect(body).toContain('ingest_batches_total{dataset="access_logs",outcome="failed"} 1\n');
  });
});

describe('the OpenAPI document', () => {
  test('shows the datasets of the token alone, and is paid for as a hundred events', async () => {
    const rig = await startRig({
      settings: { INGEST_RATE_PER_SECOND: '1', INGEST_RATE_BURST: '199', INGEST_MAX_EVENTS: '100' },
    });
    const authorization = `Bearer ${await rig.issuer.token({ scope: 'ingest:orders' })}`;
    // At the same time, because each second gives an event.
    const answers = await Promise.all([1, 2].map(() => rig.get('/openapi.json', { authorization })));
    const [shown, refused] = answers.sort((a, b) => a.status - b.status) as [(typeof answers)[0], (typeof answers)[0]];
    const { status, headers, body } = shown;
    expect([status, headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
    expect(refused.status).toBe(429);
    expect(Object.keys(body.paths)).toEqual(['/v1/datasets/orders/events']);
    expect(Object.keys(body.components.schemas)).toEqual(['Answer', 'Problem', 'orders']);
    expect((await rig.get('/metrics')).body).toContain('ingest_buffered_bytes 0\n');
  });
});

describe('logs', () => {
  const answers = (rig: Rig) => rig.logs.filter(({ message }) => message === 'answered');

  test('have each answer at debug, with whose it is, what was asked, and how long it took', async () => {
    const rig = await startRig({ settings: { INGEST_LOG_LEVEL: 'debug', INGEST_NODE_ID: 'n' } });
    await rig.post([logEvent()], { query: '?results=all', headers: { 'user-agent': 'me', 'x-request-id': 'r' } });
    const [answer] = answers(rig);
    expect(answer).toEqual({
      time: expect.any(String),
      level: 'debug',
      message: 'answered',
      node: 'n',
      requestId: 'r',
      method: 'POST',
      url: '/v1/datasets/access_logs/events?results=all',
      status: 200,
      subject: 'producer',
      userAgent: 'me',
      milliseconds: expect.any(Number),
    });
    expect(answer?.milliseconds).toBeGreaterThan(5);
    expect(answer?.milliseconds).toBeLessThan(60_000);
  });

  test('have no time of a request that was not begun', async () => {
    const rig = await startRig({ settings: { INGEST_LOG_LEVEL: 'debug' } });
    await rig.get('/nope');
    expect(answers(rig)).toMatchObject([{ status: 404, milliseconds: 0 }]);
  });

  test('at info, have answers of failures alone', async () => {
    let isDown = true;
    const sink: Sink = {
      put: async () => {
        if (isDown) throw new SinkError('gone');
      },
    };
    const rig = await startRig({ sink });
    await rig.post([logEvent()]);
    isDown = false;
    await rig.post([logEvent()]);
    await rig.get('/nope');
    expect(answers(rig)).toMatchObject([{ level: 'warn', status: 503 }]);
  });

  test('have an answer that was given before routing', async () => {
    const rig = await startRig({ settings: { INGEST_LOG_LEVEL: 'debug' } });
    const answer = await rig.get('/v1/%zz');
    expect(answer.body).toEqual(
      problem(400, 'Bad Request', 'bad-request', 'the request cannot be read (FST_ERR_BAD_URL)'),
    );
    expect(answer.headers.get('x-request-id')).toBe(answer.body.requestId);
    expect(answers(rig)).toMatchObject([{ requestId: answer.body.requestId, status: 400, url: '/v1/%zz' }]);
    expect((await rig.get('/metrics')).body).toContain('ingest_requests_total{status="400"} 1\n');
  });

  test('have the reason of what fails unexpectedly; the caller has the id', async () => {
    const rig = await startRig({
      now: () => {
        throw new Error('the clock is broken');
      },
    });
    const answer = await rig.post([logEvent()]);
    expect([answer.status, answer.body]).toEqual([
      500,
      problem(500, 'Internal Server Error', 'internal', 'the request failed; its id is in the log'),
    ]);
    expect(rig.logs).toContainEqual(
      expect.objectContaining({
        level: 'error',
        message: 'a request failed',
        requestId: answer.body.requestId,
        error: expect.stringMatching(/^Error: the clock is broken\n +at /),
      }),
    );
    expect(answers(rig)).toMatchObject([{ level: 'warn', status: 500 }]);
    expect((await rig.get('/metrics')).body).toContain('ingest_buffered_bytes 0\n');
  });
});
