import type { Dataset } from '../../lib/dataset';
import { type Accepted, acceptedRows } from '../accepted';
import { compactLake } from '../compact';
import { ingestFiles } from '../ingest-files';
import { discover } from '../input/discover';
import { Loader, type RowOrigins } from '../input/loader';
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
  /** Number of the record in the file, for JSON. */
  readonly record: number | null;
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

/** Told the share of the work that is done. */
export type Update = (done: number) => void;

/** One of two parts of the work, which take about the same time. */
const half = (update: Update, from: number) => ({
  update: (done: number) => update(from + done / 2),
  done: () => undefined,
});

/** Takes the files of a folder into a lake that is thrown away, as `npm start` does, and counts what it accepts. */
export async function tryOut(dataset: Dataset, folder: string, update: Update = () => undefined): Promise<Trial> {
  useDataset(dataset);
  const source = await discover(folder, dataset);
  const lake = await openLake();
  const origins = new Map<string, RowOrigins>();
  try {
    const engine = await QueryEngine.open(lake.scratch);
    try {
      await ingestFiles(new Loader(lake, dataset, (key, of) => origins.set(key, of)), engine, source, half(update, 0));
    } finally {
      engine.close();
    }
    const inbox = await preserveRaw(lake, dataset);
    if (inbox.pending > 0) await compactLake(lake, dataset, half(update, 0.5));
    const quarantine = await readQuarantine(lake, dataset);
    const keys = [...lake.ledger.objects(dataset.name), ...lake.ledger.unplaced(dataset.name)].map(({ key }) => key);
    const accepted = acceptedRows(lake, dataset.name, quarantine, new Set(keys), undefined);
    return {
      ...accepted,
      files: source.files.length,
      refusals: byReason(quarantine.map((one) => inFile(one, lake.ledger.get(one.key)?.source, origins.get(one.key)))),
    };
  } finally {
    await lake.close();
  }
}

/** What differs from row to row in reasons. */
const VALUE = /(found|got|but got) .*$/;

/** What was refused, by where it stands in the file, whatever object its row was put into. */
function inFile(refused: Quarantined, source = refused.key, origins?: RowOrigins): Quarantined {
  const { line } = refused;
  if (origins === undefined || line === null) return { ...refused, key: source };
  const index = origins.lines.findLastIndex((first) => first <= line);
  const from = origins.from[index];
  if (from === undefined) return { ...refused, key: source };
  return {
    ...refused,
    key: source,
    line: from.line + line - (origins.lines[index] ?? line),
    record: from.record ?? null,
  };
}

function byReason(quarantine: readonly Quarantined[]): Refusal[] {
  const found = new Map<string, { -readonly [K in keyof Refusal]: Refusal[K] }>();
  const inOrder = [...quarantine].sort(
    (a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0) || (a.line ?? 0) - (b.line ?? 0),
  );
  for (const { key: source, line, record, reason } of inOrder) {
    const form = `${line === null}${reason.replace(VALUE, '$1')}`;
    const known = found.get(form);
    if (known === undefined) found.set(form, { reason, source, line, record, count: 1, isFile: line === null });
    else known.count += 1;
  }
  return [...found.values()].sort((a, b) => b.count - a.count);
}
