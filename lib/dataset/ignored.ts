import { layoutReader, parseLayout } from './layout-template';
import type { Dataset } from './model';

/** Paths are read by the million. */
const readers = new WeakMap<Dataset, readonly ((path: string) => boolean)[]>();

/**
 * Whether an object is none of the dataset's data, although it lies in its inbox: the dataset says so with `input.ignore`.
 *
 * @param path key of the object without `raw/<dataset>/`
 */
export function isIgnored(dataset: Dataset, path: string): boolean {
  const { ignore } = dataset.input;
  if (ignore === undefined) return false;
  let known = readers.get(dataset);
  if (known === undefined) {
    known = ignore.map((template) => {
      const read = layoutReader(parseLayout(template));
      return (text: string) => !('problem' in read(text));
    });
    readers.set(dataset, known);
  }
  return known.some((matches) => matches(path));
}
