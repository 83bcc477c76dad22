import type { CompactionTask } from '../planning/tasks';
import { ChecksFailedError } from '../protocol/checks-failed';
import type { MetricName, Telemetry } from '../runtime/telemetry';
import type { Findings, FindingsCollector } from './findings';
import type { CompactionResult } from './run-task';

/** What a task returns to the state machine. */
export type TaskReport = CompactionResult & Findings;

/** Reports a task, however it ends. @throws the error with which it ends */
export async function reported(
  telemetry: Telemetry,
  task: CompactionTask,
  collector: FindingsCollector,
  run: Promise<CompactionResult>,
): Promise<TaskReport> {
  try {
    return report(telemetry, await run, collector);
  } catch (error) {
    reportFailure(telemetry, task, error);
    throw error;
  }
}

/**
 * Writes the metrics and the log line of a task that has ended. Of rows, `RowsIn = RowsOut + RowsQuarantined + DuplicatesDropped +
 * RowsSuperseded + Deletions`, and the table has `RowsOut - RowsReplaced` more than before. Metrics of what not every dataset
 * has are written where there is any.
 */
export function report(telemetry: Telemetry, counted: CompactionResult, collector: FindingsCollector): TaskReport {
  const result = { ...counted, ...collector.findings };
  telemetry.emitMetrics(result.dataset, {
    RowsIn: result.rowsIn,
    RowsOut: result.rowsOut,
    RowsQuarantined: result.rowsQuarantined,
    DuplicatesDropped: result.duplicates,
    ObjectsQuarantined: result.objectsQuarantined,
    RowsOutsidePartition: result.rowsOutsidePartition,
    BytesIn: result.bytesIn,
    BytesOut: result.bytesOut,
    UnknownFields: collector.unknownFieldCount,
    ...some({
      RowsSuperseded: result.superseded,
      Deletions: result.deletions,
      RowsReplaced: result.rowsReplaced,
      ObjectsSetAside: result.objectsSetAside,
      RowsWarned: result.rowsWarned,
      RowsFailed: result.rowsFailed,
      RowsRefused: result.rowsRefused,
    }),
  });
  telemetry.log('info', 'Compacted', { ...result });
  return result;
}

/** Writes what a task that fails says about its dataset: rows that fail a check that fails the commit. */
function reportFailure(telemetry: Telemetry, task: CompactionTask, error: unknown): void {
  if (!(error instanceof ChecksFailedError)) return;
  const { dataset, partition } = task;
  telemetry.emitMetrics(dataset, { RowsRefused: error.rows });
  const { message: problem, rows, failedChecks, object } = error;
  telemetry.log('error', 'Checks fail the commit', { dataset, partition, problem, rows, failedChecks, object });
}

const some = (metrics: Readonly<Partial<Record<MetricName, number>>>): Readonly<Partial<Record<MetricName, number>>> =>
  Object.fromEntries(Object.entries(metrics).filter(([, value]) => value > 0));
