import './orders';

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { BUCKETS, LOCAL_S3, type LocalLake, openLake } from '../../cli/lake';
import { pythonEnvironment } from '../../e2e/tools/python';
import { dataPrefix } from '../../lib/dataset';
import { COUNTRIES, ORDERS, type Size } from './orders';
import { listedFiles, type Published, publishOrders } from './orders-lake';
import { type Query, queriesOf } from './queries';

/** What one question reads of a table, metadata and manifests included. */
export interface Read {
  /** Data files of which at least the footer was read. */
  readonly files: number;
  /** GET and HEAD. */
  readonly requests: number;
  readonly bytes: number;
}

export interface Comparison {
  readonly query: string;
  readonly symlinks: Read;
  readonly iceberg: Read;
  /** What went wrong. */
  readonly problem?: string;
}

/** The extensions are those of DuckDB, from PyPI: their versions must be that of the engine of this project. */
const VERSION = '1.5.5';
const EXTENSIONS = ['httpfs', 'avro', 'iceberg'];

/** Paths of the extensions. @throws CannotRun without Python 3, or when pip fails */
async function extensions(): Promise<string[]> {
  const requirements = ['duckdb', ...EXTENSIONS.map((name) => `duckdb-extension-${name}`)].map(
    (name) => `${name}==${VERSION}`,
  );
  const { bin } = await pythonEnvironment({ name: 'bench-iceberg', requirements });
  const folder = join(bin, '..', 'lib');
  const found = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return EXTENSIONS.map((name) =>
    join(folder, found.find((file) => file.endsWith(`${name}.duckdb_extension`)) ?? name),
  );
}

/**
 * Asks DuckDB every question twice: of the files that the manifests of the partitions list, and of the Iceberg table. An S3 server
 * counts the files and bytes. Each question is the first one of its engine, which keeps nothing.
 *
 * @throws CannotRun without Python 3
 */
export async function compareReads(size: Size): Promise<{ readonly table: Published; readonly reads: Comparison[] }> {
  const libraries = await extensions();
  const read = new Set<string>();
  const lake = await openLake(undefined, ({ phase, operation, bucket, key }) => {
    const isData = bucket === BUCKETS.curated && key.startsWith(dataPrefix(ORDERS.name));
    if (phase === 'after' && operation === 'GetObject' && isData) read.add(key);
    return undefined;
  });
  try {
    const table = await publishOrders(lake, size);
    const reads: Comparison[] = [];
    const all = Array.from({ length: size.days }, (_, day) => day);
    const ask = async (query: Query, source: () => Promise<string>): Promise<Read & { readonly answer: string }> => {
      read.clear();
      const before = lake.stats();
      const found = await answer(lake, libraries, query, await source());
      const after = lake.stats();
      return {
        answer: found,
        files: read.size,
        requests: sum(after.requests) - sum(before.requests),
        bytes: after.bytesSent - before.bytesSent,
      };
    };
    for (const query of queriesOf(size)) {
      const symlinks = await ask(query, async () => {
        const files = (await listedFiles(lake, query.days ?? all)).map((uri) => `'${uri}'`);
        return `read_parquet([${files.join(', ')}])`;
      });
      const iceberg = await ask(query, async () => `iceberg_scan('${table.metadata}')`);
      reads.push({
        query: query.name,
        symlinks,
        iceberg,
        ...(symlinks.answer === iceberg.answer ? {} : { problem: 'the two tables give different answers' }),
      });
    }
    return { table, reads };
  } finally {
    await lake.close();
  }
}

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((total, count) => total + count, 0);

/** @param source what `t` stands for */
async function answer(lake: LocalLake, libraries: readonly string[], query: Query, source: string): Promise<string> {
  const instance = await DuckDBInstance.create(':memory:', {
    allow_unsigned_extensions: 'true',
    autoinstall_known_extensions: 'false',
    enable_external_file_cache: 'false',
    threads: '2',
  });
  const connection = await instance.connect();
  try {
    for (const library of libraries) await connection.run(`LOAD '${library}'`);
    await connectTo(connection, lake.endpoint);
    await connection.run(`CREATE VIEW t AS SELECT * FROM ${source}`);
    const rows = (await connection.runAndReadAll(query.sql)).getRowObjectsJson();
    if (rows.length === 0) throw new Error(`${query.name}: no rows`);
    return JSON.stringify(rows);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function connectTo(connection: DuckDBConnection, endpoint: string): Promise<void> {
  const { accessKeyId, secretAccessKey } = LOCAL_S3.credentials;
  await connection.run(
    `CREATE SECRET (TYPE s3, KEY_ID '${accessKeyId}', SECRET '${secretAccessKey}', REGION '${LOCAL_S3.region}', ` +
      `ENDPOINT '${new URL(endpoint).host}', URL_STYLE 'path', USE_SSL false)`,
  );
  const rows = COUNTRIES.map((country) => `('${country}', 'Country ${country}')`).join(', ');
  await connection.run(`CREATE TABLE countries AS SELECT * FROM (VALUES ${rows}) v(country, name)`);
}
