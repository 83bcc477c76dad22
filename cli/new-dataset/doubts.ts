import type { Dataset } from '../../lib/dataset';
import { rawPrefix } from '../../lib/dataset/layout';
import { partitionForm } from '../../lib/dataset/partitions';
import { placeByPath } from '../../lib/dataset/placement';
import { count, plural } from '../format';
import type { ResolvedColumn } from './columns';
import type { Doubt } from './definition';
import { type TimeColumn, yearsOf } from './event-time';
import { jsonDoubts } from './json-look';
import type { KeyFinding } from './keys';
import type { Sample } from './samples';

export function timeDoubts({ time, share, column }: TimeColumn, others: readonly TimeColumn[], rows: number): Doubt[] {
  const about = { member: 'eventTime' } as const;
  const rest = others.slice(0, 5).map(({ column: { source } }) => source);
  const missing = rows - time.read;
  return [
    ...(rest.length > 0 ? [{ about, text: `other times are ${rest.join(', ')}` }] : []),
    ...(share < 1
      ? [{ about, text: `${plural(missing, 'row')} of ${count(rows)} without such a time are refused` }]
      : []),
    ...(column.resolved.times === undefined &&
    column.resolved.node.kind === 'scalar' &&
    column.resolved.node.type !== 'string'
      ? [{ about, text: 'no name says that these numbers are times; they are the only ones that may be' }]
      : []),
  ];
}

export function rangeDoubts({ time }: TimeColumn): string[] {
  const [first, last] = yearsOf(time);
  const strange = [time.first, time.last]
    .map((millis) => new Date(millis))
    .filter((date) => {
      const year = date.getUTCFullYear();
      return year < first || year > last;
    });
  const found = `times from ${dayOf(time.first)} to ${dayOf(time.last)}`;
  return [
    strange.length === 0
      ? `${found}: rows outside of the range are refused`
      : `${found}: those outside of the range are refused, as few rows have them`,
  ];
}

const dayOf = (millis: number): string => new Date(millis).toISOString().slice(0, 10);

export function notNullDoubts(
  columns: readonly ResolvedColumn[],
  required: ReadonlySet<string>,
  isTelling: boolean,
  nameOf: ReadonlyMap<string, string>,
  rows: number,
): Doubt[] {
  const complete = columns.filter(({ source, isComplete }) => isComplete && !required.has(source));
  if (complete.length === 0) return [];
  const text = isTelling
    ? `columns with a value in each of ${plural(rows, 'row')} are notNull: a row without one is refused`
    : `these have a value in every row, too few to make them notNull: ${complete.map(({ source }) => nameOf.get(source)).join(', ')}`;
  return [{ about: { member: 'columns' }, text }];
}

/** @param unique columns that told all rows apart, of which the key is one */
export function keyDoubts(
  key: KeyFinding | undefined,
  unique: readonly KeyFinding[],
  nameOf: ReadonlyMap<string, string>,
  rows: number,
): Doubt[] {
  const shown = ({ source }: KeyFinding): string => nameOf.get(source) ?? source;
  if (key === undefined) {
    const [near] = unique;
    const found =
      near === undefined
        ? 'no column is an id that each row has and no two rows share'
        : `${shown(near)} is unique, but in ${plural(near.values, 'row')} only, and ${near.least} are needed to tell`;
    return [
      {
        about: { member: 'sortBy' },
        text:
          `no dedupeKey: ${found}. Rows that are delivered twice stay twice. If the source gives each row an id of its own, ` +
          'name that column in dedupeKey: rows of one partition with the same key are kept once, so it must differ in rows that differ',
      },
    ];
  }
  const rest = unique.filter((other) => other !== key).slice(0, 3);
  const copies = key.repeated === 0 ? '' : ` but for ${plural(key.repeated, 'whole copy', 'whole copies')}`;
  return [
    {
      about: { member: 'dedupeKey' },
      text: `unique in ${plural(rows, 'row')}${copies}${rest.length === 0 ? '' : `; so is ${rest.map(shown).join(', ')}`}. Rows of one partition with the same key are kept once`,
    },
  ];
}

export function formatDoubts(sample: Sample | undefined): readonly string[] {
  if (sample?.format === 'delimited') return sample.dialect.doubts;
  if (sample?.format === 'json') return jsonDoubts(sample.look);
  return sample?.format === 'lines' ? sample.look.doubts : [];
}

/**
 * Which of the samples would lie outside of all partitions as objects of the bucket, though the local lake takes them in.
 *
 * @param dataset as it is proposed
 */
export function placeDoubts(dataset: Dataset, paths: readonly string[]): Doubt[] {
  const outside = paths.flatMap((path) => {
    const placed = placeByPath(dataset, path);
    return placed.ok ? [] : [{ path, problem: placed.problem }];
  });
  const [first] = outside;
  if (first === undefined) return [];
  const { layout } = dataset.input;
  const form = layout ?? `${partitionForm(dataset)}/`;
  const which =
    outside.length === paths.length
      ? 'no path of the samples is'
      : `${plural(outside.length, 'path')} of ${paths.length} ${outside.length === 1 ? 'is' : 'are'} not`;
  const why = first.path.includes('/') || layout !== undefined ? first.problem : 'it has no folder that tells the day';
  return [
    {
      about: { member: 'partition' },
      text:
        `${which} in a partition, such as ${JSON.stringify(first.path)}: ${why}. The lake places objects by their paths: ` +
        `deliver them below ${rawPrefix(dataset.name)}${form}, or declare input.layout for paths that tell the day otherwise`,
    },
  ];
}
