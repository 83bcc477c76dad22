import { isDeepStrictEqual } from 'node:util';
import { placeRawObject } from '../../lambda/compaction/planning/pending';
import { type Dataset, inputFormat, pathValues } from '../../lib/dataset';

/** S3's own limit. https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const MAX_KEY_BYTES = 1024;

export type Beside =
  | { readonly kind: 'pending'; readonly key: string; readonly partition: string }
  /** The dataset takes no rows from the key itself. */
  | { readonly kind: 'marker' }
  | { readonly kind: 'unplaced'; readonly problem: string };

/**
 * A key of the inbox beside another, under a name that no producer gives. Compaction reads it as the other: in the same
 * partition, with the same columns from the path, in the same format. A layout may cover the beginning of the name, so the
 * mark stands behind what it covers.
 *
 * @param mark letters, digits and hyphens
 */
export function keyBeside(
  dataset: Dataset,
  object: { readonly key: string; readonly size: number },
  mark: string,
): Beside {
  const { key, size } = object;
  const placed = placeRawObject(dataset, object);
  if (placed.kind !== 'pending') return placed;
  const at = Math.max(key.lastIndexOf('/') + 1, placed.prefix.length);
  const [head, rest] = [key.slice(0, at), key.slice(at)];
  // Behind a layout that ends in a dot, the rest may be no more than the ending that names the format.
  const candidates = [`${head}${mark}-${rest}`, `${head}${mark}.${rest}`];
  if (candidates.some((own) => Buffer.byteLength(own) > MAX_KEY_BYTES)) {
    return { kind: 'unplaced', problem: `its key in the inbox would be longer than ${MAX_KEY_BYTES} bytes` };
  }
  const found = candidates.find((own) => {
    const other = placeRawObject(dataset, { key: own, size });
    return (
      other.kind === 'pending' &&
      other.partition === placed.partition &&
      inputFormat(dataset, own) === inputFormat(dataset, key) &&
      isDeepStrictEqual(pathValues(dataset, own), pathValues(dataset, key))
    );
  });
  if (found !== undefined) return { kind: 'pending', key: found, partition: placed.partition };
  return { kind: 'unplaced', problem: `the dataset takes it under its own name, but not as ${candidates[0]}` };
}
