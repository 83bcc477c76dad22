import { createHash } from 'node:crypto';
import { type Placement, placeRawObject } from '../../../lambda/compaction/planning/pending';
import { type Dataset, rawPrefix } from '../../../lib/dataset';
import type { SourceObject } from './source';

/** S3's own limit. https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const MAX_KEY_BYTES = 1024;

export type Target =
  | { readonly kind: 'pending'; readonly key: string; readonly partition: string }
  | Exclude<Placement, { readonly kind: 'pending' }>;

/** What names an import: the same source into the same dataset is the same import. */
export const importId = (source: string, dataset: string): string =>
  createHash('sha256').update(`${dataset}\n${source}`).digest('hex').slice(0, 12);

/**
 * Where an object goes in the inbox: into the folder that it has in the source, under a name that no producer and no other import
 * gives. Whether it was imported can then be told from the versions of one key.
 */
export function targetOf(dataset: Dataset, id: string, { path, size }: SourceObject): Target {
  const root = rawPrefix(dataset.name);
  const placed = placeRawObject(dataset, { key: `${root}${path}`, size });
  if (placed.kind !== 'pending') return placed;
  const name = path.lastIndexOf('/') + 1;
  const key = `${root}${path.slice(0, name)}import-${id}-${path.slice(name)}`;
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) {
    return { kind: 'unplaced', problem: `its key in the inbox would be longer than ${MAX_KEY_BYTES} bytes` };
  }
  const renamed = placeRawObject(dataset, { key, size });
  if (renamed.kind === 'pending' && renamed.partition === placed.partition) {
    return { kind: 'pending', key, partition: placed.partition };
  }
  return { kind: 'unplaced', problem: `the dataset takes it under its own name, but not as ${key.slice(root.length)}` };
}
