import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { PROJECT_ROOT } from '../../e2e/tools/project';
import type { Supervised, Supervisor } from '../../e2e/tools/supervisor';
import { WITH_FIXTURES } from '../../test/support/with-fixtures';

export interface GatewayProcess {
  readonly url: string;
  readonly process: Supervised;
  /** What it wrote: log lines and, if it crashed, why. */
  output(): string;
}

/**
 * Starts the gateway as a process of its own, on a port that it must get.
 *
 * @param variables its settings, and what the AWS SDK needs
 * @throws Error when it ends, or does not answer within 30 s
 */
export async function startGatewayProcess(
  supervisor: Supervisor,
  port: number,
  variables: Readonly<Record<string, string | undefined>>,
): Promise<GatewayProcess> {
  const gateway = supervisor.spawn(process.execPath, [...WITH_FIXTURES, 'ingest/gateway/main.ts'], {
    cwd: PROJECT_ROOT,
    env: { ...process.env, ...variables, INGEST_PORT: String(port) },
  });
  let text = '';
  for (const stream of [gateway.child.stdout, gateway.child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      text = `${text}${chunk.toString('utf8')}`.slice(-20_000);
    });
  }
  const url = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline && gateway.child.exitCode === null && gateway.child.signalCode === null) {
    const ready = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
    if (ready?.status === 200) return { url, process: gateway, output: () => text };
    await sleep(25);
  }
  await gateway.kill();
  throw new Error(`the gateway did not start:\n${text}`);
}

/** Asks it to drain. @returns its exit code */
export async function drainGateway({ process: { child, exited, pid } }: GatewayProcess): Promise<number> {
  if (child.exitCode === null && child.signalCode === null) {
    // To the process itself, not to the shell that it replaced: they are the same.
    process.kill(pid, 'SIGTERM');
    await Promise.race([exited, once(child, 'exit')]);
  }
  return await exited;
}
