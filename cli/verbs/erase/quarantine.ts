import { gunzipSync, gzipSync } from 'node:zlib';
import type { KeyText } from '../../../lambda/compaction/protocol/key-text';
import type { QuarantineEntry } from '../../../lambda/compaction/protocol/quarantine';
import type { OperatedLake } from '../lake';
import type { QuarantineObject } from '../quarantined';

/** What one object in quarantine has of the keys. */
export interface QuarantinedRows {
  readonly lines: number;
  /** Whole objects that could not be read and that have the text of a key: other rows may be in them. */
  readonly whole: readonly string[];
  erase(): Promise<void>;
}

/** @param all whether every line of the partition is a row of the keys */
export async function quarantinedRows(
  lake: OperatedLake,
  { object, entries }: QuarantineObject,
  keys: KeyText,
  all: boolean,
): Promise<QuarantinedRows> {
  const { quarantine } = lake.buckets;
  const kept: QuarantineEntry[] = [];
  const whole: string[] = [];
  let lines = 0;
  for (const entry of entries) {
    if (entry.object_key !== null) {
      kept.push(entry);
      const found = await lake.store.get(quarantine, entry.object_key);
      if (found !== undefined && (all || keys.isIn(textOf(found.body)))) whole.push(entry.object_key);
    } else if (all || keys.isIn(entry.raw ?? Buffer.from(entry.raw_base64 ?? '', 'base64').toString('latin1'))) lines++;
    else kept.push(entry);
  }
  return {
    lines,
    whole,
    async erase() {
      if (lines === 0) return;
      if (kept.length === 0) await lake.store.deleteMatching(quarantine, [object]);
      else {
        const body = gzipSync(kept.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
        await lake.store.put(quarantine, object.key, body, { ifMatch: object.etag });
      }
    },
  };
}

function textOf(body: Buffer): string {
  if (body[0] === 0x1f && body[1] === 0x8b) {
    try {
      return gunzipSync(body).toString('utf8');
    } catch {
      // What cannot be inflated is searched as it is.
    }
  }
  return body.toString('utf8');
}
