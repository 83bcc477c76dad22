import type { RowCounts } from '../lambda/compaction/protocol/result';
import type { Dataset } from '../lib/dataset';
import { acceptedRows, tooFew } from './accepted';
import { type Accounting, type Content, readContent, settle } from './accounting';
import { type CompactionReport, compactLake, mostFrequent, NOTHING_DONE } from './compact';
import { scaled } from './estimate/scale';
import type { InputCodec } from './estimate/workload';
import { bytes, count, plural, seconds } from './format';
import { publishLocally } from './iceberg/publish';
import { type IngestResult, ingestFiles } from './ingest-files';
import type { Discovered } from './input/discover';
import { type ErasedRows, readErased } from './input/erased';
import { Loader } from './input/loader';
import { type Inbox, preserveRaw } from './input/preserve';
import type { Quarantined } from './input/quarantined';
import { type ReadablePaths, readablePaths } from './input/readable';
import { type RowsIn, readRowsIn } from './input/rows-in';
import type { LocalLake } from './lake';
import { GENERATED, loadGenerated } from './load-generated';
import type { Scale } from './options';
import type { PostedCounts, PostRows } from './posted';
import { compareQueries, type QueryResult } from './query';
import type { RunResult } from './result';
import { QueryEngine } from './tables/engine';
import { viewCurated, viewRaw } from './tables/views';
import type { Terminal } from './terminal';
import { postRows } from './through-ingest';

/** Quarantined lines that are shown; the rest is in the bucket. */
const LINES_SHOWN = 100;
/** Objects in no partition that are named. */
const NAMES_SHOWN = 20;

/** What fills the lake: so many generated rows, files, or nothing beyond what is in it. */
export type Source = { readonly rows: number } | { readonly kept: true } | Discovered;

export interface RunOptions {
  /** Whether generated rows go through the ingest gateway. @default false */
  readonly throughIngest?: boolean;
  /** Least share of rows that must be accepted, 0 to 1. @default at least one row */
  readonly minAccepted?: number | undefined;
  /** For what amount of raw data the result says what it would cost. @default none */
  readonly scale?: Scale | undefined;
}

/**
 * Fills the lake, compacts it, queries both zones and settles the account.
 */
/** Rows that no longer show, or never did, for another row of their key. */
const superseded = (counts: RowCounts): number => counts.duplicates + counts.superseded + counts.deletions;

export async function run(
  dataset: Dataset,
  source: Source,
  lake: LocalLake,
  terminal: Terminal,
  { throughIngest = false, minAccepted, scale }: RunOptions = {},
): Promise<RunResult> {
  const engine = await QueryEngine.open(lake.scratch);
  try {
    const clock = stopwatch();
    const loader = new Loader(lake, dataset);
    const before = throughIngest ? rowsOf(await readRowsIn(lake, dataset)) : 0;
    const known = new Set(ledgerKeys(lake, dataset));
    const { posted, ...ingested } = await load(loader, engine, terminal, source, throughIngest ? postRows : undefined);
    const inbox = await preserveRaw(lake, dataset);
    const loadSeconds = clock();
    const compaction = await compact(lake, dataset, inbox, terminal);
    const iceberg = dataset.iceberg === true ? await publishLocally(lake, engine, dataset) : null;
    const compactSeconds = clock();
    const { accounting, rowsIn, queries, unread } = await examine(
      lake,
      engine,
      dataset,
      terminal,
      superseded(compaction.counts),
    );
    const querySeconds = clock();

    const found = rowsOf(rowsIn) - before;
    const problems = problemsOf({ accounting, posted, found, refused: compaction.refused, queries, iceberg });
    const keys = [...inbox.keys, ...ledgerKeys(lake, dataset).filter((key) => !known.has(key))].filter(
      (key) => !rowsIn.retried.has(key),
    );
    const { total, partitions } = accounting;
    const inputCodec = codecOf(ledgerKeys(lake, dataset));
    const larger = scale === undefined ? undefined : scaled(dataset, { total, partitions, queries, inputCodec }, scale);
    const accepted = acceptedRows(lake, dataset.name, rowsIn.quarantine, new Set(keys), minAccepted, rowsIn.objects);
    return {
      formatVersion: 1,
      dataset: dataset.name,
      ok: problems.length === 0 && accepted.isEnough,
      problems: accepted.isEnough ? problems : [...problems, tooFew(accepted)],
      accepted,
      input: {
        kind: 'rows' in source ? 'generated' : 'kept' in source ? 'kept' : 'files',
        ...ingested,
        ...(posted === undefined ? {} : { posted }),
        objectsLoaded: loader.loaded.objects,
        rowsLoaded: loader.loaded.rows,
        bytesLoaded: loader.loaded.bytes,
        skipped: 'skipped' in source ? source.skipped : [],
      },
      total: accounting.total,
      partitions: accounting.partitions,
      unreadPartitions: unread,
      quarantine: shownQuarantine(lake, rowsIn.quarantine),
      queries,
      ...(larger === undefined ? {} : { scaled: larger }),
      compaction: {
        tasks: compaction.tasks,
        reported: compaction.counts,
        filesReplaced: compaction.filesReplaced,
        filesWritten: compaction.filesWritten,
        undeclared: mostFrequent([...compaction.undeclared, ...loader.undeclared]),
        otherUndeclared: compaction.otherUndeclared,
        outsidePartition: compaction.outsidePartition,
        unplacedObjects: inbox.unplaced.length,
        unplacedNames: inbox.unplaced.slice(0, NAMES_SHOWN),
      },
      iceberg,
      seconds: {
        load: loadSeconds,
        compact: compactSeconds,
        query: querySeconds,
        total: loadSeconds + compactSeconds + querySeconds,
      },
      peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
    };
  } finally {
    engine.close();
  }
}

/** What a run found out, as far as it can be wrong. */
interface Findings {
  readonly accounting: Accounting;
  /** What the gateway answered, if there was one, and new rows of the raw zone. */
  readonly posted: PostedCounts | undefined;
  readonly found: number;
  readonly refused: CompactionReport['refused'];
  readonly queries: readonly Pick<QueryResult, 'title' | 'equal' | 'conflictingKeys'>[];
  readonly iceberg: { readonly rows: number } | null;
}

/** What is wrong, in words: none of it where every row is accounted for and no answer differs without reason. */
export function problemsOf({ accounting, posted, found, refused, queries, iceberg }: Findings): string[] {
  const problems = [...accounting.problems];
  if (posted !== undefined && posted.stored !== found) {
    problems.push(`the gateway acknowledged ${posted.stored} new rows, but ${found} came into the raw zone`);
  }
  for (const { key, error } of refused) {
    problems.push(`${key} could not be read and stays in the inbox: ${error}`);
  }
  for (const { title, equal, conflictingKeys } of queries) {
    if (!equal && conflictingKeys === 0) {
      problems.push(`"${title}": the zones give different answers`);
    }
  }
  if (iceberg !== null && iceberg.rows !== accounting.total.rowsOut)
    problems.push(`the Iceberg table has ${iceberg.rows} rows, but the curated table ${accounting.total.rowsOut}`);
  return problems;
}

/** That of most objects, by their names. */
export function codecOf(keys: readonly string[]): InputCodec {
  const of = (ending: RegExp): number => keys.filter((key) => ending.test(key)).length;
  const [gzip, zstd] = [of(/\.gz$/), of(/\.zst$/)];
  if (keys.length - gzip - zstd > Math.max(gzip, zstd)) return 'none';
  return gzip >= zstd ? 'gzip' : 'zstd';
}

const ledgerKeys = ({ ledger }: LocalLake, { name }: Dataset): string[] =>
  [...ledger.objects(name), ...ledger.unplaced(name)].map(({ key }) => key);

const rowsOf = ({ objects }: RowsIn): number => objects.reduce((sum, { rows }) => sum + (rows ?? 0), 0);

type Loaded = IngestResult & { readonly posted?: PostedCounts };

async function load(
  loader: Loader,
  engine: QueryEngine,
  terminal: Terminal,
  source: Source,
  post: PostRows | undefined,
): Promise<Loaded> {
  if ('kept' in source) return { files: 0, alreadyTaken: 0 };
  const clock = stopwatch();
  if ('rows' in source && post !== undefined) {
    const posting = terminal.progress('Post');
    const loaded = await post(loader, source.rows, posting);
    const { requests, stored, duplicates, conflicts, rejected } = loaded.posted;
    posting.done(
      `${plural(source.rows, 'row')} in ${plural(requests, 'request')}: ${count(stored)} stored, ` +
        `${plural(duplicates, 'duplicate')}, ${plural(conflicts, 'conflict')}, ${count(rejected)} rejected, ${seconds(clock())}`,
    );
    return loaded;
  }
  const progress = terminal.progress('rows' in source ? 'Generate' : 'Take in');
  const result =
    'rows' in source
      ? await loadGenerated(loader, engine, source.rows, progress)
      : await ingestFiles(loader, engine, source, progress);
  const { objects, rows, bytes: size } = loader.loaded;
  const again = result.alreadyTaken > 0 ? `, ${plural(result.alreadyTaken, 'file')} loaded before` : '';
  progress.done(
    `${plural(rows, 'row')} in ${plural(objects, 'new object')}, ${bytes(size)}${again}, ${seconds(clock())}`,
  );
  return result;
}

async function compact(lake: LocalLake, dataset: Dataset, inbox: Inbox, terminal: Terminal): Promise<CompactionReport> {
  const clock = stopwatch();
  const progress = terminal.progress('Compact');
  // With an empty inbox nothing is planned: a second run on a kept lake leaves every object as it was.
  const report = inbox.pending === 0 ? NOTHING_DONE : await compactLake(lake, dataset, progress);
  const { counts, tasks } = report;
  const summary =
    tasks === 0
      ? 'nothing to do'
      : `${plural(counts.objectsIn, 'object')} into ${plural(counts.filesOut, 'Parquet file')}, ${bytes(counts.bytesOut)}`;
  progress.done(`${summary}, ${seconds(clock())}`);
  return report;
}

interface Examination {
  readonly accounting: Accounting;
  readonly rowsIn: RowsIn;
  readonly queries: readonly QueryResult[];
  /** Partitions whose raw files cannot be read back. */
  readonly unread: readonly string[];
}

async function examine(
  lake: LocalLake,
  engine: QueryEngine,
  dataset: Dataset,
  terminal: Terminal,
  duplicates: number,
): Promise<Examination> {
  const clock = stopwatch();
  const progress = terminal.progress('Query');
  const rowsIn = await readRowsIn(lake, dataset);
  const curated = await viewCurated(engine, lake, dataset);
  const curatedContent = await readContent(engine, dataset, curated);
  const erased = await readErased({ lake, engine, dataset, rowsIn, curated });
  const raw = await readRaw(lake, engine, dataset, rowsIn, erased);
  const evidence = { lake, dataset, ...rowsIn, curated, curatedContent, erased };
  const accounting = settle({ ...evidence, rawContent: raw.content, unread: new Set(raw.unread), duplicates });
  progress.update(0.25);
  const { readable } = raw;
  let { unread } = raw;
  let queries: readonly QueryResult[] = [];
  if (readable !== undefined && unread.length === 0) {
    const steps = { ...progress, update: (done: number) => progress.update(0.25 + 0.75 * done) };
    // A query touches other columns than the account does, and may find what cannot be read back.
    queries = await compareQueries(engine, lake, dataset, readable, steps).catch(() => {
      unread = [...new Set(rowsIn.objects.map(({ partition }) => partition))];
      return [];
    });
  }
  progress.done(`${plural(queries.length, 'query', 'queries')} on both zones, ${seconds(clock())}`);
  return { accounting, rowsIn, queries, unread };
}

interface RawReading {
  /** Undefined when not even the files could be prepared. */
  readonly readable: ReadablePaths | undefined;
  readonly content: ReadonlyMap<string, Content>;
  readonly unread: readonly string[];
}

/**
 * Reads the raw zone back. DuckDB's CSV reader is stricter than compaction; only if it refuses are the files copied in a
 * form that it takes. What it cannot read even then is set aside, partition by partition: the rows are safe in the curated
 * zone by now, and the account is to be told.
 */
async function readRaw(
  lake: LocalLake,
  engine: QueryEngine,
  dataset: Dataset,
  rowsIn: RowsIn,
  erased: ErasedRows,
): Promise<RawReading> {
  const { objects } = rowsIn;
  const hasCsv = objects.some(({ format }) => format === 'csv');
  let readable: ReadablePaths | undefined;
  for (const normalizeCsv of hasCsv ? [false, true] : [false]) {
    try {
      readable = await readablePaths(lake, engine, dataset, rowsIn, erased, normalizeCsv);
      const view = await viewRaw(engine, lake, dataset, readable);
      return { readable, content: await readContent(engine, dataset, view), unread: [] };
    } catch {
      // The next way, or each partition by itself.
    }
  }
  const content = new Map<string, Content>();
  const unread: string[] = [];
  for (const partition of new Set(objects.map((object) => object.partition))) {
    try {
      if (readable === undefined) throw new Error('no file can be read');
      const values = Object.fromEntries(partition.split('/').map((part) => part.split('=') as [string, string]));
      const view = await viewRaw(engine, lake, dataset, readable, values);
      for (const entry of await readContent(engine, dataset, view)) content.set(...entry);
    } catch {
      unread.push(partition);
    }
  }
  return { readable, content, unread };
}

/** The first lines and every object, by the files that they are from. */
export function shownQuarantine(
  lake: Pick<LocalLake, 'ledger'>,
  quarantine: readonly Quarantined[],
): RunResult['quarantine'] {
  const place = ({ partition, key, reason }: Quarantined) => {
    const loaded = lake.ledger.get(key);
    const source = loaded === undefined || loaded.source.startsWith(GENERATED) ? key : loaded.source;
    return { partition, source, object: loaded?.kind === 'object' && !loaded.whole ? key : null, reason };
  };
  const lines = quarantine.flatMap((entry) => (entry.line === null ? [] : [{ ...place(entry), line: entry.line }]));
  const objects = quarantine.filter(({ line }) => line === null).map(place);
  return {
    lines: lines.slice(0, LINES_SHOWN),
    objects: objects.map(({ partition, source, reason }) => ({ partition, source, reason })),
  };
}

/** Each call answers the seconds since the last one. */
function stopwatch(): () => number {
  let last = performance.now();
  return () => {
    const now = performance.now();
    const elapsed = (now - last) / 1000;
    last = now;
    return elapsed;
  };
}
