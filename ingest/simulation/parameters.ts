/** What the simulated group is made of. Times are in seconds unless the name says otherwise. */
export interface Parameters {
  readonly minNodes: number;
  readonly maxNodes: number;
  readonly zones: number;
  /** Percent. */
  readonly targetCpu: number;
  /** Requests a minute and node of the second policy. */
  readonly targetRequests: number;
  /** CPU of one event in a request of its own, in microseconds: `npm run bench:ingest`, rounded up. */
  readonly eventMicros: number;
  /** CPU of a request that is answered 503 before it is read. An assumption, on the high side. */
  readonly shedMicros: number;
  /** Share of a processor that an idle node uses: metrics, key sets, the operating system. */
  readonly idleCpu: number;
  /** Requests that fit into `INGEST_MAX_BUFFERED_BYTES`: 48 MiB, by 500 bytes and 2,048 of overhead each. */
  readonly bufferedRequests: number;
  /** From the decision to launch until the load balancer sends requests. */
  readonly launchSeconds: number;
  /** After that, until the node counts towards the averages. */
  readonly warmupSeconds: number;
  readonly deregistrationSeconds: number;
  readonly healthGraceSeconds: number;
  readonly healthIntervalSeconds: number;
  readonly healthTimeoutSeconds: number;
  /** Failed checks in a row until a node gets no requests and is replaced. */
  readonly unhealthyAfter: number;
  /** Minutes above the target before the group grows, and below 90% of it before it shrinks: as AWS makes its alarms. */
  readonly highMinutes: number;
  readonly lowMinutes: number;
  /** Minutes until CloudWatch has a minute. */
  readonly metricDelayMinutes: number;
  /** Between an answer and the next event of a user: 10,000 users send 3,200 events a second. */
  readonly thinkSeconds: number;
  /** `Retry-After` of a 503. */
  readonly retryAfterSeconds: number;
  /** Of the client: longest wait before the second attempt, and before any. */
  readonly backoffSeconds: number;
  readonly longestBackoffSeconds: number;
  /** Attempts after which the client gives up: about its 300 seconds. */
  readonly attempts: number;
}

export const DEFAULTS: Parameters = {
  minNodes: 2,
  maxNodes: 10,
  zones: 2,
  targetCpu: 65,
  targetRequests: 240_000,
  eventMicros: 120,
  shedMicros: 30,
  idleCpu: 0.03,
  bufferedRequests: Math.floor((48 * 1024 * 1024) / 2_548),
  launchSeconds: 90,
  warmupSeconds: 60,
  deregistrationSeconds: 30,
  healthGraceSeconds: 90,
  healthIntervalSeconds: 10,
  healthTimeoutSeconds: 5,
  unhealthyAfter: 3,
  highMinutes: 3,
  lowMinutes: 15,
  metricDelayMinutes: 1,
  thinkSeconds: 3.125,
  retryAfterSeconds: 1,
  backoffSeconds: 0.1,
  longestBackoffSeconds: 20,
  attempts: 30,
};
