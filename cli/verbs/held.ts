import { readHold } from '../../lambda/compaction/protocol/hold';
import type { Lake, PartitionRef } from '../../lambda/compaction/protocol/lake';
import type { Terminal } from '../terminal';
import { visible } from '../visible';

/** Why nothing of a partition is compacted: rows fail a check that fails the commit. */
export interface Held {
  readonly since: Date;
  readonly problem: string;
}

/** Undefined: the next run reads the objects of the partition. */
export async function heldOf(lake: Lake, ref: PartitionRef): Promise<Held | undefined> {
  const hold = await readHold(lake, ref);
  return hold && { since: new Date(hold.at), problem: hold.problem };
}

/** Writes what waits for its checks, and the cure. */
export function printHeld(terminal: Terminal, partition: string, { since, problem }: Held): void {
  terminal.line(terminal.bad(`${visible(partition)} waits since ${since.toISOString()}: ${visible(problem)}.`));
  terminal.line('  Put its objects again, move them away, or correct the check; the next run then tries again.');
}
