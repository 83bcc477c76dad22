import { Deadline, unlessAborted } from '../limits/deadline';

/** The part of Lambda's context that is used. Elsewhere there is none. */
export interface TimeLimit {
  getRemainingTimeInMillis(): number;
}

/** Kept back from Lambda's time, in milliseconds: to end what runs, to free the disk and to say what happened. */
const RESERVE_MILLIS = 20_000;
/** Time that is left for the work to end on its own, before the answer is sent without it. */
const LAST_GRACE_MILLIS = 15_000;

/**
 * Runs work with a deadline: what Lambda has left less a reserve. The work ends by the signal; if a part of it should not,
 * the answer does not wait for it.
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

/** Of the time, for work that may be left as far as it got; the rest is to write that down. */
const MOST = 2 / 3;

/** Tells when most of the time is over. @param taskMillis time where there is no Lambda, in milliseconds */
export function mostOf(limit: TimeLimit | undefined, taskMillis: number): () => boolean {
  const end = Date.now() + MOST * (limit?.getRemainingTimeInMillis() ?? taskMillis);
  return () => Date.now() >= end;
}
