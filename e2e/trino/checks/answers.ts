import { type Column, type Dataset, partitionPredicate } from '../../../lib/dataset';
import type { PartitionLoad } from '../../data/load';
import { predicatesOf } from '../../data/predicates';
import { expected, type Logical, type LogicalRow } from '../../data/values';
import type { Report } from '../../tools/report';
import type { EngineLake, Zone } from '../lake';
import { compareRows, readsStrings } from './rows';
import { straightCount } from './straight-count';

/** What was put into the inbox of one dataset. */
export interface LoadedDataset {
  readonly dataset: Dataset;
  readonly loads: readonly PartitionLoad[];
}

/**
 * Every dataset gives the same answers from the raw table, from the curated table and from the input itself: first with
 * the files that the raw table can read, then with those of every format, duplicates among them.
 */
export async function checkAnswers(
  report: Report,
  lake: EngineLake,
  loaded: readonly LoadedDataset[],
  scratch: string,
): Promise<void> {
  report.section('The raw table, the curated table and the input give the same rows');
  const put = async (which: 'readable' | 'other'): Promise<void> => {
    for (const { dataset, loads } of loaded) {
      for (const load of loads) for (const file of load[which].files) await lake.putRaw(dataset, load.partition, file);
    }
  };
  await put('readable');
  for (const { dataset, loads } of loaded) {
    const text = readsStrings('raw', dataset) ? ', as text' : '';
    await report.check(`${dataset.name}: rows of the raw table equal the input${text}`, async () => {
      return await eachPartition(loads, async ({ partition, readable }) => {
        const counted = await straightCount(lake, dataset, partition, scratch);
        if (counted !== readable.rows.length)
          throw new Error(`${counted} rows lie in raw, not ${readable.rows.length}`);
        await compareRows(lake, 'raw', dataset, partition, readable.rows);
        return readable.rows.length;
      });
    });
  }
  await report.check('the deployed state machine compacts all of it', () => lake.compact());
  for (const { dataset, loads } of loaded) {
    await report.check(`${dataset.name}: rows of the curated table equal the input`, async () => {
      return await eachPartition(loads, async ({ partition, readable }) => {
        await compareRows(lake, 'curated', dataset, partition, readable.rows);
        return readable.rows.length;
      });
    });
  }
  await put('other');
  await report.check('the deployed state machine compacts the other formats and the duplicates', () => lake.compact());
  for (const { dataset, loads } of loaded) {
    await report.check(`${dataset.name}: rows of ${dataset.input.formats.join(', ')}, each once`, async () => {
      return await eachPartition(loads, async ({ partition, readable, other }) => {
        const rows = [...readable.rows, ...other.rows];
        await compareRows(lake, 'curated', dataset, partition, rows);
        return rows.length;
      });
    });
    await report.check(`${dataset.name}: predicates on every scalar column find what the input holds`, async () => {
      const [first] = loads;
      if (first === undefined) throw new Error('nothing was loaded');
      return await comparePredicates(lake, 'curated', dataset, first.partition, [
        ...first.readable.rows,
        ...first.other.rows,
      ]);
    });
  }
}

async function eachPartition(
  loads: readonly PartitionLoad[],
  compare: (load: PartitionLoad) => Promise<number>,
): Promise<string> {
  let rows = 0;
  for (const load of loads) rows += await compare(load);
  return `${rows} rows in ${loads.length} partitions`;
}

/**
 * Counts rows by predicates that the engine answers from the minima and maxima of row groups where it can: wrong
 * statistics would lose rows that a scan of the whole file shows.
 */
async function comparePredicates(
  lake: EngineLake,
  zone: Zone,
  dataset: Dataset,
  partition: string,
  rows: readonly LogicalRow[],
): Promise<string> {
  const from = `FROM ${lake.table(zone, dataset)} WHERE ${partitionPredicate(dataset, partition)}`;
  let predicates = 0;
  for (const { type, cases } of predicatesOf(dataset, rows, literal)) {
    const { rows: answer } = await lake.trino.query(
      cases.map(({ sql }, index) => `SELECT ${index}, count(*) ${from} AND ${sql}`).join(' UNION ALL '),
    );
    const counts = new Map(answer.map(([index, count]) => [Number(index), Number(count)]));
    for (const [index, { sql, count }] of cases.entries()) {
      if (counts.get(index) !== count)
        throw new Error(`${counts.get(index)} rows, not ${count}, where ${sql} (${type.kind})`);
    }
    predicates += cases.length;
  }
  return `${predicates} predicates`;
}

/** A value as Trino spells it. */
export function literal(value: Logical, { type }: Column): string {
  const quoted = `'${String(expected(value, type)).replaceAll("'", "''")}'`;
  switch (type.kind) {
    case 'boolean':
      return String(value);
    case 'string':
      return quoted;
    case 'date':
      return `DATE ${quoted}`;
    case 'timestamp':
      return `TIMESTAMP ${quoted}`;
    case 'decimal':
      return `DECIMAL ${quoted}`;
    case 'float':
      return `REAL ${quoted}`;
    case 'double':
      return `DOUBLE ${quoted}`;
    default:
      return `${type.kind === 'int' ? 'INTEGER' : type.kind.toUpperCase()} ${quoted}`;
  }
}
