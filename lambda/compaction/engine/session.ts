import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';
import { quoteText } from '../../../lib/dataset/duckdb-types';
import { unlessAborted } from '../limits/deadline';

export interface EngineLimits {
  /** DuckDB's memory limit, in MiB. It is soft: leave about as much again for Node and for what DuckDB does not count. */
  readonly memoryMiB: number;
  readonly threads: number;
  /** Most that a sort or a join may spill to disk, in MiB. */
  readonly spillMiB: number;
}

/** An interrupt has no effect between two statements, so it is repeated. */
const INTERRUPT_EVERY_MILLIS = 100;
/** How long a statement may take to react to an interrupt, in milliseconds; then it is abandoned. */
const INTERRUPT_GRACE_MILLIS = 5_000;

/**
 * One locked-down DuckDB over one private directory: it can read and write only there, cannot load
 * extensions or reach the network, and its configuration cannot be changed by any later statement.
 */
export class EngineSession {
  readonly directory: string;
  /** Limits of the engine itself, as in `EngineLimits`. */
  readonly memoryMiB: number;
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  readonly #signal: AbortSignal | undefined;
  #statements = 0;

  private constructor(
    directory: string,
    memoryMiB: number,
    instance: DuckDBInstance,
    connection: DuckDBConnection,
    signal: AbortSignal | undefined,
  ) {
    this.directory = directory;
    this.memoryMiB = memoryMiB;
    this.#instance = instance;
    this.#connection = connection;
    this.#signal = signal;
  }

  /** @param signal interrupts the running statement and rejects later ones, with its reason */
  static async open(limits: EngineLimits, parent: string = tmpdir(), signal?: AbortSignal): Promise<EngineSession> {
    const directory = await mkdtemp(path.join(parent, 'compaction-'));
    const spill = path.join(directory, 'spill');
    await mkdir(spill);
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    // The order matters: directories first, then no access beyond them, then no further change.
    for (const setting of [
      `allowed_directories = [${quoteText(directory)}]`,
      `temp_directory = ${quoteText(spill)}`,
      `max_temp_directory_size = '${limits.spillMiB}MiB'`,
      `memory_limit = '${limits.memoryMiB}MiB'`,
      `threads = ${limits.threads}`,
      "TimeZone = 'UTC'",
      // Rows have only the order that a dataset declares; preserving the order of the input costs memory.
      'preserve_insertion_order = false',
      // Files are read once; and a cache could serve bytes that a sparse file did not have yet (see sparse-file.ts).
      'enable_external_file_cache = false',
      'autoinstall_known_extensions = false',
      'autoload_known_extensions = false',
      'allow_community_extensions = false',
      'enable_external_access = false',
      'lock_configuration = true',
    ]) {
      await connection.run(`SET ${setting}`);
    }
    return new EngineSession(directory, limits.memoryMiB, instance, connection, signal);
  }

  path(name: string): string {
    return path.join(this.directory, name);
  }

  async run(sql: string): Promise<void> {
    await this.#interruptible(() => this.#connection.run(sql));
  }

  /** Creates or replaces a temporary table with the result of a query. */
  async table(name: string, query: string): Promise<void> {
    await this.run(`CREATE OR REPLACE TEMP TABLE ${name} AS ${query}`);
  }

  async rows(sql: string): Promise<Record<string, DuckDBValue>[]> {
    const reader = await this.#interruptible(() => this.#connection.runAndReadAll(sql));
    return reader.getRowObjects();
  }

  /** The one number that a statement returns: a count, or the rows that a COPY wrote. */
  async number(sql: string): Promise<number> {
    const reader = await this.#interruptible(() => this.#connection.runAndReadAll(sql));
    return Number(reader.getRows()[0]?.[0]);
  }

  async close(): Promise<void> {
    // Closing during a statement that ignored the interrupt would block the whole thread until it ends.
    if (this.#statements === 0) {
      this.#connection.closeSync();
      this.#instance.closeSync();
    }
    await rm(this.directory, { recursive: true, force: true });
  }

  async #interruptible<T>(start: () => Promise<T>): Promise<T> {
    const signal = this.#signal;
    if (signal === undefined) return await start();
    signal.throwIfAborted();
    let again: NodeJS.Timeout | undefined;
    const interrupt = (): void => {
      this.#connection.interrupt();
      again = setInterval(() => this.#connection.interrupt(), INTERRUPT_EVERY_MILLIS);
    };
    signal.addEventListener('abort', interrupt, { once: true });
    this.#statements++;
    const statement = start().finally(() => {
      this.#statements--;
      clearInterval(again);
      signal.removeEventListener('abort', interrupt);
    });
    try {
      return await unlessAborted(signal, statement, INTERRUPT_GRACE_MILLIS);
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    }
  }
}

/** An SQL list of string literals. */
export function literals(texts: readonly string[]): string {
  return `[${texts.map(quoteText).join(', ')}]`;
}
