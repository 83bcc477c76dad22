import type { EventProblem } from '../events/messages';
import type { Steps } from '../work/turns';

/** The outcome of one event. Stored and duplicate events are durable. */
export type EventStatus = 'stored' | 'duplicate' | 'conflict' | 'rejected' | 'failed' | 'skipped';

/** Why an event that fits was not stored, and never will be under this id. */
export interface ConflictProblem {
  readonly httpStatus: 409;
  readonly code: 'conflict';
  readonly message: string;
}

export const CONFLICT: EventOutcome = {
  status: 'conflict',
  problem: {
    httpStatus: 409,
    code: 'conflict',
    message: 'an event of the same id with other content was stored before; this one was not stored',
  },
};

export interface EventOutcome {
  readonly status: EventStatus;
  readonly problem?: EventProblem | ConflictProblem;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly counts: Readonly<Record<EventStatus, number>>;
}

/** Most entries of `results`, and their most bytes together; further events are listed by index in `omitted`. */
export const MAX_RESULTS = 1_000;
export const MAX_RESULT_BYTES = 131_072;
/** A range of `omitted`. */
const RANGE_BYTES = 16;
/** Outcomes of a step. */
const STEP = 256;

/** Largest response for a number of events. */
export const answerRoom = (events: number): number => MAX_RESULT_BYTES + RANGE_BYTES * events;

type Range = [first: number, last: number];

/**
 * The response to a request whose events were validated. Durable events need no result, unless all are requested.
 *
 * @param lines of NDJSON, the line of each event
 */
export function* answer(
  outcomes: readonly EventOutcome[],
  lines: readonly number[] | undefined,
  requestId: string,
  showAll: boolean,
): Steps<Answer> {
  const counts: Record<EventStatus, number> = {
    stored: 0,
    duplicate: 0,
    conflict: 0,
    rejected: 0,
    failed: 0,
    skipped: 0,
  };
  const results: string[] = [];
  const omitted: Partial<Record<EventStatus, Range[]>> = {};
  let bytes = 0;
  let isFull = false;
  for (let index = 0; index < outcomes.length; index += 1) {
    if (index % STEP === STEP - 1) yield;
    const { status, problem } = outcomes[index] as EventOutcome;
    counts[status] += 1;
    if (!showAll && (status === 'stored' || status === 'duplicate')) continue;
    if (!isFull) {
      const line = lines?.[index];
      const result = JSON.stringify({ index, ...(line === undefined ? {} : { line }), status, ...problem });
      bytes += Buffer.byteLength(result);
      isFull = results.length === MAX_RESULTS || bytes > MAX_RESULT_BYTES;
      if (!isFull) results.push(result);
    }
    if (isFull) omit(omitted, status, index);
  }
  const { stored, duplicate, conflict, rejected, failed, skipped } = counts;
  const rest = isFull ? `,"omitted":${JSON.stringify(omitted)}` : '';
  const body =
    `{"requestId":${JSON.stringify(requestId)},"stored":${stored},"duplicates":${duplicate},"conflicts":${conflict},` +
    `"rejected":${rejected},"failed":${failed},"skipped":${skipped},"results":[${results.join(',')}]${rest}}`;
  return { status: statusOf(counts), body, counts };
}

function omit(omitted: Partial<Record<EventStatus, Range[]>>, status: EventStatus, index: number): void {
  const ranges = omitted[status];
  const last = ranges?.at(-1);
  if (ranges === undefined) omitted[status] = [[index, index]];
  else if (last !== undefined && last[1] === index - 1) last[1] = index;
  else ranges.push([index, index]);
}

function statusOf({ stored, duplicate, conflict, rejected, failed }: Answer['counts']): number {
  if (failed > 0) return 503;
  if (rejected + conflict === 0) return 200;
  if (stored + duplicate > 0) return 207;
  return rejected === 0 ? 409 : 422;
}
