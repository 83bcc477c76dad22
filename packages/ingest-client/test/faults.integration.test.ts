import fc from 'fast-check';
import { logEvent, startRig } from '../../../ingest/test/gateway/support/rig';
import { type EventResult, IngestClient } from '../src';
import { type Fault, standIn } from './support/gateway-stand-in';

const FAULTS: readonly Fault[] = ['none', 'none', 'lost', 'broken', 'half', 'proxy', 429, 500, 503];

test('through any faults every event gets one result, is stored, and keeps its id', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...FAULTS), { maxLength: 40 }),
      fc.array(fc.record({ size: fc.nat(400), isBroken: fc.boolean(), hasId: fc.boolean() }), { maxLength: 80 }),
      fc.record({ batchEvents: fc.integer({ min: 1, max: 20 }), concurrency: fc.integer({ min: 1, max: 5 }) }),
      fc.integer({ min: 1, max: 20 }),
      async (faults, events, options, maxEvents) => {
        const gateway = await standIn({ fault: (n) => faults[n] ?? 'none', maxEvents });
        const results = new Map<string, EventResult>();
        let most = 0;
        const client = new IngestClient({
          url: gateway.url,
          dataset: 'access_logs',
          token: () => 'token',
          ...options,
          lingerMs: 0,
          backoffMs: 1,
          longestBackoffMs: 2,
          batchBytes: 1_024,
          bufferedBytes: 2_048,
          onResult: (result) => {
            expect(results.has(result.id)).toBe(false);
            results.set(result.id, result);
          },
        });
        const ids: string[] = [];
        for (const [i, { size, isBroken, hasId }] of events.entries()) {
          const event = { text: 'x'.repeat(size), n: i, ...(hasId ? { event_id: `e${i}` } : {}) };
          ids.push(await client.add(isBroken ? { ...event, status: 'broken' } : event));
          most = Math.max(most, client.bufferedBytes);
        }
        await client.close();

        expect(most).toBeLessThanOrEqual(2_048);
        expect(client.bufferedBytes).toBe(0);
        expect([...results.keys()].sort()).toEqual([...ids].sort());
        for (const [i, { isBroken }] of events.entries()) {
          const id = ids[i] as string;
          const { status } = results.get(id) as EventResult;
          if (isBroken) expect(status).toBe('rejected');
          else expect(['stored', 'duplicate']).toContain(status);
          expect(gateway.stored.has(id)).toBe(!isBroken);
        }
        expect(gateway.stored.size).toBe(events.filter(({ isBroken }) => !isBroken).length);
        const byKey = new Map<string, string>();
        const idOf = new Map<number, string>();
        for (const { key, lines } of gateway.received) {
          const text = lines.join('\n');
          expect(byKey.get(key) ?? text).toBe(text);
          byKey.set(key, text);
          for (const line of lines) {
            const { n, event_id: id } = JSON.parse(line) as { n: number; event_id: string };
            expect(idOf.get(n) ?? id).toBe(id);
            idOf.set(n, id);
          }
        }
        await gateway.stop();
      },
    ),
    { numRuns: 40 },
  );
});

describe('against the gateway itself', () => {
  test('while S3 fails every event is stored once, and rejections name the field', async () => {
    let puts = 0;
    const rig = await startRig({
      settings: { INGEST_PUT_SECONDS: '1', INGEST_PUT_ATTEMPT_SECONDS: '1' },
      onRequest: (request) => {
        if (request.operation !== 'PutObject') return undefined;
        puts += 1;
        return puts % 3 === 0 ? { status: 503, code: 'SlowDown' } : undefined;
      },
    });
    const results: EventResult[] = [];
    const client = new IngestClient({
      url: rig.url,
      dataset: 'access_logs',
      token: () => rig.token,
      batchEvents: 20,
      backoffMs: 5,
      onResult: (result) => results.push(result),
    });
    const ids: string[] = [];
    for (let i = 0; i < 400; i += 1) {
      const { event_id: _id, ...event } = logEvent({ status: i % 50 === 7 ? 'broken' : 200 });
      ids.push(await client.add(event));
    }
    await client.close();

    const rejected = results.flatMap((result) => (result.status === 'rejected' ? [result] : []));
    expect(rejected).toHaveLength(8);
    for (const { error } of rejected) expect(error).toMatchObject({ code: 'invalid', field: 'status' });
    const gone = new Set(rejected.map(({ id }) => id));
    expect(results).toHaveLength(400);
    expect(results.filter(({ status }) => status === 'failed')).toEqual([]);
    const stored = rig.events().map((event) => event.event_id as string);
    expect([...new Set(stored)].sort()).toEqual(ids.filter((id) => !gone.has(id)).sort());
  });

  test('a batch beyond its limits is halved, and a rate limit waited for', async () => {
    const rig = await startRig({
      settings: { INGEST_MAX_EVENTS: '10', INGEST_RATE_PER_SECOND: '100', INGEST_RATE_BURST: '60' },
    });
    const client = new IngestClient({
      url: rig.url,
      dataset: 'access_logs',
      token: () => rig.token,
      batchEvents: 40,
    });
    await Promise.all(Array.from({ length: 120 }, () => client.send(logEvent())));
    expect(rig.events()).toHaveLength(120);
  });

  test('a token without the role is an error that says so', async () => {
    const rig = await startRig();
    const token = await rig.issuer.token({ scope: '' });
    const client = new IngestClient({ url: rig.url, dataset: 'access_logs', token: () => token });
    await expect(client.send(logEvent())).rejects.toMatchObject({ status: 403, code: 'forbidden' });
  });

  test('while the gateway drains, events go to the next one', async () => {
    const first = await startRig();
    const second = await startRig({ issuer: first.issuer });
    let base = first.url;
    const client = new IngestClient({
      url: first.url,
      dataset: 'access_logs',
      token: () => first.token,
      batchEvents: 1,
      backoffMs: 5,
      // As a load balancer does.
      fetch: (url, init) => fetch(String(url).replace(first.url, base), init),
    });
    const sent: Promise<string>[] = [];
    for (let i = 0; i < 60; i += 1) {
      sent.push(client.send(logEvent()));
      if (i === 20) {
        void first.gateway.stop();
        base = second.url;
      }
      await new Promise((done) => setTimeout(done, 2));
    }
    const ids = await Promise.all(sent);
    const stored = [...first.events(), ...second.events()].map((event) => event.event_id as string);
    expect(ids.filter((id) => !stored.includes(id))).toEqual([]);
  });
});
