/** What is measured, and what it is to reach. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly sink: 'fast' | 'standard';
  readonly connections: number;
  /** Whether every connection has a token and a subject of its own; otherwise 100 share them. */
  readonly ownTokens: boolean;
  readonly eventsARequest: number;
  /** Requests a second; undefined: unlimited. */
  readonly rate?: number;
  readonly target?: {
    readonly average?: number;
    readonly p99?: number;
    readonly eventsPerSecond?: number;
    readonly memoryMb?: number;
  };
}

/** Median and 99th percentile of a PUT in milliseconds, log-normal. */
export const SINKS = { fast: [6, 20], standard: [30, 120] } as const;

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'users',
    title: '10,000 users, 3,200 events/s',
    sink: 'fast',
    connections: 10_000,
    ownTokens: true,
    eventsARequest: 1,
    rate: 3_200,
    target: { average: 20, p99: 70, memoryMb: 250 },
  },
  {
    name: 'steady',
    title: '8,000 single writes/s',
    sink: 'fast',
    connections: 1_024,
    ownTokens: false,
    eventsARequest: 1,
    rate: 8_000,
  },
  {
    name: 'single',
    title: 'single writes, unlimited',
    sink: 'fast',
    connections: 512,
    ownTokens: false,
    eventsARequest: 1,
    target: { eventsPerSecond: 8_000 },
  },
  {
    name: 'batches',
    title: 'NDJSON batches of 100',
    sink: 'fast',
    connections: 64,
    ownTokens: false,
    eventsARequest: 100,
    target: { eventsPerSecond: 100_000 },
  },
  {
    name: 'large-batches',
    title: 'NDJSON batches of 1,000',
    sink: 'fast',
    connections: 16,
    ownTokens: false,
    eventsARequest: 1_000,
    target: { eventsPerSecond: 100_000 },
  },
  {
    name: 'users-standard',
    title: '10,000 users, 3,200 events/s',
    sink: 'standard',
    connections: 10_000,
    ownTokens: true,
    eventsARequest: 1,
    rate: 3_200,
  },
  {
    name: 'single-standard',
    title: 'single writes, unlimited',
    sink: 'standard',
    connections: 1_024,
    ownTokens: false,
    eventsARequest: 1,
  },
  {
    name: 'batches-standard',
    title: 'NDJSON batches of 100',
    sink: 'standard',
    connections: 128,
    ownTokens: false,
    eventsARequest: 100,
  },
];
