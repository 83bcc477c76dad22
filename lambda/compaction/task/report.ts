import type { Telemetry } from '../runtime/telemetry';
import type { Findings, FindingsCollector } from './findings';
import type { CompactionResult } from './run-task';

/** What a task answers to the state machine. */
export type TaskReport = CompactionResult & Findings;

/** Writes the metrics and the log line of a task that has ended. */
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
    ...(result.objectsSetAside === 0 ? {} : { ObjectsSetAside: result.objectsSetAside }),
  });
  telemetry.log('info', 'Compacted', { ...result });
  return result;
}
