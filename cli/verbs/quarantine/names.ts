import type { QuarantineEntry } from '../../../lambda/compaction/protocol/quarantine';
import { type Dataset, rejectedLinesPrefix } from '../../../lib/dataset';
import { type Beside, keyBeside } from '../beside';

/** Marks of earlier retries in a name. */
const EARLIER = /retry-[0-9a-f]{12}[-.]/g;
const COMPRESSION = /\.(gz|gzip|zst|zstd)$/i;

/** Whether a key of the inbox may be one that a retry made. */
export const mayBeRetried = (key: string): boolean => key.search(EARLIER) !== -1;

/** Name of the raw object that something in quarantine first came from, whatever retries there were since. */
export const firstSource = ({ source_key: source }: QuarantineEntry): string => source.replaceAll(EARLIER, '');

/**
 * Where a retry puts what one object of the quarantine holds: a name that is made from the name of that object alone, so that
 * a retry that is repeated finds it.
 *
 * @param key of the object in quarantine
 * @param first of its entries
 */
export function besideSource(dataset: Dataset, key: string, first: QuarantineEntry): Beside {
  const name = key.slice(Math.max(rejectedLinesPrefix(dataset.name).length, key.lastIndexOf('/') + 1));
  const mark = `retry-${name.replace(/\..*$/, '').slice(0, 12)}`;
  const beside = keyBeside(dataset, { key: firstSource(first), size: 1 }, mark);
  // Lines are put as they are.
  return beside.kind === 'pending' && first.object_key === null
    ? { ...beside, key: beside.key.replace(COMPRESSION, '') }
    : beside;
}

/** The same key, or undefined where nothing can be put. */
export function retriedKey(dataset: Dataset, key: string, first: QuarantineEntry): string | undefined {
  const beside = besideSource(dataset, key, first);
  return beside.kind === 'pending' ? beside.key : undefined;
}
