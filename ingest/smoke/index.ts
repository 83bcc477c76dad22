import type { SmokeCheck } from '../../cli/smoke/check';
import { ingestDrain } from './drain';
import { ingestEvents } from './events';
import { ingestAttacks, ingestUserAgent } from './firewall';
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
