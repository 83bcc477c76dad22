import { mapConcurrently } from '../../../lambda/compaction/concurrency';
import { backoffMillis } from '../../../lambda/compaction/limits/backoff';
import { StalledError } from '../../../lambda/compaction/limits/transfer-watch';
import { PreconditionFailedError } from '../../../lambda/compaction/store/object-store';
import type { Dataset } from '../../../lib/dataset';
import { ExpectedError } from '../../command-line';
import { messageOf } from '../../failure';
import type { OperatedLake } from '../lake';
import { wasPut } from '../versions';
import type { Failure } from './journal';
import type { ImportSource, SourceObject } from './source';
import { targetOf } from './target';

const IN_FLIGHT = 64;
const MAX_ATTEMPTS = 8;
/** Milliseconds, doubled from attempt to attempt, with full jitter. */
const BACKOFF = { first: 100, maximum: 20_000 };

export interface Copied {
  readonly imported: { readonly objects: number; readonly bytes: number };
  /** Of these, objects that were there before. */
  readonly there: number;
  readonly failed: readonly Failure[];
}

/** Copies objects of one import into the inbox, each exactly once, however often an attempt fails or its answer is lost. */
export class Copying {
  readonly #lake: OperatedLake;
  readonly #dataset: Dataset;
  readonly #source: ImportSource;
  readonly #id: string;
  readonly #millisEach: number;
  #next = 0;

  /** @param rate objects a second at most */
  constructor(lake: OperatedLake, dataset: Dataset, source: ImportSource, id: string, rate: number) {
    this.#lake = lake;
    this.#dataset = dataset;
    this.#source = source;
    this.#id = id;
    this.#millisEach = 1000 / rate;
  }

  /**
   * @param mayBeThere whether an earlier run may have copied them
   * @throws ExpectedError when none of them can be copied: then something is wrong with all
   */
  async copy(objects: readonly SourceObject[], mayBeThere: boolean): Promise<Copied> {
    const failed: Failure[] = [];
    let [bytes, there] = [0, 0];
    await mapConcurrently(objects, IN_FLIGHT, async (object) => {
      const problem = await this.#copyOne(object, mayBeThere);
      if (problem === 'there') there += 1;
      if (problem === undefined || problem === 'there') bytes += object.size;
      else failed.push({ path: object.path, problem });
    });
    const [first] = failed;
    if (first !== undefined && failed.length === objects.length && objects.length > 1) {
      throw new ExpectedError(`None of ${objects.length} objects could be copied. ${first.path}: ${first.problem}`, 1);
    }
    return { imported: { objects: objects.length - failed.length, bytes }, there, failed };
  }

  /** Whether an object of the source was ever put into the inbox. */
  async isThere(path: string): Promise<boolean> {
    const target = targetOf(this.#dataset, this.#id, { path, size: 1, etag: '' });
    return target.kind === 'pending' && (await wasPut(this.#lake, this.#lake.buckets.raw, target.key));
  }

  /** @returns what is wrong; undefined once the object was put into the inbox, `there` where an earlier run had put it */
  async #copyOne(object: SourceObject, mayBeThere: boolean): Promise<string | undefined> {
    const target = targetOf(this.#dataset, this.#id, object);
    if (target.kind !== 'pending') return target.kind === 'unplaced' ? target.problem : 'the dataset ignores it now';
    for (let attempt = 0; ; attempt++) {
      if ((attempt > 0 || mayBeThere) && (await wasPut(this.#lake, this.#lake.buckets.raw, target.key)))
        return attempt > 0 ? undefined : 'there';
      await this.#turn();
      try {
        await this.#source.copy(object, this.#lake.buckets.raw, target.key);
        return undefined;
      } catch (error) {
        if (error instanceof PreconditionFailedError) return 'it changed while it was imported';
        if (isFinal(error) || attempt === MAX_ATTEMPTS - 1) {
          return (await wasPut(this.#lake, this.#lake.buckets.raw, target.key)) ? undefined : messageOf(error);
        }
        await this.#lake.sleep(backoffMillis(BACKOFF, attempt + 1));
      }
    }
  }

  async #turn(): Promise<void> {
    const now = performance.now();
    const at = Math.max(now, this.#next);
    this.#next = at + this.#millisEach;
    if (at > now) await this.#lake.sleep(at - now);
  }
}

/** Whether another attempt would meet the same: S3 refuses the request as it is. What stalls may still come to its end, so it is left to a later run. */
function isFinal(error: unknown): boolean {
  if (error instanceof StalledError) return true;
  const { $metadata } = error as { readonly $metadata?: { readonly httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode ?? 0;
  return status >= 400 && status < 500 && ![408, 409, 429].includes(status);
}
