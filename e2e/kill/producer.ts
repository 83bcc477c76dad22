import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { ObjectStore } from '../../lambda/compaction/store/object-store';
import { rawPrefix } from '../../lib/dataset';
import { Dice } from '../../test/support/dice';
import { CHANGED, DAYS, DISTINCT, LAID_OUT, PLAIN, partitionOf } from './datasets';

/** What was delivered: the only truth that the lake is compared with. */
export interface Delivered {
  /** Ids that must be found once. */
  readonly plain: Set<string>;
  readonly distinct: Set<string>;
  readonly laidOut: Set<string>;
  /** By id, the last version that was delivered of it. */
  readonly changed: Map<string, Version>;
  /** Ids of objects that were overwritten, maybe before anybody read them: found once, or not at all. */
  readonly overwritten: Set<string>;
  /** Lines that must be in quarantine. */
  readonly badLines: Set<string>;
  readonly counts: Record<'files' | 'repeated' | 'rewritten' | 'unreadable' | 'late' | 'deletions', number>;
}

export interface Version {
  readonly version: number;
  readonly isDeleted: boolean;
  readonly day: string;
}

export const nothingDelivered = (): Delivered => ({
  plain: new Set(),
  distinct: new Set(),
  laidOut: new Set(),
  changed: new Map(),
  overwritten: new Set(),
  badLines: new Set(),
  counts: { files: 0, repeated: 0, rewritten: 0, unreadable: 0, late: 0, deletions: 0 },
});

/**
 * Waves of new files; of files that came before, under another name or the same; of files that replace others; and of changes,
 * later ones before earlier ones too.
 */
export async function produce(
  store: ObjectStore,
  bucket: string,
  seed: number,
  delivered: Delivered,
  isOver: () => boolean,
): Promise<void> {
  const dice = new Dice(seed);
  const earlier: { readonly key: string; readonly folder: string; readonly body: Buffer }[] = [];
  const { plain, distinct, laidOut, overwritten, badLines, counts } = delivered;
  const changes = new Changes(dice, delivered, `${seed}`);
  let made = 0;
  const rows = (day: string): { ids: string[]; text: string } => {
    const ids = Array.from({ length: 1 + dice.below(30) }, () => `${seed}-${++made}`);
    const text = ids.map((id, n) => `${JSON.stringify({ id, at: `${day}T10:00:00Z`, n })}\n`).join('');
    return { ids, text };
  };
  const put = (key: string, body: Buffer): Promise<string> => {
    counts.files++;
    return store.put(bucket, key, body);
  };
  while (!isOver()) {
    for (let left = 1 + dice.below(6); left > 0; left--) {
      const day = DAYS[dice.below(DAYS.length)] as string;
      const folder = rawPrefix(PLAIN.name, partitionOf(day));
      const one = rows(day);
      const bad = dice.chance(0.2) ? `broken ${seed}-${++made}` : undefined;
      if (bad !== undefined) badLines.add(bad);
      for (const id of one.ids) plain.add(id);
      const key = `${folder}${dice.below(1_000)}-${++made}.json`;
      await put(key, Buffer.from(one.text + (bad ?? '')));
      if (dice.chance(0.15)) {
        // The producer gives up what it overwrites; what is read by then stays.
        const other = rows(day);
        await sleep(dice.below(300));
        for (const id of one.ids) if (plain.delete(id)) overwritten.add(id);
        if (bad !== undefined) badLines.delete(bad);
        for (const id of other.ids) plain.add(id);
        counts.rewritten++;
        await put(key, Buffer.from(other.text));
      }
      if (dice.chance(0.05)) {
        counts.unreadable++;
        await put(`${folder}${++made}.json.gz`, gzipSync(one.text).subarray(0, -6));
      }
    }
    for (let left = 1 + dice.below(4); left > 0; left--) {
      const day = DAYS[dice.below(DAYS.length)] as string;
      const folder = rawPrefix(DISTINCT.name, partitionOf(day));
      const again = earlier.length > 0 && dice.chance(0.4) ? earlier[dice.below(earlier.length)] : undefined;
      if (again !== undefined) {
        counts.repeated++;
        await put(dice.chance(0.5) ? again.key : `${again.folder}${++made}.json`, again.body);
        continue;
      }
      const { ids, text } = rows(day);
      for (const id of ids) distinct.add(id);
      const one = { key: `${folder}${dice.below(1_000)}-${++made}.json`, folder, body: Buffer.from(text) };
      earlier.push(one);
      await put(one.key, one.body);
    }
    for (let left = dice.below(4); left > 0; left--) {
      const day = DAYS[dice.below(DAYS.length)] as string;
      const { ids } = rows(day);
      for (const id of ids) laidOut.add(id);
      const folder = `${rawPrefix(LAID_OUT.name)}source-${dice.below(3)}/${day.replaceAll('-', '/')}/`;
      await put(`${folder}${++made}.csv`, Buffer.from(ids.map((id, n) => `${id} ${day}T10:00:00Z ${n}\n`).join('')));
    }
    for (const text of changes.wave()) {
      await put(`${rawPrefix(CHANGED.name, partitionOf(text.day))}${++made}.json`, Buffer.from(text.lines));
    }
    await sleep(dice.below(400));
  }
  for (const text of changes.last()) {
    await put(`${rawPrefix(CHANGED.name, partitionOf(text.day))}${++made}.json`, Buffer.from(text.lines));
  }
}

interface ChangesFile {
  readonly day: string;
  readonly lines: string;
}

/** Changes of rows: each has a version of its own, in an order that their arrival does not keep. */
class Changes {
  readonly #dice: Dice;
  readonly #delivered: Delivered;
  readonly #prefix: string;
  readonly #ids: string[] = [];
  /** What comes in a later wave, and may be out of date by then. */
  #held: ChangesFile[] = [];

  constructor(dice: Dice, delivered: Delivered, prefix: string) {
    this.#dice = dice;
    this.#delivered = delivered;
    this.#prefix = prefix;
  }

  /** Files in the order of their arrival. Whatever is held back comes in the end: see `last`. */
  wave(): readonly ChangesFile[] {
    const dice = this.#dice;
    const due = this.#held.filter(() => dice.chance(0.5));
    this.#delivered.counts.late += due.length;
    this.#held = this.#held.filter((file) => !due.includes(file));
    const files = Array.from({ length: dice.below(4) }, () => this.#file(DAYS[dice.below(DAYS.length)] as string));
    // A file that is held back is older than what the others make of its rows.
    const held = files.filter(() => dice.chance(0.3));
    this.#held.push(...held);
    return [...due, ...files.filter((file) => !held.includes(file))];
  }

  /** What was held back. */
  last(): readonly ChangesFile[] {
    return this.#held;
  }

  #file(day: string): ChangesFile {
    const rows = Array.from({ length: 1 + this.#dice.below(12) }, (_, n) => this.#change(day, n));
    return { day, lines: rows.map((row) => `${JSON.stringify(row)}\n`).join('') };
  }

  #change(day: string, n: number): object {
    const { changed, counts } = this.#delivered;
    const known = this.#ids[this.#dice.below(Math.max(1, this.#ids.length))];
    const before = known === undefined ? undefined : changed.get(known);
    // Rows of one key lie in one partition.
    const isNew = known === undefined || before?.day !== day || this.#dice.chance(0.3);
    const id = isNew ? `${this.#prefix}-c${this.#ids.length}` : known;
    if (isNew) this.#ids.push(id);
    const version = isNew ? 1 : (before?.version ?? 0) + 1;
    const isDeleted = !isNew && this.#dice.chance(0.3);
    if (isDeleted) counts.deletions++;
    changed.set(id, { version, isDeleted, day });
    return { id, at: `${day}T10:00:00Z`, n, version, is_deleted: isDeleted };
  }
}
