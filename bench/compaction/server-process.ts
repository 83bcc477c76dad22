import { spawn } from 'node:child_process';
import { linkSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** Starts the loopback S3 server in a process of its own, with objects already in the raw bucket. */
export async function startServerProcess(
  root: string,
  objects: string,
  prefix: string,
): Promise<{ endpoint: string; close(): Promise<void> }> {
  const folder = path.join(root, 'raw', prefix);
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(objects)) linkSync(path.join(objects, name), path.join(folder, name));
  const entry = path.join(__dirname, '..', '..', 'local', 's3', 'main.ts');
  const buckets = ['raw:versioned', 'curated', 'quarantine'].flatMap((bucket) => ['--bucket', bucket]);
  const server = spawn(process.execPath, ['--import', 'tsx', entry, '--root', root, '--port', '0', ...buckets], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
  });
  const closed = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  for await (const line of createInterface({ input: server.stdout })) {
    const endpoint = /^listening (\S+)$/.exec(line)?.[1];
    if (endpoint === undefined) continue;
    const close = async (): Promise<void> => {
      server.kill('SIGTERM');
      await closed;
    };
    return { endpoint, close };
  }
  throw new Error('The S3 server ended before it listened');
}
