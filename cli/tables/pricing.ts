import { ATHENA_MINIMUM_BYTES, scanDollars } from '../../lib/prices';

/** What Athena charges for a query, in USD. */
export interface Price {
  /** What the bill says, the minimum included. */
  readonly billed: number;
  /** What the bytes alone cost: the figure that scales with the data. */
  readonly byBytes: number;
  /** Whether the minimum of a query decides the bill. */
  readonly minimum: boolean;
}

export function price(bytes: number): Price {
  return {
    billed: scanDollars(Math.max(bytes, ATHENA_MINIMUM_BYTES)),
    byBytes: scanDollars(bytes),
    minimum: bytes < ATHENA_MINIMUM_BYTES,
  };
}
