import { createHash, randomBytes } from 'node:crypto';
import { type ColumnType, type Dataset, parsePartitionPath, partitionInterval, pathValues } from '../../../lib/dataset';
import { erasurePrefix } from '../../../lib/dataset/layout';
import { canonical, plainNumber } from './key-text';
import type { Lake, PartitionRef } from './lake';
import { lineReader } from './line-values';

/**
 * What was erased, so that a replay leaves it out: raw versions have the rows until they expire. One object for each erase, written
 * before it removes anything and again when it ends; what was committed up to then is what it erased. Of the keys it has salted digests: who
 * reads it learns no key, and can only try guesses.
 */
export interface Erasure {
  /** A column, a field of a struct as `user.id`, or a partition key. */
  readonly column: string;
  /** Number of keys. */
  readonly keys: number;
  readonly salt: string;
  /** {@link digestOf} the keys as {@link valueText} has them. */
  readonly values: readonly string[];
  /** {@link digestOf} the keys as they were given, which may stand in a line so. */
  readonly forms: readonly string[];
  /** Which partitions it was about: one, those of a time (epoch milliseconds), or all. */
  readonly partition: string | null;
  readonly from: number | null;
  readonly to: number | null;
  /** When it began, ISO 8601. */
  readonly began: string;
  /** Set once it ended: rows, lines in quarantine, and objects that still had rows, or may have had. */
  readonly erased: { readonly rows: number; readonly lines: number; readonly left: number } | null;
}

/** As it is kept. */
export interface KeptErasure extends Erasure {
  readonly key: string;
  readonly etag: string;
  /** What was committed up to then is what it erased; by the clock of the store. */
  readonly at: Date;
}

export const digestOf = (salt: string, text: string): string =>
  createHash('sha256')
    .update(salt + text)
    .digest('hex');

/** @param texts the keys as {@link valueText} has them @param given the keys as they were given */
export function newErasure(
  texts: readonly string[],
  given: readonly string[],
  about: Pick<Erasure, 'column' | 'partition' | 'from' | 'to' | 'began'>,
): Erasure {
  const salt = randomBytes(32).toString('hex');
  const digests = (all: readonly string[]): string[] => [...new Set(all)].map((text) => digestOf(salt, text)).sort();
  const { column, partition, from, to, began } = about;
  const [values, forms] = [digests(texts), digests(given.map(canonical))];
  return {
    column,
    keys: texts.length,
    salt,
    values,
    forms,
    partition,
    from,
    to,
    began,
    erased: null,
  };
}

/** @param id names the erase among those of the dataset */
export async function keepErasure(lake: Lake, dataset: string, id: string, erasure: Erasure): Promise<string> {
  const key = `${erasurePrefix(dataset)}${id}.json`;
  await lake.store.put(lake.buckets.curated, key, Buffer.from(JSON.stringify(erasure)));
  return key;
}

/** The erasures of a dataset, in the order of their keys. */
export async function readErasuresOf(lake: Lake, { name }: Dataset): Promise<readonly KeptErasure[]> {
  const found: KeptErasure[] = [];
  for await (const { key } of lake.store.list(lake.buckets.curated, erasurePrefix(name))) {
    const object = await lake.store.get(lake.buckets.curated, key);
    // Expired since it was listed.
    if (object === undefined) continue;
    const erasure = JSON.parse(object.body.toString('utf8')) as Erasure;
    found.push({ ...erasure, key, etag: object.etag, at: object.lastModified });
  }
  return found;
}

/** Those of them that were about a partition. */
export const readErasures = async (lake: Lake, ref: PartitionRef): Promise<readonly KeptErasure[]> =>
  (await readErasuresOf(lake, ref.dataset)).filter((erasure) => isAbout(erasure, ref));

export const sameErasures = (a: readonly KeptErasure[], b: readonly KeptErasure[]): boolean =>
  a.length === b.length && a.every(({ key, etag }, index) => key === b[index]?.key && etag === b[index]?.etag);

export function isAbout({ partition, from, to }: Erasure, ref: PartitionRef): boolean {
  if (partition !== null) return partition === ref.partition;
  if (!parsePartitionPath(ref.dataset, ref.partition).ok) return false;
  const { start, end } = partitionInterval(ref.dataset, ref.partition);
  return start.getTime() < (to ?? Number.POSITIVE_INFINITY) && end.getTime() > (from ?? Number.NEGATIVE_INFINITY);
}

/** Finds lines in which a key stands as a whole value; all lines of an object where the key is one of the partition, or stands in the path of the object. */
export function erasedLines(
  ref: PartitionRef,
  erasures: readonly Erasure[],
): (line: Buffer, rawKey: string) => boolean {
  // A replay asks for each group, mostly without an erasure: a reader of lines compiles the pattern of the dataset.
  if (erasures.length === 0) return () => false;
  const read = lineReader(ref.dataset);
  const own = erasures.map((erasure): ((valuesOf: () => readonly string[], rawKey: string) => boolean) => {
    const whole = isWholePartition(ref, erasure);
    if (whole !== undefined) return () => whole;
    const { salt, column } = erasure;
    const [forms, values] = [new Set(erasure.forms), new Set(erasure.values)];
    const type = keyType(ref.dataset, column);
    const isKey = (value: string): boolean => {
      if (forms.has(digestOf(salt, canonical(value)))) return true;
      const number = type === undefined ? undefined : numberKey(type, value);
      return number !== undefined && values.has(digestOf(salt, number));
    };
    return (valuesOf, rawKey) => {
      const given = pathKey(ref.dataset, column, rawKey);
      return given === undefined ? valuesOf().some(isKey) : values.has(digestOf(salt, given));
    };
  });
  return (line, rawKey) => {
    let found: readonly string[] | undefined;
    const valuesOf = (): readonly string[] => {
      found ??= read(line, rawKey).flatMap((one) => one.values);
      return found;
    };
    return own.some((isErased) => isErased(valuesOf, rawKey));
  };
}

/** The value that the path of a raw object gives to a column, as keys are compared; undefined where the rows have it. */
export function pathKey(dataset: Dataset, column: string, rawKey: string): string | undefined {
  const value = pathValues(dataset, rawKey)?.[column];
  return value === undefined ? undefined : canonical(value);
}

/** Whether all rows of the partition were erased, or none; undefined when the keys are not those of a partition. */
export function isWholePartition({ dataset, partition }: PartitionRef, erasure: Erasure): boolean | undefined {
  if (!dataset.partition.leading.some(({ name }) => name === erasure.column)) return undefined;
  const parsed = parsePartitionPath(dataset, partition);
  const value = parsed.ok ? parsed.values[erasure.column] : undefined;
  return value !== undefined && erasure.values.includes(digestOf(erasure.salt, value));
}

const KEY_KINDS: readonly ColumnType['kind'][] = [
  'string',
  'tinyint',
  'smallint',
  'int',
  'bigint',
  'decimal',
  'date',
  'timestamp',
];

/** A number as keys of a column of numbers are compared; undefined: it is none, or the column has none. */
export const numberKey = ({ kind }: ColumnType, text: string): string | undefined =>
  NUMBERS.has(kind) ? plainNumber(text) : undefined;

const NUMBERS = new Set<ColumnType['kind']>(['tinyint', 'smallint', 'int', 'bigint', 'decimal']);

/** The type of what an erasure is about; undefined when the dataset has no such column, or none whose values can be keys. */
export function keyType(dataset: Dataset, column: string): ColumnType | undefined {
  const [first, ...fields] = column.split('.');
  let type = dataset.columns.find(({ name }) => name === first)?.type;
  for (const name of fields) {
    type = type?.kind === 'struct' ? type.fields.find((field) => field.name === name)?.type : undefined;
  }
  return type !== undefined && KEY_KINDS.includes(type.kind) ? type : undefined;
}

/** Why rows of an erasure cannot be told from others any more; undefined: they can. */
export function whyNotErased({ dataset }: PartitionRef, erasures: readonly KeptErasure[]): string | undefined {
  const lost = erasures.find(
    ({ column }) =>
      keyType(dataset, column) === undefined && !dataset.partition.leading.some(({ name }) => name === column),
  );
  if (lost === undefined) return undefined;
  return (
    `rows of ${lost.keys} keys of "${lost.column}" were erased, and the dataset no longer declares it as a column of keys, so ` +
    `that they would come back: declare it again for the replay. It is needed as long as ${lost.key} is kept`
  );
}
