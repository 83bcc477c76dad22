import { DAY_MS, HOUR_MS, partitionInterval } from '../../../lib/dataset';
import type { Dataset } from '../../../lib/dataset/model';
import type { ObjectInfo } from '../store/object-store';
import type { Lake, PartitionRef } from './lake';
import { UNDERSIZED_BYTES } from './merge-policy';

/** The grace period of a dataset, in milliseconds: how long a file that no manifest lists any more is kept for running queries. */
export function graceMillis({ compaction }: Dataset): number {
  return compaction.graceHours * HOUR_MS;
}

/** Whether no more data is expected: the partition's end lies `closeAfterHours` back. Late data is still accepted. */
export function isClosed(lake: Lake, ref: PartitionRef): boolean {
  return endedBefore(lake, ref, ref.dataset.compaction.closeAfterHours * HOUR_MS);
}

/**
 * Whether the files of a partition are to be packed: it is closed, and so are its undersized files, none of which is younger.
 * While late data keeps coming, each arrival would rewrite a large file otherwise.
 *
 * @param files those of the manifest
 */
export function isSettled(lake: Lake, ref: PartitionRef, files: readonly ObjectInfo[]): boolean {
  if (!isClosed(lake, ref)) return false;
  const before = lake.now().getTime() - ref.dataset.compaction.closeAfterHours * HOUR_MS;
  return files.every(({ size, lastModified }) => size >= UNDERSIZED_BYTES || lastModified.getTime() <= before);
}

/** Whether the partition's retention is over. */
export function isExpired(lake: Pick<Lake, 'now'>, ref: PartitionRef): boolean {
  const days = ref.dataset.retention.curatedDays;
  return days !== undefined && endedBefore(lake, ref, days * DAY_MS);
}

function endedBefore(lake: Pick<Lake, 'now'>, { dataset, partition }: PartitionRef, milliseconds: number): boolean {
  return lake.now().getTime() >= partitionInterval(dataset, partition).end.getTime() + milliseconds;
}
