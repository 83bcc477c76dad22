import { setTimeout as sleep } from 'node:timers/promises';

/** A value as Trino's protocol sends it; integers that a double cannot hold come as text. */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value };

export interface Answer {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly Value[])[];
  /** Bytes read from S3: what Athena would bill. */
  readonly physicalInputBytes: number;
  /** Wall time of the query as the server measured it. */
  readonly elapsedMillis: number;
}

/** A query that the engine refused or gave up. */
export class QueryError extends Error {
  override readonly name = 'QueryError';

  constructor(
    /** For example `HIVE_BAD_DATA`. */
    readonly code: string,
    message: string,
    readonly sql: string,
  ) {
    super(`${code}: ${message}\n${sql}`);
  }
}

interface Page {
  readonly nextUri?: string;
  readonly columns?: Answer['columns'];
  readonly data?: readonly (readonly Value[])[];
  readonly stats?: { readonly physicalInputBytes?: number; readonly elapsedTimeMillis?: number };
  readonly error?: { readonly errorName: string; readonly message: string };
}

export interface ClientOptions {
  readonly endpoint: string;
  /** Catalog of names that give none, and of `$path` and its like. */
  readonly catalog: string;
}

/** Longest that one query may take before the client gives it up, in milliseconds. */
const QUERY_TIMEOUT = 120_000;
/** Trino answers 503 to ask for a little patience. */
const PATIENCE_MS = 50;

/** The statement protocol: POST the text, then follow `nextUri` until there is none. One object serves many queries at once. */
export class TrinoClient {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /**
   * Runs one statement. Dates and times are those of UTC.
   *
   * @param schema where tables without a database are. @default none
   * @throws QueryError when the engine fails the query
   */
  async query(sql: string, schema?: string): Promise<Answer> {
    const deadline = AbortSignal.timeout(QUERY_TIMEOUT);
    for (;;) {
      try {
        return await this.#run(sql, schema, deadline);
      } catch (error) {
        // A server that has just started answers before its only node has announced itself; nothing has run then.
        if (!(error instanceof QueryError) || error.code !== 'NO_NODES_AVAILABLE' || deadline.aborted) throw error;
        await sleep(PATIENCE_MS);
      }
    }
  }

  async #run(sql: string, schema: string | undefined, deadline: AbortSignal): Promise<Answer> {
    let page = await request(new URL('/v1/statement', this.#options.endpoint), deadline, {
      method: 'POST',
      body: sql,
      headers: {
        'X-Trino-User': 'proof',
        'X-Trino-Source': 'test:trino',
        'X-Trino-Catalog': this.#options.catalog,
        'X-Trino-Time-Zone': 'UTC',
        ...(schema === undefined ? {} : { 'X-Trino-Schema': schema }),
      },
    });
    let columns: Answer['columns'] = [];
    const rows: (readonly Value[])[] = [];
    for (;;) {
      if (page.error !== undefined) throw new QueryError(page.error.errorName, page.error.message, sql);
      columns = page.columns ?? columns;
      for (const row of page.data ?? []) rows.push(row);
      if (page.nextUri === undefined) break;
      page = await request(new URL(page.nextUri), deadline);
    }
    const { physicalInputBytes = 0, elapsedTimeMillis = 0 } = page.stats ?? {};
    return { columns, rows, physicalInputBytes, elapsedMillis: elapsedTimeMillis };
  }

  /** The only value of the only row. */
  async value(sql: string): Promise<Value> {
    const { rows } = await this.query(sql);
    const value = rows[0]?.[0];
    if (rows.length !== 1 || value === undefined) throw new Error(`expected one row, but got ${rows.length}:\n${sql}`);
    return value;
  }
}

async function request(url: URL, signal: AbortSignal, init: RequestInit = {}): Promise<Page> {
  for (;;) {
    const response = await fetch(url, { ...init, signal });
    const text = await response.text();
    if (response.status === 200) return JSON.parse(quoteLongIntegers(text)) as Page;
    if (response.status !== 503) throw new Error(`Trino answered ${response.status}: ${text.slice(0, 500)}`);
    await sleep(PATIENCE_MS);
  }
}

/**
 * A bigint may have 19 digits and a double holds 15 for sure, so longer integers become strings before the text is parsed.
 * Strings are matched first and left alone.
 */
export function quoteLongIntegers(json: string): string {
  return json.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g, (token) =>
    /^-?\d{16,}$/.test(token) ? `"${token}"` : token,
  );
}
