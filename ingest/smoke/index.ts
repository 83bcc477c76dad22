import type { SmokeCheck } from '../../cli/smoke/check';
import { ingestAttacks } from './attacks';
import { ingestDrain } from './drain';
import { ingestEvents, ingestUserAgent } from './events';
import { ingestRollback } from './rollback';
import { ingestTargets } from './targets';

/** What only a deployed ingest tier can answer, with `--ingest`, in the order in which it runs. */
export const ingestSmokeChecks: readonly SmokeCheck[] = [
  ingestTargets,
  ingestEvents,
  ingestUserAgent,
  ingestAttacks,
  ingestDrain,
  ingestRollback,
];
