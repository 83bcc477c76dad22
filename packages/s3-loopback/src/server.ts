import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RequestHandler, type S3ServerStats } from './handler';
import type { RequestHook } from './hook';
import type { Credentials } from './signature';
import { Store } from './store';

export interface S3ServerOptions {
  /** Folder of the buckets; created if it is missing. */
  readonly root: string;
  /** @default 0, any free port */
  readonly port?: number;
  /** Buckets to create unless they exist. @default none */
  readonly buckets?: Readonly<Record<string, { readonly versioned?: boolean }>>;
  /** Time of everything the server writes down. @default the system's clock */
  readonly clock?: () => Date;
  /** Called before and after each operation; may wait, and may return or throw a fault. */
  readonly onRequest?: RequestHook;
  /** The only credentials to accept, with their signatures verified. @default any well-formed signature passes */
  readonly credentials?: Credentials;
  /** Whether requests without a signature are served. @default false */
  readonly anonymous?: boolean;
}

export interface S3Server {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  readonly port: number;
  /** Drops open connections, lets operations under way end and releases the folder. */
  close(): Promise<void>;
  stats(): S3ServerStats;
}

/** Clients keep idle connections for reuse; closing them first would race with their next request. */
const KEEP_ALIVE_MS = 120_000;

/**
 * Serves the S3 protocol over a local folder, on the loopback interface only. Objects are plain files
 * `<root>/<bucket>/<key>`; everything else lies in `<root>/.s3`.
 * @throws Error when another process serves the folder, or the port is taken
 */
export async function startS3Server(options: S3ServerOptions): Promise<S3Server> {
  const clock = options.clock;
  const now = clock === undefined ? Date.now : () => clock().getTime();
  const store = new Store(options.root, now);
  const handler = new RequestHandler(store, options, now);
  const server = createServer({ keepAlive: true, keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    void handler.handle(request, response);
  });
  server.requestTimeout = 0;
  try {
    for (const [name, { versioned }] of Object.entries(options.buckets ?? {})) {
      const bucket = store.buckets.get(name) ?? store.create(name);
      if (versioned === true && bucket.versioning === undefined) store.setVersioning(bucket, 'Enabled');
    }
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(options.port ?? 0, '127.0.0.1', resolve);
    });
  } catch (error) {
    store.close();
    throw error;
  }
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
    await handler.close();
    store.close();
  };
  let closing: Promise<void> | undefined;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    port,
    stats: () => handler.stats(),
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}
