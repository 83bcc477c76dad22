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
  readonly #forms: ReadonlySet<string>;
  /** In UTF-16 units. */
  readonly #lengths: readonly number[];

  constructor(values: readonly string[]) {
    this.#forms = new Set(values.flatMap(formsOf).map(canonical));
    // An empty text would be in every line.
    this.#lengths = [...new Set([...this.#forms].map(({ length }) => length))].filter((length) => length > 0);
  }

  isIn(text: string): boolean {
    const inWord = new Uint8Array(text.length + 1);
    for (const { index, 0: word } of text.matchAll(/[\p{L}\p{N}_]+/gu)) inWord.fill(1, index, index + word.length);
    for (let start = 0; start < text.length; start++) {
      if (start > 0 && inWord[start - 1] === 1) continue;
      for (const length of this.#lengths) {
        const end = start + length;
        if (end <= text.length && inWord[end] !== 1 && this.#forms.has(canonical(text.slice(start, end)))) return true;
      }
    }
    return false;
  }
}

/** As JSON and CSV write a text. */
const formsOf = (value: string): readonly string[] => [
  value,
  JSON.stringify(value).slice(1, -1),
  escapedUnicode(value),
  value.replaceAll('"', '""'),
];

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
