import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { rawPrefix } from '../../../lib/dataset';
import { isOtherContent } from '../events/content';
import type { CommitSettings } from '../settings';
import { Batch, type BatchOutcome, type Pending } from './batch';
import { RecentMap } from './recent';
import type { Sink } from './sink';

const compress = promisify(gzip);

/** Memory of events that other nodes stored. Best effort: the dedupe key in compaction has the last word. */
export interface EventMemory {
  /** The identities that are already stored, with their content, as far as the memory knows. Never throws. */
  known(identities: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /**
   * Called only after the PUT: an event that is marked before it could be lost. Never throws.
   *
   * @param events identity, content, identity, content ...
   */
  remember(events: readonly string[]): void;
}

export interface CommitObserver {
  batch(dataset: string, events: number, textBytes: number, storedBytes: number): void;
  failed(dataset: string, events: number, reason: string): void;
}

export interface CommitterOptions {
  readonly sink: Sink;
  readonly settings: CommitSettings;
  readonly nodeId: string;
  readonly localEvents: number;
  readonly memory: EventMemory | undefined;
  readonly observer: CommitObserver;
  /** Whether there is more work than time. @default never */
  readonly isBusy?: () => boolean;
}

/**
 * While there is more work than time, a batch lingers up to so many times as long: events that wait for their turn come
 * into it, and a PUT, which costs as much as many events, is shared by more.
 */
const BUSY_LINGERS = 5;

/** For events whose outcome is already known. */
const DONE = new Batch('', '');
DONE.settle({ ok: true });

/**
 * Group commit. Events of a partition gather in a batch for a few milliseconds; a batch is one PUT; an event
 * is acknowledged only when the PUT has succeeded. While all slots are in use, batches that are due continue to grow.
 */
export class Committer {
  readonly #options: CommitterOptions;
  /** For each prefix, the batch that still accepts events. */
  readonly #open = new Map<string, Batch>();
  readonly #due: Batch[] = [];
  readonly #inFlight = new Map<string, Batch>();
  readonly #recent: RecentMap;
  #active = 0;
  #sequence = 0;
  #draining = false;
  #whenIdle: (() => void)[] = [];

  constructor(options: CommitterOptions) {
    this.#options = options;
    this.#recent = new RecentMap(options.localEvents);
  }

  /** Batches that are not settled yet. */
  get unsettled(): number {
    return this.#open.size + this.#due.filter((batch) => this.#open.get(batch.prefix) !== batch).length + this.#active;
  }

  /** @returns undefined when this process has already stored an equal event */
  add(
    dataset: string,
    partition: string,
    event: { readonly bytes: Buffer; readonly start: number; readonly end: number; readonly content: string },
    identity: string | undefined,
  ): Pending | undefined {
    if (identity !== undefined) {
      const earlier = this.#inFlight.get(identity);
      if (earlier !== undefined) {
        const isConflict = isOtherContent(earlier.contentOf(identity), event.content);
        return { batch: earlier, isRepeat: !isConflict, isConflict };
      }
      const stored = this.#recent.get(identity);
      if (stored !== undefined) {
        return isOtherContent(stored, event.content) ? { batch: DONE, isRepeat: false, isConflict: true } : undefined;
      }
    }
    const batch = this.#batchFor(dataset, partition);
    batch.append(event.bytes, event.start, event.end, identity, event.content);
    if (identity !== undefined) this.#inFlight.set(identity, batch);
    if (batch.bytes >= this.#options.settings.batchBytes) {
      this.#open.delete(batch.prefix);
      this.#makeDue(batch);
    }
    return batch.pending;
  }

  /** Commits open batches without waiting for more events, and from now on every batch at once. Resolves when nothing is left. */
  async drain(): Promise<void> {
    this.#draining = true;
    for (const batch of this.#open.values()) this.#makeDue(batch);
    if (this.#isIdle()) return;
    await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }

  #batchFor(dataset: string, partition: string): Batch {
    const prefix = rawPrefix(dataset, partition);
    const open = this.#open.get(prefix);
    if (open !== undefined) return open;
    const batch = new Batch(prefix, dataset);
    this.#open.set(prefix, batch);
    this.#linger(batch, BUSY_LINGERS);
    return batch;
  }

  #linger(batch: Batch, times: number): void {
    const { settings, isBusy } = this.#options;
    const end = (): void => {
      if (times > 1 && isBusy?.() === true && !this.#draining) this.#linger(batch, times - 1);
      else this.#makeDue(batch);
    };
    batch.timer = setTimeout(end, this.#draining ? 0 : settings.lingerMs);
  }

  #makeDue(batch: Batch): void {
    clearTimeout(batch.timer);
    if (batch.isDue) return;
    batch.isDue = true;
    this.#due.push(batch);
    this.#dispatch();
  }

  #dispatch(): void {
    while (this.#active < this.#options.settings.putsInFlight) {
      const batch = this.#due.shift();
      if (batch === undefined) break;
      if (this.#open.get(batch.prefix) === batch) this.#open.delete(batch.prefix);
      this.#active += 1;
      void this.#commit(batch).then((outcome) => this.#settle(batch, outcome));
    }
  }

  async #commit(batch: Batch): Promise<BatchOutcome> {
    const { memory, sink, observer } = this.#options;
    try {
      if (memory !== undefined) batch.known = await memory.known(batch.identities.filter(isText));
      const { body, events, textBytes } = await packed(batch);
      if (events > 0) {
        await sink.put(`${batch.prefix}${this.#objectName()}`, body);
        observer.batch(batch.dataset, events, textBytes, body.length);
      }
      return { ok: true };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      observer.failed(batch.dataset, batch.events, reason);
      return { ok: false, reason };
    }
  }

  #settle(batch: Batch, outcome: BatchOutcome): void {
    this.#active -= 1;
    const stored: string[] = [];
    for (const [index, identity] of batch.identities.entries()) {
      if (identity === undefined) continue;
      this.#inFlight.delete(identity);
      if (!outcome.ok) continue;
      const known = batch.known?.get(identity);
      const content = known ?? (batch.contents[index] as string);
      this.#recent.set(identity, content);
      if (known === undefined) stored.push(identity, content);
    }
    if (stored.length > 0) this.#options.memory?.remember(stored);
    batch.settle(outcome);
    this.#dispatch();
    if (this.#isIdle()) for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  #isIdle(): boolean {
    return this.#active === 0 && this.#due.length === 0 && this.#open.size === 0;
  }

  /** Readable and in chronological order; its last part alone makes it unique. */
  #objectName(): string {
    const time = new Date().toISOString().replace(/[-:.]/g, '');
    this.#sequence += 1;
    return `ingest-${time}-${this.#options.nodeId}-${this.#sequence}-${randomUUID()}.json.gz`;
  }
}

/** A separate function, so that the uncompressed text is released before the PUT begins. */
async function packed(batch: Batch): Promise<{ body: Buffer; events: number; textBytes: number }> {
  const { text, events } = batch.text();
  const body = events > 0 ? await compress(text, { level: constants.Z_BEST_SPEED }) : text;
  return { body, events, textBytes: text.length };
}

const isText = (identity: string | undefined): identity is string => identity !== undefined;
