/** Where a row is: in the batch, among the deletions that are remembered, or, from 1, in a file of the partition. */
export const SOURCE = { ARRIVED: 0, REMEMBERED: -1 } as const;
