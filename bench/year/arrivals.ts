import type { Dataset } from '../../lib/dataset';
import { rawPrefix } from '../../lib/dataset/layout';

export interface Lateness {
  /** Of the objects, those that come late. */
  readonly share: number;
  /** Half of the late ones are later than this, in seconds; lateness is exponential. */
  readonly medianSeconds: number;
  readonly longestSeconds: number;
}

export interface Arrival {
  /** When it lies in the raw bucket, epoch milliseconds. */
  readonly at: number;
  readonly key: string;
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How much of a day's data an hour has, a mean of 1: a wave with its peak at 14:00 UTC. */
const wave = (hour: number): number => 1 + 0.6 * Math.sin(((hour - 8) / 24) * 2 * Math.PI);

/**
 * Objects of one dataset, in the order of their arrival.
 *
 * @param perDay objects a day
 * @param values of the leading key, if the dataset has one; the first gets half of all
 */
export function* arrivals(
  dataset: Dataset,
  start: number,
  days: number,
  perDay: number,
  values: number,
  lateness: Lateness,
  seed: number,
): Generator<Arrival> {
  const next = random(seed);
  const late: Arrival[] = [];
  const end = start + days * 86_400_000;
  let number = 0;
  for (let at = start; at < end; ) {
    at += (86_400_000 / perDay / wave((at / 3_600_000) % 24)) * (0.5 + next());
    const isLate = next() < lateness.share;
    const delay = isLate
      ? Math.min(lateness.longestSeconds, (-Math.log(1 - next()) / Math.LN2) * lateness.medianSeconds) * 1_000
      : 0;
    const arrival = { at: at + delay, key: keyOf(dataset, at, values, next(), number++) };
    // What is late comes in its turn.
    while (late.length > 0 && (late[0] as Arrival).at <= at) yield late.shift() as Arrival;
    if (!isLate) yield arrival;
    else {
      let place = late.length;
      while (place > 0 && (late[place - 1] as Arrival).at > arrival.at) place--;
      late.splice(place, 0, arrival);
    }
  }
  yield* late;
}

function keyOf(dataset: Dataset, at: number, values: number, place: number, number: number): string {
  const time = new Date(at).toISOString();
  const hour = dataset.partition.scheme === 'hour' ? `/hour=${time.slice(11, 13)}` : '';
  const leading = values === 1 ? '' : `tenant=t${place < 0.5 ? 0 : Math.floor((2 * place - 1) * values)}/`;
  const partition = `${leading}year=${time.slice(0, 4)}/month=${time.slice(5, 7)}/day=${time.slice(8, 10)}${hour}`;
  return `${rawPrefix(dataset.name)}${partition}/${String(number).padStart(9, '0')}.json.gz`;
}
