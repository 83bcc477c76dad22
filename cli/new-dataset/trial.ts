import type { Dataset } from '../../lib/dataset';
import { type Accepted, acceptedRows } from '../accepted';
import { compactLake } from '../compact';
import { ingestFiles } from '../ingest-files';
import { discover } from '../input/discover';
import { Loader } from '../input/loader';
import { preserveRaw } from '../input/preserve';
import { type Quarantined, readQuarantine } from '../input/quarantined';
import { openLake } from '../lake';
import { QueryEngine } from '../tables/engine';
import { useDataset } from './own-datasets';

export interface Refusal {
  readonly reason: string;
  /** Where it was met first. */
  readonly source: string;
  readonly line: number | null;
  /** Rows or, for a file as a whole, files. */
  readonly count: number;
  readonly isFile: boolean;
}

export interface Trial extends Accepted {
  /** Files that were taken in. */
  readonly files: number;
  /** By reason, the most frequent first. */
  readonly refusals: readonly Refusal[];
}

const SILENT = { update: () => undefined, done: () => undefined };

/** Takes the files of a folder into a lake that is thrown away, as `npm start` does, and counts what it accepts. */
export async function tryOut(dataset: Dataset, folder: string): Promise<Trial> {
  useDataset(dataset);
  const source = await discover(folder, dataset);
  const lake = await openLake();
  try {
    const engine = await QueryEngine.open(lake.scratch);
    try {
      await ingestFiles(new Loader(lake, dataset), engine, source, SILENT);
    } finally {
      engine.close();
    }
    const inbox = await preserveRaw(lake, dataset);
    if (inbox.pending > 0) await compactLake(lake, dataset, SILENT);
    const quarantine = await readQuarantine(lake, dataset);
    const keys = [...lake.ledger.objects(dataset.name), ...lake.ledger.unplaced(dataset.name)].map(({ key }) => key);
    const accepted = acceptedRows(lake, dataset.name, quarantine, new Set(keys), undefined);
    return {
      ...accepted,
      files: source.files.length,
      refusals: byReason(quarantine, (key) => lake.ledger.get(key)?.source ?? key),
    };
  } finally {
    await lake.close();
  }
}

/** What differs from row to row in reasons. */
const VALUE = /(found|got|but got) .*$/;

function byReason(quarantine: readonly Quarantined[], sourceOf: (key: string) => string): Refusal[] {
  const found = new Map<string, Refusal & { count: number }>();
  for (const { key, line, reason } of quarantine) {
    const form = `${line === null}${reason.replace(VALUE, '$1')}`;
    const known = found.get(form);
    found.set(
      form,
      known === undefined
        ? { reason, source: sourceOf(key), line, count: 1, isFile: line === null }
        : { ...known, count: known.count + 1 },
    );
  }
  return [...found.values()].sort((a, b) => b.count - a.count);
}
