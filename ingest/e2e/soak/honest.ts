import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';

/** What honest callers and a health check saw during a phase. */
export interface Seen {
  readonly requests: number;
  /** Answered 200, at the first attempt. */
  readonly successes: number;
  readonly others: Readonly<Record<string, number>>;
  /** Milliseconds to the answer, sorted. */
  readonly latencies: readonly number[];
  readonly health: { readonly checks: number; readonly failures: number; readonly slowestMs: number };
}

export interface HonestOptions {
  readonly url: string;
  /** One for each caller. */
  readonly tokens: readonly string[];
  readonly seconds: number;
  /** Ids of events begin with it. */
  readonly name: string;
}

/** Milliseconds between two requests of a caller, and until a caller, or a load balancer, gives up. */
const PAUSE_MS = 100;
const CALLER_MS = 10_000;
const HEALTH_MS = 5_000;

/** Callers that send single events and batches, plain and gzip, at their own pace; none sends anything twice. */
export async function sendHonestly({ url, tokens, seconds, name }: HonestOptions): Promise<Seen> {
  const end = Date.now() + seconds * 1000;
  const latencies: number[] = [];
  const others: Record<string, number> = {};
  let requests = 0;
  let successes = 0;
  const caller = async (token: string, index: number): Promise<void> => {
    await sleep((index * PAUSE_MS) / tokens.length);
    for (let sent = 0; Date.now() < end; sent += 1) {
      const count = [1, 1, 10, 100][sent % 4] as number;
      const text = Array.from({ length: count }, (_, i) => event(`${name}-${index}-${sent}-${i}`)).join('\n');
      const isGzip = count >= 10 && index % 2 === 0;
      requests += 1;
      const started = performance.now();
      const status = await fetch(`${url}/v1/datasets/access_logs/events`, {
        method: 'POST',
        body: isGzip ? gzipSync(text) : text,
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/x-ndjson',
          ...(isGzip ? { 'content-encoding': 'gzip' } : {}),
        },
        signal: AbortSignal.timeout(CALLER_MS),
      }).then(
        async (response) => response.text().then(() => String(response.status)),
        (error: unknown) => (error instanceof Error ? error.name : 'unknown'),
      );
      const milliseconds = performance.now() - started;
      if (status === '200') {
        successes += 1;
        latencies.push(milliseconds);
      } else {
        others[status] = (others[status] ?? 0) + 1;
      }
      await sleep(Math.max(0, PAUSE_MS - milliseconds));
    }
  };
  const health = watchHealth(url, end);
  await Promise.all(tokens.map(caller));
  return { requests, successes, others, latencies: latencies.sort((a, b) => a - b), health: await health };
}

async function watchHealth(url: string, end: number): Promise<Seen['health']> {
  let checks = 0;
  let failures = 0;
  let slowestMs = 0;
  while (Date.now() < end) {
    const started = performance.now();
    const isGood = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(HEALTH_MS) }).then(
      async (response) => response.text().then(() => response.status === 200),
      () => false,
    );
    checks += 1;
    if (!isGood) failures += 1;
    slowestMs = Math.max(slowestMs, performance.now() - started);
    await sleep(PAUSE_MS);
  }
  return { checks, failures, slowestMs };
}

const event = (event_id: string): string =>
  JSON.stringify({
    event_id,
    event_time: new Date().toISOString(),
    method: 'GET',
    path: '/catalogue/shoes/running?colour=blue&size=43&page=2',
    status: 200,
    bytes: 48_213,
    user_agent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36',
  });

export const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
