import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { entriesIn } from '../../lambda/compaction/protocol/quarantine';
import { type Dataset, rejectedLinesPrefix } from '../../lib/dataset';
import { BUCKETS, type LocalLake } from '../lake';

/** One rejected line, or one whole object when `line` is null. */
export interface Quarantined {
  readonly partition: string;
  /** Key of the raw object, or path of the input file when no partition could be found. */
  readonly key: string;
  readonly line: number | null;
  /** Number of the record in the object, for JSON. */
  readonly record: number | null;
  readonly reason: string;
  /** Key of the quarantine object that says so. */
  readonly entry: string;
}

/** Everything of a dataset that lies in the quarantine bucket, read from its files. */
export async function readQuarantine(lake: LocalLake, dataset: Dataset): Promise<Quarantined[]> {
  const root = join(lake.root, BUCKETS.quarantine, rejectedLinesPrefix(dataset.name));
  if ((await stat(root).catch(() => undefined)) === undefined) {
    return [];
  }
  const found: Quarantined[] = [];
  for (const entry of await readdir(root, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) {
      continue;
    }
    const partition = relative(root, entry.parentPath).split('\\').join('/');
    const key = relative(join(lake.root, BUCKETS.quarantine), join(entry.parentPath, entry.name)).split('\\').join('/');
    for (const one of entriesIn(await readFile(join(entry.parentPath, entry.name)))) {
      const { source_key: source, line, record, reason } = one;
      found.push({ partition, key: source, line, record: record ?? null, reason, entry: key });
    }
  }
  const place = (entry: Quarantined): string => `${entry.partition}/${entry.key}`;
  return found.sort((a, b) => compare(place(a), place(b)) || (a.line ?? 0) - (b.line ?? 0));
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
