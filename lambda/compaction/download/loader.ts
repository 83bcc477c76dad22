import { inputFormat, pathValues } from '../../../lib/dataset';
import type { Dataset } from '../../../lib/dataset/model';
import { MIB } from '../../../lib/dataset/units';
import type { VetoList } from '../../../lib/rows';
import { backoffMillis } from '../limits/backoff';
import { DeadlineError, sleep, unlessAborted } from '../limits/deadline';
import { MAX_COLUMNS, parquetObjects } from '../limits/parquet-objects';
import { bytesInMemory, MAX_REJECTED, MAX_REJECTED_BYTES_OF_BATCH } from '../limits/rejected-lines';
import type { RefusedObject } from '../protocol/converter';
import type { ObjectInfo } from '../store/object-store';
import type { DownloadOutcome } from './job';
import type { GetSigner } from './request-signer';
import type { Segment } from './segments';
import { type DownloadWorker, inlineWorker, threadWorker } from './workers';

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
  /** Attempts per object, including the first. */
  readonly maxAttempts: number;
  /** Time in which a download must make progress; otherwise it is retried. @default 30 s */
  readonly stallMillis?: number | undefined;
  /** Of a second look: rows of each object that are rejected although they fit. No lines are kept. @default none */
  readonly vetoes?: readonly VetoList[];
  /** Aborts everything, with an error that names the objects in flight. */
  readonly signal?: AbortSignal | undefined;
}

export type LoadedObject = Extract<DownloadOutcome, { status: 'taken' | 'unreadable' }> & {
  readonly object: ObjectInfo;
};

type Settled = LoadedObject | (Extract<DownloadOutcome, { status: 'refused' }> & { readonly object: ObjectInfo });

export interface Loaded {
  /** In the order of the objects offered; those that changed since they were listed are left out. */
  readonly objects: readonly LoadedObject[];
  readonly refused: readonly RefusedObject[];
  readonly segments: readonly Segment[];
  /** False if a limit was reached before every object was started. */
  readonly complete: boolean;
}

/** S3 kept refusing one object, or kept closing the connection. Retryable: nothing was lost or half done. */
export class DownloadError extends Error {
  override readonly name = 'DownloadError';
}

/** Objects in flight per worker: enough to hide S3's latency. */
const IN_FLIGHT = 64;
/** Stored bytes in flight per worker: keeps memory flat when objects are large. */
const BYTES_IN_FLIGHT = 32 * MIB;
/** Batches below both of these are downloaded in this thread: a worker takes about 100 ms to start. */
const INLINE = { objects: 200, bytes: 16 * MIB };
/** Text of rejected lines held in memory before the batch is cut short, in bytes. */
const ENOUGH_REJECTED_BYTES = 96 * MIB;
/** Rejected bytes per stored byte, as long as no object has been read: as if every line were, and as if they were short or in gzip. */
const FIRST_REJECTED_RATE = 50;
/** Pause before a retry, in milliseconds: doubled each time, with full jitter, as the SDK's standard mode does. */
const BACKOFF = { first: 100, maximum: 20_000 };

/**
 * Downloads objects over several workers with bounded memory. An object that was deleted or rewritten since it was listed
 * is left out. One that cannot be read, or that S3 refuses to return, is reported. Any other failure that persists rejects the whole call.
 */
export async function loadObjects(
  signer: GetSigner,
  objects: readonly ObjectInfo[],
  settings: LoaderSettings,
): Promise<Loaded> {
  const workers = openWorkers(objects, settings);
  const feed = new Feed(objects, settings);
  try {
    const downloads = Promise.all(workers.map((worker) => drive(worker, feed, signer, settings)));
    const outcomes = await unlessAborted(settings.signal, downloads);
    const segments = (await Promise.all(workers.map((worker) => worker.finish()))).flat();
    const settled = outcomes.flat().sort((a, b) => a.id - b.id);
    const taken = settled.filter((one): one is LoadedObject => one.status !== 'refused');
    const refused = settled.flatMap((one) =>
      one.status === 'refused' ? [{ key: one.object.key, etag: one.object.etag, error: one.error }] : [],
    );
    return { objects: taken, refused, segments, complete: feed.exhausted };
  } catch (error) {
    const underWay = feed.stop();
    await Promise.all(workers.map((worker) => worker.abort()));
    throw settings.signal?.aborted === true ? outOfTime(settings.signal.reason, underWay) : error;
  }
}

/** Keys that an error names. */
const KEYS_NAMED = 5;

function outOfTime(reason: Error, keys: readonly string[]): DeadlineError {
  const more = keys.length > KEYS_NAMED ? ` and ${keys.length - KEYS_NAMED} more` : '';
  return new DeadlineError(`${reason.message}, downloading ${keys.slice(0, KEYS_NAMED).join(', ')}${more}`);
}

function openWorkers(objects: readonly ObjectInfo[], settings: LoaderSettings): DownloadWorker[] {
  const { dataset, directory, maxObjectBytes, stallMillis } = settings;
  const common = { dataset, directory, maxObjectBytes, stallMillis };
  const bytes = objects.reduce((total, { size }) => total + size, 0);
  if (objects.length <= INLINE.objects && bytes <= INLINE.bytes) {
    return [inlineWorker({ ...common, name: 'main' })];
  }
  const names = Array.from({ length: settings.workers }, (_, index) => String(index));
  return names.map((name) => threadWorker({ ...common, name }));
}

/** Hands out objects in order, until none is left or a local limit is reached. */
class Feed {
  readonly #objects: readonly ObjectInfo[];
  readonly #maxLocalBytes: number;
  readonly #maxParquet: number;
  #next = 0;
  #localBytes = 0;
  #parquet = 0;
  #takenBytes = 0;
  #rejectedBytes = 0;
  #stopped = false;
  readonly #underWay = new Set<ObjectInfo>();
  #waiting: (() => void)[] = [];

  constructor(objects: readonly ObjectInfo[], { maxLocalBytes, dataset }: LoaderSettings) {
    this.#objects = objects;
    this.#maxLocalBytes = maxLocalBytes;
    this.#maxParquet = parquetObjects(dataset, MAX_COLUMNS.ofBatch);
  }

  get exhausted(): boolean {
    return this.#next === this.#objects.length;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** The object that is begun next. Undefined: none is. */
  get next(): ObjectInfo | undefined {
    const full =
      this.#localBytes >= this.#maxLocalBytes ||
      this.#rejectedBytes >= ENOUGH_REJECTED_BYTES ||
      this.#parquet >= this.#maxParquet;
    // The first is always started: every batch must make progress.
    return this.#stopped || (full && this.#next > 0) ? undefined : this.#objects[this.#next];
  }

  /** Whether the rejected lines fit in memory, if as many are rejected of the objects in flight as of those that were read. */
  get hasRoom(): boolean {
    const rate = this.#takenBytes === 0 ? FIRST_REJECTED_RATE : this.#rejectedBytes / this.#takenBytes;
    let bytes = this.#rejectedBytes;
    for (const { size } of this.#underWay) bytes += Math.min(rate * size, MAX_REJECTED.bytes);
    return bytes < MAX_REJECTED_BYTES_OF_BATCH;
  }

  /** Returns the number of the object, which is the next one. */
  begin(object: ObjectInfo): number {
    this.#underWay.add(object);
    return this.#next++;
  }

  settle(object: ObjectInfo, outcome: DownloadOutcome): void {
    this.#underWay.delete(object);
    if (outcome.status === 'taken') {
      this.#takenBytes += object.size;
      this.#localBytes += outcome.localBytes;
      this.#parquet += Number(outcome.parquet !== undefined);
      this.#rejectedBytes += bytesInMemory(outcome.rejected);
    }
    this.#wake();
  }

  /** Returns when an object has settled, or when no other will be begun. */
  change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Stops handing out objects. Returns the keys of those in flight. */
  stop(): string[] {
    this.#stopped = true;
    this.#wake();
    return Array.from(this.#underWay, ({ key }) => key);
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

async function drive(
  worker: DownloadWorker,
  feed: Feed,
  signer: GetSigner,
  settings: LoaderSettings,
): Promise<Settled[]> {
  const settled: Settled[] = [];
  let bytes = 0;
  // One that is larger than everything goes alone.
  const fits = ({ size }: ObjectInfo): boolean => bytes === 0 || bytes + size <= BYTES_IN_FLIGHT;
  const slot = async (): Promise<void> => {
    for (let object = feed.next; object !== undefined; object = feed.next) {
      if (!fits(object) || !feed.hasRoom) {
        await feed.change();
        continue;
      }
      // Begun only now, so that no object waits that would be too much once the others have settled.
      const id = feed.begin(object);
      bytes += object.size;
      const outcome = await downloadOne(worker, feed, signer, settings, id, object);
      bytes -= object.size;
      feed.settle(object, outcome);
      if (outcome.status !== 'changed' && outcome.status !== 'failed') settled.push({ ...outcome, object });
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, slot));
  return settled;
}

async function downloadOne(
  worker: DownloadWorker,
  feed: Feed,
  signer: GetSigner,
  settings: LoaderSettings,
  id: number,
  object: ObjectInfo,
): Promise<DownloadOutcome> {
  const format = inputFormat(settings.dataset, object.key);
  const columns = pathValues(settings.dataset, object.key);
  const vetoes = settings.vetoes?.[id];
  for (let attempt = 1; ; attempt++) {
    const request = await signer.get(object.key, { 'if-match': object.etag }, object.versionId);
    const outcome = await worker.download({ id, request, size: object.size, format, columns, vetoes });
    if (outcome.status !== 'failed') return outcome;
    if (feed.stopped || !outcome.retryable || attempt >= settings.maxAttempts) {
      throw new DownloadError(`GET ${object.key}: ${outcome.error} (attempt ${attempt} of ${settings.maxAttempts})`);
    }
    await sleep(backoffMillis(BACKOFF, attempt - 1), settings.signal);
  }
}
