import { GlueClient } from '@aws-sdk/client-glue';
import { datasets as declared } from '../../config/datasets';
import { type ExecutionEvent, type PlannerEvent, plannedBy } from '../compaction/planning/planner-event';
import { processSettings } from '../compaction/runtime/environment';
import { createS3Client, openLake } from '../compaction/runtime/lake';
import { Telemetry } from '../compaction/runtime/telemetry';
import { mostOf, type TimeLimit, withDeadline } from '../compaction/runtime/time-limit';
import { GlueCatalog } from './glue-catalog';
import { type Publications, publishAll } from './publish-all';

/** Without them the SDK waits for a response forever. A request that is given up may have succeeded: the next run sees it. */
const LIMITS = { connectionTimeout: 5_000, requestTimeout: 60_000, throwOnRequestTimeout: true };

/** Of the construct `CompactionFunction`, for the last step of a run. */
export const handler = async (
  event: PlannerEvent | ExecutionEvent = {},
  context?: TimeLimit,
): Promise<Publications> => {
  const { run, datasets } = plannedBy(event);
  const settings = processSettings();
  const { s3, buckets, taskMillis, icebergDatabase } = settings;
  if (icebergDatabase === undefined) throw new Error('Environment variable ICEBERG_DATABASE must be set');
  const isOver = mostOf(context, taskMillis);
  const telemetry = new Telemetry(settings.telemetry, { run, request: context?.awsRequestId });
  return await withDeadline(context, taskMillis, async (signal) => {
    const lake = openLake(createS3Client(s3, signal), buckets, signal);
    const catalog = new GlueCatalog(new GlueClient({ requestHandler: LIMITS }), icebergDatabase);
    return await publishAll(lake, catalog, { declared, telemetry, isOver }, datasets);
  });
};
