import { IngestOptionsError } from './errors';

/** An event as JSON has it. */
export type IngestEvent = Readonly<Record<string, unknown>>;

export interface TokenRequest {
  /** The gateway has just refused the token that was given last: get a new one. */
  readonly isRefused: boolean;
  readonly signal: AbortSignal;
}

export interface IngestClientOptions {
  /** Address of the gateway, such as `https://ingest.example.com`. HTTPS, unless it is on this machine. */
  readonly url: string;
  readonly dataset: string;
  /** Gives the bearer token; asked before each request, so that it can be renewed. */
  readonly token: (request: TokenRequest) => string | Promise<string>;
  /**
   * Column of the event's id: a random UUID is put there, once, where an event has none. It must be the `dedupeKey` of the
   * dataset, or part of it, for an event that is sent twice to be one row. @default 'event_id'
   */
  readonly idField?: string;
  /** Events of a request at most, 1 to 10,000. @default 500 */
  readonly batchEvents?: number;
  /** Bytes of a request before gzip at most, 1 KiB to 16 MiB. An event that is larger goes alone. @default 1 MiB */
  readonly batchBytes?: number;
  /** Milliseconds that an event waits for others, 0 to 60,000. @default 50 */
  readonly lingerMs?: number;
  /** Requests at the same time, 1 to 256. @default 4 */
  readonly concurrency?: number;
  /**
   * Bytes of all events without a result, 1 KiB to 4 GiB: above it `add` and `send` wait. At least `batchBytes`.
   * @default 8 MiB
   */
  readonly bufferedBytes?: number;
  /** Milliseconds for one request, 1 to 600,000. The gateway itself needs up to 20,000 for a PUT. @default 30,000 */
  readonly requestMs?: number;
  /** Milliseconds from the first attempt until the client gives up, 1 to 86,400,000. @default 300,000 */
  readonly deliveryMs?: number;
  /** Longest wait before the second attempt, in milliseconds; it doubles each time. 1 to 60,000. @default 100 */
  readonly backoffMs?: number;
  /** Longest wait before any attempt, unless `Retry-After` asks for more. 1 to 600,000. @default 20,000 */
  readonly longestBackoffMs?: number;
  /** Compress requests. @default true */
  readonly gzip?: boolean;
  /** Further headers of each request, such as `lake-partition-<key>`. @default none */
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends everything at once: what has no result yet fails with a `DeliveryError`. @default none */
  readonly signal?: AbortSignal;
  /** Is told the result of every event, also of those that `send` waits for. Must not throw. @default none */
  readonly onResult?: (result: EventResult) => void;
  /** @default the `fetch` of Node.js */
  readonly fetch?: typeof fetch;
  /** Between 0 and 1, for the jitter. @default Math.random */
  readonly random?: () => number;
}

export type EventResult =
  /** Durable. `duplicate`: an equal event was durable before, possibly by an earlier attempt of this client. */
  | { readonly status: 'stored' | 'duplicate'; readonly id: string }
  /** Not durable, or not known to be. `conflict`: another event has this id. `event` is its JSON text with its id, to be kept or sent again. */
  | {
      readonly status: 'rejected' | 'conflict' | 'failed';
      readonly id: string;
      readonly event: string;
      readonly error: Error;
    };

export type Options = Required<Omit<IngestClientOptions, 'signal' | 'onResult' | 'url' | 'dataset'>> & {
  readonly endpoint: string;
  readonly signal: AbortSignal | undefined;
  readonly onResult: ((result: EventResult) => void) | undefined;
};

const KIB = 1024;
const MIB = 1024 * KIB;

/** @throws IngestOptionsError that lists every mistake */
export function readOptions(given: IngestClientOptions): Options {
  const problems: string[] = [];
  const whole = (name: keyof IngestClientOptions, fallback: number, least: number, most: number): number => {
    const value = (given[name] ?? fallback) as number;
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    problems.push(`${name} must be a whole number from ${least} to ${most}, but is ${String(value)}`);
    return fallback;
  };
  if (!isSafe(given.url)) {
    problems.push(`url must begin with https:// (http:// on this machine only), but is ${JSON.stringify(given.url)}`);
  }
  if (!/^[a-z][a-z0-9_]*$/.test(given.dataset)) {
    problems.push(`dataset must be the name of a dataset, but is ${JSON.stringify(given.dataset)}`);
  }
  const batchBytes = whole('batchBytes', MIB, KIB, 16 * MIB);
  const bufferedBytes = whole('bufferedBytes', 8 * MIB, KIB, 4 * KIB * MIB);
  if (bufferedBytes < batchBytes) {
    problems.push(`bufferedBytes (${bufferedBytes}) must be at least batchBytes (${batchBytes})`);
  }
  const options: Options = {
    endpoint: `${given.url.replace(/\/+$/, '')}/v1/datasets/${given.dataset}/events`,
    token: given.token,
    idField: given.idField ?? 'event_id',
    batchEvents: whole('batchEvents', 500, 1, 10_000),
    batchBytes,
    lingerMs: whole('lingerMs', 50, 0, 60_000),
    concurrency: whole('concurrency', 4, 1, 256),
    bufferedBytes,
    requestMs: whole('requestMs', 30_000, 1, 600_000),
    deliveryMs: whole('deliveryMs', 300_000, 1, 86_400_000),
    backoffMs: whole('backoffMs', 100, 1, 60_000),
    longestBackoffMs: whole('longestBackoffMs', 20_000, 1, 600_000),
    gzip: given.gzip ?? true,
    headers: given.headers ?? {},
    signal: given.signal,
    onResult: given.onResult,
    fetch: given.fetch ?? fetch,
    random: given.random ?? Math.random,
  };
  if (problems.length > 0) throw new IngestOptionsError(`ingest client: ${problems.join('; ')}`);
  return options;
}

/** Tokens and events cross no network in the clear. */
function isSafe(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname, search, hash, username } = new URL(url);
  if (search !== '' || hash !== '' || username !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && /^(?:127\.[\d.]+|localhost|\[::1\])$/.test(hostname));
}
