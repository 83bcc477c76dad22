/**
 * Milliseconds to wait after a failed attempt, counted from 0: at least half of what doubles from `first` to `longest`, so
 * that a failing service gets time to recover, and nodes that failed together do not retry together.
 */
export const backoffMillis = (first: number, longest: number, attempt: number): number =>
  Math.min(longest, first * 2 ** Math.min(attempt, 30)) * (0.5 + Math.random() / 2);
