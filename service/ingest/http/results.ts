import type { EventProblem } from '../events/messages';

/** What became of one event. Stored and duplicate events are durable. */
export type EventStatus = 'stored' | 'duplicate' | 'rejected' | 'failed' | 'skipped';

export interface EventOutcome {
  readonly status: EventStatus;
  readonly problem?: EventProblem;
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
  const counts: Record<EventStatus, number> = { stored: 0, duplicate: 0, rejected: 0, failed: 0, skipped: 0 };
  const results: string[] = [];
  for (const [index, { status, problem }] of outcomes.entries()) {
    counts[status] += 1;
    if (!showAll && (status === 'stored' || status === 'duplicate')) continue;
    const line = lines?.[index];
    results.push(JSON.stringify({ index, ...(line === undefined ? {} : { line }), status, ...problem }));
  }
  const { stored, duplicate, rejected, failed, skipped } = counts;
  const body =
    `{"requestId":${JSON.stringify(requestId)},"stored":${stored},"duplicates":${duplicate},` +
    `"rejected":${rejected},"failed":${failed},"skipped":${skipped},"results":[${results.join(',')}]}`;
  return { status: statusOf(counts), body, counts };
}

function statusOf({ stored, duplicate, rejected, failed, skipped }: Answer['counts']): number {
  if (failed > 0) return 503;
  if (rejected === 0) return 200;
  return stored + duplicate === 0 || skipped > 0 ? 422 : 207;
}
