import { gzipSync } from 'node:zlib';
import { parseDataset } from '../../../lib/dataset';
import { Committer, type EventMemory } from '../../gateway/commit/committer';
import { type Sink, SinkError } from '../../gateway/commit/sink';
import { EventValidator } from '../../gateway/events/validator';
import { Admission } from '../../gateway/http/admission';
import { type EventsRequest, handleEvents } from '../../gateway/http/events-handler';
import { Inflater } from '../../gateway/http/inflate';
import { RefusedError } from '../../gateway/http/problems';
import { answerRoom } from '../../gateway/http/results';
import type { LimitSettings } from '../../gateway/settings';
import { Metrics } from '../../gateway/telemetry/metrics';
import type { Steps, Turns } from '../../gateway/work/turns';

const NOW = Date.parse('2026-06-15T10:00:00Z');
const DAY = 86_400_000;
const dataset = parseDataset({
  name: 'clicks',
  description: 'Clicks.',
  input: { formats: ['ndjson'] },
  columns: [
    { name: 'id', type: 'string', notNull: true },
    { name: 'at', type: 'timestamp', notNull: true },
    { name: 'text', type: 'string' },
  ],
  eventTime: 'at',
  dedupeKey: ['id'],
  partition: { scheme: 'day', from: '2024-01-01', to: '2033-12-31' },
});

interface Options {
  readonly limits?: Partial<LimitSettings>;
  readonly sink?: Sink;
  readonly memory?: EventMemory;
  readonly pay?: (tokens: number) => void | Promise<void>;
}

/** Turns that do all at once, and remember how, for whom, and in how many steps. */
function turnsOf() {
  const work: { how: 'small' | 'long'; subject: string; steps: number }[] = [];
  const count = <T>(how: 'small' | 'long', subject: string, steps: Steps<T>): T => {
    const entry = { how, subject, steps: 1 };
    work.push(entry);
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      entry.steps += 1;
    }
  };
  const turns = {
    run: async <T>(subject: string, steps: Steps<T>) => count('long', subject, steps),
    runSmall: <T>(subject: string, steps: Steps<T>) => count('small', subject, steps),
  };
  return { work, turns: turns as unknown as Turns };
}

function start({ limits: changes = {}, sink, memory, pay }: Options = {}) {
  const limits: LimitSettings = {
    ...{ bodyBytes: 10_000_000, inflatedBytes: 1_000_000, events: 1_000, eventBytes: 100_000 },
    ...{ fields: 100, depth: 10, partitions: 3, bufferedBytes: 50_000_000 },
    ...changes,
  };
  const admission = new Admission(limits.bufferedBytes);
  const held: number[] = [];
  const reservation = admission.open('me', 0);
  const watched = {
    ...reservation,
    resize: (bytes: number) => {
      held.push(bytes);
      reservation.resize(bytes);
    },
    keep: (bytes: number) => {
      held.push(-bytes);
      reservation.keep(bytes);
    },
  };
  const metrics = new Metrics(
    () => 0,
    () => 0,
  );
  const { work, turns } = turnsOf();
  const puts: string[] = [];
  const committer = new Committer({
    sink: sink ?? { put: async (key) => void puts.push(key) },
    settings: {
      ...{ latencyClass: 'low', lingerMs: 0, batchBytes: 10_000_000 },
      ...{ putSeconds: 1, putAttemptSeconds: 1, putsInFlight: 1 },
    },
    nodeId: 'n',
    localEvents: 1_000,
    memory,
    observer: { batch: () => {}, failed: () => {} },
  });
  const paid: number[] = [];
  const target = {
    dataset,
    validator: new EventValidator(dataset, limits, { pastHours: 500, futureMinutes: 5 }, () => NOW),
  };
  const post = async (
    body: string | Buffer,
    request: Partial<EventsRequest> & { format?: 'lines' | 'document' } = {},
  ) => {
    const { format = 'lines', ...others } = request;
    const answer = await handleEvents(
      {
        target,
        subject: 'me',
        partitions: undefined,
        requestId: 'r',
        headers: {
          ...{ format, isGzip: Buffer.isBuffer(body), length: undefined, idempotencyKey: undefined, leading: {} },
        },
        body: Buffer.concat([Buffer.from(body), Buffer.from('\n')]),
        allOrNothing: false,
        showAll: true,
        ...others,
      },
      {
        ...{ limits, committer, metrics, turns, inflater: new Inflater(), reservation: watched },
        pay: pay ?? ((tokens) => void paid.push(tokens)),
      },
    );
    const { results, ...counts } = JSON.parse(answer.body);
    return { status: answer.status, results, counts };
  };
  return { post, paid, held, work, metrics, puts, committer, admission };
}

const refusal = async (posting: Promise<unknown>): Promise<unknown> => {
  try {
    await posting;
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    return error.problem;
  }
  return undefined;
};

let ids = 0;
const event = (changes: object = {}): string => {
  ids += 1;
  return JSON.stringify({ id: `id-${ids}`, at: new Date(NOW).toISOString(), ...changes });
};
const events = (count: number, changes: object = {}): string =>
  Array.from({ length: count }, () => `${event(changes)}\n`).join('');
/** Of exactly so many bytes. */
const sized = (bytes: number): string => {
  const text = event({ text: '' });
  return text.replace('"text":""', `"text":"${'x'.repeat(bytes - text.length)}"`);
};
const statuses = (results: readonly { readonly status: string }[]): readonly string[] =>
  results.map(({ status }) => status);

describe('what a request costs', () => {
  test.each([
    [1, 1_024, [1, 1]],
    [1, 1_025, [1, 2]],
    [1, 16_384, [1, 16]],
    [1, 16_385, [2, 17]],
  ])(
    '%s event of %s bytes: so many tokens when it is read, and in all before it is judged: %j',
    async (_, bytes, tokens) => {
      const { post, paid } = start();
      expect((await post(sized(bytes))).status).toBe(200);
      expect(paid).toEqual(tokens);
    },
  );

  test('is a token for each event, where they are smaller than a KiB', async () => {
    const { post, paid } = start();
    await post(events(7));
    expect(paid).toEqual([1, 7]);
  });

  test('of gzip is what was sent first; the length of what comes out counts afterwards', async () => {
    const { post, paid } = start();
    const body = gzipSync(sized(40_000));
    expect((await post(body)).status).toBe(200);
    expect(paid).toEqual([1, 3, 40]);
  });

  test.each([0, 1])('is demanded before the work: payment %s that fails ends it', async (at) => {
    let left = at;
    const poor = new Error('no tokens');
    const { post, work, puts } = start({
      pay: async () => {
        if (left === 0) throw poor;
        left -= 1;
      },
    });
    await expect(post(event())).rejects.toBe(poor);
    expect([work.length, puts]).toEqual([at, []]);
  });
});

describe('memory', () => {
  test('of one event is not asked for again', async () => {
    const { post, held } = start();
    await post(event());
    expect(held).toEqual([]);
  });

  test('of several is that of the body, of half a KiB each, and of the answer', async () => {
    const { post, held } = start();
    const small = events(2);
    await post(small);
    const large = events(100);
    await post(large);
    expect(held).toEqual([small.length + 1 + 2 * 512 + answerRoom(2), large.length + 1 + 100 * 512 + answerRoom(100)]);
  });

  test('of a buffer with more room than a large body needs is that of the buffer', async () => {
    const { post, held } = start();
    const text = `${events(100)}\n`;
    const body = Buffer.alloc(text.length + 1_000);
    body.write(text);
    await post('', { body: body.subarray(0, text.length) });
    expect(held).toEqual([text.length + 1_000 + 100 * 512 + answerRoom(100)]);
    const pooled = Buffer.alloc(100_000);
    const few = `${events(2)}\n`;
    pooled.write(few);
    await post('', { body: pooled.subarray(0, few.length) });
    expect(held[1]).toBe(few.length + 2 * 512 + answerRoom(2));
  });

  test('of gzip grows before it is inflated, and is that of the text afterwards', async () => {
    const { post, held } = start();
    const text = event();
    await post(gzipSync(text));
    expect(held).toEqual([text.length + 1, -(text.length + 1)]);
  });
});

describe('work', () => {
  test.each([
    [4_096, 'small'],
    [4_097, 'long'],
  ])('of %s bytes is %s, all of it for the subject', async (bytes, how) => {
    const { post, work } = start();
    await post(sized(bytes));
    expect(work).toHaveLength(3);
    for (const each of work) expect(each).toMatchObject({ how, subject: 'me' });
  });

  test.each([
    [31, 1, 1],
    [32, 2, 2],
    [63, 2, 2],
    [64, 3, 3],
  ])(
    'of %s events has its pauses: every 32 events, when they are judged, added and answered',
    async (count, judged, answered) => {
      const { post, work } = start();
      await post(events(count));
      const [, taking, answering] = work;
      // Judged and added, in one.
      expect(taking?.steps).toBe(judged + Math.floor(count / 32));
      expect(answering?.steps).toBe(answered);
    },
  );

  test('of long events has a pause after 16 KiB of them, wherever they begin', async () => {
    const pauses = async (...sizes: number[]) => {
      const { post, work } = start();
      await post(`\n\n${sizes.map(sized).join('\n')}`);
      return (work[1]?.steps ?? 0) - 1;
    };
    expect(await pauses(16_383)).toBe(0);
    expect(await pauses(16_384)).toBe(1);
    // From the end of the event before which it paused.
    expect(await pauses(16_384, 16_382)).toBe(1);
    expect(await pauses(16_384, 16_383)).toBe(2);
    expect(await pauses(...Array.from({ length: 8 }, () => 10_000))).toBe(4);
  });
});

describe('a body', () => {
  test('without events is refused', async () => {
    const { post, metrics } = start();
    expect(await refusal(post('\n \n'))).toEqual({ status: 400, code: 'no-events', detail: 'the body holds no event' });
    expect(await metrics.text()).not.toContain('ingest_received_bytes_total{');
  });

  test('of more events than allowed is refused, in both formats', async () => {
    const { post } = start({ limits: { events: 2 } });
    const problem = { status: 413, code: 'too-many-events', detail: 'more than 2 events in one request; send fewer' };
    expect(await refusal(post(events(3)))).toEqual(problem);
    expect(await refusal(post(`[${event()},${event()},${event()}]`, { format: 'document' }))).toEqual(problem);
    expect((await post(events(2))).status).toBe(200);
  });

  test('that is not JSON is refused with the place', async () => {
    const { post } = start();
    expect(await refusal(post('[{"a":1},', { format: 'document' }))).toEqual({
      status: 400,
      code: 'not-json',
      detail: 'the body is not JSON: it ends too early',
    });
  });

  test('of more partitions than allowed is refused, and nothing of it is stored; of those that do not fit none count', async () => {
    const { post, puts } = start();
    const days = (count: number) =>
      Array.from({ length: count }, (_, i) => event({ at: new Date(NOW - i * DAY).toISOString() }));
    expect(await refusal(post(days(5).join('\n')))).toEqual({
      status: 413,
      code: 'too-many-partitions',
      detail: 'events of 5 partitions, but a request has 3 at most',
    });
    expect(puts).toEqual([]);
    const broken = days(4);
    broken[3] = '{}';
    expect((await post(broken.join('\n'))).counts).toMatchObject({ stored: 3, rejected: 1 });
  });

  test('counts with its bytes, but for the newline behind it', async () => {
    const { post, metrics } = start();
    const text = events(3);
    await post(text);
    expect(await metrics.text()).toContain(`ingest_received_bytes_total{dataset="clicks"} ${text.length}\n`);
  });

  test('with text that is not UTF-8 in one event has the others stored', async () => {
    const { post } = start();
    const [before, after] = [event(), event()].map((text) => Buffer.from(`${text}\n`));
    const broken = Buffer.from(`${event({ text: '?' })}\n`);
    broken[broken.indexOf('?')] = 0xff;
    const body = Buffer.concat([before, broken, after] as Buffer[]);
    const { results } = await post('', { body });
    expect(statuses(results)).toEqual(['stored', 'rejected', 'stored']);
    expect(results[1]).toMatchObject({ code: 'not-utf8', line: 2 });
  });
});

describe('outcomes', () => {
  test('of events that fit, of one that does not, and of one that came before', async () => {
    const { post, metrics } = start();
    const [one, two] = [event(), event()];
    const other = JSON.stringify({ ...JSON.parse(one), text: 'other' });
    const { status, results, counts } = await post([one, '{}', one, other, two].join('\n'));
    expect(status).toBe(207);
    expect(statuses(results)).toEqual(['stored', 'rejected', 'duplicate', 'conflict', 'stored']);
    expect(counts).toEqual({
      requestId: 'r',
      stored: 2,
      duplicates: 1,
      conflicts: 1,
      rejected: 1,
      failed: 0,
      skipped: 0,
    });
    const text = await metrics.text();
    for (const [result, count] of Object.entries({ stored: 2, duplicate: 1, conflict: 1, rejected: 1 })) {
      expect(text).toContain(`ingest_events_total{dataset="clicks",result="${result}"} ${count}\n`);
    }
    expect(statuses((await post([one, other].join('\n'))).results)).toEqual(['duplicate', 'conflict']);
  });

  test('of a batch that failed are failures, repeated and conflicting events as well; those of another batch are stored', async () => {
    const sink: Sink = {
      put: async (key) => {
        if (key.includes('day=15')) throw new SinkError('gone');
      },
    };
    const { post, metrics } = start({ sink });
    const [one, early] = [event(), event({ at: new Date(NOW - DAY).toISOString() })];
    const other = JSON.stringify({ ...JSON.parse(one), text: 'other' });
    const { status, results } = await post([one, early, one, other].join('\n'));
    expect(status).toBe(503);
    expect(statuses(results)).toEqual(['failed', 'stored', 'failed', 'failed']);
    expect(await metrics.text()).toContain('ingest_events_total{dataset="clicks",result="failed"} 3\n');
  });

  test('of events that another node has stored are duplicates, or conflicts where the content is another', async () => {
    const marks = new Map<string, string>();
    const memory: EventMemory = {
      known: async (identities) =>
        new Map(identities.flatMap((id) => (marks.has(id) ? [[id, marks.get(id) ?? '']] : []))),
      remember: (all) => {
        for (let i = 0; i < all.length; i += 2) marks.set(all[i] as string, all[i + 1] as string);
      },
    };
    const [one, two, three] = [event(), event(), event()];
    const first = start({ memory });
    await first.post([one, two].join('\n'));
    const second = start({ memory });
    const changed = JSON.stringify({ ...JSON.parse(two), text: 'other' });
    const { results } = await second.post([one, changed, three].join('\n'));
    expect(statuses(results)).toEqual(['duplicate', 'conflict', 'stored']);
    expect(second.puts).toHaveLength(1);
  });

  test('where all or nothing is stored, and one does not fit, the others are skipped', async () => {
    const { post, puts, metrics } = start();
    const { status, results, counts } = await post([event(), '{}', event()].join('\n'), { allOrNothing: true });
    expect([status, statuses(results), puts]).toEqual([422, ['skipped', 'rejected', 'skipped'], []]);
    expect(counts).toMatchObject({ stored: 0, skipped: 2, rejected: 1 });
    expect(await metrics.text()).not.toContain('result="stored"');
    expect((await post(events(2), { allOrNothing: true })).status).toBe(200);
  });

  test('are shown when they are asked for', async () => {
    const { post } = start();
    expect((await post(event(), { showAll: false })).results).toEqual([]);
    expect((await post(event(), { showAll: true })).results).toEqual([{ index: 0, line: 1, status: 'stored' }]);
    expect((await post(event(), { format: 'document' })).results).toEqual([{ index: 0, status: 'stored' }]);
  });
});
