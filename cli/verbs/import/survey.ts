import { isExpired } from '../../../lambda/compaction/protocol/ages';
import { compareKeys } from '../../../lambda/compaction/store/key-order';
import type { Dataset } from '../../../lib/dataset';
import type { OperatedLake } from '../lake';
import type { Selection } from '../selection';
import type { SourceObject } from './source';
import { targetOf } from './target';

const MAX_EXAMPLES = 20;

/** What becomes of the objects of a source. */
export class Survey {
  /** To be imported, or imported by this run. */
  objects = 0;
  bytes = 0;
  /** Named by an earlier run. */
  known = 0;
  /** Outside of `--partition`, `--from` and `--to`. */
  notSelected = 0;
  /** Markers, and what the dataset ignores. */
  ignored = 0;
  /** In partitions whose retention is over: they would be deleted at once. */
  expired = 0;
  readonly unplaced = { objects: 0, examples: [] as { readonly path: string; readonly problem: string }[] };
  first: string | undefined;
  last: string | undefined;

  constructor(
    readonly lake: OperatedLake,
    readonly dataset: Dataset,
    readonly selection: Selection,
    readonly id: string,
    readonly isKnown: (path: string) => Promise<boolean>,
  ) {}

  /** Counts an object. @returns whether it is to be imported */
  async take(object: SourceObject): Promise<boolean> {
    const target = targetOf(this.dataset, this.id, object);
    if (target.kind === 'marker') {
      this.ignored++;
      return false;
    }
    if (target.kind === 'unplaced') {
      const { examples } = this.unplaced;
      this.unplaced.objects++;
      if (examples.length < MAX_EXAMPLES) examples.push({ path: object.path, problem: target.problem });
      return false;
    }
    const { partition } = target;
    if (!this.selection.includes(this.dataset, partition)) {
      this.notSelected++;
      return false;
    }
    if (await this.isKnown(object.path)) {
      this.known++;
      return false;
    }
    if (isExpired(this.lake, { dataset: this.dataset, partition })) {
      this.expired++;
      return false;
    }
    this.objects++;
    this.bytes += object.size;
    if (this.first === undefined || compareKeys(partition, this.first) < 0) this.first = partition;
    if (this.last === undefined || compareKeys(partition, this.last) > 0) this.last = partition;
    return true;
  }
}
