import type { Element } from '../../../lambda/compaction/engine/parquet/element';
import { type Found, foundIn } from '../../../lambda/compaction/engine/parquet/found';

/** The values of a Parquet file by their paths, such as `user / id`. */
type Leaves = ReadonlyMap<string, Found>;

/**
 * What queries could not read of a file, by the schema of a file that is written today. A column or field that only one of
 * the two has is none: the declaration may have changed since. See docs/guide.md, "Changing a dataset".
 *
 * @param needed columns that every file has had
 */
export function schemaProblem(
  file: readonly Element[],
  today: readonly Element[],
  needed: readonly string[],
): string | undefined {
  const [found, declared] = [leavesOf(file), leavesOf(today)];
  for (const name of needed) if (!found.has(name)) return `it has no column ${name}`;
  for (const [path, leaf] of found) {
    const wanted = declared.get(path);
    if (wanted !== undefined && !isReadAs(leaf, wanted)) {
      return `${path} is ${leaf.label}, but files of today have ${wanted.label}`;
    }
    const other = [...declared.keys()].find((name) => isWithin(name, path) || isWithin(path, name));
    if (other !== undefined) return `it has ${path} where files of today have ${other}`;
  }
  return undefined;
}

const isWithin = (path: string, outer: string): boolean => path.startsWith(`${outer} / `);

function leavesOf(elements: readonly Element[]): Leaves {
  const leaves = new Map<string, Found>();
  let at = 1; // behind the root
  const visit = (outer: string): void => {
    const element = elements[at++];
    if (element === undefined) return;
    const path = outer === '' ? element.name : `${outer} / ${element.name}`;
    const { children = 0 } = element;
    if (children === 0) leaves.set(path, foundIn(element));
    for (let child = 0; child < children; child++) visit(path);
  };
  while (at < elements.length) visit('');
  return leaves;
}

/** The changes of a type that the guide calls safe. */
function isReadAs(found: Found, wanted: Found): boolean {
  if (found.kind === 'integer') {
    if (wanted.kind === 'integer') return found.bits <= wanted.bits && found.signed === wanted.signed;
    return wanted.kind === 'text' || (wanted.kind === 'double' && found.bits <= 32);
  }
  if (found.kind === 'decimal' && wanted.kind === 'decimal') {
    return found.scale <= wanted.scale && found.precision - found.scale <= wanted.precision - wanted.scale;
  }
  if (found.kind === 'float' && wanted.kind === 'double') return true;
  return found.kind === wanted.kind && found.label === wanted.label;
}
