import { logEvent, startRig } from './support/rig';

const LIMIT = { INGEST_RATE_PER_SECOND: '5', INGEST_RATE_BURST: '10', INGEST_MAX_EVENTS: '10' };

describe('the gateway', () => {
  test('answers 429 with Retry-After to who sends more than the limit, and takes nothing of it', async () => {
    const rig = await startRig({ settings: LIMIT });
    const ten = () => Array.from({ length: 10 }, () => logEvent());
    expect((await rig.post(ten())).status).toBe(200);
    const answer = await rig.post(ten());
    expect([answer.status, answer.body.type]).toEqual([429, 'urn:lake:ingest:rate-limited']);
    // One token comes within a second; once it is there the events are counted, and ten need two.
    expect(answer.headers.get('retry-after')).toMatch(/^[12]$/);
    expect(rig.events()).toHaveLength(10);
  });

  test('a spoofed X-Forwarded-For changes nothing: the verified subject is what counts', async () => {
    // Twenty requests take seconds on a busy machine, and each second gives tokens.
    const rig = await startRig({ settings: { ...LIMIT, INGEST_RATE_PER_SECOND: '1' } });
    const statuses: number[] = [];
    for (let i = 0; i < 20; i += 1) {
      const headers = {
        'x-forwarded-for': `203.0.113.${i}`,
        'x-real-ip': `198.51.100.${i}`,
        forwarded: `for=192.0.2.${i}`,
      };
      statuses.push((await rig.post([logEvent()], { headers })).status);
    }
    expect(statuses.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 200));
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(5);
    const other = await rig.issuer.token({ sub: 'somebody else' });
    expect((await rig.post([logEvent()], { token: other })).status).toBe(200);
  });

  test('another token of the same subject has no separate limit', async () => {
    const rig = await startRig({ settings: { ...LIMIT, INGEST_RATE_PER_SECOND: '1' } });
    await rig.post(Array.from({ length: 10 }, () => logEvent()));
    const token = await rig.issuer.token({ jti: 'another' });
    // As many as come in ten seconds, on whatever machine.
    const ten = Array.from({ length: 10 }, () => logEvent());
    expect((await rig.post(ten, { token })).status).toBe(429);
  });

  test('with its store down it limits by itself, at its share, and says so', async () => {
    const rig = await startRig({
      settings: {
        INGEST_REDIS_URL: 'redis://127.0.0.1:1',
        INGEST_NODES: '10',
        INGEST_RATE_PER_SECOND: '1000',
        INGEST_RATE_BURST: '1000',
        INGEST_MAX_EVENTS: '1000',
      },
    });
    let taken = 0;
    const started = performance.now();
    while (taken < 12) {
      if ((await rig.post([logEvent()])).status === 200) taken += 1;
    }
    const seconds = (performance.now() - started) / 1000;
    // A tenth of the rate, from an empty bucket on.
    expect(taken).toBeLessThanOrEqual(100 * seconds + 1);
    expect((await rig.get('/metrics')).body).toContain('ingest_store_down 1\n');
    expect(rig.logs).toContainEqual(
      expect.objectContaining({ level: 'error', message: expect.stringContaining('store is down') }),
    );
    expect((await rig.get('/readyz')).status).toBe(200);
  });
});
