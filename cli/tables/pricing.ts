/**
 * What Athena charges for a query: 5.00 USD for each terabyte scanned (us-east-1 and most other regions), with at least
 * 10 MB billed for each query. Source: https://aws.amazon.com/athena/pricing/, SQL queries, per data scanned. A megabyte
 * counts as 1,000,000 bytes here, as in the workgroup limit whose minimum of 10 MB is written 10,000,000.
 */
export const DOLLARS_PER_TB = 5;
export const MINIMUM_BILLED_BYTES = 10_000_000;

export interface Price {
  /** What the bill says, the minimum included. */
  readonly billed: number;
  /** What the bytes alone cost: the figure that scales with the data. */
  readonly byBytes: number;
  /** Whether the 10 MB minimum decides the bill. */
  readonly minimum: boolean;
}

export function price(bytes: number): Price {
  const dollars = (scanned: number): number => (scanned * DOLLARS_PER_TB) / 1e12;
  return {
    billed: dollars(Math.max(bytes, MINIMUM_BILLED_BYTES)),
    byBytes: dollars(bytes),
    minimum: bytes < MINIMUM_BILLED_BYTES,
  };
}
