import { DAY_MS, HOUR_MS, partitionInterval } from '../../../lib/dataset';
import type { Dataset } from '../../../lib/dataset/model';
import type { Lake, PartitionRef } from './lake';

/** The grace period of a dataset, in milliseconds: how long a file that no manifest lists any more is kept for running queries. */
export function graceMillis({ compaction }: Dataset): number {
  return compaction.graceHours * HOUR_MS;
}

/** Whether no more data is expected: the partition's end lies `closeAfterHours` back. Late data is still accepted. */
export function isClosed(lake: Lake, ref: PartitionRef): boolean {
  return endedBefore(lake, ref, ref.dataset.compaction.closeAfterHours * HOUR_MS);
}

/** Whether the partition's retention is over. */
export function isExpired(lake: Pick<Lake, 'now'>, ref: PartitionRef): boolean {
  const days = ref.dataset.retention.curatedDays;
  return days !== undefined && endedBefore(lake, ref, days * DAY_MS);
}

function endedBefore(lake: Pick<Lake, 'now'>, { dataset, partition }: PartitionRef, milliseconds: number): boolean {
  return lake.now().getTime() >= partitionInterval(dataset, partition).end.getTime() + milliseconds;
}
