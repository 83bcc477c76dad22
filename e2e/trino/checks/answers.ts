import { type Column, type Dataset, isScalar, partitionPredicate, quoteIdentifier } from '../../../lib/dataset';
import type { PartitionLoad } from '../../data/load';
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
  for (const column of dataset.columns.filter(({ type }) => isScalar(type) && type.kind !== 'binary')) {
    const { name, type } = column;
    const values = [...rows].flatMap((row) => row[name] ?? []);
    const compare = comparator(column);
    const ordered = [...values].sort(compare);
    const probes = [0, 1, Math.floor(ordered.length / 2), ordered.length - 1].flatMap((at) => ordered[at] ?? []);
    const cases = probes.flatMap((probe) =>
      (['=', '<', '>='] as const).map((operator) => ({
        sql: `${quoteIdentifier(name)} ${operator} ${literal(probe, column)}`,
        count: values.filter((value) => holds(operator, compare(value, probe))).length,
      })),
    );
    cases.push({ sql: `${quoteIdentifier(name)} IS NULL`, count: rows.length - values.length });
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

const holds = (operator: '=' | '<' | '>=', order: number): boolean =>
  operator === '=' ? order === 0 : operator === '<' ? order < 0 : order >= 0;

/** The order of a type's values, as SQL has it. */
function comparator({ type }: Column): (a: Logical, b: Logical) => number {
  const order = (a: number | bigint, b: number | bigint): number => (a < b ? -1 : a > b ? 1 : 0);
  switch (type.kind) {
    case 'boolean':
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'float':
    case 'double':
      return (a, b) => order(Number(a), Number(b));
    case 'bigint':
      return (a, b) => order(a as bigint, b as bigint);
    case 'decimal': {
      const scaled = (value: Logical): bigint => BigInt(String(expected(value, type)).replace('.', ''));
      return (a, b) => order(scaled(a), scaled(b));
    }
    default:
      return (a, b) => Buffer.from(String(a)).compare(Buffer.from(String(b)));
  }
}

function literal(value: Logical, { type }: Column): string {
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
