import { checkKills } from '../kill/checks';
import { S3_BUCKETS } from '../kill/read';
import type { Report } from '../tools/report';
import type { Supervisor } from '../tools/supervisor';
import { withEmptyS3 } from './store';

/** Kinds of faults are many, and every one has to come about. */
const SECONDS = 40;

/** `npm run test:kill`, whose S3 is our own, on the emulator's. */
export async function killScenarios(supervisor: Supervisor, report: Report): Promise<void> {
  report.section('Compaction that is killed, on the S3 of the emulator behind the same proxy');
  await withEmptyS3(supervisor, S3_BUCKETS, async ({ endpoint }) => {
    await checkKills(supervisor, report, { endpoint, seconds: SECONDS, seed: 1 });
  });
}
