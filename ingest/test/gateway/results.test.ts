import {
  answer,
  answerRoom,
  CONFLICT,
  type EventOutcome,
  MAX_RESULT_BYTES,
  MAX_RESULTS,
} from '../../gateway/http/results';
import { atOnce } from '../../gateway/work/turns';

const of = (outcomes: readonly EventOutcome[], lines?: readonly number[], showAll = false) => {
  const given = atOnce(answer(outcomes, lines, 'r', showAll));
  return { ...given, parsed: JSON.parse(given.body) };
};
const stored: EventOutcome = { status: 'stored' };
const rejected = (message = 'm'): EventOutcome => ({
  status: 'rejected',
  problem: { code: 'invalid', field: 'f', message } as EventOutcome['problem'] & object,
});
const conflict: EventOutcome = { status: 'conflict' };

/** Indexes that results or ranges of `omitted` name. */
function named({ results, omitted = {} }: { results: { index: number }[]; omitted?: Record<string, number[][]> }) {
  const ranges = Object.values(omitted).flat();
  return [
    ...results.map(({ index }) => index),
    ...ranges.flatMap(([from = 0, to = 0]) => Array.from({ length: to - from + 1 }, (_, i) => from + i)),
  ].sort((a, b) => a - b);
}

test.each([
  ['many events that do not fit', Array.from({ length: 5_000 }, () => rejected())],
  ['long messages', Array.from({ length: 900 }, (_, i) => rejected('ü'.repeat(i)))],
  ['one message that is longer than everything', [rejected('x'.repeat(MAX_RESULT_BYTES)), rejected()]],
  [
    'outcomes in turns, for which the most ranges are needed',
    Array.from({ length: 10_000 }, (_, i) => (i % 2 === 0 ? rejected() : conflict)),
  ],
])('of %s, each is named once, and the answer is bounded', (_, outcomes) => {
  const { body, parsed } = of(outcomes);
  expect(named(parsed)).toEqual(outcomes.map((__, index) => index));
  expect(Buffer.byteLength(body)).toBeLessThanOrEqual(answerRoom(outcomes.length) + 1_000);
  expect(Buffer.byteLength(JSON.stringify(parsed.results))).toBeLessThanOrEqual(MAX_RESULT_BYTES + MAX_RESULTS + 2);
  expect(parsed.results.length).toBeLessThanOrEqual(MAX_RESULTS);
});

test('as many results as allowed are given, and the rest by their ranges', () => {
  const exact = of(Array.from({ length: MAX_RESULTS }, () => rejected()));
  expect(exact.parsed.results).toHaveLength(MAX_RESULTS);
  expect(exact.parsed).not.toHaveProperty('omitted');
  const more = of([...Array.from({ length: MAX_RESULTS + 2 }, () => rejected()), conflict, rejected()]);
  expect(more.parsed.results).toHaveLength(MAX_RESULTS);
  expect(more.parsed.omitted).toEqual({
    rejected: [
      [1_000, 1_001],
      [1_003, 1_003],
    ],
    conflict: [[1_002, 1_002]],
  });
});

test('what is durable is named only when all are asked for; everything is counted, with its line', () => {
  const outcomes: EventOutcome[] = [stored, { status: 'duplicate' }, rejected(), { status: 'skipped' }];
  const short = of(outcomes, [1, 3, 4, 9]);
  expect(short.parsed).toMatchObject({ requestId: 'r', stored: 1, duplicates: 1, rejected: 1, skipped: 1, failed: 0 });
  expect(short.parsed.results).toEqual([
    { index: 2, line: 4, status: 'rejected', code: 'invalid', field: 'f', message: 'm' },
    { index: 3, line: 9, status: 'skipped' },
  ]);
  expect(of(outcomes, undefined, true).parsed.results).toHaveLength(4);
});

test.each([
  [200, [stored, { status: 'duplicate' }]],
  [207, [stored, rejected()]],
  [207, [{ status: 'duplicate' }, conflict]],
  [409, [conflict]],
  [422, [conflict, rejected()]],
  [422, [rejected(), { status: 'skipped' }]],
  [503, [stored, rejected(), { status: 'failed' }]],
] as const)('the status is %i', (status, outcomes) => {
  expect(of([...outcomes]).status).toBe(status);
});

test('an answer says exactly this, and counts what became of the events', () => {
  const outcomes: EventOutcome[] = [
    ...[stored, stored, stored, { status: 'duplicate' as const }, { status: 'duplicate' as const }],
    ...[CONFLICT, rejected(), { status: 'failed' as const }, { status: 'skipped' as const }],
  ];
  const { body, counts, status } = of(outcomes, undefined);
  expect(counts).toEqual({ stored: 3, duplicate: 2, conflict: 1, rejected: 1, failed: 1, skipped: 1 });
  expect(status).toBe(503);
  expect(body).toBe(
    '{"requestId":"r","stored":3,"duplicates":2,"conflicts":1,"rejected":1,"failed":1,"skipped":1,"results":[' +
      '{"index":5,"status":"conflict","httpStatus":409,"code":"conflict",' +
      '"message":"an event of the same id with other content was stored before; this one was not stored"},' +
      '{"index":6,"status":"rejected","code":"invalid","field":"f","message":"m"},' +
      '{"index":7,"status":"failed"},{"index":8,"status":"skipped"}]}',
  );
});

test.each([
  [0, 2],
  [1, 1],
])('results of 128 KiB, and %s bytes more: %s of two are given', (more, given) => {
  const first = rejected('ü'.repeat(100));
  const one = of([first]).parsed.results[0];
  const left =
    MAX_RESULT_BYTES -
    Buffer.byteLength(JSON.stringify(one)) -
    Buffer.byteLength(JSON.stringify({ ...one, message: '' }));
  const { parsed } = of([first, rejected('x'.repeat(left + more)), rejected()]);
  expect(parsed.results.slice(0, 2)).toHaveLength(given);
  // Once the room is taken, nothing is squeezed in.
  expect(parsed.omitted).toEqual({ rejected: [[given, 2]] });
});

test('the bounds are those of the documentation', () => {
  expect([MAX_RESULTS, MAX_RESULT_BYTES]).toEqual([1_000, 128 * 1024]);
});

test('there is a pause every 256 outcomes', () => {
  const pauses = (count: number): number => {
    const steps = answer(
      Array.from({ length: count }, () => stored),
      undefined,
      'r',
      false,
    );
    let found = 0;
    while (steps.next().done !== true) found += 1;
    return found;
  };
  expect([255, 256, 511, 512].map(pauses)).toEqual([0, 1, 1, 2]);
});
