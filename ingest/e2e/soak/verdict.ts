import { percentile, type Seen } from './honest';

export interface SoakResult {
  readonly quiet: Seen;
  readonly hostile: Seen;
  /** Bytes that the gateway still holds when everybody has gone. */
  readonly heldBytes: number;
  /** Most memory of the process, bytes; undefined where it cannot be read. */
  readonly peakBytes: number | undefined;
  readonly exitCode: number;
  readonly sent: Readonly<Record<string, number>>;
}

/** What honest callers must keep of their successes. */
const LEAST_SUCCESS = 0.99;
/** What a node has in the article that the lake follows. */
export const MOST_BYTES = 410 * 1024 * 1024;
/** The aim, printed; and what no machine may exceed, however busy it is. */
export const AIM_TIMES = 3;
const MOST_TIMES = 10;
const LEAST_P99_MS = 1_000;
const HEALTH_MS = 2_000;

export const successShare = ({ requests, successes }: Seen): number => successes / Math.max(1, requests);
export const p99 = ({ latencies }: Seen): number => percentile(latencies, 0.99);
export const times = ({ quiet, hostile }: SoakResult): number => p99(hostile) / Math.max(1, p99(quiet));

/** Whatever shows that attacks reached somebody else, or stayed when they were over. */
export function problemsOf(result: SoakResult): string[] {
  const { quiet, hostile, heldBytes, peakBytes, exitCode, sent } = result;
  const problems: string[] = [];
  const kept = successShare(hostile) / successShare(quiet);
  if (!(kept >= LEAST_SUCCESS)) {
    problems.push(
      `honest callers kept ${(100 * kept).toFixed(1)}% of their successes: ${JSON.stringify(hostile.others)}`,
    );
  }
  if (times(result) > MOST_TIMES && p99(hostile) > LEAST_P99_MS) {
    problems.push(`the p99 of honest callers is ${times(result).toFixed(1)} times that of the quiet phase`);
  }
  if (hostile.health.failures > 0) problems.push(`${hostile.health.failures} health checks failed`);
  if (hostile.health.slowestMs > HEALTH_MS) {
    problems.push(`a health check took ${Math.round(hostile.health.slowestMs)} ms`);
  }
  if (heldBytes !== 0) problems.push(`the gateway still holds ${heldBytes} bytes of requests that are gone`);
  if (peakBytes !== undefined && peakBytes > MOST_BYTES) {
    problems.push(`the gateway took ${Math.round(peakBytes / 2 ** 20)} MB, more than ${MOST_BYTES / 2 ** 20}`);
  }
  if (exitCode !== 0) problems.push(`the gateway ended with ${exitCode} when it was drained`);
  for (const [name, count] of Object.entries(sent)) if (count === 0) problems.push(`no ${name} took place`);
  return problems;
}
