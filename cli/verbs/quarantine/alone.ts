import { randomUUID } from 'node:crypto';
import { HOUR_MS } from '../../../lib/dataset';
import { retryPrefix } from '../../../lib/dataset/layout';
import { ExpectedError } from '../../command-line';
import type { OperatedLake } from '../lake';

/** A retry that has not told for so long that it is at work was killed. */
const GIVEN_UP_MILLIS = HOUR_MS;
/** How often a retry tells it: long before others give it up. */
const TELL_MILLIS = HOUR_MS / 6;

/**
 * Does something that no two commands may do at once: each first writes that it is at work, and then looks for others. Whoever finds
 * one stops; two that begin in the same moment both stop, and nothing was changed.
 *
 * @param work is given what it calls before each step
 * @throws ExpectedError while another is at work, with what to do
 */
export async function alone<T>(
  lake: OperatedLake,
  dataset: string,
  work: (tell: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const { store, buckets } = lake;
  const prefix = retryPrefix(dataset);
  const key = `${prefix}${randomUUID()}`;
  let told = Number.NEGATIVE_INFINITY;
  let etag = '';
  const tell = async (): Promise<void> => {
    const now = lake.now().getTime();
    if (now - told < TELL_MILLIS) return;
    // What was not told in time may have been given up.
    if (now - told >= GIVEN_UP_MILLIS && etag !== '')
      throw new ExpectedError('The retry was stopped for an hour: start it again.', 1);
    etag = await store.put(buckets.curated, key, Buffer.from(lake.now().toISOString()));
    told = now;
    for await (const other of store.list(buckets.curated, prefix)) {
      const until = new Date(other.lastModified.getTime() + GIVEN_UP_MILLIS);
      if (other.key === key || until.getTime() <= now) continue;
      throw new ExpectedError(
        `Another retry of ${dataset} is at work. Let it end, and start this one again. If it was killed, delete ${other.key} of the ` +
          `curated bucket, or wait until ${until.toISOString()}`,
        1,
      );
    }
  };
  try {
    await tell();
    return await work(tell);
  } finally {
    if (etag !== '') await store.deleteMatching(buckets.curated, [{ key, etag }]);
  }
}
