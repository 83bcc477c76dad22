import { isUtf8 } from 'node:buffer';
import { encodeEntries, type QuarantineEntry } from '../../../lambda/compaction/protocol/quarantine';
import { MIB } from '../../../lib/dataset/units';
import { inflateAll, sniff, UnreadableObjectError } from '../../../lib/rows';
import type { OperatedLake } from '../lake';
import type { QuarantineObject } from '../quarantined';
import type { LineKeys } from './lines';

/** What one object in quarantine has of the keys. */
export interface QuarantinedRows {
  readonly lines: number;
  /** Lines that may be of the keys: it cannot be told. */
  readonly doubtful: number;
  /** Whole objects that could not be read and that have a key, or may have one: other rows may be in them. */
  readonly whole: readonly string[];
  erase(): Promise<void>;
}

/** @param all whether every line of the partition is a row of the keys */
export async function quarantinedRows(
  lake: OperatedLake,
  { object, entries }: QuarantineObject,
  keys: LineKeys,
  all: boolean,
): Promise<QuarantinedRows> {
  const { quarantine } = lake.buckets;
  const kept: QuarantineEntry[] = [];
  const whole: string[] = [];
  let doubtful = 0;
  for (const entry of entries) {
    if (entry.object_key !== null) {
      kept.push(entry);
      const found = await lake.store.get(quarantine, entry.object_key);
      if (found === undefined) continue;
      const text = textOf(found.body);
      if (all || text === undefined || keys.mayBeIn(entry, text)) whole.push(entry.object_key);
      continue;
    }
    const isErased = all || keys.has(entry, bytesOf(entry));
    if (isErased !== true) kept.push(entry);
    if (isErased === undefined) doubtful++;
  }
  const lines = entries.length - kept.length;
  return {
    lines,
    doubtful,
    whole,
    async erase() {
      if (lines === 0) return;
      if (kept.length === 0) await lake.store.deleteMatching(quarantine, [object]);
      else {
        await lake.store.put(quarantine, object.key, encodeEntries(kept), { ifMatch: object.etag });
      }
    },
  };
}

const bytesOf = ({ raw, raw_base64: coded }: QuarantineEntry): Buffer =>
  raw === null ? Buffer.from(coded ?? '', 'base64') : Buffer.from(raw);

/** Larger texts are not searched: Node has none of more than 512 MiB. */
const MOST_TEXT = 256 * MIB;

/** Undefined: nobody can tell what is in it, as it is damaged, of another encoding or no text. */
function textOf(body: Buffer): Buffer | undefined {
  try {
    const text = inflateAll(body, MOST_TEXT);
    return sniff(body) === 'parquet' || !isUtf8(text) || text.includes(0) ? undefined : text;
  } catch (error) {
    if (error instanceof UnreadableObjectError) return undefined;
    throw error;
  }
}
