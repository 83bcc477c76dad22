import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../tools/ports';
import type { Supervisor } from '../../tools/supervisor';
import { TrinoClient } from './client';
import { type AwsEndpoint, type Connector, writeConfiguration } from './configuration';
import type { TrinoInstallation } from './install';
import type { Jdk } from './jdk';

/** Name of the only catalog. Athena's is called the same way, so that a query text can name it. */
const CATALOG = 'awsdatacatalog';

export interface Trino {
  readonly client: TrinoClient;
  /** What the server wrote. */
  readonly log: string;
}

const READY_SECONDS = 180;

/** Starts one Trino server on a free port of the loopback interface, over the Glue catalogue and the buckets of an emulator. */
export async function startTrino(
  supervisor: Supervisor,
  jdk: Jdk,
  installation: TrinoInstallation,
  aws: AwsEndpoint,
  connector: Connector = 'hive',
): Promise<Trino> {
  const folder = supervisor.folder('trino');
  const port = await freePort();
  const log = join(folder, 'server.log');
  writeConfiguration({ folder, port, plugins: installation.plugins, catalog: CATALOG, aws, connector });
  const server = supervisor.spawn(
    installation.launcher,
    ['run', '-etc-dir', join(folder, 'etc'), '-data-dir', join(folder, 'data'), '-jvm-dir', jdk.home],
    { cwd: folder, log, env: { PATH: process.env.PATH, HOME: folder, JAVA_HOME: jdk.home, LC_ALL: 'C.UTF-8' } },
  );
  const endpoint = `http://127.0.0.1:${port}`;
  const failure = (why: string): Error =>
    new Error(`Trino ${why}. The end of its log:\n${readFileSync(log, 'utf8').slice(-4_000)}`);
  let ended: number | undefined;
  void server.exited.then((code) => {
    ended = code;
  });
  const deadline = Date.now() + READY_SECONDS * 1_000;
  while (!(await isReady(endpoint))) {
    if (ended !== undefined) throw failure(`ended with exit code ${ended}`);
    if (Date.now() > deadline) throw failure(`was not ready after ${READY_SECONDS} s`);
    await sleep(200);
  }
  return { client: new TrinoClient({ endpoint, catalog: CATALOG }), log };
}

async function isReady(endpoint: string): Promise<boolean> {
  try {
    const response = await fetch(`${endpoint}/v1/info`, { signal: AbortSignal.timeout(2_000) });
    return response.ok && ((await response.json()) as { readonly starting?: boolean }).starting === false;
  } catch {
    return false; // not listening yet
  }
}
