import type { Catalog } from '../../../lambda/iceberg/catalog';
import { type Dataset, rawPrefix } from '../../../lib/dataset';
import type { RealLake } from '../../../test/compaction/support/real-lake';
import { CASES, contentOf, deliveredPath } from '../../../test/fixtures/cases';
import { rowsOf } from '../../data/cases';
import { EVERY_TYPE } from '../../data/datasets';
import { Encoder } from '../../data/encode';
import { loads } from '../../data/load';
import { predicatesOf } from '../../data/predicates';
import type { Report } from '../../tools/report';
import type { Reader } from '../readers/reader';
import { type PartitionRows, PublishedTable, parsed } from '../table';

/** A dataset by month, which the family of all types has not. */
const MONTHLY = {
  ...(EVERY_TYPE[0] as (typeof EVERY_TYPE)[number]),
  name: 'proof_month',
  description: 'Every type, by month, NDJSON first, Snappy.',
  partition: { scheme: 'month', from: '2026-01-01', to: '2035-12-31' },
} as const;

/** Every type in every partition scheme, and what services deliver: readers find the rows that producers meant. */
export async function checkRows(
  report: Report,
  lake: RealLake,
  catalog: Catalog,
  readers: readonly Reader[],
  scratch: string,
): Promise<void> {
  report.section('Rows of the current snapshot equal the input, value by value');
  const encoder = await Encoder.open(scratch);
  try {
    for (const dataset of parsed(...EVERY_TYPE, MONTHLY))
      await everyType(report, lake, catalog, readers, dataset, encoder);
  } finally {
    encoder.close();
  }
  for (const one of CASES) {
    const [dataset] = parsed(one.dataset) as [Dataset];
    const table = new PublishedTable(lake, catalog, dataset);
    const expected = [{ partition: one.partition, rows: rowsOf(dataset, one) }];
    await report.check(`${one.file}: published`, async () => {
      await lake.store.put('raw', `${rawPrefix(dataset.name)}${deliveredPath(one)}`, contentOf(one));
      await lake.compact(dataset);
      return `${(await table.publish()).filesAdded} files`;
    });
    await compare(report, readers, table, expected);
  }
}

async function everyType(
  report: Report,
  lake: RealLake,
  catalog: Catalog,
  readers: readonly Reader[],
  dataset: Dataset,
  encoder: Encoder,
): Promise<void> {
  const table = new PublishedTable(lake, catalog, dataset);
  const deliveries = await loads(encoder, dataset);
  const snapshots: { readonly id: number; readonly expected: readonly PartitionRows[] }[] = [];
  let expected: readonly PartitionRows[] = deliveries.map(({ partition }) => ({ partition, rows: [] }));
  for (const which of ['readable', 'other'] as const) {
    await report.check(`${dataset.name}: ${which} files compacted and published`, async () => {
      for (const load of deliveries) {
        for (const { name, body } of load[which].files)
          await lake.put(dataset, name, Buffer.from(body), load.partition);
      }
      await lake.compact(dataset);
      const { partitions, filesAdded, snapshotId } = await table.publish();
      expected = expected.map(({ partition, rows }, index) => ({
        partition,
        rows: [...rows, ...(deliveries[index]?.[which].rows ?? [])],
      }));
      snapshots.push({ id: snapshotId, expected });
      return `${filesAdded} files in ${partitions} partitions`;
    });
  }
  for (const reader of readers) {
    await report.check(`${dataset.name}, ${reader.name}, each snapshot`, async () => {
      const counts: number[] = [];
      for (const { id, expected: own } of snapshots) counts.push(await table.compare(reader, own, { snapshot: id }));
      return `${counts.join(', then ')} rows`;
    });
    // Bounds do not depend on the scheme: one with all kinds of keys stands for all.
    if (dataset.name !== 'proof_hour') continue;
    await report.check(`${dataset.name}, ${reader.name}, conditions on every scalar column`, () =>
      comparePredicates(table, reader, expected),
    );
  }
}

/** Wrong bounds would lose rows. Each partition is a file of its own, so most conditions leave files out. */
async function comparePredicates(
  table: PublishedTable,
  reader: Reader,
  expected: readonly PartitionRows[],
): Promise<string> {
  const { dataset } = table;
  const rows = expected.flatMap((own) => own.rows);
  let predicates = 0;
  for (const { type, cases } of predicatesOf(dataset, rows, (value, column) => reader.literal(value, column))) {
    // pyiceberg knows no quote within quotes.
    const asked = cases
      .filter((one) => !/'.*'.*'/.test(one.sql))
      .filter((_, index) => !reader.isSlow || index % 4 === 0);
    for (const { sql, count } of asked) {
      const found = await reader.read({ ...table.question(['id']), where: sql });
      if (found.length !== count)
        throw new Error(`${found.length} rows, not ${count}, where ${sql.slice(0, 200)} (${type.kind})`);
      predicates++;
    }
  }
  return `${predicates} conditions`;
}

async function compare(
  report: Report,
  readers: readonly Reader[],
  table: PublishedTable,
  expected: readonly PartitionRows[],
): Promise<void> {
  for (const reader of readers) {
    await report.check(
      `${table.dataset.name}, ${reader.name}`,
      async () => `${await table.compare(reader, expected)} rows`,
    );
  }
}
