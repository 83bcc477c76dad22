import type { QuarantineEntry } from '../../../lambda/compaction/protocol/quarantine';
import type { QuarantineObject } from '../quarantined';

/** Rejections of one kind, of one dataset. */
export interface ReasonCount {
  /** Without the values that differ from line to line. */
  readonly reason: string;
  readonly lines: number;
  /** Whole objects that could not be read. */
  readonly objects: number;
  readonly partitions: number;
  /** The first of them, in the order of partitions. */
  readonly examples: readonly Example[];
}

interface Example {
  readonly partition: string;
  readonly source: string;
  /** Null for a whole object. */
  readonly line: number | null;
  readonly reason: string;
  /** Beginning of the line, where it is text. */
  readonly text: string | null;
}

const EXAMPLES = 3;
const TEXT_LENGTH = 200;

/** Counts rejections by reason; memory holds some of each, and no more. */
export class Reasons {
  readonly #found = new Map<string, { lines: number; objects: number; partitions: Set<string>; examples: Example[] }>();

  add({ partition, entries }: QuarantineObject): void {
    for (const entry of entries) this.#count(partition, entry);
  }

  /** The most frequent first. */
  counts(): readonly ReasonCount[] {
    return [...this.#found]
      .map(([reason, { partitions, ...own }]) => ({ reason, ...own, partitions: partitions.size }))
      .sort((a, b) => b.lines + b.objects - a.lines - a.objects || (a.reason < b.reason ? -1 : 1));
  }

  #count(partition: string, { reason, line, raw, source_key: source }: QuarantineEntry): void {
    const kind = kindOf(reason);
    const known = this.#found.get(kind) ?? { lines: 0, objects: 0, partitions: new Set<string>(), examples: [] };
    this.#found.set(kind, known);
    if (line === null) known.objects++;
    else known.lines++;
    known.partitions.add(partition);
    if (known.examples.length === EXAMPLES) return;
    known.examples.push({ partition, source, line, reason, text: raw === null ? null : raw.slice(0, TEXT_LENGTH) });
  }
}

/** `status: expected an int, found the string "upstream"` is the same kind with any other string. */
export const kindOf = (reason: string): string =>
  reason.replace(/"(?:[^"\\]|\\.)*"/g, '"…"').replace(/(?<![\w(])-?\d[\d.]*(?![\w)])/g, 'N');
