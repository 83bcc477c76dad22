import { parseDataset } from '../../../lib/dataset';
import { IngestClient } from '../../../packages/ingest-client/src';
import { Committer, type EventMemory } from '../../gateway/commit/committer';
import { type Sink, SinkError } from '../../gateway/commit/sink';
import { isOtherContent } from '../../gateway/events/content';
import { logEvent, startRig } from './support/rig';

const CONFLICT = {
  status: 'conflict',
  httpStatus: 409,
  code: 'conflict',
  message: 'an event of the same id with other content was stored before; this one was not stored',
};

describe('another event under an id that is taken', () => {
  test('is a conflict, reported with 409, and not stored; the same event again is a duplicate', async () => {
    const rig = await startRig();
    const event = logEvent();
    expect((await rig.post([event])).body).toMatchObject({ stored: 1, conflicts: 0 });
    const answer = await rig.post([{ ...event, path: '/other' }]);
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({ stored: 0, duplicates: 0, conflicts: 1, rejected: 0, failed: 0 });
    expect(answer.body.results).toEqual([{ index: 0, ...CONFLICT }]);
    expect((await rig.post([event])).body).toMatchObject({ duplicates: 1, conflicts: 0 });
    expect(rig.events()).toEqual([event]);
    expect((await rig.get('/metrics')).body).toContain(
      'ingest_events_total{dataset="access_logs",result="conflict"} 1\n',
    );
  });

  test('is one within a request, too, where the first of them is stored', async () => {
    const rig = await startRig();
    const event = logEvent();
    const answer = await rig.post([event, { ...event, status: 404 }, event, { ...event, event_id: 7 }], {
      query: '?results=all',
    });
    expect(answer.status).toBe(207);
    expect(answer.body).toMatchObject({ stored: 1, duplicates: 1, conflicts: 1, rejected: 1 });
    expect(answer.body.results.map(({ status }: { status: string }) => status)).toEqual([
      'stored',
      'conflict',
      'duplicate',
      'rejected',
    ]);
    expect(rig.events()).toEqual([event]);
  });

  test('is known only once the first is stored: when its PUT fails, both may be sent again', async () => {
    let fail: (error: Error) => void = () => {};
    const sink: Sink = { put: () => new Promise((_, reject) => (fail = reject)) };
    const rig = await startRig({ sink });
    const event = logEvent();
    const post = rig.post([event, { ...event, status: 404 }]);
    while ((await rig.get('/metrics')).body.includes('ingest_buffered_bytes 0\n')) await rig.get('/healthz');
    await new Promise((resolve) => setTimeout(resolve, 100));
    fail(new SinkError('gone'));
    expect((await post).body).toMatchObject({ stored: 0, conflicts: 0, failed: 2 });
  });

  test('is 422 where nothing was stored for other reasons as well', async () => {
    const rig = await startRig();
    const event = logEvent();
    await rig.post([event]);
    expect(
      (
        await rig.post([
          { ...event, status: 1 },
          { ...logEvent(), status: 'x' },
        ])
      ).status,
    ).toBe(422);
  });

  test('reaches whoever waits for it in the client, and is never sent again', async () => {
    const rig = await startRig();
    const results: unknown[] = [];
    const client = new IngestClient({
      url: rig.url,
      dataset: 'access_logs',
      token: () => rig.token,
      onResult: (result) => results.push(result),
    });
    const event = logEvent();
    await client.send(event);
    await expect(client.send({ ...event, status: 500 })).rejects.toMatchObject({
      name: 'EventConflictError',
      id: event.event_id,
    });
    await client.close();
    expect(results).toMatchObject([{ status: 'stored' }, { status: 'conflict', id: event.event_id }]);
    expect((await rig.get('/metrics')).body).toContain('ingest_requests_total{status="409"} 1\n');
  });
});

describe('an id counts within its dataset', () => {
  const twin = (name: string, dedupeKey: readonly string[]) =>
    parseDataset({
      name,
      description: 'Twins.',
      input: { formats: ['ndjson'] },
      columns: [
        { name: 'id', type: 'string', notNull: true, comment: 'Id.' },
        { name: 'at', type: 'timestamp', notNull: true, comment: 'Time.' },
      ],
      eventTime: 'at',
      dedupeKey,
      partition: { scheme: 'day', from: '2024-01-01', to: '2033-12-31' },
    });

  test.each([
    ['by its dedupe key', ['id'], {}],
    ['by an Idempotency-Key', [], { 'idempotency-key': 'the same' }],
  ])('%s: the same event of another dataset is stored', async (_, dedupeKey, headers) => {
    const rig = await startRig({ datasets: [twin('clicks', dedupeKey), twin('visits', dedupeKey)] });
    const token = await rig.issuer.token({ scope: 'ingest:clicks ingest:visits' });
    const event = { id: 'a', at: new Date().toISOString() };
    for (const dataset of ['clicks', 'visits']) {
      expect((await rig.post([event], { dataset, token, headers })).body).toMatchObject({ stored: 1, duplicates: 0 });
    }
    for (const dataset of ['clicks', 'visits']) {
      expect((await rig.post([event], { dataset, token, headers })).body).toMatchObject({ stored: 0, duplicates: 1 });
    }
    expect(rig.events()).toHaveLength(2);
  });

  test('and within the value of a leading key', async () => {
    const rig = await startRig();
    const order = {
      order_id: 'o-1',
      ordered_at: new Date().toISOString(),
      status: 'paid',
      currency: 'EUR',
      total: '1.50',
    };
    for (const tenant of ['acme', 'globex']) {
      const headers = { 'lake-partition-tenant': tenant };
      expect((await rig.post([order], { dataset: 'orders', headers })).body).toMatchObject({ stored: 1 });
      // As a member of the event it is the same event.
      expect((await rig.post([{ ...order, tenant }], { dataset: 'orders' })).body).toMatchObject({ duplicates: 1 });
    }
  });
});

describe('what nodes share', () => {
  const world = (stored: readonly [string, string][]) => {
    const remembered = new Map(stored);
    const memory: EventMemory = {
      known: async (identities) =>
        new Map(identities.flatMap((id) => (remembered.has(id) ? [[id, remembered.get(id) as string]] : []))),
      remember: (events) => {
        for (let i = 0; i < events.length; i += 2) remembered.set(events[i] as string, events[i + 1] as string);
      },
    };
    const puts: string[] = [];
    const committer = new Committer({
      sink: { put: async (key) => void puts.push(key) },
      settings: {
        ...{ latencyClass: 'low', lingerMs: 1, batchBytes: 1_000_000 },
        ...{ putSeconds: 1, putAttemptSeconds: 1, putsInFlight: 1 },
      },
      nodeId: 'n',
      localEvents: 10,
      memory,
      observer: { batch: () => {}, failed: () => {} },
    });
    return { remembered, puts, committer };
  };
  const event = (content: string) => ({ bytes: Buffer.from('{}\n'), start: 0, end: 3, content });

  const [FIRST, SECOND] = ['1'.repeat(12), '2'.repeat(12)] as [string, string];

  test('is the content beside the id; another one is not stored, and does not replace it', async () => {
    const { remembered, puts, committer } = world([['a', FIRST]]);
    const pending = committer.add('d', 'p', event(SECOND), 'a');
    await pending?.batch.settled;
    expect(pending?.batch.known?.get('a')).toBe(FIRST);
    expect([puts, remembered.get('a')]).toEqual([[], FIRST]);
    // From now on this node knows it by itself.
    expect(committer.add('d', 'p', event(SECOND), 'a')).toMatchObject({ isConflict: true });
    expect(committer.add('d', 'p', event(FIRST), 'a')).toBeUndefined();
  });

  test.each(['', '1'.repeat(13), '1of-a-version-with-other-marks'])(
    'by a node of another version (%j) says nothing about the content',
    async (content) => {
      expect(isOtherContent(content, FIRST)).toBe(false);
      const { committer, puts } = world([['a', content]]);
      await committer.add('d', 'p', event(FIRST), 'a')?.batch.settled;
      expect(puts).toEqual([]);
      expect(committer.add('d', 'p', event(FIRST), 'a')).toBeUndefined();
    },
  );
});
