import { shownName, type UnknownField } from '../../../lib/rows';
import type { OutsidePartition } from '../protocol/converter';

/**
 * Most names in a task's result and log line: they stay far below the 256 KiB limit of Step Functions.
 * https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
 */
const MAX_NAMES = 100;

/** What a task noticed about data that it accepted nevertheless. */
export interface Findings {
  /**
   * Occurrences of members and columns that the dataset does not declare, by name; at most 100 names, each cut to 100
   * characters, with control characters escaped.
   */
  readonly unknownFields: Readonly<Record<string, number>>;
  /** Occurrences of fields that are not listed by name. */
  readonly otherUnknownFields: number;
  /** Set when an event time lay more than a day outside of the partition. */
  readonly outsidePartition?: {
    /** One such time, ISO 8601 in UTC. */
    readonly example: string;
    readonly hint: string;
  };
}

/** Collects findings over the transactions of a task, with bounded memory. */
export class FindingsCollector {
  readonly #names = new Map<string, number>();
  #others = 0;
  #outside: OutsidePartition | undefined;

  /** Callbacks for a converter. */
  readonly listeners = {
    onUnknownFields: (fields: readonly UnknownField[], others: number): void => this.addUnknownFields(fields, others),
    onOutsidePartition: (found: OutsidePartition): void => this.addOutsidePartition(found),
  };

  addUnknownFields(fields: readonly UnknownField[], others: number): void {
    this.#others += others;
    for (const { name, count } of fields) {
      const shown = shownName(name);
      const known = this.#names.get(shown);
      if (known === undefined && this.#names.size === MAX_NAMES) this.#others += count;
      else this.#names.set(shown, (known ?? 0) + count);
    }
  }

  addOutsidePartition(found: OutsidePartition): void {
    this.#outside ??= found;
  }

  get findings(): Findings {
    const outside = this.#outside;
    return {
      unknownFields: Object.fromEntries(this.#names),
      otherUnknownFields: this.#others,
      ...(outside === undefined ? {} : { outsidePartition: { example: outside.example, hint: hintOf(outside) } }),
    };
  }

  get unknownFieldCount(): number {
    return [...this.#names.values()].reduce((total, count) => total + count, this.#others);
  }
}

function hintOf({ epochSeconds }: OutsidePartition): string {
  return epochSeconds > 0
    ? 'epoch seconds taken for milliseconds: the number times 1,000 lies in the partition'
    : 'the event time or the path of the object is wrong; epoch seconds taken for milliseconds are the common cause of 1970';
}
