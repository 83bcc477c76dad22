import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { ObjectStore } from '../../lambda/compaction/store/object-store';
import { rawPrefix } from '../../lib/dataset';
import { Dice } from '../tools/dice';
import { DAYS, DISTINCT, PLAIN, partitionOf } from './datasets';

/** What was delivered: the only truth that the lake is compared with. */
export interface Delivered {
  /** Ids that must be found once. */
  readonly plain: Set<string>;
  readonly distinct: Set<string>;
  /** Ids of objects that were overwritten, maybe before anybody read them: found once, or not at all. */
  readonly overwritten: Set<string>;
  /** Lines that must be in quarantine. */
  readonly badLines: Set<string>;
  readonly counts: { files: number; repeated: number; rewritten: number; unreadable: number };
}

export const nothingDelivered = (): Delivered => ({
  plain: new Set(),
  distinct: new Set(),
  overwritten: new Set(),
  badLines: new Set(),
  counts: { files: 0, repeated: 0, rewritten: 0, unreadable: 0 },
});

/** Waves of new files; of files that came before, under another name or the same; and of files that replace others. */
export async function produce(
  store: ObjectStore,
  bucket: string,
  seed: number,
  delivered: Delivered,
  isOver: () => boolean,
): Promise<void> {
  const dice = new Dice(seed);
  const earlier: { readonly key: string; readonly folder: string; readonly body: Buffer }[] = [];
  const { plain, distinct, overwritten, badLines, counts } = delivered;
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
    await sleep(dice.below(400));
  }
}
