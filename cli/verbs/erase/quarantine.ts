import { gunzipSync, gzipSync } from 'node:zlib';
import type { QuarantineEntry } from '../../../lambda/compaction/protocol/quarantine';
import type { OperatedLake } from '../lake';
import type { QuarantineObject } from '../quarantined';
import { canonical } from './keys';

/** What one object in quarantine has of the keys. */
export interface QuarantinedRows {
  readonly lines: number;
  /** Whole objects that could not be read and that have the text of a key: other rows may be in them. */
  readonly whole: readonly string[];
  erase(): Promise<void>;
}

/**
 * A rejected line does not fit its dataset, so that its fields cannot be relied on: it is a row of a key if the key is in it, as
 * text of its own.
 */
export class KeyText {
  readonly #patterns: readonly RegExp[];

  constructor(values: readonly string[]) {
    this.#patterns = values.flatMap((value) => {
      const forms = new Set([
        value,
        JSON.stringify(value).slice(1, -1),
        escapedUnicode(value),
        value.replaceAll('"', '""'),
      ]);
      const flags = canonical(value) === value && canonical(value.toUpperCase()) === value.toUpperCase() ? 'u' : 'iu';
      return [...forms].map(
        (form) =>
          new RegExp(`(?<![\\p{L}\\p{N}_])${form.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')}(?![\\p{L}\\p{N}_])`, flags),
      );
    });
  }

  isIn(text: string): boolean {
    return this.#patterns.some((pattern) => pattern.test(text));
  }
}

const escapedUnicode = (value: string): string =>
  JSON.stringify(value)
    .slice(1, -1)
    .replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

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
