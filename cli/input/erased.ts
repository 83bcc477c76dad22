import { createWriteStream } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { erasedSql } from '../../lambda/compaction/engine/erasure-sql';
import { checkParquet } from '../../lambda/compaction/engine/parquet-input';
import { segmentQueries, withPathColumns } from '../../lambda/compaction/engine/path-columns';
import { checksThat, passingRows } from '../../lambda/compaction/engine/row-checks';
import {
  erasedLines,
  isAbout,
  type KeptErasure,
  readErasuresOf,
  whyNotErased,
} from '../../lambda/compaction/protocol/erasures';
import { type Lake, nameOf, type PartitionRef } from '../../lambda/compaction/protocol/lake';
import { readReplaySource } from '../../lambda/compaction/protocol/replay-source';
import { createS3Client, openLake as lakeOf } from '../../lambda/compaction/runtime/lake';
import {
  type Dataset,
  partitionPath,
  pathValues,
  quoteIdentifier,
  quoteText,
  rowsDataset,
  supersedes,
} from '../../lib/dataset';
import { createValidator, type Rejection, UnreadableObjectError } from '../../lib/rows';
import { BUCKETS, type LocalLake } from '../lake';
import { fileList, type QueryEngine } from '../tables/engine';
import { orderSql } from '../tables/last-rows';
import type { KeyValues } from '../tables/projection';
import { decoded } from './decode';
import type { LoadedObject } from './ledger';
import type { RowsIn } from './rows-in';

/** What erases removed of the rows that came in. */
export interface ErasedRows {
  /** Copies of raw objects without these rows, by their keys; undefined where the copy of another object has the rows too. */
  readonly copies: ReadonlyMap<string, string | undefined>;
  /** Rows and rejected lines that were erased, by partition. */
  readonly rows: ReadonlyMap<string, number>;
  /** Rows that were left out as they gave way to a row of their key that was erased later, by partition. */
  readonly gaveWay: ReadonlyMap<string, number>;
  /** What to know where an account is not settled. */
  readonly hints: readonly string[];
}

export interface ErasedEvidence {
  readonly lake: LocalLake;
  readonly engine: QueryEngine;
  readonly dataset: Dataset;
  readonly rowsIn: RowsIn;
  /** Of the view of that name, by its `"partition no"`. */
  readonly curated: { readonly partitions: readonly { readonly values: KeyValues }[] };
}

/**
 * Finds the rows of the raw zone that were erased: those that a record of an erase names, in objects that were committed before it.
 * A row that came later is another one. Whatever else is missing stays missing.
 */
export async function readErased(evidence: ErasedEvidence): Promise<ErasedRows> {
  const { lake, dataset, rowsIn } = evidence;
  const client = createS3Client(lake.settings.s3);
  try {
    const zones = lakeOf(client, lake.settings.buckets);
    const all = await readErasuresOf(zones, dataset);
    const partitions = new Map<string, LoadedObject[]>();
    for (const object of rowsIn.objects) {
      const own = partitions.get(object.partition) ?? [];
      partitions.set(object.partition, own);
      own.push(object);
    }
    const found = { copies: new Map(), rows: new Map(), gaveWay: new Map(), hints: new Set<string>() };
    for (const [partition, objects] of partitions) {
      const ref = { dataset, partition };
      const { erasures, hints } = toldErasures(
        all.filter((erasure) => isAbout(erasure, ref)),
        ref,
      );
      for (const hint of hints) found.hints.add(hint);
      if (erasures.length === 0) continue;
      const copy = await PartitionCopy.make(evidence, ref, await groupsOf(zones, ref, objects, erasures));
      for (const [index, key] of copy.keys.entries()) found.copies.set(key, index === 0 ? copy.path : undefined);
      found.rows.set(partition, copy.erased);
      found.gaveWay.set(partition, copy.gaveWay);
    }
    return { ...found, hints: [...found.hints] };
  } finally {
    client.destroy();
  }
}

/** The erasures whose rows can be found, and what to know of the others. */
function toldErasures(all: readonly KeptErasure[], ref: PartitionRef) {
  const erasures: KeptErasure[] = [];
  const hints: string[] = [];
  for (const erasure of all) {
    const { column, keys, began, erased } = erasure;
    const lost = whyNotErased(ref, [erasure]);
    if (lost !== undefined) {
      hints.push(lost);
      continue;
    }
    erasures.push(erasure);
    if (erased === null) {
      hints.push(`an erase of ${keys} keys of "${column}" that began at ${began} has no end: repeat it`);
    }
  }
  return { erasures, hints };
}

interface Group {
  readonly erasures: readonly KeptErasure[];
  readonly objects: readonly LoadedObject[];
}

/** The objects by the erases that came after them. One that no commit names has no row in the table: all erases are about it. */
async function groupsOf(
  zones: Lake,
  ref: PartitionRef,
  objects: readonly LoadedObject[],
  erasures: readonly KeptErasure[],
): Promise<readonly Group[]> {
  const { transactions } = await readReplaySource(zones, ref);
  const committed = new Map(
    transactions.toReversed().flatMap(({ at, objects: own }) => own.map(({ key }) => [key, at] as const)),
  );
  const groups = new Map<string, { erasures: readonly KeptErasure[]; objects: LoadedObject[] }>();
  for (const object of objects) {
    const at = committed.get(object.key);
    const later = erasures.filter((erasure) => at === undefined || erasure.at >= at);
    if (later.length === 0) continue;
    const name = later.map(({ key }) => key).join('\n');
    const group = groups.get(name) ?? { erasures: later, objects: [] };
    groups.set(name, group);
    group.objects.push(object);
  }
  return [...groups.values()];
}

type Rejected = Pick<Rejection, 'line' | 'record' | 'raw'>;

const IS_ERASED = '"is erased"';

/** The rows of one partition without those that were erased, as a file. */
class PartitionCopy {
  readonly keys: string[] = [];
  path: string | undefined;
  erased = 0;
  gaveWay = 0;
  readonly #evidence: ErasedEvidence;
  readonly #ref: PartitionRef;
  readonly #folder: string;
  #files = 0;

  private constructor(evidence: ErasedEvidence, ref: PartitionRef, folder: string) {
    this.#evidence = evidence;
    this.#ref = ref;
    this.#folder = folder;
  }

  static async make(evidence: ErasedEvidence, ref: PartitionRef, groups: readonly Group[]): Promise<PartitionCopy> {
    const folder = join(evidence.lake.scratch, 'erased', encodeURIComponent(nameOf(ref)));
    await mkdir(folder, { recursive: true });
    const copy = new PartitionCopy(evidence, ref, folder);
    const files: string[] = [];
    for (const group of groups) {
      const file = await copy.#marked(group);
      if (file !== undefined) files.push(file);
    }
    if (files.length > 0) await copy.#leaveOut(files);
    return copy;
  }

  #file(): string {
    return join(this.#folder, `${this.#files++}`);
  }

  /** The rows of the group that fit, with a column that says whether they were erased. */
  async #marked({ erasures, objects }: Group): Promise<string | undefined> {
    const { engine, rowsIn } = this.#evidence;
    const isErased = erasedLines(this.#ref, erasures);
    const queries: string[] = [];
    for (const object of objects) {
      const own = rowsIn.quarantine.filter(({ key }) => key === object.key);
      if (own.some(({ line }) => line === null)) continue;
      // Several records of JSON may be in one line.
      const rejected = new Set(own.map(({ line, record }) => record ?? line));
      const onReject = ({ line, record, raw }: Rejected): void => {
        if (!rejected.has(record ?? line) && isErased(raw, object.key)) this.erased++;
      };
      queries.push(...(await unlessUnreadable(() => this.#rowsOf(object, onReject))));
      this.keys.push(object.key);
    }
    if (queries.length === 0) return undefined;
    const all = queries.map((query) => `SELECT * FROM (${query})`).join(' UNION ALL ');
    const file = this.#file();
    const marked = `SELECT *, (${erasedSql(this.#ref, erasures)}) AS ${IS_ERASED} FROM (${all})`;
    await engine.run(`COPY (${marked}) TO ${quoteText(file)} (FORMAT parquet)`);
    return file;
  }

  /** A query of the rows that compaction accepts. */
  async #rowsOf({ key, format }: LoadedObject, onReject: (rejected: Rejected) => void) {
    const { lake, engine, dataset } = this.#evidence;
    const path = join(lake.before, BUCKETS.raw, key);
    const columns = pathValues(dataset, key);
    const file = this.#file();
    if (format === 'parquet') {
      await copyFile(path, file);
      const { query, rejected } = await checkParquet(engine, rowsDataset(dataset, columns), file);
      rejected.forEach(onReject);
      return [withPathColumns(dataset, query, columns)];
    }
    const checker = createValidator(format, rowsDataset(dataset, columns), onReject);
    async function* accepted() {
      for await (const chunk of decoded(path)) yield* checker.push(chunk).map((slice) => Buffer.from(slice));
      yield* checker.end();
    }
    await pipeline(accepted(), createWriteStream(file));
    return checker.accepted === 0 ? [] : segmentQueries(dataset, [{ path: file, ...(columns && { columns }) }]);
  }

  async #leaveOut(files: readonly string[]): Promise<void> {
    const { engine, dataset } = this.#evidence;
    const { checks = [] } = dataset;
    const marked = `read_parquet(${fileList(files)}, hive_partitioning = false)`;
    this.erased += await engine.number(`SELECT count(*) FROM ${marked} WHERE ${IS_ERASED}`);
    const kept = this.#file();
    await engine.run(
      `COPY (SELECT * EXCLUDE (${IS_ERASED}) FROM ${marked} WHERE NOT ${IS_ERASED}) TO ${quoteText(kept)} (FORMAT parquet)`,
    );
    const rows = passingRows(kept, checksThat(checks, 'quarantine'));
    const gone = this.#gaveWay(marked);
    const key = dataset.dedupe.key.map(quoteIdentifier).join(', ');
    if (gone !== undefined)
      this.gaveWay = await engine.number(`SELECT count(*) FROM (${rows}) SEMI JOIN (${gone}) USING (${key})`);
    this.path = this.#file();
    const left = gone === undefined ? rows : `SELECT * FROM (${rows}) ANTI JOIN (${gone}) USING (${key})`;
    await engine.run(`COPY (${left}) TO ${quoteText(this.path)} (FORMAT parquet)`);
  }

  /**
   * A query of the keys whose row was erased and that the table does not have any more: other rows of such a key gave way to it before,
   * and only a replay brings one back. Undefined: rows give way to none.
   */
  #gaveWay(marked: string): string | undefined {
    const { dataset, curated } = this.#evidence;
    const key = dataset.dedupe.key.map(quoteIdentifier).join(', ');
    if (key === '') return undefined;
    const number = curated.partitions.findIndex(({ values }) => partitionPath(dataset, values) === this.#ref.partition);
    // Of rows that supersede each other it is known which was in the table.
    const erased = supersedes(dataset)
      ? `(SELECT * FROM ${marked} QUALIFY row_number() OVER (PARTITION BY ${key} ORDER BY ${orderSql(dataset)}) = 1)`
      : marked;
    return `SELECT DISTINCT ${key} FROM ${erased} WHERE ${IS_ERASED}
      EXCEPT SELECT ${key} FROM curated WHERE "partition no" = ${number}`;
  }
}

async function unlessUnreadable(read: () => Promise<string[]>): Promise<string[]> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof UnreadableObjectError) return [];
    throw error;
  }
}
