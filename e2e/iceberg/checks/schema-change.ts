import type { Catalog } from '../../../lambda/iceberg/catalog';
import { type DatasetDefinition, parseDataset, quoteIdentifier } from '../../../lib/dataset';
import type { RealLake } from '../../../test/compaction/support/real-lake';
import { ndjsonText } from '../../data/encode';
import { randomRows } from '../../data/random-rows';
import type { LogicalRow } from '../../data/values';
import type { Report } from '../../tools/report';
import type { Reader } from '../readers/reader';
import { PublishedTable } from '../table';
import { comparePredicates } from './rows';

const base = {
  name: 'proof_changes',
  description: 'A dataset whose columns change.',
  partition: { scheme: 'day', from: '2026-01-01', to: '2026-12-31' },
  eventTime: 'at',
  dedupeKey: ['id'],
  input: { formats: ['ndjson'] },
} as const;

const kept = [
  { name: 'id', type: 'string', notNull: true },
  { name: 'at', type: 'timestamp', notNull: true },
] as const;

interface Version {
  readonly name: string;
  readonly columns: DatasetDefinition['columns'];
  /** Days that pass before. @default 0 */
  readonly after?: number;
}

const WIDE = [
  { name: 'small', type: 'int' },
  { name: 'whole', type: 'bigint' },
  { name: 'ratio', type: 'double' },
  { name: 'price', type: 'decimal(12,2)' },
] as const;

const FEWER: DatasetDefinition['columns'] = [
  { name: 'first_of_all', type: 'int' },
  ...kept,
  ...WIDE,
  { name: 'who', type: 'struct<title:string,name:string>' },
  { name: 'items', type: 'array<struct<price:decimal(9,2),quantity:int>>' },
  { name: 'tags', type: 'map<string,int>' },
];
const AGAIN: DatasetDefinition['columns'] = [
  { name: 'first_of_all', type: 'int' },
  ...kept,
  ...WIDE,
  { name: 'who', type: 'struct<title:string,name:string,age:int>' },
  { name: 'items', type: 'array<struct<price:decimal(9,2),quantity:int,sku:string>>' },
  { name: 'tags', type: 'map<string,int>' },
  { name: 'comes_and_goes', type: 'string' },
];

const VERSIONS: readonly Version[] = [
  {
    name: 'the first columns',
    columns: [
      ...kept,
      { name: 'small', type: 'tinyint' },
      { name: 'whole', type: 'int' },
      { name: 'ratio', type: 'float' },
      { name: 'price', type: 'decimal(5,2)' },
      { name: 'comes_and_goes', type: 'string' },
      { name: 'who', type: 'struct<name:string,age:int>' },
      { name: 'items', type: 'array<struct<sku:string,quantity:int>>' },
    ],
  },
  {
    name: 'columns and fields are added, in front too, and types are widened',
    columns: [
      { name: 'first_of_all', type: 'int' },
      ...kept,
      ...WIDE,
      { name: 'comes_and_goes', type: 'string' },
      { name: 'who', type: 'struct<title:string,name:string,age:int,address:struct<city:string,lines:array<string>>>' },
      { name: 'items', type: 'array<struct<sku:string,price:decimal(9,2),quantity:int>>' },
      { name: 'tags', type: 'map<string,int>' },
    ],
  },
  { name: 'a column and fields are removed', columns: FEWER },
  { name: 'they are added again while snapshots have them', columns: AGAIN },
  { name: 'they are removed again', columns: FEWER },
  { name: 'they are added again when no snapshot has them', columns: AGAIN, after: 3 },
];

/** After these, old files are asked by conditions too. */
const ASKED = new Set([VERSIONS[1]?.name, VERSIONS.at(-1)?.name]);

/**
 * Columns on which readers cannot decide conditions in files of the narrower type: docs/iceberg.md says so. pyiceberg 0.12 takes a
 * condition beyond `int` for one that always holds, also for null (`LiteralPredicate.bind`).
 */
const UNDECIDED: Readonly<Record<string, readonly string[]>> = {
  pyiceberg: ['whole', 'price'],
  duckdb: [],
  trino: ['ratio'],
  spark: ['whole'],
};

/** What is not plain ASCII, or escapes. */
const ODD = /[^\x20-\x7e]|\\/;

interface Load {
  readonly partition: string;
  readonly rows: readonly LogicalRow[];
}

/** Files of earlier columns go on reading right: as the symlink table shows them, by name. */
export async function checkSchemaChange(
  report: Report,
  lake: RealLake,
  catalog: Catalog,
  readers: readonly Reader[],
): Promise<void> {
  report.section('Old files after changes of columns');
  const table = new PublishedTable(lake, catalog, parseDataset({ ...base, columns: VERSIONS[0]?.columns ?? [] }));
  const loads: Load[] = [];
  const history: { readonly id: number; readonly dataset: PublishedTable['dataset']; readonly loads: Load[] }[] = [];
  /** Ids that the column had which comes and goes. */
  const ids = new Set<number>();
  let time = Date.now();
  lake.now = () => new Date(time);
  lake.clock = lake.now;
  for (const [index, { name, columns, after = 0 }] of VERSIONS.entries()) {
    await report.check(`${name}: compacted and published`, async () => {
      time += after * 86_400_000;
      // Lets snapshots expire.
      if (after > 0) await table.publish();
      const dataset = parseDataset({ ...base, columns });
      table.dataset = dataset;
      const partition = `year=2026/month=06/day=0${index + 1}`;
      const rows = randomRows(dataset, partition, 40, index + 1);
      await lake.put(dataset, 'a.json', ndjsonText(dataset, rows), partition);
      await lake.compact(dataset);
      const { snapshotId: id } = await table.publish();
      loads.push({ partition, rows });
      history.push({ id, dataset, loads: [...loads] });
      const { schemas, 'current-schema-id': current } = await table.metadata();
      const fields = schemas.find((schema) => schema['schema-id'] === current)?.fields;
      const own = fields?.find((field) => field.name === 'comes_and_goes')?.id;
      if (own !== undefined) ids.add(own);
    });
    for (const reader of readers) {
      await report.check(`${name}, ${reader.name}`, async () => `${await table.compare(reader, loads)} rows`);
      await report.check(`${name}, ${reader.name}, each snapshot`, async () => {
        const retained = new Set((await table.metadata()).snapshots.map((snapshot) => snapshot['snapshot-id']));
        const live = history.filter(({ id }) => retained.has(id));
        for (const own of live) await table.compare(reader, own.loads, { snapshot: own.id }, own.dataset);
        return `${live.length} snapshots`;
      });
      if (!ASKED.has(name)) continue;
      await report.check(`${name}, ${reader.name}, conditions on each column`, () =>
        compareConditions(table, reader, loads),
      );
    }
  }
  await report.check('a column that is added again has a new id once no snapshot has the old one', async () => {
    if (ids.size !== 2) throw new Error(`it had the ids ${[...ids].join(', ')}`);
  });
}

/** Old files have bounds of narrower types, and those of a removed column under an id that the column has no more. */
async function compareConditions(table: PublishedTable, reader: Reader, loads: readonly Load[]): Promise<string> {
  const failures = new Map<string, unknown>();
  for (const { name } of table.dataset.columns) {
    // Readers spell odd texts in ways of their own, which conditions on a file of one version prove.
    const isAsked = (sql: string): boolean => sql.startsWith(`${quoteIdentifier(name)} `) && !ODD.test(sql);
    await comparePredicates(table, reader, loads, isAsked).catch((error: unknown) => failures.set(name, error));
  }
  const known = UNDECIDED[reader.name] ?? [];
  const other = [...failures].find(([name]) => !known.includes(name));
  if (other !== undefined) throw new Error(`${other[0]}: ${String(other[1])}`);
  const decided = known.filter((name) => !failures.has(name));
  if (decided.length > 0)
    throw new Error(`it decides conditions on ${decided.join(', ')} now: say so in docs/iceberg.md`);
  return known.length === 0 ? 'all' : `all but ${known.join(', ')}, which had a narrower type`;
}
