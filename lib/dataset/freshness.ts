/** How old the newest event of a dataset may be, as texts such as `'90 minutes'`, `'26 hours'` or `'3 days'`. At least one of the two. */
export interface FreshnessDefinition {
  /** Age at which the alarm *stale-warning* rings. One hour to 366 days. @default no warning */
  readonly warnAfter?: string;
  /** Age at which the alarm *stale* rings, more than `warnAfter`. @default no error */
  readonly errorAfter?: string;
}

/** The same, checked. */
export interface Freshness {
  readonly warnAfterSeconds?: number;
  readonly errorAfterSeconds?: number;
}

/** 0: fresh; 1: at least `warnAfter` old; 2: at least `errorAfter` old. */
export type StaleLevel = 0 | 1 | 2;

export function staleLevel({ warnAfterSeconds, errorAfterSeconds }: Freshness, ageSeconds: number): StaleLevel {
  if (errorAfterSeconds !== undefined && ageSeconds >= errorAfterSeconds) return 2;
  return warnAfterSeconds !== undefined && ageSeconds >= warnAfterSeconds ? 1 : 0;
}
