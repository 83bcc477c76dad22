import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { safeJson } from './log';

export const EVENT_RESULTS = ['stored', 'duplicate', 'conflict', 'rejected', 'failed'] as const;
export type EventResult = (typeof EVENT_RESULTS)[number];

/** Why a request was refused before its events were validated. */
export type ShedReason = 'memory' | 'draining' | 'rate' | 'share';

/** Names of the metrics of a dataset in CloudWatch; alarms of the ingest stack read them. */
export const DATASET_METRICS = [
  ...['EventsStored', 'EventsDuplicate', 'EventsConflict', 'EventsRejected', 'EventsFailed'],
  ...['BytesIn', 'Puts', 'PutsFailed', 'BytesStored'],
] as const;
type DatasetMetric = (typeof DATASET_METRICS)[number];

/** Names of the metrics of the process in CloudWatch. */
export type NodeMetric =
  | 'ShedRequests'
  | 'RateLimitedRequests'
  | 'StoreDown'
  | 'AckMillisMax'
  | 'BufferedBytes'
  | 'KeysAgeSeconds';

const EVENT_METRIC: Readonly<Record<EventResult, DatasetMetric>> = {
  stored: 'EventsStored',
  duplicate: 'EventsDuplicate',
  conflict: 'EventsConflict',
  rejected: 'EventsRejected',
  failed: 'EventsFailed',
};

const SECONDS = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30];

/** What the gateway counts: for Prometheus since the start, for CloudWatch since the last line. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #events: Counter<'dataset' | 'result'>;
  readonly #bytes: Counter<'dataset'>;
  readonly #requests: Counter<'status'>;
  readonly #shed: Counter<'reason'>;
  readonly #putAttempts: Counter<'outcome'>;
  readonly #batches: Counter<'dataset' | 'outcome'>;
  readonly #storedBytes: Counter<'dataset'>;
  readonly #putSeconds: Histogram;
  readonly #ackSeconds: Histogram;
  readonly #batchEvents: Histogram;
  readonly #storeDown: Gauge;
  readonly #keyLoads: Counter<'outcome'>;
  readonly #keysAge: () => number;
  #datasets = new Map<string, Map<DatasetMetric, number>>();
  #node = new Map<NodeMetric, number>();
  #isStoreDown = false;

  /** @param keysAge seconds since the keys of the issuer were loaded */
  constructor(buffered: () => number, keysAge: () => number) {
    this.#keysAge = keysAge;
    const registers = [this.#registry];
    const counter = <T extends string>(name: string, help: string, labelNames: T[]): Counter<T> =>
      new Counter({ name, help, labelNames, registers });
    this.#events = counter('ingest_events_total', 'Events by what became of them', ['dataset', 'result']);
    this.#bytes = counter('ingest_received_bytes_total', 'Bytes of events, inflated', ['dataset']);
    this.#requests = counter('ingest_requests_total', 'Answers by status', ['status']);
    this.#shed = counter('ingest_shed_total', 'Requests turned away before their events were looked at', ['reason']);
    this.#putAttempts = counter('ingest_put_attempts_total', 'Attempts of PUTs by outcome', ['outcome']);
    this.#batches = counter('ingest_batches_total', 'Batches by outcome', ['dataset', 'outcome']);
    this.#storedBytes = counter('ingest_stored_bytes_total', 'Bytes of raw objects', ['dataset']);
    this.#keyLoads = counter('ingest_key_loads_total', 'Loads of the keys of the issuer by outcome', ['outcome']);
    new Gauge({
      name: 'ingest_keys_age_seconds',
      help: 'Seconds since the keys of the issuer were loaded',
      registers,
      collect() {
        this.set(keysAge());
      },
    });
    this.#putSeconds = new Histogram({
      name: 'ingest_put_seconds',
      help: 'Time of an attempt',
      buckets: SECONDS,
      registers,
    });
    this.#ackSeconds = new Histogram({
      name: 'ingest_ack_seconds',
      help: 'Time from the request to its acknowledgement',
      buckets: SECONDS,
      registers,
    });
    this.#batchEvents = new Histogram({
      name: 'ingest_batch_events',
      help: 'Events of a batch',
      buckets: [1, 10, 100, 1_000, 10_000, 100_000],
      registers,
    });
    this.#storeDown = new Gauge({
      name: 'ingest_store_down',
      help: '1 while Redis or Valkey does not answer',
      registers,
    });
    new Gauge({
      name: 'ingest_buffered_bytes',
      help: 'Bytes of requests that are not answered yet',
      registers,
      collect() {
        this.set(buffered());
      },
    });
    collectDefaultMetrics({ register: this.#registry });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  events(dataset: string, result: EventResult, count: number): void {
    if (count === 0) return;
    this.#events.inc({ dataset, result }, count);
    this.#count(dataset, EVENT_METRIC[result], count);
  }

  received(dataset: string, bytes: number): void {
    this.#bytes.inc({ dataset }, bytes);
    this.#count(dataset, 'BytesIn', bytes);
  }

  answered(status: number): void {
    this.#requests.inc({ status: String(status) });
  }

  acknowledged(milliseconds: number): void {
    this.#ackSeconds.observe(milliseconds / 1000);
    this.#node.set('AckMillisMax', Math.max(this.#node.get('AckMillisMax') ?? 0, milliseconds));
  }

  shed(reason: ShedReason): void {
    this.#shed.inc({ reason });
    const name = reason === 'rate' || reason === 'share' ? 'RateLimitedRequests' : 'ShedRequests';
    this.#node.set(name, (this.#node.get(name) ?? 0) + 1);
  }

  putAttempt(outcome: string, milliseconds: number): void {
    this.#putAttempts.inc({ outcome });
    this.#putSeconds.observe(milliseconds / 1000);
  }

  batch(dataset: string, events: number, storedBytes: number): void {
    this.#batches.inc({ dataset, outcome: 'stored' });
    this.#storedBytes.inc({ dataset }, storedBytes);
    this.#batchEvents.observe(events);
    this.#count(dataset, 'Puts', 1);
    this.#count(dataset, 'BytesStored', storedBytes);
  }

  batchFailed(dataset: string): void {
    this.#batches.inc({ dataset, outcome: 'failed' });
    this.#count(dataset, 'PutsFailed', 1);
  }

  keyLoad(ok: boolean): void {
    this.#keyLoads.inc({ outcome: ok ? 'loaded' : 'failed' });
  }

  storeDown(isDown: boolean): void {
    this.#isStoreDown = isDown;
    this.#storeDown.set(isDown ? 1 : 0);
  }

  /** Lines in CloudWatch's embedded metric format, of what was counted since the last call. */
  emf(namespace: string, buffered: number, now = Date.now()): string[] {
    const datasets = this.#datasets;
    const node = new Map<NodeMetric, number>([
      ...[...this.#node].map(([name, value]): [NodeMetric, number] => [name, Math.round(value)]),
      ['BufferedBytes', buffered],
      ['StoreDown', this.#isStoreDown ? 1 : 0],
      ['KeysAgeSeconds', Math.round(this.#keysAge())],
    ]);
    this.#datasets = new Map();
    this.#node = new Map();
    return [
      ...[...datasets].map(([dataset, values]) => emfLine(namespace, now, { Dataset: dataset }, values)),
      emfLine(namespace, now, {}, node),
    ];
  }

  #count(dataset: string, name: DatasetMetric, count: number): void {
    const values = this.#datasets.get(dataset) ?? new Map<DatasetMetric, number>();
    this.#datasets.set(dataset, values);
    values.set(name, (values.get(name) ?? 0) + count);
  }
}

function emfLine(
  Namespace: string,
  Timestamp: number,
  dimensions: Readonly<Record<string, string>>,
  values: ReadonlyMap<string, number>,
): string {
  const Metrics = [...values.keys()].map((Name) => ({ Name, Unit: unitOf(Name) }));
  return safeJson({
    _aws: { Timestamp, CloudWatchMetrics: [{ Namespace, Dimensions: [Object.keys(dimensions)], Metrics }] },
    ...dimensions,
    ...Object.fromEntries(values),
  });
}

function unitOf(name: string): string {
  if (name.includes('Bytes')) return 'Bytes';
  if (name.includes('Millis')) return 'Milliseconds';
  return name.includes('Seconds') ? 'Seconds' : 'Count';
}
