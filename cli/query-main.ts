#!/usr/bin/env -S npx tsx
import '../config/checked';
import { mkdtemp, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { datasets } from '../config/datasets';
import type { Dataset } from '../lib/dataset';
import { parseCommandLine, runCommand, UsageError } from './command-line';
import { messageOf, tellFailure } from './failure';
import { BUCKETS } from './lake';
import { asRefusal, checkQuery } from './query-guard';
import { curatedTables, icebergTables } from './query-tables';
import { QueryEngine, type Row } from './tables/engine';
import { Terminal } from './terminal';
import { visible, visibleJson, visibleLines } from './visible';

const HELP = `\
Runs a SQL query on the curated tables of a lake in a folder, with DuckDB in place of Athena.

Usage: npm run query -- [options] SQL

Options:
  --keep DIR   folder of the lake (default lake)
  --iceberg    read the Iceberg tables, from their published metadata, instead of the symlink tables
  --at TIME    with --iceberg: as of this time, such as 2026-06-15T10:00:00Z
  --json       print one JSON object per row
  --unsafe     allow all statements of DuckDB, in a trusted lake: they can read and write files and change settings
  --help       show this text

Tables: ${datasets.map(({ name }) => name).join(', ')}, with their partition keys. As in Athena, a query of a table
with an injected key must give its value. A query is one SELECT, and can only read the curated tables. Control
characters, and characters that reorder text, are shown as escapes such as \\u001b.

Exit code: 0 if the query succeeded, 1 if it failed or was refused, 2 for a mistake on the command line or in
the configuration.
`;

/**
 * @param memory of the engine. @default its own
 * @returns the exit code: 0 answered, 1 the query failed or is refused, 2 a mistake on the command line
 */
export async function query(
  args: readonly string[],
  terminal = new Terminal(process.stdout),
  known: readonly Dataset[] = datasets,
  memory?: string,
): Promise<number> {
  let engine: QueryEngine | undefined;
  const scratch = await realpath(await mkdtemp(join(tmpdir(), 'lake-query-')));
  try {
    const { sql, keep, json, unsafe, help, iceberg, at } = parse(args);
    if (help) {
      terminal.line(HELP.trimEnd());
      return 0;
    }
    const curated = join(resolve(keep), BUCKETS.curated);
    if ((await stat(curated).catch(() => undefined))?.isDirectory() !== true) {
      throw new UsageError(
        '--keep',
        `there is no lake in "${keep}"`,
        'write the folder of a lake that npm start -- --keep DIR or npm run ingest made',
      );
    }
    engine = await QueryEngine.open(scratch, memory);
    const root = await realpath(resolve(keep));
    const found = iceberg ? await icebergTables(known, root, keep, at, sql) : await curatedTables(known, root);
    for (const { dataset, table, partitions } of found) await engine.createView(dataset.name, table, partitions);
    if (!unsafe) {
      await engine.lock([join(root, BUCKETS.curated), scratch]);
      await checkQuery(
        found.map(({ dataset }) => dataset),
        sql,
        scratch,
        found.map(({ table }) => table),
      );
    }
    // An index of the engine's own.
    const rows = (await engine.rows(sql)).map(({ 'partition no': _, ...row }) => row);
    print(rows, json, terminal);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) return tellFailure(error, 'npm run query');
    // What DuckDB says of a query needs no stack, and may quote the data.
    process.stderr.write(`${visibleLines(messageOf(asRefusal(error)))}\n`);
    return 1;
  } finally {
    engine?.close();
    await rm(scratch, { recursive: true, force: true });
  }
}

function print(rows: readonly Row[], json: boolean, terminal: Terminal): void {
  if (json) {
    for (const row of rows) terminal.line(visibleJson(row));
    return;
  }
  const text = (value: unknown): string => visible(typeof value === 'string' ? value : JSON.stringify(value));
  const columns = Object.keys(rows[0] ?? {});
  if (rows.length > 0) {
    terminal.table({
      head: columns.map(visible),
      align: columns.map(() => 'left'),
      rows: rows.map((row) => columns.map((column) => text(row[column]))),
    });
  }
  terminal.line(rows.length === 1 ? '1 row' : `${rows.length} rows`);
}

const FLAGS = {
  keep: { type: 'string' },
  json: { type: 'boolean' },
  iceberg: { type: 'boolean' },
  at: { type: 'string' },
  unsafe: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

interface QueryOptions {
  readonly sql: string;
  readonly keep: string;
  readonly json: boolean;
  readonly unsafe: boolean;
  readonly help: boolean;
  readonly iceberg: boolean;
  /** Epoch milliseconds. */
  readonly at: number | undefined;
}

function parse(args: readonly string[]): QueryOptions {
  const { values, positionals } = parseCommandLine(args, FLAGS, true);
  const [sql] = positionals;
  if (values.help !== true && (sql === undefined || positionals.length > 1)) {
    throw new UsageError(
      'SQL',
      sql === undefined
        ? 'the query is missing'
        : `one query is expected, but there are ${positionals.length} arguments`,
      'write one query in quotes',
    );
  }
  if (values.at !== undefined && values.iceberg !== true) {
    throw new UsageError('--at', 'only Iceberg tables keep earlier snapshots', 'write --iceberg too, or leave it out');
  }
  return {
    iceberg: values.iceberg === true,
    at: values.at === undefined ? undefined : timeOf(values.at),
    sql: sql ?? '',
    keep: values.keep ?? 'lake',
    json: values.json === true,
    unsafe: values.unsafe === true,
    help: values.help === true,
  };
}

const ISO_TIME = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;

function timeOf(text: string): number {
  const [, day = ''] = ISO_TIME.exec(text) ?? [];
  const time = day === '' ? Number.NaN : Date.parse(text);
  // Date.parse takes the 30th of February for the 2nd of March.
  const isInCalendar = new Date(`${day}T00:00Z`).getUTCDate() === Number(day.slice(-2));
  if (!Number.isNaN(time) && isInCalendar) return time;
  throw new UsageError('--at', `"${text}" is not a time with its zone`, 'write one such as 2026-06-15T10:00:00Z');
}

if (require.main === module)
  runCommand(
    (args) => query(args),
    (error) => tellFailure(error, 'npm run query'),
  );
