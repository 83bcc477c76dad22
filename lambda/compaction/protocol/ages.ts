import { partitionInterval } from '../../../lib/dataset';
import type { Dataset } from '../../../lib/dataset/model';
import type { Lake, PartitionRef } from './lake';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** The grace of a dataset, in milliseconds: how long a file that no manifest lists any more is kept for running queries. */
export function graceMillis({ compaction }: Dataset): number {
  return compaction.graceHours * HOUR;
}

/** Whether no more data is expected: the partition's end lies `closeAfterHours` back. Late data is still accepted. */
export function isClosed(lake: Lake, ref: PartitionRef): boolean {
  return endedBefore(lake, ref, ref.dataset.compaction.closeAfterHours * HOUR);
}

/** Whether the partition's retention is over. */
export function isExpired(lake: Lake, ref: PartitionRef): boolean {
  const days = ref.dataset.retention.curatedDays;
  return days !== undefined && endedBefore(lake, ref, days * DAY);
}

function endedBefore(lake: Lake, { dataset, partition }: PartitionRef, milliseconds: number): boolean {
  return lake.now().getTime() >= partitionInterval(dataset, partition).end.getTime() + milliseconds;
}
