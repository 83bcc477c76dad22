import { statSync } from 'node:fs';
import { type Dataset, partitionPath, quoteIdentifier } from '../lib/dataset';
import type { ErasedRows } from './input/erased';
import type { LoadedObject } from './input/ledger';
import { UNPLACED } from './input/loader';
import type { Quarantined } from './input/quarantined';
import type { LocalLake } from './lake';
import type { QueryEngine } from './tables/engine';
import { deletesSql, orderSql } from './tables/last-rows';
import type { ZoneView } from './tables/views';

/** What became of the rows of one partition, or of all. Bytes as stored. */
export interface Figures {
  /** Rows that were put in: counted on the way in, by other code than compaction's. */
  readonly rowsIn: number;
  /** Rows that the curated table answers. */
  readonly rowsOut: number;
  /** Lines in quarantine, and the rows of objects that are there as a whole, as far as they could be counted. */
  readonly rowsQuarantined: number;
  /** Rows of the raw zone whose key came before in their partition, or, of changes, that another row supersedes or that delete. */
  readonly duplicates: number;
  /** Rows, and lines in quarantine, that `npm run lake -- erase` removed. */
  readonly erased: number;
  /** `rowsIn - rowsOut - rowsQuarantined - duplicates - erased`: rows lost, or, when negative, rows too many. */
  readonly unaccounted: number;
  /** Objects in quarantine as a whole. */
  readonly objectsQuarantined: number;
  readonly filesBefore: number;
  readonly filesAfter: number;
  readonly bytesBefore: number;
  readonly bytesAfter: number;
}

export interface PartitionFigures extends Figures {
  /** Hive path, or `unplaced` for rows that no partition could be found for. */
  readonly partition: string;
}

export interface Accounting {
  readonly total: Figures;
  /** In the order of their paths. */
  readonly partitions: readonly PartitionFigures[];
  /** What is wrong, in words; empty when every row is accounted for. */
  readonly problems: readonly string[];
}

/** Rows of one partition as a view shows them. */
export interface Content {
  /** Rows, copies included. */
  readonly rows: number;
  /** Rows with distinct dedupe keys; all rows of a dataset without one. */
  readonly distinct: number;
  /** Sum of hashes over the distinct rows: equal sets have equal sums, in whatever order. */
  readonly digest: string;
}

/** Reads what a zone holds, by partition path, from its view. */
export async function readContent(
  engine: QueryEngine,
  dataset: Dataset,
  { name, partitions }: ZoneView,
): Promise<Map<string, Content>> {
  const identity = (dataset.dedupe.key.length > 0 ? dataset.dedupe.key : exactColumns(dataset))
    .map(quoteIdentifier)
    .join(', ');
  const groups =
    dataset.dedupe.key.length > 0
      ? `SELECT "partition no", count(*) AS copies, hash(${identity}) AS digest FROM ${name} GROUP BY "partition no", ${identity}`
      : `SELECT "partition no", 1 AS copies, hash(${identity}) AS digest FROM ${name}`;
  const rows = await engine.rows(
    name === 'raw' && dataset.dedupe.deleted !== undefined
      ? withoutDeleted(dataset, identity)
      : `SELECT "partition no", sum(copies)::DOUBLE AS n, count(*)::DOUBLE AS kept,
    sum(digest::HUGEINT)::VARCHAR AS digest FROM (${groups}) GROUP BY "partition no"`,
  );
  return new Map(
    rows.map((row) => {
      const values = partitions[Number(row['partition no'])]?.values ?? {};
      const content = { rows: Number(row.n), distinct: Number(row.kept), digest: `${row.digest}` };
      return [partitionPath(dataset, values), content];
    }),
  );
}

/** The same of keys of the raw zone whose last row does not delete them. */
function withoutDeleted(dataset: Dataset, identity: string): string {
  return `SELECT "partition no", sum(copies)::DOUBLE AS n, (count(*) FILTER (live))::DOUBLE AS kept,
    coalesce(sum(digest::HUGEINT) FILTER (live), 0)::VARCHAR AS digest
    FROM (SELECT "partition no", count(*) AS copies, hash(${identity}) AS digest, bool_or(live) AS live
      FROM (SELECT *, row_number() OVER (PARTITION BY "partition no", ${identity} ORDER BY ${orderSql(dataset)}) = 1
          AND NOT ${deletesSql(dataset)} AS live FROM raw)
      GROUP BY "partition no", ${identity})
    GROUP BY "partition no"`;
}

/** Columns whose values survive every format unchanged, so that their hashes may be compared. */
const EXACT = new Set(['boolean', 'tinyint', 'smallint', 'int', 'bigint', 'string', 'date', 'timestamp']);
const exactColumns = ({ columns }: Dataset): string[] =>
  columns.filter(({ type }) => EXACT.has(type.kind)).map(({ name }) => name);

export interface Evidence {
  readonly lake: LocalLake;
  readonly dataset: Dataset;
  /** Each row of a producer once. @default those of the ledger */
  readonly objects?: readonly LoadedObject[];
  readonly quarantine: readonly Quarantined[];
  readonly curated: ZoneView;
  readonly rawContent: ReadonlyMap<string, Content>;
  readonly curatedContent: ReadonlyMap<string, Content>;
  /** Partitions whose raw files cannot be read back. @default none */
  readonly unread?: ReadonlySet<string>;
  /** What erases removed. `rawContent` is without it. @default nothing */
  readonly erased?: Pick<ErasedRows, 'rows' | 'gaveWay' | 'hints'>;
  /** Duplicates that compaction reported, which stand in for those of the unread partitions. @default 0 */
  readonly duplicates?: number;
}

/**
 * Settles the account of every partition: rows in (the ledger) must be rows out (the curated table) plus rows in
 * quarantine plus duplicates (counted in the raw zone) plus what was erased, and the rows out must be the very rows that came in.
 */
export function settle(evidence: Evidence): Accounting {
  const { lake, dataset, quarantine, curated, rawContent, curatedContent } = evidence;
  const open = new Map<string, { -readonly [Name in keyof Figures]: Figures[Name] }>();
  const account = (partition: string) => {
    const found = open.get(partition) ?? { ...NOTHING };
    open.set(partition, found);
    return found;
  };
  for (const { partition, rows, bytes } of evidence.objects ?? lake.ledger.objects(dataset.name)) {
    const figures = account(partition);
    figures.rowsIn += rows ?? 0;
    figures.filesBefore += 1;
    figures.bytesBefore += bytes;
  }
  for (const { rows } of lake.ledger.unplaced(dataset.name)) {
    account(UNPLACED).rowsIn += rows ?? 0;
  }
  for (const refused of quarantine) {
    const { partition, line } = refused;
    const figures = account(partition);
    figures.rowsQuarantined += rowsRefused(lake, refused) ?? 0;
    figures.objectsQuarantined += line === null ? 1 : 0;
  }
  for (const { values, files } of curated.partitions) {
    const figures = account(partitionPath(dataset, values));
    figures.filesAfter += files.length;
    figures.bytesAfter += files.reduce((sum, file) => sum + statSync(file).size, 0);
  }
  const problems: string[] = [];
  const counted = [...rawContent.values()].reduce((sum, { rows, distinct }) => sum + rows - distinct, 0);
  let reported = Math.max(0, (evidence.duplicates ?? 0) - counted);
  const partitions = [...open.entries()].sort(byPath).map(([partition, figures]): PartitionFigures => {
    const raw = rawContent.get(partition);
    const out = curatedContent.get(partition);
    const rowsOut = out?.rows ?? 0;
    const isUnread = evidence.unread?.has(partition) === true;
    const erased = evidence.erased?.rows.get(partition) ?? 0;
    const missing = figures.rowsIn - rowsOut - figures.rowsQuarantined - erased;
    const gaveWay = evidence.erased?.gaveWay.get(partition) ?? 0;
    const duplicates = isUnread
      ? Math.max(0, Math.min(reported, missing))
      : (raw?.rows ?? 0) - (raw?.distinct ?? 0) + gaveWay;
    reported -= isUnread ? duplicates : 0;
    const unaccounted = missing - duplicates;
    if (unaccounted !== 0) {
      const rows = Math.abs(unaccounted);
      const what = unaccounted > 0 ? 'missing' : 'too many';
      problems.push(`${partition}: ${rows === 1 ? '1 row is' : `${rows} rows are`} ${what}`);
    } else if (!isUnread && (raw?.digest ?? NO_DIGEST) !== (out?.digest ?? NO_DIGEST)) {
      problems.push(`${partition}: as many rows came out as went in, but not the same ones`);
    }
    return { partition, ...figures, rowsOut, duplicates, erased, unaccounted };
  });
  if (problems.length > 0) problems.push(...(evidence.erased?.hints ?? []));
  return { total: sum(partitions), partitions, problems };
}

/** Rows that an entry of the quarantine speaks of; null for an object as a whole whose rows could not be counted. */
export function rowsRefused({ ledger }: LocalLake, { key, line, entry }: Quarantined): number | null {
  return line === null ? ((ledger.get(key) ?? ledger.get(entry))?.rows ?? null) : 1;
}

/** Of no rows. */
const NO_DIGEST = '0';

const NOTHING: Figures = {
  rowsIn: 0,
  rowsOut: 0,
  rowsQuarantined: 0,
  duplicates: 0,
  erased: 0,
  unaccounted: 0,
  objectsQuarantined: 0,
  filesBefore: 0,
  filesAfter: 0,
  bytesBefore: 0,
  bytesAfter: 0,
};

function sum(partitions: readonly PartitionFigures[]): Figures {
  const add = (a: Figures, b: Figures): Figures => ({
    rowsIn: a.rowsIn + b.rowsIn,
    rowsOut: a.rowsOut + b.rowsOut,
    rowsQuarantined: a.rowsQuarantined + b.rowsQuarantined,
    duplicates: a.duplicates + b.duplicates,
    erased: a.erased + b.erased,
    unaccounted: a.unaccounted + b.unaccounted,
    objectsQuarantined: a.objectsQuarantined + b.objectsQuarantined,
    filesBefore: a.filesBefore + b.filesBefore,
    filesAfter: a.filesAfter + b.filesAfter,
    bytesBefore: a.bytesBefore + b.bytesBefore,
    bytesAfter: a.bytesAfter + b.bytesAfter,
  });
  return partitions.reduce(add, NOTHING);
}

const byPath = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);
