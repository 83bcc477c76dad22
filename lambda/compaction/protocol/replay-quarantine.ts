import { rejectedLinesPrefix } from '../../../lib/dataset/layout';
import type { LoadedInput } from './converter';
import { readVersions } from './kept-versions';
import type { Lake, PartitionRef } from './lake';
import { inputDigest, type PinnedInput } from './names';
import { entriesIn, type QuarantineEntry, quarantine } from './quarantine';
import { nameOfVersion, type ReplaySource } from './replay-source';

/** Why a partition is not rebuilt. Nothing was changed. */
export class ReplayRefusal extends Error {
  override readonly name = 'ReplayRefusal';
}

/** The caller may not read any of the raw versions. Nothing was changed. */
export class ReplayDenied extends Error {
  override readonly name = 'ReplayDenied';
}

/**
 * Keeps what a replay rejects, as compaction does, so that each row of a raw object is in the table or in quarantine, and in one of
 * them only. What is in quarantine already is not written again.
 *
 * @throws ReplayRefusal when a row that is in quarantine would be in the table too
 */
export class ReplayQuarantine {
  readonly #lake: Lake;
  readonly #ref: PartitionRef;
  readonly #kept: ReadonlySet<string>;

  private constructor(lake: Lake, ref: PartitionRef, kept: ReadonlySet<string>) {
    this.#lake = lake;
    this.#ref = ref;
    this.#kept = kept;
  }

  static async open(lake: Lake, ref: PartitionRef): Promise<ReplayQuarantine> {
    const kept = new Set<string>();
    const prefix = rejectedLinesPrefix(ref.dataset.name, ref.partition);
    for await (const { key } of lake.store.list(lake.buckets.quarantine, prefix)) kept.add(key);
    return new ReplayQuarantine(lake, ref, kept);
  }

  /**
   * @param kept the same inputs, with the rejected lines that are to be in quarantine
   * @param wasErased whether an erase came after the inputs were committed: what somebody then removed from quarantine stays away
   * @returns how many objects have rows that are in quarantine from now on, and in the table until the replay commits
   */
  async settle(
    inputs: readonly LoadedInput[],
    kept: readonly LoadedInput[],
    { retries }: ReplaySource,
    wasErased: boolean,
  ): Promise<number> {
    const missing: LoadedInput[] = [];
    for (const [index, all] of inputs.entries()) {
      const input = kept[index] as LoadedInput;
      const isRejected = input.unreadable !== undefined || input.rejected.length > 0;
      const key = this.#keyOf(input);
      if (this.#kept.has(key)) {
        if (await this.#exceeds(all, input, key)) missing.push(input);
      } else if (isRejected) {
        const retried = retries.filter(({ of }) => nameOfVersion(of) === nameOfVersion(input));
        const entries = await Promise.all(retried.map(({ object }) => this.#entries(this.#keyOf(object))));
        const removed = wasErased ? await this.#removed(key) : [];
        missing.push(...without(input, [...entries.flat(), ...removed]));
      }
    }
    await quarantine(this.#lake, this.#ref, missing, true);
    return missing.length;
  }

  /** Whether more is rejected than the quarantine holds of the object. */
  async #exceeds(all: LoadedInput, input: LoadedInput, key: string): Promise<boolean> {
    const entries = await this.#entries(key);
    const lines = entries.map(({ line }) => line);
    if (input.unreadable !== undefined) return !lines.includes(null);
    const rejected = new Set<number | null>(all.rejected.map(({ line }) => line));
    const accepted = lines.filter((line) => !rejected.has(line));
    if (accepted.length > 0) {
      throw new ReplayRefusal(
        `${accepted.length} lines of ${input.key} that are in quarantine fit the dataset by now. Put them back first ` +
          `(quarantine --retry) and compact; or delete ${key} of the quarantine bucket, and the replay takes them in`,
      );
    }
    const held = new Set(lines);
    return input.rejected.some(({ line }) => !held.has(line));
  }

  #keyOf(input: PinnedInput): string {
    return `${rejectedLinesPrefix(this.#ref.dataset.name, this.#ref.partition)}${inputDigest(input)}.json.gz`;
  }

  /** What is in quarantine of an object. */
  async #entries(key: string): Promise<readonly QuarantineEntry[]> {
    if (!this.#kept.has(key)) return [];
    const found = await this.#lake.store.get(this.#lake.buckets.quarantine, key);
    // Taken out since it was listed: by a retry, or when it expired.
    if (found === undefined) throw new ReplayRefusal(`${key} has left quarantine meanwhile: start again`);
    return entriesIn(found.body);
  }

  /** What was in quarantine of an object that has left it, as far as versions are kept. */
  async #removed(key: string): Promise<readonly QuarantineEntry[]> {
    const versions = await readVersions(this.#lake.store, this.#lake.buckets.quarantine, key);
    return versions.flatMap(({ body }) => entriesIn(body));
  }
}

/** An object with those of its rejections that are not in quarantine already; none when there is none of them. */
function without(input: LoadedInput, entries: readonly QuarantineEntry[]): readonly LoadedInput[] {
  if (input.unreadable !== undefined) return entries.some(({ line }) => line === null) ? [] : [input];
  const kept = new Set(entries.map(({ raw, raw_base64: coded }) => (raw === null ? coded : base64(Buffer.from(raw)))));
  const rejected = input.rejected.filter(({ raw }) => !kept.has(base64(raw)));
  return rejected.length === 0 ? [] : [{ ...input, rejected }];
}

const base64 = (bytes: Buffer): string => bytes.toString('base64');
