import type { AcceptedLoss } from '../../../test/upgrade/losses';

/** As `test/upgrade/accepted.ts`, of the ingest tier. */
export const ACCEPTED: readonly AcceptedLoss[] = [];
