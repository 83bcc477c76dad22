import { Deadline, unlessAborted } from '../limits/deadline';

/** The part of Lambda's context that is used. Outside of Lambda there is none. */
export interface TimeLimit {
  getRemainingTimeInMillis(): number;
  /** Of the invocation. @default none */
  readonly awsRequestId?: string;
}

/** Reserve of Lambda's remaining time, in milliseconds: to abort what runs, to free the disk and to report what happened. */
const RESERVE_MILLIS = 20_000;
/** Time for the work to end after the abort, before the handler returns without it. */
const LAST_GRACE_MILLIS = 15_000;

/**
 * Runs work with a deadline: Lambda's remaining time minus a reserve. The signal aborts the work; if a part of it does not end,
 * the handler does not wait for it.
 *
 * @param taskMillis time of the work where there is no Lambda, in milliseconds
 */
export async function withDeadline<T>(
  limit: TimeLimit | undefined,
  taskMillis: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const left = limit?.getRemainingTimeInMillis() ?? taskMillis;
  const deadline = new Deadline(limit === undefined ? left : Math.max(left - RESERVE_MILLIS, left / 2));
  try {
    return await unlessAborted(deadline.signal, work(deadline.signal), Math.min(LAST_GRACE_MILLIS, left / 4));
  } finally {
    deadline.close();
  }
}

/** Share of the time for work that may stop at any point; the rest is for writing the result. */
const MOST = 2 / 3;

/** Tells when most of the time is over. @param taskMillis time where there is no Lambda, in milliseconds */
export function mostOf(limit: TimeLimit | undefined, taskMillis: number): () => boolean {
  const end = Date.now() + MOST * (limit?.getRemainingTimeInMillis() ?? taskMillis);
  return () => Date.now() >= end;
}
