/**
 * `npm run bench:iceberg`: publishes a large table as a whole, and after changes, over S3 in memory; or counts what queries read of
 * the symlink table and of the Iceberg table.
 */

import './orders';

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { flag, runProgram, type ValuesOf } from '../../cli/program';
import { parseDataset } from '../../lib/dataset';
import { measurePublications, type Publication } from './publications';
import { compareReads, type Read } from './reads';

const FULL = { files: 100_000, partitions: 10_000, changes: [1, 100, 1_000] };
const QUICK = { files: 2_000, partitions: 1_000, changes: [1, 10] };

/** What must hold at the full size, on a busy machine too. A Lambda function has 900 s. */
const TARGETS = { seconds: 300, heapMiB: 1_024 };

const PROGRAM = {
  name: 'npm run bench:iceberg',
  does: 'Publishes a table of 100,000 files in 10,000 partitions by hour, and again after changes, over S3 in memory.',
  options: {
    queries: flag(
      'count instead what queries read of 90 days of orders, by symlinks and as an Iceberg table: needs Python 3',
    ),
    quick: flag(
      '2,000 files in 1,000 partitions instead, or 9 days of orders, with a check of the counts and answers alone',
    ),
  },
};

const DATASET = parseDataset({
  name: 'events',
  description: 'Events of the benchmark',
  columns: [
    { name: 'id', type: 'string', notNull: true },
    { name: 'at', type: 'timestamp', notNull: true },
    ...Array.from({ length: 18 }, (_, index) => ({
      name: `column_${index}`,
      type: index % 2 === 0 ? 'string' : 'bigint',
    })),
  ],
  partition: { scheme: 'hour', from: '2025-01-01', to: '2027-12-31' },
  eventTime: 'at',
  input: { formats: ['ndjson'] },
});

/** What queries read is measured with this table. */
const ORDERS = { days: 90, rowsADay: 24_000 };
const FEW_ORDERS = { days: 9, rowsADay: 1_200 };

/** What an hour by event time alone may read of the bytes of the table. */
const LARGEST_SHARE = 0.05;
const HOUR = 'an hour by event time alone';

async function main({ quick, queries }: ValuesOf<typeof PROGRAM>): Promise<number> {
  return queries ? await compareQueries(quick) : await measure(quick);
}

async function compareQueries(quick: boolean): Promise<number> {
  const size = quick ? FEW_ORDERS : ORDERS;
  const { table: whole, reads } = await compareReads(size);
  const mb = (bytes: number): string => (bytes / 1e6).toFixed(2);
  const cells = ({ files, requests, bytes }: Read): string => `${files} | ${requests} | ${mb(bytes)}`;
  console.log(
    `${(size.days * size.rowsADay).toLocaleString('en-US')} rows in ${whole.files} files, ${mb(whole.bytes)} MB\n\n` +
      '| query | files by symlinks | requests | MB | files as Iceberg | requests | MB |\n|---|---|---|---|---|---|---|',
  );
  for (const { query, symlinks, iceberg } of reads)
    console.log(`| ${query} | ${cells(symlinks)} | ${cells(iceberg)} |`);
  const problems = reads.flatMap(({ query, problem, symlinks, iceberg }) => [
    ...(problem === undefined ? [] : [`${query}: ${problem}`]),
    ...(iceberg.files > symlinks.files ? [`${query}: the Iceberg table reads more files`] : []),
    ...(query === HOUR && iceberg.files !== 1 ? [`${query}: the Iceberg table reads ${iceberg.files} files`] : []),
    ...(!quick && query === HOUR && iceberg.bytes > whole.bytes * LARGEST_SHARE
      ? [`${query}: the Iceberg table reads ${mb(iceberg.bytes)} MB`]
      : []),
  ]);
  for (const problem of problems) console.log(`✗ ${problem}`);
  return problems.length === 0 ? 0 : 1;
}

async function measure(quick: boolean): Promise<number> {
  const { changes, ...size } = quick ? QUICK : FULL;
  const results = await measurePublications(DATASET, await dataFile(), size, changes);
  console.log(
    `${size.files.toLocaleString('en-US')} files in ${size.partitions.toLocaleString('en-US')} partitions, ` +
      `20 columns; ${cpus().length} processors\n\n${table(results)}`,
  );
  const problems = results.flatMap(({ name, seconds, heapMiB, problem }) => [
    ...(problem === undefined ? [] : [`${name}: ${problem}`]),
    ...(!quick && seconds > TARGETS.seconds ? [`${name}: ${seconds.toFixed(1)} s`] : []),
    ...(!quick && heapMiB > TARGETS.heapMiB ? [`${name}: ${heapMiB.toFixed(0)} MiB of heap`] : []),
  ]);
  for (const problem of problems) console.log(`✗ ${problem}`);
  return problems.length === 0 ? 0 : 1;
}

/** One Parquet file, of which the table has many. */
async function dataFile(): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-iceberg-'));
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  try {
    const columns = DATASET.columns.slice(2).map(({ name, type }) => {
      const value = type.kind === 'string' ? `'value-' || (i % 97)` : 'i';
      return `${value} AS ${name}`;
    });
    const file = join(folder, 'one.parquet');
    await connection.run(
      `COPY (SELECT 'id-' || i AS id, TIMESTAMP '2025-01-01' + to_milliseconds(i) AS at, ${columns.join(', ')}
       FROM range(1000) t(i)) TO '${file}' (FORMAT parquet)`,
    );
    return await readFile(file);
  } finally {
    connection.closeSync();
    instance.closeSync();
    await rm(folder, { recursive: true, force: true });
  }
}

/** In Markdown, as docs/benchmarks.md has it. */
function table(results: readonly Publication[]): string {
  const rows = results.map(({ name, seconds, heapMiB, mibPut, mibGot, puts, gets, lists }) => [
    name,
    seconds.toFixed(1),
    heapMiB.toFixed(0),
    mibPut.toFixed(1),
    mibGot.toFixed(1),
    ...[puts, gets, lists].map((count) => count.toLocaleString('en-US')),
  ]);
  return [
    '| changed partitions | seconds | heap MiB | MiB written | MiB read | PUT | GET | LIST |',
    '|---|---|---|---|---|---|---|---|',
    ...rows.map((row) => `| ${row.join(' | ')} |`),
  ].join('\n');
}

runProgram(PROGRAM, main);
