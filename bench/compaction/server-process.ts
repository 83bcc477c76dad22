import { spawn } from 'node:child_process';
import { linkSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';

/**
 * Starts the loopback S3 server in a process of its own, with objects already in the raw bucket. They have been listed
 * once, so that the server's hashing of files that it sees for the first time is not measured.
 *
 * @param entry the server's main module, bundled
 */
export async function startServerProcess(
  entry: string,
  root: string,
  objects: string,
  prefix: string,
): Promise<{ endpoint: string; close(): Promise<void> }> {
  const folder = path.join(root, 'raw', prefix);
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(objects)) linkSync(path.join(objects, name), path.join(folder, name));
  const buckets = ['raw', 'curated', 'quarantine'].flatMap((bucket) => ['--bucket', bucket]);
  const server = spawn(process.execPath, [entry, '--root', root, '--port', '0', ...buckets], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
  });
  const closed = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  for await (const line of createInterface({ input: server.stdout })) {
    const endpoint = /^listening (\S+)$/.exec(line)?.[1];
    if (endpoint === undefined) continue;
    await listAll(endpoint);
    const close = async (): Promise<void> => {
      server.kill('SIGTERM');
      await closed;
    };
    return { endpoint, close };
  }
  throw new Error('The S3 server ended before it listened');
}

async function listAll(endpoint: string): Promise<void> {
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
  });
  for await (const _page of paginateListObjectsV2({ client }, { Bucket: 'raw' })) {
    // Reading the pages is all.
  }
  client.destroy();
}
