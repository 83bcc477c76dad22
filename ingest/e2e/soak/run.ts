import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../../e2e/tools/ports';
import { PROJECT_ROOT } from '../../../e2e/tools/project';
import type { Supervised, Supervisor } from '../../../e2e/tools/supervisor';
import { LOCAL_AUDIENCE, LOCAL_ISSUER, localIssuer } from '../../local/issuer';
import { drainGateway, startGatewayProcess } from '../gateway-process';
import type { Orders } from './attacker';
import { ATTACKS } from './attacks';
import { sendHonestly } from './honest';
import type { SoakResult } from './verdict';

export interface SoakOptions {
  /** Of the phase with attacks; the quiet one before it takes half as long. */
  readonly seconds: number;
  readonly callers: number;
}

/** Median and p99 of a PUT, milliseconds: those of S3 Express One Zone. */
const PUT_MS = ['6', '20'];
/** Time for what is under way to come to its end. */
const SETTLE_MS = 120_000;

/** Honest callers first alone, then beside all attacks at the same time. */
export async function runSoak(supervisor: Supervisor, { seconds, callers }: SoakOptions): Promise<SoakResult> {
  const issuer = await localIssuer(supervisor.folder('keys'));
  const sink = script(supervisor, 'ingest/bench/sink.ts', ...PUT_MS);
  const sinkPort = await firstLine(sink);
  const port = await freePort();
  const gateway = await startGatewayProcess(supervisor, port, {
    // As the image has it.
    NODE_OPTIONS: '--max-old-space-size=256 --max-semi-space-size=16',
    AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${sinkPort}`,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'soak',
    AWS_SECRET_ACCESS_KEY: 'soak',
    AWS_EC2_METADATA_DISABLED: 'true',
    RAW_BUCKET: 'raw',
    INGEST_JWKS: issuer.jwksFile,
    INGEST_JWT_ISSUER: LOCAL_ISSUER,
    INGEST_JWT_AUDIENCE: LOCAL_AUDIENCE,
    INGEST_LATENCY_CLASS: 'low',
    INGEST_LOG_LEVEL: 'error',
    INGEST_EMF_SECONDS: '0',
  });
  const token = (subject: string): Promise<string> => issuer.token(subject, ['access_logs', 'orders'], 1);
  const tokens = await Promise.all(Array.from({ length: callers }, (_, index) => token(`honest-${index}`)));
  await sendHonestly({ url: gateway.url, tokens, seconds: 2, name: 'warm' });
  const quiet = await sendHonestly({ url: gateway.url, tokens, seconds: seconds / 2, name: 'quiet' });

  const names = Object.keys(ATTACKS);
  const attackers = await Promise.all(names.map(async (name, index) => [name, await token(`hostile-${index}`)]));
  const orders: Orders = { port, seconds: seconds + 1, tokens: Object.fromEntries(attackers) };
  const attacker = script(supervisor, 'ingest/e2e/soak/attacker.ts');
  attacker.child.stdin?.end(JSON.stringify(orders));
  await firstLine(attacker);
  const sent = lastLine(attacker);
  await sleep(1_000);
  const hostile = await sendHonestly({ url: gateway.url, tokens, seconds, name: 'hostile' });
  const counts = JSON.parse(await sent) as Record<string, number>;

  const heldBytes = await heldInTheEnd(gateway.url);
  const peakBytes = peakOf(gateway.process.pid);
  const exitCode = await drainGateway(gateway);
  await sink.kill();
  return { quiet, hostile, sent: counts, heldBytes, peakBytes, exitCode };
}

const script = (supervisor: Supervisor, file: string, ...args: string[]): Supervised =>
  supervisor.spawn(process.execPath, ['--require', 'tsx/cjs', file, ...args], { cwd: PROJECT_ROOT });

async function firstLine({ child }: Supervised): Promise<string> {
  for (let text = ''; ; ) {
    const [chunk] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
    text += chunk.toString('utf8');
    if (text.includes('\n')) return text.split('\n')[0] ?? '';
  }
}

async function lastLine({ child, exited }: Supervised): Promise<string> {
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
  if ((await exited) !== 0) throw new Error('the process of the attacks failed');
  return text.trim().split('\n').at(-1) ?? '';
}

async function heldInTheEnd(url: string): Promise<number> {
  const deadline = Date.now() + SETTLE_MS;
  for (;;) {
    const text = await (await fetch(`${url}/metrics`)).text();
    const held = Number(/^ingest_buffered_bytes (\d+)$/m.exec(text)?.[1]);
    if (held === 0 || Date.now() > deadline) return held;
    await sleep(250);
  }
}

function peakOf(pid: number): number | undefined {
  try {
    return 1024 * Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return undefined;
  }
}
