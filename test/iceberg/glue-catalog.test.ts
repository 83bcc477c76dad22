/** The shipped adapter and the SDK's client, over a loopback endpoint that speaks Glue's JSON protocol and keeps its rules of versions. */

import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GlueClient } from '@aws-sdk/client-glue';
import { GlueCatalog } from '../../lambda/iceberg/glue-catalog';
import { publish } from '../../lambda/iceberg/publish';
import { testDataset } from '../compaction/support/test-dataset';
import { IcebergLake } from './lake';

interface TableInput {
  readonly Name: string;
  readonly Parameters?: Readonly<Record<string, string>>;
}
interface Request {
  readonly DatabaseName: string;
  readonly Name?: string;
  readonly TableInput?: TableInput;
  readonly VersionId?: string;
  readonly SkipArchive?: boolean;
}
/** What is to go wrong with one call: an error in its place, or no answer after it took effect. */
type Fault = { readonly error: string; readonly status?: number } | 'lost answer';

/** https://docs.aws.amazon.com/glue/latest/webapi/API_UpdateTable.html */
class Glue {
  readonly tables = new Map<string, { input: TableInput; version: number }>();
  readonly requests: [string, Request][] = [];
  database = 'lake_iceberg';
  faults: Partial<Record<string, Fault[]>> = {};
  before: (operation: string) => Promise<void> = async () => {};
  readonly #server: Server = createServer((request, response) => {
    void this.#answer(request).then((answer) => {
      if (answer === undefined) response.destroy();
      else response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.1' }).end(answer.body);
    });
  });

  async open(): Promise<GlueClient> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return new GlueClient({
      endpoint: `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`,
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
    const body = JSON.parse(text) as Request;
    this.requests.push([operation, body]);
    await this.before(operation);
    const fault = this.faults[operation]?.shift();
    if (fault !== undefined && fault !== 'lost answer') return failed(fault.error, fault.status);
    const answer = this.#run(operation, body);
    return fault === 'lost answer' ? undefined : answer;
  }

  #run(operation: string, { DatabaseName, Name, TableInput, VersionId }: Request): { status: number; body: string } {
    const name = Name ?? TableInput?.Name ?? '';
    const table = this.tables.get(name);
    if (DatabaseName !== this.database) return failed('EntityNotFoundException');
    if (operation === 'CreateTable') {
      if (table !== undefined) return failed('AlreadyExistsException');
      this.tables.set(name, { input: TableInput as TableInput, version: 0 });
      return ok({});
    }
    if (table === undefined) return failed('EntityNotFoundException');
    if (operation === 'GetTable') return ok({ Table: { ...table.input, VersionId: String(table.version) } });
    if (VersionId !== undefined && VersionId !== String(table.version))
      return failed('ConcurrentModificationException');
    this.tables.set(name, { input: TableInput as TableInput, version: table.version + 1 });
    return ok({});
  }
}

const ok = (body: object) => ({ status: 200, body: JSON.stringify(body) });
const failed = (type: string, status = 400) => ({ status, body: JSON.stringify({ __type: type, Message: type }) });

const dataset = testDataset();
const PARTITION = 'year=2026/month=06/day=15';
let glue: Glue;
let client: GlueClient;
let catalog: GlueCatalog;
let world: IcebergLake;
beforeEach(async () => {
  glue = new Glue();
  client = await glue.open();
  catalog = new GlueCatalog(client, 'lake_iceberg');
  world = new IcebergLake();
});
afterEach(async () => {
  client.destroy();
  await glue.close();
  await world.close();
});

const commitOne = async (): Promise<void> => {
  const body = await world.parquet(`SELECT 'a' AS id, TIMESTAMP '2026-06-15 10:00:00' AS at, 1::INTEGER AS n`);
  await world.commit(dataset, PARTITION, [await world.put(dataset, PARTITION, body)]);
};
const publishNow = () => publish(world.lake, catalog, dataset);
const location = (): string => glue.tables.get('events')?.input.Parameters?.metadata_location ?? '';

test('a table is created, and then replaced by version, without an archive of versions', async () => {
  await commitOne();
  expect(await publishNow()).toMatchObject({ outcome: 'published' });
  const first = location();
  expect(glue.tables.get('events')?.input).toMatchObject({
    TableType: 'EXTERNAL_TABLE',
    Parameters: {
      table_type: 'ICEBERG',
      metadata_location: expect.stringMatching(/^s3:\/\/curated\/iceberg\/events\/metadata\/0/),
    },
    StorageDescriptor: {
      Location: 's3://curated/iceberg/events',
      Columns: expect.arrayContaining([
        { Name: 'n', Type: 'int', Parameters: expect.objectContaining({ 'iceberg.field.id': '3' }) },
      ]),
    },
  });
  await commitOne();
  expect(await publishNow()).toMatchObject({ outcome: 'published' });
  expect(glue.requests.at(-1)).toMatchObject(['UpdateTable', { VersionId: '0', SkipArchive: true }]);
  expect(glue.tables.get('events')?.input.Parameters?.previous_metadata_location).toBe(first);
  expect(location()).not.toBe(first);
});

test.each(['ConcurrentModificationException', 'VersionMismatchException'])(
  'a stale version, told as %s, starts over and loses nothing',
  async (error) => {
    await commitOne();
    await publishNow();
    await commitOne();
    // As many as the client tries again by itself.
    glue.faults = { UpdateTable: [{ error }] };
    expect(await publishNow()).toMatchObject({ outcome: 'published' });
    expect(glue.tables.get('events')?.version).toBe(1);
  },
);

test.each(['CreateTable', 'UpdateTable'])(
  'of two that %s at a time, one wins and the other goes on from it',
  async (call) => {
    await commitOne();
    if (call === 'UpdateTable') {
      await publishNow();
      await commitOne();
    }
    let others = 0;
    glue.before = async (operation) => {
      if (operation !== call || others++ > 0) return;
      await commitOne();
      expect(await publishNow()).toMatchObject({ outcome: 'published' });
    };
    expect(await publishNow()).toMatchObject({ outcome: 'unchanged' });
    expect(glue.tables.get('events')?.version).toBe(call === 'UpdateTable' ? 1 : 0);
  },
);

test.each(['CreateTable', 'UpdateTable'])('a lost answer of %s leaves the table published, once', async (call) => {
  await commitOne();
  if (call === 'UpdateTable') {
    await publishNow();
    await commitOne();
  }
  const version = glue.tables.get('events')?.version;
  glue.faults = { [call]: ['lost answer'] };
  // The client asks again by itself, and is told of its own commit.
  expect(await publishNow()).toMatchObject({ outcome: 'unchanged' });
  expect(glue.tables.get('events')?.version).toBe(version === undefined ? 0 : version + 1);
  expect(await publishNow()).toMatchObject({ outcome: 'unchanged', partitions: 0 });
});

test('a database that does not exist is an error, and not a conflict that never ends', async () => {
  glue.database = 'another';
  await commitOne();
  await expect(publishNow()).rejects.toThrow('EntityNotFoundException');
  expect(glue.requests.map(([operation]) => operation)).toEqual(['GetTable', 'CreateTable']);
});

test('a table that is dropped while it is published is made again', async () => {
  await commitOne();
  await publishNow();
  await commitOne();
  let dropped = false;
  glue.before = async (operation) => {
    if (operation !== 'UpdateTable' || dropped) return;
    dropped = true;
    glue.tables.delete('events');
  };
  expect(await publishNow()).toMatchObject({ outcome: 'published', wasForeign: false });
  expect(glue.tables.get('events')?.version).toBe(0);
});

test('a table that is no Iceberg table any more becomes one, over its version', async () => {
  glue.tables.set('events', { input: { Name: 'events', Parameters: { classification: 'parquet' } }, version: 7 });
  await commitOne();
  expect(await publishNow()).toMatchObject({ outcome: 'published', filesAdded: 1 });
  expect(glue.requests.at(-1)).toMatchObject(['UpdateTable', { VersionId: '7' }]);
});

test.each(['GetTable', 'CreateTable'])('%s that is denied is an error at once', async (call) => {
  glue.faults = { [call]: [{ error: 'AccessDeniedException' }] };
  await commitOne();
  await expect(publishNow()).rejects.toThrow('AccessDeniedException');
});

test('a table without a version is an error: nothing could be replaced safely', async () => {
  jest.spyOn(client, 'send').mockImplementationOnce(async () => ({ Table: { Name: 'events' } }) as never);
  await expect(catalog.find('events')).rejects.toThrow('Glue returned no version of lake_iceberg.events');
});
