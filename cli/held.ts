import { ChecksFailedError } from '../lambda/compaction/protocol/checks-failed';
import { readHold } from '../lambda/compaction/protocol/hold';
import { createS3Client, openLake as lakeOf } from '../lambda/compaction/runtime/lake';
import type { Dataset } from '../lib/dataset';
import { ExpectedError } from './command-line';
import type { LocalLake } from './lake';
import { GENERATED } from './load-generated';

/** Rows of one task that fail a check do not end the run: as on AWS, all else is compacted. @throws any other error */
export function unlessHeld(error: unknown): undefined {
  if (!(error instanceof ChecksFailedError)) throw error;
}

/** A run ended because rows fail a check that fails the commit: nothing of their partitions is compacted. */
export class CommitRefused extends ExpectedError {
  override readonly name = 'CommitRefused';
}

/**
 * Ends a run of which partitions wait, because rows fail a check that fails the commit, in this run or in one before.
 *
 * @param partitions of which objects were pending
 * @throws CommitRefused with each of them: the check, the object, the line, the file that it is from, and what to do
 */
export async function refuseHeld(lake: LocalLake, dataset: Dataset, partitions: Iterable<string>): Promise<void> {
  const client = createS3Client(lake.settings.s3);
  const texts: string[] = [];
  try {
    for (const partition of new Set(partitions)) {
      const hold = await readHold(lakeOf(client, lake.settings.buckets), { dataset, partition });
      if (hold === undefined) continue;
      const source = hold.object && lake.ledger.get(hold.object.key)?.source;
      const from = source === undefined || source.startsWith(GENERATED) ? '' : `. The object is from ${source}`;
      texts.push(`${dataset.name}/${partition}: ${hold.problem}${from}`);
    }
  } finally {
    client.destroy();
  }
  if (texts.length === 0) return;
  throw new CommitRefused(
    `${texts.join('\n')}\n  fix: correct the check and run this again; or correct the rows, and load them into a new lake: ` +
      'a folder of --keep still has these raw objects',
    1,
  );
}
