import { gzipSync } from 'node:zlib';
import { type DatasetDefinition, manifestPrefix, parseDataset, rawPrefix } from '../../../lib/dataset';
import { RealLake } from '../../compaction/support/real-lake';

export type Rows = readonly Record<string, unknown>[];

export interface Through {
  readonly rows: Rows;
  /** Reasons of rejected lines, in order. */
  readonly rejected: readonly string[];
}

/**
 * Puts objects below the inbox of a dataset, compacts them as deployed, and reads the curated table.
 *
 * @param objects by their path; text that ends in `.gz` by its name is compressed
 */
export async function through(
  definition: DatasetDefinition,
  objects: Readonly<Record<string, string | Buffer>>,
  select: string,
): Promise<Through> {
  const dataset = parseDataset(definition);
  const lake = await RealLake.open();
  try {
    for (const [path, content] of Object.entries(objects)) {
      const body = path.endsWith('.gz') ? gzipSync(content) : Buffer.from(content);
      await lake.store.put('raw', `${rawPrefix(dataset.name)}${path}`, body);
    }
    await lake.compact(dataset);
    const prefix = manifestPrefix(dataset.name);
    const rows: Record<string, unknown>[] = [];
    for (const key of (await lake.keys('curated', prefix)).sort()) {
      const partition = key.slice(prefix.length, key.lastIndexOf('/'));
      rows.push(...(await lake.query(dataset, select, `ORDER BY "${dataset.eventTime}"`, partition)));
    }
    return { rows, rejected: (await lake.quarantined()).map(({ reason }) => reason) };
  } finally {
    await lake.close();
  }
}
