import { GetTableCommand, GlueClient } from '@aws-sdk/client-glue';
import {
  type Dataset,
  partitionKeys,
  partitionPredicate,
  quoteIdentifier,
  quoteText,
  rawPrefix,
} from '../../../lib/dataset';
import { CASES, type Case, deliveredRows } from '../../../test/fixtures/cases';
import { compareRejected, deliverCases, rowsOf } from '../../data/cases';
import { type Canonical, expectedRow } from '../../data/values';
import type { Report } from '../../tools/report';
import type { EngineLake } from '../lake';
import { canonical } from '../server/values';
import { assertSame } from './rows';

/** A day of changes that leave nothing but a deletion. */
const DELETED = { path: 'public/people/2026/06/16/20260616-100000000.csv', partition: 'year=2026/month=06/day=16' };

/**
 * Objects as services, shippers, streams and exports deliver them: what the raw table shows of each before it is compacted,
 * and every value of every row after.
 */
export async function checkCases(report: Report, lake: EngineLake): Promise<void> {
  report.section('Objects as the field delivers them');
  const people = lake.dataset('people');
  await deliverCases(lake);
  for (const one of CASES) {
    const dataset = lake.dataset(one.dataset.name);
    await report.check(`${dataset.name}: ${one.raw.serde} shows the lines of ${one.file.split('/')[0]}`, () =>
      compareRaw(lake, dataset, one),
    );
  }
  await lake.put('raw', `${rawPrefix(people.name)}${DELETED.path}`, 'D,105,,2026-06-16 10:00:00.000000\n');
  await report.check('the deployed state machine compacts all of it', () => lake.compact());
  for (const one of CASES) {
    const dataset = lake.dataset(one.dataset.name);
    await report.check(`${dataset.name}: the curated table has every value of ${one.file.split('/')[0]}`, async () => {
      await compareRejected(lake, dataset, one);
      return await compareValues(lake, dataset, one);
    });
  }
  await report.check('manifests that list deletions show the rows beside them, and none of their own', async () => {
    const [beside, alone] = await Promise.all(
      ['year=2026/month=06/day=15', DELETED.partition].map((partition) => listed(lake, people, partition)),
    );
    const kinds = [beside, alone].map((names) => names?.map((name) => name.slice(0, 4)).sort());
    if (JSON.stringify(kinds) !== '[["part","tomb"],["tomb"]]') throw new Error(`lists ${JSON.stringify(kinds)}`);
    const { rows } = await lake.trino.query(
      `SELECT CAST(day AS varchar), count(*), min(id) FROM ${lake.table('curated', people)}
       WHERE year = 2026 AND month = 6 GROUP BY day`,
    );
    if (JSON.stringify(rows) !== '[["15",1,101]]') throw new Error(`the rows are ${JSON.stringify(rows)}`);
  });
}

/** Names of the files in the manifest of a partition. */
async function listed(lake: EngineLake, dataset: Dataset, partition: string): Promise<readonly string[]> {
  const lines = (await lake.manifest(dataset, partition)).trim().split('\n');
  return lines.map((line) => line.slice(line.lastIndexOf('/') + 1));
}

/** @throws Error unless the raw table reads the object with its SerDe, and shows what the case says */
async function compareRaw(lake: EngineLake, dataset: Dataset, one: Case): Promise<string> {
  const { Table } = await lake.deployed
    .client(GlueClient)
    .send(new GetTableCommand({ DatabaseName: lake.database('raw'), Name: dataset.name }));
  const serde = Table?.StorageDescriptor?.SerdeInfo?.SerializationLibrary?.split('.').at(-1);
  if (serde !== one.raw.serde) throw new Error(`the table is read by ${serde}, not ${one.raw.serde}`);
  const keys = (Table?.PartitionKeys ?? []).map(({ Name = '' }) => Name);
  const own = new Set(partitionKeys(dataset).map(({ name }) => name));
  const [row = {}] = deliveredRows(one);
  const predicates = keys
    .filter((key) => !own.has(key))
    .map((key) => `${quoteIdentifier(key)} = ${quoteText(String(row[key]))}`);
  if (keys.some((key) => own.has(key))) predicates.push(partitionPredicate(dataset, one.partition));
  const { rows } = await lake.trino.query(
    `SELECT ${one.raw.columns.join(', ')} FROM ${lake.table('raw', dataset)}
     WHERE ${['true', ...predicates].join(' AND ')} ORDER BY ${one.raw.columns.map((_, index) => index + 1).join(', ')}`,
  );
  assertSame(one.raw.columns, rows as readonly (readonly Canonical[])[], one.raw.rows);
  return `${rows.length} rows`;
}

/** @throws Error unless the curated partition has the rows of the case, and no other value */
async function compareValues(lake: EngineLake, dataset: Dataset, one: Case): Promise<string> {
  const columns = dataset.columns.map(({ name }) => quoteIdentifier(name)).join(', ');
  const { rows } = await lake.trino.query(
    `SELECT ${columns} FROM ${lake.table('curated', dataset)} WHERE ${partitionPredicate(dataset, one.partition)}`,
  );
  const actual = rows.map((row) => dataset.columns.map(({ type }, index) => canonical(row[index], type)));
  const expected = rowsOf(dataset, one).map((row) => expectedRow(dataset, row));
  assertSame(
    dataset.columns.map(({ name }) => name),
    inOrder(actual),
    inOrder(expected),
  );
  return `${rows.length} rows of ${dataset.columns.length} columns`;
}

const inOrder = (rows: readonly (readonly Canonical[])[]): readonly (readonly Canonical[])[] =>
  rows
    .map((row) => ({ row, text: JSON.stringify(row) }))
    .sort((a, b) => (a.text < b.text ? -1 : 1))
    .map(({ row }) => row);
