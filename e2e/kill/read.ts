import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { QueryEngine } from '../../cli/tables/engine';
import type { ObjectStore } from '../../lambda/compaction/store/object-store';
import { type Dataset, manifestKey, REJECTED_LINES_PREFIX } from '../../lib/dataset';
import { DAYS, partitionOf } from './datasets';

export const BUCKETS = { raw: 'raw', curated: 'curated', quarantine: 'quarantine' } as const;
/** The same as an S3 server has them. */
export const S3_BUCKETS = { raw: { versioned: true }, curated: {}, quarantine: {} };

/** Reads a lake as queries do: the files that its manifests list. */
export class LakeReader {
  readonly #store: ObjectStore;
  readonly #engine: QueryEngine;
  readonly #folder: string;

  /** @param folder for copies of files, which nobody ever writes again */
  constructor(store: ObjectStore, engine: QueryEngine, folder: string) {
    this.#store = store;
    this.#engine = engine;
    this.#folder = folder;
  }

  /** Keys in the curated zone that the manifests of a dataset list. */
  async listedFiles(dataset: Dataset): Promise<string[]> {
    const files: string[] = [];
    for (const day of DAYS) {
      const manifest = await this.#store.get(BUCKETS.curated, manifestKey(dataset.name, partitionOf(day)));
      for (const line of manifest?.body.toString('utf8').split('\n') ?? []) {
        if (line !== '') files.push(line.replace(`s3://${BUCKETS.curated}/`, ''));
      }
    }
    return files;
  }

  /** How often each id is in the dataset. @throws Error when a listed file is missing or broken */
  async idsOf(dataset: Dataset): Promise<Map<string, number>> {
    const rows = await this.#rowsOf(dataset, 'SELECT id, count(*)::DOUBLE AS n', 'GROUP BY id');
    return new Map(rows.map(({ id, n }) => [`${id}`, Number(n)]));
  }

  /** The largest version of each id. */
  async versionsOf(dataset: Dataset): Promise<Map<string, number>> {
    const rows = await this.#rowsOf(dataset, 'SELECT id, max(version)::DOUBLE AS version', 'GROUP BY id');
    return new Map(rows.map(({ id, version }) => [`${id}`, Number(version)]));
  }

  async #rowsOf(dataset: Dataset, select: string, rest: string) {
    const listed = await this.listedFiles(dataset);
    // A copy must not stand in for a file that is gone.
    const present = new Set(await this.keysOf(BUCKETS.curated, 'data/'));
    const missing = listed.filter((key) => !present.has(key));
    if (missing.length > 0) throw new Error(`listed, but not there: ${missing.slice(0, 3).join(', ')}`);
    if (listed.length === 0) return [];
    const paths: string[] = [];
    for (const key of listed) paths.push(await this.#copyOf(key));
    const list = paths.map((path) => `'${path}'`).join(', ');
    return await this.#engine.rows(`${select} FROM read_parquet([${list}]) ${rest}`);
  }

  /** Lines in quarantine, each as often as it is there. */
  async quarantinedLines(): Promise<string[]> {
    const lines: string[] = [];
    for (const key of await this.keysOf(BUCKETS.quarantine, REJECTED_LINES_PREFIX)) {
      const object = await this.#store.get(BUCKETS.quarantine, key);
      for (const text of object === undefined ? [] : gunzipSync(object.body).toString('utf8').split('\n')) {
        const entry = text === '' ? undefined : (JSON.parse(text) as { line: number | null; raw: string | null });
        if (entry !== undefined && entry.line !== null) lines.push(`${entry.raw}`);
      }
    }
    return lines;
  }

  async keysOf(bucket: string, prefix = ''): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of this.#store.list(bucket, prefix)) keys.push(key);
    return keys;
  }

  async #copyOf(key: string): Promise<string> {
    const path = join(this.#folder, key);
    if (existsSync(path)) return path;
    const object = await this.#store.get(BUCKETS.curated, key);
    if (object === undefined) throw new Error(`listed, but not there: ${key}`);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, object.body);
    return path;
  }
}
