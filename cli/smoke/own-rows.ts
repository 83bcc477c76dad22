import { gunzipSync } from 'node:zlib';
import { listDataFiles } from '../../lambda/compaction/protocol/data-files';
import { readManifest } from '../../lambda/compaction/protocol/manifest';
import type { ObjectInfo } from '../../lambda/compaction/store/object-store';
import { type Dataset, manifestKey, rawPrefix, recordPrefix } from '../../lib/dataset';
import { quoteIdentifier, quoteText } from '../../lib/dataset/duckdb-types';
import type { OperatedLake } from '../verbs/lake';
import { askFiles } from './committed';

/** A partition of now, where others may write as well: rows of the smoke test have ids that begin with the mark. */
export interface SharedPlace {
  readonly dataset: Dataset;
  readonly partition: string;
  readonly mark: string;
}

/** The column whose values tell rows of the smoke test from those of others. */
export const idColumn = ({ columns, dedupe }: Dataset): string | undefined =>
  columns.find(({ name, type }) => dedupe.key.includes(name) && type.kind === 'string')?.name;

/**
 * Deletes the objects that wait, as far as the smoke test alone wrote them. One that is replaced meanwhile stays.
 *
 * @returns how many objects
 */
export async function deleteOwnWaiting(lake: OperatedLake, { dataset, partition, mark }: SharedPlace): Promise<number> {
  const own: ObjectInfo[] = [];
  for await (const object of lake.store.list(lake.buckets.raw, rawPrefix(dataset.name, partition))) {
    const found = await lake.store.get(lake.buckets.raw, object.key);
    if (found?.etag === object.etag && isOwn(object.key, found.body, mark)) own.push(object);
  }
  return (await lake.store.deleteMatching(lake.buckets.raw, own)).length;
}

/** The gateway writes an event a line. What cannot be read is not its work. */
function isOwn(key: string, body: Buffer, mark: string): boolean {
  if (!key.endsWith('.json.gz')) return false;
  try {
    const lines = gunzipSync(body).toString('utf8').trimEnd().split('\n');
    return lines.every((line) => line.includes(`"${mark}`));
  } catch {
    return false;
  }
}

/**
 * Deletes a curated partition if every row of it is the smoke test's own, and it does not change meanwhile.
 *
 * @returns how many objects; undefined when rows of others are there, which keep the whole partition
 */
export async function deleteOwnCommitted(lake: OperatedLake, place: SharedPlace): Promise<number | undefined> {
  const { dataset, partition, mark } = place;
  const { curated } = lake.buckets;
  const id = quoteIdentifier(idColumn(dataset) ?? '');
  const { etag } = await readManifest(lake, place);
  const records: ObjectInfo[] = [];
  for await (const record of lake.store.list(curated, recordPrefix(dataset.name, partition))) records.push(record);
  // Also files that no manifest lists any more, or not yet.
  const files = await listDataFiles(lake, place);
  const isOthers = `NOT coalesce(starts_with(${id}, ${quoteText(mark)}), false)`;
  const [row] = await askFiles(
    lake,
    files,
    [idColumn(dataset) ?? ''],
    (all) => `SELECT count(*)::VARCHAR AS others FROM ${all} WHERE ${isOthers}`,
  );
  if (row !== undefined && row.others !== '0') return undefined;
  if (etag === undefined) return (await lake.store.deleteMatching(curated, [...files, ...records])).length;
  // Whoever commits from here on finds another manifest than the one that was looked at, and it stays.
  const key = manifestKey(dataset.name, partition);
  const [deleted] = await lake.store.deleteMatching(curated, [{ key, etag }]);
  if (deleted === undefined) return undefined;
  return 1 + (await lake.store.deleteMatching(curated, [...files, ...records])).length;
}
