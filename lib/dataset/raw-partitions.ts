import type { LayoutPart, TimePlaceholder } from './layout-template';
import { TIME_PLACEHOLDERS } from './layout-template';
import type { Dataset } from './model';
import { type PartitionKey, partitionKeys, SCHEME_KEYS, type TimeKey } from './partitions';
import { layoutTemplate, pathColumns } from './placement';

/** How Athena finds the raw objects of a dataset by the values of keys. */
export interface RawPartitions {
  /** Keys of the raw table, outermost first: columns that the path gives, then the keys of the dataset. */
  readonly keys: readonly PartitionKey[];
  /** Names of the keys that are columns of the curated table. Every query gives each with an equality. */
  readonly fromColumns: readonly string[];
  /** Folders of a partition below the table's location, with a slash at the end: `logs/${region}/${year}/${month}/`. */
  readonly path: string;
  /** Keys of time whose values have no leading zeros in the path. */
  readonly unpadded: ReadonlySet<string>;
}

/**
 * The partitions of the raw table; undefined where a location template cannot say where they lie: `*` has no value, a
 * folder of the hour before one that is needed would be a key that the dataset does not have, and a location is a folder.
 * Finer folders below do no harm: Athena reads whatever lies below a location.
 */
export function rawPartitions(dataset: Dataset): RawPartitions | undefined {
  const template = layoutTemplate(dataset);
  const own = partitionKeys(dataset);
  if (template === undefined) {
    const path = own.map(({ name }) => `${name}=\${${name}}/`).join('');
    return { keys: own, fromColumns: [], path, unpadded: new Set() };
  }
  const names = new Set(own.map(({ name }) => name));
  const columns = new Set(pathColumns(dataset).map(({ name }) => name));
  const timeKeys = new Set<TimeKey>(SCHEME_KEYS[dataset.partition.scheme]);
  const unpadded = new Set<string>();
  const found = new Set<string>();
  let path = '';
  for (const [index, segment] of template.segments.entries()) {
    if ([...names].every((name) => found.has(name))) break;
    if (template.isOpen && index === template.segments.length - 1) return undefined;
    for (const part of timeKeys.has('dt') ? joinDays(segment) : segment) {
      if (part.kind === 'text') {
        path += part.text;
        continue;
      }
      const name = part.kind === 'dt' ? 'dt' : keyOf(part);
      const isKey = name !== undefined && (names.has(name) || columns.has(name));
      // A key that stood in a location twice would be known to no documentation.
      if (!isKey || found.has(name)) return undefined;
      found.add(name);
      path += `\${${name}}`;
      if (part.kind === 'time' && !TIME_PLACEHOLDERS[part.placeholder].padded) unpadded.add(name);
    }
    path += '/';
  }
  if (![...names].every((name) => found.has(name))) return undefined;
  const fromColumns = [...found].filter((name) => columns.has(name));
  const extra = fromColumns.map(
    (name): PartitionKey => ({
      name,
      type: 'string',
      comment: 'From the path; every query must give one with an equality',
    }),
  );
  return { keys: [...extra, ...own], fromColumns, path, unpadded };
}

function keyOf(part: LayoutPart): string | undefined {
  if (part.kind === 'time') return TIME_PLACEHOLDERS[part.placeholder].unit;
  return part.kind === 'name' ? part.name : undefined;
}

const DAY: readonly (TimePlaceholder | '-')[] = ['yyyy', '-', 'MM', '-', 'dd'];

/** `{yyyy}-{MM}-{dd}` as one part, which is a value of the key `dt`. */
function joinDays(parts: readonly LayoutPart[]): readonly (LayoutPart | { readonly kind: 'dt' })[] {
  const at = parts.findIndex((_, index) =>
    DAY.every((wanted, offset) => {
      const part = parts[index + offset];
      return part?.kind === 'time' ? part.placeholder === wanted : part?.kind === 'text' && part.text === wanted;
    }),
  );
  return at < 0 ? parts : [...parts.slice(0, at), { kind: 'dt' as const }, ...parts.slice(at + DAY.length)];
}
