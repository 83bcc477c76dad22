#!/usr/bin/env -S npx tsx
import '../config/checked';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { datasets } from '../config/datasets';
import { BUCKETS } from './lake';
import { UsageError } from './options';
import { QueryEngine, type Row } from './tables/engine';
import { tableFiles } from './tables/table-files';
import { zoneTables } from './tables/views';
import { Terminal } from './terminal';

const HELP = `\
Asks the curated tables of a lake in a folder a question in SQL, with DuckDB as a stand-in for Athena.

Usage: npm run query -- [options] SQL

Options:
  --keep DIR   folder of the lake (default lake)
  --json       one JSON object a row
  --help       this text

Tables: ${datasets.map(({ name }) => name).join(', ')}, with their partition keys.
`;

/** @returns the exit code: 0 answered, 1 the query failed, 2 a mistake on the command line */
export async function query(args: readonly string[], terminal = new Terminal(process.stdout)): Promise<number> {
  let engine: QueryEngine | undefined;
  const scratch = await mkdtemp(join(tmpdir(), 'lake-query-'));
  try {
    const { sql, keep, json, help } = parse(args);
    if (help) {
      terminal.line(HELP.trimEnd());
      return 0;
    }
    const root = resolve(keep);
    if ((await stat(join(root, BUCKETS.curated)).catch(() => undefined))?.isDirectory() !== true) {
      throw new UsageError(`--keep must be a lake kept by npm start or npm run ingest, but "${keep}" is none.`);
    }
    engine = await QueryEngine.open(scratch);
    for (const dataset of datasets) {
      const table = zoneTables(dataset).curated;
      await engine.createView(dataset.name, table, await tableFiles(table, root));
    }
    // An index of the engine's own.
    const rows = (await engine.rows(sql)).map(({ partition_no: _, ...row }) => row);
    print(rows, json, terminal);
    return 0;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${text}\n${error instanceof UsageError ? 'Try npm run query -- --help\n' : ''}`);
    return error instanceof UsageError ? 2 : 1;
  } finally {
    engine?.close();
    await rm(scratch, { recursive: true, force: true });
  }
}

function print(rows: readonly Row[], json: boolean, terminal: Terminal): void {
  const text = (value: unknown): string =>
    (typeof value === 'string' ? value : JSON.stringify(value)).replace(/\p{Cc}/gu, '\ufffd');
  if (json) {
    for (const row of rows) terminal.line(JSON.stringify(row));
    return;
  }
  const columns = Object.keys(rows[0] ?? {});
  if (rows.length > 0) {
    terminal.table({
      head: columns,
      align: columns.map(() => 'left'),
      rows: rows.map((row) => columns.map((column) => text(row[column]))),
    });
  }
  terminal.line(rows.length === 1 ? '1 row' : `${rows.length} rows`);
}

function parse(args: readonly string[]): { sql: string; keep: string; json: boolean; help: boolean } {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { keep: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
    });
    const [sql] = positionals;
    if (values.help !== true && (sql === undefined || positionals.length > 1)) {
      throw new UsageError('Give one query, in quotes.');
    }
    return { sql: sql ?? '', keep: values.keep ?? 'lake', json: values.json === true, help: values.help === true };
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(error instanceof Error ? error.message : String(error));
  }
}

if (require.main === module) {
  void query(process.argv.slice(2)).then((code) => {
    process.exitCode = code;
  });
}
