export interface Backoff {
  /** Longest wait before the second attempt, in milliseconds. It doubles with each attempt. */
  readonly first: number;
  /** Longest wait of all, in milliseconds. */
  readonly maximum: number;
}

/**
 * Milliseconds to wait after a failed attempt, counted from 0. Any part of the longest wait ("full jitter"), so that clients
 * that failed together do not retry together:
 * https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
 */
export const backoffMillis = ({ first, maximum }: Backoff, attempt: number): number =>
  Math.random() * Math.min(maximum, first * 2 ** attempt);
