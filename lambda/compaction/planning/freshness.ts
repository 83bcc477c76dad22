import type { Dataset } from '../../../lib/dataset';
import { type StaleLevel, staleLevel } from '../../../lib/dataset/freshness';

export interface Staleness {
  /** Since the newest event; of a dataset without one, since it is watched. */
  readonly ageSeconds: number;
  readonly level: StaleLevel;
}

/**
 * How stale a dataset is; undefined without `freshness`.
 *
 * @param newest event time that is committed. A dataset that never had data ages from `watched` on, the first run with its
 * `freshness`: it is told, too, but not before its data could have come
 */
export function stalenessOf(
  { freshness }: Pick<Dataset, 'freshness'>,
  newest: number | undefined,
  watched: number,
  now: number,
): Staleness | undefined {
  if (freshness === undefined) return undefined;
  const ageSeconds = Math.max(0, now - (newest ?? watched)) / 1000;
  return { ageSeconds, level: staleLevel(freshness, ageSeconds) };
}
