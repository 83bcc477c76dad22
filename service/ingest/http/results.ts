import type { EventProblem } from '../events/messages';

/** What became of one event. Stored and duplicate events are durable. */
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

/**
 * The answer to a request whose events were looked at. Events that are durable need no result, unless all are asked for.
 *
 * @param lines of NDJSON, the line of each event
 */
export function answer(
  outcomes: readonly EventOutcome[],
  lines: readonly number[] | undefined,
  requestId: string,
  showAll: boolean,
): Answer {
  const counts: Record<EventStatus, number> = {
    stored: 0,
    duplicate: 0,
    conflict: 0,
    rejected: 0,
    failed: 0,
    skipped: 0,
  };
  const results: string[] = [];
  for (const [index, { status, problem }] of outcomes.entries()) {
    counts[status] += 1;
    if (!showAll && (status === 'stored' || status === 'duplicate')) continue;
    const line = lines?.[index];
    results.push(JSON.stringify({ index, ...(line === undefined ? {} : { line }), status, ...problem }));
  }
  const { stored, duplicate, conflict, rejected, failed, skipped } = counts;
  const body =
    `{"requestId":${JSON.stringify(requestId)},"stored":${stored},"duplicates":${duplicate},"conflicts":${conflict},` +
    `"rejected":${rejected},"failed":${failed},"skipped":${skipped},"results":[${results.join(',')}]}`;
  return { status: statusOf(counts), body, counts };
}

function statusOf({ stored, duplicate, conflict, rejected, failed, skipped }: Answer['counts']): number {
  if (failed > 0) return 503;
  if (rejected + conflict === 0) return 200;
  if (stored + duplicate > 0 && skipped === 0) return 207;
  return rejected === 0 ? 409 : 422;
}
