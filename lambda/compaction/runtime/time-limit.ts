import { Deadline, unlessAborted } from '../limits/deadline';
import { positiveEnv } from './environment';

/** The part of Lambda's context that is used. Elsewhere there is none. */
export interface TimeLimit {
  getRemainingTimeInMillis(): number;
}

/** Kept back from Lambda's time, in milliseconds: to end what runs, to free the disk and to say what happened. */
const RESERVE_MILLIS = 20_000;
/** What is left to end by itself when the time is over, before the answer goes out without it. */
const LAST_GRACE_MILLIS = 15_000;

/**
 * Runs work with a deadline: what Lambda has left less a reserve, elsewhere `COMPACTION_TASK_SECONDS` (default 14,400, four
 * hours). The work ends by the signal; if a part of it should not, the answer does not wait for it.
 */
export async function withDeadline<T>(
  limit: TimeLimit | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const left = limit?.getRemainingTimeInMillis() ?? positiveEnv('COMPACTION_TASK_SECONDS', 14_400) * 1000;
  const deadline = new Deadline(limit === undefined ? left : Math.max(left - RESERVE_MILLIS, left / 2));
  try {
    return await unlessAborted(deadline.signal, work(deadline.signal), Math.min(LAST_GRACE_MILLIS, left / 4));
  } finally {
    deadline.close();
  }
}
