import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { S3Client } from '@aws-sdk/client-s3';
import type { ObjectStore } from '../../../lambda/compaction/store/object-store';
import { S3ObjectStore } from '../../../lambda/compaction/store/s3-object-store';
import { type S3Server, startS3Server } from '../../../packages/s3-loopback/src';
import { fastFolder } from '../../support/fast-folder';
import { withoutDelays } from '../store/without-delays';
import { type Gate, MemoryBuckets } from './memory-store';
import { type ModelStorage, READS } from './storage';

const BUCKETS = ['raw', 'curated', 'quarantine'];
const MAX_ATTEMPTS = 3;

/**
 * The buckets of a loopback S3 server. Processes use the store that ships, each with an SDK client of its own whose every
 * request, retries included, passes the gates. The invariants see what lies in the folder of the server.
 */
export class ServerStorage implements ModelStorage {
  readonly buckets: FolderBuckets;
  readonly #folder: string;
  readonly #server: S3Server;
  readonly #clients: S3Client[] = [];
  readonly #producer: ObjectStore;

  private constructor(folder: string, server: S3Server, buckets: FolderBuckets) {
    this.#folder = folder;
    this.#server = server;
    this.buckets = buckets;
    this.#producer = new S3ObjectStore(this.#client());
  }

  static async open(saved: SavedFolder = []): Promise<ServerStorage> {
    const folder = mkdtempSync(join(fastFolder(), 'model-lake-'));
    writeFolder(join(folder, 's3'), saved);
    const buckets = new FolderBuckets(folder);
    const server = await startS3Server({
      root: join(folder, 's3'),
      buckets: { raw: { versioned: true }, curated: { versioned: true }, quarantine: {} },
      clock: () => buckets.now(),
    });
    return new ServerStorage(folder, server, buckets);
  }

  async save(): Promise<() => Promise<ModelStorage>> {
    await this.arrived();
    await this.#end();
    const saved = readFolder(join(this.#folder, 's3'));
    rmSync(this.#folder, { recursive: true, force: true });
    return async () => {
      const storage = await ServerStorage.open(saved);
      storage.buckets.look();
      return storage;
    };
  }

  store(before: Gate, after: Gate): ObjectStore {
    const client = this.#client();
    const handler = client.config.requestHandler;
    const send = handler.handle.bind(handler);
    handler.handle = async (request, options) => {
      const operation = operationOf(request as HttpRequest);
      await before(operation);
      const answer = await send(request, options);
      if (!READS.test(operation)) this.buckets.look();
      try {
        await after(operation);
      } catch (error) {
        (answer.response.body as Readable).destroy();
        throw error;
      }
      return answer;
    };
    return new S3ObjectStore(client);
  }

  /** As the SDK meets it when a connection ends without an answer: it sends the request again. */
  lostAnswer(): Error {
    return Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
  }

  async arrived(): Promise<void> {
    for (const { bucket, key, body } of this.buckets.sent.splice(0)) await this.#producer.put(bucket, key, body);
    this.buckets.look();
  }

  async close(): Promise<void> {
    await this.#end();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #end(): Promise<void> {
    for (const client of this.#clients) client.destroy();
    await this.#server.close();
  }

  #client(): S3Client {
    const client = new S3Client({
      endpoint: this.#server.endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      maxAttempts: MAX_ATTEMPTS,
      credentials: { accessKeyId: 'model', secretAccessKey: 'model' },
    });
    withoutDelays(client);
    this.#clients.push(client);
    return client;
  }
}

interface SavedFile {
  /** Below the folder. */
  readonly path: string;
  /** Of a folder: nothing. */
  readonly body: Buffer | undefined;
  readonly modified: Date;
}

/** A folder's files and folders, each folder before what lies in it. */
type SavedFolder = readonly SavedFile[];

function readFolder(folder: string): SavedFolder {
  const found = readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry): SavedFile => {
    const path = join(entry.parentPath, entry.name);
    const body = entry.isFile() ? readFileSync(path) : undefined;
    return { path: path.slice(folder.length), body, modified: statSync(path).mtime };
  });
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function writeFolder(folder: string, saved: SavedFolder): void {
  mkdirSync(folder);
  for (const { path, body, modified } of saved) {
    if (body === undefined) {
      mkdirSync(join(folder, path));
    } else {
      writeFileSync(join(folder, path), body);
      utimesSync(join(folder, path), modified, modified);
    }
  }
}

/** What lies in the folders of the server's buckets, as of the last look. */
class FolderBuckets extends MemoryBuckets {
  /** Puts of producers that are not on the server yet. */
  readonly sent: { readonly bucket: string; readonly key: string; readonly body: Buffer }[] = [];
  readonly #folder: string;
  #files = 0;

  constructor(folder: string) {
    super();
    this.#folder = folder;
    mkdirSync(join(folder, 'local'));
  }

  override put(bucket: string, key: string, body: Buffer): string {
    this.sent.push({ bucket, key, body });
    return super.put(bucket, key, body);
  }

  override newFile(body: Buffer): string {
    const path = join(this.#folder, 'local', `${++this.#files}`);
    writeFileSync(path, body);
    return path;
  }

  look(): void {
    this.objects.clear();
    for (const bucket of BUCKETS) {
      const folder = join(this.#folder, 's3', bucket);
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile()) continue;
        const path = join(entry.parentPath, entry.name);
        const body = readFileSync(path);
        const etag = `"${createHash('md5').update(body).digest('hex')}"`;
        const lastModified = this.now();
        this.objects.set(join(bucket, path.slice(folder.length)), { body, etag, versionId: '', lastModified });
      }
    }
  }
}

interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, unknown>>;
}

/** The words of the store in memory, as far as a request can be told by them. */
function operationOf({ method, path, headers, query = {} }: HttpRequest): string {
  const place = decodeURIComponent(path).slice(1);
  if ('list-type' in query) {
    return `${'delimiter' in query ? 'listFolder' : 'list'} ${place.replace(/\/$/, '')}/${query.prefix}`;
  }
  if ('delete' in query) return `delete ${place}`;
  if ('x-amz-copy-source' in headers) return `copy ${place}`;
  return `${method.toLowerCase()} ${place}`;
}
