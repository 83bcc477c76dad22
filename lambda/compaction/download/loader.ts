import { setTimeout as sleep } from 'node:timers/promises';
import type { Dataset, InputFormat } from '../../../lib/dataset/model';
import type { ObjectInfo } from '../store/object-store';
import type { DownloadOutcome } from './job';
import { type DownloadLane, inlineLane, workerLane } from './lanes';
import type { GetSigner } from './request-signer';

export interface LoaderSettings {
  readonly dataset: Dataset;
  /** Where segments go. */
  readonly directory: string;
  /** Worker threads; small batches use none. */
  readonly workers: number;
  /** Local bytes at which no further object is started. */
  readonly maxLocalBytes: number;
  /** Largest inflated size of one object, in bytes. */
  readonly maxObjectBytes: number;
  /** Tries of one object, the first included. */
  readonly maxAttempts: number;
}

export type LoadedObject = Extract<DownloadOutcome, { status: 'taken' | 'unreadable' }> & {
  readonly object: ObjectInfo;
};

export interface Loaded {
  /** In the order of the objects offered; those that changed since they were listed are left out. */
  readonly objects: readonly LoadedObject[];
  readonly segments: readonly string[];
  /** False when the local limit was reached before all were started. */
  readonly complete: boolean;
}

/** S3 kept refusing or breaking off one object. Retryable: nothing was lost or half done. */
export class DownloadError extends Error {
  override readonly name = 'DownloadError';
}

/** Objects in flight in one lane: enough to hide S3's latency. */
const IN_FLIGHT = 64;
/** Stored bytes in flight in one lane: what keeps memory flat when objects are large. */
const BYTES_IN_FLIGHT = 32 * 1024 * 1024;
/** Batches below both of these are downloaded in this thread: a worker takes about 100 ms to start. */
const INLINE = { objects: 200, bytes: 16 * 1024 * 1024 };
/** Text of rejected lines held in memory before the batch is cut short, in bytes. */
const MAX_REJECTED_BYTES = 96 * 1024 * 1024;
/** Pause before another try, in milliseconds: doubled each time, with full jitter, as the SDK's standard mode does. */
const BACKOFF = { first: 100, maximum: 20_000 };

/**
 * Downloads objects over several lanes with bounded memory. An object that was deleted or rewritten since it was listed
 * is left out; one that cannot be read is reported as such; anything else that keeps failing rejects the whole call.
 */
export async function loadObjects(
  signer: GetSigner,
  objects: readonly ObjectInfo[],
  settings: LoaderSettings,
): Promise<Loaded> {
  const lanes = openLanes(objects, settings);
  const feed = new Feed(objects, settings.maxLocalBytes);
  try {
    const results = await Promise.all(lanes.map((lane) => drive(lane, feed, signer, settings)));
    const segments = (await Promise.all(lanes.map((lane) => lane.finish()))).flat();
    const loaded = results.flat().sort((a, b) => a.id - b.id);
    return { objects: loaded, segments, complete: feed.exhausted };
  } catch (error) {
    feed.stop();
    await Promise.all(lanes.map((lane) => lane.abort()));
    throw error;
  }
}

function openLanes(objects: readonly ObjectInfo[], settings: LoaderSettings): DownloadLane[] {
  const { dataset, directory, maxObjectBytes } = settings;
  const bytes = objects.reduce((total, { size }) => total + size, 0);
  if (objects.length <= INLINE.objects && bytes <= INLINE.bytes) {
    return [inlineLane({ dataset, directory, maxObjectBytes, name: 'main' })];
  }
  const names = Array.from({ length: settings.workers }, (_, index) => String(index));
  return names.map((name) => workerLane({ dataset, directory, maxObjectBytes, name }));
}

/** Hands out objects in their order, until all are out or the local limits are reached. */
class Feed {
  readonly #objects: readonly ObjectInfo[];
  readonly #maxLocalBytes: number;
  #next = 0;
  #localBytes = 0;
  #rejectedBytes = 0;
  #stopped = false;

  constructor(objects: readonly ObjectInfo[], maxLocalBytes: number) {
    this.#objects = objects;
    this.#maxLocalBytes = maxLocalBytes;
  }

  get exhausted(): boolean {
    return this.#next === this.#objects.length;
  }

  next(): { id: number; object: ObjectInfo } | undefined {
    const full = this.#localBytes >= this.#maxLocalBytes || this.#rejectedBytes >= MAX_REJECTED_BYTES;
    // The first is always started: a batch must get on.
    if (this.#stopped || (full && this.#next > 0)) return undefined;
    const object = this.#objects[this.#next];
    return object === undefined ? undefined : { id: this.#next++, object };
  }

  count(outcome: DownloadOutcome): void {
    if (outcome.status !== 'taken') return;
    this.#localBytes += outcome.localBytes;
    for (const { raw } of outcome.rejected) this.#rejectedBytes += raw.length;
  }

  stop(): void {
    this.#stopped = true;
  }
}

async function drive(
  lane: DownloadLane,
  feed: Feed,
  signer: GetSigner,
  settings: LoaderSettings,
): Promise<LoadedObject[]> {
  const loaded: LoadedObject[] = [];
  const room = new Room();
  const slot = async (): Promise<void> => {
    for (let item = feed.next(); item !== undefined; item = feed.next()) {
      const { id, object } = item;
      await room.enter(object.size);
      try {
        const outcome = await downloadOne(lane, signer, settings, id, object);
        feed.count(outcome);
        if (outcome.status === 'taken' || outcome.status === 'unreadable') loaded.push({ ...outcome, object });
      } catch (error) {
        feed.stop();
        throw error;
      } finally {
        room.leave(object.size);
      }
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, slot));
  return loaded;
}

async function downloadOne(
  lane: DownloadLane,
  signer: GetSigner,
  settings: LoaderSettings,
  id: number,
  object: ObjectInfo,
): Promise<DownloadOutcome> {
  const format = inputFormat(settings.dataset, object.key);
  for (let attempt = 1; ; attempt++) {
    const request = await signer.get(object.key, { 'if-match': object.etag });
    const outcome = await lane.download({ id, request, size: object.size, format });
    if (outcome.status !== 'failed') return outcome;
    if (!outcome.retryable || attempt >= settings.maxAttempts) {
      throw new DownloadError(`GET ${object.key}: ${outcome.error} (attempt ${attempt} of ${settings.maxAttempts})`);
    }
    await sleep(Math.random() * Math.min(BACKOFF.maximum, BACKOFF.first * 2 ** attempt));
  }
}

/** Lets objects in while their bytes fit; one that is larger than everything goes alone. */
class Room {
  #bytes = 0;
  readonly #queue: (() => void)[] = [];

  async enter(bytes: number): Promise<void> {
    while (this.#bytes > 0 && this.#bytes + bytes > BYTES_IN_FLIGHT) {
      await new Promise<void>((resolve) => this.#queue.push(resolve));
    }
    this.#bytes += bytes;
  }

  leave(bytes: number): void {
    this.#bytes -= bytes;
    for (const wake of this.#queue.splice(0)) wake();
  }
}

/** By the name's ending; an ending that says nothing means the dataset's first format. Parquet is told by its bytes. */
export function inputFormat(dataset: Dataset, key: string): InputFormat {
  const name = key.toLowerCase().replace(/\.(gz|gzip|zst|zstd)$/, '');
  if (name.endsWith('.csv')) return 'csv';
  if (/\.(json|ndjson|jsonl)$/.test(name)) return 'ndjson';
  return dataset.input.formats.find((format) => format !== 'parquet') ?? 'ndjson';
}
