import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GlueClient } from '@aws-sdk/client-glue';

export interface TableInput {
  readonly Name: string;
  readonly Parameters?: Readonly<Record<string, string>>;
}
export interface GlueRequest {
  readonly DatabaseName: string;
  readonly Name?: string;
  readonly TableInput?: TableInput;
  readonly VersionId?: string;
  readonly SkipArchive?: boolean;
  readonly NextToken?: string;
}
/** What is to go wrong with one call: an error in its place, or no answer after it took effect. */
type Fault = { readonly error: string; readonly status?: number } | 'lost answer';

/** A loopback endpoint that speaks Glue's JSON protocol and keeps its rules: https://docs.aws.amazon.com/glue/latest/webapi/API_UpdateTable.html */
export class Glue {
  readonly tables = new Map<string, { input: TableInput; version: number }>();
  readonly requests: [string, GlueRequest][] = [];
  database = 'lake_iceberg';
  faults: Partial<Record<string, Fault[]>> = {};
  before: (operation: string) => Promise<void> = async () => {};
  readonly #server: Server = createServer((request, response) => {
    void this.#answer(request).then((answer) => {
      if (answer === undefined) response.destroy();
      else response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.1' }).end(answer.body);
    });
  });

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async open(): Promise<GlueClient> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return new GlueClient({
      endpoint: this.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #answer(request: IncomingMessage): Promise<{ status: number; body: string } | undefined> {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const operation = String(request.headers['x-amz-target']).replace('AWSGlue.', '');
    const body = JSON.parse(text) as GlueRequest;
    this.requests.push([operation, body]);
    await this.before(operation);
    const fault = this.faults[operation]?.shift();
    if (fault !== undefined && fault !== 'lost answer') return failed(fault.error, fault.status);
    const answer = this.#run(operation, body);
    return fault === 'lost answer' ? undefined : answer;
  }

  #run(
    operation: string,
    { DatabaseName, Name, TableInput, VersionId, NextToken }: GlueRequest,
  ): { status: number; body: string } {
    const name = Name ?? TableInput?.Name ?? '';
    const table = this.tables.get(name);
    if (DatabaseName !== this.database) return failed('EntityNotFoundException');
    if (operation === 'GetTables') return this.#page(NextToken);
    if (operation === 'CreateTable') {
      if (table !== undefined) return failed('AlreadyExistsException');
      this.tables.set(name, { input: TableInput as TableInput, version: 0 });
      return ok({});
    }
    if (table === undefined) return failed('EntityNotFoundException');
    if (operation === 'GetTable') return ok({ Table: { ...table.input, VersionId: String(table.version) } });
    if (operation === 'DeleteTable') {
      this.tables.delete(name);
      return ok({});
    }
    if (VersionId !== undefined && VersionId !== String(table.version))
      return failed('ConcurrentModificationException');
    this.tables.set(name, { input: TableInput as TableInput, version: table.version + 1 });
    return ok({});
  }

  /** Two tables a page. */
  #page(token = '0'): { status: number; body: string } {
    const [from, names] = [Number(token), [...this.tables.keys()]];
    const TableList = names.slice(from, from + 2).map((Name) => ({ Name }));
    return ok({ TableList, ...(from + 2 < names.length ? { NextToken: String(from + 2) } : {}) });
  }
}

const ok = (body: object) => ({ status: 200, body: JSON.stringify(body) });
const failed = (type: string, status = 400) => ({ status, body: JSON.stringify({ __type: type, Message: type }) });
