import { allowFields, type JsonObject, type State, type StateError } from './types';

/** Whether an `ErrorEquals` list covers an error. */
export function covers(names: readonly string[], error: string): boolean {
  // These two end the execution whatever the definition says.
  const terminal = error === 'States.Runtime' || error === 'States.DataLimitExceeded';
  return names.some(
    (name) =>
      name === error ||
      (name === 'States.ALL' && !terminal) ||
      (name === 'States.TaskFailed' && !terminal && error !== 'States.Timeout'),
  );
}

const RETRIER_FIELDS = [
  ...['ErrorEquals', 'IntervalSeconds', 'MaxAttempts', 'BackoffRate', 'MaxDelaySeconds', 'JitterStrategy', 'Comment'],
];

/** Counts the attempts of each retrier of one visit to a state. */
export class RetryCounter {
  readonly #used = new Map<JsonObject, number>();
  readonly #retriers: readonly JsonObject[];

  constructor(
    state: State,
    /** Share of the delay that full jitter leaves, 0 to 1. */
    private readonly jitter: () => number,
  ) {
    this.#retriers = (state.Retry ?? []) as JsonObject[];
    for (const retrier of this.#retriers) allowFields('Retry', retrier, RETRIER_FIELDS);
  }

  /** Seconds to wait before the next attempt; undefined when there is to be none. */
  delay(error: StateError): number | undefined {
    const retrier = this.#retriers.find(({ ErrorEquals }) => covers(ErrorEquals as string[], error.error));
    if (retrier === undefined) return undefined;
    const used = this.#used.get(retrier) ?? 0;
    if (used >= Number(retrier.MaxAttempts ?? 3)) return undefined;
    this.#used.set(retrier, used + 1);
    const full = Number(retrier.IntervalSeconds ?? 1) * Number(retrier.BackoffRate ?? 2) ** used;
    const capped = Math.min(full, Number(retrier.MaxDelaySeconds ?? full));
    return retrier.JitterStrategy === 'FULL' ? capped * this.jitter() : capped;
  }
}

/** The Catch that takes an error, if any. */
export function catcher(state: State, error: StateError): JsonObject | undefined {
  const catchers = (state.Catch ?? []) as JsonObject[];
  for (const one of catchers) allowFields('Catch', one, ['ErrorEquals', 'Next', 'ResultPath', 'Comment']);
  return catchers.find(({ ErrorEquals }) => covers(ErrorEquals as string[], error.error));
}
