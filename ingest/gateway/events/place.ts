import { type Dataset, HOUR_MS, PartitionError, type PartitionValues, partitionForTime } from '../../../lib/dataset';
import type { WindowSettings } from '../settings';

const MINUTE_MS = 60_000;
/** Partitions whose paths are remembered; a window of days times the values of leading keys is far fewer. */
const PATHS_REMEMBERED = 4_096;

/** An event whose time or leading keys belong to no partition; the message says why. */
export class PlacementError extends Error {
  override readonly name = 'PlacementError';
}

/** Finds the partition of an event from its time and its leading keys, within the window of accepted times. */
export class PartitionFinder {
  readonly #dataset: Dataset;
  readonly #window: WindowSettings;
  readonly #now: () => number;
  readonly #paths = new Map<string | number, string>();
  readonly #isDate: boolean;

  constructor(dataset: Dataset, window: WindowSettings, now: () => number) {
    this.#dataset = dataset;
    this.#window = window;
    this.#now = now;
    this.#isDate = dataset.columns.find(({ name }) => name === dataset.eventTime)?.type.kind === 'date';
  }

  /**
   * @param value the event time: milliseconds, or a text in the form that the dataset's JSON Schema demands
   * @param leading values of the leading keys
   * @throws PlacementError
   */
  find(value: unknown, leading: PartitionValues): string {
    const time = typeof value === 'number' ? value : Date.parse(this.#isDate ? `${value}T00:00:00Z` : `${value}`);
    if (Number.isNaN(time)) throw new PlacementError(`${this.#dataset.eventTime}: is not a time`);
    const now = this.#now();
    const { pastHours, futureMinutes } = this.#window;
    // A date stands for its whole day.
    const latest = this.#isDate ? time + 24 * HOUR_MS - 1 : time;
    if (latest < now - pastHours * HOUR_MS) {
      const seconds = time * 1000 >= now - pastHours * HOUR_MS && time * 1000 <= now + futureMinutes * MINUTE_MS;
      const hint = seconds ? '; send milliseconds since 1970, this looks like seconds' : '';
      throw this.#outside(time, `is older than ${pastHours} hours, the oldest that is taken${hint}`);
    }
    if (time > now + futureMinutes * MINUTE_MS) {
      throw this.#outside(time, `is more than ${futureMinutes} minutes ahead of the clock`);
    }
    const hour = Math.floor(time / HOUR_MS);
    const key = this.#dataset.partition.leading.length === 0 ? hour : `${hour} ${JSON.stringify(leading)}`;
    const known = this.#paths.get(key);
    if (known !== undefined) return known;
    const path = this.#path(time, leading);
    if (this.#paths.size >= PATHS_REMEMBERED) this.#paths.clear();
    this.#paths.set(key, path);
    return path;
  }

  #path(time: number, leading: PartitionValues): string {
    try {
      return partitionForTime(this.#dataset, new Date(time), leading);
    } catch (error) {
      if (error instanceof PartitionError) throw new PlacementError(error.message);
      throw error;
    }
  }

  #outside(time: number, problem: string): PlacementError {
    return new PlacementError(`${this.#dataset.eventTime}: ${new Date(time).toISOString()} ${problem}`);
  }
}
