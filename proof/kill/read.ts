import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { ObjectStore } from '../../lambda/compaction/store/object-store';
import { type Dataset, manifestKey, REJECTED_LINES_PREFIX } from '../../lib/dataset';
import type { QueryEngine } from '../../local/tables/engine';
import { DAYS, partitionOf } from './datasets';

export const BUCKETS = { raw: 'raw', curated: 'curated', quarantine: 'quarantine' } as const;

/** Files that the manifests of a dataset list, as a query finds them, by their paths in the server's folder. */
export async function listedFiles(store: ObjectStore, root: string, dataset: Dataset): Promise<string[]> {
  const files: string[] = [];
  for (const day of DAYS) {
    const manifest = await store.get(BUCKETS.curated, manifestKey(dataset.name, partitionOf(day)));
    for (const line of manifest?.body.toString('utf8').split('\n') ?? []) {
      if (line !== '') files.push(join(root, line.replace('s3://', '')));
    }
  }
  return files;
}

/** How often each id is in these files. @throws Error when one is missing or broken */
export async function idsOf(engine: QueryEngine, files: readonly string[]): Promise<Map<string, number>> {
  if (files.length === 0) return new Map();
  const list = files.map((file) => `'${file}'`).join(', ');
  const rows = await engine.rows(`SELECT id, count(*)::DOUBLE AS n FROM read_parquet([${list}]) GROUP BY id`);
  return new Map(rows.map(({ id, n }) => [`${id}`, Number(n)]));
}

/** Lines in quarantine, each as often as it is there. */
export async function quarantinedLines(store: ObjectStore, root: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const { key } of store.list(BUCKETS.quarantine, REJECTED_LINES_PREFIX)) {
    for (const text of gunzipSync(readFileSync(join(root, BUCKETS.quarantine, key)))
      .toString('utf8')
      .split('\n')) {
      const entry = text === '' ? undefined : (JSON.parse(text) as { line: number | null; raw: string | null });
      if (entry !== undefined && entry.line !== null) lines.push(`${entry.raw}`);
    }
  }
  return lines;
}

export async function keysOf(store: ObjectStore, bucket: string, prefix = ''): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(bucket, prefix)) keys.push(key);
  return keys;
}
