/** What counts as an acknowledgement, and what an answer says of each event, field by field. */
import { readAnswer, retryAfterMs, type Verdict } from '../src/answer';
import { EventConflictError, EventRejectedError, RequestRefusedError } from '../src/errors';

const IDS = ['a', 'b', 'c'];
const NONE = new Headers();

const answer = (status: number, body: unknown, ids = IDS, headers = NONE): Verdict =>
  readAnswer(status, headers, typeof body === 'string' ? body : JSON.stringify(body), ids);

/** An account of three events that were stored, as the gateway gives it. */
const ACCOUNT = {
  stored: 3,
  duplicates: 0,
  conflicts: 0,
  rejected: 0,
  failed: 0,
  skipped: 0,
  results: [0, 1, 2].map((index) => ({ index, status: 'stored' })),
};

const OTHER = {
  stored: 0,
  duplicates: 1,
  conflicts: 1,
  rejected: 1,
  failed: 0,
  skipped: 0,
  results: [
    { index: 2, status: 'rejected', code: 'invalid', field: 'status', message: 'no int' },
    { index: 0, status: 'duplicate' },
    { index: 1, status: 'conflict' },
  ],
};

describe('an acknowledgement', () => {
  test.each([200, 207, 409, 422])('%i: says of each event what became of it, in the order of the events', (status) => {
    expect(answer(status, ACCOUNT)).toEqual({
      kind: 'judged',
      judgements: [{ status: 'stored' }, { status: 'stored' }, { status: 'stored' }],
    });
    const verdict = answer(status, OTHER);
    expect(verdict).toEqual({
      kind: 'judged',
      judgements: [
        { status: 'duplicate' },
        { status: 'conflict', error: expect.any(EventConflictError) },
        { status: 'rejected', error: expect.any(EventRejectedError) },
      ],
    });
    const errors = (verdict as Verdict & { kind: 'judged' }).judgements.map((one) => 'error' in one && one.error);
    expect(errors[1]).toMatchObject({
      id: 'b',
      message: 'event b is in conflict: another event was stored under its id',
    });
    expect(errors[2]).toMatchObject({
      id: 'c',
      code: 'invalid',
      field: 'status',
      message: 'event c is rejected: status: no int',
    });
  });

  test('a gateway that knows no conflicts counts none', () => {
    const { conflicts: _, ...account } = ACCOUNT;
    expect(answer(200, account).kind).toBe('judged');
  });

  test('a rejection without its reason, its column or its code is one all the same', () => {
    const account = { ...ACCOUNT, stored: 0, rejected: 1 };
    const of = (result: object): unknown => {
      const verdict = answer(422, { ...account, results: [{ index: 0, status: 'rejected', ...result }] }, ['a']);
      return (verdict as Verdict & { kind: 'judged' }).judgements[0];
    };
    expect(of({})).toMatchObject({
      error: { id: 'a', code: 'unknown', field: undefined, message: 'event a is rejected: no reason given' },
    });
    expect(of({ code: 7, field: 7, message: 7 })).toMatchObject({
      error: { code: 'unknown', field: undefined, message: 'event a is rejected: no reason given' },
    });
  });
});

describe('an account that does not hold is not an acknowledgement', () => {
  const results = (...entries: readonly unknown[]): object => ({ ...ACCOUNT, results: entries });
  const [first, second, third] = ACCOUNT.results;
  test.each<[string, unknown]>([
    ['no object', '7'],
    ['null', 'null'],
    ['no JSON', '<h1>OK</h1>'],
    ['no results', { ...ACCOUNT, results: undefined }],
    ['results that are no list', { ...ACCOUNT, results: { 0: first, 1: second, 2: third } }],
    ['a result too few', results(first, second)],
    ['a result for an event that was not sent', results(first, second, { index: 3, status: 'stored' })],
    ['two results for one event', results(first, second, second)],
    ['a result without an index', results(first, second, { status: 'stored' })],
    ['a negative index', results(first, second, { index: -1, status: 'stored' })],
    ['half an index', results(first, second, { index: 0.5, status: 'stored' })],
    ['an index that is text', results(first, second, { index: '2', status: 'stored' })],
    ['a status that is not final', results(first, second, { index: 2, status: 'failed' })],
    ['another status than counted', results(first, second, { index: 2, status: 'duplicate' })],
    ['a rejection that is not counted', results(first, second, { index: 2, status: 'rejected' })],
    ['a conflict that is not counted', results(first, second, { index: 2, status: 'conflict' })],
    ['failed events', { ...ACCOUNT, failed: 1 }],
    ['events that were not tried', { ...ACCOUNT, skipped: 1 }],
    ['no count of failed events', { ...ACCOUNT, failed: undefined }],
    ['no count of events that were not tried', { ...ACCOUNT, skipped: undefined }],
    ['no count of stored events', { ...ACCOUNT, stored: undefined }],
    ['no count of duplicates', { ...ACCOUNT, duplicates: undefined }],
    ['no count of rejections', { ...ACCOUNT, rejected: undefined }],
    ['a count of conflicts that is none', { ...ACCOUNT, conflicts: 'x' }],
    [
      'more results than events',
      { ...ACCOUNT, stored: 4, results: [0, 1, 2, 3].map((index) => ({ index, status: 'stored' })) },
    ],
    ['a result too few, counted as such', { ...ACCOUNT, stored: 2, results: [first, second] }],
    ['a result twice, and counted twice', { ...ACCOUNT, stored: 4, results: [first, second, third, third] }],
    ['a result that is not final', { ...ACCOUNT, stored: 2, results: [first, second, { index: 2, status: 'failed' }] }],
    ['more stored than sent', { ...ACCOUNT, stored: 4 }],
    ['counts that make up for each other', { ...ACCOUNT, stored: 2, duplicates: 1 }],
    ['a negative count', { ...ACCOUNT, stored: 4, duplicates: -1 }],
    ['conflicts beyond the events', { ...ACCOUNT, conflicts: 1 }],
  ])('%s', (_, body) => {
    for (const status of [200, 207, 409, 422]) {
      const verdict = answer(status, body);
      expect(verdict).toMatchObject({ kind: 'again', retryAfterMs: 0 });
      expect((verdict as Verdict & { kind: 'again' }).reason.message).toBe(
        `the answer (${status}) does not account for the 3 events of the request`,
      );
    }
  });
});

describe('events without a result of their own', () => {
  const account = { ...ACCOUNT, stored: 1, duplicates: 0, rejected: 2, results: ACCOUNT.results.slice(0, 1) };

  test('are those of the ranges, both ends included', () => {
    const verdict = answer(207, { ...account, omitted: { rejected: [[1, 2]] } });
    const judgements = (verdict as Verdict & { kind: 'judged' }).judgements;
    expect(judgements.map(({ status }) => status)).toEqual(['stored', 'rejected', 'rejected']);
    expect(judgements[2]).toMatchObject({
      error: {
        id: 'c',
        code: 'omitted',
        field: undefined,
        message: 'event c is rejected: the answer had no room for the reason; send it again with fewer others',
      },
    });
  });

  test('are those of several ranges and kinds', () => {
    const several = { ...account, duplicates: 1, conflicts: 1, rejected: 1, stored: 0, results: [] };
    const omitted = { duplicate: [[0, 0]], rejected: [[2, 2]], conflict: [[1, 1]] };
    const verdict = answer(207, { ...several, omitted });
    expect((verdict as Verdict & { kind: 'judged' }).judgements.map(({ status }) => status)).toEqual([
      'duplicate',
      'conflict',
      'rejected',
    ]);
    const two = {
      ...account,
      omitted: {
        rejected: [
          [1, 1],
          [2, 2],
        ],
      },
    };
    expect(answer(207, two).kind).toBe('judged');
  });

  test.each<[string, unknown]>([
    ['a range that ends before it begins', { rejected: [[2, 1]] }],
    ['a range beyond the events', { rejected: [[1, 3]] }],
    ['a range over an event that has a result', { rejected: [[0, 1]] }],
    [
      'two ranges over one event',
      {
        rejected: [
          [1, 2],
          [2, 2],
        ],
      },
    ],
    ['a range without its end', { rejected: [[1]] }],
    ['a range that is not a list', { rejected: ['12'] }],
    ['no list of ranges', { rejected: 1 }],
    ['a range of a status that is not final', { failed: [[1, 2]] }],
    ['a range of another status than counted', { stored: [[1, 2]] }],
    ['a range whose end is text', { rejected: [[1, '2']] }],
    ['no ranges', {}],
    ['null', null],
    ['text', 'rejected'],
  ])('with %s it is not an acknowledgement', (_, omitted) => {
    expect(answer(207, { ...account, omitted }).kind).toBe('again');
  });
});

test.each<[string, object]>([
  ['begins before the first event', { stored: 4, results: [], omitted: { stored: [[-1, 2]] } }],
  ['ends behind the last', { stored: 4, results: [], omitted: { stored: [[0, 3]] } }],
  ['tells what a result tells', { stored: 4, omitted: { stored: [[2, 2]] } }],
  [
    'is of a status that is not final',
    { stored: 1, results: [{ index: 0, status: 'stored' }], omitted: { failed: [[1, 2]] } },
  ],
  ['is none', { omitted: { stored: 1 } }],
  ['is none, in a list', { omitted: { stored: ['12'] } }],
])('a range that %s is not an acknowledgement, even if the counts agree', (_, body) => {
  expect(answer(200, { ...ACCOUNT, ...body }).kind).toBe('again');
});

test.each([[null], ['stored'], [undefined], [{}]])(
  'an account that holds is one, whatever is omitted: %j',
  (omitted) => {
    expect(answer(200, { ...ACCOUNT, omitted }).kind).toBe('judged');
  },
);

describe('a refusal', () => {
  const problem = { type: 'urn:lake:ingest:some-code', detail: 'because', status: 500 };

  test.each([408, 425, 429, 500, 502, 503, 504])('%i: the request is sent again', (status) => {
    expect(answer(status, problem, IDS, new Headers({ 'retry-after': '2' }))).toEqual({
      kind: 'again',
      retryAfterMs: 2_000,
      reason: expect.any(RequestRefusedError),
    });
  });

  test.each([
    [401, 'token'],
    [413, 'smaller'],
    ...[201, 204, 302, 400, 403, 404, 405, 415, 431, 501].map((status) => [status, 'refused'] as const),
  ] as const)('%i: %s', (status, kind) => {
    const verdict = answer(status, problem);
    expect(verdict).toEqual({ kind, error: expect.any(RequestRefusedError) });
    expect((verdict as Verdict & { kind: 'refused' }).error).toMatchObject({
      status,
      code: 'some-code',
      message: `the gateway answers ${status} (some-code): because`,
    });
  });

  test.each<[string, unknown, string]>([
    ['its detail', { detail: 'because', failed: 2 }, 'because'],
    ['the events that failed', { failed: 2 }, '2 events are not known to be durable'],
    ['its text, shortened', 'x'.repeat(300), 'x'.repeat(200)],
  ])('says why by %s', (_, body, why) => {
    expect(error(body).message).toBe(`the gateway answers 400 (unknown): ${why}`);
  });

  const error = (body: unknown): Error => (answer(400, body) as Verdict & { kind: 'refused' }).error;

  test.each<[unknown, string]>([
    ['urn:lake:ingest:forbidden', 'forbidden'],
    ['urn:lake:ingest:', 'unknown'],
    ['urn:lake:ingest:a:b', 'unknown'],
    ['about:urn:lake:ingest:forbidden', 'unknown'],
    ['urn:lake:ingest:forbidden2', 'unknown'],
    [7, 'unknown'],
  ])('of the type %j has the code %s', (type, code) => {
    expect(error({ type, detail: 'because' })).toMatchObject({ code });
  });
});

describe('Retry-After', () => {
  const NOW = Date.parse('2026-06-15T12:00:00Z');
  test.each([
    [undefined, 0],
    ['', 0],
    ['0', 0],
    ['12', 12_000],
    [' 3 ', 3_000],
    ['1x', 0],
    ['x1', 0],
    ['-5', 0],
    ['soon', 0],
    ['Mon, 15 Jun 2026 12:00:30 GMT', 30_000],
    ['Mon, 15 Jun 2026 11:59:30 GMT', 0],
  ])('%j is %i ms', (value, wait) => {
    expect(retryAfterMs(value === undefined ? NONE : new Headers({ 'retry-after': value }), NOW)).toBe(wait);
  });
});
