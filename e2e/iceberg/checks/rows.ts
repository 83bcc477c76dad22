import type { Catalog } from '../../../lambda/iceberg/catalog';
import { type Dataset, rawPrefix } from '../../../lib/dataset';
import type * as presets from '../../../lib/presets';
import type { RealLake } from '../../../test/compaction/support/real-lake';
import { CASES, contentOf, deliveredPath } from '../../../test/fixtures/cases';
import { datasets as shipped } from '../../../test/fixtures/datasets';
import { rowsOf } from '../../data/cases';
import { EVERY_TYPE } from '../../data/datasets';
import { Encoder } from '../../data/encode';
import { loads } from '../../data/load';
import { predicatesOf } from '../../data/predicates';
import { PRESET_SAMPLES } from '../../data/preset-samples';
import type { Report } from '../../tools/report';
import type { Reader } from '../readers/reader';
import { compareSymlinks, type PartitionRows, PublishedTable, parsed } from '../table';

/** A dataset by month, which the family of all types has not. */
const MONTHLY = {
  ...(EVERY_TYPE[0] as (typeof EVERY_TYPE)[number]),
  name: 'proof_month',
  description: 'Every type, by month, NDJSON first, Snappy.',
  partition: { scheme: 'month', from: '2026-01-01', to: '2035-12-31' },
} as const;

type PresetName = { [K in keyof typeof presets]: (typeof presets)[K] extends (...args: never) => unknown ? K : never };

/** A dataset of each preset, by its name: a preset without one here is no valid program. */
const OF_PRESETS: Readonly<Record<PresetName[keyof PresetName], string>> = {
  alb: 'alb',
  apacheCombined: 'apache',
  cloudFront: 'cloudfront',
  cloudTrail: 'cloudtrail',
  debezium: 'captured_orders',
  dms: 'people',
  firehoseJson: 'clicks',
  fluentBit: 'fluent_bit',
  nginxCombined: 'nginx',
  nlb: 'nlb',
  resolverQueryLogs: 'resolver_query_logs',
  s3AccessLogs: 's3_access_logs',
  vpcFlowLogs: 'vpc_flow_logs',
  waf: 'waf',
};

/** Every type in every partition scheme, and what services deliver: readers find the rows that producers meant. */
export async function checkRows(
  report: Report,
  lake: RealLake,
  catalog: Catalog,
  readers: readonly Reader[],
  symlinks: Reader,
  scratch: string,
): Promise<void> {
  report.section('Rows of the current snapshot equal the input, value by value');
  const encoder = await Encoder.open(scratch);
  try {
    for (const dataset of [...parsed(...EVERY_TYPE, MONTHLY), ...shipped])
      await everyType(report, lake, catalog, readers, symlinks, dataset, encoder);
  } finally {
    encoder.close();
  }
  const seen = new Set<string>();
  for (const { what, definition, path, content, partition, rowsOf } of DELIVERED) {
    const [dataset] = parsed(definition) as [Dataset];
    const table = new PublishedTable(lake, catalog, dataset);
    const expected = [{ partition, rows: rowsOf(dataset) }];
    await report.check(`${what}: published`, async () => {
      await lake.store.put('raw', `${rawPrefix(dataset.name)}${path}`, Buffer.from(content));
      await lake.compact(dataset);
      return `${(await table.publish()).filesAdded} files`;
    });
    await compare(report, readers, symlinks, table, expected);
    seen.add(dataset.name);
  }
  await report.check('every preset has data here', async () => {
    const without = Object.values(OF_PRESETS).filter((name) => !seen.has(name));
    if (without.length > 0) throw new Error(without.join(', '));
    return `${Object.keys(OF_PRESETS).length} presets`;
  });
}

/** What services and tools deliver, as it is in the inbox, and its rows. */
const DELIVERED = [
  ...CASES.map((one) => ({
    what: one.file,
    definition: one.dataset,
    path: deliveredPath(one),
    content: contentOf(one),
    partition: one.partition,
    rowsOf: (dataset: Dataset) => rowsOf(dataset, one),
  })),
  ...PRESET_SAMPLES.map(({ dataset, rows, ...one }) => ({
    ...one,
    what: one.path,
    definition: dataset,
    content: Buffer.from(one.content),
    rowsOf: () => rows,
  })),
];

async function everyType(
  report: Report,
  lake: RealLake,
  catalog: Catalog,
  readers: readonly Reader[],
  symlinks: Reader,
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
  await compareAsSymlinks(report, symlinks, table, expected);
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

/** Wrong bounds would lose rows. Each partition is a file of its own, so most conditions leave files out. @param isAsked @default all */
export async function comparePredicates(
  table: PublishedTable,
  reader: Reader,
  expected: readonly PartitionRows[],
  isAsked: (sql: string) => boolean = () => true,
): Promise<string> {
  const { dataset } = table;
  const rows = expected.flatMap((own) => own.rows);
  let predicates = 0;
  for (const { type, cases } of predicatesOf(dataset, rows, (value, column) => reader.literal(value, column))) {
    // pyiceberg knows no quote within quotes.
    const asked = cases
      .filter(({ sql }) => !/'.*'.*'/.test(sql) && isAsked(sql))
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
  symlinks: Reader,
  table: PublishedTable,
  expected: readonly PartitionRows[],
): Promise<void> {
  await compareAsSymlinks(report, symlinks, table, expected);
  for (const reader of readers) {
    await report.check(
      `${table.dataset.name}, ${reader.name}`,
      async () => `${await table.compare(reader, expected)} rows`,
    );
  }
}

const compareAsSymlinks = (
  report: Report,
  symlinks: Reader,
  table: PublishedTable,
  expected: readonly PartitionRows[],
): Promise<void> =>
  report.check(
    `${table.dataset.name}, by symlinks`,
    async () => `${await compareSymlinks(table, symlinks, expected)} rows`,
  );
