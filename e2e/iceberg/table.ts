import type { Catalog } from '../../lambda/iceberg/catalog';
import { type PublishOutcome, publish } from '../../lambda/iceberg/publish';
import { type Dataset, manifestPrefix, parseDataset, partitionKeys } from '../../lib/dataset';
import type { TableMetadata } from '../../lib/iceberg';
import type { RealLake } from '../../test/compaction/support/real-lake';
import { type Canonical, expectedRow, type LogicalRow } from '../data/values';
import { assertSame } from '../trino/checks/rows';
import { columnsOf, emptied, type Question, type Reader } from './readers/reader';

/** Rows of one partition. */
export interface PartitionRows {
  readonly partition: string;
  readonly rows: readonly LogicalRow[];
}

/** A dataset of a lake, published, and what an independent reader has to find. */
export class PublishedTable {
  /** URI of the current metadata.json. */
  location = '';

  constructor(
    readonly lake: RealLake,
    readonly catalog: Catalog,
    public dataset: Dataset,
  ) {}

  async publish(): Promise<PublishOutcome> {
    const outcome = await publish(this.lake.lake(), this.catalog, this.dataset);
    this.location = (await this.catalog.find(this.dataset.name))?.metadataLocation ?? '';
    return outcome;
  }

  /** About all rows of the current snapshot. */
  question(columns: readonly string[]): Question {
    return { table: this.dataset.name, metadata: this.location, columns };
  }

  async metadata(): Promise<TableMetadata> {
    const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.+)$/.exec(this.location) ?? [];
    return JSON.parse(String((await this.lake.store.get(bucket, key))?.body)) as TableMetadata;
  }

  /**
   * Has a reader read rows of a table, and compares every column and key.
   *
   * @param loads what the table has to hold
   * @param question which snapshot and which rows. @default all of the current snapshot
   * @throws Error with the first differences
   */
  async compare(
    reader: Reader,
    loads: readonly PartitionRows[],
    question: Partial<Question> = {},
    dataset = this.dataset,
  ): Promise<number> {
    const columns = columnsOf(dataset);
    const found = await reader.read({ ...this.question(columns), ...question });
    const shown = (row: LogicalRow): Canonical[] =>
      expectedRow(dataset, row).map((value, index) => {
        const type = dataset.columns[index]?.type;
        return reader.emptiesNullLists && type !== undefined ? emptied(value, type) : value;
      });
    const wanted = loads.flatMap(({ partition, rows }) =>
      rows.map((row) => [...shown(row), ...keysOf(dataset, partition)]),
    );
    assertSame(columns, inOrder(found.map((row) => reader.canonicalRow(dataset, row))), inOrder(wanted));
    return wanted.length;
  }
}

/** Compares what the table of symlinks has, by an engine that reads the files of its manifests. */
export async function compareSymlinks(
  table: PublishedTable,
  reader: Reader,
  loads: readonly PartitionRows[],
): Promise<number> {
  const { lake, dataset } = table;
  const files: string[] = [];
  for await (const { key } of lake.store.list('curated', manifestPrefix(dataset.name))) {
    const manifest = await lake.store.get('curated', key);
    files.push(
      ...String(manifest?.body ?? '')
        .split('\n')
        .filter(Boolean),
    );
  }
  return await table.compare(reader, loads, { files });
}

/** Values of the keys of a path, as readers show them: numbers have no leading zeros. */
function keysOf(dataset: Dataset, partition: string): string[] {
  const values = new Map(partition.split('/').map((part) => part.split('=', 2) as [string, string]));
  return partitionKeys(dataset).map(({ name, type }) => {
    const value = values.get(name) ?? '';
    return type === 'int' ? String(Number(value)) : value;
  });
}

const inOrder = (rows: readonly (readonly Canonical[])[]): Canonical[][] =>
  rows
    .map((row) => ({ row: [...row], text: JSON.stringify(row) }))
    .sort((a, b) => (a.text < b.text ? -1 : 1))
    .map(({ row }) => row);

export const parsed = (...definitions: readonly Parameters<typeof parseDataset>[0][]): Dataset[] =>
  definitions.map((definition) => parseDataset(definition));
