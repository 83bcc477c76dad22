import type { KeyRange } from '../protocol/key-ranges';
import type { ObjectInfo } from '../store/object-store';
import { BudgetMeter, estimatedBytes, type Placement, type TaskBudget } from './pending';

/** Neighboring objects of one partition: a task, or a part of one. */
export interface Piece {
  readonly partition: string;
  readonly range: KeyRange;
  readonly objects: number;
  /** Estimated bytes of their rows as text. */
  readonly bytes: number;
  /** When the first of them arrived, epoch milliseconds. */
  readonly oldest: number;
  /** Whether it ended because of the budget: nothing more fits. */
  readonly isFull: boolean;
}

interface OpenPiece {
  readonly partition: string;
  readonly range: KeyRange;
  readonly meter: BudgetMeter;
  objects: number;
  bytes: number;
  oldest: number;
  last: string;
}

/**
 * Cuts the objects of one listing, in the order of their keys, into pieces within a budget. Pieces of all listings are
 * disjoint, as long as each prefix of a placement lies in one listing as a whole or is divided between listings by key.
 */
export class RangePacker {
  readonly #budget: TaskBudget;
  readonly #after: string | undefined;
  readonly #emit: (piece: Piece) => void;
  #open: OpenPiece | undefined;

  /** @param after where the listing began, if it did not begin at the start of its prefix */
  constructor(budget: TaskBudget, after: string | undefined, emit: (piece: Piece) => void) {
    this.#budget = budget;
    this.#after = after;
    this.#emit = emit;
  }

  add(object: ObjectInfo, { partition, prefix }: Extract<Placement, { kind: 'pending' }>): void {
    const open = this.#open;
    if (open === undefined || open.range.prefix !== prefix) {
      this.end();
      const after = open === undefined && this.#after?.startsWith(prefix) === true ? this.#after : undefined;
      this.#begin(partition, { prefix, ...(after === undefined ? {} : { after }) }, object);
    } else if (open.meter.take(object)) {
      this.#count(open, object);
    } else {
      this.#close(open, open.last, true);
      this.#begin(partition, { prefix, after: open.last }, object);
    }
  }

  /**
   * The listing is done. The open piece then has no end, so that objects that arrive later are included.
   *
   * @param through where the listing ended, if it did not end at the end of its prefix
   */
  end(through?: string): void {
    const open = this.#open;
    if (open !== undefined) this.#close(open, through?.startsWith(open.range.prefix) ? through : undefined, false);
  }

  /** The listing stopped early: the open piece ends with its last object, since what follows is unknown. */
  cut(): void {
    if (this.#open !== undefined) this.#close(this.#open, this.#open.last, false);
  }

  #begin(partition: string, range: KeyRange, object: ObjectInfo): void {
    const meter = new BudgetMeter(this.#budget);
    meter.take(object);
    this.#open = { partition, range, meter, objects: 0, bytes: 0, oldest: Number.POSITIVE_INFINITY, last: '' };
    this.#count(this.#open, object);
  }

  #count(open: OpenPiece, object: ObjectInfo): void {
    open.objects++;
    open.bytes += estimatedBytes(object);
    open.oldest = Math.min(open.oldest, object.lastModified.getTime());
    open.last = object.key;
  }

  #close({ partition, range, objects, bytes, oldest }: OpenPiece, through: string | undefined, isFull: boolean): void {
    this.#open = undefined;
    const closed = through === undefined ? range : { ...range, through };
    this.#emit({ partition, range: closed, objects, bytes, oldest, isFull });
  }
}
