import type { Dataset } from '../../lib/dataset';
import { mapConcurrently } from '../compaction/concurrency';
import type { Lake } from '../compaction/protocol/lake';
import type { Telemetry } from '../compaction/runtime/telemetry';
import type { Catalog } from './catalog';
import { publish } from './publish';

/** Publications at a time; each waits for S3 and Glue most of the time. */
const IN_FLIGHT = 4;

export interface Publications {
  /** Datasets whose table has a new version. */
  readonly published: number;
  readonly unchanged: number;
}

/** What a catalog of a whole lake offers besides. */
export interface LakeCatalog extends Catalog {
  list(): Promise<readonly string[]>;
  drop(table: string): Promise<void>;
}

export interface PublisherSettings {
  readonly declared: readonly Dataset[];
  readonly telemetry: Telemetry;
  /** No publication begins once this is so. */
  readonly isOver: () => boolean;
}

/**
 * Publishes every dataset with `iceberg: true`, and drops the tables of those that have it no more. A dataset that fails stops no other.
 * Each run begins with another dataset, so that none is left out each time.
 *
 * @param datasets only these, and nothing is dropped. @default all
 * @throws PublicationError that names the datasets that failed, or for which there was no time
 */
export async function publishAll(
  lake: Lake,
  catalog: LakeCatalog,
  { declared: all, telemetry, isOver }: PublisherSettings,
  datasets?: readonly string[],
): Promise<Publications> {
  const own = all.filter(({ iceberg }) => iceberg === true);
  if (datasets === undefined) await dropOthers(catalog, own);
  const chosen = own.filter(({ name }) => datasets?.includes(name) ?? true);
  const first = chosen.length === 0 ? 0 : Math.floor(lake.now().getTime() / 60_000) % chosen.length;
  const failures: string[] = [];
  let published = 0;
  await mapConcurrently([...chosen.slice(first), ...chosen.slice(0, first)], IN_FLIGHT, async (dataset) => {
    try {
      if (isOver()) throw new Error('there was no time left; the next run publishes it');
      const outcome = await publish(lake, catalog, dataset);
      if (outcome.outcome === 'published') published++;
      telemetry.emitMetrics(dataset.name, { SnapshotsBehind: 0, ForeignSnapshots: Number(outcome.wasForeign) });
      telemetry.log('info', 'Published', { dataset: dataset.name, ...outcome });
    } catch (error) {
      telemetry.emitMetrics(dataset.name, { SnapshotsBehind: 1 });
      telemetry.log('error', 'Not published', { dataset: dataset.name, error: String(error) });
      failures.push(`${dataset.name}: ${String(error)}`);
    }
  });
  if (failures.length > 0) throw new PublicationError(failures.join('; '));
  return { published, unchanged: chosen.length - published };
}

export class PublicationError extends Error {
  override readonly name = 'PublicationError';
}

async function dropOthers(catalog: LakeCatalog, own: readonly Dataset[]): Promise<void> {
  const names = new Set(own.map(({ name }) => name));
  for (const table of await catalog.list()) if (!names.has(table)) await catalog.drop(table);
}
