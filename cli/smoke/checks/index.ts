import { ingestSmokeChecks } from '../../../ingest/smoke'; // with ingest
import type { SmokeCheck } from '../check';
import { accessLogs } from './access-logs';
import { alarm } from './alarm';
import { athenaAnalyst } from './athena-analyst';
import { athenaLimit } from './athena-limit';
import { compaction } from './compaction';
import { crawler } from './crawler';
import { deadLetters } from './dead-letters';
import { encryption } from './encryption';
import { functions } from './functions';
import { iceberg } from './iceberg';
import { logGroups } from './log-groups';
import { metrics } from './metrics';
import { notice } from './notice';
import { poison } from './poison';
import { rawTables } from './raw-tables';
import { savedQueries } from './saved-queries';
import { schedule } from './schedule';
import { tlsFloor } from './tls-floor';
import { update } from './update';

/** In the order in which they run. Another one is one line here. */
export const CHECKS: readonly SmokeCheck[] = [
  functions,
  logGroups,
  compaction,
  encryption,
  tlsFloor,
  athenaAnalyst,
  rawTables,
  savedQueries,
  iceberg,
  athenaLimit,
  crawler,
  poison,
  notice,
  deadLetters,
  schedule,
  metrics,
  alarm,
  accessLogs,
  update,
  ...ingestSmokeChecks, // with ingest
];
