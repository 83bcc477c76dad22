import type { RefusedObject } from '../protocol/converter';
import type { Telemetry } from '../runtime/telemetry';

/** Objects that S3 refused to return to a task. */
export interface Refused {
  /** Raw objects that S3 refused to return in this run; they stay where they are. The first are named. */
  readonly objectsRefused: number;
  /** Those that S3 refused to two runs: they are not retried for some hours. */
  readonly objectsSetAside: number;
  readonly refusals: readonly Refusal[];
}

export interface Refusal {
  readonly key: string;
  readonly error: string;
  readonly setAside: boolean;
}

export const NONE_REFUSED: Refused = { objectsRefused: 0, objectsSetAside: 0, refusals: [] };

/** Most refusals in a result: the results of all tasks of a run are stored together. */
const REFUSALS_NAMED = 20;

/** Adds the refusals of one transaction, and logs each. @param aside those of them that are set aside now */
export function addRefused(
  to: Refused,
  refused: readonly RefusedObject[],
  aside: readonly RefusedObject[],
  telemetry?: Pick<Telemetry, 'log'>,
): Refused {
  if (refused.length === 0) return to;
  const named = refused.map((one) => ({ key: one.key, error: one.error, setAside: aside.includes(one) }));
  for (const one of named)
    telemetry?.log('warn', one.setAside ? 'Raw object is set aside' : 'Raw object is refused', one);
  return {
    objectsRefused: to.objectsRefused + refused.length,
    objectsSetAside: to.objectsSetAside + aside.length,
    refusals: [...to.refusals, ...named].slice(0, REFUSALS_NAMED),
  };
}
