import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { createConnection } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CannotRun } from '../../e2e/tools/errors';
import type { Supervised, Supervisor } from '../../e2e/tools/supervisor';

const NAMES = ['redis-server', 'valkey-server'] as const;

function onPath(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * The path of redis-server or valkey-server. Where none is installed, it is installed by apt-get, if this is Debian or
 * Ubuntu and we may.
 *
 * @throws CannotRun
 */
export async function findRedis(supervisor: Supervisor): Promise<string> {
  const found = onPath();
  if (found !== undefined) return found;
  if (process.getuid?.() === 0) {
    console.log('No redis-server on the PATH: installing it with apt-get.');
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
    const run = (...args: string[]) =>
      supervisor.run('apt-get', args, { env }).catch(() => ({ code: -1, stdout: '', stderr: 'apt-get does not run' }));
    await run('update');
    const { code, stderr } = await run('install', '-y', '--no-install-recommends', 'redis-server');
    const installed = onPath();
    if (code === 0 && installed !== undefined) return installed;
    throw new CannotRun(`redis-server could not be installed with apt-get: ${stderr.trim().slice(-500)}`);
  }
  throw new CannotRun('There is no redis-server or valkey-server on the PATH. Install one, then run this again.');
}

export interface RedisOptions {
  readonly port: number;
  /** Further arguments. @default none */
  readonly args?: readonly string[];
}

/** A server without persistence, on loopback. Resolves when it takes connections. */
export async function startRedis(supervisor: Supervisor, binary: string, options: RedisOptions): Promise<Supervised> {
  const { port, args = [] } = options;
  const fixed = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--port', String(port)];
  const server = supervisor.spawn(binary, [...fixed, '--dir', supervisor.folder('redis'), ...args]);
  const waitFor = Number(args[args.indexOf('--tls-port') + 1] ?? port) || port;
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (await accepts(waitFor)) return server;
    await sleep(25);
  }
  await server.kill();
  throw new Error(`${binary} does not listen on port ${waitFor}`);
}

async function accepts(port: number): Promise<boolean> {
  const socket = createConnection(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
