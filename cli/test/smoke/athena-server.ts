import { statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AthenaClient } from '@aws-sdk/client-athena';
import { datasets } from '../../../test/fixtures/datasets';
import type { LocalLake } from '../../lake';
import { guard } from '../../preflight/aws/guard';
import { QueryEngine } from '../../tables/engine';
import { tableFiles } from '../../tables/table-files';
import { zoneTables } from '../../tables/views';
import { ANY_CALL } from '../../verbs/stage-lake';

/** What the stand-in does wrong, for checks that have to see it. */
export interface AthenaFaults {
  /** Lets everybody query everything. */
  readonly allowsAll?: boolean;
  /** Lets everybody use every workgroup. */
  readonly sharesWorkgroups?: boolean;
  /** Does not stop a query at the limit of its workgroup. */
  readonly ignoresLimit?: boolean;
  /** Why queries fail whose text matches. */
  readonly fails?: { readonly sql: RegExp; readonly reason: string };
  /** Changes a value of an answer, of queries whose text matches. */
  readonly changes?: { readonly sql: RegExp; readonly value: (value: string) => string };
}

interface Query {
  readonly state: string;
  readonly reason?: string;
  readonly bytes: number;
  readonly rows: readonly (readonly (string | undefined)[])[];
  polls: number;
}

interface Call {
  readonly QueryString?: string;
  readonly WorkGroup?: string;
  readonly ExecutionParameters?: readonly string[];
  readonly QueryExecutionId?: string;
  readonly NamedQueryId?: string;
  readonly Name?: string;
  readonly Configuration?: { readonly BytesScannedCutoffPerQuery?: number };
}

/**
 * Athena over HTTP, as far as the smoke test asks it: DuckDB reads the tables by the definitions that synth makes, out of the
 * files of a lake on this machine. Who asks is told by the access key. Errors are worded as Athena words them.
 */
export class AthenaServer {
  readonly #server: Server;
  readonly #engine: QueryEngine;
  readonly #lake: LocalLake;
  readonly #queries = new Map<string, Query>();
  readonly workgroups = new Map<string, { readonly BytesScannedCutoffPerQuery: number }>();
  readonly named = new Map<string, Readonly<Record<string, string>>>();
  faults: AthenaFaults = {};

  private constructor(server: Server, engine: QueryEngine, lake: LocalLake) {
    this.#server = server;
    this.#engine = engine;
    this.#lake = lake;
  }

  static async start(lake: LocalLake): Promise<AthenaServer> {
    const engine = await QueryEngine.open(lake.scratch);
    // What Athena and DuckDB call differently.
    await engine.run(
      "CREATE MACRO date_format(t, f) AS strftime(date_trunc('milliseconds', t), replace(replace(f, '%s', '%S'), '%i', '%M'))",
    );
    await engine.run(
      "CREATE MACRO cardinality(x) AS CASE json_type(to_json(x)) WHEN 'OBJECT' THEN len(json_keys(to_json(x))) WHEN 'ARRAY' THEN json_array_length(to_json(x)) END",
    );
    const server = createServer();
    const stand = new AthenaServer(server, engine, lake);
    server.on('request', (request, response) => void stand.#answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return stand;
  }

  async close(): Promise<void> {
    this.#engine.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  client(who: string): AthenaClient {
    const { port } = this.#server.address() as AddressInfo;
    const client = new AthenaClient({
      region: 'eu-central-1',
      endpoint: `http://127.0.0.1:${port}`,
      credentials: { accessKeyId: who, secretAccessKey: 'any' },
      maxAttempts: 1,
    });
    return guard(client, undefined, ANY_CALL);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const call = JSON.parse(Buffer.concat(parts).toString('utf8')) as Call;
    const [, action = ''] = String(request.headers['x-amz-target']).split('.');
    const [, who = ''] = /Credential=([^/]+)\//.exec(request.headers.authorization ?? '') ?? [];
    let [status, body]: [number, unknown] = [200, {}];
    try {
      body = await this.#act(action, call, who);
    } catch (error) {
      const { name, message } = error as Error;
      [status, body] = [400, { __type: name, message }];
    }
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
  }

  async #act(action: string, call: Call, who: string): Promise<unknown> {
    const { WorkGroup = '', Name = '', QueryExecutionId = '', NamedQueryId = '' } = call;
    switch (action) {
      case 'StartQueryExecution': {
        if (!this.#mayUse(who, WorkGroup))
          throw refusal('AccessDeniedException', `You are not authorized: ${WorkGroup}`);
        const id = `query-${this.#queries.size}`;
        this.#queries.set(id, await this.#run(call, who));
        return { QueryExecutionId: id };
      }
      case 'GetQueryExecution': {
        const query = this.#query(QueryExecutionId);
        query.polls += 1;
        const Status =
          query.polls === 1 ? { State: 'QUEUED' } : { State: query.state, StateChangeReason: query.reason };
        return { QueryExecution: { QueryExecutionId, Status, Statistics: { DataScannedInBytes: query.bytes } } };
      }
      case 'GetQueryResults': {
        const rows = [['names', 'of', 'columns'], ...this.#query(QueryExecutionId).rows];
        const Rows = rows.map((row) => ({ Data: row.map((VarCharValue) => ({ VarCharValue })) }));
        return { ResultSet: { Rows } };
      }
      case 'GetWorkGroup':
        return { WorkGroup: { Name: WorkGroup, Configuration: this.workgroups.get(WorkGroup) } };
      case 'CreateWorkGroup':
        this.workgroups.set(Name, {
          BytesScannedCutoffPerQuery: call.Configuration?.BytesScannedCutoffPerQuery ?? Number.POSITIVE_INFINITY,
        });
        return {};
      case 'DeleteWorkGroup':
        if (!this.workgroups.delete(WorkGroup))
          throw refusal('InvalidRequestException', `WorkGroup ${WorkGroup} is not found.`);
        return {};
      case 'GetNamedQuery':
        return { NamedQuery: this.named.get(NamedQueryId) };
      default:
        throw refusal('UnknownOperationException', action);
    }
  }

  #query(id: string): Query {
    const found = this.#queries.get(id);
    if (found === undefined) throw refusal('InvalidRequestException', `QueryExecution ${id} was not found`);
    return found;
  }

  #mayUse(who: string, workgroup: string): boolean {
    const { allowsAll, sharesWorkgroups } = this.faults;
    return allowsAll === true || sharesWorkgroups === true || who === 'admin' || workgroup.endsWith(`-${who}`);
  }

  async #run({ QueryString: sql = '', WorkGroup = '', ExecutionParameters = [] }: Call, who: string): Promise<Query> {
    const ended = (state: string, reason: string, bytes = 0): Query => ({ state, reason, bytes, rows: [], polls: 0 });
    if (who === 'analyst' && sql.includes('lake_dev_raw') && this.faults.allowsAll !== true) {
      return ended('FAILED', 'Insufficient permissions: User is not authorized to perform: glue:GetTable');
    }
    if (this.faults.fails?.sql.test(sql) === true) return ended('FAILED', this.faults.fails.reason);
    // Which file a row is of, DuckDB's views do not say.
    let [text, bytes] = [sql.replaceAll('"$path"', '"partition no"'), 0];
    for (const dataset of datasets) {
      for (const zone of ['raw', 'curated'] as const) {
        const name = `"lake_dev_${zone}"."${dataset.name}"`;
        const scans = text.split(name).length - 1;
        if (scans === 0) continue;
        const table = zoneTables(dataset)[zone];
        const files = await tableFiles(table, this.#lake.root, {});
        await this.#engine.createView(`${zone} ${dataset.name}`, table, files);
        for (const path of files.flatMap((partition) => partition.files)) bytes += scans * statSync(path).size;
        text = text.replaceAll(name, `"${zone} ${dataset.name}"`);
      }
    }
    const limit = this.workgroups.get(WorkGroup)?.BytesScannedCutoffPerQuery ?? Number.POSITIVE_INFINITY;
    if (bytes > limit && this.faults.ignoresLimit !== true) {
      return ended('CANCELLED', 'Query cancelled! : Bytes scanned limit was exceeded', limit);
    }
    try {
      const values = [...ExecutionParameters];
      const found = await this.#engine.rows(text.replace(/\?/g, () => values.shift() ?? '?'));
      const change = this.faults.changes?.sql.test(sql) === true ? this.faults.changes.value : (value: string) => value;
      const rows = found.map((row) =>
        Object.values(row).map((value) => (value === null ? undefined : change(String(value)))),
      );
      return { state: 'SUCCEEDED', bytes, rows, polls: 0 };
    } catch (error) {
      return ended('FAILED', (error as Error).message);
    }
  }
}

const refusal = (name: string, message: string): Error => Object.assign(new Error(message), { name });
